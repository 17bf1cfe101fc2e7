/** Which words may stand for which, as lmkit.learning.security.substitution has it. Pure.
 *
 * @typedef {{groups: string[][], plurals: Record<string, string>}} Words words of a group may stand for each other
 * @typedef {{word: string, group: string[]}} Slot a word of a story that can be swapped, wherever it stands
 * @typedef {{text: string, slot: number}} Piece of a story; slot -1: it stays
 */

/** The forms of a word that a text may have. @param {string} word @param {Words} words */
const formsOf = (word, { plurals }) => (word in plurals ? [word, plurals[word]] : [word]);

/** @param {string[]} forms */
const patternOf = (forms) => new RegExp(`(?<![\\p{L}\\p{N}_])(${forms.join("|")})(?![\\p{L}\\p{N}_])`, "gu");

/** The words of a text that are in a group, in the order in which they come. @param {string} text @param {Words} words @returns {Slot[]} */
export function slotsOf(text, words) {
  const found = words.groups.flatMap((group) => group.map((word) => ({ word, group, at: text.search(patternOf(formsOf(word, words))) })));
  const there = found.filter(({ at }) => at >= 0).sort((a, b) => a.at - b.at).map(({ word, group }) => ({ word, group }));
  return there.filter((slot) => othersOf(slot, there).length);
}

/** What may stand in the place of a word: the others of its group that are not in the text. @param {Slot} slot @param {Slot[]} there */
function othersOf({ group }, there) {
  const taken = new Set(there.map(({ word }) => word));
  return group.filter((word) => !taken.has(word));
}

/** For each word of a text that can be swapped, what may replace it. @param {string} text @param {Words} words @returns {[string, string[]][]} */
export function choices(text, words) {
  const there = slotsOf(text, words);
  return there.map((slot) => [slot.word, othersOf(slot, there)]);
}

/** Puts one word in the place of another, a plural for a plural. @param {string} text @param {[string, string]} swap @param {Words} words */
export function put(text, [word, other], words) {
  const forms = formsOf(other, words);
  return text.replace(patternOf(formsOf(word, words)), (found) => (found === word ? other : forms.at(-1)));
}

/** @param {string} text @param {[string, string][]} swaps one after the other @param {Words} words */
export const swapped = (text, swaps, words) => swaps.reduce((now, swap) => put(now, swap, words), text);

/** Whether these swaps can be made, one after the other. @param {string} text @param {[string, string][]} swaps @param {Words} words */
export function isMade(text, swaps, words) {
  const made = new Set();
  return swaps.every(([word, other], i) => {
    const before = swapped(text, swaps.slice(0, i), words);
    const fits = !made.has(word) && choices(before, words).some(([one, others]) => one === word && others.includes(other));
    made.add(other);
    return fits;
  });
}

/** A story cut at the words that can be swapped. @param {string} text @param {Slot[]} slots @param {Words} words @returns {Piece[]} */
export function piecesOf(text, slots, words) {
  const slotOf = new Map(slots.flatMap(({ word }, slot) => formsOf(word, words).map((form) => [form, slot])));
  return text.split(patternOf([...slotOf.keys()])).filter(Boolean).map((piece) => ({ text: piece, slot: slotOf.get(piece) ?? -1 }));
}

/** How a piece reads after the swaps. @param {Piece} piece @param {Slot[]} slots @param {[string, string][]} swaps @param {Words} words */
export function shownAs({ text, slot }, slots, swaps, words) {
  const swap = swaps.find(([word]) => word === slots[slot]?.word);
  return swap ? put(text, swap, words) : text;
}

/** The swaps with another word in this place; the word itself takes its swap back. @param {[string, string][]} swaps
 * @param {string} word @param {string} other @returns {[string, string][]}
 */
export function withSwap(swaps, word, other) {
  if (other === word) return swaps.filter(([one]) => one !== word);
  return swaps.some(([one]) => one === word)
    ? swaps.map(([one, old]) => (one === word ? [one, other] : [one, old]))
    : [...swaps, [word, other]];
}
