/** What the reader sees now: derived from the state, never stored. Pure.
 *
 * @typedef {object} State
 * @property {number} layer @property {number} neuron
 * @property {number} sort which score the neurons are sorted by; -1: their number
 * @property {string} find what the reader looks for
 * @property {boolean} table
 *
 * @typedef {import("./data.js").Neurons} Neurons
 * @typedef {{word: string, share: number, peak: boolean}} Word of a passage, with its share of the neuron's peak
 * @typedef {{name: number, push: number}} Token push: logits at the neuron's peak, before the final norm divides
 * @typedef {{layer: number, neuron: number, strength: number}} Found
 *
 * @typedef {object} Seen
 * @property {Neurons} data @property {State} state
 * @property {number[]} order the neurons of the layer, as they are shown
 * @property {Found[]} writers neurons that raise what is looked for, the strongest first
 * @property {Found[]} hearers neurons that fire hardest on it
 * @property {boolean} unknown what is looked for is no token, nor the beginning of one
 * @property {string[]} near where it is none: tokens that begin like it
 */
import { shareOf } from "../shared/codec.js";
import { clamp, max, range } from "../shared/math.js";
import { MARK, neuronName } from "../shared/text.js";
import { BEFORE, OUTSIDE } from "./data.js";

/** @param {Neurons} data @param {State} state @returns {Seen} */
export function seenIn(data, state) {
  const wanted = namesLike(data, state.find);
  const unknown = plain(state.find) !== "" && !wanted.size;
  const found = { writers: writersOf(data, wanted), hearers: hearersOf(data, wanted) };
  return { data, state, order: orderOf(data, state), ...found, unknown, near: unknown ? nearTo(data, state.find) : [] };
}

/** Makes any wanted state one that can be shown. @param {Neurons} data @returns {(wanted: State) => State} */
export function settleFor({ layers, neurons, scoreNames }) {
  return (wanted) => ({
    ...wanted,
    layer: clamp(wanted.layer, layers),
    neuron: clamp(wanted.neuron, neurons),
    sort: wanted.sort in scoreNames ? wanted.sort : -1,
  });
}

/** @param {Neurons} data @param {number} sort @param {number} layer @param {number} neuron @returns {number} */
export const scoreOf = ({ layers, neurons, scores }, sort, layer, neuron) => scores[(sort * layers + layer) * neurons + neuron];

/** @param {Neurons} data @param {State} state @returns {number[]} */
function orderOf(data, { layer, sort }) {
  const order = range(data.neurons);
  return sort < 0 ? order : order.sort((a, b) => scoreOf(data, sort, layer, b) - scoreOf(data, sort, layer, a));
}

/** @param {Neurons} data @param {number} layer @param {number} neuron @returns {number} the highest activation, not below 0 */
export const peakOf = ({ neurons, peaks }, layer, neuron) => max(0, peaks[layer * neurons + neuron]);

/** The passages that a neuron fires on, the hardest first. @param {Neurons} data @param {number} layer @param {number} neuron
 * @returns {Word[][]}
 */
export function passagesOf({ neurons, passages, window, names, heard, levels }, layer, neuron) {
  return range(passages).map((i) => {
    const at = ((layer * neurons + neuron) * passages + i) * window;
    const inside = range(window).filter((j) => heard[at + j] !== OUTSIDE);
    return inside.map((j) => ({ word: names[heard[at + j]], share: shareOf(levels[at + j]), peak: j === BEFORE }));
  });
}

/** What a neuron raises and what it lowers, the strongest first. @param {Neurons} data @param {number} layer
 * @param {number} neuron @returns {[Token[], Token[]]}
 */
export function writtenBy(data, layer, neuron) {
  const peak = peakOf(data, layer, neuron);
  const tokens = (side) => range(data.top).map((i) => {
    const at = ((layer * data.neurons + neuron) * 2 + side) * data.top + i;
    return { name: data.written[at], push: peak * data.logits[at] };
  });
  return [tokens(0), tokens(1)];
}

/** A token as a reader would type it. @param {string} word */
export const plain = (word) => word.trim().replace(/^␣+/, "");

/** @param {string} word */
const bare = (word) => plain(word).toLowerCase();

/** The tokens that are what is looked for, else those that begin with it. @param {Neurons} data @param {string} find
 * @returns {Set<number>} names
 */
export function namesLike({ names }, find) {
  const wanted = bare(find);
  const all = range(wanted ? names.length : 0);
  const same = all.filter((i) => bare(names[i]) === wanted);
  return new Set(same.length ? same : all.filter((i) => bare(names[i]).startsWith(wanted)));
}

const MOST_NEAR = 5;

/** The tokens, as a reader would type them, that share the longest beginning with what is looked for; the shortest first.
 * @param {Neurons} data @param {string} find @returns {string[]}
 */
export function nearTo({ names }, find) {
  const wanted = bare(find);
  for (let length = wanted.length; length > 0; length--) {
    const alike = names.filter((name) => bare(name).startsWith(wanted.slice(0, length)));
    const near = new Map(alike.reverse().map((name) => [bare(name), plain(name)]));
    if (near.size) return [...near.values()].sort((a, b) => a.length - b.length).slice(0, MOST_NEAR);
  }
  return [];
}

/** @param {Neurons} data @param {(layer: number, neuron: number) => number} strengthOf 0: not found @returns {Found[]} */
function search({ layers, neurons }, strengthOf) {
  return range(layers * neurons)
    .map((i) => ({ layer: Math.floor(i / neurons), neuron: i % neurons, strength: 0 }))
    .map((one) => ({ ...one, strength: strengthOf(one.layer, one.neuron) }))
    .filter(({ strength }) => strength > 0)
    .sort((a, b) => b.strength - a.strength);
}

/** Neurons that have a token among those that they raise most; as strong as they raise it at their peak.
 * @param {Neurons} data @param {Set<number>} wanted
 */
function writersOf(data, wanted) {
  if (!wanted.size) return [];
  return search(data, (layer, neuron) => max(0, ...writtenBy(data, layer, neuron)[0].filter(({ name }) => wanted.has(name)).map(({ push }) => push)));
}

/** Neurons that fire hardest on a token, in at least half of their passages; as strong as their peak.
 * @param {Neurons} data @param {Set<number>} wanted
 */
function hearersOf(data, wanted) {
  if (!wanted.size) return [];
  const { neurons, passages, window, heard } = data;
  return search(data, (layer, neuron) => {
    const at = (layer * neurons + neuron) * passages;
    const hits = range(passages).filter((i) => wanted.has(heard[(at + i) * window + BEFORE])).length;
    return 2 * hits >= passages ? peakOf(data, layer, neuron) : 0;
  });
}

/** @param {number} value @returns {string} such as "+1.25" or "−0.50" */
export const signed = (value) => `${value < 0 ? "−" : "+"}${Math.abs(value).toFixed(2)}`;

/** @param {string} word */
const quote = (word) => `“${MARK}${word}${MARK}”`;

/** The chosen neuron in words: which, and what it does. Words stand between MARKs. @param {Seen} seen
 * @returns {[string, string]}
 */
export function sentence({ data, state: { layer, neuron } }) {
  const peak = peakOf(data, layer, neuron);
  const name = `${neuronName(layer, neuron)} `;
  if (peak < 0.005) return [name, "never fires on this corpus: whatever it would write, it does not write here."];
  const at = passagesOf(data, layer, neuron)[0].find((word) => word.peak);
  const [[raised], [lowered]] = writtenBy(data, layer, neuron);
  const writes = `raises ${quote(data.names[raised.name])} most, by ${raised.push.toFixed(2)}, and lowers ${quote(data.names[lowered.name])} `
    + `most, by ${Math.abs(lowered.push).toFixed(2)}`;
  return [name, `fires hardest on ${quote(/** @type {Word} */ (at).word)}, with ${peak.toFixed(2)}. There it ${writes} (logits, before the final norm divides).`];
}
