import { h, isolateWords, showIf } from "../shared/dom.js";
import { onKeys } from "../shared/keys.js";
import { max, min, range } from "../shared/math.js";
import { createWords } from "../shared/words.js";
import { largest, sharesOf } from "./scene.js";
import { sentence } from "./words.js";

/** @typedef {import("./scene.js").Scene} Scene */

/** The words of the sentence: they choose the query, and carry the share that each key gets. Where the keys are another
 * sentence, its words carry the shares, and choose the key that is read out.
 * @param {import("./show.js").Parts} parts
 */
export function wordsView({ store, signal, goBack }) {
  /** @type {Scene} */
  let scene;
  const queries = createWords("Query", (row) => store.set({ query: scene.view.queries[row], cell: null }), signal);
  const keys = createWords("Key", (column) => store.set({ cell: { row: scene.row, column } }), signal);
  const element = h("div", {}, queries.element, keys.element);
  onKeys(element, { Escape: goBack }, signal);

  /** @type {import("./show.js").Update} */
  function update(next, { colors }) {
    scene = next;
    const { rows, columns, row, state, tell, same } = scene;
    queries.update(rows, row, same ? sharesOf(scene) : null, colors, tell);
    showIf(keys.element, !same);
    if (!same) keys.update(columns, state.cell?.column ?? -1, sharesOf(scene), colors, tell);
  }
  return { element, update, focus: queries.focus };
}

/** One sentence with the numbers, read out when it changes. */
export function sentenceView() {
  const element = h("output", { class: "lmkit-say", "aria-live": "polite" });

  /** @param {Scene} scene */
  function update(scene) {
    element.replaceChildren(h("b", {}, `${scene.name}. `), ...isolateWords(sentence(scene)));
  }
  return { element, update };
}

const MOST = 4; // keys of a row
const ROWS = 256; // of a longer text, those around the chosen one
const CAPTIONS = { after: "shares", before: "shares before", change: "changes, in percentage points" };

/** The head in focus as a table: for each query, the keys with the largest shares. */
export function tableView() {
  const element = h("div", { class: "lmkit-table", role: "group", "aria-label": "Table of shares", tabindex: 0 });

  /** @type {import("./show.js").Update} */
  function update(scene, look, changed) {
    if (changed?.size === 1 && changed.has("cell")) return; // a pointer on its way
    const { table, show } = scene.state;
    showIf(element, table);
    if (!table) return element.replaceChildren();
    const from = max(0, min(scene.row - ROWS / 2, scene.rows.length - ROWS));
    const shown = range(min(ROWS, scene.rows.length)).map((i) => from + i);
    const part = shown.length < scene.rows.length ? ` (queries ${from} to ${from + ROWS - 1} of ${scene.rows.length})` : "";
    const caption = h("caption", {}, `${scene.name}: the keys with the largest ${CAPTIONS[show] ?? show}${part}`);
    const heading = h("tr", {}, h("th", { scope: "col" }, "Query"), h("th", { scope: "col", colspan: MOST }, "Keys"));
    const rows = shown.map((row) => tableRow(scene, scene.rows[row], row));
    element.replaceChildren(h("table", {}, caption, h("thead", {}, heading), h("tbody", {}, ...rows)));
  }
  return { element, update };
}

/** @param {Scene} scene @param {string} word @param {number} row */
function tableRow(scene, word, row) {
  const shares = sharesOf(scene, row);
  const best = largest(scene, row).slice(0, MOST).filter((column) => shares[column] !== 0);
  const cells = best.map((column) => h("td", {}, h("bdi", {}, scene.columns[column]), ` ${scene.tell(shares[column])}`));
  return h("tr", { "aria-current": row === scene.row && "true" }, h("th", { scope: "row" }, h("bdi", {}, word)), ...cells);
}
