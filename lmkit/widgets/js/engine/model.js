/** The engine: a transformer's forward pass in the page, on the same weights as in Python. It knows no page and no figure. */
import { checkConfig } from "./config.js";
import { loadKernel } from "./kernel/index.js";
import { readPacked } from "./packed.js";
import { Run } from "./run.js";
import { readTokenizer } from "./tokenizer.js";
import { placeWeights } from "./weights.js";

/** @typedef {object} Model
 * @property {import("./config.js").Config} config
 * @property {Record<string, any>} card how the model came to be
 * @property {import("./tokenizer.js").Tokenizer} tokenizer
 * @property {"simd" | "javascript"} kernel
 * @property {(wish: {capacity: number}) => Run} start makes buffers for up to so many tokens. They live as long as the
 * model: use a run again and again
 */

/** @param {import("../shared/codec.js").Binary} bytes what lmkit.shelf.packing wrote
 * @param {{simd?: boolean}} [wish] false: plain JavaScript, also where the browser has SIMD @returns {Model}
 */
export function loadModel(bytes, wish) {
  const { facts, tensors, ...packed } = readPacked(bytes);
  if (facts.stacks) throw new Error("This model has an encoder and a decoder, and a page runs one stack: trace it in Python.");
  const config = checkConfig(packed.config);
  const { kernel, memory } = loadKernel(wish);
  const parts = { config, kernel, memory, weights: placeWeights(config, tensors, memory) };
  return {
    config,
    card: facts.card,
    tokenizer: readTokenizer(facts),
    kernel: kernel.name,
    start: ({ capacity } = {}) => new Run(parts, capacity),
  };
}
