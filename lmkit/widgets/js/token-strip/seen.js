/** What the reader sees now: derived from the state, never stored. Pure.
 *
 * @typedef {object} State
 * @property {string} text
 * @property {number} tokenizer the chosen one
 * @property {number} token the chosen one, by its place in the text
 * @property {boolean} table
 *
 * @typedef {object} Seen
 * @property {State} state
 * @property {import("../shared/bpe.js").Tokenizer} tokenizer
 * @property {number} characters @property {number} bytes of the text
 * @property {number[][]} encodings the text in the tokens of each tokenizer, by index
 * @property {number[]} tokens the text in the tokens of the chosen one
 */
import { encode, hex, textOf } from "../shared/bpe.js";
import { count, visible } from "../shared/text.js";

/** @param {import("../shared/bpe.js").Tokenizer[]} tokenizers @param {State} state @returns {Seen} */
export function seenIn(tokenizers, state) {
  const encodings = tokenizers.map((one) => encode(one, state.text));
  return {
    state,
    tokenizer: tokenizers[state.tokenizer],
    characters: [...state.text].length,
    bytes: new TextEncoder().encode(state.text).length,
    encodings,
    tokens: encodings[state.tokenizer],
  };
}

/** The nearest state that can be shown. @param {import("../shared/bpe.js").Tokenizer[]} tokenizers @returns {(state: State) => State} */
export function settleFor(tokenizers) {
  const within = (i, count) => Math.max(0, Math.min(count - 1, i));
  return (state) => {
    const tokenizer = within(state.tokenizer, tokenizers.length);
    return { ...state, tokenizer, token: within(state.token, encode(tokenizers[tokenizer], state.text).length) };
  };
}

/** A token as it can be seen; a part of a character as its bytes. @param {Uint8Array} bytes @returns {string} */
export function show(bytes) {
  const text = textOf(bytes);
  return text === null ? `<${hex(bytes, "")}>` : visible(text);
}

/** The chosen token in words: its name, then what it is. @param {Seen} seen @returns {[string, string]} */
export function sentence({ state, tokenizer, tokens }) {
  if (!tokens.length) return ["No tokens: ", "type something above."];
  const index = tokens[state.token];
  const bytes = tokenizer.tokens[index];
  const made = index < 256 ? "no merge made it" : `made by merge ${index - 256}`;
  const part = textOf(bytes) === null ? " It is part of a character; the rest is beside it." : "";
  const name = `Token ${state.token + 1} of ${tokens.length}, “${show(bytes)}”: `;
  return [name, `id ${index + tokenizer.special}, ${count(bytes.length, "byte")} (${hex(bytes, " ")}), ${made}.${part}`];
}
