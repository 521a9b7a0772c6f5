// @ts-check
// From gray values to strokes: even light, and a threshold for each place:
// digitlib.reading.binarize.
//
// A place comes in windows of 139 pixels at the most, for which the small copies that Python makes
// of larger pictures are the window itself.

(function binarize() {
  const Reader = (globalThis.Reader ??= { parts: [] });
  Reader.parts.push(binarize);

  /** Combine two pictures value by value.
   * @param {(...values: number[]) => number} way
   * @param {Gray} one
   * @param {Gray} other
   * @returns {Gray} */
  function combined(way, one, other) {
    const out = Reader.blank(one.width, one.height);
    for (let i = 0; i < out.data.length; i++) out.data[i] = way(one.data[i], other.data[i]);
    return out;
  }

  /** @param {number} one @param {number} other */
  const subtracted = (one, other) => (one > other ? one - other : 0);

  /** @param {Gray} gray @param {number} share @returns {number} an odd side, 3 or more */
  function oddSide(gray, share) {
    return Math.max(3, Reader.round(share * Math.max(gray.width, gray.height)) | 1);
  }

  /** Remove shadows and uneven light, and return the ink alone: what differs from the median of a
   * wide neighborhood, and is narrower than a third of the picture.
   * @param {Gray} gray
   * @param {boolean} opposite whether the weaker of dark and light is the ink
   * @returns {Gray} 0 for paper, up to 255 for ink */
  function evenLight(gray, opposite) {
    const longest = Math.max(gray.width, gray.height);
    const paper = Reader.medians(gray, Math.max(3, Math.floor(0.45 * longest) | 1));
    const dark = combined(subtracted, paper, gray);
    const light = combined(subtracted, gray, paper);
    const [darkInk, lightInk] = [dark, light].map((difference) =>
      combined(subtracted, difference, wideOf(difference)),
    );
    if (strength(darkInk) < strength(lightInk) !== opposite) return lightInk;
    // Ink takes a share of the light away: the same ink differs less where there is less light.
    const { least_light: least } = Reader.constants;
    return combined(
      (ink, white) => Reader.toByte((ink * 255) / Math.max(white, least)),
      darkInk,
      paper,
    );
  }

  /** Return what is wider than a third of the picture.
   * @param {Gray} difference
   * @returns {Gray} */
  function wideOf(difference) {
    const { width, height } = difference;
    const side = Math.max(3, Reader.round(0.33 * Math.max(width, height)));
    // Beyond the border everything goes on as it is there, so that dark corners are wide, too.
    const padded = Reader.framed(difference, side, Reader.nearest);
    const opened = Reader.extreme(Reader.extreme(padded, side, false), side, true);
    // A margin of one pixel takes the soft rim away, too.
    const grown = Reader.extreme(opened, 3, true);
    return Reader.part(grown, side, side, side + width, side + height);
  }

  /** @param {Gray} difference */
  function strength(difference) {
    // The cube makes a few strong pixels (strokes) count for more than many weak ones (shade).
    let sum = 0;
    for (const value of difference.data) sum += value ** 3;
    return sum;
  }

  /** Decide for each pixel whether it belongs to a stroke: stronger than half of the strongest ink
   * in the neighborhood, or connected with such a pixel and not much weaker.
   * @param {Gray} ink
   * @returns {Gray} 255 where there is a stroke */
  function threshold(ink) {
    const f = Math.fround;
    const smooth = Reader.smoothed(ink);
    const reach = oddSide(ink, 0.12);
    const strongest = Reader.means(Reader.extreme(smooth, reach, true), reach);
    const grain = grainOf(smooth);
    // Beside ink that is five times as strong, a smudge is no stroke, wherever it is.
    const bottom = f(f(0.2) * strongest.data.reduce((most, value) => Math.max(most, value), 0));
    const { least_contrast: least } = Reader.constants;
    const weak = Reader.blank(ink.width, ink.height);
    const strong = Reader.blank(ink.width, ink.height);
    for (let i = 0; i < weak.data.length; i++) {
      const floor = Math.max(Math.min(Math.max(10 * grain.data[i], least), 255), bottom);
      const near = strongest.data[i];
      const low = Math.trunc(Math.max(f(f(0.22) * near), floor));
      const high = Math.trunc(Math.max(f(0.5 * near), Math.min(f(1.25 * floor), 255)));
      weak.data[i] = smooth.data[i] > low ? 255 : 0;
      strong.data[i] = smooth.data[i] > high ? 255 : 0;
    }
    const { count, marks } = Reader.connected(weak);
    const keep = new Uint8Array(count);
    marks.forEach((mark, i) => {
      if (mark && strong.data[i]) keep[mark] = 255;
    });
    marks.forEach((mark, i) => (weak.data[i] = keep[mark]));
    return weak;
  }

  /** Return how much plain paper's values scatter, at each place: the usual difference from the
   * mean of the closest pixels; strokes do not count, as only their rims differ.
   * @param {Gray} smooth
   * @returns {Gray} */
  function grainOf(smooth) {
    const around = Reader.means(smooth, 5);
    const differences = combined((one, other) => Math.abs(one - other), smooth, around);
    return Reader.medians(differences, oddSide(smooth, 0.25));
  }

  Object.assign(Reader, { evenLight, threshold });
})();
