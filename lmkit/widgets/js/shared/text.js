import { abs, round } from "./math.js";

const MARKS = { " ": "␣", "\n": "↵", "\t": "⇥" };
// Blanks, control and zero-width characters, and direction overrides; not the joiners that emoji and many scripts need.
const UNSEEN = /[\0- \x7f-\xa0\xad\u061c\u1680\u180e\u2000-\u200b\u200e\u200f\u2028-\u202f\u205f-\u2069\u3000\u3164\ufeff]/g;

/** A token as it can be seen: each blank or unseen character gets a mark, nothing at all gets ∅.
 * @param {string} token @returns {string} holds no blank
 */
export function visible(token) {
  return token.replace(UNSEEN, (character) => MARKS[character] ?? codePoint(character)) || "∅";
}

// Of these what acts on the text around it: in a name, blanks stay blanks.
const ACTING = /[\0-\x1f\x7f-\x9f\xad\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g;

/** A name that Python gives, such as a title or that of a score, as it can be seen. @param {string} name @returns {string} */
export function legible(name) {
  return name.replace(ACTING, codePoint);
}

/** A legible name that keeps its direction to itself: else a Hebrew one would change places with the numbers beside it.
 * @param {string} name @returns {string} between U+2068 and U+2069; nothing stays nothing
 */
export const isolated = (name) => name && `\u2068${name}\u2069`;

/** @param {string} character @returns {string} such as "‹200b›" */
function codePoint(character) {
  return `‹${character.charCodeAt(0).toString(16).padStart(4, "0")}›`;
}

const PLAIN = /^[ -~]*$/; // printable ASCII: here each unit is a character

/** The characters of a text as a reader counts them: an emoji or an accented letter is one. Plain text does
 * without the browser's segmenter: to make the first one takes tens of milliseconds, in which the page stands still.
 * @param {string} text @returns {string[]}
 */
export function charactersOf(text) {
  return PLAIN.test(text) ? text.split("") : Array.from(new Intl.Segmenter().segment(text), ({ segment }) => segment);
}

/** At most so many characters as a reader counts them. @param {string} text @param {number} most @returns {string} */
export function shorten(text, most) {
  if (text.length <= most) return text;
  const characters = charactersOf(text);
  return characters.length <= most ? text : characters.slice(0, most - 1).join("") + "…";
}

/** A share in per cent, with a decimal only where it matters. @param {number} p 0 to 1 @returns {string} */
export function percent(p) {
  const value = 100 * p;
  if (value >= 9.95) return `${round(value)}\u00a0%`;
  if (value >= 0.05) return `${value.toFixed(1).replace(".0", "")}\u00a0%`;
  return value > 0 ? "<\u00a00.1\u00a0%" : "0\u00a0%";
}

/** A change of a share, in percentage points, with its sign. @param {number} change -1 to 1 @returns {string} */
export function points(change) {
  const value = round(100 * change);
  return value === 0 ? "0" : `${value > 0 ? "+" : "−"}${abs(value)}`;
}

/** A whole number with its thousands set apart: "1,200". Not by toLocaleString: its first use, too, takes tens of
 * milliseconds. @param {number} n @returns {string}
 */
export const grouped = (n) => String(n).replace(/\B(?=(\d{3})+$)/g, ",");

/** @param {number} n @param {string} noun @returns {string} "1 layer", "6 layers", "1,200 tokens" */
export const count = (n, noun) => `${grouped(n)} ${noun}${n === 1 ? "" : "s"}`;

/** How a head is called, in words and pictures alike; from 0. @param {number} layer @param {number} head @returns {string} "L1 · H10" */
export const headName = (layer, head) => `L${layer} · H${head}`;

/** How a neuron is called. @param {number} layer @param {number} neuron @returns {string} "L3 · 508" */
export const neuronName = (layer, neuron) => `L${layer} · ${neuron}`;

/** Stands around a word in a sentence; no visible word holds it. */
export const MARK = "\u0001";
