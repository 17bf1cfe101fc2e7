/** A run: one text being read, and what every part of the model computed on the way. */
import { makeBuffers } from "./buffers.js";
import { areSame, readInterventions, within } from "./interventions.js";
import { finalHidden, lensLogits } from "./lens.js";
import { tabulateTurns } from "./positions.js";
import { logProbability } from "./sampling.js";
import { forward } from "./transformer.js";

/** What all runs of a model share.
 * @typedef {object} Parts
 * @property {import("./config.js").Config} config
 * @property {import("./weights.js").Weights} weights
 * @property {import("./kernel/index.js").Kernel} kernel
 * @property {import("./memory.js").Memory} memory
 *
 * @typedef {object} Attention the weights of one head, as PyTorch gives them
 * @property {number} rows how many queries, and as many keys
 * @property {(query: number, key: number) => number} at
 * @property {(query: number) => Float32Array} row a view
 */

/** Views are valid until the next `read`, and until the model starts another run. */
export class Run {
  #parts;
  #buffers;
  #ids = [];
  #interventions = { heads: [], neurons: [], patch: [] };

  /** @param {Parts} parts @param {number} capacity how many tokens it can read */
  constructor(parts, capacity) {
    checkCapacity(parts.config, capacity);
    this.#parts = parts;
    this.#buffers = makeBuffers(parts.config, parts.memory, capacity);
    if (parts.config.positions === "rotary") tabulateTurns(parts.config, parts.memory.floats, this.#buffers);
  }

  /** How many tokens it can read. */
  get capacity() {
    return this.#buffers.capacity;
  }

  /** How many tokens it has read. */
  get length() {
    return this.#ids.length;
  }

  /** Reads tokens. What is the same as before is not computed again: a causal model keeps the tokens that both texts
   * begin with, one that sees both sides all or none.
   * @param {ArrayLike<number>} ids @param {Parameters<typeof readInterventions>[2]} [wish] what is switched off or replaced
   */
  read(ids, wish = {}) {
    const wanted = checkIds(this.#parts.config, this.capacity, ids);
    const interventions = readInterventions(this.#parts.config, wanted.length, wish);
    const from = areSame(interventions, this.#interventions) ? this.#kept(wanted) : 0;
    this.#ids = wanted;
    this.#interventions = interventions;
    if (from < wanted.length) forward(this.#pass(from, wanted.length - from), wanted);
  }

  /** How many tokens need not be read again. @param {number[]} ids */
  #kept(ids) {
    let same = 0;
    while (same < ids.length && ids[same] === this.#ids[same]) same++;
    return this.#parts.config.causal || (same === ids.length && same === this.length) ? same : 0;
  }

  /** @param {number} from @param {number} rows @returns {import("./operations.js").Pass} */
  #pass(from, rows) {
    return { ...this.#parts, buffers: this.#buffers, from, rows, interventions: this.#interventions };
  }

  /** How likely each token is to come next (or, in a model that sees both sides, to stand here), before the softmax.
   * @param {number} position @returns {Float32Array} a view, a number for each token of the vocabulary
   */
  logits(position) {
    checkUnembedding(this.#parts.config);
    return this.#row(this.#buffers.logits, position);
  }

  /** @param {number} layer @param {number} head @returns {Attention} */
  attention(layer, head) {
    const weights = this.#layer(layer).attention[within("head", head, this.#parts.config.n_heads)];
    const { length } = this;
    return {
      rows: length,
      row: (query) => this.#row(weights, query, 0, length),
      at: (query, key) => this.#row(weights, query, within("key", key, length), 1)[0],
    };
  }

  /** How strongly each neuron fires: the input of `write`. @param {number} layer @param {number} position */
  neurons(layer, position) {
    return this.#row(this.#layer(layer).neurons, position);
  }

  /** What a head mixed: its part of the input of `to_output`. @param {number} layer @param {number} head @param {number} position */
  mixed(layer, head, position) {
    const { d_model, n_heads } = this.#parts.config;
    const d_head = d_model / n_heads;
    return this.#row(this.#layer(layer).mixed, position, within("head", head, n_heads) * d_head, d_head);
  }

  /** @param {number} entry 0 is the embedding, l comes after block l - 1 @param {number} position */
  stream(entry, position) {
    return this.#row(this.#buffers.stream[this.#entry(entry)], position);
  }

  /** The logits if the model ended there. @param {number} entry as in `stream` @param {number} position
   * @returns {Float32Array} a copy, not a view
   */
  lens(entry, position) {
    checkUnembedding(this.#parts.config);
    return lensLogits(this.#pass(within("position", position, this.length), 1), this.#entry(entry));
  }

  /** What leaves the model: the stream after the last norm. @param {number} position @returns {Float32Array} a copy, not a view */
  hidden(position) {
    return finalHidden(this.#pass(within("position", position, this.length), 1));
  }

  /** The mean of -log p of each token after the first, in nats.
   * @returns {number | null} null where no token is predicted: fewer than two, or a model that sees both sides
   */
  loss() {
    if (this.length < 2 || !this.#parts.config.causal) return null;
    const each = this.#ids.slice(1).map((id, i) => -logProbability(this.logits(i), id));
    return each.reduce((sum, one) => sum + one) / each.length;
  }

  #entry(entry) {
    return within("entry of the stream", entry, this.#parts.config.n_layers + 1);
  }

  #layer(layer) {
    return this.#buffers.layers[within("layer", layer, this.#parts.config.n_layers)];
  }

  /** @param {import("./kernel/index.js").Matrix} matrix @param {number} position @param {number} [column] @param {number} [count] */
  #row({ at, stride }, position, column = 0, count = stride) {
    const start = at + within("position", position, this.length) * stride + column;
    return this.#parts.memory.floats.subarray(start, start + count);
  }
}

/** @param {import("./config.js").Config} config @param {number} capacity */
function checkCapacity({ max_positions, positions }, capacity) {
  if (!Number.isInteger(capacity) || capacity < 1) throw new Error(`capacity is ${capacity}, but must be a whole number of tokens, 1 or more.`);
  if (positions === "learned" && capacity > max_positions) {
    throw new Error(`capacity is ${capacity}, but only ${max_positions} positions are learned: start with ${max_positions} or fewer.`);
  }
}

/** @param {import("./config.js").Config} config */
function checkUnembedding({ unembed }) {
  if (!unembed) throw new Error("This model has no unembedding, so it predicts no tokens: pack one with unembed=True.");
}

/** @param {import("./config.js").Config} config @param {number} capacity @param {ArrayLike<number>} ids @returns {number[]} */
function checkIds({ vocab_size }, capacity, ids) {
  if (ids.length > capacity) throw new Error(`The text has ${ids.length} tokens, but this run was started for ${capacity}: cut it, or start one for more.`);
  for (let i = 0; i < ids.length; i++) {
    if (Number.isInteger(ids[i]) && ids[i] >= 0 && ids[i] < vocab_size) continue;
    throw new Error(`${ids[i]} is no token: ids go from 0 to ${vocab_size - 1}. Does the tokenizer belong to this model?`);
  }
  return Array.prototype.slice.call(ids);
}
