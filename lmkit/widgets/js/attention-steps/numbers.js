/** Numbers as the reader sees them. Pure. */
import { percent } from "../shared/text.js";

/** With a real minus sign, and none before zero. @param {number} x @param {number} [decimals] @returns {string} */
export function number(x, decimals = 2) {
  if (x === -Infinity) return "−∞";
  const digits = Math.abs(x).toFixed(decimals);
  return x < 0 && Number(digits) ? `−${digits}` : digits;
}

/** A number where there is little room: one decimal from 10 on. @param {number} x @returns {string} */
export function brief(x) {
  return number(x, Math.abs(x) < 10 ? 2 : 1);
}

/** A share; just below 100 %, a decimal tells a little rest from none. @param {number} p @returns {string} */
export function share(p) {
  if (p < 0.99 || p >= 1) return percent(p);
  return p < 0.9995 ? `${(100 * p).toFixed(1)}\u00a0%` : ">\u00a099.9\u00a0%";
}

/** e to the power of x, where that may be too large or too small for a few digits.
 * @param {number} x
 * @returns {string} such as "7.39", "2.4×10⁹" or "7.2×10⁻⁴"
 */
export function powerOfE(x) {
  if (x === -Infinity || (x > -4.6 && x < 9)) return number(Math.exp(x));
  const tens = x / Math.LN10;
  const exponent = Math.floor(tens);
  const digits = (10 ** (tens - exponent)).toFixed(1);
  return digits === "10.0" ? `1.0×10${raised(exponent + 1)}` : `${digits}×10${raised(exponent)}`;
}

/** @param {number} exponent @returns {string} in small digits above the line */
function raised(exponent) {
  return [...String(exponent)].map((digit) => (digit === "-" ? "⁻" : "⁰¹²³⁴⁵⁶⁷⁸⁹"[Number(digit)])).join("");
}
