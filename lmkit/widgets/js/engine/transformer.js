/** The transformer, as lmkit.model.transformer: a stream of vectors that every block reads and adds to. */
import { attend } from "./attention.js";
import { feedForward } from "./feed-forward.js";
import { add, copy, linear, norm } from "./operations.js";
import { addLearnedPositions } from "./positions.js";

/** Computes the new positions of a pass, from their tokens to their logits.
 * @param {import("./operations.js").Pass} pass @param {number[]} ids all tokens, also those read before
 */
export function forward(pass, ids) {
  const { buffers, config, weights } = pass;
  embed(pass, ids);
  for (let layer = 0; layer < config.n_layers; layer++) block(pass, layer);
  if (!weights.unembed) return;
  finalNorm(pass, buffers.stream[config.n_layers], buffers.normed);
  linear(pass, weights.unembed, buffers.normed, buffers.logits);
}

/** @param {import("./operations.js").Pass} pass @param {number[]} ids */
function embed(pass, ids) {
  const { buffers: { stream: [first] }, config: { d_model, positions }, from, memory, rows, weights } = pass;
  for (let position = from; position < from + rows; position++) {
    const token = weights.embed + ids[position] * d_model;
    memory.floats.copyWithin(first.at + position * d_model, token, token + d_model);
  }
  if (positions === "learned") addLearnedPositions(pass);
  if (weights.embedNorm) norm(pass, weights.embedNorm, first, first);
}

/** Attention, then feed-forward. Norms come before each (GPT-2, Llama) or after each addition (BERT).
 * @param {import("./operations.js").Pass} pass @param {number} layer
 */
function block(pass, layer) {
  const { buffers: { normed, stream, written }, config, weights } = pass;
  const { attentionNorm, feedForwardNorm } = weights.blocks[layer];
  const [before, after] = [stream[layer], stream[layer + 1]];
  if (config.norm_first) {
    norm(pass, attentionNorm, before, normed);
    attend(pass, layer, normed);
    add(pass, before, written, after);
    norm(pass, feedForwardNorm, after, normed);
    feedForward(pass, layer, normed);
    add(pass, after, written, after);
  } else {
    attend(pass, layer, before);
    add(pass, before, written, normed);
    norm(pass, attentionNorm, normed, normed);
    feedForward(pass, layer, normed);
    add(pass, normed, written, normed);
    norm(pass, feedForwardNorm, normed, after);
  }
}

/** What the unembedding reads. @param {import("./operations.js").Pass} pass
 * @param {import("./kernel/index.js").Matrix} x @param {import("./kernel/index.js").Matrix} y
 */
export function finalNorm(pass, x, y) {
  if (pass.weights.finalNorm) norm(pass, pass.weights.finalNorm, x, y);
  else copy(pass, x, y);
}
