import { fromHalf, readSized, toFloats, toShorts } from "../shared/codec.js";
import { visible } from "../shared/text.js";

/** What Python sent, checked. An entry is a place in the residual stream: 0 is the embedding, l comes after layer l - 1.
 * A name is a token by its place in `names`. Arrays run entry by entry, position by position.
 * @typedef {object} Lens
 * @property {number} entries @property {number} positions
 * @property {number} top how many tokens each cell keeps
 * @property {string[]} words what each position reads
 * @property {string[]} names every token that is shown
 * @property {number[]} right the name of the right next token; the last position has none
 * @property {number[]} watched names that are known in every cell
 * @property {Uint16Array} topNames the most likely first
 * @property {Float32Array} topShares
 * @property {Float32Array} shares of the right next token in every cell, then of each watched one
 * @property {Float32Array} ranks of the same, from 1
 */

/** @param {{get: (name: string) => any}} model @returns {Lens} */
export function readLens(model) {
  const { entries, positions, top } = model.get("shape");
  const cells = entries * positions;
  const watched = model.get("watched");
  const sized = (name, read, length) => readSized(model, name, read, length);
  return {
    entries, positions, top, watched,
    words: sized("words", (words) => words.map(visible), positions),
    names: model.get("names").map(visible),
    right: sized("right", (right) => right, positions - 1),
    topNames: sized("top_names", toShorts, cells * top),
    topShares: sized("top_shares", fromHalf, cells * top),
    shares: sized("known_shares", fromHalf, cells * (1 + watched.length)),
    ranks: sized("known_ranks", toFloats, cells * (1 + watched.length)),
  };
}
