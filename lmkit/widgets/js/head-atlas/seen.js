/** What the reader sees now: derived from the state, never stored. Pure.
 *
 * @typedef {object} State
 * @property {number} layer @property {number} head
 * @property {string} x @property {string} y the names of two scores
 * @property {[number, number][]} selected layer and head of several heads
 * @property {boolean} table @property {number} width
 *
 * @typedef {import("./data.js").Atlas} Atlas
 * @typedef {{word: string, share: number, isQuery: boolean, isKey: boolean}} Word of a passage, and what the query gives to it
 * @typedef {{word: string, amount: number}} Amount
 * @typedef {{words: Word[], share: number, raises: Amount[]}} Passage share: from query to key
 *
 * @typedef {object} Seen
 * @property {Atlas} atlas @property {State} state
 * @property {number} index of the chosen head
 * @property {number[]} several the selected heads
 * @property {number} x @property {number} y which scores
 */
import { shareOf } from "../shared/codec.js";
import { ceil, clamp, max, min, range } from "../shared/math.js";
import { headName, MARK, percent } from "../shared/text.js";

/** @param {Atlas} atlas @param {State} state @returns {Seen} */
export function seenIn(atlas, state) {
  const index = state.layer * atlas.heads + state.head;
  const several = state.selected.map(([layer, head]) => layer * atlas.heads + head);
  const [x, y] = [state.x, state.y].map((name) => atlas.scoreNames.indexOf(name));
  return { atlas, state, index, several, x, y };
}

/** Makes any wanted state one that can be shown. @param {Atlas} atlas @returns {(wanted: State) => State} */
export function settleFor({ layers, heads, scoreNames }) {
  const exists = ([layer, head]) => layer >= 0 && layer < layers && head >= 0 && head < heads;
  const known = (name) => (scoreNames.includes(name) ? name : scoreNames[0]);
  return (wanted) => ({
    ...wanted,
    layer: clamp(wanted.layer, layers),
    head: clamp(wanted.head, heads),
    x: known(wanted.x),
    y: known(wanted.y),
    selected: wanted.selected.every(exists) ? wanted.selected : wanted.selected.filter(exists),
  });
}

/** @param {Atlas} atlas @param {number} index @returns {{layer: number, head: number}} */
export const headAt = ({ heads }, index) => ({ layer: Math.floor(index / heads), head: index % heads });

/** @param {Atlas} atlas @param {number} index */
export function nameAt(atlas, index) {
  const { layer, head } = headAt(atlas, index);
  return headName(layer, head);
}

/** The selected heads, with one more, or without it. @param {State} state @returns {{selected: [number, number][]}} */
export function turn({ layer, head, selected }) {
  const rest = selected.filter(([l, h]) => l !== layer || h !== head);
  return { selected: rest.length < selected.length ? rest : [...selected, [layer, head]] };
}

const TARGETS = {
  previous: "the token before", next: "the token after", itself: "itself", first: "the first token", special: "special tokens",
  same: "the same token elsewhere", induction: "what followed the same token before",
};
const UNITS = { distance: "tokens", entropy: "bits" };

/** What a score is called in full. @param {string} name */
export const longName = (name) => (TARGETS[name] ? `to ${TARGETS[name]}` : UNITS[name] ? `${name}, in ${UNITS[name]}` : name);

/** A value of a score as a mark at an axis. @param {string} name @param {number} value */
export const tickName = (name, value) => (TARGETS[name] ? `${+(100 * value).toFixed(1)}\u00a0%` : `${+value.toFixed(2)}`);

/** A mean with its interval, to as many places as that makes known. @param {string} name @param {number} mean @param {number} reach */
export function valueOf(name, mean, reach) {
  const times = TARGETS[name] ? 100 : 1;
  const places = min(3, max(1, ceil(-Math.log10(times * reach || 1))));
  const unit = TARGETS[name] ? "\u00a0%" : UNITS[name] ? ` ${UNITS[name]}` : "";
  return `${(times * mean).toFixed(places)} ± ${(times * reach).toFixed(places)}${unit}`;
}

/** One score of a head, with its interval and with what is even. @param {Atlas} atlas @param {number} score @param {number} index */
function scoreSays({ scoreNames, means, reach, evenly }, score, index) {
  const name = scoreNames[score];
  const value = valueOf(name, means[score][index], reach[score][index]);
  const even = TARGETS[name] ? percent(evenly[score]) : evenly[score].toFixed(1);
  const says = { distance: `looks ${value} far`, entropy: `has an entropy of ${value}` }[name];
  return `${says ?? `gives ${value} ${longName(name)}`} (evenly ${even})`;
}

const quote = (word) => `“${MARK}${word}${MARK}”`;

/** The chosen head in words: its two scores, and what it seeks. Words stand between MARKs. @param {Seen} seen @returns {string} */
export function sentence({ atlas, index, x, y }) {
  const scores = [...new Set([y, x])].map((score) => scoreSays(atlas, score, index)).join(", and ");
  const sought = soughtBy(atlas, index).filter(({ amount }) => amount >= 0.0005);
  const seeks = sought.map(({ word, amount }) => `${quote(word)} (+${percent(amount)})`).join(", ");
  return ` ${scores}.${seeks && ` More than evenly goes to ${seeks}.`}`;
}

/** What gets most of a head beyond an even look. @param {Atlas} atlas @param {number} index @returns {Amount[]} */
export function soughtBy({ sought, soughtNames, excess, names }, index) {
  return range(sought).map((i) => index * sought + i).map((at) => ({ word: names[soughtNames[at]], amount: excess[at] }));
}

/** How far some heads look, on average. @param {Atlas} atlas @param {number[]} indices @returns {number[]} a share for each bar */
export function distancesOf({ bins, distances }, indices) {
  return bins.map((_, bar) => indices.reduce((sum, index) => sum + distances[index * bins.length + bar], 0) / indices.length);
}

/** @param {number[]} bins @param {number} bar @returns {string} such as "5–8" */
export function barName(bins, bar) {
  if (bar === bins.length - 1) return `${bins[bar]}+`;
  return bins[bar + 1] === bins[bar] + 1 ? `${bins[bar]}` : `${bins[bar]}–${bins[bar + 1] - 1}`;
}

/** The texts in which a head attends hardest, the hardest first. @param {Atlas} atlas @param {number} index @returns {Passage[]} */
export function passagesOf(atlas, index) {
  const { passages, starts, lengths, queries, keys, tokens, rows, names, written, raisedNames, raised } = atlas;
  return range(passages).map((i) => {
    const at = index * passages + i;
    const words = range(lengths[at]).map((j) => ({
      word: names[tokens[starts[at] + j]], share: shareOf(rows[starts[at] + j]), isQuery: j === queries[at], isKey: j === keys[at],
    }));
    const raises = range(written).map((j) => at * written + j).map((j) => ({ word: names[raisedNames[j]], amount: raised[j] }));
    return { words, share: words[keys[at]]?.share ?? 0, raises };
  });
}

/** Words as they stand in a text: with a blank between two that do not say themselves whether there is one.
 * @param {Word[]} words @returns {string[]}
 */
export function spelled(words) {
  const says = words.some(({ word }) => word.startsWith("␣"));
  return words.map(({ word }, i) => {
    if (says) return word.replaceAll("␣", " ");
    return word.startsWith("##") ? word.slice(2) : (i ? " " : "") + word;
  });
}
