// @ts-check
// Pages that lie on their side or stand on their head: digitlib.reading.turning.

(function turning() {
  const Reader = (globalThis.Reader ??= { parts: [] });
  Reader.parts.push(turning);

  /** Return by how many quarters a page has to be turned, against the clock, to be read.
   * @param {Gray} gray
   * @param {Place[]} places what was found in it as it is
   * @returns {number} 0 to 3; 0 unless turning it shows clearly more digits */
  function quarterTurns(gray, places) {
    const { turned_sure: sure, turned_digits: enough } = Reader.settings;
    const { turned_lead: lead, turned_more: more } = Reader.settings;
    if (standsUpright(places)) return 0;
    const measured = Reader.grayOf(gray);
    const [strengths, counts] = [
      [0, 0, 0, 0],
      [0, 0, 0, 0],
    ];
    for (const scale of scales(gray, places)) {
      const { window } = Reader.busy(Reader.shrunk(gray, scale));
      for (let quarters = 0; quarters < 4; quarters++) {
        const view = { window: Reader.turned(window, quarters, 3), scale: 1, left: 0, top: 0 };
        const chances = Reader.distinct(Reader.look(view, measured))
          .map(chance)
          .filter((/** @type {number} */ each) => each > sure);
        const strength = chances.reduce(
          (/** @type {number} */ sum, /** @type {number} */ each) => sum + each,
          0,
        );
        if (strength > strengths[quarters])
          [strengths[quarters], counts[quarters]] = [strength, chances.length];
      }
    }
    const best = Reader.best(strengths);
    const clearly = strengths[best] > lead * strengths[0] + more;
    return counts[best] >= enough && clearly ? best : 0;
  }

  /** @param {Place} place */
  const chance = (place) => place.middle * Reader.highest(place.classes);

  /** Return in which sizes a picture is compared with itself, turned.
   * @param {Gray} gray
   * @param {Place[]} places
   * @returns {number[]} */
  function scales(gray, places) {
    const { surely_something: surely, turned_digits: enough, turned_pixels: most } = Reader.settings;
    const { best_seen: best, turned_side: side } = Reader.settings;
    const sizes = places.filter(({ middle }) => middle >= surely).map(Reader.longer);
    // One is enough: that in which most of the digits are seen best, if time allows.
    if (sizes.length >= enough)
      return [
        Math.min(
          best / Reader.middleOf(sizes),
          Math.sqrt(most / (gray.width * gray.height)),
          1,
        ),
      ];
    const usual = Math.min(side / Math.max(gray.width, gray.height), 1);
    return [usual, usual / 2];
  }

  /** Whether enough of the digits are sure, and of those that are none when they are turned.
   * @param {Place[]} places */
  function standsUpright(places) {
    const { upright_sure: sure, upright_share: share } = Reader.settings;
    const digits = places.filter((place) => chance(place) > sure);
    const oneWay = digits.filter(({ classes }) =>
      Reader.constants.one_way.includes(Reader.best(classes)),
    );
    return oneWay.length > share * digits.length;
  }

  /** Return a place of a turned picture as a place of the picture before.
   * @param {Place} place
   * @param {number} quarters how often it was turned, against the clock
   * @param {Gray} gray the picture before
   * @returns {Place} */
  function turnedBack(place, quarters, { width, height }) {
    const { left, top, right, bottom } = place;
    const edges = [
      { left, top, right, bottom },
      { left: width - bottom, top: left, right: width - top, bottom: right },
      { left: width - right, top: height - bottom, right: width - left, bottom: height - top },
      { left: top, top: height - right, right: bottom, bottom: height - left },
    ];
    return { ...place, ...edges[quarters] };
  }

  Object.assign(Reader, { quarterTurns, turnedBack });
})();
