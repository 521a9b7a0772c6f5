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
 * What the page network answers: 16 numbers for each cell, the last of no use. They stay until the
 * engine is asked again.
 * @typedef {{ rows: number, columns: number, data: Float32Array }} Answer
 *
 * @typedef {{ of: number, to?: number, shape: number[], stride: number, positive: boolean,
 *   weights: string, bias: string }} Layer as tools/page_engine.py writes it
 *
 * @typedef {{ filters: number, bias: number, from: number, to: number, side: number,
 *   stride: number, positive: boolean, inTiles: boolean }} Convolution with the places of its
 *   numbers in memory
 */

(function engine() {
  const Reader = (globalThis.Reader ??= { parts: [] });
  Reader.parts.push(engine);

  const FLOAT = 4;
  // The engine slides so many filters at a time, and reads so many channels.
  const TOGETHER = 8;
  const READ = 4;
  // The engine computes six pixels at a time, and may read and write some too many.
  const BEYOND = 16;
  const PAGE = 65_536;
  // A filter of 3 x 3 slides in tiles of so many pixels a side, each of which sees so many. So many
  // tiles at a time have room in a processor's own memory.
  const TILE = 4;
  const SEEN = TILE + 2;
  const TILES = 48;
  // What the products for a tile are made of: for each three values of a filter these six.
  const COMBINED = [
    [1 / 4, 0, 0],
    [-1 / 6, -1 / 6, -1 / 6],
    [-1 / 6, 1 / 6, -1 / 6],
    [1 / 24, 1 / 12, 1 / 6],
    [1 / 24, -1 / 12, 1 / 6],
    [0, 0, 1],
  ];
  // The product that stands in each of a tile's answers once.
  const EVERYWHERE = SEEN + 1;
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
   * @param {{ engine: string, fused_engine: string, layers: Layer[] }} page what network.js holds
   * @param {{ convolutions: any[], dense: string, denseBias: string }} single weights.js of the pad */
  async function open(page, single) {
    if (typeof WebAssembly !== "object" || !WebAssembly.validate(bytesOf(VECTOR)))
      throw new Error(
        "This browser is too old for the reader: it has no vectors in WebAssembly (SIMD). " +
          "Chrome and Edge have them since 91, Firefox since 89, Safari since 16.4.",
      );
    const fused = bytesOf(page.fused_engine);
    const { instance } = await WebAssembly.instantiate(
      WebAssembly.validate(fused) ? fused : bytesOf(page.engine),
    );
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
     * @param {number[]} shape filters, channels, and their sides, which are equal
     * @param {Float32Array} weights
     * @param {Float32Array} bias
     * @param {number} stride
     * @param {boolean} positive
     * @param {boolean} [inTiles]
     * @returns {Convolution} */
    function packedLayer([to, from, side], weights, bias, stride, positive, inTiles = false) {
      const [blocks, channels, places] = [Math.ceil(to / TOGETHER), upTo(from, READ), side * side];
      const filters = new Float32Array(places * blocks * channels * TOGETHER);
      // For tiles, the weights of a place lie together, else those of a block.
      const [apart, step] = inTiles ? [1, blocks] : [places, 1];
      for (let t = 0; t < to; t++)
        for (let c = 0; c < from; c++)
          for (let at = 0; at < places; at++) {
            const block = Math.floor(t / TOGETHER) * apart + at * step;
            filters[(block * channels + c) * TOGETHER + (t % TOGETHER)] =
              weights[(t * from + c) * places + at];
          }
      const whole = blocks * TOGETHER;
      const framed = new Float32Array(inTiles ? SEEN * SEEN * whole : whole);
      framed.set(bias, inTiles ? EVERYWHERE * whole : 0);
      const sizes = { from: channels, to: whole, side };
      return {
        filters: keep(inTiles ? combined(filters) : filters),
        bias: keep(framed),
        ...sizes,
        stride,
        positive,
        inTiles,
      };
    }

    /** Return the 6 x 6 factors that filters of 3 x 3 have in tiles.
     * @param {Float32Array} filters the nine places one after the other
     * @returns {Float32Array} */
    function combined(filters) {
      const down = six(filters);
      const factors = new Float32Array(4 * filters.length);
      for (let row = 0, length = down.length / SEEN; row < SEEN; row++)
        factors.set(six(down.subarray(row * length, (row + 1) * length)), 2 * row * length);
      return factors;
    }

    /** Make six runs of numbers from three, all in one array.
     * @param {Float32Array | Float64Array} three */
    function six(three) {
      const length = three.length / 3;
      const made = new Float64Array(SEEN * length);
      COMBINED.forEach(([a, b, c], row) => {
        for (let at = 0; at < length; at++)
          made[row * length + at] = a * three[at] + b * three[length + at] + c * three[2 * length + at];
      });
      return made;
    }

    const layers = page.layers.map((layer) =>
      layer.to === undefined
        ? packedLayer(
            layer.shape,
            unpack(layer.weights),
            unpack(layer.bias),
            layer.stride,
            layer.positive,
            layer.shape[2] === 3 && layer.stride === 1,
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
      const pixels = (highOf(rows, frame) + 2 * frame) * (columns + 2 * frame) + BEYOND;
      const bytes = upTo(FLOAT * pixels * channels, 64);
      let [start, place] = [used, 0];
      for (; place < taken.length && taken[place].start - start < bytes; place++)
        start = taken[place].start + taken[place].bytes;
      reach(start + bytes);
      const maps = { start, bytes, rows, columns, channels, frame };
      taken.splice(place, 0, maps);
      return maps;
    }

    /** Rows for which there is room: of what has a frame, all those of its tiles.
     * @param {number} rows @param {number} frame */
    const highOf = (rows, frame) => (frame ? upTo(rows, TILE) : rows);

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

    /** Make the frame zero, over which the engine may have written, and what is below it.
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
      const end = start + (highOf(maps.rows, maps.frame) + 2) * wide;
      floats.fill(0, start + (maps.rows + 1) * wide, end);
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
      const start = maps.start + from.first - outside * (from.row + from.pixel);
      run.convolve(
        start,
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
        0,
        0,
      );
      if (frame) clearFrame(out);
      return out;
    }

    /** Slide a layer's filters of 3 x 3 over maps in tiles.
     * @param {Maps} maps in a frame
     * @param {Convolution} layer
     * @returns {Maps} likewise */
    function convolvedInTiles(maps, layer) {
      const { rows, columns } = maps;
      const [across, down] = [Math.ceil(columns / TILE), Math.ceil(rows / TILE)];
      const strips = Math.min(down, Math.max(1, Math.floor(TILES / across)));
      const out = take(rows, columns, layer.to, 1);
      // What is combined downwards, what is combined in both directions, and its products likewise.
      const strip = take(SEEN, across * TILE + 2, layer.from, 0);
      const seen = take(SEEN * SEEN, strips * across, layer.from, 0);
      const answers = take(SEEN * SEEN, strips * across, layer.to, 0);
      const lines = take(SEEN, across * TILE, layer.to, 0);
      const [from, to] = [measures(maps), measures(out)];
      const [before, after] = [measures(seen), measures(answers)];
      const [wide, line] = [measures(strip).row, measures(lines).row];
      const least = layer.positive ? 0 : -Infinity;
      // A row's last tile may see what is beyond the frame.
      floats.fill(0, strip.start / FLOAT, (strip.start + strip.bytes) / FLOAT);
      for (let first = 0; first < down; first += strips) {
        const count = Math.min(strips, down - first);
        for (let s = 0; s < count; s++) {
          const start = maps.start + (first + s) * TILE * from.row;
          run.into_tiles(start, from.row, strip.start, wide, from.row, 1, 0, 0);
          for (let row = 0; row < SEEN; row++)
            run.into_tiles(
              strip.start + row * wide,
              from.pixel,
              seen.start + row * SEEN * before.row + s * across * before.pixel,
              before.row,
              from.pixel,
              across,
              TILE * from.pixel,
              before.pixel,
            );
        }
        run.convolve(
          seen.start,
          answers.start,
          layer.filters,
          layer.bias,
          SEEN * SEEN,
          count * across,
          layer.to / TOGETHER,
          0,
          before.row,
          before.pixel,
          after.row,
          after.pixel,
          1,
          before.pixel,
          -Infinity,
          FLOAT * layer.from * layer.to,
          FLOAT * layer.to,
        );
        for (let s = 0; s < count; s++) {
          for (let row = 0; row < SEEN; row++)
            run.out_of_tiles(
              answers.start + row * SEEN * after.row + s * across * after.pixel,
              after.row,
              lines.start + row * line,
              to.pixel,
              to.pixel,
              across,
              after.pixel,
              TILE * to.pixel,
              -Infinity,
            );
          const start = out.start + to.first + (first + s) * TILE * to.row;
          run.out_of_tiles(lines.start, line, start, to.row, columns * to.pixel, 1, 0, 0, least);
        }
      }
      [strip, seen, answers, lines].forEach(free);
      clearFrame(out);
      return out;
    }

    // ---- the page network

    /** Ask the page network.
     * @param {{ width: number, height: number, data: Uint8Array }} seen three channels
     * @param {{ ground: number, reach: number }} measured which gray value is 0, and how far from
     *   there 1 is
     * @param {{ rows: number, columns: number, margin: number }} size the sides of what is shown,
     *   multiples of 32, and how far from its corner the picture begins; around it is ground
     * @returns {Answer} */
    function look(seen, measured, size) {
      // Whatever an error has left behind is of no use any more.
      taken.length = 0;
      const picture = asSeen(seen, measured, size);
      /** @type {Maps[]} */
      const made = [];
      page.layers.forEach(({ of, to }, index) => {
        const layer = layers[index];
        const source = of < 0 ? picture : made[of];
        if (!layer) made.push(added(source, made[/** @type {number} */ (to)]));
        else if (layer.inTiles) made.push(convolvedInTiles(source, layer));
        // What is answered needs no frame.
        else made.push(convolved(source, layer, index < layers.length - 1 ? 1 : 0));
        if (index === 0) free(picture);
        for (const place of [of, to])
          // What was added to goes on under another name.
          if (place !== undefined && place >= 0 && place !== to && lastUse[place] === index)
            free(made[place]);
      });
      const { start, rows, columns, channels } = made[made.length - 1];
      const data = floats.subarray(start / FLOAT, start / FLOAT + rows * columns * channels);
      return { rows, columns, data };
    }

    /** Return a picture as the network sees it.
     * @param {{ width: number, height: number, data: Uint8Array }} seen
     * @param {{ ground: number, reach: number }} measured
     * @param {{ rows: number, columns: number, margin: number }} size
     * @returns {Maps} */
    function asSeen({ width, height, data }, measured, { rows, columns, margin }) {
      const picture = take(rows, columns, READ, 1);
      floats.fill(0, picture.start / FLOAT, (picture.start + picture.bytes) / FLOAT);
      const room = take(1, Math.ceil(data.length / FLOAT), 1, 0);
      new Uint8Array(memory.buffer).set(data, room.start);
      const { pixel, row, first } = measures(picture);
      const start = picture.start + first + margin * (row + pixel);
      const { ground, reach: far } = measured;
      run.show(room.start, data.length / height, start, row, height, width, ground, far);
      free(room);
      return picture;
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

    /** Make each value the highest, or the lowest, of a square around it; there is nothing beyond
     * the border.
     * @param {{ width: number, height: number, data: Uint8Array }} gray
     * @param {number} side of the square
     * @param {boolean} highest
     * @param {{ width: number, height: number, data: Uint8Array }} out */
    function spread({ width, height, data }, side, highest, out) {
      // A frame that never counts, so wide that no row reaches into the next.
      const wide = width + side;
      const before = side >> 1;
      const length = wide * (height + side);
      const room = take(1, Math.ceil(length / FLOAT), 1, 0);
      const whole = new Uint8Array(memory.buffer, room.start, room.bytes);
      // The engine takes sixteen bytes at a time, the last of them from beyond the end.
      whole.fill(highest ? 0 : 255);
      for (let y = 0; y < height; y++)
        whole.set(data.subarray(y * width, (y + 1) * width), (y + before) * wide + before);
      const way = highest ? run.raise : run.lower;
      for (const step of [1, wide]) {
        // The highest of two, of four, and so on; beyond the end there is nothing to count.
        /** @param {number} far */
        const grow = (far) => way(room.start, room.start + length - far, far);
        let covered = 1;
        for (; 2 * covered <= side; covered *= 2) grow(covered * step);
        if (covered < side) grow((side - covered) * step);
      }
      for (let y = 0; y < height; y++)
        out.data.set(whole.subarray(y * wide, y * wide + width), y * width);
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
