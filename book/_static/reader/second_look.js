// @ts-check
// A second look from the right distance, where there is doubt: digitlib.reading.second_look.

(function secondLook() {
  const Reader = (globalThis.Reader ??= { parts: [] });
  Reader.parts.push(secondLook);

  /** Look again at the places that nobody is sure of.
   * @param {Gray} gray
   * @param {Place[]} places
   * @param {number[]} confidence how likely each place is a digit
   * @returns {Place[]} the same places; of those in doubt, the middle and the classes are means */
  function seenAgain(gray, places, confidence) {
    const { sure, least_confidence: least, most_looks: most } = Reader.settings;
    /** @param {number} index */
    const distance = (index) => Math.abs(confidence[index] - least);
    const doubtful = Array.from(places.keys()).filter((index) => confidence[index] < sure);
    // The nearest to the threshold first, if there are too many.
    doubtful.sort((one, other) => distance(one) - distance(other));
    const again = [...places];
    if (doubtful.length === 0) return again;
    const measured = Reader.grayOf(gray);
    const levels = [Reader.merged(gray, gray, gray)];
    for (const index of doubtful.slice(0, most))
      again[index] = lookedAt(levels, places[index], measured);
    return again;
  }

  /** @param {Level[]} levels @param {Place} place @param {Measures} measured @returns {Place} */
  function lookedAt(levels, place, measured) {
    const { look_sizes: sizes, look_side: side, least_again: least } = Reader.settings;
    const { same_place: samePlace, not_again: notAgain } = Reader.settings;
    const values = Reader.asSeen(measured);
    const middles = [Reader.logit(place.middle)];
    const classes = [place.classes];
    for (const size of sizes) {
      const { window, scale, origin } = windowOf(levels, place, size, measured);
      const shown = { rows: side, columns: side, margin: 0 };
      const found = Reader.peaks(Reader.network.look(window, values, shown), scale, origin, least);
      const shares = found.map((/** @type {Place} */ one) => Reader.shared(place, one));
      const best = found[shares.length ? Reader.best(shares) : 0];
      if (!best || Reader.shared(place, best) <= samePlace) middles.push(Reader.logit(notAgain));
      else {
        middles.push(Reader.logit(best.middle));
        classes.push(best.classes);
      }
    }
    const mean = middles.reduce((sum, middle) => sum + middle, 0) / middles.length;
    return {
      ...place,
      middle: 1 / (1 + Math.exp(-mean)),
      classes: place.classes.map(
        (_, digit) => classes.reduce((sum, each) => sum + each[digit], 0) / classes.length,
      ),
    };
  }

  /** Show a window around a place, in which it is `size` pixels long. The picture in sizes that are
   * halves of each other grows by those that are missing.
   * @param {Level[]} levels
   * @param {Place} place
   * @param {number} size
   * @param {Measures} measured */
  function windowOf(levels, place, size, { ground }) {
    const { look_side: side } = Reader.settings;
    const scale = size / Math.max(Reader.longer(place), 2);
    const halves = Math.max(0, Math.trunc(Math.log2(1 / scale)));
    while (levels.length <= halves) levels.push(Reader.halved(levels[levels.length - 1]));
    const { width, height } = levels[0];
    // A middle can be found a little beyond the border, where there is nothing to see.
    const x = Math.min(Math.max(place.left + place.right, 0), 2 * width) / 2;
    const y = Math.min(Math.max(place.top + place.bottom, 0), 2 * height) / 2;
    const origin = [side / 2 - x * scale, side / 2 - y * scale];
    const window = moved(levels[halves], scale * 2 ** halves, origin, side, ground);
    return { window, scale, origin };
  }

  /** Scale a picture, move it, and show a square of it: between pixels by straight lines, or by
   * cubic curves where it grows.
   * @param {Level} level
   * @param {number} scale
   * @param {number[]} origin where the picture's corner comes to lie
   * @param {number} side of the square
   * @param {number} ground what is beyond the border
   * @returns {Level} */
  function moved(level, scale, origin, side, ground) {
    const across = taps(scale, origin[0], side, level.width);
    const down = taps(scale, origin[1], side, level.height);
    const out = Reader.blank(side, side, 3);
    const { count } = across;
    const sums = [0, 0, 0];
    for (let y = 0, to = 0; y < side; y++)
      for (let x = 0; x < side; x++, to += 3) {
        sums.fill(0);
        for (let j = y * count; j < (y + 1) * count; j++)
          for (let i = x * count; i < (x + 1) * count; i++) {
            const share = down.share[j] * across.share[i];
            const at = 3 * (down.from[j] * level.width + across.from[i]);
            const outside = down.from[j] < 0 || across.from[i] < 0;
            for (let c = 0; c < 3; c++) sums[c] += share * (outside ? ground : level.data[at + c]);
          }
        for (let c = 0; c < 3; c++) out.data[to + c] = Reader.toByte(sums[c]);
      }
    return out;
  }

  /** Return from which pixels each of a row is made, -1 for those beyond the border, and with which
   * shares.
   * @param {number} scale @param {number} origin @param {number} side @param {number} length */
  function taps(scale, origin, side, length) {
    const count = scale > 1 ? 4 : 2;
    const from = new Int32Array(count * side);
    const share = new Float64Array(count * side);
    for (let index = 0; index < side; index++) {
      const place = (index - origin) / scale;
      const left = Math.floor(place);
      const x = place - left;
      const weights = scale > 1 ? Reader.cubic(x) : [1 - x, x];
      weights.forEach((/** @type {number} */ weight, /** @type {number} */ i) => {
        const pixel = left + i - (scale > 1 ? 1 : 0);
        from[count * index + i] = pixel >= 0 && pixel < length ? pixel : -1;
        share[count * index + i] = weight;
      });
    }
    return { count, from, share };
  }

  Object.assign(Reader, { seenAgain });
})();
