import assert from "node:assert/strict";
import { test } from "node:test";

import { readLens } from "../../lmkit/widgets/js/logit-lens/data.js";
import { guessOf, nameOf, rankText, seenIn, sentence, settleFor, topOf, trailOf } from "../../lmkit/widgets/js/logit-lens/seen.js";
import { MARK } from "../../lmkit/widgets/js/shared/text.js";

const NAMES = ["a", " b", "c", "d", "\u202ee"];
const HALF = { 0: 0, 0.125: 0x3000, 0.25: 0x3400, 0.5: 0x3800, 0.75: 0x3a00 };
const halves = (numbers) => Uint16Array.from(numbers, (number) => HALF[number]).buffer;

/** Three entries of two positions, the first two tokens of each; " b" is right after "a", "d" is watched. */
function makeModel(changes = {}) {
  const state = {
    shape: { entries: 3, positions: 2, top: 2 },
    words: ["a", " b"], names: NAMES, right: [1], watched: [3],
    top_names: Uint16Array.of(0, 2, 1, 2, 1, 0, 1, 2, 1, 2, 2, 4).buffer,
    top_shares: halves([0.75, 0.125, 0.75, 0.125, 0.5, 0.25, 0.5, 0.25, 0.75, 0.125, 0.5, 0.25]),
    known_shares: halves([0.125, 0, 0.5, 0, 0.75, 0, 0, 0, 0.125, 0.125, 0, 0.125]),
    known_ranks: Float32Array.of(3, 1, 1, 1, 1, 1, 1204, 5, 3, 3, 4, 3).buffer,
    ...changes,
  };
  return { get: (name) => state[name] };
}

const LENS = readLens(makeModel());
const START = { layer: 2, position: 0, follow: null, table: false };
const look = (state = {}) => seenIn(LENS, settleFor(LENS)({ ...START, ...state }));
const plain = (seen) => sentence(seen).join("").replaceAll(MARK, "").replaceAll("\u00a0", " ");

test("a cell has its first tokens, the most likely first, and tokens are visible", () => {
  assert.deepEqual(topOf(LENS, 1, 0), [{ name: 1, share: 0.5, rank: 1 }, { name: 0, share: 0.25, rank: 2 }]);
  assert.deepEqual(LENS.names.slice(0, 2), ["a", "␣b"]);
  assert.equal(LENS.names[4], "‹202e›e");
});

test("binary traits are read from the middle of a buffer", () => {
  const padded = new Uint8Array([9, 9, 9, ...new Uint8Array(makeModel().get("top_names"))]);
  assert.deepEqual(readLens(makeModel({ top_names: new DataView(padded.buffer, 3) })).topNames, LENS.topNames);
});

test("a payload of the wrong length is named, not drawn", () => {
  assert.throws(() => readLens(makeModel({ words: ["a"] })), /words: there are 1, it needs 2/);
  assert.throws(() => readLens(makeModel({ right: [] })), /right: there are 0, it needs 1/);
  assert.throws(() => readLens(makeModel({ top_shares: halves([0.5]) })), /top_shares: there are 1, it needs 12/);
  assert.throws(() => readLens(makeModel({ watched: [] })), /known_shares: there are 12, it needs 6/);
});

test("the right token is followed through every layer unless another is chosen", () => {
  assert.equal(look().followed, 1);
  assert.deepEqual(look().trail.map(({ rank, share }) => [rank, share]), [[3, 0.125], [1, 0.5], [1, 0.75]]);
  assert.equal(look({ follow: 3 }).followed, 3);
  assert.deepEqual(trailOf(LENS, 1, 3).map(({ rank }) => rank), [5, 3, 3]);
});

test("where no next token is known, the last prediction is followed", () => {
  assert.equal(look({ position: 1 }).followed, 2);
});

test("a token that is neither right nor watched is known where it is among the first, and nowhere else", () => {
  assert.deepEqual(trailOf(LENS, 0, 0).map(({ rank }) => rank), [1, 2, Infinity]);
  assert.equal(rankText(LENS, guessOf(LENS, 2, 0, 0)), "> 2");
  assert.equal(rankText(LENS, guessOf(LENS, 0, 0, 3)), "1,204");
});

test("the list holds the first tokens, the right one, the watched and the followed, once each and by rank", () => {
  assert.deepEqual(look({ follow: 0 }).guesses.map(({ name }) => name), [1, 2, 3, 0]);
  assert.deepEqual(look({ layer: 0 }).guesses.map(({ name, rank }) => [name, rank]), [[0, 1], [2, 2], [1, 3], [3, 1204]]);
});

test("a state that cannot be shown becomes the nearest one that can", () => {
  const { layer, position } = look({ layer: 9, position: -1 }).state;
  assert.deepEqual([layer, position], [2, 0]);
  assert.equal(look({ follow: 4 }).state.follow, null, "a token that is known nowhere in this column");
  assert.equal(look({ follow: 1 }).state.follow, null, "the right token is followed anyway, at every position");
  assert.equal(look({ follow: 3, position: 1 }).state.follow, 3);
});

test("the sentence says the prediction, whether it is right, and from where on", () => {
  assert.equal(plain(look()), "After layer 1, at “a”: the most likely next token is “␣b”, 75 %. That is right; it comes first from layer 0 on.");
  assert.equal(plain(look({ layer: 0 })), "From the embedding, at “a”: the most likely next token is “a”, 75 %. "
    + "The right one, “␣b”, has rank 3 and 13 %; it comes first from layer 0 on.");
  assert.equal(plain(look({ position: 1 })), "After layer 1, at “␣b”: the most likely next token is “c”, 50 %.");
});

test("a token that is first and then lost does not come first in the end", () => {
  const lens = readLens(makeModel({ known_ranks: Float32Array.of(1, 1, 1, 1, 2, 1, 9, 9, 9, 9, 9, 9).buffer }));
  assert.match(sentence(seenIn(lens, { ...START, layer: 0 })).join(""), /That is right; in the end it does not come first\.$/);
  const always = readLens(makeModel({ known_ranks: Float32Array.of(1, 1, 1, 1, 1, 1, 9, 9, 9, 9, 9, 9).buffer }));
  assert.match(sentence(seenIn(always, START)).join(""), /it comes first from the start on\.$/);
});

test("entries are named by the layer that they come after", () => {
  assert.deepEqual([0, 1, 12].map(nameOf), ["embedding", "layer 0", "layer 11"]);
});
