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
