/** The kernel in plain JavaScript, for browsers without SIMD; and the text to read beside kernel.ts. Each step is
 * rounded to 32 bits, in the same order, so both kernels give the same numbers to the last bit. Chrome is slow at this
 * rounding, but has SIMD.
 */
import { exp, normal, sigmoid } from "./exp.js";
import { norm } from "./norms.js";
import { columnAt } from "./strips.js";

const f = Math.fround;

/** @param {import("../memory.js").Memory} memory @returns {import("./index.js").Kernel} */
export function javascriptKernel(memory) {
  const each = (change) => (x, n) => {
    const { floats } = memory;
    for (let i = x; i < x + n; i++) floats[i] = change(floats[i]);
  };
  const pairs = (join) => (x, y, n) => {
    const { floats } = memory;
    for (let i = 0; i < n; i++) floats[x + i] = join(floats[x + i], floats[y + i]);
  };
  return {
    name: "javascript",
    linear: (...matrices) => linear(memory.floats, ...matrices),
    softmax: (...scores) => softmax(memory.floats, ...scores),
    norm: (...vectors) => norm(memory.floats, ...vectors),
    relu: each((x) => (x > 0 ? x : 0)),
    gelu: each((x) => x * normal(x)),
    gelu_tanh: each((x) => x * sigmoid(gateOfTanh(x))), // (1 + tanh(u)) / 2 is sigmoid(2u)
    silu: each((x) => x * sigmoid(x)),
    add: pairs((x, y) => x + y),
    multiply: pairs((x, y) => x * y),
  };
}

const TWICE = f(2 * Math.sqrt(2 / Math.PI));
const CUBIC = f(0.044715);

/** 2 √(2/π) (x + 0.044715 x³). @param {number} x */
const gateOfTanh = (x) => f(TWICE * f(x + f(CUBIC * f(f(x * x) * x))));

/** Four columns at a time: their sums stay in registers. */
function linear(floats, x, weights, bias, y, rows, inputs, outputs) {
  const fours = outputs - (outputs % 4);
  for (let row = 0; row < rows; row++) {
    const from = x.at + row * x.stride;
    const to = y.at + row * y.stride;
    for (let column = 0; column < fours; column += 4) {
      fourColumns(floats, from, inputs, columnAt(weights, column), weights.stride, bias && bias + column, to + column);
    }
    for (let column = fours; column < outputs; column++) {
      floats[to + column] = oneColumn(floats, from, inputs, columnAt(weights, column), weights.stride, bias && bias + column);
    }
  }
}

function fourColumns(floats, x, inputs, weights, stride, bias, y) {
  let a = bias && floats[bias];
  let b = bias && floats[bias + 1];
  let c = bias && floats[bias + 2];
  let d = bias && floats[bias + 3];
  for (let end = x + inputs, at = weights; x < end; x++, at += stride) {
    const value = floats[x];
    a = f(a + f(value * floats[at]));
    b = f(b + f(value * floats[at + 1]));
    c = f(c + f(value * floats[at + 2]));
    d = f(d + f(value * floats[at + 3]));
  }
  floats[y] = a;
  floats[y + 1] = b;
  floats[y + 2] = c;
  floats[y + 3] = d;
}

function oneColumn(floats, x, inputs, weights, stride, bias) {
  let sum = bias && floats[bias];
  for (let end = x + inputs, at = weights; x < end; x++, at += stride) sum = f(sum + f(floats[x] * floats[at]));
  return sum;
}

function softmax(floats, scores, rows, width, seen, step, scale) {
  for (let row = 0; row < rows; row++) {
    const from = scores.at + row * scores.stride;
    softmaxRow(floats, from, from + seen + step * row, scale);
    floats.fill(0, from + seen + step * row, from + width);
  }
}

/** One row of scores becomes weights. The sum runs in four lanes, as SIMD does it. */
function softmaxRow(floats, from, to, scale) {
  let most = floats[from];
  for (let i = from; i < to; i++) if (floats[i] > most) most = floats[i];
  const sums = [0, 0, 0, 0];
  for (let i = from; i < to; i++) {
    floats[i] = exp(f(f(floats[i] - most) * scale));
    sums[(i - from) % 4] = f(sums[(i - from) % 4] + floats[i]);
  }
  const share = f(1 / f(f(sums[0] + sums[1]) + f(sums[2] + sums[3])));
  for (let i = from; i < to; i++) floats[i] *= share;
}
