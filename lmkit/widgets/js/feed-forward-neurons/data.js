import { fromHalf, readSized, toBytes, toFloats, toShorts } from "../shared/codec.js";
import { legible, visible } from "../shared/text.js";

/** What Python sent, checked. A name is a token by its id. Arrays run layer by layer, neuron by neuron.
 * @typedef {object} Neurons
 * @property {number} layers @property {number} neurons in each layer
 * @property {number} passages of each neuron @property {number} window tokens of a passage @property {number} top
 * @property {number} texts in the corpus
 * @property {string[]} names every token of the vocabulary
 * @property {Uint16Array} heard names of the tokens of each passage, or OUTSIDE
 * @property {Float32Array} peaks the highest activation of each neuron
 * @property {Uint8Array} levels round(255 sqrt(a / peak)) of each token of each passage
 * @property {Uint16Array} written names: `top` that a neuron raises, then `top` that it lowers
 * @property {Float32Array} logits of the same, for an activation of 1
 * @property {string[]} scoreNames @property {Float32Array} scores score by score
 */

export const BEFORE = 11; // tokens of a passage before the one where the neuron fires hardest
export const OUTSIDE = 65535; // where the text of a passage is over

/** @param {{get: (name: string) => any}} model @returns {Neurons} */
export function readNeurons(model) {
  const { layers, neurons, passages, window, top, texts } = model.get("shape");
  const count = layers * neurons;
  const sized = (name, read, length) => readSized(model, name, read, length);
  const scoreNames = model.get("score_names").map(legible);
  return {
    layers, neurons, passages, window, top, texts, scoreNames,
    names: model.get("names").map(visible),
    peaks: sized("peak_values", fromHalf, count),
    heard: sized("passage_names", toShorts, count * passages * window),
    levels: sized("passage_levels", toBytes, count * passages * window),
    written: sized("written_names", toShorts, count * 2 * top),
    logits: sized("written_values", fromHalf, count * 2 * top),
    scores: sized("scores", toFloats, count * scoreNames.length),
  };
}
