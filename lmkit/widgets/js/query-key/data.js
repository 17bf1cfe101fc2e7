import { fromHalf, readSized } from "../shared/codec.js";
import { range } from "../shared/math.js";
import { legible, visible } from "../shared/text.js";

/** What Python sent, checked.
 * @typedef {object} Vectors
 * @property {number} layers @property {number} heads @property {number} kvHeads @property {number} queries @property {number} keys
 * @property {number} dHead
 * @property {Float32Array} numbers layer head query d_head, then layer kv_head key d_head
 * @property {string[]} queryWords @property {string[]} keyWords
 * @property {boolean} rotary dimensions i and i + d_head/2 were turned together
 * @property {string} label
 */

/** @param {{get: (name: string) => any}} model @returns {Vectors} */
export function readVectors(model) {
  const shape = model.get("shape");
  const { layers, heads, kvHeads, queries, keys, dHead } = shape;
  const length = layers * dHead * (heads * queries + kvHeads * keys);
  const [tokens, keyTokens] = ["tokens", "key_tokens"].map((name) => model.get(name).map(visible));
  return {
    ...shape,
    numbers: readSized(model, "vectors", fromHalf, length),
    queryWords: tokens,
    keyWords: keyTokens.length ? keyTokens : tokens,
    rotary: model.get("rotary"),
    label: legible(model.get("label")),
  };
}

/** @param {Vectors} vectors @param {number} layer @param {number} head @param {number} query @returns {Float32Array} */
export function queryOf({ numbers, heads, queries, dHead }, layer, head, query) {
  const at = ((layer * heads + head) * queries + query) * dHead;
  return numbers.subarray(at, at + dHead);
}

/** The key as this head sees it, also where several heads share it. @param {Vectors} vectors @param {number} layer @param {number} head
 * @param {number} key @returns {Float32Array}
 */
export function keyOf({ numbers, layers, heads, kvHeads, queries, keys, dHead }, layer, head, key) {
  const kvHead = Math.floor((head * kvHeads) / heads);
  const at = (layers * heads * queries + (layer * kvHeads + kvHead) * keys + key) * dHead;
  return numbers.subarray(at, at + dHead);
}

/** @param {ArrayLike<number>} q @param {ArrayLike<number>} k @returns {number[]} what each dimension adds to the score */
export const productsOf = (q, k) => range(q.length).map((d) => q[d] * k[d]);

/** @param {number[]} numbers @returns {number} */
export const sum = (numbers) => numbers.reduce((total, number) => total + number, 0);
