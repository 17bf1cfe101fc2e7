/** The kernel in WebAssembly with SIMD: kernel.ts, behind the same words as javascript.js. */
import binary from "./binary.js";
import { norm } from "./norms.js";
import { STRIP } from "./strips.js";

/** @returns {Uint8Array} */
export const kernelBytes = () => Uint8Array.from(atob(binary), (letter) => letter.charCodeAt(0));

const FLOAT = 4; // bytes

/** @param {import("../memory.js").Memory} memory of WebAssembly @returns {import("./index.js").Kernel}
 * Throws where the browser cannot: no WebAssembly, no SIMD, or a page that forbids it.
 */
export function simdKernel(memory) {
  const module = new WebAssembly.Module(kernelBytes());
  const wasm = new WebAssembly.Instance(module, { env: { memory: memory.wasm } }).exports;
  const alone = (change) => (x, n) => change(x * FLOAT, n);
  const pairs = (join) => (x, y, n) => join(x * FLOAT, y * FLOAT, n);
  return {
    name: "simd",
    linear: (x, weights, bias, y, rows, inputs, outputs) => wasm.linear(
      x.at * FLOAT, x.stride * FLOAT, weights.at * FLOAT, weights.stride * FLOAT, (weights.strip ?? STRIP) * FLOAT, bias * FLOAT, y.at * FLOAT, y.stride * FLOAT,
      rows, inputs, outputs,
    ),
    softmax: ({ at, stride }, ...rest) => wasm.softmax(at * FLOAT, stride * FLOAT, ...rest),
    norm: (...vectors) => norm(memory.floats, ...vectors),
    relu: alone(wasm.relu),
    gelu: alone(wasm.gelu),
    gelu_tanh: alone(wasm.gelu_tanh),
    silu: alone(wasm.silu),
    add: pairs(wasm.add),
    multiply: pairs(wasm.multiply),
  };
}
