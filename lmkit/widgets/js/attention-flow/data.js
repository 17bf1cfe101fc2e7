import { headShares, renormalize } from "../attention-heads/data.js";
import { toBytes } from "../shared/codec.js";
import { range } from "../shared/math.js";
import { legible, visible } from "../shared/text.js";

/** What Python sent, checked.
 * @typedef {object} Flow
 * @property {number} layers @property {number} tokens
 * @property {string[]} methods @property {string[]} words @property {string} label
 * @property {Float32Array[][]} mixes of each method, of each layer: what each token takes from each token before the layer
 */

/** @param {{get: (name: string) => any}} model @returns {Flow} */
export function readFlow(model) {
  const shape = model.get("shape");
  const { layers, heads, queries, causal } = shape;
  const bytes = toBytes(model.get("mixes"));
  const [methods, words] = [model.get("methods").map(legible), model.get("tokens").map(visible)];
  const needed = [
    ["mixes", bytes, layers * heads * (causal ? (queries * (queries + 1)) / 2 : queries * queries)],
    ["methods", methods, heads],
    ["tokens", words, queries],
  ];
  for (const [what, { length }, need] of needed) if (length !== need) throw new Error(`${what}: there are ${length}, it needs ${need}.`);
  const all = { queries: range(queries), keys: range(queries) };
  const mixOf = (method) => (_, layer) => {
    const mix = headShares({ ...shape, bytes }, layer * heads + method, all);
    for (let i = 0; i < mix.length; i += queries) renormalize(mix.subarray(i, i + queries)); // bytes are rounded: nothing gets lost from layer to layer
    return mix;
  };
  return {
    layers, methods, words,
    tokens: queries,
    label: legible(model.get("label")),
    mixes: methods.map((_, method) => Array.from({ length: layers }, mixOf(method))),
  };
}

/** How much of one output passes along each link; the links of a layer add up to 1.
 * @param {Float32Array[]} mixes layer by layer @param {number} token @param {number} n tokens
 * @returns {{links: Float32Array[], input: Float32Array}} links: of each layer, to × from; input: what comes from each token
 */
export function flowFrom(mixes, token, n) {
  let here = new Float32Array(n);
  here[token] = 1;
  const links = [];
  for (const mix of [...mixes].reverse()) {
    const next = new Float32Array(n);
    links.unshift(mix.map((share, i) => {
      const carries = here[Math.floor(i / n)] * share;
      next[i % n] += carries;
      return carries;
    }));
    here = next;
  }
  return { links, input: here };
}
