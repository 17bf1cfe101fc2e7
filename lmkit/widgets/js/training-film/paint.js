import { setFont, write } from "../shared/canvas.js";
import { abs, max, range } from "../shared/math.js";
import { paintDot, paintLine } from "../shared/plot.js";
import { grouped } from "../shared/text.js";

/** @typedef {import("./layout.js").Axes} Axes */
/** @typedef {import("./data.js").Film} Film */
/** @typedef {import("../shared/theme.js").Palette} Palette */
/** @typedef {CanvasRenderingContext2D} Context */

/** The curves, with the chosen frame marked in all of them.
 * @param {Context} context @param {Axes} axes @param {Film} film @param {number} frame @param {Palette} colors
 */
export function paintCurves(context, axes, film, frame, colors) {
  const { left, right, line, x, loss } = axes;
  const now = x(film.steps[frame]);
  paintLoss(context, axes, film, colors);
  film.measures.forEach(([name, values], i) => {
    const { y, low, high } = axes.measures[i];
    paintEdges(context, axes, axes.measures[i], colors);
    write(context, name, left, y(high) - 10, "left", colors.ink);
    paintLine(context, values.map((value, j) => [x(film.steps[j]), y(value)]), colors.weight, 2);
    setFont(context, 12, true);
    write(context, values[frame].toFixed(2), right + 8, y((low + high) / 2), "left", colors.accent);
  });
  paintLine(context, [[now, loss.y(loss.high)], [now, line]], colors.accent);
  film.measures.forEach(([, values], i) => paintDot(context, now, axes.measures[i].y(values[frame]), 4, colors.accent, colors.panel));
  paintFrames(context, axes, film.steps, frame, colors);
}

/** The ends of a plot, as lines and numbers. @param {Context} context @param {Axes} axes @param {import("./layout.js").Plot} plot
 * @param {Palette} colors
 */
function paintEdges(context, { left, right }, { y, low, high }, colors) {
  setFont(context, 11);
  for (const value of [low, high]) {
    paintLine(context, [[left, y(value)], [right, y(value)]], colors.line);
    write(context, `${+value.toFixed(2)}`, left - 6, y(value), "right", colors.quiet);
  }
}

/** @param {Context} context @param {Axes} axes @param {Film} film @param {Palette} colors */
function paintLoss(context, axes, { train, valid }, colors) {
  const { left, right, x, loss: { y, high } } = axes;
  const path = (curve) => curve.map(([step, loss]) => [x(step), y(loss)]);
  paintEdges(context, axes, axes.loss, colors);
  write(context, "loss", left, y(high) - 10, "left", colors.ink);
  paintLine(context, path(train), colors.quiet);
  paintLine(context, path(valid), colors.weight, 2);
  const [low, top] = [train, valid].map((curve) => y(curve.at(-1)[1]));
  const apart = (max(0, 14 - abs(low - top)) / 2) * (low < top ? -1 : 1); // so that the names do not touch
  write(context, "train", right + 8, low + apart, "left", colors.quiet);
  write(context, "held out", right + 8, top - apart, "left", colors.weight);
}

/** The line of frames: a dot each, the chosen one as a handle, and the steps that have room.
 * @param {Context} context @param {Axes} axes @param {number[]} steps @param {number} frame @param {Palette} colors
 */
function paintFrames(context, { left, right, line, x }, steps, frame, colors) {
  const written = [];
  paintLine(context, [[left, line], [right, line]], colors.quiet);
  for (const i of [frame, ...range(steps.length)]) {
    const at = x(steps[i]);
    if (i !== frame) paintDot(context, at, line, 3, colors.quiet, colors.panel);
    if (written.some((other) => abs(other - at) < 40)) continue;
    written.push(at);
    setFont(context, 11, i === frame);
    write(context, grouped(steps[i]), at, line + 20, "center", i === frame ? colors.accent : colors.quiet);
  }
  paintDot(context, x(steps[frame]), line, 8, colors.accent, colors.panel, 2);
  setFont(context, 11);
  write(context, "step", right + 14, line, "left", colors.quiet);
}
