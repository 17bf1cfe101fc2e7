/** Attention, as lmkit.model.attention: every position asks those before it (or all) and mixes their answers. */
import { padded } from "./buffers.js";
import { changeHeads } from "./interventions.js";
import { columnsFrom, fresh, linear } from "./operations.js";
import { rotate } from "./positions.js";

/** Reads x, writes what the heads found into `buffers.written`.
 * @param {import("./operations.js").Pass} pass @param {number} layer @param {import("./kernel/index.js").Matrix} x
 */
export function attend(pass, layer, x) {
  const { buffers, config, weights } = pass;
  const { toQuery, toKey, toValue, toOutput } = weights.blocks[layer].attention;
  linear(pass, toQuery, x, buffers.queries);
  linear(pass, toKey, x, buffers.newKeys);
  linear(pass, toValue, x, buffers.layers[layer].values);
  if (config.positions === "rotary") for (const matrix of [buffers.queries, buffers.newKeys]) rotate(pass, matrix);
  keepKeys(pass, buffers.newKeys, buffers.layers[layer].keys);
  for (let head = 0; head < config.n_heads; head++) mix(pass, layer, head);
  changeHeads(pass, layer);
  linear(pass, toOutput, buffers.layers[layer].mixed, buffers.written);
}

/** Each new key, a row, becomes a column beside those read before.
 * @param {import("./operations.js").Pass} pass @param {import("./kernel/index.js").Matrix} rows
 * @param {import("./kernel/index.js").Matrix} columns
 */
function keepKeys({ from, memory: { floats }, rows: count }, rows, columns) {
  for (let position = from; position < from + count; position++) {
    for (let i = 0; i < rows.stride; i++) floats[columns.at + i * columns.stride + position] = floats[rows.at + position * rows.stride + i];
  }
}

/** One head: softmax(Q Kᵀ / √d_head) V. @param {import("./operations.js").Pass} pass @param {number} layer @param {number} head */
function mix(pass, layer, head) {
  const { buffers, config, from, kernel, rows } = pass;
  const { attention, keys, mixed, values } = buffers.layers[layer];
  const d_head = config.d_model / config.n_heads;
  const shared = Math.floor((head * config.n_kv_heads) / config.n_heads); // which keys and values a group reads
  const length = from + rows;
  const queries = fresh(pass, columnsFrom(buffers.queries, head * d_head));
  const weights = fresh(pass, attention[head]);
  const seen = config.causal ? from + 1 : length;
  const itsKeys = { at: keys.at + shared * d_head * keys.stride, stride: keys.stride };
  kernel.linear(queries, itsKeys, 0, weights, rows, d_head, padded(length));
  kernel.softmax(weights, rows, padded(length), seen, config.causal ? 1 : 0, Math.fround(1 / Math.sqrt(d_head)));
  const answers = fresh(pass, columnsFrom(mixed, head * d_head));
  kernel.linear(weights, columnsFrom(values, shared * d_head), 0, answers, rows, length, d_head);
}
