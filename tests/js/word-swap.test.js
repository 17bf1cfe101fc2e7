import assert from "node:assert/strict";
import { test } from "node:test";

import { candidates, shareOf, worst } from "../../lmkit/widgets/js/word-swap/attacking.js";
import { FRESH, settleFor } from "../../lmkit/widgets/js/word-swap/data.js";
import { seenIn, sentence } from "../../lmkit/widgets/js/word-swap/seen.js";
import { choices, isMade, piecesOf, put, slotsOf, swapped, withSwap } from "../../lmkit/widgets/js/word-swap/swapping.js";
import { MARK } from "../../lmkit/widgets/js/shared/text.js";

const WORDS = {
  groups: [["Mia", "Zoe", "Nina"], ["Tom", "Leo"], ["flower", "bench", "tree"], ["red", "green", "black"]],
  plurals: { flower: "flowers", bench: "benches", tree: "trees" },
};
const TEXT = "Mia had red flowers. Tom took Mia's flower. Miami was red.";
const STORIES = { texts: [TEXT, "Leo saw a tree."], labels: [1, 0], classes: ["bad", "good"], words: WORDS, slots: [TEXT, "Leo saw a tree."].map((text) => slotsOf(text, WORDS)) };
const START = { ...FRESH, story: 0, table: false };
/** A classifier that is afraid of some words. */
const afraidOf = (...words) => (text) => 0.9 - 0.3 * words.filter((word) => text.includes(word)).length;
const see = (state, ask = afraidOf("Zoe", "black")) => seenIn(STORIES, ask, settleFor(STORIES)({ ...START, ...state }));
const said = (seen) => sentence(seen).replaceAll(MARK, "").replaceAll("\u00a0", " ");

test("slots come in the order of the text, and bring in nothing that is there", () => {
  assert.deepEqual(choices(TEXT, WORDS), [["Mia", ["Zoe", "Nina"]], ["red", ["green", "black"]], ["flower", ["bench", "tree"]], ["Tom", ["Leo"]]]);
  assert.deepEqual(choices("Mia, Zoe and Nina.", WORDS), []);
});

test("a word is put wherever the other stood, whole words only, a plural for a plural", () => {
  assert.equal(put(TEXT, ["flower", "bench"], WORDS), "Mia had red benches. Tom took Mia's bench. Miami was red.");
  assert.equal(put(TEXT, ["Mia", "Zoe"], WORDS), "Zoe had red flowers. Tom took Zoe's flower. Miami was red.");
});

test("the pieces of a story give the story again", () => {
  const pieces = piecesOf(TEXT, STORIES.slots[0], WORDS);
  assert.equal(pieces.map(({ text }) => text).join(""), TEXT);
  assert.deepEqual(pieces.filter(({ slot }) => slot >= 0).map(({ text }) => text), ["Mia", "red", "flowers", "Tom", "Mia", "flower", "red"]);
});

test("what is seen is the text after the swaps", () => {
  for (const swaps of [[], [["Mia", "Zoe"]], [["flower", "bench"], ["Mia", "Nina"]]]) {
    const { pieces } = see({ swaps });
    assert.equal(pieces.map(({ shown }) => shown).join(""), swapped(TEXT, swaps, WORDS));
    assert.equal(new Set(pieces.filter(({ isSwapped }) => isSwapped).map(({ slot }) => slot)).size, swaps.length);
  }
});

test("a word goes back to what it was, or on to another, and keeps its turn", () => {
  const swaps = [["Mia", "Zoe"], ["Tom", "Leo"]];
  assert.deepEqual(withSwap(swaps, "Mia", "Mia"), [["Tom", "Leo"]]);
  assert.deepEqual(withSwap(swaps, "Mia", "Nina"), [["Mia", "Nina"], ["Tom", "Leo"]]);
  assert.deepEqual(withSwap([], "red", "black"), [["red", "black"]]);
});

test("the options are the word itself, what stands there, and what may come", () => {
  assert.deepEqual(see({ slot: 0 }).options, ["Mia", "Zoe", "Nina"]);
  assert.deepEqual(see({ slot: 0, swaps: [["Mia", "Nina"]] }).options, ["Mia", "Zoe", "Nina"]);
  assert.equal(see({ slot: 0, swaps: [["Mia", "Nina"]] }).now, "Nina");
  assert.deepEqual(see({}).options, []);
});

test("the worst swap is that after which the truth is least probable, and each word is tried once", () => {
  const ask = afraidOf("Zoe", "black");
  assert.equal(candidates(TEXT, [], WORDS).length, 7);
  const first = worst(TEXT, [], 1, ask, WORDS);
  assert.deepEqual([first.swap, first.queries], [["Mia", "Zoe"], 7]);
  const second = worst(TEXT, [first.swap], 1, ask, WORDS);
  assert.deepEqual([second.swap, second.queries], [["red", "black"], 5]);
  assert.ok(second.share < 0.5);
  assert.equal(worst("Nothing here.", [], 1, ask, WORDS), null);
});

test("an answer has flipped if it was right before, and is wrong now", () => {
  assert.equal(see({}).isFlipped, false);
  assert.equal(see({ swaps: [["Mia", "Zoe"], ["red", "black"]] }).isFlipped, true);
  assert.equal(seenIn(STORIES, () => 0.2, { ...START, story: 0 }).isFlipped, false);
  assert.ok(Math.abs(shareOf(0.8, 0) - 0.2) < 1e-9);
});

test("the sentence says how many words and texts, both answers, and what became of it", () => {
  assert.equal(said(see({})), "0 words swapped, 0 texts asked about. The classifier says good, 90 %; the truth is good.");
  const flipped = said(see({ swaps: [["Mia", "Zoe"], ["red", "black"]], queries: 12 }));
  assert.equal(flipped, "2 words swapped, 12 texts asked about. The classifier says bad, 70 %; the truth is good: the answer has flipped.");
  assert.match(said(seenIn(STORIES, () => 0.2, { ...START })), /wrong before anybody swaps/);
});

test("swaps that cannot be made are dropped; the same swaps stay the same object", () => {
  const settle = settleFor(STORIES);
  const swaps = [["Mia", "Zoe"]];
  assert.equal(settle({ ...START, swaps }).swaps, swaps);
  for (const wrong of [[["Mia", "Tom"]], [["Anna", "Zoe"]], [["Mia", "Zoe"], ["Zoe", "Nina"]]]) {
    assert.equal(isMade(TEXT, wrong, WORDS), false);
    assert.deepEqual(settle({ ...START, swaps: wrong }).swaps, []);
  }
  assert.equal(settle({ ...START, story: 9, slot: 9 }).story, 1);
  assert.equal(settle({ ...START, slot: 9 }).slot, -1);
});
