// @ts-check
// From a shape to an image in MNIST's own form: digitlib.reading.normalize.

(function normalize() {
  const Reader = (globalThis.Reader ??= { parts: [] });
  Reader.parts.push(normalize);

  const [SIDE, FITTED] = [28, 20];

  /** Cut a digit out, at full contrast.
   * @param {Gray} ink the digit's box of it
   * @param {Gray} strokes 255 where the digit's own strokes are, as large
   * @returns {Gray} ink on a ground of 0, the strongest strokes at 255 */
  function cutOut(ink, strokes) {
    // One pixel more than the mask keeps the soft rim of the strokes.
    const rim = Reader.extreme(strokes, 3, true);
    const inside = ink.data.filter((_, i) => strokes.data[i]).toSorted();
    const full = Math.fround(inside.length ? percentile(inside, 0.6) : 255);
    const factor = Math.fround(255 / Math.max(full, 1));
    const digit = Reader.blank(ink.width, ink.height);
    for (let i = 0; i < digit.data.length; i++)
      if (rim.data[i]) digit.data[i] = Math.min(Math.fround(ink.data[i] * factor), 255);
    return digit;
  }

  /** @param {Uint8Array} sorted @param {number} share @returns {number} */
  function percentile(sorted, share) {
    const place = (sorted.length - 1) * share;
    const below = Math.floor(place);
    const above = Math.min(below + 1, sorted.length - 1);
    return sorted[below] + (sorted[above] - sorted[below]) * (place - below);
  }

  /** Scale a digit so that its longer side is 20 pixels.
   * @param {Gray} digit
   * @returns {Gray} */
  function fitInto20(digit) {
    const scale = FITTED / Math.max(digit.width, digit.height);
    const width = Math.max(1, Reader.round(digit.width * scale));
    const height = Math.max(1, Reader.round(digit.height * scale));
    return scale < 1
      ? Reader.shrinkTo(digit, width, height)
      : Reader.enlargeTo(digit, width, height);
  }

  /** Place a digit so that its ink balances in the middle of 28 x 28.
   * @param {Gray} digit at most 20 x 20
   * @returns {Uint8Array} */
  function centerByMass({ width, height, data }) {
    let [mass, across, down] = [0, 0, 0];
    data.forEach((value, at) => {
      mass += value;
      across += value * (at % width);
      down += value * Math.floor(at / width);
    });
    const [left, top] = [edge(across, mass, width), edge(down, mass, height)];
    const image = new Uint8Array(SIDE * SIDE);
    for (let row = 0; row < height; row++)
      image.set(data.subarray(row * width, (row + 1) * width), (top + row) * SIDE + left);
    return image;
  }

  /** Return where a digit begins, for its center of mass to lie in the middle.
   * @param {number} moment @param {number} mass @param {number} side */
  function edge(moment, mass, side) {
    const center = mass ? moment / mass : (side - 1) / 2;
    return Math.min(Math.max(Reader.round(Reader.constants.middle - center), 0), SIDE - side);
  }

  Object.assign(Reader, { cutOut, fitInto20, centerByMass });
})();
