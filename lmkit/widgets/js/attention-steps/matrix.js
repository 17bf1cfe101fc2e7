/** The matrix of the step, on a canvas.
 * @typedef {import("./seen.js").Seen} Seen
 * @typedef {import("../shared/theme.js").Palette} Palette
 */
import { fitCanvas, pointIn, setFont } from "../shared/canvas.js";
import { h, setAttribute } from "../shared/dom.js";
import { onKeys } from "../shared/keys.js";
import { shorten, visible } from "../shared/text.js";
import { cellAt, layoutMatrix } from "./layout.js";
import { brief } from "./numbers.js";
import { paintMatrix } from "./paint.js";
import { cellsOf, columnOf, columnsOf, quoted, rowOf } from "./seen.js";
import { toneOf } from "./tones.js";
import { cellText } from "./words.js";

/** @param {import("../shared/store.js").Store<import("./seen.js").State>} store @param {AbortSignal} signal
 * @returns {{element: HTMLElement, update: (seen: Seen, colors: Palette) => void}}
 */
export function createMatrix(store, signal) {
  // A slider is what screen readers hand the arrow keys to; its value text is the chosen cell.
  const canvas = h("canvas", { tabindex: 0, role: "slider", "aria-label": "Cell of the matrix", "aria-valuemin": 0 });
  let layout;
  const choose = (query, column) => store.set(store.get().step === 5 ? { query, component: column } : { query, key: column });
  const move = (rows, columns) => () => choose(store.get().query + rows, columnOf(store.get()) + columns);
  canvas.addEventListener("click", (event) => {
    const { x, y } = pointIn(event);
    const cell = cellAt(layout, x, y);
    if (cell) choose(cell.row, cell.column);
  }, { signal });
  onKeys(canvas, {
    ArrowUp: move(-1, 0), ArrowDown: move(1, 0), ArrowLeft: move(0, -1), ArrowRight: move(0, 1),
    Home: move(0, -Infinity), End: move(0, Infinity),
  }, signal);
  const update = (seen, colors) => {
    if (seen.width) layout = draw(canvas, seen, colors);
    setAttribute(canvas, "aria-valuemax", seen.head.tokens.length - 1);
    setAttribute(canvas, "aria-valuenow", seen.query);
    setAttribute(canvas, "aria-valuetext", cellWords(seen));
  };
  return { element: canvas, update };
}

/** The chosen cell in words. @param {Seen} seen @returns {string} */
function cellWords(seen) {
  const column = columnOf(seen);
  return `row ${quoted(seen, seen.query)}, column “${columnsOf(seen)[column]}”: ${cellText(seen, rowOf(seen, cellsOf(seen))[column])}`;
}

/** @param {HTMLCanvasElement} canvas @param {Seen} seen @param {Palette} colors @returns {import("./layout.js").Layout} */
function draw(canvas, seen, colors) {
  const rows = seen.head.tokens.map((token) => shorten(visible(token), 12));
  const columns = columnsOf(seen).map((label) => shorten(label, 12));
  const context = canvas.getContext("2d");
  setFont(context, 12, true);
  const widest = (labels) => Math.max(...labels.map((label) => context.measureText(label).width));
  const layout = layoutMatrix({
    rows: rows.length, columns: columns.length, width: seen.width, rowLabel: widest(rows), columnLabel: widest(columns),
  });
  const picture = { cells: cellsOf(seen), tone: toneOf(seen), text: brief, rows, columns, row: seen.query, column: columnOf(seen) };
  paintMatrix(fitCanvas(canvas, seen.width, layout.height), layout, picture, colors);
  return layout;
}
