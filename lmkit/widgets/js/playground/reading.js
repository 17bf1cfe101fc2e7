/** The model reads the text: whole, and beside it with parts switched off. */
import { logProbability } from "../engine/sampling.js";
import { clamp, range } from "../shared/math.js";
import { countOff } from "./data.js";
import { MASK, tokensFor } from "./tokens.js";

/** One way of reading the text.
 * @typedef {object} Side
 * @property {any} run of the engine
 * @property {(number | null)[]} costs −log p of each token, in nats; null where nothing was asked
 * @property {number | null} loss their mean
 *
 * @typedef {object} Reading
 * @property {import("./tokens.js").Tokens} tokens
 * @property {Side} whole nothing is switched off
 * @property {Side | null} part with what is switched off
 * @property {Side} shown the part, if there is one
 * @property {import("../attention-heads/data.js").Attention} attention of what is shown
 */

/** Reads a state; one that asks for the same gives the same reading. Two runs of the model are kept, so that each reads only
 * what is new to it.
 * @param {any} model of the engine @param {number} capacity
 */
export function createReader(model, capacity) {
  const tokensOf = tokensFor(model.tokenizer, capacity);
  const mask = model.tokenizer.special.indexOf(MASK);
  const runs = { whole: model.start({ capacity }), part: null };
  let last;

  /** @param {import("./data.js").State} state @returns {Reading} */
  function read(state) {
    const tokens = tokensOf(state);
    const { off, hidden } = state;
    if (last?.tokens === tokens && last.off === off && last.hidden === hidden) return last;
    const ids = tokens.ids.map((id, i) => (hidden.includes(i) ? mask : id));
    const whole = sideOf(model, runs.whole, tokens.ids, ids, hidden, {});
    if (countOff(off)) runs.part ??= model.start({ capacity });
    const part = countOff(off) ? sideOf(model, runs.part, tokens.ids, ids, hidden, off) : null;
    const shown = part ?? whole;
    last = { tokens, off, hidden, whole, part, shown, attention: attentionOf(model, shown.run, tokens.words) };
    return last;
  }
  return { read, tokensOf };
}

/** @param {any} model @param {any} run @param {number[]} ids @param {number[]} seen the same, with what is hidden
 * @param {number[]} hidden @param {import("./data.js").Off} [off] @returns {Side}
 */
function sideOf(model, run, ids, seen, hidden, off) {
  run.read(seen, { off });
  // Of a causal model, the place before is asked for a token; of a masked one, its own place, where it is hidden.
  const where = model.config.causal ? (i) => (i ? i - 1 : null) : (i) => (hidden.includes(i) ? i : null);
  const costs = ids.map((id, i) => (where(i) === null ? null : -logProbability(run.logits(where(i)), id)));
  return { run, costs, loss: mean(costs) };
}

/** @param {(number | null)[]} costs @returns {number | null} their mean; null where there are none */
export function mean(costs) {
  const known = costs.filter((cost) => cost !== null);
  return known.length ? known.reduce((sum, cost) => sum + cost, 0) / known.length : null;
}

/** The heads as the views of AttentionHeads take them. @param {any} model @param {any} run @param {string[]} words */
function attentionOf({ config }, run, words) {
  const { n_layers: layers, n_heads: heads, causal } = config;
  const n = words.length;
  const nothing = new Uint8Array();
  return {
    layers, heads, queries: n, keys: n, causal, self: true, queryWords: words, keyWords: words,
    bytes: nothing, before: nothing, specials: [], scores: {}, label: "",
    shares: (index) => sharesOf(run.attention(Math.floor(index / heads), index % heads), n),
  };
}

/** @param {any} attention of one head @param {number} n @returns {Float32Array} query by query */
function sharesOf(attention, n) {
  const shares = new Float32Array(n * n);
  for (const query of range(n)) shares.set(attention.row(query).subarray(0, n), query * n);
  return shares;
}

/** Makes any wanted state one that can be shown. @param {any} model @param {number} capacity
 * @param {(state: any) => import("./tokens.js").Tokens} tokensOf @param {number} longest of a text
 * @returns {(wanted: import("./data.js").State) => import("./data.js").State}
 */
export function settleFor({ config }, capacity, tokensOf, longest) {
  const whole = (value, count) => clamp(Math.round(value) || 0, count);
  return (wanted) => {
    const text = wanted.text.length > longest ? wanted.text.slice(0, longest) : wanted.text;
    const { length } = tokensOf({ ...wanted, text }).ids;
    const fits = (position) => position > 0 && position < length && !config.causal;
    const position = whole(wanted.position, length);
    const { cell } = wanted;
    return {
      ...wanted,
      text,
      position,
      layer: whole(wanted.layer, config.n_layers),
      head: whole(wanted.head, config.n_heads),
      hidden: wanted.hidden.every(fits) ? wanted.hidden : wanted.hidden.filter(fits),
      top_k: wanted.top_k === null ? null : 1 + whole(wanted.top_k - 1, config.vocab_size),
      running: wanted.running && config.causal && length < capacity && wanted.ended !== text,
      cell: cell && cell.row < length && cell.column < length ? cell : null,
    };
  };
}
