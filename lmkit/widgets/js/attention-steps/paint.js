import { hatch, setFont, write } from "../shared/canvas.js";
import { ramp, readableOn } from "../shared/color.js";
import { labelsShown } from "./layout.js";

/**
 * @typedef {object} Picture
 * @property {Float32Array} cells −∞ where hidden
 * @property {(cell: number) => number} tone 0 to 1
 * @property {(cell: number) => string} text the number in a cell
 * @property {string[]} rows their labels
 * @property {string[]} columns
 * @property {number} row chosen
 * @property {number} column chosen
 *
 * @typedef {import("./layout.js").Layout} Layout
 * @typedef {import("../shared/theme.js").Palette} Palette
 */

/** @param {CanvasRenderingContext2D} context @param {Layout} layout @param {Picture} picture @param {Palette} colors */
export function paintMatrix(context, layout, picture, colors) {
  paintCells(context, layout, picture, colors);
  paintChoice(context, layout, picture, colors);
  paintLabels(context, layout, picture, colors);
}

/** @param {CanvasRenderingContext2D} context @param {Layout} layout @param {Picture} picture @param {Palette} colors */
function paintCells(context, layout, { cells, tone, text, columns }, colors) {
  const gap = layout.cellWidth < 12 ? 0 : 1;
  const [width, height] = [layout.cellWidth - gap, layout.cellHeight - gap];
  setFont(context, layout.cellWidth < 48 ? 11 : 13);
  cells.forEach((cell, i) => {
    const x = layout.x + (i % columns.length) * layout.cellWidth;
    const y = layout.y + Math.floor(i / columns.length) * layout.cellHeight;
    if (cell === -Infinity) return hatch(context, { x, y, width, height }, colors.line);
    const color = ramp(tone(cell), colors);
    context.fillStyle = color;
    context.fillRect(x, y, width, height);
    if (layout.numbers) write(context, text(cell), x + width / 2, y + height / 2, "center", readableOn(color, colors));
  });
}

/** A thin frame around the chosen row, a thick one around the chosen cell.
 * @param {CanvasRenderingContext2D} context @param {Layout} layout @param {Picture} picture @param {Palette} colors
 */
function paintChoice(context, { x, y, cellWidth, cellHeight }, { rows, columns, row, column }, colors) {
  const frame = (color, line, left, top, across, down) => {
    context.strokeStyle = color;
    context.lineWidth = line;
    context.strokeRect(x + left * cellWidth - 0.5, y + top * cellHeight - 0.5, across * cellWidth, down * cellHeight);
  };
  frame(colors.line, 1, 0, 0, columns.length, rows.length);
  frame(colors.accent, 1, 0, row, columns.length, 1);
  frame(colors.accent, 2.5, column, row, 1, 1);
}

/** @param {CanvasRenderingContext2D} context @param {Layout} layout @param {Picture} picture @param {Palette} colors */
function paintLabels(context, { x, y, cellWidth, cellHeight, tilt }, { rows, columns, row, column }, colors) {
  const label = (text, chosen, left, top, align, angle) => {
    context.save();
    context.translate(left, top);
    context.rotate(-angle);
    setFont(context, 12, chosen);
    write(context, text, 0, 0, align, chosen ? colors.accent : colors.ink);
    context.restore();
  };
  labelsShown(rows.length, cellHeight, row).forEach((shown, i) => {
    if (shown) label(rows[i], i === row, x - 8, y + (i + 0.5) * cellHeight, "right", 0);
  });
  labelsShown(columns.length, cellWidth, column).forEach((shown, i) => {
    if (shown) label(columns[i], i === column, x + (i + 0.5) * cellWidth, y - (tilt ? 7 : 12), tilt ? "left" : "center", tilt);
  });
}
