/** The norms, in 64 bits inside. Both kernels use these: they are a small part of the work. */

/** @param {Float32Array} floats @param {number} at @param {number} width */
function mean(floats, at, width) {
  let sum = 0;
  for (let i = at; i < at + width; i++) sum += floats[i];
  return sum / width;
}

/** @param {Float32Array} floats @param {number} at @param {number} width @param {number} center */
function meanSquare(floats, at, width, center) {
  let sum = 0;
  for (let i = at; i < at + width; i++) sum += (floats[i] - center) ** 2;
  return sum / width;
}

/** (x - mean) / √(variance + ε) · weight + bias, or without the mean x / √(mean of x² + ε) · weight.
 * @param {Float32Array} floats @param {import("./index.js").NormLayer} layer @param {number} x @param {number} y where
 * the rows lie, side by side, and where they go @param {number} rows
 */
export function norm(floats, { weight, bias, width, eps, centered }, x, y, rows) {
  for (let end = x + rows * width; x < end; x += width, y += width) {
    const center = centered ? mean(floats, x, width) : 0;
    const scale = 1 / Math.sqrt(meanSquare(floats, x, width, center) + eps);
    for (let i = 0; i < width; i++) {
      floats[y + i] = (floats[x + i] - center) * scale * floats[weight + i] + (bias && floats[bias + i]);
    }
  }
}
