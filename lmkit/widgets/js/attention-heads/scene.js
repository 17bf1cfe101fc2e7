import { abs, clamp, range } from "../shared/math.js";
import { joined } from "../shared/matrix.js";
import { headName, percent, points } from "../shared/text.js";
import { descending, shownShares, tokensInView, weightingOf } from "./data.js";

/** What the reader has chosen.
 * @typedef {object} State
 * @property {number} layer @property {number} head
 * @property {number} query a position in the sentence
 * @property {{row: number, column: number} | null} cell the cell that is read out: under the pointer, or reached by keys
 * @property {string} sort the name of a score, or "" for layer by layer
 * @property {boolean} lines lines rather than a heat map
 * @property {boolean} hide special tokens are left out
 * @property {boolean} table
 * @property {string} show "after"; where there are weights of before, also "before" and "change"; or the name of a weighting
 * @property {number} [text] which of several texts
 * @property {[number, number][]} [pinned] heads to compare: layer and head of each
 * @property {string} [mean] the heads whose mean is shown: "pinned", "group", "layer", "all"; "" for the chosen head alone
 * @property {number} [mass] of each row, only the largest numbers that make up this part; 1 for all
 * @property {string} [part] of a pair of sentences, from whom to whom: "AB"; "" for all
 * @property {boolean} [whole] words in place of their pieces
 * @property {boolean} [more] more controls are shown
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
 * @property {boolean} same the words of the keys are those of the queries
 * @property {boolean} signed the numbers may be below 0
 * @property {import("./data.js").Weighting} [weighting] whose numbers these are, where they are no shares
 * @property {(share: number) => string} tell a share, or a change, in writing
 * @property {number[]} heads whose mean this is; mostly the chosen one alone
 * @property {string} name what is shown is called
 * @property {number[]} order the heads as they are shown, layer * heads + head
 * @property {number} index of the chosen head
 * @property {Set<number>} [off] heads that are switched off, where a figure can do that
 */

/** @param {import("./data.js").Attention} attention @param {State} state @returns {Scene} */
export function derive(attention, state) {
  const view = tokensInView(attention, state.hide, state.part, state.whole);
  const index = state.layer * attention.heads + state.head;
  const heads = headsOfMean(attention, state);
  const scores = attention.scores[state.sort];
  const weighting = weightingOf(attention, state.show);
  const signed = state.show === "change" || Boolean(weighting?.signed);
  return {
    attention,
    state,
    view,
    rows: wordsOf(attention.queryWords, view.queries, view.rows),
    columns: wordsOf(attention.keyWords, view.keys, view.columns),
    row: rowOf(view, state.query),
    shares: sharesShown(attention, heads, view, state),
    same: attention.self && (!state.part || state.part[0] === state.part[1]),
    signed,
    weighting,
    tell: weighting ? (p) => number(p * weighting.scale) : signed ? points : percent,
    order: scores ? descending(scores) : range(attention.layers * attention.heads),
    index,
    heads,
    name: state.mean ? `Mean of ${heads.length} heads` : headName(state.layer, state.head),
  };
}

/** The heads whose mean is shown. @param {import("./data.js").Attention} attention @param {State} state @returns {number[]} */
function headsOfMean({ layers, heads, kvHeads = heads }, { layer, head, mean, pinned = [] }) {
  const size = heads / kvHeads;
  const of = {
    pinned: () => pinned.map(([l, h]) => l * heads + h),
    group: () => range(size).map((i) => layer * heads + head - (head % size) + i),
    layer: () => range(heads).map((i) => layer * heads + i),
    all: () => range(layers * heads),
  }[mean];
  return of?.() ?? [layer * heads + head];
}

/** @param {string[]} words @param {number[]} positions @param {number[][]} [pieces] @returns {string[]} */
function wordsOf(words, positions, pieces) {
  return pieces ? pieces.map((each) => joined(each.map((i) => words[i]))) : positions.map((i) => words[i]);
}

/** The row in view that a query is in. @param {import("./data.js").View} view @param {number} query */
const rowOf = ({ queries, rows }, query) => (rows ? rows.findIndex((pieces) => pieces.includes(query)) : queries.indexOf(query));

/** A number of any size, in two digits or more. @param {number} x @returns {string} */
export const number = (x) => `${Number(x.toPrecision(abs(x) < 100 ? 2 : 3))}`.replace("-", "−");

const recalled = new WeakMap(); // what was shown of each text: a pointer on its way asks for the same again and again

/** The mean of some heads, and of each row its largest numbers alone where that is asked for.
 * @param {import("./data.js").Attention} attention @param {number[]} heads @param {import("./data.js").View} view @param {State} state
 * @returns {Float32Array}
 */
function sharesShown(attention, heads, view, { show, hide, part, whole, mass = 1 }) {
  if (attention.shares) return attention.shares(heads[0]);
  if (!recalled.has(attention)) recalled.set(attention, new Map());
  const known = recalled.get(attention);
  const asked = `${[heads, show, hide, part, whole, mass]}`;
  if (known.size > 8) known.clear();
  if (!known.has(asked)) {
    const shares = meanOf(heads, (index) => shownShares(attention, index, view, show));
    if (mass < 1) for (let i = 0; i < shares.length; i += view.keys.length) keepLargest(shares.subarray(i, i + view.keys.length), mass);
    known.set(asked, shares);
  }
  return known.get(asked);
}

/** @param {number[]} heads @param {(index: number) => Float32Array} sharesOfHead @returns {Float32Array} */
function meanOf([first, ...others], sharesOfHead) {
  const sum = sharesOfHead(first);
  for (const other of others) sharesOfHead(other).forEach((p, i) => { sum[i] += p; });
  return others.length ? sum.map((p) => p / (others.length + 1)) : sum;
}

/** Of a row, only the largest numbers that together make up a part of all, whatever their signs; the others become 0.
 * @param {Float32Array} row changed in place @param {number} mass 0 to 1
 */
export function keepLargest(row, mass) {
  const sizes = row.map(abs);
  let left = mass * sizes.reduce((sum, size) => sum + size, 0);
  for (const i of descending(sizes)) {
    if (left <= 1e-6) row[i] = 0;
    left -= sizes[i];
  }
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
  const exists = ([layer, head]) => layer < layers && head < heads;
  return (wanted) => {
    const { cell } = wanted;
    const pinned = wanted.pinned?.every(exists) ? wanted.pinned : (wanted.pinned ?? []).filter(exists);
    const part = attention.pair ? wanted.part : "";
    const viewOf = (hide) => tokensInView(attention, hide, part, wanted.whole);
    const without = viewOf(true);
    const hide = wanted.hide && without.queries.length > 0 && without.keys.length > 0;
    const view = viewOf(hide);
    const { queries, keys } = view;
    const nearest = queries[descending(queries.map((query) => -abs(query - wanted.query)))[0]];
    return {
      ...wanted,
      layer: clamp(wanted.layer, layers),
      head: clamp(wanted.head, heads),
      query: rowOf(view, wanted.query) < 0 ? nearest : wanted.query,
      show: canShow(attention, wanted.show) ? wanted.show : "after",
      part,
      hide,
      pinned,
      mean: wanted.mean === "pinned" && !pinned.length ? "" : wanted.mean,
      cell: cell && cell.row < queries.length && cell.column < keys.length ? cell : null,
    };
  };
}

/** @param {import("./data.js").Attention} attention @param {string} show */
const canShow = (attention, show) => Boolean(weightingOf(attention, show)) || (attention.before.length > 0 && ["before", "change"].includes(show));
