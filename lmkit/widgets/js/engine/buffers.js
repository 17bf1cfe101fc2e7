/** Where a run keeps what it computes: made once, for as many tokens as the run may read.
 *
 * @typedef {import("./kernel/index.js").Matrix} Matrix a row for each position, unless said otherwise
 *
 * @typedef {object} Layer what a layer keeps: its cache, and what readers look at
 * @property {Matrix} keys turned: a column for each position, so that queries times keys is a plain product
 * @property {Matrix} values
 * @property {Matrix[]} attention the weights of each head: a row for each query, a column for each key
 * @property {Matrix} mixed what the heads mixed, side by side
 * @property {Matrix} neurons
 *
 * @typedef {object} Buffers
 * @property {number} capacity
 * @property {Matrix[]} stream after the embedding, and after each block
 * @property {Layer[]} layers
 * @property {Matrix} normed @property {Matrix} queries @property {Matrix} newKeys @property {Matrix} gate
 * @property {Matrix} written what a layer adds to the stream
 * @property {Matrix} logits
 * @property {Matrix} lens a single row, for whichever position asks
 * @property {Matrix} cos @property {Matrix} sin how far rotary positions turn each pair
 */

/** @param {import("./config.js").Config} config @param {import("./memory.js").Memory} memory @param {number} capacity
 * @returns {Buffers}
 */
export function makeBuffers(config, memory, capacity) {
  const { d_model, d_hidden, n_heads, n_layers } = config;
  const d_head = d_model / n_heads;
  const d_kv = config.n_kv_heads * d_head;
  const matrix = (columns, rows = capacity) => ({ at: memory.allocate(rows * columns), stride: columns });
  const many = (count, make) => Array.from({ length: count }, make);
  const columns = padded(capacity);
  return {
    capacity,
    stream: many(n_layers + 1, () => matrix(d_model)),
    layers: many(n_layers, () => ({
      keys: matrix(columns, d_kv),
      values: matrix(d_kv),
      attention: many(n_heads, () => matrix(columns)),
      mixed: matrix(d_model),
      neurons: matrix(d_hidden),
    })),
    normed: matrix(d_model),
    queries: matrix(d_model),
    newKeys: matrix(d_kv),
    gate: matrix(config.activation === "swiglu" ? d_hidden : 0),
    written: matrix(d_model),
    logits: matrix(config.unembed ? config.vocab_size : 0),
    lens: { at: memory.allocate(config.vocab_size), stride: 0 },
    cos: matrix(Math.floor(d_head / 2)),
    sin: matrix(Math.floor(d_head / 2)),
  };
}

/** Whole vectors of SIMD, so that no column is left over. @param {number} columns */
export const padded = (columns) => 8 * Math.ceil(columns / 8);
