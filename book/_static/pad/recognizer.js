// @ts-check
// The course's recognizer for a drawing pad, without a library: from ink to eleven numbers.
//
// A classic script, not a module, so that a page opened from a folder may load it. It leaves one
// name, `recognizer`. The weights come from weights.js, which tools/pad_weights.py writes.

/**
 * Ink on a ground of 0, row after row.
 * @typedef {{ width: number, height: number, data: Float32Array }} Ink from 0 to 1
 *
 * @typedef {{ x: number, y: number, width: number, height: number }} Box in pixels
 *
 * What a layer gives: `channels` maps, one after the other.
 * @typedef {{ side: number, channels: number, data: Float32Array }} Maps
 *
 * @typedef {{ weights: Float32Array, bias: Float32Array, side: number,
 *   from: number, to: number, stride: number, pad: number }} Convolution
 *
 * @typedef {{ convolutions: Convolution[], dense: Float32Array, denseBias: Float32Array }} Network
 */

globalThis.recognizer = (() => {
  const SIDE = 28;
  const FITTED = 20;
  const MIDDLE = 14;
  // As in digitlib.reading.components: specks, gaps within a digit, dashes, lines of writing.
  const SPECK = 0.012;
  const SPECK_PIXELS = 6;
  const GAP = 0.15;
  const LOW = 0.25;
  const SAME_LINE = 0.35;

  // ---- the network

  /** Turn half-precision numbers, packed as text, into an array.
   * @param {string} packed
   * @returns {Float32Array} */
  function unpack(packed) {
    const bytes = Uint8Array.from(atob(packed), (letter) => letter.charCodeAt(0));
    const halves = new Uint16Array(bytes.buffer);
    return Float32Array.from(halves, (half) => {
      const exponent = (half >> 10) & 31;
      const fraction = half & 1023;
      const value =
        exponent === 0 ? fraction * 2 ** -24 : (1 + fraction / 1024) * 2 ** (exponent - 15);
      return half >> 15 ? -value : value;
    });
  }

  /** Read a network from what weights.js holds.
   * @param {{ convolutions: { shape: number[], stride: number, pad: number, weights: string,
   *   bias: string }[], dense: string, denseBias: string }} packed
   * @returns {Network} */
  function load(packed) {
    return {
      convolutions: packed.convolutions.map(({ shape, stride, pad, weights, bias }) => ({
        weights: unpack(weights),
        bias: unpack(bias),
        to: shape[0],
        from: shape[1],
        side: shape[2],
        stride,
        pad,
      })),
      dense: unpack(packed.dense),
      denseBias: unpack(packed.denseBias),
    };
  }

  /** Slide a layer's filters over maps, add the bias, and keep what is above 0.
   * @param {Maps} maps
   * @param {Convolution} layer
   * @returns {Maps} */
  function convolve(maps, layer) {
    const { side, from, to, stride, pad } = layer;
    const wide = maps.side + 2 * pad;
    const framed = new Float32Array(from * wide * wide);
    for (let c = 0; c < from; c++)
      for (let row = 0; row < maps.side; row++) {
        const start = (c * maps.side + row) * maps.side;
        const target = (c * wide + row + pad) * wide + pad;
        framed.set(maps.data.subarray(start, start + maps.side), target);
      }
    const out = Math.floor((wide - side) / stride) + 1;
    const data = new Float32Array(to * out * out);
    for (let t = 0; t < to; t++) {
      const sums = data.subarray(t * out * out, (t + 1) * out * out).fill(layer.bias[t]);
      for (let c = 0; c < from; c++)
        for (let y = 0; y < side; y++)
          for (let x = 0; x < side; x++) {
            const weight = layer.weights[((t * from + c) * side + y) * side + x];
            for (let row = 0; row < out; row++) {
              let source = (c * wide + row * stride + y) * wide + x;
              for (let i = row * out; i < (row + 1) * out; i++, source += stride)
                sums[i] += weight * framed[source];
            }
          }
      for (let i = 0; i < sums.length; i++) if (sums[i] < 0) sums[i] = 0;
    }
    return { side: out, channels: to, data };
  }

  /** Keep the largest of each four numbers.
   * @param {Maps} maps
   * @returns {Maps} */
  function pool(maps) {
    const side = maps.side >> 1;
    const data = new Float32Array(maps.channels * side * side);
    let i = 0;
    for (let c = 0; c < maps.channels; c++)
      for (let row = 0; row < side; row++)
        for (let column = 0; column < side; column++) {
          const at = (c * maps.side + 2 * row) * maps.side + 2 * column;
          const { data: from } = maps;
          const below = at + maps.side;
          data[i++] = Math.max(from[at], from[at + 1], from[below], from[below + 1]);
        }
    return { side, channels: maps.channels, data };
  }

  /** Answer to an image of 28 x 28, and return what each layer gives on the way.
   * @param {Network} network
   * @param {Float32Array} image from 0 to 1
   * @returns {{ numbers: number[], maps: Maps[] }} eleven numbers that sum to 1, the last for
   *   "no digit"; the maps after each convolution */
  function answer(network, image) {
    const [first, second, third] = network.convolutions;
    const one = convolve({ side: SIDE, channels: 1, data: image }, first);
    const two = convolve(one, second);
    const three = convolve(pool(two), third);
    const scores = Array.from(network.denseBias);
    const places = three.side * three.side;
    // The dense layer was trained on maps whose channels come last.
    for (let place = 0; place < places; place++)
      for (let c = 0; c < three.channels; c++) {
        const value = three.data[c * places + place];
        if (value === 0) continue;
        const start = (place * three.channels + c) * scores.length;
        for (let k = 0; k < scores.length; k++) scores[k] += value * network.dense[start + k];
      }
    const most = Math.max(...scores);
    const powers = scores.map((score) => Math.exp(score - most));
    const total = powers.reduce((sum, power) => sum + power, 0);
    return { numbers: powers.map((power) => power / total), maps: [one, two, three] };
  }

  /** Return the ten numbers of the course: what is "no digit" is shared among the ten.
   * @param {number[]} eleven
   * @returns {number[]} */
  function ten(eleven) {
    return eleven.slice(0, 10).map((number) => number + eleven[10] / 10);
  }

  // ---- the preparation

  /** Number the connected strokes; pixels that touch at a corner are connected.
   * @param {Ink} ink
   * @returns {{ marks: Int32Array, boxes: Box[] }} marks count from 1, as the boxes from 0 */
  function strokes(ink) {
    const { width, height, data } = ink;
    const marks = new Int32Array(width * height);
    const boxes = [];
    const waiting = [];
    for (let start = 0; start < data.length; start++) {
      if (marks[start] || data[start] < 0.5) continue;
      const mark = boxes.length + 1;
      let [left, top, right, bottom] = [width, height, 0, 0];
      marks[start] = mark;
      waiting.push(start);
      while (waiting.length) {
        const at = /** @type {number} */ (waiting.pop());
        const x = at % width;
        const y = (at - x) / width;
        left = Math.min(left, x);
        right = Math.max(right, x);
        top = Math.min(top, y);
        bottom = Math.max(bottom, y);
        for (let near = Math.max(0, y - 1); near <= Math.min(height - 1, y + 1); near++)
          for (let beside = Math.max(0, x - 1); beside <= Math.min(width - 1, x + 1); beside++) {
            const next = near * width + beside;
            if (!marks[next] && data[next] >= 0.5) {
              marks[next] = mark;
              waiting.push(next);
            }
          }
      }
      boxes.push({ x: left, y: top, width: right - left + 1, height: bottom - top + 1 });
    }
    return { marks, boxes };
  }

  /** Put strokes together that stand above one another with hardly a gap, as a 5 and its bar do.
   * @param {Box[]} boxes
   * @param {number} longest side of the picture
   * @returns {{ box: Box, marks: number[] }[]} specks and dashes are left out */
  function gathered(boxes, longest) {
    const least = Math.max(SPECK_PIXELS, SPECK * longest);
    const sorted = boxes
      .map((box, index) => ({ box, marks: [index + 1] }))
      .filter(({ box }) => Math.max(box.width, box.height) >= least)
      .toSorted((one, other) => other.box.width * other.box.height - one.box.width * one.box.height);
    /** @type {{ box: Box, marks: number[] }[]} */
    const found = [];
    for (const stroke of sorted) {
      const home = found.find(({ box }) => belongs(stroke.box, box));
      if (home) {
        home.box = around(stroke.box, home.box);
        home.marks.push(...stroke.marks);
      } else found.push(stroke);
    }
    const highest = Math.max(0, ...found.map(({ box }) => box.height));
    return found.filter(({ box }) => box.height >= LOW * highest);
  }

  /** @param {Box} stroke @param {Box} box */
  function belongs(stroke, box) {
    const shared =
      Math.min(stroke.x + stroke.width, box.x + box.width) - Math.max(stroke.x, box.x);
    const gap =
      Math.max(stroke.y, box.y) - Math.min(stroke.y + stroke.height, box.y + box.height);
    const longer = Math.max(box.width, box.height);
    return shared > 0.5 * Math.min(stroke.width, box.width) && gap < GAP * longer;
  }

  /** @param {Box} one @param {Box} other @returns {Box} */
  function around(one, other) {
    const [x, y] = [Math.min(one.x, other.x), Math.min(one.y, other.y)];
    return {
      x,
      y,
      width: Math.max(one.x + one.width, other.x + other.width) - x,
      height: Math.max(one.y + one.height, other.y + other.height) - y,
    };
  }

  /** Sort shapes into lines from the top, each from left to right.
   * @template {{ box: Box }} Shape
   * @param {Shape[]} shapes
   * @returns {Shape[][]} */
  function inOrder(shapes) {
    /** @type {Shape[][]} */
    const lines = [];
    for (const shape of shapes.toSorted((one, other) => one.box.x - other.box.x)) {
      let [best, most] = [/** @type {Shape[] | null} */ (null), SAME_LINE];
      for (const line of lines) {
        const last = line[line.length - 1].box;
        const top = Math.max(shape.box.y, last.y);
        const bottom = Math.min(shape.box.y + shape.box.height, last.y + last.height);
        const share = (bottom - top) / Math.min(shape.box.height, last.height);
        if (share > most) [best, most] = [line, share];
      }
      if (best) best.push(shape);
      else lines.push([shape]);
    }
    return lines.toSorted((one, other) => middle(one) - middle(other));
  }

  /** @param {{ box: Box }[]} line */
  function middle(line) {
    return line.reduce((sum, { box }) => sum + box.y + box.height / 2, 0) / line.length;
  }

  /** Cut a shape out, without what belongs to its neighbors.
   * @param {Ink} ink
   * @param {Int32Array} marks
   * @param {{ box: Box, marks: number[] }} shape
   * @returns {Ink} */
  function cutOut(ink, marks, { box, marks: own }) {
    const data = new Float32Array(box.width * box.height);
    for (let row = 0; row < box.height; row++)
      for (let column = 0; column < box.width; column++) {
        const at = (box.y + row) * ink.width + box.x + column;
        // What is too pale to be a stroke is the rim of one.
        if (marks[at] === 0 || own.includes(marks[at]))
          data[row * box.width + column] = ink.data[at];
      }
    return { width: box.width, height: box.height, data };
  }

  /** Scale a picture: a pixel of the new one is the mean of the area that it covers.
   * @param {Ink} ink
   * @param {number} width
   * @param {number} height
   * @returns {Ink} */
  function resize(ink, width, height) {
    const across = shares(ink.width, width);
    const down = shares(ink.height, height);
    const data = new Float32Array(width * height);
    for (let row = 0; row < height; row++)
      for (let column = 0; column < width; column++) {
        let sum = 0;
        for (const [y, part] of down[row])
          for (const [x, share] of across[column]) sum += part * share * ink.data[y * ink.width + x];
        data[row * width + column] = sum;
      }
    return { width, height, data };
  }

  /** Return which pixels of a row a pixel of the new one covers, and with which shares.
   * @param {number} before
   * @param {number} after
   * @returns {[number, number][][]} */
  function shares(before, after) {
    const scale = before / after;
    return Array.from({ length: after }, (_, index) => {
      const [start, end] = [index * scale, (index + 1) * scale];
      /** @type {[number, number][]} */
      const covered = [];
      for (let at = Math.floor(start); at < Math.min(before, Math.ceil(end - 1e-9)); at++)
        covered.push([at, (Math.min(end, at + 1) - Math.max(start, at)) / scale]);
      return covered;
    });
  }

  /** Bring a digit into MNIST's form: the longer side 20 pixels, the center of mass in the middle.
   * @param {Ink} digit
   * @returns {Float32Array} 28 x 28, from 0 to 1 */
  function prepared(digit) {
    const scale = FITTED / Math.max(digit.width, digit.height);
    const width = Math.max(1, Math.round(digit.width * scale));
    const height = Math.max(1, Math.round(digit.height * scale));
    const small = resize(digit, width, height);
    let [mass, across, down] = [0, 0, 0];
    small.data.forEach((value, at) => {
      mass += value;
      across += value * (at % width);
      down += value * Math.floor(at / width);
    });
    return placed(small, edge(across, mass, width), edge(down, mass, height));
  }

  /** Return where a digit begins, for its center of mass to lie in the middle.
   * @param {number} moment @param {number} mass @param {number} side */
  function edge(moment, mass, side) {
    const center = mass ? moment / mass : (side - 1) / 2;
    return Math.min(Math.max(Math.round(MIDDLE - center), 0), SIDE - side);
  }

  /** Bring a picture to 28 x 28 without any preparation, as most programs do.
   * @param {Ink} ink
   * @returns {Float32Array} */
  function shrunk(ink) {
    return resize(ink, SIDE, SIDE).data;
  }

  /** @param {Ink} small @param {number} left @param {number} top @returns {Float32Array} */
  function placed(small, left, top) {
    const image = new Float32Array(SIDE * SIDE);
    for (let row = 0; row < small.height; row++)
      image.set(
        small.data.subarray(row * small.width, (row + 1) * small.width),
        (top + row) * SIDE + left,
      );
    return image;
  }

  /** Find the digits of a drawing.
   * @param {Ink} ink
   * @returns {{ box: Box, line: number, image: Float32Array }[]} in reading order */
  function find(ink) {
    const { marks, boxes } = strokes(ink);
    const shapes = gathered(boxes, Math.max(ink.width, ink.height));
    return inOrder(shapes).flatMap((line, number) =>
      line.map((shape) => ({
        box: shape.box,
        line: number,
        image: prepared(cutOut(ink, marks, shape)),
      })),
    );
  }

  return { load, answer, ten, find, pool, prepared, shrunk, resize };
})();
