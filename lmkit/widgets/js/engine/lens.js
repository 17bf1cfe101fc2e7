/** The logit lens: what a model would predict if it ended at this place of the stream.
 * Source: nostalgebraist 2020, "interpreting GPT: the logit lens".
 */
import { linear } from "./operations.js";
import { finalNorm } from "./transformer.js";

/** @param {import("./operations.js").Pass} pass over one position @param {number} entry of the stream
 * @returns {Float32Array} unembed(final_norm(stream)), a copy
 */
export function lensLogits(pass, entry) {
  const { buffers, memory: { floats }, weights: { unembed } } = pass;
  finalNorm(pass, buffers.stream[entry], buffers.normed);
  linear(pass, unembed, buffers.normed, buffers.lens);
  return floats.slice(buffers.lens.at, buffers.lens.at + unembed.outputs);
}

/** What a head would read, such as that of a classifier. @param {import("./operations.js").Pass} pass over one position
 * @returns {Float32Array} final_norm(stream) after the last block, a copy
 */
export function finalHidden(pass) {
  const { buffers: { normed, stream }, config: { d_model, n_layers }, from, memory: { floats } } = pass;
  finalNorm(pass, stream[n_layers], normed);
  const at = normed.at + from * d_model;
  return floats.slice(at, at + d_model);
}
