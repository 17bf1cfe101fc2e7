import { h } from "../shared/dom.js";
import { shorten, visible } from "../shared/text.js";
import { cellsOf, columnsOf } from "./seen.js";
import { cellText, stepsOf } from "./words.js";

/** The matrix of the step as a table, for those who read numbers or hear them.
 * @param {import("./seen.js").Seen} seen
 * @returns {HTMLElement} it scrolls sideways by itself, also by keys
 */
export function matrixTable(seen) {
  const columns = columnsOf(seen);
  const cells = [...cellsOf(seen)].map((cell) => h("td", {}, cellText(seen, cell)));
  const title = `Step ${seen.step}: ${stepsOf(seen)[seen.step - 1].name}`;
  const row = (token, q) => h("tr", { "aria-current": q === seen.query && "true" },
    h("th", { scope: "row" }, shorten(visible(token), 16)), ...cells.slice(q * columns.length, (q + 1) * columns.length));
  const table = h("table", {},
    h("caption", {}, title),
    h("tr", {}, h("td"), ...columns.map((label) => h("th", { scope: "col" }, shorten(label, 16)))),
    ...seen.head.tokens.map(row));
  return h("div", { class: "lmkit-table", role: "group", "aria-label": title, tabindex: 0 }, table);
}
