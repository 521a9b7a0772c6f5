// @ts-check
// Lines of writing: which boxes stand on one line, though the page is tilted:
// digitlib.reading.order.

(function order() {
  const Reader = (globalThis.Reader ??= { parts: [] });
  Reader.parts.push(order);

  /** Sort boxes into lines from the top, each from left to right.
   * @template {Box} B
   * @param {B[]} boxes
   * @param {number} slope by how many pixels lines fall for each pixel to the right
   * @returns {B[][]} */
  function inOrder(boxes, slope) {
    const level = boxes.map((box) => ({
      ...box,
      y: Reader.round(box.y - slope * (box.x + box.width / 2)),
      stands: box,
    }));
    const names = level.map(({ x, y, width, height }) => [x, y, width, height].join());
    // Two boxes that would be the same on a level page can't be told apart there.
    if (new Set(names).size < boxes.length) return Reader.readingOrder(boxes);
    return Reader.readingOrder(level).map((/** @type {{ stands: B }[]} */ line) =>
      line.map(({ stands }) => stands),
    );
  }

  /** Return by how many pixels lines fall for each pixel to the right; 0 if nothing tells. The
   * usual slope of the way from a box to its neighbor on the right tells it.
   * @param {Box[]} boxes
   * @returns {number} negative where lines climb */
  function pageSlope(boxes) {
    const { slope_boxes: enough, neighbor_reach: reach, steepest } = Reader.settings;
    if (boxes.length < enough) return 0;
    const sides = boxes.map(({ x, y, width, height }) => ({
      x: x + width / 2,
      y: y + height / 2,
      height,
    }));
    /** @type {number[]} */
    const slopes = [];
    for (const own of sides) {
      let [closest, slope] = [Infinity, 0];
      for (const other of sides) {
        const [across, down] = [other.x - own.x, other.y - own.y];
        const far = Math.hypot(across, down);
        const near =
          other !== own &&
          across > 0.3 * own.height &&
          far < reach * Math.max(own.height, other.height) &&
          Math.abs(down) < steepest * across;
        if (near && far < closest) [closest, slope] = [far, down / across];
      }
      if (closest < Infinity) slopes.push(slope);
    }
    return slopes.length < enough - 1 ? 0 : middleOf(slopes);
  }

  /** The median. @param {number[]} values */
  function middleOf(values) {
    const sorted = values.toSorted((one, other) => one - other);
    return (sorted[(sorted.length - 1) >> 1] + sorted[sorted.length >> 1]) / 2;
  }

  Object.assign(Reader, { inOrder, pageSlope, middleOf });
})();
