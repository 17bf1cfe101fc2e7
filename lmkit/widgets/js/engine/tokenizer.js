/** The tokenizer of a packed model. */
import { BYTES, encode, hex, makeTokenizer, textOf } from "../shared/bpe.js";

/** @typedef {object} Tokenizer
 * @property {string[]} special the special tokens, by id: they come first, and no text produces them
 * @property {(text: string) => number[]} encode half a surrogate pair counts as U+FFFD
 * @property {(ids: ArrayLike<number>) => string} decode bytes that are no UTF-8 show as U+FFFD
 * @property {(ids: ArrayLike<number>) => string[]} pieces each token for itself; one that ends within a character shows
 * its bytes: "<E4B8>"
 */

/** @param {{special_tokens: string[], merges: [string, string][]}} facts the bytes of both halves of each merge, in hex
 * @returns {Tokenizer}
 */
export function readTokenizer({ special_tokens: special, merges }) {
  if (!special || !merges) throw new Error("This file has no tokenizer: pack the model with lmkit.shelf.packing.pack.");
  const bpe = makeTokenizer("", special.length, pairsOf(merges));
  const tokens = [...special.map((name) => new TextEncoder().encode(name)), ...bpe.tokens];
  const bytesOf = (id) => tokens[id] ?? refuse(id, tokens.length);
  const utf8 = new TextDecoder("utf-8", { ignoreBOM: true });
  return {
    special,
    encode: (text) => encode(bpe, text).map((index) => index + special.length),
    decode: (ids) => utf8.decode(Uint8Array.from(Array.from(ids).flatMap((id) => [...bytesOf(id)]))),
    pieces: (ids) => Array.from(ids, (id) => textOf(bytesOf(id)) ?? `<${hex(bytesOf(id), "")}>`),
  };
}

/** @param {[string, string][]} merges @returns {number[][]} their halves by index */
function pairsOf(merges) {
  const index = new Map(BYTES.map((byte, i) => [hex([byte], ""), i]));
  return merges.map((halves, i) => {
    const pair = halves.map((half) => index.get(half.toUpperCase()));
    if (pair.includes(undefined)) throw new Error(`Merge ${i} joins a token that is not there yet: pack the model again with lmkit.shelf.packing.`);
    index.set(halves.join("").toUpperCase(), 256 + i);
    return pair;
  });
}

/** @param {number} id @param {number} size @returns {never} */
function refuse(id, size) {
  throw new Error(`${id} is no token of this vocabulary, 0 to ${size - 1}: decode with the tokenizer that encoded.`);
}
