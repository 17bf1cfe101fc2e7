/** The greedy attack, as lmkit.learning.security.substitution has it, one round at a time. */
import { choices, put, swapped } from "./swapping.js";

export const MOST = 3; // swaps

/** What may be tried next: every word that was not swapped yet, in every other form.
 * @param {string} text as it was @param {[string, string][]} swaps @param {import("./swapping.js").Words} words
 * @returns {{text: string, swap: [string, string]}[]}
 */
export function candidates(text, swaps, words) {
  const now = swapped(text, swaps, words);
  const made = new Set(swaps.map(([, other]) => other));
  const free = choices(now, words).filter(([word]) => !made.has(word));
  return free.flatMap(([word, others]) => others.map((other) => ({ text: put(now, [word, other], words), swap: /** @type {[string, string]} */ ([word, other]) })));
}

/** The swap after which the truth is least probable. @param {string} text @param {[string, string][]} swaps
 * @param {number} label the truth @param {import("./data.js").Ask} ask @param {import("./swapping.js").Words} words
 * @returns {{swap: [string, string], share: number, queries: number} | null} null: nothing is left to swap
 */
export function worst(text, swaps, label, ask, words) {
  const tried = candidates(text, swaps, words);
  const shares = tried.map((one) => shareOf(ask(one.text), label));
  const best = shares.reduce((least, share, i) => (share < shares[least] ? i : least), 0);
  return tried.length ? { swap: tried[best].swap, share: shares[best], queries: tried.length } : null;
}

/** The share of the true class. @param {number} second that of the second class @param {number} label */
export const shareOf = (second, label) => (label ? second : 1 - second);
