// @ts-check
// What each layer makes of the digit on the pad: its maps, and how one of their numbers comes about.

(() => {
  const { recognizer } = globalThis;
  const pad = document.getElementById("pad");
  const home = /** @type {HTMLDetailsElement | null} */ (document.getElementById("pad-inside"));
  if (!pad || !home) return;

  const LAYERS = [
    { title: "First layer: 24 maps of 12 × 12 numbers, windows of 5 × 5", columns: 12 },
    { title: "Second layer: 48 maps of 12 × 12, windows of 3 × 3 on all 24 maps above", columns: 12 },
    { title: "Third layer: 96 maps of 6 × 6, windows of 3 × 3 on the halved maps above", columns: 16 },
  ];
  // Pixels of a number in a map of 12, and between two maps.
  const ZOOM = 4;
  const SPACE = 4;
  // Of the maps below, so many are shown that decide a number most.
  const SHOWN = 3;

  /** The reading that is shown. @type {{ image: Float32Array, maps: any[], network: any } | null} */
  let one = null;
  /** The number that is explained. */
  const chosen = { layer: 0, map: 0, row: 5, column: 5 };

  /** @param {string} tag @param {string} className @param {...(Node | string)} children */
  function element(tag, className, ...children) {
    const made = document.createElement(tag);
    made.className = className;
    made.append(...children);
    return made;
  }

  const canvases = LAYERS.map(({ title }, layer) => {
    const canvas = /** @type {HTMLCanvasElement} */ (element("canvas", "pad-maps"));
    canvas.tabIndex = 0;
    canvas.setAttribute("role", "application");
    canvas.setAttribute(
      "aria-label",
      `${title}. Arrow keys move from number to number, Page Up and Page Down from map to map.`,
    );
    home.append(element("p", "pad-note", title), canvas);
    canvas.addEventListener("pointerdown", (event) => choose(layer, canvas, event));
    canvas.addEventListener("keydown", (event) => move(layer, event));
    return canvas;
  });
  const explained = element("div", "pad-explained");
  explained.setAttribute("aria-live", "polite");
  home.append(explained);

  // ---- the maps

  /** @param {number} layer */
  function cell(layer) {
    const { side } = one ? one.maps[layer] : { side: 12 };
    return { side, zoom: (ZOOM * 12) / side / (LAYERS[layer].columns / 12) };
  }

  /** @param {number} layer */
  function paint(layer) {
    if (!one) return;
    const { side, channels, data } = one.maps[layer];
    const { columns } = LAYERS[layer];
    const zoom = Math.max(1, Math.round(cell(layer).zoom));
    const step = side * zoom + SPACE;
    const canvas = canvases[layer];
    canvas.width = columns * step;
    canvas.height = Math.ceil(channels / columns) * step;
    const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
    let most = 1e-6;
    for (const value of data) if (value > most) most = value;
    for (let map = 0; map < channels; map++) {
      const [left, top] = [(map % columns) * step, Math.floor(map / columns) * step];
      context.fillStyle = "rgba(120, 120, 120, 0.16)";
      context.fillRect(left, top, side * zoom, side * zoom);
      for (let at = 0; at < side * side; at++) {
        const value = data[map * side * side + at] / most;
        if (value <= 0) continue;
        context.fillStyle = `rgba(47, 134, 201, ${Math.sqrt(value)})`;
        context.fillRect(left + (at % side) * zoom, top + Math.floor(at / side) * zoom, zoom, zoom);
      }
    }
    if (layer !== chosen.layer) return;
    const [left, top] = [(chosen.map % columns) * step, Math.floor(chosen.map / columns) * step];
    context.strokeStyle = "#d55e00";
    context.lineWidth = 1.5;
    context.strokeRect(left - 1, top - 1, side * zoom + 2, side * zoom + 2);
    context.fillStyle = "#d55e00";
    context.fillRect(left + chosen.column * zoom, top + chosen.row * zoom, zoom, zoom);
  }

  /** @param {number} layer @param {HTMLCanvasElement} canvas @param {PointerEvent} event */
  function choose(layer, canvas, event) {
    if (!one) return;
    const box = canvas.getBoundingClientRect();
    const { side, channels } = one.maps[layer];
    const { columns } = LAYERS[layer];
    const step = canvas.width / columns;
    const x = ((event.clientX - box.left) / box.width) * canvas.width;
    const y = ((event.clientY - box.top) / box.height) * canvas.height;
    const map = Math.floor(y / step) * columns + Math.floor(x / step);
    if (map >= channels) return;
    const zoom = (step - SPACE) / side;
    const within = (/** @type {number} */ at) => Math.min(side - 1, Math.floor((at % step) / zoom));
    Object.assign(chosen, { layer, map, row: within(y), column: within(x) });
    update();
  }

  /** @param {number} layer @param {KeyboardEvent} event */
  function move(layer, event) {
    if (!one) return;
    const { side, channels } = one.maps[layer];
    /** @type {Record<string, [string, number, number]>} */
    const ways = {
      ArrowLeft: ["column", -1, side],
      ArrowRight: ["column", 1, side],
      ArrowUp: ["row", -1, side],
      ArrowDown: ["row", 1, side],
      PageUp: ["map", -1, channels],
      PageDown: ["map", 1, channels],
    };
    if (!(event.key in ways)) return;
    event.preventDefault();
    if (chosen.layer !== layer) Object.assign(chosen, { layer, map: 0, row: 0, column: 0 });
    const [what, by, count] = ways[event.key];
    chosen[what] = (chosen[what] + by + count) % count;
    update();
  }

  // ---- one number

  /** Return the windows that a number looks at, with weights and their share of the sum. */
  function windows() {
    if (!one) return { parts: [], bias: 0, sum: 0 };
    const { layer, map, row, column } = chosen;
    const { weights, bias, from, side, stride, pad: frame } = one.network.convolutions[layer];
    const below = [
      { side: 28, channels: 1, data: one.image },
      one.maps[0],
      layer === 2 ? recognizer.pool(one.maps[1]) : null,
    ][layer];
    const parts = Array.from({ length: from }, (_, channel) => {
      const numbers = [];
      for (let y = 0; y < side; y++)
        for (let x = 0; x < side; x++) {
          const [down, across] = [row * stride + y - frame, column * stride + x - frame];
          const inside = down >= 0 && across >= 0 && down < below.side && across < below.side;
          const value = inside ? below.data[(channel * below.side + down) * below.side + across] : 0;
          numbers.push([value, weights[((map * from + channel) * side + y) * side + x]]);
        }
      const share = numbers.reduce((sum, [value, weight]) => sum + value * weight, 0);
      return { channel, numbers, share };
    });
    const sum = parts.reduce((total, { share }) => total + share, 0);
    return { parts, bias: bias[map], sum };
  }

  /** @param {number} value */
  function said(value) {
    return value.toFixed(2).replace("-", "−");
  }

  /** @param {string} title @param {number[]} values */
  function table(title, values) {
    const side = Math.sqrt(values.length);
    const most = Math.max(1e-6, ...values.map(Math.abs));
    const body = document.createElement("tbody");
    for (let row = 0; row < side; row++) {
      const line = body.appendChild(document.createElement("tr"));
      for (const value of values.slice(row * side, (row + 1) * side)) {
        const color = value < 0 ? "224, 138, 0" : "47, 134, 201";
        const field = element("td", "", said(value));
        field.style.backgroundColor = `rgba(${color}, ${0.55 * Math.abs(value / most)})`;
        line.append(field);
      }
    }
    return element("table", "pad-window", element("caption", "", title), body);
  }

  function explain() {
    const { layer, map, row, column } = chosen;
    const { parts, bias, sum } = windows();
    const shown = parts.toSorted((a, b) => Math.abs(b.share) - Math.abs(a.share)).slice(0, SHOWN);
    const kept = Math.max(0, sum + bias);
    const text =
      `Layer ${layer + 1}, map ${map + 1}, row ${row + 1}, column ${column + 1}: the products sum to ` +
      `${said(sum)}; with the bias ${said(bias)} that is ${said(sum + bias)}, and ` +
      (kept ? `${said(kept)} is kept.` : "what is below 0 becomes 0.");
    const tables = shown.map(({ channel, numbers, share }) =>
      element(
        "div",
        "pad-windows",
        table(layer ? `map ${channel + 1} below` : "window", numbers.map(([value]) => value)),
        table("weights", numbers.map(([, weight]) => weight)),
        table(`products, together ${said(share)}`, numbers.map(([value, weight]) => value * weight)),
      ),
    );
    const others = parts.length - shown.length;
    const rest = others ? `The three of ${parts.length} maps that decide it most; the other ${others} add to the sum.` : "";
    explained.replaceChildren(element("p", "", text), ...tables, element("p", "pad-note", rest));
  }

  function update() {
    if (!home?.open) return;
    home.classList.toggle("pad-nothing", !one);
    if (!one) return;
    canvases.forEach((_, layer) => paint(layer));
    explain();
  }

  pad.addEventListener("pad-read", (event) => {
    one = /** @type {CustomEvent} */ (event).detail;
    update();
  });
  home.addEventListener("toggle", update);
})();
