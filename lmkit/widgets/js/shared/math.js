/** The arithmetic of layouts, by short names. */
export const { abs, ceil, cos, floor, max, min, round, sin, sqrt, PI } = Math;

/** @param {number} n @returns {number[]} 0 to n - 1 */
export const range = (n) => Array.from({ length: n }, (_, i) => i);

/** @param {number} i @param {number} count @returns {number} within 0 and count - 1 */
export const clamp = (i, count) => min(count - 1, max(0, i));
