/** Where the cells and the labels of a matrix go. Pure: the same shape gives the same rectangles. */

const LETTER = 13; // least distance between two labels, in CSS pixels
const TILT = Math.PI / 3;

/**
 * @typedef {object} Layout all lengths in CSS pixels
 * @property {number} rows
 * @property {number} columns
 * @property {number} x left edge of the first cell
 * @property {number} y top edge of the first cell
 * @property {number} cellWidth
 * @property {number} cellHeight
 * @property {number} height of the whole drawing
 * @property {number} tilt of the column labels, in radians; 0 is level
 * @property {boolean} numbers whether a number fits into a cell
 */

/** Cells as large as the width allows: square where columns are rows, and rows stay where they are in every step.
 * @param {object} shape
 * @param {number} shape.rows
 * @param {number} shape.columns
 * @param {number} shape.width there is for the whole drawing
 * @param {number} shape.rowLabel width of the widest row label
 * @param {number} shape.columnLabel width of the widest column label
 * @returns {Layout}
 */
export function layoutMatrix({ rows, columns, width, rowLabel, columnLabel }) {
  const x = Math.ceil(rowLabel) + 10;
  const level = (width - x) / columns >= columnLabel + 6;
  const tilt = level ? 0 : TILT;
  const largest = (count, label) => Math.min(64, (width - x - label * Math.cos(TILT)) / count);
  const y = level ? 24 : Math.ceil(columnLabel * Math.sin(TILT)) + 14;
  const cellWidth = largest(columns, level ? 0 : columnLabel);
  const cellHeight = largest(rows, rowLabel);
  const numbers = rows <= 8 && columns <= 8 && cellWidth >= 36;
  return { rows, columns, x, y, cellWidth, cellHeight, height: y + rows * cellHeight + 2, tilt, numbers };
}

/** The cell under a point; a point on a label is the nearest cell of its row or column.
 * @param {Layout} layout
 * @param {number} px
 * @param {number} py
 * @returns {{row: number, column: number}|null} null to the right of and below the matrix
 */
export function cellAt({ x, y, rows, columns, cellWidth, cellHeight }, px, py) {
  const row = Math.floor((py - y) / cellHeight);
  const column = Math.floor((px - x) / cellWidth);
  if (row >= rows || column >= columns) return null;
  return { row: Math.max(0, row), column: Math.max(0, column) };
}

/** Which labels to write so that none touches another: the chosen one always.
 * @param {number} n
 * @param {number} pitch from one label to the next
 * @param {number} chosen
 * @returns {boolean[]}
 */
export function labelsShown(n, pitch, chosen) {
  const every = Math.max(1, Math.ceil(LETTER / pitch));
  return Array.from({ length: n }, (_, i) => i === chosen || (i % every === 0 && Math.abs(i - chosen) * pitch >= LETTER));
}
