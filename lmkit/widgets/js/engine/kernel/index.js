/** The kernel: the few operations that take nearly all of the time, in WebAssembly with SIMD or in plain JavaScript.
 *
 * @typedef {object} Matrix where a matrix lies: row r begins at `at + r * stride`
 * @property {number} at an address @property {number} stride floats from row to row
 * @property {number} [strip] floats from each 16 columns to the next 16; 16 unless said otherwise. See strips.js
 *
 * @typedef {object} NormLayer
 * @property {number} weight @property {number} bias addresses; no bias: 0
 * @property {number} width @property {number} eps
 * @property {boolean} centered whether the mean is taken away (layer norm) or not (rms norm)
 *
 * Addresses are places in `memory.floats`. All but `linear` work where the numbers lie.
 * @typedef {object} Kernel
 * @property {"simd" | "javascript"} name
 * @property {(x: Matrix, weights: Matrix, bias: number, y: Matrix, rows: number, inputs: number, outputs: number) => void}
 * linear y = x W + bias; W is (inputs, outputs), the address 0 is no bias
 * @property {(scores: Matrix, rows: number, width: number, seen: number, step: number, scale: number) => void} softmax of
 * scale · scores over what may be seen: `seen` columns in the first row, `step` more in each that follows; up to `width`,
 * a multiple of 4, the others become 0
 * @property {(layer: NormLayer, x: number, y: number, rows: number) => void} norm from rows at x to rows at y
 * @property {(x: number, n: number) => void} relu
 * @property {(x: number, n: number) => void} gelu x Φ(x)
 * @property {(x: number, n: number) => void} gelu_tanh x (1 + tanh(√(2/π) (x + 0.044715 x³))) / 2
 * @property {(x: number, n: number) => void} silu x / (1 + e⁻ˣ)
 * @property {(x: number, y: number, n: number) => void} add x += y
 * @property {(x: number, y: number, n: number) => void} multiply x *= y
 */
import { Memory } from "../memory.js";
import { javascriptKernel } from "./javascript.js";
import { simdKernel } from "./simd.js";

/** @param {{simd?: boolean}} [wish] false: plain JavaScript, also where the browser has SIMD
 * @returns {{kernel: Kernel, memory: Memory}}
 */
export function loadKernel({ simd = true } = {}) {
  return (simd && trySimd()) || withJavascript();
}

function withJavascript() {
  const memory = new Memory();
  return { kernel: javascriptKernel(memory), memory };
}

/** @returns {{kernel: Kernel, memory: Memory} | null} null where the browser has no WebAssembly, or none with SIMD */
function trySimd() {
  try {
    const memory = new Memory(new WebAssembly.Memory({ initial: 1 }));
    return { kernel: simdKernel(memory), memory };
  } catch {
    return null;
  }
}
