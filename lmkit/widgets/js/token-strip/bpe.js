/** Byte pair encoding, as in lmkit/text/tokenizer.py, to the same ids. Pure: no page, no state. */
import { toShorts } from "../shared/codec.js";
import { legible } from "../shared/text.js";

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
const BYTES = [...ALL.filter(isPrinted), ...ALL.filter((byte) => !isPrinted(byte))];
const INDEX = new Map(BYTES.map((byte, i) => [byte, i]));

const pairOf = (left, right) => left * 65536 + right;

/** @param {{name: string, special: number, merges: number}[]} outlines
 * @param {import("../shared/codec.js").Binary} data two little-endian 16-bit indices a merge, tokenizer after tokenizer
 * @returns {Tokenizer[]}
 */
export function unpackTokenizers(outlines, data) {
  const halves = toShorts(data);
  const needed = outlines.reduce((sum, { merges }) => sum + 2 * merges, 0);
  if (halves.length !== needed) throw new Error(`merges: there are ${halves.length} halves, it needs ${needed}.`);
  let at = 0;
  return outlines.map(({ name, special, merges }) => {
    const tokens = BYTES.map((byte) => Uint8Array.of(byte));
    const merged = new Map();
    for (const end = at + 2 * merges; at < end; at += 2) {
      const [left, right] = halves.subarray(at);
      merged.set(pairOf(left, right), tokens.length);
      tokens.push(Uint8Array.of(...tokens[left], ...tokens[right]));
    }
    return { name: legible(name), special, tokens, merged };
  });
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

/** @param {Tokenizer} tokenizer @param {Uint8Array} bytes of one word, or of one token
 * @returns {number[][]} the bytes, then what they are after each merge
 */
export function mergeSteps(tokenizer, bytes) {
  const steps = [];
  for (let word = Array.from(bytes, (byte) => INDEX.get(byte)); word; word = mergeOnce(tokenizer, word)) steps.push(word);
  return steps;
}

/** @param {Tokenizer} tokenizer @param {string} text half a surrogate pair in it counts as U+FFFD
 * @returns {number[]} tokens by index
 */
export function encode(tokenizer, text) {
  return splitWords(text).flatMap((word) => mergeSteps(tokenizer, new TextEncoder().encode(word)).at(-1));
}
