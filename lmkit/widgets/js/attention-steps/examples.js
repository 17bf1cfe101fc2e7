import { checkFinite, fromHalf } from "../shared/codec.js";
import { legible } from "../shared/text.js";

/** The heads that Python packed: for each example the queries, the keys and the values, as half floats.
 * @param {{name: string, tokens: string[], dimensions: string[], valueDimensions: string[], shape: number[]}[]} examples
 *     shape: tokens, dHead, dValue
 * @param {import("../shared/codec.js").Binary} data
 * @returns {import("./math.js").Head[]}
 */
export function unpackHeads(examples, data) {
  const numbers = checkFinite("data", fromHalf(data));
  let start = 0;
  const take = (count) => numbers.subarray(start, (start += count));
  const heads = examples.map(({ name, tokens, dimensions, valueDimensions, shape: [n, dHead, dValue] }) => ({
    name: legible(name), tokens, dimensions: dimensions.map(legible), valueDimensions: valueDimensions.map(legible), dHead, dValue, query: take(n * dHead), key: take(n * dHead), value: take(n * dValue),
  }));
  if (start !== numbers.length) throw new Error(`the examples need ${start} numbers, there are ${numbers.length}`);
  return heads;
}
