/** What is asked, and how far off a guess is. Pure.
 *
 * @typedef {object} Question
 * @property {"pick" | "several" | "number" | "draw"} kind
 * @property {string} question @property {string[]} choices @property {string} unit
 * @property {{low: number, high: number}} ends of the axis to draw on
 *
 * @typedef {object} State
 * @property {number[]} guess choices by their numbers, one number, or one a place; empty: none yet
 * @property {boolean} done it is given, and the answer may be seen
 * @property {number[]} answer the same for what is right; empty: not known yet
 */
import { abs, max, min } from "../shared/math.js";
import { grouped, legible } from "../shared/text.js";

/** @param {any} model @returns {Question} */
export function readQuestion(model) {
  const [kind, question, choices, unit, ends] = ["kind", "question", "choices", "unit", "ends"].map((name) => model.get(name));
  return { kind, question: legible(question), choices: choices.map(legible), unit: legible(unit), ends };
}

/** A number as people type it: "1,200", "0,5", "12 %". @param {string} text @returns {number[]} none where it is none */
export function parseNumber(text) {
  const plain = text.replace(/[\s%]/g, "").replace(/,(?=\d{3}(\D|$))/g, "").replace(",", ".");
  return plain && Number.isFinite(+plain) ? [+plain] : [];
}

/** A whole number in full, any other to three digits that count. @param {number} value @param {string} [unit] */
export function show(value, unit = "") {
  const says = Number.isInteger(value) ? grouped(value) : value.toLocaleString("en", { maximumSignificantDigits: 3 });
  return says + (unit && `\u00a0${unit}`);
}

/** How far off: by a factor, or where that says little, by the difference. @param {number} you @param {number} is @param {string} unit */
export function farOff(you, is, unit) {
  if (show(you) === show(is)) return "exactly";
  const way = you > is ? "too high" : "too low";
  const factor = max(you, is) / min(you, is);
  if (unit === "%") return `${way} by ${show(+abs(you - is).toFixed(1), "points")}`;
  if (min(you, is) <= 0) return `${way} by ${show(abs(you - is), unit)}`;
  return factor < 1.1 ? `${way} by ${show(100 * factor - 100, "%")}` : `${way} by a factor of ${show(+factor.toPrecision(2))}`;
}

/** Where a curve is furthest off: by the factor on an axis that begins above 0, else by the difference.
 * @param {number[]} guess @param {number[]} answer @param {number} low of the axis @returns {number} the place
 */
export function furthest(guess, answer, low) {
  const off = guess.map((you, i) => (low > 0 ? abs(Math.log(you / max(low, answer[i]))) : abs(you - answer[i])));
  return off.indexOf(max(...off));
}

/** What the guess was, what is right, how far off. @param {Question} question @param {State} state @returns {string} */
export function says({ kind, choices, unit, ends }, { guess, done, answer }) {
  if (!done) return "";
  if (!answer.length) return "Now run the next cell: it finds the answer.";
  if (kind === "number") return compared(guess[0], answer[0], unit);
  if (kind === "draw") {
    const i = furthest(guess, answer, ends.low);
    return `Furthest off at ${choices[i]}. ${compared(guess[i], answer[i], unit)}`;
  }
  const [mine, right] = [guess, answer].map((all) => all.map((i) => `“${choices[i].replace(/\.$/, "")}”`).join(", ") || "none");
  return mine === right ? `You said ${mine}. So it is.` : `You said ${mine}. Right is ${right}.`;
}

/** Both in one sentence. @param {number} you @param {number} is @param {string} unit */
export const compared = (you, is, unit) => `You said ${show(you)}, it is ${show(is, unit)}: ${farOff(you, is, unit)}.`;
