/** Curves on a canvas. */

/** From numbers to pixels. Pure.
 * @param {[number, number]} numbers @param {[number, number]} pixels
 * @param {(value: number) => number} [by] what is spread evenly: the value, or its logarithm
 * @returns {(value: number) => number}
 */
export function makeScale(numbers, pixels, by = (value) => value) {
  const [low, high] = numbers.map(by);
  const slope = (pixels[1] - pixels[0]) / (high - low || 1);
  return (value) => pixels[0] + slope * (by(value) - low);
}

/** A line through points; a y of Infinity leaves a gap.
 * @param {CanvasRenderingContext2D} context @param {number[][]} points x and y of each
 * @param {string} color @param {number} [width]
 */
export function paintLine(context, points, color, width = 1) {
  context.beginPath();
  let go = "moveTo";
  for (const [x, y] of points) {
    context[go](x, y);
    go = y < Infinity ? "lineTo" : "moveTo";
  }
  context.strokeStyle = color;
  context.lineWidth = width;
  context.stroke();
}

/** @param {CanvasRenderingContext2D} context @param {number} x @param {number} y @param {number} radius
 * @param {string} fill @param {string} edge @param {number} [width] of the edge
 */
export function paintDot(context, x, y, radius, fill, edge, width = 1) {
  context.beginPath();
  context.arc(x, y, radius, 0, 7);
  context.fillStyle = fill;
  context.fill();
  context.strokeStyle = edge;
  context.lineWidth = width;
  context.stroke();
}
