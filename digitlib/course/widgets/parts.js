// @ts-check
// What the widgets of the course share in a page. It stands before the module of each of them, as
// one file: a page that was opened from a disk may not import another.

/**
 * What is used here of a widget's model: Jupyter's, or the book's own (book/_static/widgets).
 * @typedef {object} Model
 * @property {(trait: string) => any} get
 * @property {(trait: string, value: unknown) => void} set
 * @property {() => void} save_changes
 * @property {(events: string, listener: () => void) => void} on
 * @property {(events: string, listener: () => void) => void} off
 */

/**
 * A control: what stands in the page, and how it takes up what the model says.
 * @typedef {object} Control
 * @property {HTMLElement} root
 * @property {() => void} show
 */

// Colors as in digitlib.course.figures and drawings.
export const COLORS = {
  paper: [251, 248, 241],
  ink: [31, 42, 68],
  below: [193, 112, 157],
  above: [86, 180, 233],
  blue: "#2f86c9",
  purple: "#c1709d",
  gray: "#787878",
  wrong: "#d55e00",
};

const SVG = "http://www.w3.org/2000/svg";

/**
 * @param {string} tag
 * @param {Record<string, unknown>} [attributes]
 * @param {...(Node | string)} children
 * @returns {any}
 */
export function element(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name in made) Object.assign(made, { [name]: value });
    else made.setAttribute(name, String(value));
  }
  // Without this, JupyterLab takes the arrow keys of whatever has the focus for its own.
  made.setAttribute("data-lm-suppress-shortcuts", "true");
  made.append(...children);
  return made;
}

/**
 * @param {string} tag
 * @param {Record<string, string | number>} [attributes]
 * @param {...(Node | string)} children
 */
export function shape(tag, attributes = {}, ...children) {
  const made = document.createElementNS(SVG, tag);
  set_all(made, attributes);
  made.append(...children);
  return made;
}

/** @param {Element} drawn @param {Record<string, string | number>} attributes */
export function set_all(drawn, attributes) {
  for (const [name, value] of Object.entries(attributes)) drawn.setAttribute(name, String(value));
}

/**
 * A number as a person writes it, with a minus and no hyphen.
 * @param {number} value
 * @param {number} [digits] after the point
 */
export function written(value, digits = 0) {
  return value.toFixed(digits).replace("-", "−");
}

/**
 * The color a share of the way from one to the other, in whole numbers.
 * @param {number[]} from
 * @param {number[]} to
 * @param {number} share
 */
export function between(from, to, share) {
  return from.map((part, index) => Math.round(part + share * (to[index] - part)));
}

/**
 * An address of a picture of sharp squares.
 * @param {number} width
 * @param {number} height
 * @param {(row: number, column: number) => number[]} color three numbers; none for no color
 */
export function picture(width, height, color) {
  const canvas = element("canvas", { width, height });
  const pen = canvas.getContext("2d");
  const pixels = pen.createImageData(width, height);
  for (let square = 0; square < width * height; square++) {
    const found = color(Math.floor(square / width), square % width);
    if (found.length) pixels.data.set([...found, 255], 4 * square);
  }
  pen.putImageData(pixels, 0, 0);
  return canvas.toDataURL();
}

// ---- controls; each follows a trait of the model, and the model follows it

/** @param {Model} model @param {string} trait @param {unknown} value */
function tell(model, trait, value) {
  model.set(trait, value);
  model.save_changes();
}

/**
 * @param {Model} model
 * @param {string} trait
 * @param {string[]} options
 * @returns {Control}
 */
export function choice(model, trait, options) {
  const select = element(
    "select",
    {},
    ...options.map((value) => element("option", { value, textContent: value }))
  );
  select.addEventListener("change", () => tell(model, trait, select.value));
  const root = element("label", {}, element("span", { textContent: trait }), select);
  return { root, show: () => Object.assign(select, { value: model.get(trait) }) };
}

/**
 * A trait that is above the highest number is shown as that one.
 * @param {Model} model
 * @param {string} trait
 * @param {() => number} last the highest number that may be chosen; the lowest is 0
 * @param {string} [words] what stands before the slider
 * @param {(value: number) => string} [said] what stands behind it, and is read aloud
 * @returns {Control}
 */
export function slider(model, trait, last, words = trait, said = String) {
  const range = element("input", { type: "range", min: 0, step: 1 });
  const value = element("span", { className: "value", "aria-hidden": "true" });
  range.addEventListener("input", () => tell(model, trait, range.valueAsNumber));

  function show() {
    range.max = String(last());
    range.valueAsNumber = Math.min(last(), model.get(trait));
    value.textContent = said(range.valueAsNumber);
    range.setAttribute("aria-valuetext", value.textContent);
  }

  const root = element("label", {}, element("span", { textContent: words }), range, value);
  return { root, show };
}

/**
 * A few numbers side by side, of which one is chosen.
 * @param {Model} model
 * @param {string} trait
 * @param {number[]} options
 * @returns {Control}
 */
export function buttons(model, trait, options) {
  const inputs = options.map((value) => element("input", { type: "radio", name: trait, value }));
  inputs.forEach((input, index) =>
    input.addEventListener("change", () => tell(model, trait, options[index]))
  );
  const labels = inputs.map((input, index) =>
    element("label", {}, input, element("span", { textContent: options[index] }))
  );
  const root = element("fieldset", {}, element("legend", { textContent: trait }), ...labels);
  function show() {
    inputs.forEach((input, index) => {
      input.checked = options[index] === model.get(trait);
    });
  }
  return { root, show };
}

/** @param {string} textContent @param {() => void} press */
export function button(textContent, press) {
  const made = element("button", { type: "button", textContent });
  made.addEventListener("click", press);
  return made;
}

// ---- all together

/**
 * Puts a widget into the page and keeps it up to date; returns how to end that.
 * @param {object} given
 * @param {Model} given.model
 * @param {HTMLElement} given.el
 * @param {string} given.name for those who don't see it
 * @param {string} given.kind the class in the style sheet
 * @param {Control[]} given.controls
 * @param {HTMLElement[]} [given.more] stand after the controls
 * @param {HTMLElement} given.view what is shown
 * @param {() => string} given.draw brings the view up to date, and says in a sentence what it shows
 * @param {() => void} [given.settle] follows when a control was used
 */
export function mount({ model, el, name, kind, controls, more = [], view, draw, settle }) {
  const status = element("p", { role: "status" });
  // Within a form of their own, the radio buttons of one widget don't mix with another's.
  const form = element("form", {}, ...controls.map(({ root }) => root), ...more);
  form.addEventListener("submit", (/** @type {Event} */ event) => event.preventDefault());
  if (settle) form.addEventListener("change", settle);

  function show() {
    for (const control of controls) control.show();
    const said = draw();
    // What did not change is not read aloud again.
    if (status.textContent !== said) status.textContent = said;
  }

  el.append(
    element("section", { className: `page-widget ${kind}`, "aria-label": name }, form, view, status)
  );
  model.on("change", show);
  show();
  return () => model.off("change", show);
}

