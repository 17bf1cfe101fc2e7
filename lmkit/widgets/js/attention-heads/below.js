import { h, isolateWords, showIf } from "../shared/dom.js";
import { onKeys } from "../shared/keys.js";
import { headName } from "../shared/text.js";
import { createWords } from "../shared/words.js";
import { largest, sharesOf } from "./scene.js";
import { sentence } from "./words.js";

/** @typedef {import("./scene.js").Scene} Scene */

/** The words of the sentence: they choose the query, and carry the share that each key gets. Where the keys are another
 * sentence, its words carry the shares, and choose the key that is read out.
 * @param {import("./index.js").Parts} parts
 */
export function wordsView({ attention: { self }, store, signal, goBack }) {
  /** @type {Scene} */
  let scene;
  const queries = createWords("Query", (row) => store.set({ query: scene.view.queries[row], cell: null }), signal);
  const keys = createWords("Key", (column) => store.set({ cell: { row: scene.row, column } }), signal);
  const element = h("div", {}, queries.element, ...(self ? [] : [keys.element]));
  onKeys(element, { Escape: goBack }, signal);

  /** @type {import("./index.js").Update} */
  function update(next, { colors }) {
    scene = next;
    const { rows, columns, row, state, tell } = scene;
    queries.update(rows, row, self ? sharesOf(scene) : null, colors, tell);
    if (!self) keys.update(columns, state.cell?.column ?? -1, sharesOf(scene), colors, tell);
  }
  return { element, update, focus: queries.focus };
}

/** One sentence with the numbers, read out when it changes. */
export function sentenceView() {
  const element = h("output", { class: "lmkit-say", "aria-live": "polite" });

  /** @param {Scene} scene */
  function update(scene) {
    const { layer, head } = scene.state;
    element.replaceChildren(h("b", {}, `${headName(layer, head)}. `), ...isolateWords(sentence(scene)));
  }
  return { element, update };
}

const MOST = 4;
const CAPTIONS = { after: "shares", before: "shares before", change: "changes, in percentage points" };

/** The head in focus as a table: for each query, the keys with the largest shares. */
export function tableView() {
  const element = h("div", { class: "lmkit-table", role: "group", "aria-label": "Table of shares", tabindex: 0 });

  /** @type {import("./index.js").Update} */
  function update(scene, look, changed) {
    if (changed?.size === 1 && changed.has("cell")) return; // a pointer on its way
    const { layer, head, table, show } = scene.state;
    showIf(element, table);
    if (!table) return element.replaceChildren();
    const caption = h("caption", {}, `${headName(layer, head)}: the keys with the largest ${CAPTIONS[show]}`);
    const heading = h("tr", {}, h("th", { scope: "col" }, "Query"), h("th", { scope: "col", colspan: MOST }, "Keys"));
    const rows = scene.rows.map((word, row) => tableRow(scene, word, row));
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
