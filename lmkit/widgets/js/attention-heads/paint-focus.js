import { hatch, pixelRatio, setFont, write } from "../shared/canvas.js";
import { ramp, rampPixels, readableOn } from "../shared/color.js";
import { abs, floor, max, round } from "../shared/math.js";
import { frameCells, label, labelsOf, labelsShown, paintLabels } from "../shared/matrix.js";
import { thumbnail } from "./paint-overview.js";
import { largest, mayAttend, sharesOf } from "./scene.js";

/** @typedef {import("./scene.js").Scene} Scene */
/** @typedef {import("../shared/theme.js").Palette} Palette */
/** @typedef {import("../shared/matrix.js").Matrix} Matrix */
/** @typedef {CanvasRenderingContext2D} Context */

/** One head as a heat map. @param {Context} context @param {Matrix} matrix @param {Scene} scene @param {Palette} colors */
export function paintMap(context, matrix, scene, colors) {
  const { rows, columns, cellWidth } = matrix;
  const { row, state: { cell } } = scene;
  paintCells(context, matrix, scene, colors);
  if (scene.signed) hollowLosses(context, matrix, scene, colors);
  hatchUnseen(context, matrix, scene, colors);
  if (max(rows, columns) <= 8 && cellWidth >= 30) writeShares(context, matrix, scene, colors);
  frameCells(context, matrix, { row: 0, column: 0, rows, columns }, colors.line, 1);
  paintLabels(context, matrix, { ...scene, column: cell?.column }, colors);
  frameCells(context, matrix, { row, column: 0, rows: 1, columns }, colors.accent, 2);
  if (cell) frameCells(context, matrix, { ...cell, rows: 1, columns: 1 }, colors.ink, 2);
}

/** @param {Context} context @param {Matrix} matrix @param {Scene} scene @param {Palette} colors */
function paintCells(context, { x, y, cellWidth, rows, columns }, { shares }, colors) {
  const ratio = pixelRatio();
  const fit = (count) => (cellWidth * ratio < 1 ? max(1, floor(cellWidth * count * ratio)) : count); // pixels: not more than there are
  context.imageSmoothingEnabled = false;
  context.drawImage(imageOf(shares, rows, columns, fit(columns), fit(rows), colors), x, y, cellWidth * columns, cellWidth * rows);
}

const painted = new WeakMap(); // the image of each head, for a pointer on its way

/** @param {Float32Array} shares @param {number} rows @param {number} columns @param {number} width in pixels @param {number} height
 * @param {Palette} colors @returns {OffscreenCanvas}
 */
function imageOf(shares, rows, columns, width, height, colors) {
  const key = `${[width, height, colors.page, colors.weight]}`;
  if (painted.get(shares)?.key === key) return painted.get(shares).canvas;
  const image = new ImageData(width, height);
  const pixels = rampPixels(colors);
  new Uint32Array(image.data.buffer).set(thumbnail(shares, rows, columns, width, height).map((level) => pixels[level]));
  const canvas = new OffscreenCanvas(width, height);
  /** @type {any} */ (canvas.getContext("2d")).putImageData(image, 0, 0);
  painted.set(shares, { key, canvas });
  return canvas;
}

/** Calls back with each cell, and whether its query may look at its key. @param {Matrix} matrix @param {Scene} scene
 * @param {(x: number, y: number, p: number, seen: boolean) => void} visit x, y: its left and top edge
 */
function forEachCell({ x, y, cellWidth, columns }, scene, visit) {
  scene.shares.forEach((p, i) => {
    const [row, column] = [floor(i / columns), i % columns];
    visit(x + column * cellWidth, y + row * cellWidth, p, mayAttend(scene, row, column));
  });
}

/** What has been lost is a frame, what has been gained a full cell: the two differ in form, not in color alone.
 * @param {Context} context @param {Matrix} matrix @param {Scene} scene @param {Palette} colors
 */
function hollowLosses(context, matrix, scene, { page }) {
  const edge = max(1, round(matrix.cellWidth / 5));
  const inner = max(1, matrix.cellWidth - 2 * edge);
  context.fillStyle = page;
  forEachCell(matrix, scene, (x, y, p) => { if (p < 0) context.fillRect(x + edge, y + edge, inner, inner); });
}

/** What a query may not see lies at the end of its row. @param {Context} context @param {Matrix} matrix @param {Scene} scene
 * @param {Palette} colors
 */
function hatchUnseen(context, matrix, scene, { line }) {
  const { x, y, cellWidth, rows, columns } = matrix;
  context.save();
  context.beginPath();
  for (let row = 0; row < rows; row++) {
    let seen = columns;
    while (seen > 0 && !mayAttend(scene, row, seen - 1)) seen--;
    context.rect(x + seen * cellWidth, y + row * cellWidth, (columns - seen) * cellWidth, cellWidth);
  }
  context.clip();
  hatch(context, matrix, line);
  context.restore();
}

/** @param {Context} context @param {Matrix} matrix @param {Scene} scene @param {Palette} colors */
function writeShares(context, matrix, scene, colors) {
  const middle = matrix.cellWidth / 2;
  setFont(context, 11);
  forEachCell(matrix, scene, (x, y, p, seen) => {
    const color = readableOn(ramp(p, colors), colors);
    const text = scene.signed || scene.weighting ? scene.tell(p) : `${round(100 * p)}`;
    if (seen) write(context, text, x + middle, y + middle, "center", color);
  });
}

/** One head as lines from queries to keys; those of the chosen query stand out.
 * @param {Context} context @param {import("./layout.js").Lines} lines @param {Scene} scene @param {Palette} colors
 */
export function paintLines(context, lines, scene, colors) {
  const { rows, row } = scene;
  context.strokeStyle = colors.weight;
  rows.forEach((_, i) => { if (i !== row) paintRow(context, lines, sharesOf(scene, i), i, false); });
  paintRow(context, lines, sharesOf(scene), row, true);
  paintLineLabels(context, lines, scene, colors);
}

/** @param {Context} context @param {import("./layout.js").Lines} lines @param {Float32Array} shares @param {number} row
 * @param {boolean} chosen
 */
function paintRow(context, { left, right, top, pitch }, shares, row, chosen) {
  const middle = (left + right) / 2;
  const y = (i) => top + (i + 0.5) * pitch;
  shares.forEach((p, column) => {
    const size = abs(p);
    if (size < (chosen ? 0.005 : 0.05)) return;
    context.globalAlpha = chosen ? 0.2 + 0.8 * size : 0.25 * size;
    context.lineWidth = chosen ? 1 + 3 * size : 1;
    context.setLineDash(p < 0 ? [4, 3] : []); // lost
    context.beginPath();
    context.moveTo(left + 4, y(row));
    context.bezierCurveTo(middle, y(row), middle, y(column), right - 4, y(column));
    context.stroke();
  });
  context.globalAlpha = context.lineWidth = 1;
  context.setLineDash([]);
}

/** @param {Context} context @param {import("./layout.js").Lines} lines @param {Scene} scene @param {Palette} colors */
function paintLineLabels(context, { left, right, top, pitch, width }, scene, colors) {
  const { rows, columns, row } = scene;
  const shares = sharesOf(scene);
  const y = (i) => top + (i + 0.5) * pitch;
  setFont(context, 11);
  write(context, "query", left - 4, 10, "right", colors.quiet);
  write(context, "key", right + 4, 10, "left", colors.quiet);
  const [from, to] = [rows, columns].map((words) => labelsOf(words, pitch));
  for (const i of labelsShown(from, pitch, [row])) label(context, from[i] || rows[i], left - 4, y(i), "right", i === row, colors);
  for (const j of labelsShown(to, pitch, largest(scene).slice(0, 5))) {
    label(context, to[j] || columns[j], right + 4, y(j), "left", false, colors);
    if (abs(shares[j]) >= 0.005) write(context, scene.tell(shares[j]), width - 1, y(j), "right", colors.ink);
  }
}
