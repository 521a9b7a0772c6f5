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
    for (const index of doubtful.slice(0, most))
      again[index] = lookedAt(gray, places[index], measured);
    return again;
  }

  /** @param {Gray} gray @param {Place} place @param {Measures} measured @returns {Place} */
  function lookedAt(gray, place, measured) {
    const { look_sizes: sizes, look_side: side, least_again: least } = Reader.settings;
    const { same_place: samePlace, not_again: notAgain } = Reader.settings;
    const middles = [Reader.logit(place.middle)];
    const classes = [place.classes];
    for (const size of sizes) {
      const { window, scale, origin } = windowOf(gray, place, size, measured);
      const shown = { rows: side, columns: side, margin: 0 };
      const found = Reader.peaks(Reader.network.look(window, measured, shown), scale, origin, least);
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

  /** Show a window around a place, in which it is `size` pixels long.
   * @param {Gray} gray
   * @param {Place} place
   * @param {number} size
   * @param {Measures} measured */
  function windowOf(gray, place, size, { ground }) {
    const { look_side: side } = Reader.settings;
    const scale = size / Math.max(Reader.longer(place), 2);
    const halves = Math.max(0, Math.trunc(Math.log2(1 / scale)));
    const { width, height } = gray;
    // A middle can be found a little beyond the border, where there is nothing to see.
    const x = Math.min(Math.max(place.left + place.right, 0), 2 * width) / 2;
    const y = Math.min(Math.max(place.top + place.bottom, 0), 2 * height) / 2;
    const origin = [side / 2 - x * scale, side / 2 - y * scale];
    const level = Reader.halvedSoOften(gray, halves);
    const window = moved(level, scale * 2 ** halves, origin, side, ground);
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
    const target = Reader.rounding(out);
    const { count } = across;
    const beyond = new Float64Array(3 * side).fill(ground);
    // Rows of the picture, scaled; only so many are needed at a time as make one new row.
    const lines = Array.from({ length: count }, () => new Float64Array(3 * side));
    const held = lines.map(() => -1);
    /** @param {number} from */
    const line = (from) => {
      if (from < 0) return beyond;
      const place = from % count;
      if (held[place] !== from) stretch(level, from, across, ground, lines[place]);
      held[place] = from;
      return lines[place];
    };
    const sums = new Float64Array(3 * side);
    for (let y = 0; y < side; y++) {
      sums.fill(0);
      for (let j = y * count; j < (y + 1) * count; j++) {
        const [row, share] = [line(down.from[j]), down.share[j]];
        for (let at = 0; at < sums.length; at++) sums[at] += share * row[at];
      }
      target.set(sums, y * sums.length);
    }
    return out;
  }

  /** Scale and move one row of a picture.
   * @param {Level} level @param {number} row
   * @param {{ count: number, from: Int32Array, share: Float64Array }} across
   * @param {number} ground @param {Float64Array} out */
  function stretch({ width, data }, row, { count, from, share }, ground, out) {
    out.fill(0);
    const start = 3 * row * width;
    for (let to = 0, k = 0; to < out.length; to += 3)
      for (const end = k + count; k < end; k++)
        if (from[k] < 0)
          for (let c = 0; c < 3; c++) out[to + c] += share[k] * ground;
        else {
          const at = start + 3 * from[k];
          out[to] += share[k] * data[at];
          out[to + 1] += share[k] * data[at + 1];
          out[to + 2] += share[k] * data[at + 2];
        }
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
      share.set(scale > 1 ? Reader.cubic(x) : [1 - x, x], count * index);
      for (let i = 0; i < count; i++) {
        const pixel = left + i - (scale > 1 ? 1 : 0);
        from[count * index + i] = pixel >= 0 && pixel < length ? pixel : -1;
      }
    }
    return { count, from, share };
  }

  Object.assign(Reader, { seenAgain });
})();
