import { generator, probabilities, sample } from "../engine/sampling.js";
import { readSized, toFloats } from "../shared/codec.js";
import { clamp, max, min, range } from "../shared/math.js";
import { count, grouped, legible, MARK, percent, visible } from "../shared/text.js";

export const BARS = 12;
const DRAWS = 10;

/** What Python sent, checked.
 * @typedef {{texts: string[], words: string[], logits: Float32Array, label: string}} Choices
 * @typedef {{text: number, temperature: number, top_k: number | null, top_p: number, min_p: number, seed: number, drawn: boolean, table: boolean}} State
 *
 * @typedef {object} Row
 * @property {string} word @property {number} own what the model says, at temperature 1 @property {number} share what is drawn from
 *
 * @typedef {object} Seen
 * @property {Choices} choices @property {State} state
 * @property {Row[]} rows the most probable first @property {Row} rest all others together
 * @property {number} kept how many may be drawn @property {string[]} drawn
 */

/** @param {{get: (name: string) => any}} model @returns {Choices} */
export function readChoices(model) {
  const texts = model.get("texts").map(legible);
  const words = model.get("words").map(visible);
  return { texts, words, logits: readSized(model, "logits", toFloats, texts.length * words.length), label: legible(model.get("label")) };
}

/** As lmkit.model.sampling: min-p comes last, and asks for a share of the largest. @param {ArrayLike<number>} logits
 * @param {State} state @returns {Float64Array}
 */
export function sharesOf(logits, { temperature, top_k: topK, top_p: topP, min_p: minP }) {
  const shares = probabilities(logits, { temperature, topK, topP });
  const most = shares.reduce((a, b) => max(a, b), 0);
  const kept = shares.map((p) => (p < minP * most ? 0 : p));
  const total = kept.reduce((a, b) => a + b, 0);
  return kept.map((p) => p / total);
}

/** @param {Choices} choices @param {State} state @returns {Seen} */
export function seenIn(choices, state) {
  const { words, logits } = choices;
  const mine = logits.subarray(state.text * words.length, (state.text + 1) * words.length);
  const own = probabilities(mine);
  const shares = sharesOf(mine, state);
  const order = range(words.length).sort((a, b) => mine[b] - mine[a] || a - b);
  const rows = order.slice(0, BARS).map((i) => ({ word: words[i], own: own[i], share: shares[i] }));
  const others = order.slice(BARS);
  const sum = (values) => others.reduce((total, i) => total + values[i], 0);
  const next = generator(state.seed);
  return {
    choices, state, rows,
    rest: { word: count(others.length, "other"), own: sum(own), share: sum(shares) },
    kept: shares.filter((p) => p > 0).length,
    drawn: state.drawn ? range(DRAWS).map(() => words[sample(shares, next())]) : [],
  };
}

/** @param {Choices} choices @returns {(wanted: State) => State} */
export const settleFor = ({ texts }) => (wanted) => ({
  ...wanted,
  text: clamp(wanted.text, texts.length),
  temperature: max(0, min(3, wanted.temperature)),
  top_p: max(0.01, min(1, wanted.top_p)),
  min_p: max(0, min(1, wanted.min_p)),
});

/** What is seen, with its numbers. @param {Seen} seen @returns {string} */
export function sentence({ choices, rows, rest, kept, drawn }) {
  const [first] = rows;
  const best = `First comes “${MARK}${first.word}${MARK}” with ${percent(first.share)} (the model says ${percent(first.own)}).`;
  const left = `${count(kept, "token")} of ${grouped(choices.words.length)} may be drawn; the ${rest.word} get ${percent(rest.share)} together.`;
  const said = drawn.length ? ` Drawn: ${drawn.map((word) => `${MARK}${word}${MARK}`).join(" · ")}` : "";
  return `${best} ${left}${said}`;
}
