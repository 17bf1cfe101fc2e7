import { legible } from "../shared/text.js";

/** What Python sent. What can be chosen is in the store, and these are its names there and in Python. */
export const LINKED = ["text", "off", "layer", "head", "position", "hidden", "temperature", "top_k", "top_p", "seed"];

export const MOST_CHARACTERS = 2000; // of a text: every keystroke stays quick

/** @typedef {{heads: [number, number][], neurons: [number, number][]}} Off layer and number of each that is switched off
 *
 * @typedef {object} State
 * @property {string} text
 * @property {import("./tokens.js").Exact | null} exact the tokens of a text that the model has written
 * @property {Off} off
 * @property {number} layer @property {number} head
 * @property {number} position of the chosen token
 * @property {number[]} hidden positions that a masked model does not see
 * @property {number} temperature @property {number | null} top_k @property {number} top_p @property {number} seed
 * @property {boolean} running the model writes on
 * @property {string | null} ended the text after which the model had nothing more to say
 * @property {{row: number, column: number} | null} cell under the pointer, see attention-heads
 * @property {boolean} lines @property {boolean} table
 * @property {string} told what the link button has to say
 * @property {number} width of the figure
 */

/** The state that Python wants. @param {{get: (name: string) => any}} model @returns {any} */
export function firstState(model) {
  const chosen = Object.fromEntries(LINKED.map((name) => [name, model.get(name)]));
  return { ...chosen, exact: null, running: false, ended: null, cell: null, lines: false, table: false, told: "", width: 0 };
}

/** @param {{get: (name: string) => any}} model @returns {string[]} texts to begin with */
export const readBeginnings = (model) => model.get("beginnings").map(legible);

/** @param {Off} off @returns {number} of parts */
export const countOff = ({ heads, neurons }) => heads.length + neurons.length;

/** @param {[number, number][]} pairs @param {number} layer @param {number} i */
export const isIn = (pairs, layer, i) => pairs.some((pair) => pair[0] === layer && pair[1] === i);

/** With a part switched off, or on again. @param {Off} off @param {"heads" | "neurons"} kind @param {number} layer @param {number} i
 * @returns {Off}
 */
export function toggled(off, kind, layer, i) {
  const others = off[kind].filter((pair) => pair[0] !== layer || pair[1] !== i);
  return { ...off, [kind]: others.length < off[kind].length ? others : [...off[kind], [layer, i]] };
}
