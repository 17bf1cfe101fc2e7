import { min, round } from "./math.js";

/** Sharp on this screen: sizes a canvas in CSS pixels and returns a clean context that draws in them.
 * @param {HTMLCanvasElement} canvas
 * @param {number} width @param {number} height in CSS pixels
 * @returns {CanvasRenderingContext2D}
 */
export function fitCanvas(canvas, width, height) {
  const ratio = pixelRatio();
  canvas.width = round(width * ratio);
  canvas.height = round(height * ratio);
  canvas.style.width = `${width}px`;
  canvas.style.height = `${height}px`;
  const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
  context.scale(ratio, ratio);
  return context;
}

/** Device pixels in a CSS pixel; more than 2 only costs memory. @returns {number} */
export function pixelRatio() {
  return min(2, globalThis.devicePixelRatio || 1);
}

/** Where the pointer is on a canvas, in CSS pixels. @param {MouseEvent} event @returns {{x: number, y: number}} */
export function pointIn(event) {
  const box = /** @type {Element} */ (event.currentTarget).getBoundingClientRect();
  return { x: event.clientX - box.left, y: event.clientY - box.top };
}

/** Makes the letters of a canvas those of its element, whatever the page or a token brings along.
 * @param {CanvasRenderingContext2D} context @param {number} size in CSS pixels @param {boolean} [bold]
 */
export function setFont(context, size, bold = false) {
  context.font = `${bold ? "bold " : ""}${size}px ${getComputedStyle(context.canvas).fontFamily}`;
  context.direction = "ltr"; // left and right do not depend on the language of a token
  context.textBaseline = "middle";
}

/** @param {CanvasRenderingContext2D} context @param {string} text @param {number} x @param {number} y its middle
 * @param {CanvasTextAlign} align @param {string} color
 */
export function write(context, text, x, y, align, color) {
  context.textAlign = align;
  context.fillStyle = color;
  context.fillText(text, x, y);
}

/** Diagonal lines over a rectangle: what may not be seen.
 * @param {CanvasRenderingContext2D} context
 * @param {{x: number, y: number, width: number, height: number}} rect
 * @param {string} color
 */
export function hatch(context, { x, y, width, height }, color) {
  context.save();
  context.beginPath();
  context.rect(x, y, width, height);
  context.clip();
  context.beginPath();
  for (let d = 4; d < width + height; d += 8) {
    context.moveTo(x + d, y);
    context.lineTo(x + d - height, y + height);
  }
  context.strokeStyle = color;
  context.lineWidth = 1;
  context.stroke();
  context.restore();
}
