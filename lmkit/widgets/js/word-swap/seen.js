import { count, MARK, percent } from "../shared/text.js";
import { shareOf } from "./attacking.js";
import { choices, piecesOf, shownAs, swapped } from "./swapping.js";

/** @typedef {object} Seen
 * @property {import("./data.js").State} state @property {import("./data.js").Stories} stories
 * @property {{shown: string, slot: number, isSwapped: boolean}[]} pieces
 * @property {string} word the one that is looked at, as it was; "" for none @property {string} now as it is
 * @property {string[]} options what may stand there, what does so included
 * @property {number} share of the second class @property {number} before the same before any swap
 * @property {string} said @property {string} truth
 * @property {boolean} isFlipped right before, wrong now
 */

/** @param {import("./data.js").Stories} stories @param {import("./data.js").Ask} ask @param {import("./data.js").State} state @returns {Seen} */
export function seenIn(stories, ask, state) {
  const { words, classes } = stories;
  const [text, label, slots] = [stories.texts[state.story], stories.labels[state.story], stories.slots[state.story]];
  const now = swapped(text, state.swaps, words);
  const [before, share] = [ask(text), ask(now)];
  const word = slots[state.slot]?.word ?? "";
  const swap = state.swaps.find(([one]) => one === word);
  return {
    state, stories, share, before, word,
    pieces: piecesOf(text, slots, words).map((piece) => {
      const shown = shownAs(piece, slots, state.swaps, words);
      return { shown, slot: piece.slot, isSwapped: shown !== piece.text };
    }),
    now: swap ? swap[1] : word,
    options: optionsAt(slots[state.slot], swap, now, words),
    said: classes[+(share > 0.5)],
    truth: classes[label],
    isFlipped: shareOf(before, label) > 0.5 && shareOf(share, label) <= 0.5,
  };
}

/** In the order of the group: the word itself if it is free, what stands there, and what may come.
 * @param {import("./swapping.js").Slot | undefined} slot @param {[string, string] | undefined} swap @param {string} now the text
 * @param {import("./swapping.js").Words} words
 */
function optionsAt(slot, swap, now, words) {
  if (!slot) return [];
  const current = swap ? swap[1] : slot.word;
  const others = new Map(choices(now, words)).get(current) ?? [];
  return slot.group.filter((word) => word === current || others.includes(word));
}

/** What is so now, in a sentence. @param {Seen} seen @returns {string} */
export function sentence({ state, share, said, truth, isFlipped, before, stories }) {
  const label = stories.labels[state.story];
  const asked = `${count(state.swaps.length, "word")} swapped, ${count(state.queries, "text")} asked about.`;
  const answer = `The classifier says ${MARK}${said}${MARK}, ${percent(share > 0.5 ? share : 1 - share)}; the truth is ${MARK}${truth}${MARK}`;
  const wrongBefore = shareOf(before, label) <= 0.5;
  const verdict = isFlipped ? ": the answer has flipped." : said === truth ? "." : wrongBefore && !state.swaps.length ? ": it is wrong before anybody swaps a word." : ": it is wrong, as it was before.";
  return `${asked} ${answer}${verdict}${state.told ? ` ${state.told}` : ""}`;
}
