import { setFont, write } from "./canvas.js";
import { abs, ceil, cos, floor, max, min, PI, range, sin } from "./math.js";
import { shorten } from "./text.js";

/** A matrix on a canvas: where its cells and labels go, which cell is under a point, and its labels and frames.
 * Lengths are in CSS pixels.
 * @typedef {object} Matrix
 * @property {number} rows @property {number} columns
 * @property {number} x left edge of the first cell @property {number} y its top edge
 * @property {number} cellWidth @property {number} cellHeight
 * @property {number} width of the whole drawing @property {number} height
 * @property {number} tilt of the labels of columns, in radians; 0 is level
 */

const LETTER = 15; // least distance between the middles of two labels
const TILT = PI / 3;

/** Square cells as large as there is room, or rows of a given height. Pure.
 * @param {object} shape
 * @param {number[]} shape.rows widths of the labels @param {number[]} shape.columns
 * @param {number} shape.width there is for the whole drawing
 * @param {number} shape.largest cell @param {number} [shape.tallest] of all rows
 * @param {number} [shape.pixel] cells are a whole number of these
 * @param {number} [shape.rowHeight] so that rows stay where they are when the columns change
 * @returns {Matrix}
 */
export function layoutMatrix({ rows, columns, width, largest, tallest = Infinity, pixel = 1, rowHeight }) {
  const x = ceil(max(...rows)) + 8;
  const widest = max(...columns);
  const level = min(largest, (width - x) / columns.length) >= widest + 6;
  // A tilted label leans out to the right of its column; none may leave the drawing.
  const leaning = level ? [] : columns.map((label, j) => (width - x - label * cos(TILT) - LETTER) / (j + 0.5));
  const room = min(largest, (width - x - 2) / columns.length, tallest / rows.length, ...leaning);
  const cellWidth = room >= pixel ? floor(room / pixel) * pixel : room;
  const cellHeight = rowHeight ?? cellWidth;
  const y = level ? 24 : ceil(widest * sin(TILT)) + 12;
  const height = y + ceil(cellHeight * rows.length) + 3;
  return { rows: rows.length, columns: columns.length, x, y, cellWidth, cellHeight, width, height, tilt: level ? 0 : TILT };
}

/** The cell at a point; beside the matrix, the nearest cell of that row or column.
 * @param {Matrix} matrix @param {{x: number, y: number}} point @returns {{row: number, column: number} | null}
 */
export function cellAt({ x, y, rows, columns, cellWidth, cellHeight }, point) {
  const row = floor((point.y - y) / cellHeight);
  const column = floor((point.x - x) / cellWidth);
  if (row >= rows || column >= columns || (row < 0 && column < 0)) return null;
  return { row: max(0, row), column: max(0, column) };
}

/** The labels of tokens: the tokens, where all have room. Else whole words, each where it begins, and nothing at its other
 * pieces and at punctuation.
 * @param {string[]} words the tokens, every character visible @param {number} pitch from one to the next @returns {string[]}
 */
export function labelsOf(words, pitch) {
  if (pitch >= LETTER) return words;
  const goesOn = continues(words);
  return words.map((word, i) => {
    let end = i + 1;
    while (goesOn[end]) end++;
    const whole = joined(words.slice(i, end));
    return goesOn[i] || !/[\p{L}\p{N}]/u.test(whole) ? "" : whole;
  });
}

/** Which tokens go on with the word before them, as far as their marks and letters tell.
 * @param {string[]} words the tokens, every character visible @returns {boolean[]}
 */
export function continues(words) {
  const spaced = words.some((word) => word.startsWith("␣"));
  const isInside = (character) => /[\p{L}\p{N}'’]/u.test(character);
  return words.map((word, i) => word.startsWith("##") || (spaced && i > 0 && isInside(word[0]) && isInside(words[i - 1].at(-1) ?? "")));
}

/** The pieces of a word as one. @param {string[]} pieces @returns {string} */
export const joined = (pieces) => pieces.map((piece) => piece.replace(/^##/, "")).join("");

/** Which labels to write so that none touches another: first those that matter, then each that has room.
 * @param {string[]} labels "": none, unless it matters @param {number} pitch from one to the next
 * @param {number[]} first the most important first @returns {number[]}
 */
export function labelsShown(labels, pitch, first) {
  const shown = [];
  for (const i of [...first, ...range(labels.length).filter((i) => labels[i])]) {
    if (shown.every((other) => abs(other - i) * pitch >= LETTER)) shown.push(i);
  }
  return shown;
}

/** Widths of the labels of these tokens, whichever are written. @param {CanvasRenderingContext2D} context @param {string[]} words
 * @returns {number[]}
 */
export function labelWidths(context, words) {
  setFont(context, 12, true);
  const widths = (labels) => labels.map((label) => context.measureText(shorten(label, 12)).width);
  const whole = widths(labelsOf(words, 0));
  return widths(words).map((width, i) => max(width, whole[i]));
}

/** One label. @param {CanvasRenderingContext2D} context @param {string} word @param {number} x @param {number} y
 * @param {CanvasTextAlign} align @param {boolean} chosen @param {{accent: string, ink: string}} colors
 */
export function label(context, word, x, y, align, chosen, { accent, ink }) {
  setFont(context, 12, chosen);
  write(context, shorten(word, 12), x, y, align, chosen ? accent : ink);
}

/** The labels of a matrix. @param {CanvasRenderingContext2D} context @param {Matrix} matrix
 * @param {{rows: string[], columns: string[], row: number, column?: number}} words row, column: the chosen ones
 * @param {{accent: string, ink: string}} colors
 */
export function paintLabels(context, { x, y, cellWidth, cellHeight, tilt }, { rows, columns, row, column }, colors) {
  const pitch = tilt ? cellWidth * sin(tilt) : Infinity;
  const [beside, above] = [labelsOf(rows, cellHeight), labelsOf(columns, pitch)];
  for (const i of labelsShown(beside, cellHeight, [row])) {
    label(context, beside[i] || rows[i], x - 6, y + (i + 0.5) * cellHeight, "right", i === row, colors);
  }
  for (const j of labelsShown(above, pitch, column === undefined ? [] : [column])) {
    context.save();
    context.translate(x + (j + 0.5) * cellWidth, y - (tilt ? 6 : 12));
    context.rotate(-tilt);
    label(context, above[j] || columns[j], 0, 0, tilt ? "left" : "center", j === column, colors);
    context.restore();
  }
}

/** A frame around some cells, outside of what it frames.
 * @param {CanvasRenderingContext2D} context @param {Matrix} matrix
 * @param {{row: number, column: number, rows: number, columns: number}} cells
 * @param {string} color @param {number} thick
 */
export function frameCells(context, { x, y, cellWidth, cellHeight }, { row, column, rows, columns }, color, thick) {
  const out = thick / 2;
  context.strokeStyle = color;
  context.lineWidth = thick;
  context.strokeRect(x + column * cellWidth - out, y + row * cellHeight - out, columns * cellWidth + thick, rows * cellHeight + thick);
  context.lineWidth = 1;
}
