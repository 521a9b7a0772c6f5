// @ts-check
// From a place to an image in MNIST's own form: light, mask, own strokes, 28 x 28:
// digitlib.reading.form.

/**
 * The edges of a place in its window.
 * @typedef {{ left: number, top: number, right: number, bottom: number }} Edges
 */

(function form() {
  const Reader = (globalThis.Reader ??= { parts: [] });
  Reader.parts.push(form);

  const PIXELS = 28 * 28;

  /** Bring the digit of a place into MNIST's own form.
   * @param {Gray} gray
   * @param {Place} place
   * @param {boolean} opposite whether the weaker one of dark and light is taken for the ink
   * @returns {Uint8Array} 28 x 28, ink on a ground of 0; all 0 where there is no ink */
  function formOf(gray, place, opposite) {
    const seen = windowOf(gray, place);
    if (!seen) return new Uint8Array(PIXELS);
    const ink = Reader.evenLight(seen.window, opposite);
    const strokes = own(Reader.threshold(ink), seen.edges);
    const box = boxOf(strokes);
    if (!box) return new Uint8Array(PIXELS);
    const { left, top, right, bottom } = box;
    const [inkInside, strokesInside] = [ink, strokes].map((picture) =>
      Reader.part(picture, left, top, right, bottom),
    );
    return Reader.centerByMass(Reader.fitInto20(Reader.cutOut(inkInside, strokesInside)));
  }

  /** Cut a place out with a margin, in one size for all.
   * @param {Gray} gray
   * @param {Place} place
   * @returns {{ window: Gray, edges: Edges } | null} nothing where hardly a pixel is left */
  function windowOf(gray, place) {
    const { margin, side, grown } = Reader.settings;
    const longer = Math.max(Reader.longer(place), 2);
    const [left, top] = [place.left, place.top].map((edge) => Math.floor(edge - margin * longer));
    const [right, bottom] = [place.right, place.bottom].map((edge) =>
      Math.ceil(edge + margin * longer),
    );
    const across = Math.min(right, gray.width) - Math.max(left, 0);
    const down = Math.min(bottom, gray.height) - Math.max(top, 0);
    if (Math.min(across, down) < 2) return null;
    const window = Reader.cut(gray, left, top, right, bottom);
    const scale = side / longer;
    const width = Math.max(3, Reader.round(window.width * scale));
    const height = Math.max(3, Reader.round(window.height * scale));
    /** @param {number} edge @param {number} most */
    const within = (edge, most) => Math.min(Math.max(Reader.round(edge), 0), most);
    const more = grown * side;
    const edges = {
      left: within((place.left - left) * scale - more, width),
      top: within((place.top - top) * scale - more, height),
      right: within((place.right - left) * scale + more, width),
      bottom: within((place.bottom - top) * scale + more, height),
    };
    const way = scale < 1 ? Reader.shrinkTo : Reader.enlargeTo;
    return { window: way(window, width, height), edges };
  }

  /** Return the strokes of a place: whole where they lie mostly in it, else what does.
   * @param {Gray} mask
   * @param {Edges} edges
   * @returns {Gray} */
  function own(mask, { left, top, right, bottom }) {
    const { own: most, neighbor } = Reader.settings;
    const { count, marks } = Reader.connected(mask);
    const { width, height } = mask;
    const [all, inside] = [new Int32Array(count), new Int32Array(count)];
    for (const mark of marks) all[mark]++;
    for (let y = top; y < bottom; y++)
      for (let x = left; x < right; x++) inside[marks[y * width + x]]++;
    // Whole, within its box, or not at all.
    const [WHOLE, WITHIN] = [2, 1];
    const parts = new Uint8Array(count);
    for (let mark = 1; mark < count; mark++) {
      const share = inside[mark] / all[mark];
      // What goes on beyond, a line or a neighbor that touches, belongs to it within its box.
      parts[mark] = share >= most ? WHOLE : share > neighbor ? WITHIN : 0;
    }
    if (!parts.some(Boolean)) parts.fill(WITHIN, 1);
    const strokes = Reader.blank(width, height);
    for (let y = 0, at = 0; y < height; y++)
      for (let x = 0; x < width; x++, at++) {
        const isInside = x >= left && x < right && y >= top && y < bottom;
        const part = parts[marks[at]];
        if (part === WHOLE || (part === WITHIN && isInside)) strokes.data[at] = 255;
      }
    return strokes;
  }

  /** @param {Gray} strokes @returns {Edges | null} */
  function boxOf({ width, height, data }) {
    const box = { left: width, top: height, right: 0, bottom: 0 };
    for (let y = 0, at = 0; y < height; y++)
      for (let x = 0; x < width; x++, at++)
        if (data[at]) {
          box.left = Math.min(box.left, x);
          box.right = Math.max(box.right, x + 1);
          box.top = Math.min(box.top, y);
          box.bottom = y + 1;
        }
    return box.bottom ? box : null;
  }

  Object.assign(Reader, { formOf });
})();
