/** What the reader sees now: derived from the state and what the model has read. */
import { logProbability, probabilities } from "../engine/sampling.js";
import { descending } from "../attention-heads/data.js";
import { max, range } from "../shared/math.js";
import { visible } from "../shared/text.js";
import { isIn } from "./data.js";

const MOST_BARS = 8;
const MOST_NEURONS = 8;

/** A token that may stand at the chosen place.
 * @typedef {{id: number, word: string, whole: number, part: number | null, right: boolean}} Guess its share for the whole model,
 *   and with parts switched off
 * @typedef {{name: string, word: string, share: number, right: boolean}} LensRow the likeliest token after a layer
 * @typedef {{neuron: number, value: number, off: boolean}} Neuron
 */

/** @param {any} model @param {import("./data.js").State} state @returns {boolean} is anything asked at the chosen place? */
export const isAsked = ({ config }, { hidden, position }) => config.causal || hidden.includes(position);

/** The token that stands, in truth, where the model guesses. @param {any} model @param {import("./data.js").State} state
 * @param {number[]} ids @returns {number | undefined} its id; of what comes after the end nothing is known
 */
export const rightAt = ({ config }, { position }, ids) => ids[config.causal ? position + 1 : position];

/** How the next token is drawn. @param {any} model @param {import("./data.js").State} state */
export function drawOf({ config }, { temperature, top_k, top_p }) {
  return config.causal ? { temperature, topK: top_k ?? undefined, topP: top_p } : { temperature: 1 };
}

/** What the model expects at the chosen place, the likeliest first: shares to draw from, before and after switching off.
 * @param {any} model @param {import("./reading.js").Reading} reading @param {import("./data.js").State} state @returns {Guess[]}
 */
export function guessesOf(model, { tokens, whole, part }, state) {
  if (!isAsked(model, state)) return [];
  const sharesOf = (side) => probabilities(side.run.logits(state.position), drawOf(model, state));
  const rankedOf = (side) => descending(side.run.logits(state.position));
  const [first, second] = [sharesOf(whole), part && sharesOf(part)];
  const right = rightAt(model, state, tokens.ids);
  const best = rankedOf(whole).slice(0, MOST_BARS);
  const ids = new Set([...best, ...(part ? rankedOf(part).slice(0, 3) : []), ...(right === undefined ? [] : [right])]);
  return [...ids].map((id) => ({
    id, word: wordOf(model, id), whole: first[id], part: second && second[id], right: id === right,
  }));
}

/** @param {any} model @param {number} id @returns {string} */
export const wordOf = ({ tokenizer }, id) => visible(tokenizer.pieces([id])[0]);

/** The likeliest token, and its share. @param {Float32Array} logits @returns {{id: number, share: number}} */
export function likeliest(logits) {
  const id = logits.indexOf(max(...logits));
  return { id, share: Math.exp(logProbability(logits, id)) };
}

/** What each layer would say at the chosen place, if it were the last. @param {any} model
 * @param {import("./reading.js").Reading} reading @param {import("./data.js").State} state @returns {LensRow[]}
 */
export function lensOf(model, { tokens, shown }, state) {
  const right = rightAt(model, state, tokens.ids);
  return range(model.config.n_layers + 1).map((entry) => {
    const { id, share } = likeliest(shown.run.lens(entry, state.position));
    return { name: entry ? `layer ${entry - 1}` : "embedding", word: wordOf(model, id), share, right: id === right };
  });
}

/** The neurons of the chosen layer that say most at the chosen place; before them those that are switched off.
 * @param {import("./reading.js").Reading} reading @param {import("./data.js").State} state @returns {Neuron[]}
 */
export function neuronsOf({ whole, shown }, { layer, position, off }) {
  const [was, is] = [whole, shown].map(({ run }) => Float32Array.from(run.neurons(layer, position)));
  const silent = off.neurons.filter((pair) => pair[0] === layer).map(([, neuron]) => ({ neuron, value: was[neuron], off: true }));
  const loud = descending(is.map(Math.abs)).filter((neuron) => !isIn(off.neurons, layer, neuron)).slice(0, MOST_NEURONS);
  return [...silent, ...loud.map((neuron) => ({ neuron, value: is[neuron], off: false }))];
}
