/** One head of attention, step by step, in plain numbers. Pure: no page, no state.
 *
 * A matrix is a flat Float32Array, row after row: cell (i, j) of an n × m matrix is at i * m + j.
 *
 * @typedef {object} Head
 * @property {string} name
 * @property {string[]} tokens
 * @property {string[]} dimensions names of the components of queries and keys, or none
 * @property {string[]} valueDimensions names of the components of values, or none
 * @property {number} dHead
 * @property {number} dValue
 * @property {Float32Array} query tokens × dHead
 * @property {Float32Array} key tokens × dHead
 * @property {Float32Array} value tokens × dValue
 *
 * @typedef {{scaled: boolean, causal: boolean, temperature: number}} Settings
 *
 * @typedef {object} Run every step of the head
 * @property {Float32Array} scores tokens × tokens, Q Kᵀ
 * @property {Float32Array} scaled tokens × tokens, divided by √dHead unless that is switched off
 * @property {Float32Array} masked tokens × tokens, −∞ where a query may not look
 * @property {Float32Array} weights tokens × tokens, each row adds up to 1
 * @property {Float32Array} output tokens × dValue
 */

/** Q Kᵀ: how well each query matches each key.
 * @param {Head} head
 * @returns {Float32Array} tokens × tokens
 */
export function matchScores({ tokens, dHead, query, key }) {
  const n = tokens.length;
  const scores = new Float32Array(n * n);
  for (let q = 0; q < n; q++) {
    for (let k = 0; k < n; k++) {
      let sum = 0;
      for (let d = 0; d < dHead; d++) sum += query[q * dHead + d] * key[k * dHead + d];
      scores[q * n + k] = sum;
    }
  }
  return scores;
}

/** Hide the future: a query may look at itself and at what comes before it.
 * @param {Float32Array} scores n × n
 * @param {number} n
 * @returns {Float32Array} the scores, −∞ where the key comes after the query
 */
export function hideFuture(scores, n) {
  return scores.map((score, i) => (i % n > Math.floor(i / n) ? -Infinity : score));
}

/** Softmax of each row; the largest score is taken off first, so that no exponential overflows.
 * @param {Float32Array} scores rows × n
 * @param {number} n
 * @param {number} temperature divides the scores: below 1 sharper, above 1 flatter
 * @returns {Float32Array} rows that add up to 1, or to 0 where nothing may be seen
 */
export function softmaxRows(scores, n, temperature) {
  const weights = new Float32Array(scores.length);
  for (let start = 0; start < scores.length; start += n) {
    const row = scores.subarray(start, start + n);
    const highest = Math.max(...row);
    if (highest === -Infinity) continue;
    const powers = Array.from(row, (score) => Math.exp((score - highest) / temperature));
    const sum = powers.reduce((a, b) => a + b);
    powers.forEach((power, k) => (weights[start + k] = power / sum));
  }
  return weights;
}

/** Weights × V: each row of the output is a mix of the values.
 * @param {Float32Array} weights n × n
 * @param {Float32Array} value n × dValue
 * @param {number} n
 * @param {number} dValue
 * @returns {Float32Array} n × dValue
 */
export function mixValues(weights, value, n, dValue) {
  const output = new Float32Array(n * dValue);
  for (let q = 0; q < n; q++) {
    for (let d = 0; d < dValue; d++) {
      let sum = 0;
      for (let k = 0; k < n; k++) sum += weights[q * n + k] * value[k * dValue + d];
      output[q * dValue + d] = sum;
    }
  }
  return output;
}

/** All five steps.
 * @param {Head} head
 * @param {Settings} settings
 * @returns {Run}
 */
export function runHead(head, { scaled, causal, temperature }) {
  const n = head.tokens.length;
  const divisor = scaled ? Math.sqrt(head.dHead) : 1;
  const scores = matchScores(head);
  const divided = scores.map((score) => score / divisor);
  const masked = causal ? hideFuture(divided, n) : divided;
  const weights = softmaxRows(masked, n, temperature);
  return { scores, scaled: divided, masked, weights, output: mixValues(weights, head.value, n, head.dValue) };
}

/** How a row of shares is spread.
 * @param {Float32Array} shares
 * @returns {{largest: number, at: number, bits: number}} the largest share, where it is, and the entropy in bits
 */
export function spread(shares) {
  const largest = Math.max(...shares);
  const bits = shares.reduce((sum, p) => (p > 0 ? sum - p * Math.log2(p) : sum), 0);
  return { largest, at: shares.indexOf(largest), bits };
}

/** The lowest and the highest number of a matrix, leaving out what is hidden.
 * @param {Float32Array} cells
 * @returns {{low: number, high: number}}
 */
export function range(cells) {
  let [low, high] = [Infinity, -Infinity];
  for (const cell of cells) { // not Math.min(...cells): a long sentence has more cells than a call may have arguments
    if (cell === -Infinity) continue;
    if (cell < low) low = cell;
    if (cell > high) high = cell;
  }
  return { low, high };
}

/** The terms of a sum worth showing: all when they are few, else the largest.
 * @param {number[]} terms
 * @returns {{shown: number[], more: number, rest: number}} indices shown, how many are not, and what those add up to
 */
export function mainTerms(terms) {
  const all = terms.map((_, i) => i);
  if (terms.length <= 8) return { shown: all, more: 0, rest: 0 };
  const bySize = all.sort((a, b) => Math.abs(terms[b]) - Math.abs(terms[a]));
  const rest = bySize.slice(6).reduce((sum, i) => sum + terms[i], 0);
  return { shown: bySize.slice(0, 6), more: terms.length - 6, rest };
}

/** log Σ exp(x), without overflow. @param {Float32Array} row @returns {number} */
export function logSumOfPowers(row) {
  const highest = Math.max(...row);
  return highest + Math.log(row.reduce((sum, x) => sum + Math.exp(x - highest), 0));
}
