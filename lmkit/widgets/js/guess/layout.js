/** Where a curve that the reader draws goes, in CSS pixels. Pure. */
import { ceil, clamp, max, min, round } from "../shared/math.js";
import { makeScale } from "../shared/plot.js";

const TOP = 12;
const BOTTOM = 172;
export const MARGIN = 28; // right of the last place

/** From values to parts of the axis, 0 to 1, and back. An axis that begins above 0 is logarithmic.
 * @param {{low: number, high: number}} ends
 * @returns {{partOf: (value: number) => number, valueAt: (part: number) => number}}
 */
export function makeAxis({ low, high }) {
  const inside = (part) => min(1, max(0, part));
  return {
    partOf: makeScale([low, high], [0, 1], low > 0 ? Math.log : undefined),
    valueAt: (part) => min(high, +(low > 0 ? low * (high / low) ** inside(part) : high * inside(part)).toPrecision(2)),
  };
}

/** @param {import("./data.js").Question} question @param {number} width
 * @returns {{height: number, left: number, right: number, x: (place: number) => number, y: (value: number) => number,
 *   hit: (point: {x: number, y: number}) => [number, number], ticks: number[], named: (place: number) => boolean}}
 *   hit: the nearest place, and the value at that height; named: whether there is room for its name
 */
export function layoutDrawing({ choices, ends }, width) {
  const { partOf, valueAt } = makeAxis(ends);
  const [left, right, last] = [48, width - MARGIN, choices.length - 1];
  const letters = choices.join("").length / choices.length;
  const every = ceil((last * (6 * letters + 8)) / (right - left));
  return {
    height: BOTTOM + 30, left, right,
    x: makeScale([0, last], [left, right]),
    y: (value) => BOTTOM - (BOTTOM - TOP) * max(-0.05, min(1.05, partOf(value))), // what is off the axis stays in sight
    hit: ({ x, y }) => [
      clamp(round((last * (x - left)) / (right - left)), last + 1),
      valueAt((BOTTOM - y) / (BOTTOM - TOP)),
    ],
    ticks: [0, 0.5, 1].map(valueAt),
    named: (place) => place % every === 0,
  };
}

/** A curve with a new value at a place; places that a quick hand has passed over lie on the way.
 * @param {number[]} curve @param {[number, number]} to place and value @param {number} [from] the place before
 */
export function drawTo(curve, [place, value], from = place) {
  const way = place - from || 1;
  return curve.map((old, i) => {
    const part = (i - from) / way;
    return i === place ? value : part > 0 && part < 1 ? curve[from] + part * (value - curve[from]) : old;
  });
}
