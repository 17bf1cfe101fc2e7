/** The feed-forward network, as lmkit.model.feedforward: neurons read each vector, and write what the active ones say. */
import { silenceNeurons } from "./interventions.js";
import { fresh, linear } from "./operations.js";

/** Reads x, writes into `buffers.written`. With a gate (swiglu): silu(gate x) ⊙ read x.
 * @param {import("./operations.js").Pass} pass @param {number} layer @param {import("./kernel/index.js").Matrix} x
 */
export function feedForward(pass, layer, x) {
  const { buffers, config, kernel, rows, weights } = pass;
  const { read, gate, write } = weights.blocks[layer].feedForward;
  const { neurons } = buffers.layers[layer];
  const { at } = fresh(pass, neurons);
  linear(pass, read, x, neurons);
  if (gate) {
    linear(pass, gate, x, buffers.gate);
    kernel.silu(fresh(pass, buffers.gate).at, rows * config.d_hidden);
    kernel.multiply(at, fresh(pass, buffers.gate).at, rows * config.d_hidden);
  } else {
    kernel[config.activation](at, rows * config.d_hidden);
  }
  silenceNeurons(pass, layer);
  linear(pass, write, neurons, buffers.written);
}
