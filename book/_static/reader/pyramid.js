// @ts-check
// A picture in several sizes, as the page network wants to see it: digitlib.reading.pyramid.

/**
 * Which gray value is the ground of a picture, and how far its values reach from there.
 * @typedef {{ ground: number, reach: number }} Measures
 */

(function pyramid() {
  const Reader = (globalThis.Reader ??= { parts: [] });
  Reader.parts.push(pyramid);

  // The channels: what a pixel of a small picture covers has a mean, a darkest and a lightest place.
  const CHANNELS = 3;

  // What was made of a picture is kept as long as the picture is.
  /** @type {WeakMap<Gray, Measures>} */
  const measures = new WeakMap();
  /** @type {WeakMap<Gray, Level[]>} */
  const levels = new WeakMap();

  /** Return what {@link measured} finds out about a picture.
   * @param {Gray} gray
   * @returns {Measures} */
  function grayOf(gray) {
    const found = measures.get(gray) ?? measured(gray);
    measures.set(gray, found);
    return found;
  }

  /** Measure a picture's ground (the median) and reach (to the outermost thousandth).
   * @param {Gray} gray
   * @returns {Measures} */
  function measured({ data }) {
    const count = new Float64Array(256);
    for (let at = 0; at < data.length; at++) count[data[at]]++;
    for (let value = 1; value < 256; value++) count[value] += count[value - 1];
    const [ground, low, high] = [0.5, 0.001, 0.999].map((share) =>
      count.findIndex((sum) => sum >= count[255] * share),
    );
    return { ground, reach: Math.max(ground - low, high - ground, 24) };
  }

  /** @param {Gray} mean @param {Gray} darkest @param {Gray} lightest @returns {Level} */
  function merged({ width, height, data: means }, { data: lows }, { data: highs }) {
    const level = Reader.blank(width, height, CHANNELS);
    const { data } = level;
    for (let i = 0, to = 0; i < means.length; i++, to += CHANNELS) {
      data[to] = means[i];
      data[to + 1] = lows[i];
      data[to + 2] = highs[i];
    }
    return level;
  }

  /** Return a picture of three channels, made half as large so often.
   * @param {Gray} gray
   * @param {number} often
   * @returns {Level} */
  function halvedSoOften(gray, often) {
    const made = levels.get(gray) ?? [merged(gray, gray, gray)];
    levels.set(gray, made);
    while (made.length <= often) made.push(halved(made[made.length - 1]));
    return made[often];
  }

  /** Return a smaller picture with the mean, the darkest and the lightest of each place; where the
   * scale is 1 or more, the three are the same.
   * @param {Gray} gray
   * @param {number} scale
   * @returns {Level} */
  function shrunk(gray, scale) {
    const width = Math.max(1, Reader.round(gray.width * scale));
    const height = Math.max(1, Reader.round(gray.height * scale));
    if (scale >= 1) {
      const large = Reader.enlargeTo(gray, width, height);
      return merged(large, large, large);
    }
    const block = Reader.round(1 / scale);
    const mean = Reader.shrinkTo(gray, width, height);
    if (block < 2) return merged(mean, mean, mean);
    const [darkest, lightest] = [false, true].map((outer) =>
      Reader.shrinkTo(Reader.extreme(gray, block, outer), width, height),
    );
    return merged(mean, darkest, lightest);
  }

  /** Return a picture of three channels half as large.
   * @param {Level} level
   * @returns {Level} */
  function halved(level) {
    const width = Math.max(2, level.width - (level.width % 2));
    const height = Math.max(2, level.height - (level.height % 2));
    const whole = level.width < 2 || level.height < 2 ? repeated(level, width, height) : level;
    const out = Reader.blank(width / 2, height / 2, CHANNELS);
    const { data } = whole;
    const below = CHANNELS * whole.width;
    for (let y = 0, to = 0; y < out.height; y++)
      for (let x = 0, at = 2 * y * below; x < out.width; x++, at += 2 * CHANNELS, to += CHANNELS) {
        out.data[to] =
          (data[at] + data[at + 3] + data[at + below] + data[at + below + 3] + 2) >> 2;
        out.data[to + 1] = Math.min(
          data[at + 1],
          data[at + 4],
          data[at + below + 1],
          data[at + below + 4],
        );
        out.data[to + 2] = Math.max(
          data[at + 2],
          data[at + 5],
          data[at + below + 2],
          data[at + below + 5],
        );
      }
    return out;
  }

  /** Bring a picture to another size by repeating or leaving out pixels.
   * @param {Level} level @param {number} width @param {number} height @returns {Level} */
  function repeated(level, width, height) {
    const out = Reader.blank(width, height, CHANNELS);
    for (let y = 0, to = 0; y < height; y++)
      for (let x = 0; x < width; x++) {
        const row = Math.floor((y * level.height) / height);
        const column = Math.floor((x * level.width) / width);
        const from = CHANNELS * (row * level.width + column);
        for (let c = 0; c < CHANNELS; c++) out.data[to++] = level.data[from + c];
      }
    return out;
  }

  /** Cut a window out of a picture; beyond the border there is ground, the median of what is seen.
   * @param {Gray} gray
   * @param {number} left @param {number} top @param {number} right @param {number} bottom the
   *   window, which shares some pixels with the picture
   * @returns {Gray} */
  function cut(gray, left, top, right, bottom) {
    const [x, y] = [Math.max(0, left), Math.max(0, top)];
    const seen = Reader.part(gray, x, y, Math.min(right, gray.width), Math.min(bottom, gray.height));
    if (left >= 0 && top >= 0 && right <= gray.width && bottom <= gray.height) return seen;
    const out = Reader.blank(right - left, bottom - top);
    out.data.fill(Reader.round(Reader.median(seen.data)));
    for (let row = 0; row < seen.height; row++)
      out.data.set(
        seen.data.subarray(row * seen.width, (row + 1) * seen.width),
        (y - top + row) * out.width + x - left,
      );
    return out;
  }

  Object.assign(Reader, { grayOf, shrunk, halved, halvedSoOften, cut });
})();
