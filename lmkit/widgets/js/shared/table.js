import { h, showIf } from "./dom.js";

/** A cell: a text, or what stands in it one after the other. @typedef {Node | string | (Node | string)[]} Cell */

/** What a figure draws, as a table, while the reader wants one: the state's `table`.
 * @param {string} label what it is a table of
 * @param {(seen: any) => HTMLElement} tableOf
 */
export function onRequest(label, tableOf) {
  const element = h("div", { class: "lmkit-table", role: "group", "aria-label": `Table of ${label}`, tabindex: 0 });
  function update(seen) {
    showIf(element, seen.state.table);
    element.replaceChildren(...(seen.state.table ? [tableOf(seen)] : []));
  }
  return { element, update };
}

/** @param {Cell} caption @param {Cell[]} names of the columns @param {Node[]} rows */
export function makeTable(caption, names, rows) {
  const above = caption.length ? [filled("caption", {}, caption)] : [];
  const heading = h("tr", {}, ...names.map((name) => filled("th", { scope: "col" }, name)));
  return h("table", {}, ...above, h("thead", {}, heading), h("tbody", {}, ...rows));
}

/** @param {Cell} name of the row @param {Cell[]} cells @param {boolean} [chosen] */
export function makeRow(name, cells, chosen = false) {
  return h("tr", { "aria-current": chosen && "true" }, filled("th", { scope: "row" }, name), ...cells.map((cell) => filled("td", {}, cell)));
}

/** @param {string} tag @param {Record<string, string>} attributes @param {any} cell */
const filled = (tag, attributes, cell) => h(tag, attributes, ...[cell].flat());
