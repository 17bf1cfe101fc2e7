/** Where the curves go, in CSS pixels: the loss, below it each measure, below them the line of frames. Pure. */
import { max, min } from "../shared/math.js";
import { makeScale } from "../shared/plot.js";

const TOP = 20;
const LOSS = 120; // height of the loss
const MEASURE = 22; // of a measure
const NAME = 26; // the room above a measure, for its name
const LEAST = 1e-3; // a loss below this has no place on a logarithmic axis

/** @typedef {(value: number) => number} Scale
 * @typedef {{y: Scale, low: number, high: number}} Plot the ends of what it shows
 * @typedef {object} Axes
 * @property {number} height @property {number} left @property {number} right
 * @property {Scale} x from steps
 * @property {Plot} loss @property {Plot[]} measures
 * @property {number} line where the frames lie
 */

/** @param {import("./data.js").Film} film @param {boolean} log steps and losses by their logarithm @param {number} width
 * @returns {Axes}
 */
export function layoutCurves({ steps, train, valid, measures }, log, width) {
  const [left, right] = [36, width - 60];
  const points = [...train, ...valid];
  const allSteps = [...steps, ...points.map(([step]) => step)];
  const losses = points.map(([, loss]) => max(LEAST, loss));
  const line = TOP + LOSS + measures.length * (NAME + MEASURE) + 20;
  return {
    height: line + 30, left, right, line,
    x: makeScale([min(...allSteps), max(...allSteps)], [left, right], log ? Math.log1p : undefined),
    loss: makePlot(losses, TOP + LOSS, LOSS, log ? (loss) => Math.log(max(LEAST, loss)) : undefined),
    // From 0 to 1 at least, so that shares can be compared.
    measures: measures.map(([, values], i) => makePlot([0, 1, ...values], TOP + LOSS + (i + 1) * (NAME + MEASURE), MEASURE)),
  };
}

/** @param {number[]} values @param {number} bottom @param {number} height @param {Scale} [by] @returns {Plot} */
function makePlot(values, bottom, height, by) {
  const [low, high] = [min(...values), max(...values)];
  return { low, high, y: makeScale([low, high], [bottom, bottom - height], by) };
}
