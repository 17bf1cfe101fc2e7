import { abs, clamp, range } from "../shared/math.js";
import { percent, points } from "../shared/text.js";
import { descending, shownShares, tokensInView } from "./data.js";

/** What the reader has chosen.
 * @typedef {object} State
 * @property {number} layer @property {number} head
 * @property {number} query a position in the sentence
 * @property {{row: number, column: number} | null} cell the cell that is read out: under the pointer, or reached by keys
 * @property {string} sort the name of a score, or "" for layer by layer
 * @property {boolean} lines lines rather than a heat map
 * @property {boolean} hide special tokens are left out
 * @property {boolean} table
 * @property {string} show "after"; where there are weights of before, also "before" and "change"
 */

/** What the views draw, derived from the state. Rows and columns count the tokens in view.
 * @typedef {object} Scene
 * @property {import("./data.js").Attention} attention
 * @property {State} state
 * @property {import("./data.js").View} view
 * @property {string[]} rows the words of the queries in view
 * @property {string[]} columns the words of the keys in view
 * @property {number} row of the chosen query
 * @property {Float32Array} shares rows × columns
 * @property {boolean} signed the shares are changes, and may be below 0
 * @property {(share: number) => string} tell a share, or a change, in writing
 * @property {number[]} order the heads as they are shown, layer * heads + head
 * @property {number} index of the chosen head
 * @property {Set<number>} [off] heads that are switched off, where a figure can do that
 */

/** @param {import("./data.js").Attention} attention @param {State} state @returns {Scene} */
export function derive(attention, state) {
  const view = tokensInView(attention, state.hide);
  const index = state.layer * attention.heads + state.head;
  const scores = attention.scores[state.sort];
  const signed = state.show === "change";
  return {
    attention,
    state,
    view,
    rows: view.queries.map((i) => attention.queryWords[i]),
    columns: view.keys.map((i) => attention.keyWords[i]),
    row: view.queries.indexOf(state.query),
    shares: shownShares(attention, index, view, state.show),
    signed,
    tell: signed ? points : percent,
    order: scores ? descending(scores) : range(attention.layers * attention.heads),
    index,
  };
}

/** @param {Scene} scene @param {number} [row] the chosen one, unless another is named @returns {Float32Array} its shares */
export function sharesOf({ shares, columns, row: chosen }, row = chosen) {
  return shares.subarray(row * columns.length, (row + 1) * columns.length);
}

/** The columns of a row, the largest share or change first. @param {Scene} scene @param {number} [row] @returns {number[]} */
export const largest = (scene, row) => descending(sharesOf(scene, row).map(abs));

/** @param {Scene} scene @param {number} row @param {number} column @returns {boolean} may this query look at this key? */
export function mayAttend({ attention, view }, row, column) {
  return !attention.causal || view.keys[column] <= view.queries[row];
}

/** Makes any wanted state one that can be shown: a head that exists, a query and a cell in view.
 * @param {import("./data.js").Attention} attention @returns {(wanted: State) => State}
 */
export function settleFor(attention) {
  const { layers, heads } = attention;
  return (wanted) => {
    const { queries, keys } = tokensInView(attention, wanted.hide);
    const distances = queries.map((query) => -abs(query - wanted.query));
    const { cell } = wanted;
    return {
      ...wanted,
      layer: clamp(wanted.layer, layers),
      head: clamp(wanted.head, heads),
      query: queries[descending(distances)[0]],
      show: attention.before.length && wanted.show ? wanted.show : "after",
      cell: cell && cell.row < queries.length && cell.column < keys.length ? cell : null,
    };
  };
}
