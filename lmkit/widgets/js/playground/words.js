/** What is seen, in words with numbers. Words of the text stand between MARKs. */
import { count, MARK, percent } from "../shared/text.js";
import { countOff } from "./data.js";
import { isAsked } from "./seen.js";

/** @typedef {import("./seen.js").Guess} Guess @typedef {import("./reading.js").Reading} Reading @typedef {import("./data.js").State} State */

/** @param {string} word */
const quote = (word) => `“${MARK}${word}${MARK}”`;

/** @param {number} nats @returns {string} such as "1.43" */
export const nats = (nats) => nats.toFixed(2);

/** @param {number} change @returns {string} such as "+0.35" */
const signed = (change) => `${change < 0 ? "−" : "+"}${nats(Math.abs(change))}`;

/** @param {import("./data.js").Off} off @returns {string} such as "1 head and 2 neurons" */
export function offSays({ heads, neurons }) {
  return [heads.length && count(heads.length, "head"), neurons.length && count(neurons.length, "neuron")].filter(Boolean).join(" and ");
}

/** How the next token is drawn, where that is not as the model would have it. @param {any} model @param {State} state @returns {string} */
export function drawSays({ config }, { temperature, top_k, top_p }) {
  const said = [temperature !== 1 && `temperature ${temperature}`, top_k !== null && `top-k ${top_k}`, top_p < 1 && `top-p ${top_p}`];
  return config.causal ? said.filter(Boolean).join(", ") : "";
}

/** The chosen place, and what is expected there. @param {any} model @param {Reading} reading @param {State} state @param {Guess[]} guesses
 * @returns {[string, string]}
 */
export function sentence(model, reading, state, guesses) {
  const where = `${model.config.causal ? "After" : "In the place of"} ${quote(reading.tokens.words[state.position])}: `;
  if (!isAsked(model, state)) return [where, "nothing is asked here. Hide the token, and the model says what could stand in its place."];
  return [where, [wholeSays(guesses), partSays(state, guesses), lossSays(model, reading)].filter(Boolean).join(" ")];
}

/** @param {Guess[]} guesses @param {"whole" | "part"} side */
const likeliest = (guesses, side) => guesses.reduce((best, guess) => (guess[side] > best[side] ? guess : best));

/** @param {Guess[]} guesses */
function wholeSays(guesses) {
  const best = likeliest(guesses, "whole");
  const right = guesses.find((guess) => guess.right);
  const truth = right && (right === best ? ", which is right" : `; the right one, ${quote(right.word)}, has ${percent(right.whole)}`);
  return `the model expects ${quote(best.word)}, with ${percent(best.whole)}${truth ?? ""}.`;
}

/** @param {State} state @param {Guess[]} guesses */
function partSays({ off }, guesses) {
  if (!countOff(off)) return "";
  const [best, before] = [likeliest(guesses, "part"), likeliest(guesses, "whole")];
  const same = best === before ? "the same one has" : `it expects ${quote(best.word)}, with`;
  return `Without ${offSays(off)} ${same} ${percent(best.part)}.`;
}

/** @param {any} model @param {Reading} reading */
function lossSays({ config }, { whole, part, tokens }) {
  if (whole.loss === null) return "";
  const asked = config.causal ? count(tokens.ids.length - 1, "token") : count(whole.costs.filter((cost) => cost !== null).length, "hidden token");
  const without = part ? `, and ${nats(part.loss)} without (${signed(part.loss - whole.loss)})` : "";
  return `Loss: ${nats(whole.loss)} nats a token over ${asked}${without}.`;
}
