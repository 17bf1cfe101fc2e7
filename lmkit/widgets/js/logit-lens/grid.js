import { ramp, readableOn } from "../shared/color.js";
import { h, setAttribute } from "../shared/dom.js";
import { onKeys } from "../shared/keys.js";
import { max, min, range } from "../shared/math.js";
import { percent } from "../shared/text.js";
import { guessOf, nameOf, topOf } from "./seen.js";

/** The cells: a row for each entry of the stream, from the embedding down to the last layer; a column for each position.
 * Above a column its word, below it the right next token.
 * @param {import("./index.js").Parts} parts @returns {import("./index.js").View}
 */
export function gridView({ lens, store, signal }) {
  const { table, heads, rows, cells, feet } = makeTable(lens);
  const element = h("div", { class: "lmkit-table lmkit-lens", tabindex: -1 }, table);
  const go = (layer, position) => {
    store.set({ layer, position });
    chosen.focus();
  };
  const move = (layers, places) => () => go(store.get().layer + layers, store.get().position + places);
  onKeys(table, {
    ArrowUp: move(-1, 0), ArrowDown: move(1, 0), ArrowLeft: move(0, -1), ArrowRight: move(0, 1),
    Home: move(0, -Infinity), End: move(0, Infinity),
  }, signal);
  table.addEventListener("click", ({ target }) => {
    const cell = target.closest("th, td");
    if (!cell) return;
    const { layer, position } = store.get();
    const row = cell.parentElement.rowIndex - 1;
    go(row in cells ? row : layer, cell.cellIndex ? cell.cellIndex - 1 : position);
  }, { signal });

  let chosen = cells[0][0];
  /** @type {import("./index.js").Update} */
  function update({ state: { layer, position, table: full } }, colors, changed) {
    if (!changed) cells.forEach((row, l) => row.forEach((cell, p) => shade(cell, topOf(lens, l, p)[0].share, colors)));
    feet.forEach((foot, p) => shade(foot, guessOf(lens, layer, p, lens.right[p]).share, colors));
    element.classList.toggle("lmkit-full", full);
    rows.forEach((row, l) => setAttribute(row, "aria-current", l === layer && "true"));
    heads.forEach((head, p) => setAttribute(head, "aria-current", p === position && "true"));
    Object.assign(chosen, { ariaSelected: null, tabIndex: -1 });
    chosen = cells[layer][position];
    Object.assign(chosen, { ariaSelected: "true", tabIndex: 0 });
    reveal(element, chosen);
  }
  return { element, update };
}

/** @param {import("./data.js").Lens} lens @returns {Record<string, any>} the table and its parts; cells: row by row */
function makeTable(lens) {
  const { entries, positions, words, names, right } = lens;
  const heads = words.map((word) => h("th", { scope: "col", dir: "auto" }, word));
  const cells = range(entries).map((layer) => range(positions).map((position) => {
    const { name } = topOf(lens, layer, position)[0];
    return h("td", { tabindex: -1, dir: "auto", class: name === right[position] && "lmkit-right" }, names[name]);
  }));
  const feet = right.map((name) => h("td", { dir: "auto" }, names[name]));
  const rows = cells.map((row, layer) => h("tr", {}, h("th", { scope: "row" }, nameOf(layer)), ...row));
  const table = h("table", { role: "grid", "aria-label": "Predictions" }, h("thead", {}, h("tr", {}, h("td"), ...heads)),
    h("tbody", {}, ...rows, h("tr", {}, h("th", { scope: "row" }, "next token"), ...feet, h("td"))));
  Object.assign(table.style, { minWidth: `${84 + 44 * positions}px`, maxWidth: `${84 + 96 * positions}px` });
  return { table, heads, rows, cells, feet };
}

/** Gives a cell its share, in color and in figures. @param {HTMLElement} cell @param {number} share
 * @param {import("../shared/theme.js").Palette} colors
 */
function shade({ style, dataset }, share, colors) {
  const background = ramp(share, colors);
  Object.assign(style, { background, color: readableOn(background, colors) });
  dataset.share = percent(share);
}

const HEAD = { width: 88, height: 32 }; // what stays in sight at the left and the top
const FOOT = 40; // and at the bottom

/** Scrolls the cells, never the page, to where one can be seen. @param {HTMLElement} element @param {HTMLElement} cell */
function reveal(element, { offsetLeft, offsetTop, offsetWidth, offsetHeight }) {
  element.scrollLeft = min(offsetLeft - HEAD.width, max(offsetLeft + offsetWidth + 4 - element.clientWidth, element.scrollLeft));
  element.scrollTop = min(offsetTop - HEAD.height, max(offsetTop + offsetHeight + FOOT - element.clientHeight, element.scrollTop));
}
