/** Byte pair encoding, as in lmkit/text/tokenizer.py, to the same ids. Pure: no page, no state. */
import { toShorts } from "./codec.js";
import { legible } from "./text.js";

/** Tokens are known by index: the 256 bytes, then one token a merge. The id of a token is its index plus `special`.
 * @typedef {object} Tokenizer
 * @property {string} name
 * @property {number} special how many special tokens come before all others; no text produces them
 * @property {Uint8Array[]} tokens the bytes of each token
 * @property {Map<number, number>} merged the token that two tokens side by side become
 */

const SPACE = "\\p{White_Space}"; // \s of JavaScript has other characters
const WORD = new RegExp(`'s|'t|'re|'ve|'m|'ll|'d| ?\\p{L}+| ?\\p{N}+| ?[^${SPACE}\\p{L}\\p{N}]+|${SPACE}+(?!\\P{White_Space})|${SPACE}+`, "gu");

const isPrinted = (byte) => (byte > 32 && byte < 127) || (byte > 160 && byte !== 173);
const ALL = Array.from({ length: 256 }, (_, byte) => byte);

/** The bytes in the order of their tokens: GPT-2's. */
export const BYTES = [...ALL.filter(isPrinted), ...ALL.filter((byte) => !isPrinted(byte))];
const INDEX = new Map(BYTES.map((byte, i) => [byte, i]));

const pairOf = (left, right) => left * 65536 + right;

/** @param {{name: string, special: number, merges: number}[]} outlines
 * @param {import("./codec.js").Binary} data two little-endian 16-bit indices a merge, tokenizer after tokenizer
 * @returns {Tokenizer[]}
 */
export function unpackTokenizers(outlines, data) {
  const halves = toShorts(data);
  const needed = outlines.reduce((sum, { merges }) => sum + 2 * merges, 0);
  if (halves.length !== needed) throw new Error(`merges: there are ${halves.length} halves, it needs ${needed}.`);
  let at = 0;
  return outlines.map(({ name, special, merges }) => {
    const pairs = Array.from({ length: merges }, () => [halves[at++], halves[at++]]);
    return makeTokenizer(legible(name), special, pairs);
  });
}

/** @param {string} name @param {number} special @param {number[][]} pairs the indices that each merge joins @returns {Tokenizer} */
export function makeTokenizer(name, special, pairs) {
  const tokens = BYTES.map((byte) => Uint8Array.of(byte));
  const merged = new Map();
  for (const [left, right] of pairs) {
    merged.set(pairOf(left, right), tokens.length);
    tokens.push(Uint8Array.of(...tokens[left], ...tokens[right]));
  }
  return { name, special, tokens, merged };
}

/** Words with the space before them; no merge joins two. @param {string} text @returns {string[]} */
export function splitWords(text) {
  return text.match(WORD) ?? [];
}

/** The earliest learned merge that fits, wherever it fits, from the left.
 * @param {Tokenizer} tokenizer @param {number[]} word tokens by index @returns {number[] | null} null: no merge fits
 */
function mergeOnce({ merged }, word) {
  const at = (i) => merged.get(pairOf(word[i], word[i + 1])) ?? Infinity;
  const earliest = word.reduce((least, _, i) => Math.min(least, at(i)), Infinity);
  if (earliest === Infinity) return null;
  const next = [];
  for (let i = 0; i < word.length; i++) {
    if (at(i) === earliest) next.push(earliest), i++;
    else next.push(word[i]);
  }
  return next;
}

/** @param {Uint8Array} bytes @returns {number[]} the tokens before any merge */
const spell = (bytes) => Array.from(bytes, (byte) => INDEX.get(byte));

/** @param {Tokenizer} tokenizer @param {Uint8Array} bytes of one word, or of one token
 * @returns {number[][]} the bytes, then what they are after each merge
 */
export function mergeSteps(tokenizer, bytes) {
  const steps = [];
  for (let word = spell(bytes); word; word = mergeOnce(tokenizer, word)) steps.push(word);
  return steps;
}

/** All merges of a word: the last of its steps, without reading the word again for each merge. A token stands where its
 * first byte stood, and finds its neighbors through `before` and `after`; each pair waits under the token that it makes.
 * @param {Tokenizer} tokenizer @param {Uint8Array} bytes @returns {number[]}
 */
function mergeWord({ merged }, bytes) {
  const word = spell(bytes); // what was merged into the token before it becomes undefined; so is what lies outside
  const before = word.map((_, i) => i - 1);
  const after = word.map((_, i) => i + 1);
  const made = (left) => merged.get(pairOf(word[left], word[after[left]])); // undefined: no merge, or no pair
  const waiting = new Map();
  const wait = (left) => {
    const token = made(left);
    if (token === undefined) return;
    if (!waiting.has(token)) waiting.set(token, []);
    waiting.get(token).push(left);
  };
  word.forEach((_, left) => wait(left));
  while (waiting.size) {
    const earliest = Math.min(...waiting.keys());
    const places = waiting.get(earliest).sort((a, b) => a - b);
    waiting.delete(earliest);
    for (const left of places) {
      if (made(left) !== earliest) continue; // it has lost a half by then
      const right = after[left];
      word[left] = earliest;
      word[right] = undefined;
      after[left] = after[right];
      before[after[right]] = left;
      wait(before[left]);
      wait(left);
    }
  }
  return word.filter((token) => token !== undefined);
}

/** @param {Tokenizer} tokenizer @param {string} text half a surrogate pair in it counts as U+FFFD
 * @returns {number[]} tokens by index
 */
export function encode(tokenizer, text) {
  const known = new Map(); // a story says the same words again and again
  return splitWords(text).flatMap((word) => {
    if (!known.has(word)) known.set(word, mergeWord(tokenizer, new TextEncoder().encode(word)));
    return known.get(word);
  });
}

const UTF8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** @param {Uint8Array} bytes @returns {string | null} null where a character begins or ends elsewhere */
export function textOf(bytes) {
  try {
    return UTF8.decode(bytes);
  } catch {
    return null;
  }
}

/** @param {Uint8Array} bytes @param {string} between @returns {string} such as "E4 B8" */
export function hex(bytes, between) {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0").toUpperCase()).join(between);
}
