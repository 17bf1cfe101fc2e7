/** What the reader has chosen, and what is seen then: derived, never stored. Pure.
 *
 * @typedef {import("./math.js").Head} Head
 *
 * @typedef {object} State
 * @property {number} step 1 to 5
 * @property {number} example
 * @property {number} query the chosen row
 * @property {number} key the chosen column of steps 1 to 4
 * @property {number} component the chosen column of step 5
 * @property {boolean} scaled
 * @property {boolean} causal
 * @property {number} temperature
 * @property {Record<number, Float32Array>} edits queries that the reader changed, by example
 * @property {boolean} table
 * @property {number} width of the matrix, 0 while it is not on the page
 *
 * @typedef {State & {head: Head, run: import("./math.js").Run}} Seen the head with the queries that the reader changed
 */
import { shorten, visible } from "../shared/text.js";
import { runHead } from "./math.js";

/** The nearest state that can be shown. @param {Head[]} heads @returns {(wanted: State) => State} */
export function settleFor(heads) {
  const within = (value, first, last) => Math.min(last, Math.max(first, value));
  return (wanted) => {
    const example = within(wanted.example, 0, heads.length - 1);
    const { tokens, dValue } = heads[example];
    const token = (i) => within(i, 0, tokens.length - 1);
    return {
      ...wanted, example, step: within(wanted.step, 1, 5), query: token(wanted.query), key: token(wanted.key),
      component: within(wanted.component, 0, dValue - 1),
    };
  };
}

/** @param {Head[]} heads @param {State} state @returns {Seen} */
export function seenIn(heads, state) {
  const head = heads[state.example];
  const edited = { ...head, query: state.edits[state.example] ?? head.query };
  return { ...state, head: edited, run: runHead(edited, state) };
}

/** The queries after one component of the chosen one was changed.
 * @param {Seen} seen @param {number} component @param {number} value @returns {Partial<State>}
 */
export function edit({ head, query, edits, example }, component, value) {
  const changed = head.query.slice();
  changed[query * head.dHead + component] = value;
  return { edits: { ...edits, [example]: changed } };
}

/** The matrix of the step. @param {Seen} seen @returns {Float32Array} */
export function matrixOf({ run, step }) {
  return [run.scores, run.scaled, run.masked, run.weights, run.output][step - 1];
}

/** The matrix of the step as it is shown: what is hidden stays hidden after the softmax.
 * @param {Seen} seen @returns {Float32Array} −∞ where hidden
 */
export function cellsOf(seen) {
  const { masked } = seen.run;
  return matrixOf(seen).map((cell, i) => (seen.step === 4 && masked[i] === -Infinity ? -Infinity : cell));
}

/** The row of the chosen query. @param {Seen} seen @param {Float32Array} [matrix] @returns {Float32Array} */
export function rowOf(seen, matrix = matrixOf(seen)) {
  const width = matrix.length / seen.head.tokens.length;
  return matrix.subarray(seen.query * width, (seen.query + 1) * width);
}

/** How many keys the chosen query may look at. @param {Seen} seen @returns {number} */
export function allowed({ causal, query, head }) {
  return causal ? query + 1 : head.tokens.length;
}

/** A token in quotation marks; with its position where the same token stands there twice. Between U+2068 and U+2069 it
 * keeps its direction to itself: else Hebrew words would change places with the numbers beside them.
 * @param {Seen} seen @param {number} i @returns {string}
 */
export function quoted({ head: { tokens } }, i) {
  const twice = tokens.indexOf(tokens[i]) !== tokens.lastIndexOf(tokens[i]);
  return `“\u2068${shorten(visible(tokens[i]), 16)}\u2069”${twice ? ` (${i})` : ""}`;
}

/** @param {Seen} seen @returns {string[]} the names of the columns */
export function columnsOf({ step, head }) {
  return step === 5 ? componentNames(head.valueDimensions, head.dValue) : head.tokens.map(visible);
}

/** The chosen column of the step. @param {Seen} seen @returns {number} */
export function columnOf({ step, key, component }) {
  return step === 5 ? component : key;
}

/** The head's own names for some of its components; numbers where it has none.
 * @param {string[]} names @param {number} count @returns {string[]}
 */
export function componentNames(names, count) {
  return Array.from({ length: count }, (_, d) => names[d] ?? String(d));
}
