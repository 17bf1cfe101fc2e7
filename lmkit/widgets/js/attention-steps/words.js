/** What is seen, in words and with its numbers. Pure.
 * @typedef {import("./seen.js").Seen} Seen
 */
import { range, spread } from "./math.js";
import { number, share } from "./numbers.js";
import { allowed, quoted, rowOf } from "./seen.js";

/** The five steps: the name on the button, whether it is switched off, and what it does.
 * @param {Seen} seen
 * @returns {{name: string, off?: boolean, does: string}[]}
 */
export function stepsOf({ head, scaled, causal, temperature }) {
  const first = temperature === 1 ? "" : `Divide by the temperature, t = ${number(temperature)}. `;
  return [
    { name: "Q Kᵀ", does: "Compare each query with each key." },
    { name: `÷ √${head.dHead}`, off: !scaled, does: "Divide by √d, so that scores do not grow with d." },
    { name: "mask", off: !causal, does: "Hide what a query may not look at." },
    { name: "softmax", does: `${first}Turn each row of scores into shares.` },
    { name: "× V", does: "Mix the values of the tokens by these shares." },
  ];
}

/** The sentence under the matrix. @param {Seen} seen @returns {string} it goes on after "Row “it”: " */
export function sentence(seen) {
  return [tellScores, tellScale, tellMask, tellShares, tellMix][seen.step - 1](seen);
}

/** @param {Seen} seen */
function tellScores(seen) {
  const row = rowOf(seen);
  const { largest, at } = spread(row);
  const sum = `the ${seen.head.dHead} products with ${quoted(seen, seen.key)} add up to ${number(row[seen.key])}`;
  if (row[seen.key] === largest) return `${sum}, the highest score.`;
  return `${sum}. The highest score is ${number(largest)}, with ${quoted(seen, at)}.`;
}

/** @param {Seen} seen */
function tellScale(seen) {
  const spans = (matrix) => {
    const { low, high } = range(rowOf(seen, matrix));
    return `from ${number(low)} to ${number(high)}`;
  };
  const now = seen.scaled
    ? `the scores went ${spans(seen.run.scores)}, now they go ${spans(seen.run.scaled)}.`
    : `the scale is off, so the scores still go ${spans(seen.run.scores)}.`;
  const { largest } = spread(rowOf(seen, seen.run.weights));
  return `${now} After the softmax ${swallowed(seen, largest)}the largest share is ${share(largest)}.`;
}

/** @param {Seen} seen @param {number} largest */
function swallowed(seen, largest) {
  return largest > 0.95 && allowed(seen) > 1 ? "one weight has swallowed the rest: " : "";
}

/** @param {Seen} seen */
function tellMask(seen) {
  const n = seen.head.tokens.length;
  if (!seen.causal) return `no mask, it may look at all ${n} tokens, earlier and later ones.`;
  return `it may look at itself and at what comes before, ${allowed(seen)} of ${n} tokens; ${n - allowed(seen) || "none"} hidden.`;
}

/** @param {Seen} seen */
function tellShares(seen) {
  const { largest, at } = spread(rowOf(seen));
  const start = "the scores became shares that add up to 100 %; ";
  const equal = 1 / allowed(seen);
  const smallest = Math.min(...rowOf(seen).slice(0, allowed(seen)));
  if (equal < 1 && largest < 1.2 * equal && smallest > 0.8 * equal) return `${start}they are nearly equal, about ${share(equal)} each.`;
  return `${start}${swallowed(seen, largest)}${share(largest)} goes to ${quoted(seen, at)}.`;
}

/** @param {Seen} seen */
function tellMix(seen) {
  const shares = rowOf(seen, seen.run.weights);
  const first = [...shares.keys()].sort((a, b) => shares[b] - shares[a]).slice(0, 3).filter((k) => shares[k] >= 0.005);
  const parts = first.map((k) => `${share(shares[k])} from ${quoted(seen, k)}`);
  const rest = first.reduce((left, k) => left - shares[k], 1);
  if (rest >= 0.005) parts.push(`${share(rest)} from the others`);
  return `its output is a mix of values, ${parts.join(", ")}.`;
}

/** How the shares of the chosen row are spread. @param {Seen} seen @returns {string} */
export function spreadWords(seen) {
  const { largest, bits } = spread(rowOf(seen, seen.run.weights));
  return `largest share ${share(largest)} · entropy ${number(bits)} of ${number(Math.log2(allowed(seen)))} bits`;
}

/** How a cell of the step is written. @param {Seen} seen @param {number} cell @returns {string} */
export function cellText({ step }, cell) {
  if (cell === -Infinity) return "hidden";
  return step === 4 ? share(cell) : number(cell);
}
