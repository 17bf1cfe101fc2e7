import { visible } from "../shared/text.js";

/** The tokens of a text. A text that the model wrote keeps the tokens it was written in: another cut of the same letters
 * may be shorter, and would be read otherwise.
 * @typedef {{text: string, ids: number[], typed: number}} Exact typed: how many tokens of it the reader gave
 *
 * @typedef {object} Tokens
 * @property {number[]} ids the mark of a story, then the text, as far as it is read
 * @property {string[]} words as they can be seen
 * @property {number} typed how many of them the reader gave
 * @property {number} total how many there are, read or not
 */

export const STORY = "<|story|>";
export const MASK = "<|mask|>";

/** @param {any} tokenizer of the engine @param {number} capacity
 * @returns {(state: {text: string, exact: Exact | null}) => Tokens} the same text gives the same object
 */
export function tokensFor(tokenizer, capacity) {
  const story = tokenizer.special.indexOf(STORY);
  let last;
  let given;
  return ({ text, exact }) => {
    if (given?.text === text && given.exact === exact) return last;
    given = { text, exact };
    const written = exact?.text === text ? exact : null;
    const all = written ? written.ids : [story, ...tokenizer.encode(text)];
    const ids = all.slice(0, capacity);
    last = { ids, words: tokenizer.pieces(ids).map(visible), typed: Math.min(written?.typed ?? Infinity, ids.length), total: all.length };
    return last;
  };
}

/** A text of these tokens. @param {any} tokenizer @param {number[]} ids @param {number} typed @returns {{text: string, exact: Exact}} */
function textOf(tokenizer, ids, typed) {
  const text = tokenizer.decode(ids.slice(1));
  return { text, exact: { text, ids, typed } };
}

/** The first tokens, and one more. @param {any} tokenizer @param {Tokens} tokens @param {number} id @param {number} [keep] how many stay */
export function withToken(tokenizer, { ids, typed }, id, keep = ids.length) {
  return textOf(tokenizer, [...ids.slice(0, keep), id], Math.min(typed, keep));
}

/** Another token in the place of one. @param {any} tokenizer @param {Tokens} tokens @param {number} id @param {number} position */
export function replaced(tokenizer, { ids, typed }, id, position) {
  return textOf(tokenizer, ids.with(position, id), typed);
}
