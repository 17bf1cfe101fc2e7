import { fitCanvas } from "../shared/canvas.js";
import { ramp } from "../shared/color.js";
import { layoutLines, thickness } from "./layout.js";

/** The lines, the thickest last. Behind the words, whose ground lets none through.
 * @param {HTMLCanvasElement} canvas @param {{width: number, height: number}} size
 * @param {import("./layout.js").Box[]} boxes of the words @param {number} word the one that looks
 * @param {number[]} shares @param {import("../shared/theme.js").Palette} colors
 */
export function paintLines(canvas, size, boxes, word, shares, colors) {
  const context = fitCanvas(canvas, size.width, size.height);
  const curves = layoutLines(boxes, word);
  const order = [...curves.keys()].sort((a, b) => shares[a] - shares[b]);
  for (const i of order.filter((one) => curves[one] && thickness(shares[one]))) {
    const { from, bend, bendTo, to } = /** @type {import("./layout.js").Curve} */ (curves[i]);
    context.beginPath();
    context.moveTo(from.x, from.y);
    context.bezierCurveTo(bend.x, bend.y, bendTo.x, bendTo.y, to.x, to.y);
    context.lineWidth = thickness(shares[i]);
    context.strokeStyle = ramp(shares[i], colors);
    context.stroke();
  }
}
