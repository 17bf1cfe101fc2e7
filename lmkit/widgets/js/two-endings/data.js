/** What Python sent, checked, and what the reader sees of it. Pure.
 *
 * @typedef {object} Endings
 * @property {string[]} words every character visible, with the first ending in its place
 * @property {string[]} endings two
 * @property {number[][]} shares for each ending, what the word gives to each word, 0 to 1
 * @property {number} word the place of the word that looks
 * @property {number} to that of the word by which the head was chosen
 * @property {number} place that of the ending
 * @property {number[]} head layer, head, and how many there are
 * @property {string} label of the model
 */
import { legible, MARK, percent, visible } from "../shared/text.js";

/** @param {{get: (name: string) => any}} model @returns {Endings} */
export function readEndings(model) {
  const [words, endings] = ["words", "endings"].map((name) => model.get(name).map(visible));
  const [shares, word, to, place, head] = ["shares", "word", "to", "place", "head"].map((name) => model.get(name));
  if (endings.length !== 2 || shares.length !== 2) throw new Error("there must be two endings.");
  if (shares.some((row) => row.length !== words.length)) throw new Error("each word needs one share for each ending.");
  if (![word, to, place].every((i) => i in words)) throw new Error("a word that is named does not exist.");
  return { words, endings, shares, word, to, place, head, label: legible(model.get("label")) };
}

/** The sentence with one of its endings. @param {Endings} data @param {number} ending @returns {string[]} */
export const wordsWith = ({ words, endings, place }, ending) => words.map((word, i) => (i === place ? endings[ending] : word));

const quote = (word) => `“${MARK}${word}${MARK}”`;

/** The three largest shares, with what comes before them. Words stand between MARKs.
 * @param {Endings} data @param {number} ending @returns {[string, string]}
 */
export function sentence(data, ending) {
  const words = wordsWith(data, ending);
  const shares = data.shares[ending];
  const best = [...shares.keys()].sort((a, b) => shares[b] - shares[a]).slice(0, 3);
  const list = best.map((i) => `${percent(shares[i])} on ${quote(words[i])}`);
  return [`With ${quote(data.endings[ending])}: `, `from ${quote(words[data.word])}, ${list.join(", ")}.`];
}

/** Which head it is. @param {Endings} data @returns {string} */
export function chosenBy({ words, endings, word, to, head: [, , heads] }) {
  return `Of its ${heads} heads, the one that looks most from ${quote(words[word])} to ${quote(words[to])} with ${quote(endings[0])}.`;
}
