import { fromHalf, readSized, toBytes, toFloats, toShorts } from "../shared/codec.js";
import { range } from "../shared/math.js";
import { legible, visible } from "../shared/text.js";

/** What Python sent, checked. Heads are numbered layer by layer; arrays run head by head. A name is a token by its place in
 * `names`.
 * @typedef {object} Atlas
 * @property {number} layers @property {number} heads of a layer @property {number} count of all heads
 * @property {number} passages of each head @property {number} written tokens of each passage @property {number} sought of each head
 * @property {number} texts of the corpus
 * @property {string} label
 * @property {number[]} bins the distance that each bar begins with; the last one is without an end
 * @property {string[]} names every token that is shown
 * @property {string[]} scoreNames
 * @property {Float32Array} evenly what one scores that looks evenly
 * @property {Float32Array[]} means of each score, of each head @property {Float32Array[]} reach half of the intervals
 * @property {Float32Array} distances shares, bar by bar
 * @property {Uint8Array} lengths of the passages @property {Uint8Array} queries where in them these stand @property {Uint8Array} keys
 * @property {number[]} starts where each passage begins among all their tokens
 * @property {Uint16Array} tokens names @property {Uint8Array} rows round(255 sqrt(p)) of each token
 * @property {Uint16Array} raisedNames @property {Float32Array} raised in logits
 * @property {Uint16Array} soughtNames @property {Float32Array} excess of all the attention
 */

/** @param {{get: (name: string) => any}} model @returns {Atlas} */
export function readAtlas(model) {
  const shape = model.get("shape");
  const { passages, written, sought } = shape;
  const count = shape.layers * shape.heads;
  const sized = (name, read, length) => readSized(model, name, read, length);
  const scoreNames = model.get("score_names").map(legible);
  const bins = model.get("bins");
  const parts = (array, n, size) => range(n).map((i) => array.subarray(i * size, (i + 1) * size));
  const scores = parts(sized("scores", toFloats, 2 * scoreNames.length * count), 2 * scoreNames.length, count);
  const [lengths, queries, keys] = parts(sized("lengths", toBytes, 3 * count * passages), 3, count * passages);
  const starts = startsOf(lengths);
  return {
    ...shape, count, scoreNames, bins, lengths, queries, keys, starts,
    label: legible(model.get("label")),
    names: model.get("names").map(visible),
    evenly: sized("evenly", toFloats, scoreNames.length),
    means: scores.slice(0, scoreNames.length),
    reach: scores.slice(scoreNames.length),
    distances: sized("distances", fromHalf, count * bins.length),
    tokens: sized("passages", toShorts, starts.at(-1)),
    rows: sized("rows", toBytes, starts.at(-1)),
    raisedNames: sized("written", toShorts, count * passages * written),
    raised: sized("raised", fromHalf, count * passages * written),
    soughtNames: sized("sought", toShorts, count * sought),
    excess: sized("excess", toFloats, count * sought),
  };
}

/** Where each begins, and where the last one ends. @param {Uint8Array} lengths @returns {number[]} */
function startsOf(lengths) {
  const starts = [0];
  for (const length of lengths) starts.push(starts.at(-1) + length);
  return starts;
}
