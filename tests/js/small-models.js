/** Small packed models with random weights, for the tests of the engine. */
import { generator } from "../../lmkit/widgets/js/engine/sampling.js";

const BASE = {
  vocab_size: 261, n_layers: 2, n_heads: 4, d_model: 24, d_hidden: 50, n_kv_heads: 4, max_positions: 40, causal: true,
  positions: "rotary", rotary_base: 100, activation: "gelu", norm: "layer", norm_first: true, norm_eps: 1e-5, bias: true,
  unembed: true, tied: true, init_std: 0.02,
};

/** One configuration for each thing that a model may have in another way, and one with all of them. */
const CHANGES = {
  masked: { causal: false }, learned: { positions: "learned" }, relu: { activation: "relu" }, tanh: { activation: "gelu_tanh" },
  swiglu: { activation: "swiglu" }, rms: { norm: "rms" }, last: { norm_first: false }, grouped: { n_kv_heads: 2 },
  plain: { bias: false }, untied: { tied: false },
};
export const CONFIGS = { usual: BASE, all: Object.assign({}, BASE, ...Object.values(CHANGES)) };
for (const [name, change] of Object.entries(CHANGES)) CONFIGS[name] = { ...BASE, ...change };

/** @param {object} config @returns {[string, number[]][]} the weights that such a model has, and their shapes */
function shapes(config) {
  const { d_model, d_hidden, n_heads, n_kv_heads, vocab_size } = config;
  const d_kv = (n_kv_heads * d_model) / n_heads;
  const linear = (name, inputs, outputs, bias = config.bias) => [[`${name}.weight`, [outputs, inputs]], ...(bias ? [[`${name}.bias`, [outputs]]] : [])];
  const norm = (name) => [[`${name}.weight`, [d_model]], ...(config.norm === "layer" && config.bias ? [[`${name}.bias`, [d_model]]] : [])];
  const block = (start) => [
    ...norm(`${start}attention_norm`), ...norm(`${start}feed_forward_norm`),
    ...linear(`${start}attention.to_query`, d_model, d_model), ...linear(`${start}attention.to_output`, d_model, d_model),
    ...linear(`${start}attention.to_key`, d_model, d_kv), ...linear(`${start}attention.to_value`, d_model, d_kv),
    ...linear(`${start}feed_forward.read`, d_model, d_hidden), ...linear(`${start}feed_forward.write`, d_hidden, d_model),
    ...(config.activation === "swiglu" ? linear(`${start}feed_forward.gate`, d_model, d_hidden) : []),
  ];
  return [
    ["embed.weight", [vocab_size, d_model]],
    ...(config.positions === "learned" ? [["positions.embed.weight", [config.max_positions, d_model]]] : []),
    ...Array.from({ length: config.n_layers }, (_, layer) => block(`blocks.${layer}.`)).flat(),
    ...norm(config.norm_first ? "final_norm" : "embed_norm"),
    ...(config.unembed && !config.tied ? linear("unembed", d_model, vocab_size, false) : []),
  ];
}

/** Tensors side by side, as lmkit.shelf.packing writes them. @param {[string, number[], ArrayBufferView][]} tensors @param {object} facts */
export function pack(tensors, facts) {
  const entries = { __metadata__: { facts: JSON.stringify(facts) } };
  let end = 0;
  for (const [name, shape, { byteLength, constructor }] of tensors) {
    entries[name] = { dtype: constructor === Int8Array ? "I8" : "F32", shape, data_offsets: [end, (end += byteLength)] };
  }
  const header = new TextEncoder().encode(JSON.stringify(entries));
  const bytes = new Uint8Array(8 + header.length + end);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(header.length), true);
  bytes.set(header, 8);
  for (const [name, , data] of tensors) bytes.set(new Uint8Array(data.buffer), 8 + header.length + entries[name].data_offsets[0]);
  return bytes;
}

/** A model with such weights, from chance. @param {object} config @param {number} [seed] @returns {Uint8Array} */
export function packSmall(config, seed = 0) {
  const next = generator(seed);
  const tensors = shapes(config).flatMap(([name, shape]) => {
    const size = shape.reduce((product, n) => product * n, 1);
    if (shape.length === 1) return [[name, shape, Float32Array.from({ length: size }, () => 0.5 + next())]];
    const scales = Float32Array.from({ length: shape[0] }, () => 0.008 * next());
    return [[name, shape, Int8Array.from({ length: size }, () => 254 * next() - 127)], [`${name}.scale`, [shape[0]], scales]];
  });
  const specials = Array.from({ length: config.vocab_size - 256 }, (_, i) => `<|${i}|>`);
  return pack(tensors, { config, special_tokens: specials, merges: [], card: { data: "chance" } });
}
