/** A transformer of attention alone, one head a layer, as a list of operations: forward goes through it from the first
 * to the last, backward from the last to the first.
 */
import { max, range, sqrt } from "../shared/math.js";
import { makeTools } from "./matrices.js";
import { add, compare, crossEntropy, embed, linear, mix, softmax } from "./operations.js";

/** What it is made of. Multiples of 4, for the kernel.
 * @typedef {{layers: number, words: number, length: number, texts: number, width: number}} Shape
 * @typedef {ReturnType<typeof makeNetwork>} Network
 */

/** @param {any} loaded the kernel and its memory @param {Shape} shape @param {() => number} next random numbers, from 0 to 1 */
export function makeNetwork(loaded, { layers, words, length, texts, width }, next) {
  const rows = texts * length;
  const tools = makeTools(loaded, max(rows * max(width, length, words), width * width));
  const [inputs, answers] = range(2).map(() => new Int32Array(rows));
  const parameters = [];
  const operations = [];
  const attention = [];
  const parameter = (inputs, outputs) => {
    const matrix = tools.matrix(inputs, outputs);
    fill(tools.memory.floats, matrix, next, 1 / sqrt(width));
    parameters.push(matrix);
    return matrix;
  };
  const through = (x, outputs = width) => {
    const y = tools.matrix(rows, outputs);
    operations.push(linear(tools, x, parameter(x.columns, outputs), y));
    return y;
  };

  let stream = tools.matrix(rows, width);
  operations.push(embed(tools, inputs, parameter(words, width), parameter(length, width), stream));
  for (let layer = 0; layer < layers; layer++) {
    const [queries, keys, values] = range(3).map(() => through(stream));
    const [scores, shares] = range(2).map(() => tools.matrix(rows, length));
    const [mixed, sum] = range(2).map(() => tools.matrix(rows, width));
    operations.push(compare(tools, queries, keys, scores), softmax(tools, scores, shares, width), mix(tools, shares, values, mixed));
    operations.push(add(tools, stream, through(mixed), sum));
    attention.push(shares);
    stream = sum;
  }
  const p = tools.matrix(rows, words);
  const end = crossEntropy(tools, through(stream, words), answers, p);
  operations.push(end);
  const reversed = operations.slice().reverse();

  return {
    inputs, answers, parameters, attention, p,
    memory: tools.memory,
    loss: end.loss,
    forward: () => operations.forEach((operation) => operation.forward()),
    backward() {
      tools.clearGradients();
      reversed.forEach((operation) => operation.backward());
    },
  };
}

/** Random numbers of mean 0 and this standard deviation, even over an interval: the same in every browser.
 * @param {Float32Array} floats @param {import("./matrices.js").Plain} matrix @param {() => number} next @param {number} deviation
 */
function fill(floats, { at, rows, columns }, next, deviation) {
  for (let i = at; i < at + rows * columns; i++) floats[i] = (2 * next() - 1) * sqrt(3) * deviation;
}
