// @ts-check
// The page "Try it": a camera's picture or a photograph goes to the reader of the course, which
// runs in this page. Nothing leaves it, and the page's own policy lets nothing leave.

(() => {
  const home = document.getElementById("try");
  if (!home) return;
  const here = /** @type {HTMLScriptElement} */ (document.currentScript).src;

  // The reader, loaded after the first press, in this order.
  const SCRIPTS = [
    "../pad/weights.js",
    ...[
      "network", "engine", "pictures", "pyramid", "places", "finder", "components", "binarize",
      "normalize", "form", "order", "second_look", "turning", "reader", "worker",
    ].map((name) => `../reader/${name}.js`),
  ];

  const FRAME_WIDTH = 640;
  // Below this a digit is shown with a question mark, as in the panel of the notebooks.
  const SURE = 0.6;
  // What a camera's picture says is taken from so many milliseconds: a hand trembles.
  const MEMORY_MS = 800;
  const LARGEST_SIDE = 4096;
  // Frames that are read at a time, each by a worker of its own, where there are processors.
  const WORKERS = navigator.hardwareConcurrency > 1 ? 2 : 1;

  /** @type {Record<string, string>} */
  const FAILURES = {
    NotAllowedError:
      "The camera was refused. Allow it for this page (the symbol left of the address), then " +
      "press the button again.",
    NotFoundError: "There is no camera. Plug one in and press again, or open a photograph.",
    NotReadableError:
      "The camera is there, but another program or tab uses it. Close that one, then press again.",
    OverconstrainedError: "No camera of this kind: choose the other one.",
    InsecureContext:
      "A browser gives the camera only to pages from https or from this machine, and this page " +
      "came another way. Open a photograph instead.",
    TrackEnded: "The camera was unplugged or taken away. Press the button when it is back.",
  };

  // ---- the elements

  /**
   * @template {keyof HTMLElementTagNameMap} Tag
   * @param {Tag} tag
   * @param {Record<string, any>} [properties]
   * @param {...(Node | string)} children
   * @returns {HTMLElementTagNameMap[Tag]}
   */
  function element(tag, properties = {}, ...children) {
    const made = document.createElement(tag);
    const { aria = {}, ...rest } = properties;
    Object.assign(made, rest);
    for (const [name, value] of Object.entries(aria)) made.setAttribute(name, value);
    made.append(...children);
    return made;
  }

  const camera = element("button", { type: "button", className: "try-camera" }, "Use the camera");
  const file = element("input", { type: "file", accept: "image/*" });
  const which = element("select", { hidden: true, aria: { "aria-label": "Which camera" } });
  const mirror = element("input", { type: "checkbox" });
  const mirrored = element("label", { hidden: true }, mirror, " mirror");
  const view = element("canvas", { aria: { role: "img", "aria-label": "The picture that is read" } });
  const boxes = element("div", { className: "try-boxes", aria: { "aria-hidden": "true" } });
  const hint = element(
    "p",
    { className: "try-hint" },
    "Write a few digits on a sheet of paper. Hold it up to the camera, or open, paste or drop a photograph of it.",
  );
  const stage = element("div", { className: "try-stage try-empty" }, view, boxes, hint);
  const answered = element("p", { className: "try-answer" });
  const spoken = element("p", { className: "try-status", aria: { role: "status" } });
  const digits = element("div", {
    className: "try-digits",
    aria: { role: "group", "aria-label": "Digits read; press one to see its ten numbers" },
  });
  const bars = element("ol", { className: "pad-bars", aria: { "aria-label": "The ten numbers" } });
  const seen = element("canvas", {
    className: "pad-seen",
    width: 28,
    height: 28,
    aria: { role: "img", "aria-label": "What the network sees of this digit" },
  });
  const pace = element("p", { className: "pad-note" });
  const rows = Array.from({ length: 10 }, (_, digit) => {
    const bar = element("span", { className: "pad-bar" });
    const value = element("span", { className: "pad-value" });
    const name = element("span", { className: "pad-name" }, `${digit}`);
    const row = element("li", {}, name, element("span", { className: "pad-track" }, bar), value);
    bars.append(row);
    return { row, bar, value };
  });

  home.replaceChildren(
    element(
      "div",
      { className: "try-tools" },
      camera,
      element("label", { className: "try-file" }, file, element("span", {}, "Open a photograph")),
      which,
      mirrored,
    ),
    spoken,
    element(
      "div",
      { className: "try-sides" },
      element("div", { className: "try-left" }, stage, answered, digits),
      element(
        "div",
        { className: "try-right" },
        bars,
        element(
          "div",
          { className: "pad-saw" },
          seen,
          element("p", { className: "pad-note" }, "The 28 × 28 pixels that the network sees of it."),
        ),
        pace,
      ),
    ),
  );

  /** @param {string} text @param {boolean} [trouble] */
  function say(text, trouble = false) {
    spoken.textContent = text;
    spoken.classList.toggle("try-trouble", trouble);
  }

  /** @param {any} error */
  function fail(error) {
    say(FAILURES[error.name] ?? error.message, true);
  }

  // ---- the reader

  /** @type {Promise<any> | null} */
  let reader = null;

  /** @param {string} name */
  function load(name) {
    return new Promise((done, failed) => {
      const script = element("script", { src: new URL(name, here).href, onload: done });
      script.addEventListener("error", () =>
        failed(new Error("A part of the reader is missing: load this page again.")),
      );
      document.head.append(script);
    });
  }

  /** Load the reader, once, and say how far it is; return as many as may work at a time. */
  function loaded() {
    reader ??= (async () => {
      for (const [index, name] of SCRIPTS.entries()) {
        say(`Loading the reader: ${index + 1} of ${SCRIPTS.length} parts …`);
        // The parts build on each other.
        await load(name); // oxlint-disable-line no-await-in-loop
      }
      const first = await globalThis.Reader.start();
      const others = first.inWorker ? WORKERS - 1 : 0;
      const more = Array.from({ length: others }, () => globalThis.Reader.start());
      say("");
      return [first, ...(await Promise.all(more))];
    })();
    reader.catch(() => (reader = null));
    return reader;
  }

  // ---- what is shown

  /** @type {any} */
  let reading = null;
  let chosen = 0;
  /** @type {{ at: number, text: string }[]} */
  let lately = [];

  /** @param {any} given @param {number} delay @param {boolean} moving */
  function show(given, delay, moving) {
    const before = reading?.digits.map((/** @type {any} */ one) => one.digit).join();
    reading = given;
    const same = given.digits.map((/** @type {any} */ one) => one.digit).join() === before;
    if (!same || chosen >= given.digits.length) chosen = largest(given.digits);
    const text = globalThis.Reader.text(given, SURE);
    const now = performance.now();
    lately = moving ? lately.filter(({ at }) => now - at < MEMORY_MS) : [];
    lately.push({ at: now, text });
    tell(most(lately.map((one) => one.text)));
    pace.textContent = `${delay.toFixed(0)} ms from the picture to the answer, on your machine${
      given.turned ? `; the page was turned by ${given.turned}°` : ""
    }.`;
    if (!same) digits.replaceChildren(...given.digits.map(button));
    choose(chosen);
  }

  /** @param {string[]} texts */
  function most(texts) {
    const count = (/** @type {string} */ text) => texts.filter((other) => other === text).length;
    return texts.reduce((best, text) => (count(text) >= count(best) ? text : best));
  }

  /** @param {any[]} found */
  function largest(found) {
    const sizes = found.map(({ box }) => box.width * box.height);
    return Math.max(0, sizes.indexOf(Math.max(...sizes)));
  }

  /** @param {string} text */
  function tell(text) {
    const said = text || "no digit";
    if (answered.textContent === said) return;
    answered.textContent = said;
    answered.classList.toggle("try-none", !text);
    say(text ? `It reads ${text.replaceAll("\n", ", next line ")}.` : "It sees no digit here.");
  }

  /** @param {any} one @param {number} index */
  function button(one, index) {
    return element("button", { type: "button", onclick: () => choose(index) }, `${one.digit}`);
  }

  /** Show the ten numbers of one digit. @param {number} index */
  function choose(index) {
    chosen = index;
    const one = reading?.digits[index];
    [...digits.children].forEach((each, at) => each.setAttribute("aria-pressed", String(at === index)));
    rows.forEach(({ row, bar, value }, digit) => {
      const share = one ? one.probabilities[digit] : 0;
      bar.style.width = `${100 * share}%`;
      value.textContent = one ? share.toFixed(2) : "";
      row.classList.toggle("pad-best", one?.digit === digit);
    });
    const pen = /** @type {CanvasRenderingContext2D} */ (seen.getContext("2d"));
    const picture = pen.createImageData(28, 28);
    for (let at = 0; at < 784; at++) {
      const light = one ? 1 - one.image[at] / 255 : 1;
      picture.data.set([31 + light * 220, 42 + light * 206, 68 + light * 173, 255], 4 * at);
    }
    pen.putImageData(picture, 0, 0);
    draw_boxes();
  }

  function draw_boxes() {
    const turned = stream && mirror.checked;
    /** @param {any} box @param {string} text @param {string} kind */
    const place = ({ x, y, width, height }, text, kind) => {
      const made = element("div", { className: kind }, element("span", {}, text));
      const left = turned ? view.width - x - width : x;
      Object.assign(made.style, {
        left: `${(100 * left) / view.width}%`,
        top: `${(100 * y) / view.height}%`,
        width: `${(100 * width) / view.width}%`,
        height: `${(100 * height) / view.height}%`,
      });
      made.classList.toggle("try-high", y < 0.12 * view.height);
      return made;
    };
    const read = (reading?.digits ?? []).map((/** @type {any} */ one, /** @type {number} */ index) => {
      const sure = one.confidence >= SURE;
      const kind = index === chosen ? "try-chosen" : sure ? "" : "try-unsure";
      return place(one.box, sure ? `${one.digit}` : `${one.digit}?`, kind);
    });
    const unread = (reading?.unread ?? []).map((/** @type {any} */ one) => place(one.box, "?", "try-unsure"));
    boxes.replaceChildren(...read, ...unread);
  }

  // ---- a picture that stays

  /** @param {Blob} picture @param {string} name */
  async function read_file(picture, name) {
    close();
    try {
      const [at_work] = await loaded();
      say(`Reading ${name} …`);
      let bitmap;
      try {
        bitmap = await createImageBitmap(picture);
      } catch {
        throw new Error(
          `${name} is no picture that this browser can show. JPEG, PNG and WebP work everywhere; ` +
            "some telephones keep HEIC, which few browsers know.",
        );
      }
      const scale = Math.min(1, LARGEST_SIDE / Math.max(bitmap.width, bitmap.height));
      const pixels = paint(bitmap, Math.round(bitmap.width * scale), Math.round(bitmap.height * scale));
      bitmap.close();
      const since = performance.now();
      answered.textContent = "";
      show(await at_work.read(pixels), performance.now() - since, false);
    } catch (error) {
      fail(error);
    }
  }

  /** Put a picture on the stage and return its pixels.
   * @param {CanvasImageSource} source @param {number} width @param {number} height */
  function paint(source, width, height) {
    if (view.width !== width || view.height !== height) Object.assign(view, { width, height });
    const pen = /** @type {CanvasRenderingContext2D} */ (view.getContext("2d", { willReadFrequently: true }));
    pen.drawImage(source, 0, 0, width, height);
    stage.classList.remove("try-empty");
    return pen.getImageData(0, 0, width, height);
  }

  file.addEventListener("change", () => {
    const [picture] = file.files ?? [];
    if (picture) read_file(picture, picture.name);
    file.value = ""; // so that the same file can be chosen again
  });

  document.addEventListener("paste", (event) => {
    const [picture] = event.clipboardData?.files ?? [];
    if (!picture) return;
    event.preventDefault();
    read_file(picture, "the pasted picture");
  });

  for (const kind of ["dragover", "dragleave", "drop"])
    home.addEventListener(kind, (event) => {
      event.preventDefault();
      stage.classList.toggle("try-over", kind === "dragover");
      const [picture] = (kind === "drop" && /** @type {DragEvent} */ (event).dataTransfer?.files) || [];
      if (picture) read_file(picture, picture.name);
    });

  // ---- the camera

  const video = element("video", { muted: true, playsInline: true });
  /** @type {MediaStream | null} */
  let stream = null;
  let asked = 0;

  function close() {
    asked++;
    stream?.getTracks().forEach((track) => track.stop());
    stream = video.srcObject = null;
    for (const wake of waiting.splice(0)) wake();
    camera.textContent = "Use the camera";
    which.hidden = mirrored.hidden = true;
    view.style.transform = "";
  }

  async function open() {
    close();
    const mine = asked;
    try {
      if (!navigator.mediaDevices) throw new DOMException("", "InsecureContext");
      say("Waiting for the camera. Allow it if the browser asks.");
      const device = which.value ? { deviceId: { exact: which.value } } : { facingMode: "environment" };
      const opened = await navigator.mediaDevices.getUserMedia({
        video: { width: { ideal: 1280 }, height: { ideal: 960 }, ...device },
      });
      const at_work = mine === asked ? await loaded() : [];
      if (mine !== asked) return opened.getTracks().forEach((track) => track.stop());
      stream = opened;
      const [track] = opened.getVideoTracks();
      track.addEventListener("ended", () => {
        close();
        fail(new DOMException("", "TrackEnded"));
      });
      video.srcObject = opened;
      await video.play();
      camera.textContent = "Stop the camera";
      mirrored.hidden = false;
      answered.textContent = "";
      reading = null;
      shown = 0;
      watch(opened);
      for (const one of at_work) follow(opened, one);
      await list(track);
    } catch (error) {
      if (mine === asked) {
        close();
        fail(error);
      }
    }
    return undefined;
  }

  /** @param {MediaStreamTrack} track */
  async function list(track) {
    const devices = await navigator.mediaDevices.enumerateDevices();
    const cameras = devices.filter(({ kind }) => kind === "videoinput");
    which.replaceChildren(
      ...cameras.map(({ deviceId, label }, index) =>
        element("option", { value: deviceId }, label || `Camera ${index + 1}`),
      ),
    );
    which.value = track.getSettings().deviceId ?? "";
    which.hidden = cameras.length < 2;
  }

  // Of two answers that overtake each other only the later picture's is shown.
  let shown = 0;
  // Whether there is a frame that nobody has taken, and who waits for one.
  let fresh = false;
  /** @type {((value?: unknown) => void)[]} */
  const waiting = [];
  const nextFrame = () => new Promise((wake) => waiting.push(wake));

  /** Tell those who wait of each frame, as long as this camera is open.
   * @param {MediaStream} from */
  function watch(from) {
    if (stream !== from) return;
    fresh = !document.hidden && video.videoWidth > 0;
    for (const wake of waiting.splice(0)) wake();
    if (video.requestVideoFrameCallback) video.requestVideoFrameCallback(() => watch(from));
    else setTimeout(() => watch(from), 66);
  }

  /** Read one picture after the other, as long as this camera is open. Who has read one begins with
   * the frame that is there by then, unless another has taken it.
   * @param {MediaStream} from @param {any} at_work */
  async function follow(from, at_work) {
    while (stream === from) {
      if (!fresh) {
        await nextFrame(); // oxlint-disable-line no-await-in-loop
        continue;
      }
      fresh = false;
      const height = Math.round((FRAME_WIDTH * video.videoHeight) / video.videoWidth);
      const pixels = paint(video, FRAME_WIDTH, height);
      view.style.transform = mirror.checked ? "scaleX(-1)" : "";
      const since = performance.now();
      try {
        // One after the other: so many are at work as there are processors.
        const given = await at_work.read(pixels); // oxlint-disable-line no-await-in-loop
        if (stream === from && since > shown) {
          shown = since;
          show(given, performance.now() - since, true);
        }
      } catch (error) {
        close();
        fail(error);
      }
    }
  }

  camera.addEventListener("click", () => {
    if (!stream) return open();
    close();
    return say("The camera is off.");
  });
  which.addEventListener("change", open);
  mirror.addEventListener("change", draw_boxes);
})();
