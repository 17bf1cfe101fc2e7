/** Exponentials in 32 bits, step by step as kernel.ts does them, so that both kernels give the same numbers in every
 * browser. `Math.exp` may differ from one to the next.
 */
const f = Math.fround;

const LOG2_E = f(1.4426950408889634);
const LN2_HIGH = f(0.693359375); // few bits, so that a whole number times this is exact
const LN2_LOW = f(-2.12194440054690583e-4); // the rest of ln 2
const ROUND = f(12582912); // 1.5 · 2²³: what is added to it loses its fraction
const TAYLOR = [1 / 5040, 1 / 720, 1 / 120, 1 / 24, 1 / 6, 1 / 2, 1, 1].map(f); // 1/k!

const bits = new Int32Array(1);
const asFloat = new Float32Array(bits.buffer);

/** eˣ = 2ⁿ eʳ with |r| ≤ ln 2 / 2, and eʳ by its series. @param {number} x below -87 gives 0, above 88 as 88 */
export function exp(x) {
  if (x < -87) return 0;
  const within = x > 88 ? 88 : x;
  const n = f(f(f(within * LOG2_E) + ROUND) - ROUND);
  const r = f(f(within - f(n * LN2_HIGH)) - f(n * LN2_LOW));
  let sum = TAYLOR[0];
  for (let k = 1; k < 8; k++) sum = f(f(sum * r) + TAYLOR[k]);
  bits[0] = (n + 127) << 23; // the float 2ⁿ
  return f(sum * asFloat[0]);
}

/** 1 / (1 + e⁻ˣ). @param {number} x */
export function sigmoid(x) {
  return f(1 / f(1 + exp(-x)));
}

// P of erfc(z) = t exp(-z² + P(t)), t = 1 / (1 + z/2): the Chebyshev fit of degree 9 to z from 0 to 10, off by less than
// 5e-8 of the value. The highest power comes first.
const FIT = [
  0.14493021, -0.68082718, 1.15673376, -0.69625190, -0.08028043, 0.00126759, 0.03460280, 0.38664041, 0.99863278, -1.26544800,
].map(f);
const SQRT_HALF = f(Math.SQRT1_2);

/** Φ(x): the share of the normal distribution that lies below x. @param {number} x */
export function normal(x) {
  const z = f(Math.abs(x) * SQRT_HALF);
  const t = f(1 / f(1 + f(z * 0.5)));
  let fit = FIT[0];
  for (let k = 1; k < 10; k++) fit = f(f(fit * t) + FIT[k]);
  const tail = f(f(t * 0.5) * exp(f(fit - f(z * z))));
  return x < 0 ? tail : f(1 - tail);
}
