/** What every operation is made of: matrices that know their gradient, and products of them.
 *
 * @typedef {object} Plain a matrix of numbers, row by row in the memory of the kernel
 * @property {number} at @property {number} stride numbers from row to row @property {number} rows @property {number} columns
 *
 * @typedef {Plain & {gradient: Plain}} Matrix gradient: for each of its numbers, how fast the loss grows with it
 *
 * @typedef {ReturnType<typeof makeTools>} Tools
 */
import { range } from "../shared/math.js";

/** @param {{kernel: Pick<import("../engine/kernel/index.js").Kernel, "linear" | "softmax" | "add">, memory: import("../engine/memory.js").Memory}} loaded
 * @param {number} largest how many numbers the largest matrix has
 */
export function makeTools({ kernel, memory }, largest) {
  const made = /** @type {Matrix[]} */ ([]);
  const plain = (rows, columns) => ({ at: memory.allocate(rows * columns), stride: columns, rows, columns });
  const [turned, product] = [memory.allocate(largest), memory.allocate(largest)];

  /** A matrix of zeros, with its gradient. @param {number} rows @param {number} columns @returns {Matrix} */
  function matrix(rows, columns) {
    const one = { ...plain(rows, columns), gradient: plain(rows, columns) };
    made.push(one);
    return one;
  }

  /** y = x w. @param {Plain} x @param {Plain} w @param {Plain} y */
  function multiply(x, w, y) {
    kernel.linear(x, w, 0, y, x.rows, x.columns, w.columns);
  }

  /** y += x w. @param {Plain} x @param {Plain} w @param {Plain} y */
  function addProduct(x, w, y) {
    multiply(x, w, { ...y, at: product });
    kernel.add(y.at, product, y.rows * y.columns);
  }

  /** xᵀ, until the next one is turned. @param {Plain} x @returns {Plain} */
  function transposed({ at, rows, columns }) {
    const { floats } = memory;
    for (let i = 0, from = at; i < rows; i++) {
      for (let to = turned + i; to < turned + i + rows * columns; to += rows) floats[to] = floats[from++];
    }
    return { at: turned, stride: rows, rows: columns, columns: rows };
  }

  /** Gradients are sums: before each way back they are nothing. */
  function clearGradients() {
    for (const { gradient: { at, rows, columns } } of made) memory.floats.fill(0, at, at + rows * columns);
  }

  return { kernel, memory, matrix, multiply, addProduct, transposed, clearGradients };
}

/** The rows of a matrix, text by text. @param {Matrix} matrix @param {number} length of a text @returns {Matrix[]} */
export function byText({ gradient, ...values }, length) {
  const part = (whole, text) => ({ ...whole, rows: length, at: whole.at + text * length * whole.stride });
  return range(values.rows / length).map((text) => ({ ...part(values, text), gradient: part(gradient, text) }));
}
