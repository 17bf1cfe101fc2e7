import assert from "node:assert/strict";
import { test } from "node:test";

import { BEFORE, OUTSIDE, readNeurons } from "../../lmkit/widgets/js/feed-forward-neurons/data.js";
import { hitGrid, layoutGrid } from "../../lmkit/widgets/js/feed-forward-neurons/layout.js";
import { namesLike, nearTo, passagesOf, seenIn, sentence, settleFor, signed, writtenBy } from "../../lmkit/widgets/js/feed-forward-neurons/seen.js";
import { MARK } from "../../lmkit/widgets/js/shared/text.js";

const NAMES = ["a", " were", " Were", "were wolf", "\u202ex"];
const WINDOW = 16;
const HALF = { "-1": 0xbc00, 0: 0, 0.5: 0x3800, 1: 0x3c00, 2: 0x4000 };
const halves = (numbers) => Uint16Array.from(numbers, (number) => HALF[number]).buffer;

/** A passage: names at places of the window, and no text around them. */
const passage = (...heard) => {
  const window = Array(WINDOW).fill(OUTSIDE);
  window.splice(BEFORE - 1, heard.length, ...heard);
  return window;
};

/** Two layers of two neurons, one passage each. */
function makeModel(changes = {}) {
  const levels = new Uint8Array(4 * WINDOW);
  levels.set([255, 128], 11); // L0 · 0: its peak, and the token after it
  const state = {
    shape: { layers: 2, neurons: 2, passages: 1, window: WINDOW, top: 2, texts: 2 },
    names: NAMES, score_names: ["peak", "other"],
    peak_values: halves([2, 1, -1, 0.5]),
    passage_names: Uint16Array.from([passage(0, 1, 0), passage(OUTSIDE, 3, 4), passage(OUTSIDE, 0, 1), passage(3, 4)].flat()).buffer,
    passage_levels: levels.buffer,
    written_names: Uint16Array.of(1, 3, 0, 4, 2, 0, 1, 3, 1, 2, 3, 4, 0, 1, 3, 4).buffer,
    written_values: halves([1, 0.5, -1, -1, 2, 1, -1, -1, 2, 1, -1, -1, 2, 1, -1, -1]),
    scores: Float32Array.of(2, 1, 0, 0.5, 5, 7, 1, 2).buffer,
    ...changes,
  };
  return { get: (name) => state[name] };
}

const DATA = readNeurons(makeModel());

test("what would turn the text around in the name of a score is seen, and no number that cannot be drawn is read", () => {
  assert.deepEqual(readNeurons(makeModel({ score_names: ["a\u202eb", "c d"] })).scoreNames, ["a‹202e›b", "c d"]);
  const scores = Float32Array.of(2, 1, 0, NaN, 5, 7, 1, 2).buffer;
  assert.throws(() => readNeurons(makeModel({ scores })), /scores: number 3 is NaN/);
});
const START = { layer: 0, neuron: 0, sort: 0, find: "", table: false, width: 300 };
const look = (state = {}) => seenIn(DATA, settleFor(DATA)({ ...START, ...state }));
const plain = (seen) => sentence(seen).join("").replaceAll(MARK, "");

test("a passage stays within its text, and its tokens carry shares of the peak", () => {
  const [passage] = passagesOf(DATA, 0, 0);
  assert.deepEqual(passage.map(({ word, peak }) => [word, peak]), [["a", false], ["␣were", true], ["a", false]]);
  assert.equal(passage[1].share, 1);
  assert.ok(Math.abs(passage[2].share - 0.25) < 0.01);
  assert.deepEqual(passagesOf(DATA, 1, 1)[0].map(({ word }) => word), ["were␣wolf", "‹202e›x"]);
});

test("what is written counts at the peak of the neuron, and a neuron that never fires writes nothing", () => {
  const [raised, lowered] = writtenBy(DATA, 0, 0);
  assert.deepEqual(raised, [{ name: 1, push: 2 }, { name: 3, push: 1 }]);
  assert.deepEqual(lowered.map(({ push }) => push), [-2, -2]);
  assert.deepEqual(writtenBy(DATA, 1, 0)[0].map(({ push }) => push), [0, 0]);
});

test("neurons stand in the order of the chosen score, or of their number", () => {
  assert.deepEqual(look().order, [0, 1]);
  assert.deepEqual(look({ sort: 1 }).order, [1, 0]);
  assert.deepEqual(look({ sort: -1, layer: 1 }).order, [0, 1]);
  assert.deepEqual(look({ layer: 1 }).order, [1, 0]);
});

test("a token is found whatever its space and capitals, and by its beginning where nothing is the same", () => {
  assert.deepEqual([...namesLike(DATA, " WERE ")], [1, 2]);
  assert.deepEqual([...namesLike(DATA, "were␣w")], [3]);
  assert.deepEqual([...namesLike(DATA, "")], []);
  assert.deepEqual([...namesLike(DATA, "zebra")], []);
});

test("what is no token is told from a token without a neuron, and tokens that begin like it are offered", () => {
  assert.deepEqual([look({ find: "x" }), look({ find: " " })].map(({ unknown }) => unknown), [true, false]);
  const { unknown, near } = look({ find: "Werewolves" });
  assert.deepEqual([unknown, near], [true, ["were", "were␣wolf"]]);
  assert.deepEqual(nearTo(DATA, "abc"), ["a"]);
  assert.deepEqual(look({ find: "zebra" }).near, []);
  assert.deepEqual([look({ find: "wolf" }).writers, look({ find: "a" }).unknown], [[], false]);
});

test("the neurons that raise a token come strongest first, and those that fire on it too", () => {
  const { writers, hearers } = look({ find: "were" });
  assert.deepEqual(writers.map(({ layer, neuron, strength }) => [layer, neuron, strength]), [[0, 0, 2], [0, 1, 2], [1, 1, 0.5]]);
  assert.deepEqual(hearers, [{ layer: 0, neuron: 0, strength: 2 }]);
  assert.deepEqual(look().writers, []);
});

test("a state that cannot be shown becomes the nearest one that can", () => {
  const { layer, neuron, sort } = look({ layer: 9, neuron: -4, sort: 7 }).state;
  assert.deepEqual([layer, neuron, sort], [1, 0, -1]);
});

test("the sentence says what the neuron fires on and writes, or that it never fires", () => {
  assert.equal(plain(look()), "L0 · 0 fires hardest on “␣were”, with 2.00. There it raises “␣were” most, by 2.00, "
    + "and lowers “a” most, by 2.00 (logits, before the final norm divides).");
  assert.match(plain(look({ layer: 1, neuron: 0 })), /^L1 · 0 never fires/);
});

test("every neuron has a square that can be hit, in a narrow and in a wide figure", () => {
  for (const [count, width] of [[1, 300], [512, 310], [512, 700], [1536, 340], [3072, 900]]) {
    const grid = layoutGrid({ count, width });
    assert.ok(grid.columns * grid.pitch + 6 <= width && grid.columns * grid.rows >= count);
    for (const place of [0, Math.floor(count / 2), count - 1]) {
      const point = { x: 3 + (place % grid.columns + 0.5) * grid.pitch, y: 3 + (Math.floor(place / grid.columns) + 0.5) * grid.pitch };
      assert.equal(hitGrid(grid, point, count), place);
    }
    assert.equal(hitGrid(grid, { x: -1, y: 5 }, count), undefined);
    assert.equal(hitGrid(grid, { x: 5, y: grid.height + 5 }, count), undefined);
  }
});

test("a payload of the wrong length is named, not drawn", () => {
  assert.throws(() => readNeurons(makeModel({ passage_names: Uint16Array.of(0, 1).buffer })), /passage_names: there are 2, it needs 64/);
  assert.throws(() => readNeurons(makeModel({ peak_values: halves([1]) })), /peak_values: there are 1, it needs 4/);
  assert.throws(() => readNeurons(makeModel({ score_names: ["one"] })), /scores: there are 8, it needs 4/);
});

test("binary traits are read from the middle of a buffer", () => {
  const padded = new Uint8Array([9, 9, 9, ...new Uint8Array(makeModel().get("passage_names"))]);
  assert.deepEqual(readNeurons(makeModel({ passage_names: new DataView(padded.buffer, 3) })).heard, DATA.heard);
});

test("a number has its sign", () => {
  assert.deepEqual([signed(1.25), signed(-0.5)], ["+1.25", "−0.50"]);
});
