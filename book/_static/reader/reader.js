// @ts-check
// The corridor: find the digits of a photograph, bring each into form, read it, order them:
// digitlib.reading.reader.
//
//   await Reader.load();
//   const reading = Reader.read({ data, width, height });
//   Reader.text(reading);

/**
 * A photograph: RGBA, four values for each pixel, as ImageData has it, or gray, one value. What is
 * transparent lies on white paper, on black where what is drawn on it is light.
 * @typedef {{ data: Uint8ClampedArray | Uint8Array, width: number, height: number }} Picture
 *
 * One digit: the most probable one, its probability, the ten probabilities, its place in pixels of
 * the picture, its line of writing from 0, and the 28 x 28 image that the network saw, 0 for the
 * ground and 255 for ink.
 * @typedef {{ digit: number, confidence: number, probabilities: number[], box: Box, line: number,
 *   image: Uint8Array }} Digit
 *
 * A shape that stands where a digit could and could not be read; `after` tells how many of the
 * digits stand before it, in reading order.
 * @typedef {{ box: Box, line: number, after: number }} Unread
 *
 * What was read: digits line by line from the top, each from left to right; by how many degrees the
 * page had to be turned against the clock; the picture's size; and how long it took.
 * @typedef {{ digits: Digit[], unread: Unread[], turned: number, width: number, height: number,
 *   milliseconds: number }} Reading
 */

(function reader() {
  const Reader = (globalThis.Reader ??= { parts: [] });
  Reader.parts.push(reader);

  /** @type {Promise<void> | undefined} */
  let loading;

  /** Make ready for {@link read}.
   * @returns {Promise<void>} fails with a reason where the browser is too old */
  function load() {
    loading ??= opened();
    return loading;
  }

  async function opened() {
    const { PAGE_NETWORK: page, PAD_WEIGHTS: single } = /** @type {any} */ (globalThis);
    Reader.settings = page.settings;
    Reader.constants = page.constants;
    Reader.network = await Reader.open(page, single);
  }

  /** Read the digits of a photograph, after {@link load}.
   * @param {Picture} picture
   * @returns {Reading} */
  function read(picture) {
    const started = performance.now();
    const { width, height } = picture;
    check(picture);
    const found = foundIn(grayed(picture));
    /** @type {Reading} */
    const reading = { digits: [], unread: [], turned: 0, width, height, milliseconds: 0 };
    for (const { box, image, numbers, line, quarters } of found) {
      const digit = Reader.best(numbers);
      const confidence = numbers[digit];
      reading.turned = 90 * quarters;
      if (confidence >= Reader.settings.least_confidence) {
        const probabilities = Array.from(numbers);
        reading.digits.push({ digit, confidence, probabilities, box, line, image });
      } else reading.unread.push({ box, line, after: reading.digits.length });
    }
    reading.milliseconds = performance.now() - started;
    return reading;
  }

  /** Return the digits, each line of writing on its own line.
   * @param {Reading} reading
   * @param {number} [least] digits with a lower confidence become "?", as shapes that could not be
   *   read always do
   * @returns {string} */
  function text({ digits, unread }, least = 0) {
    const spelled = [
      ...digits.map(({ digit, confidence, line }, index) => ({
        place: index,
        line,
        letter: confidence >= least ? String(digit) : "?",
      })),
      // Before the digit of the same number.
      ...unread.map(({ line, after }) => ({ place: after - 0.5, line, letter: "?" })),
    ].toSorted((one, other) => one.place - other.place);
    /** @type {Map<number, string>} */
    const lines = new Map();
    for (const { line, letter } of spelled) lines.set(line, (lines.get(line) ?? "") + letter);
    return [...lines.values()].join("\n");
  }

  /** @param {Picture} picture */
  function check({ data, width, height }) {
    const { most_pixels: most } = Reader.constants;
    const pixels = width * height;
    if (!(Number.isInteger(width) && Number.isInteger(height) && pixels > 0))
      throw new Error(`expected a picture of at least one pixel, found ${width} x ${height}`);
    if (pixels > most)
      throw new Error(
        `the picture has ${width} x ${height} pixels, expected at most ${most.toLocaleString("en")}`,
      );
    if (data.length !== pixels && data.length !== 4 * pixels)
      throw new Error(`expected one or four values a pixel, found ${data.length} for ${pixels}`);
  }

  /** @param {Picture} picture @returns {Gray} */
  function grayed({ data, width, height }) {
    if (data.length === 4 * width * height) return Reader.toGray({ data, width, height });
    return { data: new Uint8Array(data.buffer, data.byteOffset, data.length), width, height };
  }

  /** @param {Gray} given */
  function foundIn(given) {
    const { settings } = Reader;
    const scale = scaleOf(given);
    const gray =
      scale < 1
        ? Reader.shrinkTo(
            given,
            Math.max(1, Reader.round(given.width * scale)),
            Math.max(1, Reader.round(given.height * scale)),
          )
        : given;
    /** @type {Place[]} */
    let places = Reader.find(gray);
    const quarters = Reader.quarterTurns(gray, places);
    const upright = Reader.turned(gray, quarters);
    if (quarters) places = Reader.find(upright);
    places = places.filter(mayCount).slice(0, settings.most_digits);
    if (places.length === 0) return [];
    const { images, answers } = formsAndAnswers(upright, places);
    const sureties = said(places, answers).map(Reader.highest);
    places = Reader.seenAgain(upright, places, sureties);
    const heard = said(places, answers);
    const found = new Map();
    places.forEach((place, index) => {
      const numbers = heard[index];
      const isDigit = Reader.highest(numbers) >= settings.least_confidence;
      if (!isDigit && place.middle < settings.surely_something) return;
      const level = boxOf(place, scale, upright.width, upright.height);
      const stands = Reader.turnedBack(place, quarters, gray);
      const box = boxOf(stands, scale, given.width, given.height);
      // Two places with the same box are one digit.
      found.set(Object.values(level).join(), { ...level, isDigit, box, image: images[index], numbers });
    });
    const all = [...found.values()];
    const certain = all.filter(({ isDigit }) => isDigit);
    const kept = all.filter((shape) => shape.isDigit || ofTheirSize(shape, certain));
    return Reader.inOrder(kept, Reader.pageSlope(certain)).flatMap(
      (/** @type {any[]} */ row, /** @type {number} */ line) =>
        row.map(({ box, image, numbers }) => ({ box, image, numbers, line, quarters })),
    );
  }

  /** Return by how much a picture is made smaller first: a long strip less than a page.
   * @param {Gray} gray */
  function scaleOf({ width, height }) {
    const { longest_side: longest, most_pixels: most } = Reader.settings;
    const bySide = longest / Math.max(height, width);
    return Math.min(1, Math.max(bySide, Math.sqrt(most / (height * width))));
  }

  /** Whether a shape that could not be read is as large as the digits that could.
   * @param {Box} box @param {Box[]} digits */
  function ofTheirSize(box, digits) {
    if (digits.length === 0) return true;
    const usual = Reader.middleOf(digits.map(({ width, height }) => Math.max(width, height)));
    const ratio = Math.max(box.width, box.height) / usual;
    return Math.abs(Math.log(ratio)) < Reader.settings.like_size;
  }

  /** Return the ten numbers of each place, its company heard.
   * @param {Place[]} places @param {Float32Array[]} answers @returns {Float32Array[]} */
  function said(places, answers) {
    const company = inCompany(places, answers);
    return places.map((place, index) => agreed(place, answers[index], company[index]));
  }

  /** Whether a place can become a digit, whatever the other network says, or is to be heard.
   * @param {Place} place */
  function mayCount(place) {
    const { heard, least_confidence: least, surely_something: surely } = Reader.settings;
    const sure = new Float32Array(10);
    sure[Reader.best(place.classes)] = 1;
    return Reader.highest(agreed(place, sure, heard)) >= least || place.middle >= surely;
  }

  /** Return what the other shapes of a page say for each place, or against it. Digits stand among
   * digits of their size; a shape that stands among many that look like none is probably none
   * either; one beside a sure digit is more likely one, but a mere stroke gains nothing from strokes.
   * @param {Place[]} places
   * @param {Float32Array[]} answers of the network for 28 x 28 images
   * @returns {number[]} evidence as a logit */
  function inCompany(places, answers) {
    const { settings } = Reader;
    const numbers = places.map((place, index) => agreed(place, answers[index], 0));
    const alone = numbers.map(Reader.highest);
    const isOne = numbers.map((ten) => Reader.best(ten) === 1);
    const sizes = places.map((place) => Math.max(Reader.longer(place), 1));
    const likely = sizes.filter((_, index) => alone[index] >= settings.least_confidence);
    const usual = Reader.middleOf(likely.length ? likely : sizes);
    return places.map((place, own) => {
      let evidence = -settings.weigh_size * Math.min(Math.abs(Math.log(sizes[own] / usual)), 2);
      let [count, sum, speaks] = [0, 0, false];
      places.forEach((other, index) => {
        if (index === own) return;
        if (Math.abs(Math.log(sizes[own] / sizes[index])) < settings.like_size) {
          count++;
          sum += alone[index];
        }
        const strokes = isOne[own] && isOne[index];
        speaks ||= alone[index] >= settings.sure && !strokes && Reader.beside(place, other);
      });
      const others = Math.min(Math.max(count ? sum / count : 0.5, 0.02), 0.98);
      const heard = Math.min(count, settings.enough_company) / settings.enough_company;
      const against = Math.min(Reader.logit(others) - settings.usual_company, 0);
      evidence += settings.weigh_company * heard * against;
      return evidence + (speaks ? settings.weigh_beside : 0);
    });
  }

  /** Return each place in MNIST's form and what the 28 x 28 network says to it. Where it is not
   * sure, the shape is looked at the other way round as well: light ink on dark ground, or dark on
   * light.
   * @param {Gray} gray
   * @param {Place[]} places */
  function formsAndAnswers(gray, places) {
    const images = places.map((place) => Reader.formOf(gray, place, false));
    /** @type {Float32Array[]} */
    const answers = images.map(Reader.network.numbers);
    places.forEach((place, index) => {
      const certain = Reader.highest(answers[index]) >= 0.5;
      if (certain || Reader.highest(place.classes) <= Reader.settings.worth_another_look) return;
      const other = Reader.formOf(gray, place, true);
      const numbers = Reader.network.numbers(other);
      if (Reader.highest(numbers) > Reader.highest(answers[index]))
        [images[index], answers[index]] = [other, numbers];
    });
    return { images, answers };
  }

  /** Return the ten numbers on which both networks agree: their mean, sharpened, says which digit
   * it is; whether it is one at all follows from the middle, the mean's highest number, and what
   * stands beside it.
   * @param {Place} place
   * @param {Float32Array} answer
   * @param {number} company what the other shapes say, a logit
   * @returns {Float32Array} they sum to 1 */
  function agreed(place, answer, company) {
    const { settings } = Reader;
    const mean = answer.map((number, digit) => (place.classes[digit] + number) / 2);
    const sharpened = Array.from(mean, (number) => number ** settings.sharpen);
    const total = sharpened.reduce((sum, number) => sum + number, 0);
    const evidence =
      settings.weigh_middle * Reader.logit(place.middle) +
      settings.weigh_digit * Reader.logit(Reader.highest(mean)) +
      settings.weigh_nothing +
      company;
    const isDigit = 1 / (1 + Math.exp(-evidence));
    return Float32Array.from(sharpened, (number) => (isDigit * number) / total + (1 - isDigit) / 10);
  }

  /** @param {Place} place @param {number} scale @param {number} width @param {number} height
   * @returns {Box} */
  function boxOf(place, scale, width, height) {
    const x = Math.min(Math.max(0, Math.trunc(place.left / scale)), width - 1);
    const y = Math.min(Math.max(0, Math.trunc(place.top / scale)), height - 1);
    const right = Math.min(width, Math.ceil(place.right / scale));
    const bottom = Math.min(height, Math.ceil(place.bottom / scale));
    return { x, y, width: Math.max(1, right - x), height: Math.max(1, bottom - y) };
  }

  Object.assign(Reader, { load, read, text });
})();
