// @ts-check
// Both networks at work, and what else takes time: loops in WebAssembly, the rest in JavaScript.
//
// Like all scripts of this folder it is a classic one, and registers its function, so that a
// worker can be made of those that a page has loaded, wherever the page came from.

/**
 * Maps in the engine's memory, pixel by pixel, a pixel's channels side by side, a frame of zeros
 * around them.
 * @typedef {{ start: number, bytes: number, rows: number, columns: number, channels: number,
 *   frame: number }} Maps
 *
 * What the page network answers: 16 numbers for each cell, the last of no use.
 * @typedef {{ rows: number, columns: number, data: Float32Array }} Answer
 *
 * @typedef {{ of: number, to?: number, shape: number[], stride: number, positive: boolean,
 *   weights: string, bias: string }} Layer as tools/page_engine.py writes it
 *
 * @typedef {{ filters: number, bias: number, from: number, to: number, side: number,
 *   stride: number, positive: boolean }} Convolution with the places of its numbers in memory
 */

(function engine() {
  const Reader = (globalThis.Reader ??= { parts: [] });
  Reader.parts.push(engine);

  const FLOAT = 4;
  // The engine slides so many filters at a time, and reads so many channels.
  const TOGETHER = 8;
  const READ = 4;
  // The engine computes four pixels at a time, and may read and write so many too many.
  const BEYOND = 16;
  const PAGE = 65_536;
  // Bytes of the counts of gray values that the engine makes for medians.
  const COUNTS = 544;
  const SIDE = 28;

  // A module with one function, which returns a vector: browsers without vectors refuse it.
  const VECTOR = "AGFzbQEAAAABBQFgAAF7AwIBAAoKAQgAQQD9D/1iCw==";

  /** @param {number} count @param {number} multiple */
  const upTo = (count, multiple) => Math.ceil(count / multiple) * multiple;

  /** @param {string} packed @returns {Uint8Array<ArrayBuffer>} */
  function bytesOf(packed) {
    const letters = atob(packed);
    const bytes = new Uint8Array(letters.length);
    for (let i = 0; i < bytes.length; i++) bytes[i] = letters.charCodeAt(i);
    return bytes;
  }

  /** Turn half-precision numbers, packed as text, into an array.
   * @param {string} packed
   * @returns {Float32Array} */
  function unpack(packed) {
    const halves = new Uint16Array(bytesOf(packed).buffer);
    const values = new Float32Array(halves.length);
    for (let i = 0; i < halves.length; i++) {
      const exponent = (halves[i] >> 10) & 31;
      const fraction = halves[i] & 1023;
      const value =
        exponent === 0 ? fraction * 2 ** -24 : (1 + fraction / 1024) * 2 ** (exponent - 15);
      values[i] = halves[i] >> 15 ? -value : value;
    }
    return values;
  }

  /** Open the engine and both networks.
   * @param {{ engine: string, layers: Layer[] }} page what network.js holds
   * @param {{ convolutions: any[], dense: string, denseBias: string }} single weights.js of the pad */
  async function open(page, single) {
    if (typeof WebAssembly !== "object" || !WebAssembly.validate(bytesOf(VECTOR)))
      throw new Error(
        "This browser is too old for the reader: it has no vectors in WebAssembly (SIMD). " +
          "Chrome and Edge have them since 91, Firefox since 89, Safari since 16.4.",
      );
    const { instance } = await WebAssembly.instantiate(bytesOf(page.engine));
    const { memory, ...run } = /** @type {any} */ (instance.exports);
    let used = 0;
    let floats = new Float32Array(memory.buffer);

    /** @param {number} bytes */
    function reach(bytes) {
      const missing = bytes - memory.buffer.byteLength;
      if (missing <= 0) return;
      memory.grow(Math.ceil(missing / PAGE));
      floats = new Float32Array(memory.buffer);
    }

    /** Store numbers for good.
     * @param {Float32Array} values
     * @returns {number} where */
    function keep(values) {
      const start = used;
      used += upTo(FLOAT * values.length, 64);
      reach(used);
      floats.set(values, start / FLOAT);
      return start;
    }

    /** Store a convolution as the engine reads it: filters in blocks of eight, for each number that
     * they meet eight weights side by side.
     * @param {number[]} shape filters, channels, height, width
     * @param {Float32Array} weights
     * @param {Float32Array} bias
     * @param {number} stride
     * @param {boolean} positive
     * @returns {Convolution} */
    function packedLayer([to, from, high, wide], weights, bias, stride, positive) {
      const [blocks, channels] = [Math.ceil(to / TOGETHER), upTo(from, READ)];
      const filters = new Float32Array(blocks * high * wide * channels * TOGETHER);
      for (let t = 0; t < to; t++)
        for (let c = 0; c < from; c++)
          for (let at = 0; at < high * wide; at++) {
            const block = (t - (t % TOGETHER)) / TOGETHER;
            const place = ((block * high * wide + at) * channels + c) * TOGETHER + (t % TOGETHER);
            filters[place] = weights[(t * from + c) * high * wide + at];
          }
      const framed = new Float32Array(blocks * TOGETHER);
      framed.set(bias);
      const sizes = { from: channels, to: blocks * TOGETHER, side: high };
      return { filters: keep(filters), bias: keep(framed), ...sizes, stride, positive };
    }

    const layers = page.layers.map((layer) =>
      layer.to === undefined
        ? packedLayer(
            layer.shape,
            unpack(layer.weights),
            unpack(layer.bias),
            layer.stride,
            layer.positive,
          )
        : null,
    );
    // The last layer that takes what a layer gives.
    const lastUse = page.layers.map((_, index) =>
      page.layers.findLastIndex(({ of, to }) => of === index || to === index),
    );
    const smallLayers = single.convolutions.map(({ shape, weights, bias, stride }) =>
      packedLayer(shape, unpack(weights), unpack(bias), stride, true),
    );
    const dense = packedDense(unpack(single.dense), unpack(single.denseBias));

    /** The dense layer of the small network: a filter of one row.
     * @param {Float32Array} weights answers side by side
     * @param {Float32Array} bias */
    function packedDense(weights, bias) {
      const from = weights.length / bias.length;
      const turned = new Float32Array(weights.length);
      for (let f = 0; f < from; f++)
        for (let t = 0; t < bias.length; t++) turned[t * from + f] = weights[f * bias.length + t];
      return packedLayer([bias.length, from, 1, 1], turned, bias, 1, false);
    }

    // ---- memory for maps: the first gap that is large enough

    /** @type {Maps[]} */
    const taken = [];

    /** @param {number} rows @param {number} columns @param {number} channels @param {number} frame
     * @returns {Maps} */
    function take(rows, columns, channels, frame) {
      const pixels = (rows + 2 * frame) * (columns + 2 * frame) + BEYOND;
      const bytes = upTo(FLOAT * pixels * channels, 64);
      let [start, place] = [used, 0];
      for (; place < taken.length && taken[place].start - start < bytes; place++)
        start = taken[place].start + taken[place].bytes;
      reach(start + bytes);
      const maps = { start, bytes, rows, columns, channels, frame };
      taken.splice(place, 0, maps);
      return maps;
    }

    /** @param {Maps} maps */
    function free(maps) {
      taken.splice(taken.indexOf(maps), 1);
    }

    /** Bytes of a row, of the way to the first pixel, and of a pixel.
     * @param {Maps} maps */
    function measures({ columns, channels, frame }) {
      const pixel = FLOAT * channels;
      const row = (columns + 2 * frame) * pixel;
      return { pixel, row, first: frame * (row + pixel) };
    }

    /** Make the frame zero, over which the engine may have written.
     * @param {Maps} maps */
    function clearFrame(maps) {
      const { pixel, row } = measures(maps);
      const [start, wide] = [maps.start / FLOAT, row / FLOAT];
      const thick = (2 * pixel) / FLOAT;
      floats.fill(0, start, start + wide);
      for (let y = 1; y <= maps.rows + 1; y++) {
        const at = start + y * wide;
        floats.fill(0, at - thick / 2, at + thick / 2);
      }
      const last = start + (maps.rows + 1) * wide;
      floats.fill(0, last, last + wide);
    }

    /** Slide a layer's filters over maps.
     * @param {Maps} maps
     * @param {Convolution} layer
     * @param {number} frame of what comes out, 0 or 1
     * @returns {Maps} */
    function convolved(maps, layer, frame) {
      const { side, stride } = layer;
      // A frame lets a filter begin outside, unless it moves two pixels at a time.
      const outside = maps.frame && stride === 1 && side > 1 ? 1 : 0;
      const within = maps.frame && stride === 2 ? 1 : 2 * outside;
      const rows = Math.floor((maps.rows + within - side) / stride) + 1;
      const columns = Math.floor((maps.columns + within - side) / stride) + 1;
      const out = take(rows, columns, layer.to, frame);
      const [from, to] = [measures(maps), measures(out)];
      run.convolve(
        maps.start + from.first - outside * (from.row + from.pixel),
        out.start + to.first,
        layer.filters,
        layer.bias,
        rows,
        columns,
        layer.to / TOGETHER,
        from.row,
        stride * from.row,
        // The pixels beyond the only one of a row may lie beyond the memory.
        columns > 1 ? stride * from.pixel : 0,
        to.row,
        to.pixel,
        side,
        side * from.pixel,
        layer.positive ? 0 : -Infinity,
      );
      if (frame) clearFrame(out);
      return out;
    }

    // ---- the page network

    /** Ask the page network.
     * @param {{ width: number, height: number, data: Uint8Array }} seen three channels
     * @param {Float32Array} values what the network sees for each gray value
     * @param {{ rows: number, columns: number, margin: number }} shown the sides of what is shown,
     *   multiples of 32, and how far from its corner the picture begins; around it is ground
     * @returns {Answer} */
    function look(seen, values, { rows, columns, margin }) {
      // Whatever an error has left behind is of no use any more.
      taken.length = 0;
      const picture = take(rows, columns, READ, 1);
      const { pixel, row, first } = measures(picture);
      floats.fill(0, picture.start / FLOAT, (picture.start + picture.bytes) / FLOAT);
      for (let y = 0, from = 0; y < seen.height; y++) {
        let to = (picture.start + first + (y + margin) * row + margin * pixel) / FLOAT;
        for (let x = 0; x < seen.width; x++, from += 3, to += READ) {
          floats[to] = values[seen.data[from]];
          floats[to + 1] = values[seen.data[from + 1]];
          floats[to + 2] = values[seen.data[from + 2]];
        }
      }
      /** @type {Maps[]} */
      const made = [];
      page.layers.forEach(({ of, to }, index) => {
        const layer = layers[index];
        const source = of < 0 ? picture : made[of];
        if (layer) made.push(convolved(source, layer, 1));
        else made.push(added(source, made[/** @type {number} */ (to)]));
        if (index === 0) free(picture);
        for (const place of [of, to])
          // What was added to goes on under another name.
          if (place !== undefined && place >= 0 && place !== to && lastUse[place] === index)
            free(made[place]);
      });
      const last = made[made.length - 1];
      const answer = copied(last);
      free(last);
      return answer;
    }

    /** Add coarse maps to fine ones, in their place.
     * @param {Maps} coarse
     * @param {Maps} fine
     * @returns {Maps} */
    function added(coarse, fine) {
      const [from, to] = [measures(coarse), measures(fine)];
      run.add_enlarged(
        coarse.start + from.first,
        fine.start + to.first,
        fine.rows,
        fine.columns,
        from.row,
        to.row,
        to.pixel,
      );
      return fine;
    }

    /** @param {Maps} maps @returns {Answer} */
    function copied(maps) {
      const { rows, columns, channels } = maps;
      const { row, first } = measures(maps);
      const data = new Float32Array(rows * columns * channels);
      for (let y = 0; y < rows; y++) {
        const start = (maps.start + first + y * row) / FLOAT;
        data.set(floats.subarray(start, start + columns * channels), y * columns * channels);
      }
      return { rows, columns, data };
    }

    // ---- the network for 28 x 28 images

    /** Keep the largest of each four numbers.
     * @param {Maps} maps without a frame
     * @returns {Maps} with one */
    function pooled(maps) {
      const { channels } = maps;
      const out = take(maps.rows >> 1, maps.columns >> 1, channels, 1);
      const { row, pixel, first } = measures(maps);
      const to = measures(out);
      for (let y = 0; y < out.rows; y++)
        for (let x = 0; x < out.columns; x++) {
          const at = (maps.start + first + 2 * y * row + 2 * x * pixel) / FLOAT;
          const below = at + row / FLOAT;
          const target = (out.start + to.first + y * to.row + x * to.pixel) / FLOAT;
          for (let c = 0; c < channels; c++)
            floats[target + c] = Math.max(
              floats[at + c],
              floats[at + channels + c],
              floats[below + c],
              floats[below + channels + c],
            );
        }
      clearFrame(out);
      return out;
    }

    /** Return the ten numbers of the course for an image: what is "no digit" is shared among them.
     * @param {Uint8Array} image 28 x 28, light ink on a ground of 0
     * @returns {Float32Array} */
    function numbers(image) {
      const shown = take(SIDE, SIDE, READ, 0);
      floats.fill(0, shown.start / FLOAT, (shown.start + shown.bytes) / FLOAT);
      image.forEach((value, at) => (floats[shown.start / FLOAT + READ * at] = value / 255));
      const [first, second, third] = smallLayers;
      const one = convolved(shown, first, 1);
      const two = convolved(one, second, 0);
      const half = pooled(two);
      const three = convolved(half, third, 0);
      // All of it is one pixel with many channels for the dense layer.
      const whole = { ...three, rows: 1, columns: 1, channels: dense.from };
      const scores = convolved(whole, dense, 0);
      const eleven = floats.slice(scores.start / FLOAT, scores.start / FLOAT + 11);
      [shown, one, two, half, three, scores].forEach(free);
      const most = Math.max(...eleven);
      const powers = eleven.map((score) => Math.exp(score - most));
      const total = powers.reduce((sum, power) => sum + power, 0);
      return powers.subarray(0, 10).map((power) => (power + powers[10] / 10) / total);
    }

    // ---- neighborhoods

    /** Make each value the highest of a square that begins there.
     * @param {Uint8Array} values row after row
     * @param {number} side of the square
     * @param {number} wide values of a row */
    function spread(values, side, wide) {
      const room = take(1, Math.ceil(values.length / FLOAT), 1, 0);
      const whole = new Uint8Array(memory.buffer, room.start, room.bytes);
      whole.set(values);
      // The engine takes sixteen bytes at a time, the last of them from beyond the end.
      whole.fill(0, values.length);
      for (const step of [1, wide]) {
        // The highest of two, of four, and so on; beyond the end there is nothing to count.
        /** @param {number} far */
        const grow = (far) => run.raise(room.start, room.start + values.length - far, far);
        let covered = 1;
        for (; 2 * covered <= side; covered *= 2) grow(covered * step);
        if (covered < side) grow((side - covered) * step);
      }
      values.set(whole.subarray(0, values.length));
      free(room);
    }

    /** Return the median of each square neighborhood.
     * @param {{ width: number, height: number, data: Uint8Array }} gray in a frame
     * @param {number} side of the square, odd
     * @param {{ width: number, height: number, data: Uint8Array }} out without the frame */
    function medians(gray, side, out) {
      /** @param {number} bytes */
      const room = (bytes) => take(1, Math.ceil(bytes / FLOAT), 1, 0);
      const [from, to] = [room(gray.data.length), room(out.data.length)];
      const [counts, window] = [room((gray.width + 1) * COUNTS), room(COUNTS)];
      floats.fill(0, counts.start / FLOAT, (counts.start + counts.bytes) / FLOAT);
      const bytes = new Uint8Array(memory.buffer);
      bytes.set(gray.data, from.start);
      const { width, height } = out;
      const [start, end] = [to.start, to.start + out.data.length];
      run.medians(from.start, gray.width, side, height, width, start, counts.start, window.start);
      out.data.set(bytes.subarray(start, end));
      [from, to, counts, window].forEach(free);
    }

    return { look, numbers, spread, medians };
  }

  Object.assign(Reader, { open });
})();
