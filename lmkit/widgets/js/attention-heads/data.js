import { shareOf, toBytes } from "../shared/codec.js";
import { range } from "../shared/math.js";
import { legible, visible } from "../shared/text.js";

/** What Python sent, checked.
 * @typedef {object} Attention
 * @property {number} layers @property {number} heads @property {number} queries @property {number} keys
 * @property {boolean} causal the bytes hold the lower triangle only
 * @property {Uint8Array} bytes round(255 sqrt(p)), head by head, row by row
 * @property {Uint8Array} before the same of another time, to compare with; empty where there is none
 * @property {string[]} queryWords one a query, every character visible
 * @property {string[]} keyWords
 * @property {boolean} self the keys are the queries
 * @property {number[]} specials keys such as [CLS]
 * @property {Record<string, number[]>} scores one number a head
 * @property {string} label
 * @property {(index: number) => Float32Array} [shares] of one head, query by query: a model that runs in the page gives them itself
 */

const SHARES = Float32Array.from({ length: 256 }, (_, byte) => shareOf(byte));

/** @param {{get: (name: string) => any}} model @returns {Attention} */
export function readAttention(model) {
  const keyTokens = model.get("key_tokens");
  const self = keyTokens.length === 0;
  const queryWords = model.get("tokens").map(visible);
  const attention = {
    ...model.get("shape"),
    bytes: toBytes(model.get("weights")),
    before: toBytes(model.get("before")),
    queryWords,
    keyWords: self ? queryWords : keyTokens.map(visible),
    self,
    specials: model.get("specials"),
    scores: Object.fromEntries(Object.entries(model.get("scores")).map(([name, values]) => [legible(name), values])),
    label: legible(model.get("label")),
  };
  check(attention);
  return attention;
}

/** @param {Attention} attention */
function check(attention) {
  const { layers, heads, queries, keys, bytes, before, queryWords, keyWords, scores } = attention;
  const needed = [
    [`weights of ${layers} × ${heads} heads, ${queries} queries × ${keys} keys`, bytes, layers * heads * headLength(attention)],
    ["weights of before", before, before.length && bytes.length],
    ["tokens of the queries", queryWords, queries],
    ["tokens of the keys", keyWords, keys],
    ...Object.entries(scores).map(([name, values]) => [`scores “${name}”`, values, layers * heads]),
  ];
  for (const [what, { length }, need] of needed) {
    if (length !== need) throw new Error(`${what}: there are ${length}, it needs ${need}.`);
  }
}

/** @param {Attention} attention @returns {number} bytes of one head */
function headLength({ queries, keys, causal }) {
  return causal ? (queries * (queries + 1)) / 2 : queries * keys;
}

/** The tokens in view. @typedef {{queries: number[], keys: number[]}} View */

/** @param {Attention} attention @param {boolean} hide leave the special tokens out @returns {View} */
export function tokensInView({ queries, keys, self, specials }, hide) {
  const kept = (i) => !(hide && specials.includes(i));
  return { queries: range(queries).filter((i) => !self || kept(i)), keys: range(keys).filter(kept) };
}

// A row is divided by its sum only where one of its shares is at least this large. Below, a byte is so coarse that the
// quotient would be made of rounding.
const LEAST = 1e-3;

/** The shares of one head, row by row, over the tokens in view. Where keys are left out, each row is divided by its sum,
 * so that it adds up to 1 again; a row that gives next to nothing to the others is empty.
 * @param {Attention} attention @param {number} index layer * heads + head @param {View} view
 * @returns {Float32Array} queries × keys in view
 */
export function headShares(attention, index, view) {
  const { causal, bytes, keys } = attention;
  const columns = view.keys.length;
  const shares = new Float32Array(view.queries.length * columns);
  view.queries.forEach((query, i) => {
    const start = index * headLength(attention) + (causal ? (query * (query + 1)) / 2 : query * keys);
    for (let j = 0; j < columns && !(causal && view.keys[j] > query); j++) {
      shares[i * columns + j] = SHARES[bytes[start + view.keys[j]]];
    }
    if (columns < keys) renormalize(shares.subarray(i * columns, (i + 1) * columns), LEAST);
  });
  return shares;
}

/** The shares that are shown of one head: as they are, as they were before, or how they have changed.
 * @param {Attention} attention @param {number} index @param {View} view @param {string} show "after", "before", "change"
 * @returns {Float32Array} queries × keys in view; a change may be below 0
 */
export function shownShares(attention, index, view, show) {
  if (attention.shares) return attention.shares(index);
  if (show === "after") return headShares(attention, index, view);
  const before = headShares({ ...attention, bytes: attention.before }, index, view);
  return show === "before" ? before : headShares(attention, index, view).map((p, i) => p - before[i]);
}

/** @param {Float32Array} row divided by its sum in place @param {number} [least] a row whose shares are all smaller becomes zeros */
export function renormalize(row, least = 0) {
  if (row.every((p) => p < least)) row.fill(0);
  const sum = row.reduce((total, p) => total + p, 0);
  if (sum > 0) row.forEach((p, j) => { row[j] = p / sum; });
}

/** Positions, the largest value first; equal values keep their order.
 * @param {ArrayLike<number>} values @returns {number[]}
 */
export function descending(values) {
  return range(values.length).sort((a, b) => values[b] - values[a]);
}
