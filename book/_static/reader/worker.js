// @ts-check
// The reader beside the page: what it does would stop everything else there for as long.
//
//   const reader = await Reader.start();
//   const reading = await reader.read({ data, width, height });

/**
 * @typedef {{ inWorker: boolean, read: (picture: Picture) => Promise<Reading>, close: () => void
 *   }} Started
 *
 * To the worker: the networks first, then pictures, each with a number.
 * @typedef {{ networks: object } | { id: number, picture: Picture }} Asked
 *
 * From the worker: that it is ready, or why not; then readings with the pictures' numbers.
 * @typedef {{ id?: number, ready?: boolean, reading?: Reading, error?: string }} Answered
 */

(function worker() {
  const Reader = (globalThis.Reader ??= { parts: [] });
  Reader.parts.push(worker);

  const CLOSED = "the reader was closed";

  /** Start the reader, in a worker where one can be had, else in the page itself.
   * @returns {Promise<Started>} fails with a reason where the browser is too old */
  async function start() {
    let made;
    try {
      made = make();
    } catch {
      // A page may be forbidden to have workers.
      return here();
    }
    const ready = await made.ready;
    if (ready.ready) return beside(made.worker);
    made.worker.terminate();
    if (ready.error) throw new Error(ready.error);
    return here();
  }

  /** Make a worker of the scripts that the page has loaded: it needs no address, and so works in
   * pages from a folder too. */
  function make() {
    const source = Reader.parts.map((/** @type {Function} */ part) => `(${part})();`).join("\n");
    const address = URL.createObjectURL(new Blob([source], { type: "text/javascript" }));
    const made = new Worker(address);
    /** @type {Promise<Answered>} */
    const ready = new Promise((done) => {
      made.addEventListener("message", ({ data }) => done(data), { once: true });
      made.addEventListener("error", () => done({}), { once: true });
    });
    ready.then(() => URL.revokeObjectURL(address));
    const { PAGE_NETWORK, PAD_WEIGHTS } = /** @type {any} */ (globalThis);
    made.postMessage({ networks: { PAGE_NETWORK, PAD_WEIGHTS } }, []);
    return { worker: made, ready };
  }

  /** @param {Worker} made @returns {Started} */
  function beside(made) {
    /** @type {Map<number, { done: (reading: Reading) => void, failed: (error: Error) => void }>} */
    const waiting = new Map();
    let next = 1;
    let open = true;
    made.addEventListener("message", (/** @type {MessageEvent<Answered>} */ { data }) => {
      const asked = waiting.get(/** @type {number} */ (data.id));
      waiting.delete(/** @type {number} */ (data.id));
      if (data.reading) asked?.done(data.reading);
      else asked?.failed(new Error(data.error));
    });

    /** @param {string} reason */
    function end(reason) {
      open = false;
      made.terminate();
      waiting.forEach(({ failed }) => failed(new Error(reason)));
      waiting.clear();
    }
    made.addEventListener("error", ({ message }) => end(message));

    return {
      inWorker: true,
      close: () => end(CLOSED),
      read: ({ data, width, height }) =>
        new Promise((done, failed) => {
          if (!open) throw new Error(CLOSED);
          waiting.set(next, { done, failed });
          // A part of a larger buffer is copied, all else is handed over.
          const whole = data.byteLength === data.buffer.byteLength ? data : data.slice();
          made.postMessage({ id: next++, picture: { data: whole, width, height } }, [whole.buffer]);
        }),
    };
  }

  /** @returns {Promise<Started>} */
  async function here() {
    await Reader.load();
    let open = true;
    return {
      inWorker: false,
      close: () => {
        open = false;
      },
      read: async (picture) => {
        // The page draws what it has before it is stopped.
        await new Promise((done) => setTimeout(done));
        if (!open) throw new Error(CLOSED);
        return Reader.read(picture);
      },
    };
  }

  /** In the worker: answer what the page asks.
   * @param {Asked} asked
   * @returns {Promise<Answered>} */
  async function answer(asked) {
    if ("networks" in asked) {
      Object.assign(globalThis, asked.networks);
      await Reader.load();
      return { ready: true };
    }
    return { id: asked.id, reading: Reader.read(asked.picture) };
  }

  if (typeof document === "undefined")
    globalThis.addEventListener?.("message", async ({ data }) => {
      try {
        postMessage(await answer(data));
      } catch (error) {
        postMessage({ id: data.id, error: /** @type {Error} */ (error).message });
      }
    });

  Object.assign(Reader, { start });
})();
