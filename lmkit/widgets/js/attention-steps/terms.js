/** A sum, term by term: each with a name, how it came about, and a bar.
 * @typedef {object} Term
 * @property {string} name
 * @property {string} how
 * @property {number} [size] of the bar, if there is one; negative ones go to the left
 * @property {string} value
 * @property {boolean} [chosen]
 */
import { h } from "../shared/dom.js";

/** @param {(string | Node)[]} headings of the three columns @param {Term[]} terms @param {string[]} sum its row
 * @returns {HTMLTableElement}
 */
export function termTable(headings, terms, sum) {
  const sizes = terms.map(({ size }) => size ?? 0);
  const largest = Math.max(...sizes.map(Math.abs)) || 1;
  const signed = sizes.some((size) => size < 0);
  const row = ({ name, how, size, value, chosen }) => h("tr", { class: chosen && "lmkit-chosen" },
    h("th", { scope: "row" }, name), h("td", {}, how), h("td", {}, size === undefined ? "" : bar(size / largest, signed)), h("td", {}, value));
  const [name, how, value] = sum;
  return h("table", { class: "lmkit-terms" },
    h("tr", {}, ...headings.map((heading, i) => h("th", { scope: "col", colspan: i < 2 ? 1 : 2 }, heading))),
    ...terms.map(row),
    h("tr", {}, h("th", { scope: "row" }, name), h("td", {}, how), h("td", { colspan: 2 }, value)));
}

/** @param {number} part -1 to 1 of the longest @param {boolean} signed whether zero is in the middle */
function bar(part, signed) {
  const fill = h("i");
  const length = Math.abs(part) * (signed ? 50 : 100);
  fill.style.width = `${length}%`;
  fill.style.left = `${signed ? 50 - (part < 0 ? length : 0) : 0}%`;
  return h("div", {}, fill);
}
