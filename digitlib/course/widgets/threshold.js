// The page's half of digitlib.course.widgets.ThresholdPanel: two shares, and the mistakes.

/**
 * An image that can be a mistake: its probability of the digit, its label, its place in the sheet.
 * @typedef {[number, number, number]} Candidate
 */

/**
 * One digit: how many of its images are above every threshold; those that are not; the others
 * that are above the lowest threshold.
 * @typedef {{sure: number, own: Candidate[], others: Candidate[]}} Digit
 */

const KINDS = ["recall", "precision"];
// Side of a digit, in pixels of the page; as in the style sheet.
const SIDE = 42;
// The chart, in units of its drawing.
const WIDTH = 400;
const HEIGHT = 230;
const [LEFT, RIGHT, TOP, BOTTOM] = [44, 318, 14, 172];

// ---- the counting

/** @param {Digit} digit @param {number} threshold */
function sort_out({ sure, own, others }, threshold) {
  const missed = own.filter(([probability]) => probability < threshold);
  const let_in = others.filter(([probability]) => probability >= threshold);
  return { found: sure + own.length - missed.length, missed, let_in };
}

/** Recall and precision, in percent. @param {ReturnType<typeof sort_out>} sorted */
function both_shares({ found, missed, let_in }) {
  return [
    (100 * found) / (found + missed.length),
    (100 * found) / Math.max(found + let_in.length, 1),
  ];
}

// ---- the chart

/** Round numbers for an axis that ends at 100. @param {number} lowest */
function marks_from(lowest) {
  const step = [1, 2, 5, 10, 20].find((each) => (100 - lowest) / each <= 5) ?? 25;
  const marks = [];
  for (let mark = 100; mark > Math.min(lowest, 99) - step && mark >= 0; mark -= step)
    marks.push(mark);
  return marks;
}

/**
 * @param {number} x1
 * @param {number} y1
 * @param {number} x2
 * @param {number} y2
 * @param {string} [dashes]
 */
function line(x1, y1, x2, y2, dashes = "none") {
  return shape("line", { x1, y1, x2, y2, stroke: COLORS.gray, "stroke-dasharray": dashes });
}

/** @param {number} x @param {number} y @param {string} anchor @param {string} words */
function label(x, y, anchor, words) {
  return shape("text", { x, y, "text-anchor": anchor }, words);
}

/** @param {string} kind @param {number[]} xs @param {number[]} ys */
function draw_curve(kind, xs, ys) {
  const look = { class: kind, fill: "var(--widget-ground)", "stroke-width": 2 };
  const points = xs.map((x, index) =>
    kind === "recall"
      ? shape("circle", { ...look, cx: x, cy: ys[index], r: 4 })
      : shape("rect", { ...look, x: x - 3.5, y: ys[index] - 3.5, width: 7, height: 7 })
  );
  const corners = xs.map((x, index) => `${x},${ys[index]}`).join(" ");
  return [shape("polyline", { ...look, fill: "none", points: corners }), ...points];
}

/** @param {number[]} xs @param {number[]} thresholds @param {number} chosen */
function draw_thresholds(xs, thresholds, chosen) {
  return [
    line(LEFT, BOTTOM, RIGHT, BOTTOM),
    line(xs[chosen], TOP, xs[chosen], BOTTOM, "3 3"),
    // Every second one stands lower, so that none touches its neighbor.
    ...thresholds.map((threshold, index) =>
      label(xs[index], BOTTOM + 17 + (index % 2) * 15, "middle", String(threshold))
    ),
  ];
}

/** @param {number[]} marks @param {(share: number) => number} y_of */
function draw_shares(marks, y_of) {
  return [
    line(LEFT, TOP, LEFT, BOTTOM),
    ...marks.flatMap((mark) => [
      line(LEFT - 4, y_of(mark), LEFT, y_of(mark)),
      label(LEFT - 8, y_of(mark) + 4, "end", String(mark)),
    ]),
  ];
}

/** The names of the curves stand at their ends, and not on each other. @param {number[]} ends */
function draw_names(ends) {
  const apart = Math.abs(ends[0] - ends[1]);
  const lower = ends[0] >= ends[1] ? 0 : 1;
  return KINDS.map((kind, which) =>
    label(RIGHT + 2, ends[which] + 4 + (which === lower ? Math.max(0, 15 - apart) : 0), "start", kind)
  );
}

/** @param {Element} svg @param {Digit} digit @param {number[]} thresholds @param {number} chosen */
function draw_chart(svg, digit, thresholds, chosen) {
  const pairs = thresholds.map((threshold) => both_shares(sort_out(digit, threshold)));
  const marks = marks_from(Math.min(...pairs.flat()));
  const lowest = Math.min(...marks);
  const y_of = (/** @type {number} */ share) =>
    BOTTOM - ((share - lowest) / (100 - lowest)) * (BOTTOM - TOP);
  const apart = (RIGHT - LEFT - 20) / Math.max(1, thresholds.length - 1);
  const xs = thresholds.map((_, index) => LEFT + 10 + index * apart);
  const curves = KINDS.map((_, which) => pairs.map((pair) => y_of(pair[which])));
  svg.replaceChildren(
    ...draw_shares(marks, y_of),
    ...draw_thresholds(xs, thresholds, chosen),
    ...curves.flatMap((ys, which) => draw_curve(KINDS[which], xs, ys)),
    ...draw_names(curves.map((ys) => ys[ys.length - 1])),
    label((LEFT + RIGHT) / 2, HEIGHT - 8, "middle", "called this digit from … on")
  );
}

// ---- the mistakes

/** @param {string} kind */
function create_row(kind) {
  const title = element("p");
  const list = element("ul", { className: `row ${kind}` });
  return { root: element("div", {}, title, list), title, list };
}

/**
 * @param {Model} model
 * @param {Candidate} candidate
 * @param {number} digit
 */
function draw_mistake(model, [probability, labeled, sheet_place], digit) {
  const [columns, rows] = [model.get("sheet_columns"), model.get("sheet_rows")];
  const [row, column] = [Math.floor(sheet_place / columns), sheet_place % columns];
  const image = element("span", {
    className: "digit",
    role: "img",
    "aria-label": `a digit labeled ${labeled}`,
  });
  Object.assign(image.style, {
    backgroundImage: `url(${model.get("sheet")})`,
    backgroundSize: `${columns * SIDE}px ${rows * SIDE}px`,
    backgroundPosition: `${-column * SIDE}px ${-row * SIDE}px`,
  });
  const lines = [probability.toFixed(3)];
  if (labeled !== digit) lines.push(`label ${labeled}`);
  return element(
    "li",
    {},
    image,
    ...lines.map((textContent) => element("div", { textContent }))
  );
}

// ---- all together

/** @param {{model: Model, el: HTMLElement}} given */
function render({ model, el }) {
  const svg = shape("svg", { role: "img", viewBox: `0 0 ${WIDTH} ${HEIGHT}` });
  const chart = element("div", { className: "chart" }, element("p", { textContent: "share (%)" }), svg);
  const missed = create_row("missed");
  const let_in = create_row("let-in");
  const thresholds = model.get("thresholds");

  /** @param {ReturnType<typeof create_row>} row @param {Candidate[]} mistakes @param {string} words */
  function fill({ title, list }, mistakes, words) {
    const first = mistakes.slice(0, model.get("shown"));
    const more = mistakes.length > first.length ? `, the first ${first.length}` : "";
    title.textContent = `${words}: ${mistakes.length}${more}`;
    const digit = model.get("digit");
    list.replaceChildren(...first.map((mistake) => draw_mistake(model, mistake, digit)));
  }

  function draw() {
    const [digit, chosen] = [model.get("digit"), model.get("place")];
    const data = model.get("digits")[digit];
    const sorted = sort_out(data, thresholds[chosen]);
    draw_chart(svg, data, thresholds, chosen);
    set_all(svg, {
      "aria-label": `Recall and precision of the ${digit} at all thresholds, two curves`,
    });
    fill(missed, sorted.missed, "missed");
    fill(let_in, sorted.let_in, "let in");
    const [recall, precision] = both_shares(sorted).map((share) => share.toFixed(1));
    return (
      `Called ${digit} from ${thresholds[chosen]} on: ${recall} % of them found (recall), ` +
      `${precision} % of those named right (precision). ${sorted.missed.length} missed, ` +
      `${sorted.let_in.length} let in.`
    );
  }

  return mount({
    model,
    el,
    name: "One threshold, two shares",
    kind: "threshold-panel",
    controls: [
      buttons(model, "digit", [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]),
      slider(
        model,
        "place",
        () => thresholds.length - 1,
        "threshold",
        (place) => String(thresholds[place])
      ),
    ],
    view: element(
      "div",
      { className: "parts" },
      chart,
      element("div", { className: "mistakes" }, missed.root, let_in.root)
    ),
    draw,
  });
}

export default { render };
