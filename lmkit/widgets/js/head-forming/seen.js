/** What is seen of a model in training: one text that it does not learn from, and where its heads look on it. */
import { range } from "../shared/math.js";
import { likeliest, rowOf } from "./training.js";
import { FIRST, LENGTH } from "./texts.js";

/** @typedef {object} Seen
 * @property {any} state @property {import("./run.js").Run} run @property {import("./run.js").Run | null} before
 * @property {string[]} words @property {number} query the chosen one
 * @property {Float32Array[]} heads of each layer: a row for each query, a share for each key
 * @property {{word: string, share: number, right: string | null}} says what it expects after the chosen word; right: null, where
 *   nobody can know
 */

/** @param {import("./run.js").Run} run @param {import("./run.js").Run | null} before @param {any} state @returns {Seen} */
export function seenIn(run, before, state) {
  const { network, readHeldOut } = run.training;
  readHeldOut();
  const { query } = state;
  const p = rowOf(network, network.p, query);
  const best = likeliest(p);
  const answer = network.answers[query];
  return {
    state, run, before, query,
    words: range(LENGTH).map((place) => letterOf(network.inputs[place])),
    heads: network.attention.map(({ at }) => network.memory.floats.subarray(at, at + LENGTH * LENGTH)),
    says: { word: letterOf(best), share: p[best], right: answer < 0 ? null : letterOf(answer) },
  };
}

/** @param {number} word @returns {string} */
export const letterOf = (word) => String.fromCharCode(97 + word);

/** The share that the chosen word gives to each word, in a layer. @param {Seen} seen @param {number} layer */
export const sharesIn = ({ heads, query }, layer) => heads[layer].subarray(query * LENGTH, (query + 1) * LENGTH);

/** What followed the same word before. @param {string[]} words @param {number} query @returns {number[]} */
const followers = (words, query) => range(query).filter((place) => words[place] === words[query]).map((place) => place + 1);

/** Where a layer would have to look: the last one at what followed the same word before; one below it at the word before,
 * as long as words come for the first time, so that they know it when they are looked for. @param {Seen} seen @param {number} layer @param {number} query
 * @returns {number[]}
 */
export function wanted({ words, heads }, layer, query) {
  if (layer === heads.length - 1) return followers(words, query);
  return query > 0 && query < FIRST ? [query - 1] : [];
}
