// @ts-check
// From gray values to strokes: even light, and a threshold for each place:
// digitlib.reading.binarize.
//
// A place comes in windows of 139 pixels at the most, for which the small copies that Python makes
// of larger pictures are the window itself.

(function binarize() {
  const Reader = (globalThis.Reader ??= { parts: [] });
  Reader.parts.push(binarize);

  /** Take one picture's values from another's; nothing falls below 0.
   * @param {Gray} from
   * @param {Gray} less
   * @returns {Gray} */
  function subtracted({ width, height, data }, { data: less }) {
    const out = Reader.blank(width, height);
    for (let i = 0; i < data.length; i++) out.data[i] = Math.max(0, data[i] - less[i]);
    return out;
  }

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
    const differences = [subtracted(paper, gray), subtracted(gray, paper)];
    const [darkInk, lightInk] = differences.map((each) => subtracted(each, wideOf(each)));
    if (strength(darkInk) < strength(lightInk) !== opposite) return lightInk;
    // Ink takes a share of the light away: the same ink differs less where there is less light.
    const { least_light: least } = Reader.constants;
    const ink = Reader.rounding(darkInk);
    for (let i = 0; i < ink.length; i++) ink[i] = (ink[i] * 255) / Math.max(paper.data[i], least);
    return darkInk;
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
  function strength({ data }) {
    // The cube makes a few strong pixels (strokes) count for more than many weak ones (shade).
    let sum = 0;
    for (let i = 0; i < data.length; i++) sum += data[i] * data[i] * data[i];
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
    for (let i = 0; i < marks.length; i++) if (marks[i] && strong.data[i]) keep[marks[i]] = 255;
    for (let i = 0; i < marks.length; i++) weak.data[i] = keep[marks[i]];
    return weak;
  }

  /** Return how much plain paper's values scatter, at each place: the usual difference from the
   * mean of the closest pixels; strokes do not count, as only their rims differ.
   * @param {Gray} smooth
   * @returns {Gray} */
  function grainOf(smooth) {
    const differences = Reader.means(smooth, 5);
    const { data } = differences;
    for (let i = 0; i < data.length; i++) data[i] = Math.abs(smooth.data[i] - data[i]);
    return Reader.medians(differences, oddSide(smooth, 0.25));
  }

  Object.assign(Reader, { evenLight, threshold });
})();
