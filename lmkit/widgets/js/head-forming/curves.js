import { fitCanvas, setFont, write } from "../shared/canvas.js";
import { h, setAttribute } from "../shared/dom.js";
import { min } from "../shared/math.js";
import { paintDot, paintLine } from "../shared/plot.js";
import { makeRow, makeTable, onRequest } from "../shared/table.js";
import { count } from "../shared/text.js";
import { layoutCurves } from "./layout.js";
import { progress } from "./words.js";

/** @typedef {import("./training.js").Look} Look @typedef {import("./run.js").Run} Run */

/** What is measured of a run: a name, its value at a look, and how it is written. @param {number} layers @returns {[string, (look: Look) => number][]} */
const measured = (layers) => [
  ["loss, where the next word can be known", ({ loss }) => loss],
  ["share of right words there", ({ right }) => right],
  ["previous-token score of layer 0", ({ previous }) => previous[0]],
  [`induction score of layer ${layers - 1}`, ({ induction }) => induction[layers - 1]],
];

/** The loss and the scores over the steps; behind them, in gray, those of the last training that came to its end. */
export function curvesView() {
  const canvas = h("canvas", { role: "img" });
  const element = h("div", {}, canvas);
  /** @param {import("./seen.js").Seen} seen @param {import("../shared/theme.js").Palette} colors */
  function update({ run, before }, colors) {
    const axes = layoutCurves(element.clientWidth);
    const context = fitCanvas(canvas, element.clientWidth, axes.height);
    measured(run.layers).forEach(([name], i) => paintPlot(context, axes, axes.plots[i], name, i === 3, colors));
    if (before) paintRun(context, axes, before, colors, true);
    paintRun(context, axes, run, colors, false);
    setAttribute(canvas, "aria-label", `Curves of the training. ${progress(run)}`);
  }
  return { element, update };
}

/** Its name and its ends. @param {CanvasRenderingContext2D} context @param {import("./layout.js").Axes} axes
 * @param {import("./layout.js").Plot} plot @param {string} name @param {boolean} isLast of the plots: it has the steps below
 * @param {import("../shared/theme.js").Palette} colors
 */
function paintPlot(context, { left, right, x }, { top, high, y }, name, isLast, colors) {
  setFont(context, 11);
  write(context, name, left, top - 9, "left", colors.ink);
  for (const value of high > 1 ? [0, 1, 2, 3] : [0, 1]) {
    paintLine(context, [[left, y(value)], [right, y(value)]], colors.line);
    write(context, `${value}`, left - 6, y(value), "right", colors.quiet);
  }
  if (!isLast) return;
  for (const step of [0, 200, 400, 600]) write(context, `${step || "step 0"}`, x(step), y(0) + 14, "center", colors.quiet);
}

/** @param {CanvasRenderingContext2D} context @param {import("./layout.js").Axes} axes @param {Run} run
 * @param {import("../shared/theme.js").Palette} colors @param {boolean} isOld
 */
function paintRun(context, { x, right, plots }, { layers, training }, colors, isOld) {
  measured(layers).forEach(([, value], i) => {
    const { y, high } = plots[i];
    const points = training.looks.map((look) => [x(look.step), y(min(high, value(look)))]);
    const end = points.at(-1);
    paintLine(context, points, isOld ? colors.quiet : colors.weight, isOld ? 1 : 2);
    setFont(context, 11, !isOld);
    if (isOld && i === 0) write(context, count(layers, "layer"), right, end[1] - 9, "right", colors.quiet);
    if (isOld) return;
    paintDot(context, end[0], end[1], 3, colors.accent, colors.panel);
    write(context, value(training.looks.at(-1)).toFixed(2), right + 8, i ? (y(0) + y(1)) / 2 : end[1], "left", colors.accent);
  });
}

/** The numbers of the run at every fifth look, on request. */
export function tableView() {
  return onRequest("the training", ({ run: { layers, training } }) => {
    const names = measured(layers);
    const looks = training.looks.filter((_, i) => i % 5 === 0);
    return makeTable(`Training with ${count(layers, "layer")}`, ["step", ...names.map(([name]) => name)],
      looks.map((look) => makeRow(`${look.step}`, names.map(([, value]) => value(look).toFixed(2)))));
  });
}
