/** Binary traits arrive as a DataView, which may begin inside a larger buffer.
 * @typedef {DataView | ArrayBuffer | Uint8Array} Binary
 */

/** @param {Binary} data @returns {Uint8Array} a view, no copy */
export function toBytes(data) {
  return data instanceof ArrayBuffer
    ? new Uint8Array(data)
    : new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
}

/** @param {Binary} data little-endian 32-bit floats @returns {Float32Array} */
export function toFloats(data) {
  return new Float32Array(toBytes(data).slice().buffer);
}

/** @param {Binary} data little-endian 16-bit whole numbers @returns {Uint16Array} */
export function toShorts(data) {
  return new Uint16Array(toBytes(data).slice().buffer);
}

/** A trait as `read` gives it, refused where it has another length or a number that cannot be drawn.
 * @template {ArrayLike<any>} Value
 * @param {{get: (name: string) => any}} model @param {string} name @param {(data: any) => Value} read @param {number} length
 * @returns {Value}
 */
export function readSized(model, name, read, length) {
  const value = read(model.get(name));
  if (value.length !== length) throw new Error(`${name}: there are ${value.length}, it needs ${length}.`);
  return value instanceof Float32Array ? checkFinite(name, value) : value;
}

/** @param {string} name @param {Float32Array} numbers @returns {Float32Array} the same */
export function checkFinite(name, numbers) {
  const at = numbers.findIndex((number) => !Number.isFinite(number));
  if (at >= 0) throw new Error(`${name}: number ${at} is ${numbers[at]}, which cannot be drawn.`);
  return numbers;
}

/** @param {Binary} data little-endian 16-bit floats @returns {Float32Array} */
export function fromHalf(data) {
  return Float32Array.from(toShorts(data), halfToFloat);
}

/** One IEEE 754 half: 1 bit sign, 5 bits exponent, 10 bits fraction. @param {number} bits @returns {number} */
function halfToFloat(bits) {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 31;
  const fraction = bits & 1023;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 31) return fraction ? NaN : sign * Infinity;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

/** The share behind a byte round(255 sqrt(p)). @param {number} byte @returns {number} p, within 0.004 */
export function shareOf(byte) {
  return (byte / 255) ** 2;
}
