import { fitCanvas, pixelRatio, setFont, write } from "../shared/canvas.js";
import { rampPixels } from "../shared/color.js";
import { abs, floor, max, min, range, round, sqrt } from "../shared/math.js";
import { paintLine } from "../shared/plot.js";
import { largestLevels, shownShares } from "./data.js";

/** Draws every head once; choosing another head moves a frame and leaves this picture alone.
 * @param {HTMLCanvasElement} canvas @param {import("./layout.js").Overview} overview
 * @param {import("./scene.js").Scene} scene @param {import("../shared/theme.js").Palette} colors
 */
export function paintOverview(canvas, overview, { attention, view, state, off }, colors) {
  const context = fitCanvas(canvas, overview.width, overview.height);
  const ratio = pixelRatio();
  const ramp = rampPixels(colors);
  context.strokeStyle = colors.line;
  for (const { index, x, y, size } of overview.cells) {
    const side = round(size * ratio);
    const image = new ImageData(side, side);
    const levels = isSparse(attention, view, state, side)
      ? largestLevels(attention, index, side)
      : thumbnail(shownShares(attention, index, view, state.show), view.queries.length, view.keys.length, side);
    new Uint32Array(image.data.buffer).set(levels.map((level) => ramp[level]));
    context.putImageData(image, round(x * ratio), round(y * ratio));
    context.strokeRect(x - 0.5, y - 0.5, size + 1, size + 1);
    if (off?.has(index)) crossOut(context, x, y, size, colors);
  }
  setFont(context, overview.font);
  for (const { x, y, width } of overview.groups) paintLine(context, [[x, y], [x + width, y]], colors.quiet, 2);
  for (const { text, x, y } of overview.labels) write(context, text, x, y, "center", colors.quiet);
}

/** Are there more tokens than pixels, and all of what is shown in few of their shares?
 * @param {import("./data.js").Attention} attention @param {import("./data.js").View} view @param {import("./scene.js").State} state
 * @param {number} side
 */
function isSparse({ top, queries, keys }, view, { show, whole }, side) {
  const all = view.queries.length === queries && view.keys.length === keys;
  return top && all && !whole && show === "after" && min(queries, keys) >= side;
}

/** A head that is switched off still looks, but nobody hears of it.
 * @param {CanvasRenderingContext2D} context @param {number} x @param {number} y @param {number} size
 * @param {import("../shared/theme.js").Palette} colors
 */
function crossOut(context, x, y, size, { accent, page }) {
  context.save();
  for (const [color, width] of [[page, 6], [accent, 3]]) {
    paintLine(context, [[x, y], [x + size, y + size]], color, width);
    paintLine(context, [[x + size, y], [x, y + size]], color, width);
  }
  context.restore();
}

/** One head as levels of the ramp: 0 to 255, and from 256 on for what is below 0. Where tokens outnumber pixels, a pixel
 * shows what is largest under it, whatever its sign, so that a thin diagonal stays a line.
 * @param {Float32Array} shares rows × columns @param {number} rows @param {number} columns @param {number} width in pixels
 * @param {number} [height] @returns {Uint32Array}
 */
export function thumbnail(shares, rows, columns, width, height = width) {
  const [rowFrom, columnFrom] = [bounds(rows, height), bounds(columns, width)];
  return new Uint32Array(width * height).map((_, pixel) => {
    const [y, x] = [floor(pixel / width), pixel % width];
    let most = 0;
    for (let i = rowFrom[y]; i <= max(rowFrom[y], rowFrom[y + 1] - 1); i++) {
      for (let j = columnFrom[x]; j <= max(columnFrom[x], columnFrom[x + 1] - 1); j++) {
        const p = shares[i * columns + j];
        if (abs(p) > abs(most)) most = p;
      }
    }
    return levelOf(most);
  });
}

/** The step of the ramp for a share, or for a change: one below 0 has the second half. @param {number} p
 * @returns {number} 0 to 511
 */
export const levelOf = (p) => round(255 * sqrt(min(1, abs(p)))) + (p < 0 ? 256 : 0);

/** Where the tokens of each pixel begin. @param {number} count @param {number} size */
const bounds = (count, size) => range(size + 1).map((i) => floor((i * count) / size));
