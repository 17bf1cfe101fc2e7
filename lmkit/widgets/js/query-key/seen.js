import { descending } from "../attention-heads/data.js";
import { number } from "../attention-steps/numbers.js";
import { abs, clamp, range, sqrt } from "../shared/math.js";
import { count, MARK } from "../shared/text.js";
import { keyOf, productsOf, queryOf, sum } from "./data.js";

/** @typedef {import("./data.js").Vectors} Vectors
 * @typedef {{layer: number, head: number, query: number, key: number, dimension: number, sorted: boolean, table: boolean, width: number}} State
 *
 * @typedef {object} Seen
 * @property {Vectors} vectors @property {State} state
 * @property {ArrayLike<number>} q @property {ArrayLike<number>} k
 * @property {number[]} products by dimension
 * @property {number[]} order the dimensions from left to right
 * @property {number[]} scores of the query with each key, divided by √d_head
 * @property {number | null} partner the dimension that is turned together with the chosen one
 */

/** @param {Vectors} vectors @param {State} state @returns {Seen} */
export function seenIn(vectors, state) {
  const { layer, head, query, key, dimension, sorted } = state;
  const { keys, dHead, rotary } = vectors;
  const q = queryOf(vectors, layer, head, query);
  const k = keyOf(vectors, layer, head, key);
  const products = productsOf(q, k);
  return {
    vectors, state, q, k, products,
    order: sorted ? descending(products.map(abs)) : range(dHead),
    scores: range(keys).map((j) => sum(productsOf(q, keyOf(vectors, layer, head, j))) / sqrt(dHead)),
    partner: rotary ? (dimension + dHead / 2) % dHead : null,
  };
}

/** @param {Vectors} vectors @returns {(wanted: State) => State} */
export function settleFor({ layers, heads, queries, keys, dHead }) {
  return (wanted) => ({
    ...wanted,
    layer: clamp(wanted.layer, layers),
    head: clamp(wanted.head, heads),
    query: clamp(wanted.query, queries),
    key: clamp(wanted.key, keys),
    dimension: clamp(wanted.dimension, dHead),
  });
}

const word = (words, i) => `“${MARK}${words[i]}${MARK}”`;

/** What is seen, with its numbers. @param {Seen} seen @returns {string} */
export const sentence = (seen) => [scoreSays, mostSays, dimensionSays].map((says) => says(seen)).join(" ");

/** @param {Seen} seen */
function scoreSays({ vectors, state, products, scores }) {
  const { queryWords, keyWords, dHead } = vectors;
  const who = `${word(queryWords, state.query)} looks for ${word(keyWords, state.key)}`;
  return `${who}: the ${count(dHead, "product")} add up to ${number(sum(products))}; divided by √${dHead}, the score is ${number(scores[state.key])}.`;
}

/** @param {Seen} seen */
function mostSays({ products }) {
  const [first, second] = descending(products.map(abs));
  const told = (d) => `${d} (${number(products[d])})`;
  return second === undefined ? "" : `The largest are those of dimensions ${told(first)} and ${told(second)}.`;
}

/** The chosen dimension, and its pair. @param {Seen} seen */
function dimensionSays({ state: { dimension: d }, q, k, products, partner }) {
  const own = `Dimension ${d}: ${number(q[d])} · ${number(k[d])} = ${number(products[d])}.`;
  if (partner === null) return own;
  return `${own} It was turned together with dimension ${partner}; the pair adds ${number(products[d] + products[partner])}.`;
}
