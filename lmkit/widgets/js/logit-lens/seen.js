/** What the reader sees now: derived from the state, never stored. Pure.
 *
 * @typedef {object} State
 * @property {number} layer the chosen entry of the stream: 0 is the embedding
 * @property {number} position
 * @property {number | null} follow the name that is followed through the layers; null: the right next token
 * @property {boolean} table shares in every cell, and no word cut
 *
 * @typedef {{name: number, share: number, rank: number}} Guess a token in a cell; its rank counts from 1, Infinity: unknown
 * @typedef {import("./data.js").Lens} Lens
 *
 * @typedef {object} Seen
 * @property {Lens} lens @property {State} state
 * @property {number} followed the name that is followed
 * @property {Guess[]} trail the followed token, entry by entry
 * @property {Guess[]} guesses of the chosen cell
 */
import { clamp, range } from "../shared/math.js";
import { grouped, MARK, percent } from "../shared/text.js";

/** @param {Lens} lens @param {State} state @returns {Seen} */
export function seenIn(lens, state) {
  const { position } = state;
  const followed = state.follow ?? lens.right[position] ?? topOf(lens, lens.entries - 1, position)[0].name;
  return { lens, state, followed, trail: trailOf(lens, position, followed), guesses: guessesOf(lens, state, followed) };
}

/** Makes any wanted state one that can be shown: a cell that exists, a token that is known there.
 * @param {Lens} lens @returns {(wanted: State) => State}
 */
export function settleFor(lens) {
  return (wanted) => {
    const position = clamp(wanted.position, lens.positions);
    const { follow } = wanted;
    const kept = follow !== lens.right[position] && trailOf(lens, position, follow).some(({ rank }) => rank < Infinity);
    return { ...wanted, layer: clamp(wanted.layer, lens.entries), position, follow: kept ? follow : null };
  };
}

/** The tokens that a cell keeps, the most likely first. @param {Lens} lens @param {number} layer @param {number} position
 * @returns {Guess[]}
 */
export function topOf({ positions, top, topNames, topShares }, layer, position) {
  const start = (layer * positions + position) * top;
  return range(top).map((i) => ({ name: topNames[start + i], share: topShares[start + i], rank: i + 1 }));
}

/** One token in one cell. @param {Lens} lens @param {number} layer @param {number} position @param {number | null} name
 * @returns {Guess}
 */
export function guessOf(lens, layer, position, name) {
  const { entries, positions, right, watched, shares, ranks } = lens;
  const which = [right[position], ...watched].indexOf(name);
  if (which < 0) return topOf(lens, layer, position).find((guess) => guess.name === name) ?? { name, share: 0, rank: Infinity };
  const at = (which * entries + layer) * positions + position;
  return { name, share: shares[at], rank: ranks[at] };
}

/** One token, entry by entry. @param {Lens} lens @param {number} position @param {number | null} name */
export function trailOf(lens, position, name) {
  return range(lens.entries).map((layer) => guessOf(lens, layer, position, name));
}

/** The first tokens of a cell, and those that are known besides: the right one, the watched, the followed; by rank.
 * @param {Lens} lens @param {State} state @param {number} followed
 */
function guessesOf(lens, { layer, position }, followed) {
  const first = topOf(lens, layer, position).map(({ name }) => name);
  const names = new Set([...first, ...lens.right.slice(position, position + 1), ...lens.watched, followed]);
  return [...names].map((name) => guessOf(lens, layer, position, name)).sort((a, b) => a.rank - b.rank || 0);
}

/** @param {number} layer an entry of the stream @returns {string} */
export const nameOf = (layer) => (layer ? `layer ${layer - 1}` : "embedding");

/** @param {Lens} lens @param {Guess} guess @returns {string} such as "1,204", or "> 5" where it is unknown */
export const rankText = ({ top }, { rank }) => (rank < Infinity ? grouped(rank) : `> ${top}`);

/** @param {Guess} guess @returns {string} nothing where it is unknown */
export const shareText = ({ rank, share }) => (rank < Infinity ? percent(share) : "");

/** @param {string} word */
const quote = (word) => `“${MARK}${word}${MARK}”`;

/** The chosen cell in words: where, and what is seen. Words stand between MARKs.
 * @param {Seen} seen @returns {[string, string]}
 */
export function sentence({ lens, state: { layer, position } }) {
  const { names, words, right } = lens;
  const [{ name, share }] = topOf(lens, layer, position);
  const where = `${layer ? `After ${nameOf(layer)}` : "From the embedding"}, at ${quote(words[position])}: `;
  const rest = position in right ? rightSays(lens, layer, position) : "";
  return [where, `the most likely next token is ${quote(names[name])}, ${percent(share)}.${rest}`];
}

/** @param {Lens} lens @param {number} layer @param {number} position */
function rightSays(lens, layer, position) {
  const trail = trailOf(lens, position, lens.right[position]);
  const { name, rank, share } = trail[layer];
  const now = rank === 1
    ? "That is right"
    : `The right one, ${quote(lens.names[name])}, has rank ${rankText(lens, trail[layer])} and ${percent(share)}`;
  const since = trail.findLastIndex((guess) => guess.rank > 1) + 1;
  const first = `it comes first from ${since ? nameOf(since) : "the start"} on`;
  return ` ${now}; ${since < lens.entries ? first : "in the end it does not come first"}.`;
}
