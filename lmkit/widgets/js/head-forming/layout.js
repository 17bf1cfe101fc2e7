/** Where the curves go, in CSS pixels: the loss, and below it each measure. Pure. */
import { range } from "../shared/math.js";
import { makeScale } from "../shared/plot.js";
import { WORDS } from "./texts.js";
import { STEPS } from "./training.js";

const TOP = 20; // room above each plot, for its name
const [LOSS, MEASURE] = [96, 24]; // heights of the plots

/** @typedef {{top: number, bottom: number, low: number, high: number, y: (value: number) => number}} Plot
 * @typedef {{left: number, right: number, height: number, x: (step: number) => number, plots: Plot[]}} Axes
 */

/** @param {number} width @returns {Axes} the loss up to that of a model that knows nothing, and three measures from 0 to 1 */
export function layoutCurves(width) {
  const [left, right] = [34, width - 46];
  const place = (top, height, high) => ({ top, bottom: top + height, low: 0, high, y: makeScale([0, high], [top + height, top]) });
  const loss = place(TOP, LOSS, Math.log(WORDS) + 0.5);
  const measures = range(3).map((i) => place(loss.bottom + TOP + i * (MEASURE + TOP), MEASURE, 1));
  return { left, right, height: measures[2].bottom + 26, x: makeScale([0, STEPS], [left, right]), plots: [loss, ...measures] };
}
