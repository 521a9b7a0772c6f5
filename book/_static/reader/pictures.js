// @ts-check
// What the reader uses of OpenCV, made again: same rounding, same borders.

/**
 * Gray values, row after row.
 * @typedef {{ width: number, height: number, data: Uint8Array }} Gray
 *
 * Three values for each pixel, side by side.
 * @typedef {{ width: number, height: number, data: Uint8Array }} Level
 */

(function pictures() {
  const Reader = (globalThis.Reader ??= { parts: [] });
  Reader.parts.push(pictures);

  /** Round as Python and OpenCV do: what lies between two numbers goes to the even one.
   * @param {number} value */
  function round(value) {
    const whole = Math.round(value);
    return whole - value === 0.5 && whole % 2 !== 0 ? whole - 1 : whole;
  }

  /** Return the values of a picture such that what is written there is rounded, likewise, and stays
   * from 0 to 255.
   * @param {Gray | Level} picture that {@link blank} made */
  const rounding = ({ data }) => new Uint8ClampedArray(data.buffer);

  /** @param {number} width @param {number} height @param {number} [channels] */
  const blank = (width, height, channels = 1) => ({
    width,
    height,
    data: new Uint8Array(width * height * channels),
  });

  /** Return the gray values of a picture; what is transparent lies on paper.
   * @param {{ width: number, height: number, data: Uint8Array | Uint8ClampedArray }} picture RGBA
   * @returns {Gray} */
  function toGray({ width, height, data }) {
    const gray = blank(width, height);
    let opaque = true;
    for (let i = 3; opaque && i < data.length; i += 4) opaque = data[i] === 255;
    const paper = opaque ? 0 : paperUnder(data);
    for (let i = 0, at = 0; i < gray.data.length; i++, at += 4) {
      const alpha = data[at + 3];
      let [red, green, blue] = [data[at], data[at + 1], data[at + 2]];
      if (alpha < 255) {
        red = Math.round((red * alpha + paper * (255 - alpha)) / 255);
        green = Math.round((green * alpha + paper * (255 - alpha)) / 255);
        blue = Math.round((blue * alpha + paper * (255 - alpha)) / 255);
      }
      gray.data[i] = (red * 9798 + green * 19235 + blue * 3735 + 16384) >> 15;
    }
    return gray;
  }

  /** Return the gray value of paper on which what is drawn stands out.
   * @param {Uint8Array | Uint8ClampedArray} data RGBA */
  function paperUnder(data) {
    let [visible, total, sum] = [0, 0, 0];
    for (let at = 0; at < data.length; at += 4) {
      const alpha = data[at + 3];
      if (alpha > 127) visible++;
      total += alpha;
      sum += alpha * (0.299 * data[at] + 0.587 * data[at + 1] + 0.114 * data[at + 2]);
    }
    const mostlyClear = visible / (data.length / 4) < 0.5;
    const light = sum > Reader.constants.light_strokes * Math.max(total, 1);
    return mostlyClear && light ? 0 : 255;
  }

  // ---- sizes

  /** Scale down; a pixel is the mean of the area that it covers.
   * @param {Gray} gray
   * @param {number} width at most that of the picture
   * @param {number} height likewise
   * @returns {Gray} */
  function shrinkTo(gray, width, height) {
    if (width === gray.width && height === gray.height) return gray;
    const wide = gray.width / width;
    const high = gray.height / height;
    if (Number.isInteger(wide) && Number.isInteger(high)) return inBlocks(gray, wide, high);
    const out = blank(width, height);
    const target = rounding(out);
    const { data } = gray;
    const { first, from, share: weight } = shares(gray.width, width);
    const down = shares(gray.height, height);
    const sums = new Float32Array(width);
    const line = new Float32Array(width);
    for (let row = 0; row < height; row++) {
      sums.fill(0);
      for (let k = down.first[row]; k < down.first[row + 1]; k++) {
        const start = down.from[k] * gray.width;
        line.fill(0);
        for (let column = 0; column < width; column++)
          for (let one = first[column]; one < first[column + 1]; one++)
            line[column] += Math.fround(data[start + from[one]] * weight[one]);
        const share = down.share[k];
        for (let column = 0; column < width; column++)
          sums[column] += Math.fround(share * line[column]);
      }
      target.set(sums, row * width);
    }
    return out;
  }

  /** @param {Gray} gray @param {number} wide @param {number} high @returns {Gray} */
  function inBlocks(gray, wide, high) {
    const out = blank(gray.width / wide, gray.height / high);
    const area = wide * high;
    // Of four pixels OpenCV rounds a half up, of all others to the even number.
    const half = wide === 2 && high === 2;
    const target = rounding(out);
    const { width, data } = gray;
    let at = 0;
    for (let row = 0; row < out.height; row++)
      for (let column = 0; column < out.width; column++) {
        let sum = 0;
        for (let y = 0; y < high; y++) {
          const start = (row * high + y) * width + column * wide;
          for (let x = start; x < start + wide; x++) sum += data[x];
        }
        target[at++] = half ? (sum + 2) >> 2 : sum / area;
      }
    return out;
  }

  /** Return which pixels of a row a pixel of the new one covers, and with which shares.
   * @param {number} before
   * @param {number} after
   * @returns {{ first: number[], from: number[], share: number[] }} `first` tells where those of
   *   each new pixel begin in the other two */
  function shares(before, after) {
    const scale = before / after;
    /** @type {{ first: number[], from: number[], share: number[] }} */
    const found = { first: [0], from: [], share: [] };
    for (let index = 0; index < after; index++) {
      const [start, end] = [index * scale, (index + 1) * scale];
      const covered = Math.min(scale, before - start);
      const last = Math.min(Math.floor(end), before - 1);
      const first = Math.min(Math.ceil(start), last);
      /** @param {number} from @param {number} length */
      const add = (from, length) => {
        found.from.push(from);
        found.share.push(Math.fround(length / covered));
      };
      if (first - start > 1e-3) add(first - 1, first - start);
      for (let at = first; at < last; at++) add(at, 1);
      if (end - last > 1e-3) add(last, Math.min(end - last, 1, covered));
      found.first.push(found.from.length);
    }
    return found;
  }

  /** Scale up by cubic curves.
   * @param {Gray | Level} picture
   * @param {number} width
   * @param {number} height
   * @param {number} [channels]
   * @returns {Gray | Level} */
  function enlargeTo(picture, width, height, channels = 1) {
    if (width === picture.width && height === picture.height) return picture;
    const out = blank(width, height, channels);
    const bytes = rounding(out);
    const { data } = picture;
    const { from, share } = curves(picture.width, width, channels);
    const down = curves(picture.height, height, 1);
    const row = width * channels;
    // Each row of the picture, as wide as the new one; only four are needed at a time.
    const lines = Array.from({ length: 4 }, () => new Float64Array(row));
    const held = [-1, -1, -1, -1];
    /** @param {number} y */
    const line = (y) => {
      const place = y % 4;
      if (held[place] === y) return lines[place];
      held[place] = y;
      const [target, start] = [lines[place], y * picture.width * channels];
      for (let column = 0, at = 0; column < width; column++) {
        const k = 4 * column;
        for (let channel = start; channel < start + channels; channel++)
          target[at++] =
            data[channel + from[k]] * share[k] +
            data[channel + from[k + 1]] * share[k + 1] +
            data[channel + from[k + 2]] * share[k + 2] +
            data[channel + from[k + 3]] * share[k + 3];
      }
      return target;
    };
    for (let y = 0; y < height; y++) {
      const k = 4 * y;
      const four = [0, 1, 2, 3].map((i) => line(down.from[k + i]));
      const [a, b, c, d] = four;
      const [p, q, r, s] = down.share.slice(k, k + 4);
      for (let at = 0; at < row; at++)
        bytes[y * row + at] = a[at] * p + b[at] * q + c[at] * r + d[at] * s;
    }
    return out;
  }

  /** Return from which four pixels each new one is made, and with which shares.
   * @param {number} before
   * @param {number} after
   * @param {number} step between pixels */
  function curves(before, after, step) {
    const from = new Int32Array(4 * after);
    const share = new Float64Array(4 * after);
    for (let index = 0; index < after; index++) {
      const place = (index + 0.5) * (before / after) - 0.5;
      const left = Math.floor(place);
      cubic(place - left).forEach((weight, i) => {
        from[4 * index + i] = step * Math.min(Math.max(left - 1 + i, 0), before - 1);
        share[4 * index + i] = weight;
      });
    }
    return { from, share };
  }

  /** The weights of four neighbors.
   * @param {number} x from 0 to 1, between the second and the third */
  function cubic(x) {
    const A = -0.75;
    const first = ((A * (x + 1) - 5 * A) * (x + 1) + 8 * A) * (x + 1) - 4 * A;
    const second = ((A + 2) * x - (A + 3)) * x * x + 1;
    const third = ((A + 2) * (1 - x) - (A + 3)) * (1 - x) * (1 - x) + 1;
    return [first, second, third, 1 - first - second - third];
  }

  // ---- neighborhoods

  /** Return the darkest or the lightest value of each square neighborhood; there is nothing beyond
   * the border.
   * @param {Gray} gray
   * @param {number} side of the neighborhood
   * @param {boolean} lightest
   * @returns {Gray} */
  function extreme(gray, side, lightest) {
    const out = blank(gray.width, gray.height);
    Reader.network.spread(gray, side, lightest, out);
    return out;
  }

  /** Put rows and columns around a picture.
   * @param {Gray} gray
   * @param {number} margin
   * @param {(at: number, length: number) => number} inside where a place beyond is taken from
   * @returns {Gray} */
  function framed({ width, height, data }, margin, inside) {
    const out = blank(width + 2 * margin, height + 2 * margin);
    const left = Int32Array.from({ length: margin }, (_, x) => inside(x - margin, width));
    const right = Int32Array.from({ length: margin }, (_, x) => inside(x + width, width));
    for (let y = 0, to = 0; y < out.height; y++, to += out.width) {
      const start = inside(y - margin, height) * width;
      out.data.set(data.subarray(start, start + width), to + margin);
      for (let x = 0; x < margin; x++) {
        out.data[to + x] = data[start + left[x]];
        out.data[to + margin + width + x] = data[start + right[x]];
      }
    }
    return out;
  }

  /** @param {number} at @param {number} length */
  const nearest = (at, length) => (at < 0 ? 0 : at >= length ? length - 1 : at);

  /** As in a mirror that stands on the last pixel.
   * @param {number} at
   * @param {number} length
   * @returns {number} */
  function mirrored(at, length) {
    if (length === 1) return 0;
    let place = at;
    while (place < 0 || place >= length) place = place < 0 ? -place : 2 * (length - 1) - place;
    return place;
  }

  /** Return the median of each square neighborhood; the border goes on beyond.
   * @param {Gray} gray
   * @param {number} side odd
   * @returns {Gray} */
  function medians(gray, side) {
    const out = blank(gray.width, gray.height);
    Reader.network.medians(framed(gray, side >> 1, nearest), side, out);
    return out;
  }

  /** Return the mean of each square neighborhood; the border is a mirror.
   * @param {Gray} gray
   * @param {number} side odd
   * @returns {Gray} */
  function means(gray, side) {
    const { width, height } = gray;
    const { width: wide, data } = framed(gray, side >> 1, mirrored);
    const sums = new Int32Array(wide);
    const out = blank(width, height);
    const target = rounding(out);
    const area = side * side;
    for (let y = 0; y < side - 1; y++)
      for (let x = 0; x < wide; x++) sums[x] += data[y * wide + x];
    for (let y = 0; y < height; y++) {
      const [first, last] = [y * wide, (y + side - 1) * wide];
      for (let x = 0; x < wide; x++) sums[x] += data[last + x];
      let sum = 0;
      for (let x = 0; x < side - 1; x++) sum += sums[x];
      for (let x = 0; x < width; x++) {
        sum += sums[x + side - 1];
        target[y * width + x] = sum / area;
        sum -= sums[x];
      }
      for (let x = 0; x < wide; x++) sums[x] -= data[first + x];
    }
    return out;
  }

  // Shares of 256 of the neighbors at a distance of 0, 1 and 2, for a standard deviation of 0.8.
  const BELL = [128, 58, 6];

  /** Smooth a picture with a bell of 0.8 pixels; the border is a mirror.
   * @param {Gray} gray
   * @returns {Gray} */
  function smoothed(gray) {
    const { width, height } = gray;
    const reach = BELL.length - 1;
    const wide = framed(gray, reach, mirrored);
    const [near, next, far] = BELL;
    const lines = new Int32Array(width * wide.height);
    const { data } = wide;
    for (let y = 0, to = 0; y < wide.height; y++)
      for (let at = y * wide.width + reach, x = 0; x < width; x++, at++)
        lines[to++] =
          near * data[at] +
          next * (data[at - 1] + data[at + 1]) +
          far * (data[at - 2] + data[at + 2]);
    const out = blank(width, height);
    for (let to = 0, at = reach * width; to < out.data.length; to++, at++)
      out.data[to] =
        (near * lines[at] +
          next * (lines[at - width] + lines[at + width]) +
          far * (lines[at - 2 * width] + lines[at + 2 * width]) +
          32768) >>
        16;
    return out;
  }

  // ---- strokes

  /** Number what is connected; pixels that touch at a corner are connected.
   * @param {Gray} mask
   * @returns {{ count: number, marks: Int32Array }} 0 for the ground, which counts as well */
  function connected({ width, height, data }) {
    const marks = new Int32Array(width * height);
    const waiting = [];
    let count = 1;
    for (let start = 0; start < data.length; start++) {
      if (marks[start] || !data[start]) continue;
      marks[start] = count;
      waiting.push(start);
      while (waiting.length) {
        const at = /** @type {number} */ (waiting.pop());
        const x = at % width;
        const y = (at - x) / width;
        const [left, right] = [Math.max(0, x - 1), Math.min(width - 1, x + 1)];
        for (let row = Math.max(0, y - 1); row <= Math.min(height - 1, y + 1); row++)
          for (let next = row * width + left; next <= row * width + right; next++)
            if (!marks[next] && data[next]) {
              marks[next] = count;
              waiting.push(next);
            }
      }
      count++;
    }
    return { count, marks };
  }

  // ---- windows

  /** Cut a part out of a picture, which holds all of it.
   * @param {Gray | Level} picture
   * @param {number} left @param {number} top @param {number} right @param {number} bottom
   * @param {number} [channels]
   * @returns {Gray | Level} */
  function part(picture, left, top, right, bottom, channels = 1) {
    const out = blank(right - left, bottom - top, channels);
    const row = out.width * channels;
    for (let y = 0; y < out.height; y++) {
      const start = ((top + y) * picture.width + left) * channels;
      out.data.set(picture.data.subarray(start, start + row), y * row);
    }
    return out;
  }

  /** Turn a picture by quarters against the clock.
   * @param {Gray | Level} picture
   * @param {number} quarters
   * @param {number} [channels]
   * @returns {Gray | Level} */
  function turned(picture, quarters, channels = 1) {
    const { width, height } = picture;
    if (quarters === 0) return picture;
    const out = quarters === 2 ? blank(width, height, channels) : blank(height, width, channels);
    for (let y = 0, to = 0; y < out.height; y++)
      for (let x = 0; x < out.width; x++) {
        const [column, row] = [
          [width - 1 - y, x],
          [width - 1 - x, height - 1 - y],
          [y, height - 1 - x],
        ][quarters - 1];
        const from = (row * width + column) * channels;
        for (let c = 0; c < channels; c++) out.data[to++] = picture.data[from + c];
      }
    return out;
  }

  /** @param {Uint8Array} values @returns {number} */
  function median(values) {
    const count = new Int32Array(256);
    for (const value of values) count[value]++;
    /** @param {number} rank */
    const ranked = (rank) => {
      let [value, seen] = [0, count[0]];
      while (seen <= rank) seen += count[++value];
      return value;
    };
    return (ranked((values.length - 1) >> 1) + ranked(values.length >> 1)) / 2;
  }

  Object.assign(Reader, {
    round,
    rounding,
    blank,
    toGray,
    shrinkTo,
    enlargeTo,
    cubic,
    extreme,
    framed,
    nearest,
    medians,
    means,
    smoothed,
    connected,
    part,
    turned,
    median,
  });
})();
