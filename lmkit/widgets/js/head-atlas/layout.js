/** Where the heads go. Pure. */
import { ceil, max, min, range, round, sqrt } from "../shared/math.js";
import { makeScale } from "../shared/plot.js";

const [LEFT, RIGHT, TOP, BOTTOM] = [48, 14, 26, 44]; // room for the numbers and the names of the axes
const [SMALLEST, LARGEST] = [4, 9]; // radius of a dot
const MOST_TICKS = 5;
const WITHIN = 20; // pixels from a dot that still mean it

/** @typedef {{x: number, y: number}} Point
 * @typedef {{scale: (value: number) => number, ticks: number[]}} Axis
 * @typedef {{left: number, right: number, top: number, bottom: number, width: number, height: number, radius: number, across: Axis, up: Axis, points: Point[]}} Plot
 */

/** @param {{width: number, x: ArrayLike<number>, y: ArrayLike<number>, even: {x: number, y: number}}} shape the scores of each head
 * @returns {Plot}
 */
export function layoutPlot({ width, x, y, even }) {
  const height = round(max(260, min(380, 0.85 * width)));
  const [left, right, top, bottom] = [LEFT, width - RIGHT, TOP, height - BOTTOM];
  const radius = max(SMALLEST, min(LARGEST, sqrt(((right - left) * (bottom - top)) / max(1, x.length)) / 6));
  const across = axis([...Array.from(x), even.x], [left + radius + 4, right - radius - 4]);
  const up = axis([...Array.from(y), even.y], [bottom - radius - 4, top + radius + 4]);
  const points = Array.from(x, (value, i) => ({ x: across.scale(value), y: up.scale(y[i]) }));
  return { left, right, top, bottom, width, height, radius, across, up, points };
}

/** @param {number[]} values @param {[number, number]} pixels @returns {Axis} */
function axis(values, pixels) {
  const [low, high] = [min(...values), max(...values)];
  return { scale: makeScale([low, high > low ? high : low + 1], pixels), ticks: ticksOf(low, high) };
}

/** Round numbers within a range, a few of them. @param {number} low @param {number} high @returns {number[]} */
export function ticksOf(low, high) {
  if (!(high > low)) return [low];
  const rough = (high - low) / MOST_TICKS;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((times) => times * power).find((one) => one >= rough);
  const first = ceil(low / step);
  return range(MOST_TICKS + 1).map((i) => (first + i) * step).filter((value) => value <= high);
}

/** The head whose dot is nearest, if it is near. @param {Plot} plot @param {Point} at @returns {number | undefined} */
export function nearest({ points, radius }, at) {
  const away = points.map(({ x, y }) => (x - at.x) ** 2 + (y - at.y) ** 2);
  const least = min(...away);
  return least <= (radius + WITHIN) ** 2 ? away.indexOf(least) : undefined;
}

/** The heads whose dots a line goes around; it is closed by its ends. @param {Plot} plot @param {Point[]} path @returns {number[]} */
export function within({ points }, path) {
  return range(points.length).filter((i) => isWithin(points[i], path));
}

/** Does a ray to the right cross the line an odd number of times? @param {Point} point @param {Point[]} path */
function isWithin({ x, y }, path) {
  let odd = false;
  path.forEach((from, i) => {
    const to = path[(i + 1) % path.length];
    if (from.y > y !== to.y > y && x < from.x + ((y - from.y) / (to.y - from.y)) * (to.x - from.x)) odd = !odd;
  });
  return odd;
}

/** Heads by a score, the least first; of equals, the first first. @param {ArrayLike<number>} values @returns {number[]} */
export const ascending = (values) => range(values.length).sort((a, b) => values[a] - values[b]);
