import { abs, max, min, round } from "../shared/math.js";

/** Where the tokens of each level stand: the output above, the input below. Pure.
 * @typedef {{left: number, top: number, pitch: number, rise: number, width: number, height: number, layers: number, tokens: number}} Levels
 * @param {{layers: number, tokens: number, width: number, words: number}} shape words: room for the words below
 * @returns {Levels}
 */
export function layoutLevels({ layers, tokens, width, words }) {
  const left = 34; // the names of the layers
  const rise = max(22, min(44, 340 / layers));
  const pitch = (width - left - 12 - min(words, 40)) / max(1, tokens - 1);
  return { left, top: 22, pitch, rise, width, height: 22 + rise * layers + words, layers, tokens };
}

/** @param {Levels} levels @param {number} level 0: the input @param {number} i @returns {[number, number]} */
export const placeOf = ({ left, top, pitch, rise, layers }, level, i) => [left + 8 + i * pitch, top + (layers - level) * rise];

/** The link nearest to a point, of those that are drawn. @param {Levels} levels @param {{x: number, y: number}} point
 * @param {(layer: number, to: number, from: number) => boolean} drawn @returns {{layer: number, to: number, from: number} | null}
 */
export function linkAt(levels, { x, y }, drawn) {
  const { top, rise, layers, tokens } = levels;
  const layer = layers - 1 - Math.floor((y - top) / rise);
  if (layer < 0 || layer >= layers) return null;
  const part = (y - top) / rise - (layers - 1 - layer); // of the way down
  let [best, nearest] = [null, 10];
  for (let to = 0; to < tokens; to++) for (let from = 0; from < tokens; from++) {
    const [above] = placeOf(levels, layer + 1, to);
    const [below] = placeOf(levels, layer, from);
    const away = abs(above + (below - above) * part - x);
    if (away < nearest && drawn(layer, to, from)) [best, nearest] = [{ layer, to, from }, away];
  }
  return best;
}

/** The token nearest to an x. @param {Levels} levels @param {number} x */
export const tokenAt = ({ left, pitch, tokens }, x) => min(tokens - 1, max(0, round((x - left - 8) / (pitch || 1))));
