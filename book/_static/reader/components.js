// @ts-check
// In which order boxes are read: digitlib.reading.components.

/**
 * An upright rectangle in pixels.
 * @typedef {{ x: number, y: number, width: number, height: number }} Box
 */

(function components() {
  const Reader = (globalThis.Reader ??= { parts: [] });
  Reader.parts.push(components);

  /** Sort boxes into lines from the top, each from left to right. A box continues the line whose
   * last box it overlaps most in height, so that a line may climb or fall.
   * @template {Box} B
   * @param {B[]} boxes
   * @returns {B[][]} */
  function readingOrder(boxes) {
    /** @type {B[][]} */
    const lines = [];
    for (const box of boxes.toSorted(byCorner)) {
      let [best, most] = [/** @type {B[] | null} */ (null), Reader.constants.same_line];
      for (const line of lines) {
        const share = overlapInHeight(box, line[line.length - 1]);
        if (share > most) [best, most] = [line, share];
      }
      if (best) best.push(box);
      else lines.push([box]);
    }
    return lines.toSorted((one, other) => middle(one) - middle(other));
  }

  /** @param {Box} one @param {Box} other */
  function byCorner(one, other) {
    return (
      one.x - other.x || one.y - other.y || one.width - other.width || one.height - other.height
    );
  }

  /** @param {Box[]} line */
  function middle(line) {
    return line.reduce((sum, { y, height }) => sum + y + height / 2, 0) / line.length;
  }

  /** Return which share of the lower box's height two boxes have in common; below 0 if none.
   * @param {Box} one @param {Box} other */
  function overlapInHeight(one, other) {
    const bottom = Math.min(one.y + one.height, other.y + other.height);
    return (bottom - Math.max(one.y, other.y)) / Math.min(one.height, other.height);
  }

  Object.assign(Reader, { readingOrder });
})();
