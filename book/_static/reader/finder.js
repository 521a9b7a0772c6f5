// @ts-check
// The page network at work: a picture goes in, the places of its digits come out:
// digitlib.reading.finder.

/**
 * A part of a picture in one of its sizes: its pixels, how many there are for each of the picture,
 * and where its left upper corner lies, in its own pixels.
 * @typedef {{ window: Level, scale: number, left: number, top: number }} View
 */

(function finder() {
  const Reader = (globalThis.Reader ??= { parts: [] });
  Reader.parts.push(finder);

  // Neighborhood in which plain ground is plain, and what is left around the rest.
  const [BLOCK, AROUND] = [9, 8];

  /** Find the digits of a picture.
   * @param {Gray} gray
   * @returns {Place[]} in no particular order */
  function find(gray) {
    const {
      smallest_seen: smallest,
      largest_seen: largest,
      well_seen: wellSeen,
      surely_something: surely,
      enlarged_pixels: mostEnlarged,
    } = Reader.settings;
    const measured = Reader.grayOf(gray);
    const shown = views(gray);
    const found = shown.flatMap((view, number) => {
      const [finest, coarsest] = [number === 0, number === shown.length - 1];
      // In the finest size small digits are all there is of them, in the coarsest large ones.
      return look(view, measured).filter(
        ({ seen }) => (seen >= smallest || finest) && (coarsest || seen <= largest),
      );
    });
    const { window } = shown[0];
    const enlarged = 4 * window.width * window.height;
    const tiny = found.every(({ seen, middle }) => seen < wellSeen || middle < surely);
    if (tiny && enlarged > 0 && enlarged <= mostEnlarged)
      found.push(...look(twice(shown[0]), measured));
    return Reader.distinct(found);
  }

  /** Ask the network about one view of a picture.
   * @param {View} view
   * @param {Measures} measured of the picture
   * @returns {Place[]} the same digit perhaps more than once */
  function look({ window, scale, left, top }, measured) {
    if (window.data.length === 0) return [];
    const { border, multiple } = Reader.constants;
    const [columns, rows] = [window.width, window.height].map(
      (side) => multiple * Math.ceil((side + 2 * border) / multiple),
    );
    const answer = Reader.network.look(window, measured, { rows, columns, margin: border });
    return Reader.peaks(answer, scale, [border - left, border - top], Reader.settings.least_middle);
  }

  /** Return a picture in sizes from fine to coarse, of the finest its busy part.
   * @param {Gray} gray
   * @returns {View[]} */
  function views(gray) {
    const { shortest_side: shortest } = Reader.settings;
    const { smallest } = Reader.constants;
    const small = Math.max(gray.width, gray.height) <= shortest;
    let level = Reader.halvedSoOften(gray, 0);
    const shown = small
      ? [
          { ...busy(Reader.shrunk(gray, 2)), scale: 2 },
          { window: level, scale: 1, left: 0, top: 0 },
        ]
      : [{ ...busy(level), scale: 1 }];
    for (
      let often = 1;
      Math.max(level.width, level.height) > 2 * smallest && Math.min(level.width, level.height) > 1;
      often++
    ) {
      level = Reader.halvedSoOften(gray, often);
      shown.push({ window: level, scale: 0.5 ** often, left: 0, top: 0 });
    }
    return shown;
  }

  /** @param {View} view @returns {View} */
  function twice({ window, scale, left, top }) {
    const large = Reader.enlargeTo(window, 2 * window.width, 2 * window.height, 3);
    return { window: large, scale: 2 * scale, left: 2 * left, top: 2 * top };
  }

  /** Return the part of a picture that is not plain ground.
   * @param {Level} level
   * @returns {{ window: Level, left: number, top: number }} */
  function busy(level) {
    const darkest = Reader.blank((level.width + 1) >> 1, (level.height + 1) >> 1);
    const lightest = Reader.blank(darkest.width, darkest.height);
    const { width, height, data } = level;
    for (let y = 0, to = 0; y < height; y += 2)
      for (let x = 0; x < width; x += 2, to++) {
        const from = 3 * (y * width + x);
        darkest.data[to] = data[from + 1];
        lightest.data[to] = data[from + 2];
      }
    const low = Reader.extreme(darkest, BLOCK, false);
    const high = Reader.extreme(lightest, BLOCK, true);
    const { least_contrast: least } = Reader.settings;
    let [left, top, right, bottom] = [Infinity, Infinity, -1, -1];
    for (let y = 0, at = 0; y < low.height; y++)
      for (let x = 0; x < low.width; x++, at++)
        if (high.data[at] - low.data[at] > least) {
          left = Math.min(left, x);
          right = Math.max(right, x);
          top = Math.min(top, y);
          bottom = y;
        }
    if (bottom < 0) return { window: Reader.blank(0, 0), left: 0, top: 0 };
    left = Math.max(0, 2 * left - AROUND);
    top = Math.max(0, 2 * top - AROUND);
    right = Math.min(level.width, 2 * right + AROUND + 2);
    bottom = Math.min(level.height, 2 * bottom + AROUND + 2);
    return { window: Reader.part(level, left, top, right, bottom, 3), left, top };
  }

  Object.assign(Reader, { find, look, busy });
})();
