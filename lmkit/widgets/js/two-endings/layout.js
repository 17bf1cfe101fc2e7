/** Where the lines go, from one word to the others. Pure. Lengths are in CSS pixels.
 * @typedef {{x: number, y: number, width: number, height: number}} Box
 * @typedef {{x: number, y: number}} Point
 * @typedef {{from: Point, bend: Point, bendTo: Point, to: Point}} Curve a cubic one: its ends, and where they head for
 */
import { abs, min } from "../shared/math.js";

/** @param {Box[]} boxes of the words @param {number} word the one that looks @returns {(Curve | null)[]} none to itself */
export function layoutLines(boxes, word) {
  return boxes.map((box, i) => (i === word ? null : lineBetween(boxes[word], box)));
}

/** An arch over the words of one row; between two rows, from edge to edge.
 * @param {Box} from @param {Box} to @returns {Curve}
 */
function lineBetween(from, to) {
  const [x, toX] = [from, to].map((box) => box.x + box.width / 2);
  const down = to.y - from.y > from.height / 2;
  const up = from.y - to.y > from.height / 2;
  const y = down ? from.y + from.height : from.y;
  const toY = up ? to.y + to.height : to.y;
  const [bend, bendTo] = down || up ? [(y + toY) / 2, (y + toY) / 2] : Array(2).fill(y - archOver(abs(toX - x)));
  return { from: { x, y }, bend: { x, y: bend }, bendTo: { x: toX, y: bendTo }, to: { x: toX, y: toY } };
}

const ROOM = 24; // to rise: the style sheet leaves 30 above each row, and a line has its thickness

/** How far the ends of an arch head up; it rises by three quarters of that. @param {number} distance @returns {number} */
const archOver = (distance) => min(ROOM, 9 + distance / 8) / 0.75;

/** As thick as the share; what is too little to be seen as a line is none. @param {number} share @returns {number} */
export const thickness = (share) => (share < 0.01 ? 0 : 1 + 11 * share);
