/** How dark a cell is. Shares by their size; other numbers by their place between the lowest and the highest. Pure.
 * @typedef {import("./seen.js").Seen} Seen
 */
import { range } from "./math.js";
import { number } from "./numbers.js";
import { matrixOf } from "./seen.js";

/** Masking hides cells and changes no other: it keeps the range of the step before. @param {Seen} seen */
function rangeOf(seen) {
  return range(seen.step === 3 ? seen.run.scaled : matrixOf(seen));
}

/** @param {Seen} seen @returns {(cell: number) => number} from the number in a cell to 0 … 1 for the color ramp */
export function toneOf(seen) {
  if (seen.step === 4) return (cell) => cell;
  const { low, high } = rangeOf(seen);
  return (cell) => ((cell - low) / (high - low || 1)) ** 2; // squared, for the ramp goes by the square root
}

/** What the ends and the middle of the ramp stand for. @param {Seen} seen @returns {string[]} */
export function legend(seen) {
  if (seen.step === 4) return ["0 %", "25 %", "100 %"];
  const { low, high } = rangeOf(seen);
  return [low, (low + high) / 2, high].map((x) => number(x));
}
