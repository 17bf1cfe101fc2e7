/** What Python sent, checked, and what the classifier answers. */
import { loadModel } from "../engine/model.js";
import { readSized, toFloats } from "../shared/codec.js";
import { clamp } from "../shared/math.js";
import { legible } from "../shared/text.js";
import { isMade, slotsOf } from "./swapping.js";

/** @typedef {object} Stories
 * @property {string[]} texts @property {number[]} labels 0 or 1, what is true of each
 * @property {string[]} classes two
 * @property {import("./swapping.js").Slot[][]} slots of each text
 * @property {import("./swapping.js").Words} words
 *
 * @typedef {(text: string) => number} Ask the probability of the second class
 *
 * @typedef {{swap: [string, string], share: number, queries: number}} Step what came of a swap: the share of the truth,
 *   and how many texts had been asked about by then
 *
 * @typedef {object} State
 * @property {number} story @property {[string, string][]} swaps
 * @property {number} slot the word that is looked at; -1: none yet
 * @property {number} place which of its occurrences has the focus, among all words that can be swapped
 * @property {number} queries @property {Step[]} trail
 * @property {boolean} running @property {string} told what became of an attack @property {boolean} table
 */

const STORY = "<|story|>";
export const FRESH = { swaps: [], slot: -1, place: 0, queries: 0, trail: [], running: false, told: "" };

/** @param {{get: (name: string) => any}} model @returns {Stories} */
export function readStories(model) {
  const [labels, groups, plurals] = ["labels", "groups", "plurals"].map((name) => model.get(name));
  const [texts, classes] = ["texts", "classes"].map((name) => model.get(name).map(legible));
  if (classes.length !== 2 || texts.length !== labels.length) throw new Error("there must be two classes, and a label for each story.");
  const words = { groups, plurals };
  return { texts, labels, classes, words, slots: texts.map((text) => slotsOf(text, words)) };
}

/** The classifier: lmkit.learning.finetuning.Classifier, reading the last token. What was asked once is known.
 * @param {{get: (name: string) => any}} model @returns {Ask}
 */
export function readClassifier(model) {
  const { config: { d_model: width }, start, tokenizer } = loadModel(model.get("weights"), { simd: true });
  const head = readSized(model, "head", toFloats, 2 * width + 2);
  const run = start({ capacity: model.get("capacity") });
  const first = tokenizer.special.indexOf(STORY);
  const known = new Map();
  const answer = (text) => {
    run.read([first, ...tokenizer.encode(text)]);
    const hidden = run.hidden(run.length - 1);
    const logit = (row) => hidden.reduce((sum, x, i) => sum + x * head[row * width + i], head[2 * width + row]);
    return 1 / (1 + Math.exp(logit(0) - logit(1)));
  };
  return (text) => {
    if (!known.has(text)) known.set(text, answer(text));
    return known.get(text);
  };
}

/** @param {Stories} stories @returns {(wanted: State) => State} */
export const settleFor = ({ texts, slots, words }) => (wanted) => {
  const story = clamp(wanted.story, texts.length);
  const kept = isMade(texts[story], wanted.swaps, words) ? wanted.swaps : [];
  const slot = slots[story][wanted.slot] ? wanted.slot : -1;
  return { ...wanted, story, slot, swaps: kept.length || !wanted.swaps.length ? kept : FRESH.swaps };
};
