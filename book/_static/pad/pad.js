// @ts-check
// The drawing pad of the welcome page: write, and the network that ships with the course answers.
// Nothing leaves the page; recognizer.js computes, this file draws.

/**
 * @typedef {[number, number]} Point in shares of the pad's side
 * @typedef {{ points: Point[], width: number }} Stroke
 */

(() => {
  const { recognizer, PAD_WEIGHTS } = globalThis;
  const home = document.getElementById("pad");
  if (!home) return;

  // Pixels of the drawing that is read, and of the pen, as a share of the pad's side.
  const READ = 280;
  const PENS = { thick: 0.065, thin: 0.025 };
  // A digit that is drawn at the beginning takes so many milliseconds.
  const SHOW = 1400;
  const STEP = 0.02;

  /** @type {Record<string, Point[][]>} */
  const EXAMPLES = {
    4: [
      [[0.42, 0.2], [0.33, 0.55], [0.36, 0.57], [0.7, 0.55]],
      [[0.63, 0.24], [0.61, 0.5], [0.58, 0.82]],
    ],
    3: [
      [
        [0.33, 0.27], [0.43, 0.19], [0.57, 0.2], [0.63, 0.31], [0.56, 0.43], [0.44, 0.47],
        [0.58, 0.5], [0.67, 0.61], [0.61, 0.75], [0.46, 0.81], [0.32, 0.74],
      ],
    ],
    "7 with a bar": [
      [[0.3, 0.23], [0.5, 0.22], [0.69, 0.21], [0.56, 0.5], [0.45, 0.82]],
      [[0.38, 0.53], [0.68, 0.51]],
    ],
    "2 and 5": [
      [
        [0.12, 0.38], [0.2, 0.28], [0.32, 0.3], [0.35, 0.42], [0.24, 0.58], [0.11, 0.71],
        [0.25, 0.69], [0.41, 0.7],
      ],
      [
        [0.83, 0.28], [0.64, 0.29], [0.61, 0.46], [0.74, 0.45], [0.85, 0.55], [0.81, 0.69],
        [0.67, 0.74], [0.57, 0.68],
      ],
    ],
    smiley: [
      Array.from({ length: 25 }, (_, turn) => {
        const angle = (turn / 24) * 2 * Math.PI;
        return /** @type {Point} */ ([0.5 + 0.33 * Math.cos(angle), 0.5 + 0.33 * Math.sin(angle)]);
      }),
      [[0.39, 0.38], [0.39, 0.45]],
      [[0.61, 0.38], [0.61, 0.45]],
      [[0.34, 0.6], [0.42, 0.68], [0.5, 0.7], [0.58, 0.68], [0.66, 0.6]],
    ],
  };

  const network = recognizer.load(PAD_WEIGHTS);

  /** @param {number[]} numbers */
  function best(numbers) {
    return numbers.indexOf(Math.max(...numbers));
  }

  /** @param {number} share */
  function percent(share) {
    return `${Math.min(99, Math.round(100 * share))} %`;
  }

  /** @param {number} share */
  function clip(share) {
    return Math.min(0.98, Math.max(0.02, share));
  }

  // ---- the elements

  /**
   * @template {keyof HTMLElementTagNameMap} Tag
   * @param {Tag} tag
   * @param {Record<string, any>} [properties]
   * @param {...(Node | string)} children
   * @returns {HTMLElementTagNameMap[Tag]} */
  function element(tag, properties = {}, ...children) {
    const made = document.createElement(tag);
    const { aria = {}, ...rest } = properties;
    Object.assign(made, rest);
    for (const [name, value] of Object.entries(aria)) made.setAttribute(name, value);
    made.append(...children);
    return made;
  }

  const paper = element("canvas", {
    className: "pad-paper",
    tabIndex: 0,
    aria: {
      role: "application",
      "aria-label":
        "Drawing pad. Draw digits with mouse, finger or pen. On the keyboard the arrow keys move " +
        "the pen, the space bar puts it down and lifts it, Delete wipes the pad.",
    },
  });
  const answered = element("p", { className: "pad-answer", aria: { "aria-live": "polite" } });
  const bars = element("ol", { className: "pad-bars" });
  const seen = element("canvas", { className: "pad-seen", width: 28, height: 28 });
  const seenText = element("p", { className: "pad-note" });
  const rows = Array.from({ length: 11 }, (_, index) => {
    const bar = element("span", { className: "pad-bar" });
    const value = element("span", { className: "pad-value" });
    const name = element("span", { className: "pad-name" }, index < 10 ? `${index}` : "no digit");
    const row = element("li", {}, name, element("span", { className: "pad-track" }, bar), value);
    bars.append(row);
    return { row, bar, value };
  });
  const examples = Object.keys(EXAMPLES).map((name) =>
    element("button", { type: "button", onclick: () => show(name) }, name === "smiley" ? "a smiley" : `a ${name}`),
  );
  examples[3].textContent = "2 and 5";
  const wipe = element("button", { type: "button", className: "pad-wipe", onclick: clear }, "Wipe");
  const prepare = element("input", { type: "checkbox", checked: true, onchange: read });
  const thick = element("input", { type: "checkbox", checked: true });

  home.replaceChildren(
    element(
      "div",
      { className: "pad-left" },
      paper,
      element("div", { className: "pad-tools" }, wipe, ...examples),
      element(
        "div",
        { className: "pad-tools" },
        element("label", {}, prepare, " cut out and center"),
        element("label", {}, thick, " thick pen"),
      ),
    ),
    answered,
    bars,
    element("div", { className: "pad-saw" }, seen, seenText),
  );

  // ---- what is drawn

  /** @type {Stroke[]} */
  let strokes = [];
  let chosen = 0;
  let showing = 0;
  /** The pen of the keyboard. @type {{ at: Point, down: boolean, used: boolean }} */
  const pen = { at: [0.5, 0.5], down: false, used: false };
  /** @type {{ box: { x: number, y: number, width: number, height: number }, line: number,
   *   image: Float32Array, numbers: number[], maps: any[] }[]} */
  let found = [];

  const width = () => (thick.checked ? PENS.thick : PENS.thin);

  /** Draw the strokes on a canvas of a size.
   * @param {CanvasRenderingContext2D} context @param {number} side @param {string} color */
  function draw(context, side, color) {
    context.strokeStyle = context.fillStyle = color;
    context.lineCap = context.lineJoin = "round";
    for (const { points, width: thickness } of strokes) {
      context.lineWidth = thickness * side;
      context.beginPath();
      const [first, ...rest] = points;
      context.moveTo(first[0] * side, first[1] * side);
      // A pen goes in curves: through the middle between two points, toward each point.
      rest.forEach((point, index) => {
        const next = rest[index + 1];
        if (!next) context.lineTo(point[0] * side, point[1] * side);
        else
          context.quadraticCurveTo(
            point[0] * side,
            point[1] * side,
            ((point[0] + next[0]) / 2) * side,
            ((point[1] + next[1]) / 2) * side,
          );
      });
      if (!rest.length) context.lineTo(first[0] * side + 0.01, first[1] * side);
      context.stroke();
    }
  }

  const hidden = element("canvas", { width: READ, height: READ });
  const inkPen = /** @type {CanvasRenderingContext2D} */ (
    hidden.getContext("2d", { willReadFrequently: true })
  );

  /** @returns {{ width: number, height: number, data: Float32Array }} */
  function ink() {
    inkPen.clearRect(0, 0, READ, READ);
    draw(inkPen, READ, "#000");
    const { data } = inkPen.getImageData(0, 0, READ, READ);
    const values = new Float32Array(READ * READ);
    for (let at = 0; at < values.length; at++) values[at] = data[4 * at + 3] / 255;
    return { width: READ, height: READ, data: values };
  }

  // ---- reading

  let due = false;
  function read() {
    if (due) return;
    due = true;
    requestAnimationFrame(() => {
      due = false;
      const drawn = ink();
      const shapes = prepare.checked
        ? recognizer.find(drawn)
        : strokes.length
          ? [{ box: { x: 0, y: 0, width: READ, height: READ }, line: 0, image: recognizer.shrunk(drawn) }]
          : [];
      found = shapes.map((shape) => ({ ...shape, ...recognizer.answer(network, shape.image) }));
      chosen = Math.min(chosen, Math.max(0, found.length - 1));
      paint();
      tell();
    });
  }

  function tell() {
    const one = found[chosen];
    const said = found.map(({ numbers }) => (best(numbers) < 10 ? `${best(numbers)}` : "?"));
    const lines = found.map(({ line }, at) => (at && line !== found[at - 1].line ? " / " : "") + said[at]);
    if (!one) {
      answered.textContent = "Write a digit.";
    } else if (found.length === 1 && said[0] === "?") {
      answered.replaceChildren(element("strong", {}, "no digit"), ` ${percent(one.numbers[10])} sure`);
    } else if (found.length === 1) {
      answered.replaceChildren(element("strong", {}, said[0]), ` ${percent(Math.max(...one.numbers))} sure`);
    } else {
      answered.replaceChildren(element("strong", {}, lines.join("")), " (press a box to see its numbers)");
    }
    const numbers = one ? one.numbers : Array.from({ length: 11 }, () => 0);
    const top = one ? best(numbers) : -1;
    rows.forEach(({ row, bar, value }, index) => {
      bar.style.width = `${100 * numbers[index]}%`;
      value.textContent = one ? numbers[index].toFixed(2) : "";
      row.classList.toggle("pad-best", index === top);
    });
    const context = /** @type {CanvasRenderingContext2D} */ (seen.getContext("2d"));
    const picture = context.createImageData(28, 28);
    for (let at = 0; at < 784; at++) {
      const light = one ? 1 - one.image[at] : 1;
      picture.data.set([31 + light * 220, 42 + light * 206, 68 + light * 173, 255], 4 * at);
    }
    context.putImageData(picture, 0, 0);
    seenText.textContent = prepare.checked
      ? "The 28 × 28 pixels that the network sees: cut out, 20 pixels long, the ink balanced in the middle."
      : "The 28 × 28 pixels that the network sees: the whole pad, made small. It was trained on nothing like it.";
    seen.setAttribute("role", "img");
    seen.setAttribute("aria-label", one ? "What the network sees of the drawing" : "Nothing to see yet");
    home?.dispatchEvent(new CustomEvent("pad-read", { detail: one ? { ...one, network } : null }));
  }

  // ---- the paper

  function paint() {
    const scale = window.devicePixelRatio || 1;
    const side = Math.round(paper.clientWidth * scale) || READ;
    if (paper.width !== side) paper.width = paper.height = side;
    const context = /** @type {CanvasRenderingContext2D} */ (paper.getContext("2d"));
    context.clearRect(0, 0, side, side);
    draw(context, side, "#1f2a44");
    if (prepare.checked)
      found.forEach(({ box }, index) => {
        const [x, y, wide, high] = [box.x, box.y, box.width, box.height].map((v) => (v / READ) * side);
        context.lineWidth = (index === chosen ? 3 : 1.5) * scale;
        context.strokeStyle = index === chosen ? "#2f86c9" : "#787878";
        context.strokeRect(x - 4 * scale, y - 4 * scale, wide + 8 * scale, high + 8 * scale);
      });
    if (pen.used && document.activeElement === paper) {
      const [x, y] = [pen.at[0] * side, pen.at[1] * side];
      context.lineWidth = 2 * scale;
      context.strokeStyle = pen.down ? "#d55e00" : "#787878";
      context.beginPath();
      context.arc(x, y, 9 * scale, 0, 2 * Math.PI);
      context.moveTo(x - 14 * scale, y);
      context.lineTo(x + 14 * scale, y);
      context.moveTo(x, y - 14 * scale);
      context.lineTo(x, y + 14 * scale);
      context.stroke();
    }
  }

  function clear() {
    showing++;
    strokes = [];
    chosen = 0;
    read();
  }

  /** Draw an example, at once or as a hand would.
   * @param {string} name @param {boolean} [slowly] */
  function show(name, slowly = false) {
    clear();
    const lines = EXAMPLES[name];
    if (!slowly) {
      strokes = lines.map((points) => ({ points, width: width() }));
      read();
      return;
    }
    const [mine, started] = [showing, performance.now()];
    const total = lines.reduce((sum, points) => sum + points.length, 0);
    /** @param {number} now */
    function more(now) {
      if (mine !== showing) return;
      let left = Math.ceil(Math.min(1, (now - started) / SHOW) * total);
      strokes = [];
      for (const points of lines) {
        if (left <= 0) break;
        strokes.push({ points: points.slice(0, left), width: width() });
        left -= points.length;
      }
      read();
      if (now - started < SHOW) requestAnimationFrame(more);
    }
    requestAnimationFrame(more);
  }

  /** @param {PointerEvent} event @returns {Point} */
  function place(event) {
    const { left, top, width: wide, height } = paper.getBoundingClientRect();
    return [(event.clientX - left) / wide, (event.clientY - top) / height];
  }

  /** @type {{ start: Point, moved: boolean } | null} */
  let drawing = null;
  paper.addEventListener("pointerdown", (event) => {
    if (event.button) return;
    showing++;
    paper.setPointerCapture(event.pointerId);
    const at = place(event);
    drawing = { start: at, moved: false };
    strokes.push({ points: [at], width: width() });
    event.preventDefault();
    paper.focus({ preventScroll: true });
    read();
  });
  paper.addEventListener("pointermove", (event) => {
    if (!drawing) return;
    const points = strokes[strokes.length - 1].points;
    for (const one of event.getCoalescedEvents?.() ?? [event]) points.push(place(one));
    const [x, y] = points[points.length - 1];
    if (Math.hypot(x - drawing.start[0], y - drawing.start[1]) > 0.02) drawing.moved = true;
    read();
  });
  for (const end of ["pointerup", "pointercancel"])
    paper.addEventListener(end, () => {
      if (!drawing) return;
      // A touch that stays where it is, on a box, chooses it.
      const [x, y] = drawing.start.map((share) => share * READ);
      const hit = found.findIndex(
        ({ box }) => x >= box.x && x <= box.x + box.width && y >= box.y && y <= box.y + box.height,
      );
      if (!drawing.moved && found.length > 1 && hit >= 0) {
        strokes.pop();
        chosen = hit;
      }
      drawing = null;
      read();
    });

  paper.addEventListener("keydown", (event) => {
    /** @type {Record<string, Point>} */
    const ways = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
    if (event.key in ways) {
      const [across, down] = ways[event.key];
      pen.at = [clip(pen.at[0] + STEP * across), clip(pen.at[1] + STEP * down)];
      if (pen.down) strokes[strokes.length - 1].points.push(pen.at);
    } else if (event.key === " ") {
      pen.down = !pen.down;
      if (pen.down) strokes.push({ points: [pen.at], width: width() });
    } else if (event.key === "Delete" || event.key === "Backspace") {
      pen.down = false;
      clear();
    } else if (event.key === "Enter" && found.length > 1) {
      chosen = (chosen + 1) % found.length;
    } else return;
    showing++;
    pen.used = true;
    event.preventDefault();
    read();
  });
  for (const change of ["focus", "blur"]) paper.addEventListener(change, paint);

  new ResizeObserver(paint).observe(paper);
  show("4", !window.matchMedia("(prefers-reduced-motion: reduce)").matches);
})();
