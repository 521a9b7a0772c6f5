// @ts-check
// From the page network's answers to places: digitlib.reading.places.

/**
 * Where the page network sees a digit: its box in pixels of the picture, the chance that the middle
 * of a digit is there, the chances of the ten digits, and its longer side in pixels of the size in
 * which it was found.
 * @typedef {{ left: number, top: number, right: number, bottom: number, middle: number,
 *   classes: Float32Array, seen: number }} Place
 */

(function places() {
  const Reader = (globalThis.Reader ??= { parts: [] });
  Reader.parts.push(places);

  // Numbers of an answer: the middle, ten digits, where the middle is, how large it is.
  const [DIGITS, MIDDLE, SIZE, NUMBERS] = [1, 11, 13, 16];

  /** @param {Place} place */
  const wide = (place) => place.right - place.left;
  /** @param {Place} place */
  const high = (place) => place.bottom - place.top;
  /** @param {Place} place */
  const longer = (place) => Math.max(wide(place), high(place));
  /** @param {ArrayLike<number>} values @returns {number} */
  const highest = (values) => Math.max(...Array.from(values));
  /** The first of the highest numbers. @param {ArrayLike<number>} values */
  const best = (values) => Array.from(values).indexOf(highest(values));

  /** List the cells whose chance of a middle is the highest among their neighbors.
   * @param {Answer} answer
   * @param {number} scale pixels of what the network saw for each pixel of the picture
   * @param {number[]} origin column and row, in pixels of what it saw, where the picture begins
   * @param {number} least chance below which nothing is listed
   * @returns {Place[]} */
  function peaks({ rows, columns, data }, scale, origin, least) {
    // The logistic function rises: its inverse of the least is quicker than all its values.
    const bound = Math.log(least / (1 - least));
    const found = [];
    for (let row = 0; row < rows; row++)
      for (let column = 0; column < columns; column++) {
        const at = NUMBERS * (row * columns + column);
        if (data[at] > bound && isHighest(data, rows, columns, row, column))
          found.push(placeOf(data.subarray(at, at + NUMBERS), row, column, scale, origin));
      }
    return found;
  }

  /** @param {Float32Array} data @param {number} rows @param {number} columns
   * @param {number} row @param {number} column */
  function isHighest(data, rows, columns, row, column) {
    const own = data[NUMBERS * (row * columns + column)];
    for (let y = Math.max(0, row - 1); y <= Math.min(rows - 1, row + 1); y++)
      for (let x = Math.max(0, column - 1); x <= Math.min(columns - 1, column + 1); x++)
        if (data[NUMBERS * (y * columns + x)] > own) return false;
    return true;
  }

  /** @param {Float32Array} values @param {number} row @param {number} column
   * @param {number} scale @param {number[]} origin @returns {Place} */
  function placeOf(values, row, column, scale, origin) {
    const { cell, unit } = Reader.constants;
    const middle = Math.fround(1 / (1 + Math.exp(-values[0])));
    const most = highest(values.subarray(DIGITS, MIDDLE));
    const powers = values.subarray(DIGITS, MIDDLE).map((value) => Math.exp(value - most));
    const total = powers.reduce((sum, power) => sum + power, 0);
    const x = ((column + 0.5 + values[MIDDLE]) * cell - origin[0]) / scale;
    const y = ((row + 0.5 + values[MIDDLE + 1]) * cell - origin[1]) / scale;
    const [across, down] = [values[SIZE], values[SIZE + 1]].map(
      (value) => (unit * Math.exp(Math.min(Math.max(value, -4), 3))) / scale,
    );
    return {
      left: x - across / 2,
      top: y - down / 2,
      right: x + across / 2,
      bottom: y + down / 2,
      middle,
      classes: powers.map((power) => power / total),
      seen: scale * Math.max(across, down),
    };
  }

  /** Return the logarithm of a chance's odds, the inverse of the logistic function.
   * @param {number} chance */
  function logit(chance) {
    const within = Math.min(Math.max(chance, 1e-4), 1 - 1e-4);
    return Math.log(within / (1 - within));
  }

  /** @param {Place} one @param {Place} other */
  function common(one, other) {
    const across = Math.min(one.right, other.right) - Math.max(one.left, other.left);
    const down = Math.min(one.bottom, other.bottom) - Math.max(one.top, other.top);
    return Math.max(across, 0) * Math.max(down, 0);
  }

  /** @param {Place} place */
  const area = (place) => wide(place) * high(place);

  /** Return the common area of two places, as a share of all that they cover.
   * @param {Place} one @param {Place} other */
  function shared(one, other) {
    const both = common(one, other);
    return both / (area(one) + area(other) - both);
  }

  /** Return how much a find counts: how sure it is, less if it was seen very small or large.
   * @param {Place} place */
  function weight(place) {
    const { best_seen: bestSeen, spread } = Reader.settings;
    const off = Math.log(Math.max(place.seen, 1) / bestSeen) / spread;
    return place.middle * highest(place.classes) * Math.exp(-0.5 * off ** 2);
  }

  /** Put finds of the same digit together, as it is seen in several sizes.
   * @param {Place[]} finds
   * @returns {Place[]} the weightiest find of each digit, the classes averaged over all that agree
   *   on its box */
  function distinct(finds) {
    const { most_finds: mostFinds, same_place: samePlace, inside } = Reader.settings;
    const sorted = finds
      .map((place) => ({ place, weight: weight(place) }))
      .toSorted((one, other) => other.weight - one.weight)
      .slice(0, mostFinds);
    /** @type {{ place: Place, votes: Float32Array }[]} */
    const kept = [];
    for (const { place, weight: own } of sorted) {
      const unions = kept.map((other) => shared(place, other.place));
      const same = unions.length ? best(unions) : -1;
      if (same >= 0 && unions[same] > samePlace) {
        if (unions[same] > 0.5)
          place.classes.forEach((chance, digit) => (kept[same].votes[digit] += own * chance));
        continue;
      }
      const swallowed = kept.some(
        (other) =>
          common(place, other.place) / Math.min(area(place), area(other.place)) > inside,
      );
      if (!swallowed) kept.push({ place, votes: place.classes.map((chance) => own * chance) });
    }
    return kept.map(({ place, votes }) => {
      const total = votes.reduce((sum, vote) => sum + vote, 0);
      return { ...place, classes: votes.map((vote) => vote / total) };
    });
  }

  /** Tell whether two places stand beside each other: as tall, at the same height, less than that
   * away.
   * @param {Place} one @param {Place} other */
  function beside(one, other) {
    const [own, theirs] = [Math.max(high(one), 1), Math.max(high(other), 1)];
    const height = Math.min(one.bottom, other.bottom) - Math.max(one.top, other.top);
    const gap = Math.max(one.left - other.right, other.left - one.right);
    return (
      Math.abs(Math.log(own / theirs)) < Reader.settings.like_size &&
      height > 0.5 * Math.min(own, theirs) &&
      gap < Math.max(own, theirs)
    );
  }

  Object.assign(Reader, { longer, highest, best, peaks, logit, shared, distinct, beside });
})();
