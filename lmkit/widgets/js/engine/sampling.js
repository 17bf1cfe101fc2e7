/** Sampling: from logits to probabilities, and from these to the next token. As lmkit.model.sampling. */

/** @param {ArrayLike<number>} logits @param {{temperature?: number, topK?: number | null, topP?: number | null}} [how]
 * temperature: below 1 prefers likely tokens more strongly, above 1 less, 0 takes the greatest (of equals the smallest id);
 * topK: keep the k most probable (of equals the smaller id first); topP: of these keep the fewest that together have this
 * share, the most probable first
 * @returns {Float64Array} sums to 1
 */
export function probabilities(logits, { temperature = 1, topK = null, topP = null } = {}) {
  check(Number.isFinite(temperature) && temperature >= 0, `temperature is ${temperature}, but must be 0 or more, and finite`);
  check(topK === null || (Number.isInteger(topK) && topK >= 1), `topK is ${topK}, but must be a whole number, 1 or more`);
  check(topP === null || (topP > 0 && topP <= 1), `topP is ${topP}, but is a share of the probability: above 0, at most 1`);
  const all = softmax(logits, temperature);
  if (topK === null && topP === null) return all;
  const sorted = all.slice().sort().reverse();
  return normalized(keepFirst(all, sorted, needed(sorted.subarray(0, topK ?? all.length), topP ?? 1)));
}

/** e^((z - max) / T), over its sum. @param {ArrayLike<number>} logits @param {number} temperature */
function softmax(logits, temperature) {
  const most = greatest(logits);
  check(Number.isFinite(most), "these logits give no probabilities: they hold NaN or infinity, or nothing at all");
  if (temperature === 0) {
    const all = new Float64Array(logits.length);
    all[Array.prototype.indexOf.call(logits, most)] = 1;
    return all;
  }
  return normalized(new Float64Array(logits).map((logit) => Math.exp((logit - most) / temperature)));
}

/** @param {ArrayLike<number>} logits @returns {number} NaN where one of them is */
function greatest(logits) {
  let most = -Infinity;
  for (let i = 0; i < logits.length; i++) most = Math.max(most, logits[i]);
  return most;
}

/** How many of these it takes to have so large a part of their sum. @param {Float64Array} sorted @param {number} share */
function needed(sorted, share) {
  const enough = share * sum(sorted);
  let count = 0;
  for (let before = 0; count < sorted.length && before < enough; count++) before += sorted[count];
  return count;
}

/** The `count` greatest, of equals those that come first; 0 for all others.
 * @param {Float64Array} all @param {Float64Array} sorted the greatest first @param {number} count
 */
function keepFirst(all, sorted, count) {
  const least = sorted[count - 1];
  let equals = count - sorted.indexOf(least); // how many of those that are as great as the least have a place
  return all.map((p) => (p > least || (p === least && equals-- > 0) ? p : 0));
}

/** @param {Float64Array} numbers */
const sum = (numbers) => numbers.reduce((total, number) => total + number, 0);

/** @param {Float64Array} weights */
function normalized(weights) {
  const total = sum(weights);
  return weights.map((weight) => weight / total);
}

/** @param {ArrayLike<number>} logits @param {number} id @returns {number} log p of a token, in nats */
export function logProbability(logits, id) {
  const most = greatest(logits);
  let total = 0;
  for (let i = 0; i < logits.length; i++) total += Math.exp(logits[i] - most);
  return logits[id] - most - Math.log(total);
}

/** The token on which a random number falls. @param {ArrayLike<number>} probabilities @param {number} random 0 ≤ random < 1
 * @returns {number} an id whose probability is not 0
 */
export function sample(probabilities, random) {
  let chosen = -1;
  for (let id = 0, below = 0; id < probabilities.length && below <= random; id++) {
    if (probabilities[id] > 0) chosen = id;
    below += probabilities[id];
  }
  return chosen;
}

const GOLDEN = 0x9e3779b97f4a7c15n; // 2⁶⁴ over the golden ratio, made odd
const MIX = [[30n, 0xbf58476d1ce4e5b9n], [27n, 0x94d049bb133111ebn], [31n, 1n]];
const in64 = (n) => BigInt.asUintN(64, n);

/** Random numbers that are the same everywhere for the same seed: SplitMix64.
 * Source: Steele, Lea and Flood 2014, "Fast splittable pseudorandom number generators", figures 16 and 17.
 * @param {number} seed a whole number @returns {() => number} the next one, 0 ≤ number < 1, in steps of 2⁻⁵³
 */
export function generator(seed) {
  check(Number.isSafeInteger(seed), `seed is ${seed}, but must be a whole number`);
  let state = in64(BigInt(seed));
  return () => {
    state = in64(state + GOLDEN);
    const mixed = MIX.reduce((z, [shift, factor]) => in64((z ^ (z >> shift)) * factor), state);
    return Number(mixed >> 11n) / 2 ** 53;
  };
}

/** @param {boolean} holds @param {string} problem */
function check(holds, problem) {
  if (!holds) throw new Error(`${problem[0].toUpperCase()}${problem.slice(1)}.`);
}
