// The page's half of digitlib.course.widgets.SlidingFilter: the window, the products, the map.

/**
 * What is laid on what, and where.
 * @typedef {object} Lay
 * @property {number[][]} digit
 * @property {number[][]} weights
 * @property {number} stride
 * @property {number} padding
 */

const STRIDES = [1, 2, 3];
const PADDINGS = [0, 1, 2];
// Side of a pixel of the digit, and of a product, in units of the drawing.
const CELL = 10;
const TILE = 60;
// Room for the widest frame, so that the digit keeps its size.
const ROOM = Math.max(...PADDINGS);
// Up to this pixel, black writing is easier to read on the shade of ink than white.
const LIGHTEST_DARK = 161;

// ---- the arithmetic

/** @param {Lay} lay @param {number} row @param {number} column of the framed digit */
function pixel({ digit, padding }, row, column) {
  return digit[row - padding]?.[column - padding] ?? 0;
}

/** @param {Lay} lay @returns {[number, number]} */
function size_of_map({ digit, weights, stride, padding }) {
  const places = (/** @type {number} */ side) =>
    Math.floor((side + 2 * padding - weights.length) / stride) + 1;
  return [places(digit.length), places(digit[0].length)];
}

/** @param {Lay} lay @param {number} row @param {number} column of the map */
function window_at(lay, row, column) {
  const { weights, stride } = lay;
  return weights.map((line, y) =>
    line.map((_, x) => pixel(lay, row * stride + y, column * stride + x))
  );
}

/** @param {Lay} lay @param {number} row @param {number} column of the map */
function sum_at(lay, row, column) {
  let sum = 0;
  const pixels = window_at(lay, row, column);
  lay.weights.forEach((line, y) => line.forEach((weight, x) => (sum += weight * pixels[y][x])));
  return sum;
}

/** @param {Lay} lay */
function map_of(lay) {
  const [height, width] = size_of_map(lay);
  return Array.from({ length: height }, (_, row) =>
    Array.from({ length: width }, (__, column) => sum_at(lay, row, column))
  );
}

// ---- what the model holds

/** @param {Model} model @returns {Lay} */
function lay_of(model) {
  return {
    digit: new Map(model.get("digits")).get(model.get("digit")),
    weights: new Map(model.get("filters")).get(model.get("filter")),
    stride: model.get("stride"),
    padding: model.get("padding"),
  };
}

/**
 * The place in the map. One that the map lacks, as after a change of the stride, is its last one.
 * @param {Model} model
 * @returns {[number, number]}
 */
function place_of(model) {
  const [height, width] = size_of_map(lay_of(model));
  return [Math.min(height - 1, model.get("row")), Math.min(width - 1, model.get("column"))];
}

/** @param {Model} model @param {number} row @param {number} column */
function go(model, row, column) {
  const [height, width] = size_of_map(lay_of(model));
  model.set("row", Math.max(0, Math.min(height - 1, row)));
  model.set("column", Math.max(0, Math.min(width - 1, column)));
  model.save_changes();
}

/** @param {Model} model */
function go_on(model) {
  const [height, width] = size_of_map(lay_of(model));
  const [row, column] = place_of(model);
  const next = (row * width + column + 1) % (height * width);
  go(model, Math.floor(next / width), next % width);
}

// ---- the drawings

/** @param {string} color @param {number} line @param {string} [dashes] */
function frame(color, line, dashes = "none") {
  return shape("rect", {
    fill: "none",
    stroke: color,
    "stroke-width": line,
    "stroke-dasharray": dashes,
  });
}

/**
 * @param {Element} drawn
 * @param {number} top
 * @param {number} left
 * @param {number} height
 * @param {number} width
 */
function lay_out(drawn, top, left, height, width) {
  set_all(drawn, {
    x: left * CELL,
    y: top * CELL,
    width: width * CELL,
    height: height * CELL,
  });
}

/** @param {string} kind */
function create_part(kind) {
  const title = element("p");
  const svg = shape("svg", { role: "img" });
  return { root: element("div", { className: kind }, title, svg), title, svg };
}

/** @param {string} kind */
function create_grid(kind) {
  const part = create_part(kind);
  const image = shape("image", { preserveAspectRatio: "none" });
  const rim = frame(COLORS.gray, 2, "5 4");
  const mark = frame(COLORS.wrong, 4);
  part.svg.append(image, rim, mark);
  return { ...part, image, rim, mark };
}

/**
 * Which square of a drawing lies under the pointer; none where no button is held.
 * @param {PointerEvent} event
 * @param {SVGElement} svg
 */
function square_under(event, svg) {
  const box = svg.getBoundingClientRect();
  const [left, top, width, height] = (svg.getAttribute("viewBox") ?? "").split(" ").map(Number);
  return [
    (top + ((event.clientY - box.top) / box.height) * height) / CELL,
    (left + ((event.clientX - box.left) / box.width) * width) / CELL,
  ];
}

/**
 * @param {Element} svg
 * @param {(row: number, column: number) => void} pick
 */
function pick_by_pointer(svg, pick) {
  /** @param {any} event */
  const picked = (event) => {
    if (!event.buttons) return;
    const [row, column] = square_under(event, /** @type {SVGElement} */ (svg));
    pick(row, column);
  };
  svg.addEventListener("pointerdown", (/** @type {any} */ event) => {
    svg.setPointerCapture(event.pointerId);
    // Otherwise a picture is dragged away in place of the window.
    event.preventDefault();
    picked(event);
  });
  svg.addEventListener("pointermove", picked);
}

/** @param {ReturnType<typeof create_grid>} part @param {Lay} lay @param {number} top @param {number} left */
function draw_digit({ svg, title, image, rim, mark }, lay, top, left) {
  const { digit, weights, padding } = lay;
  const [height, width] = [digit.length, digit[0].length];
  const box = [-ROOM, -ROOM, width + 2 * ROOM, height + 2 * ROOM].map((side) => side * CELL);
  set_all(svg, { viewBox: box.join(" "), "aria-label": "The digit, with the window on it" });
  title.textContent = "digit";
  const shade = (/** @type {number} */ row, /** @type {number} */ column) =>
    between(COLORS.paper, COLORS.ink, digit[row][column] / 255);
  set_all(image, { href: picture(width, height, shade) });
  lay_out(image, 0, 0, height, width);
  lay_out(rim, -padding, -padding, height + 2 * padding, width + 2 * padding);
  lay_out(mark, top, left, weights.length, weights.length);
}

/** @param {ReturnType<typeof create_part>} part @param {Lay} lay @param {number} row @param {number} column */
function draw_products({ svg, title }, lay, row, column) {
  const { weights, padding, stride, digit } = lay;
  const whole = are_whole(weights);
  const tiles = window_at(lay, row, column).flatMap((line, y) =>
    line.map((value, x) => {
      const [above, before] = [row * stride + y - padding, column * stride + x - padding];
      const inside = digit[above]?.[before] !== undefined;
      const words = [
        written(value),
        `× ${written(weights[y][x], whole ? 0 : 2)}`,
        `= ${written(value * weights[y][x], whole ? 0 : 2)}`,
      ];
      return draw_tile(y, x, value, inside, words);
    })
  );
  const side = weights.length * TILE + 4;
  set_all(svg, { viewBox: `-2 -2 ${side} ${side}`, "aria-label": "The products, pixel by pixel" });
  svg.replaceChildren(...tiles);
  title.textContent = `pixel × weight, sum ${written(sum_at(lay, row, column), whole ? 0 : 2)}`;
}

/**
 * @param {number} row
 * @param {number} column
 * @param {number} value
 * @param {boolean} inside the digit, not its frame
 * @param {string[]} words
 */
function draw_tile(row, column, value, inside, words) {
  const shade = between(COLORS.paper, COLORS.ink, value / 255);
  const dark = value > LIGHTEST_DARK ? "white" : "black";
  const square = shape("rect", {
    x: column * TILE,
    y: row * TILE,
    width: TILE,
    height: TILE,
    stroke: COLORS.gray,
    fill: inside ? `rgb(${shade})` : "none",
    "stroke-dasharray": inside ? "none" : "5 4",
  });
  const lines = words.map((text, line) =>
    shape(
      "text",
      {
        x: (column + 0.5) * TILE,
        y: row * TILE + 18 + 17 * line,
        "text-anchor": "middle",
        "font-size": 14,
        fill: inside ? dark : "currentColor",
      },
      text
    )
  );
  return shape("g", {}, square, ...lines);
}

/** @param {ReturnType<typeof create_grid>} part @param {Lay} lay @param {number} row @param {number} column */
function draw_map({ svg, title, image, rim, mark }, lay, row, column) {
  const sums = map_of(lay);
  const [height, width] = [sums.length, sums[0].length];
  const limit = Math.max(1e-9, ...sums.flat().map(Math.abs));
  const here = row * width + column;
  const color = (/** @type {number} */ y, /** @type {number} */ x) => {
    if (y * width + x > here) return [];
    const share = sums[y][x] / limit;
    return between(COLORS.paper, share < 0 ? COLORS.below : COLORS.above, Math.abs(share));
  };
  // In the scale of the digit, where stride 1 gives a map of nearly its size.
  const [full_height, full_width] = [lay.digit.length, lay.digit[0].length];
  const box = [-ROOM, -ROOM, full_width + 2 * ROOM, full_height + 2 * ROOM].map(
    (side) => side * CELL
  );
  set_all(svg, { viewBox: box.join(" "), "aria-label": `The map, ${height} by ${width}` });
  set_all(image, { href: picture(width, height, color) });
  lay_out(image, 0, 0, height, width);
  lay_out(rim, 0, 0, height, width);
  lay_out(mark, row, column, 1, 1);
  title.textContent = `map, ${height} × ${width}`;
}

/** @param {number[][]} weights */
function are_whole(weights) {
  return weights.flat().every(Number.isInteger);
}

/** @param {Lay} lay @param {number} row @param {number} column */
function say(lay, row, column) {
  const [height, width] = size_of_map(lay);
  const { weights, stride, padding } = lay;
  const [top, left] = [row * stride - padding, column * stride - padding];
  const last = weights.length - 1;
  const sum = written(sum_at(lay, row, column), are_whole(weights) ? 0 : 2);
  return (
    `Row ${row}, column ${column} of a map of ${height} × ${width}: the window lies on rows ` +
    `${written(top)} to ${written(top + last)}, columns ${written(left)} to ` +
    `${written(left + last)} of the digit. Sum of the ${weights.length ** 2} products: ${sum}.`
  );
}

// ---- all together

/** @param {{model: Model, el: HTMLElement}} given */
function render({ model, el }) {
  const digit = create_grid("window");
  const products = create_part("products");
  const map = create_grid("map");
  const size = (/** @type {number} */ axis) => size_of_map(lay_of(model))[axis] - 1;
  const names = (/** @type {string} */ trait) => [...new Map(model.get(trait)).keys()];

  pick_by_pointer(digit.svg, (row, column) => {
    const { weights, stride, padding } = lay_of(model);
    const start = (/** @type {number} */ middle) =>
      Math.round((middle - weights.length / 2 + padding) / stride);
    go(model, start(row), start(column));
  });
  pick_by_pointer(map.svg, (row, column) => go(model, Math.floor(row), Math.floor(column)));

  function draw() {
    const lay = lay_of(model);
    const [row, column] = place_of(model);
    const [top, left] = [row, column].map((start) => start * lay.stride - lay.padding);
    draw_digit(digit, lay, top, left);
    draw_products(products, lay, row, column);
    draw_map(map, lay, row, column);
    return say(lay, row, column);
  }

  return mount({
    model,
    el,
    name: "Sliding filter",
    kind: "sliding-filter",
    controls: [
      choice(model, "digit", names("digits")),
      choice(model, "filter", names("filters")),
      buttons(model, "stride", STRIDES),
      buttons(model, "padding", PADDINGS),
      slider(model, "row", () => size(0)),
      slider(model, "column", () => size(1)),
    ],
    more: [button("Next place", () => go_on(model))],
    view: element("div", { className: "parts" }, digit.root, products.root, map.root),
    draw,
    settle: () => go(model, ...place_of(model)),
  });
}

export default { render };
