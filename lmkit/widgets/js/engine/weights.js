/** The weights in memory, as the kernel reads them: each matrix turned, from PyTorch's (out, in) to (in, out), in strips. */
import { columnAt, STRIP } from "./kernel/strips.js";

/** @typedef {{weights: import("./kernel/index.js").Matrix, bias: number, inputs: number, outputs: number}} Linear
 * @typedef {import("./kernel/index.js").NormLayer} Norm
 *
 * @typedef {object} Block
 * @property {Norm} attentionNorm @property {Norm} feedForwardNorm
 * @property {{toQuery: Linear, toKey: Linear, toValue: Linear, toOutput: Linear}} attention
 * @property {{read: Linear, gate: Linear | null, write: Linear}} feedForward
 *
 * @typedef {object} Weights
 * @property {number} embed the address of a row for each token
 * @property {number} positions of a row for each learned position; 0 with rotary ones
 * @property {Norm | null} embedNorm @property {Norm | null} finalNorm
 * @property {Block[]} blocks
 * @property {Linear | null} unembed
 */

/** @param {import("./config.js").Config} config @param {Map<string, import("./packed.js").Tensor>} tensors
 * @param {import("./memory.js").Memory} memory @returns {Weights}
 */
export function placeWeights(config, tensors, memory) {
  const { d_model, norm_first, vocab_size } = config;
  const place = placing(config, tensors, memory);
  return {
    embed: place.rows("embed.weight", [vocab_size, d_model]),
    positions: config.positions === "learned" ? place.rows("positions.embed.weight", [config.max_positions, d_model]) : 0,
    embedNorm: norm_first ? null : place.norm("embed_norm"),
    blocks: Array.from({ length: config.n_layers }, (_, layer) => placeBlock(config, place, `blocks.${layer}.`)),
    finalNorm: norm_first ? place.norm("final_norm") : null,
    unembed: config.unembed ? place.linear(config.tied ? "embed" : "unembed", d_model, vocab_size, false) : null,
  };
}

/** @param {string} name of the block, with the dot after it @returns {Block} */
function placeBlock({ d_model, d_hidden, n_heads, n_kv_heads, activation }, place, name) {
  const d_kv = (n_kv_heads * d_model) / n_heads;
  return {
    attentionNorm: place.norm(`${name}attention_norm`),
    attention: {
      toQuery: place.linear(`${name}attention.to_query`, d_model, d_model),
      toKey: place.linear(`${name}attention.to_key`, d_model, d_kv),
      toValue: place.linear(`${name}attention.to_value`, d_model, d_kv),
      toOutput: place.linear(`${name}attention.to_output`, d_model, d_model),
    },
    feedForwardNorm: place.norm(`${name}feed_forward_norm`),
    feedForward: {
      read: place.linear(`${name}feed_forward.read`, d_model, d_hidden),
      gate: activation === "swiglu" ? place.linear(`${name}feed_forward.gate`, d_model, d_hidden) : null,
      write: place.linear(`${name}feed_forward.write`, d_hidden, d_model),
    },
  };
}

/** How each kind of layer finds its place. */
function placing(config, tensors, memory) {
  const rows = (name, shape) => copyIn(memory, take(tensors, name, shape));
  const linear = (name, inputs, outputs, hasBias = config.bias) => ({
    weights: turnIn(memory, take(tensors, `${name}.weight`, [outputs, inputs]), inputs, outputs),
    bias: hasBias ? rows(`${name}.bias`, [outputs]) : 0,
    inputs,
    outputs,
  });
  const norm = (name) => ({
    weight: rows(`${name}.weight`, [config.d_model]),
    bias: config.norm === "layer" && config.bias ? rows(`${name}.bias`, [config.d_model]) : 0,
    width: config.d_model,
    eps: config.norm_eps,
    centered: config.norm === "layer",
  });
  return { rows, linear, norm };
}

/** @param {Map<string, import("./packed.js").Tensor>} tensors @param {string} name @param {number[]} shape */
function take(tensors, name, shape) {
  const tensor = tensors.get(name);
  if (`${tensor?.shape}` === `${shape}`) return tensor.data;
  const found = tensor ? `has the shape (${tensor.shape.join(", ")})` : "is missing";
  throw new Error(`The weight ${name} ${found}, but the configuration needs (${shape.join(", ")}): pack the model again with lmkit.shelf.packing.`);
}

/** Places the transpose of a matrix. @param {import("./memory.js").Memory} memory @param {Float32Array} matrix
 * @param {number} inputs @param {number} outputs @returns {import("./kernel/index.js").Matrix}
 */
function turnIn(memory, matrix, inputs, outputs) {
  const strip = inputs * STRIP;
  const placed = { at: memory.allocate(Math.ceil(outputs / STRIP) * strip), stride: STRIP, strip };
  for (let output = 0, i = 0; output < outputs; output++) {
    const column = columnAt(placed, output);
    for (let input = 0; input < inputs; input++, i++) memory.floats[column + input * STRIP] = matrix[i];
  }
  return placed;
}

/** @param {import("./memory.js").Memory} memory @param {Float32Array} numbers @returns {number} their address */
function copyIn(memory, numbers) {
  const at = memory.allocate(numbers.length);
  memory.floats.set(numbers, at);
  return at;
}
