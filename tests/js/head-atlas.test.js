import assert from "node:assert/strict";
import { test } from "node:test";

import { readAtlas } from "../../lmkit/widgets/js/head-atlas/data.js";
import { ascending, layoutPlot, nearest, ticksOf, within } from "../../lmkit/widgets/js/head-atlas/layout.js";
import { barName, distancesOf, passagesOf, seenIn, sentence, settleFor, soughtBy, spelled, turn, valueOf } from "../../lmkit/widgets/js/head-atlas/seen.js";

const NAMES = ["a", " cat", "<b>", "\u202ex"];
const floats = (...numbers) => Float32Array.from(numbers).buffer;
const HALF = { 0: 0, 0.25: 0x3400, 0.5: 0x3800, 1: 0x3c00 };
const halves = (...numbers) => Uint16Array.from(numbers, (number) => HALF[number]).buffer;

/** Two layers of one head, two scores, one passage each: of three tokens, and of two. */
function makeModel(changes = {}) {
  const state = {
    shape: { layers: 2, heads: 1, passages: 1, written: 1, sought: 1, texts: 9 },
    bins: [0, 1, 2, 5], label: "to\u200fy", names: NAMES, score_names: ["previous", "entropy"],
    evenly: floats(0.125, 3), scores: floats(0.5, 0.25, 2, 1, 0.01, 0.002, 0.5, 0.25),
    distances: halves(0.5, 0.5, 0, 0, 0, 0.5, 0.25, 0.25),
    lengths: Uint8Array.of(3, 2, 2, 0, 0, 1).buffer, // their lengths, then the queries, then the keys
    passages: Uint16Array.of(0, 1, 2, 3, 0).buffer, rows: Uint8Array.of(255, 0, 0, 0, 128).buffer,
    written: Uint16Array.of(2, 0).buffer, raised: halves(1, 0.5),
    sought: Uint16Array.of(1, 3).buffer, excess: floats(0.25, 0),
    ...changes,
  };
  return { get: (name) => state[name] };
}
const ATLAS = readAtlas(makeModel());
const STATE = { layer: 0, head: 0, x: "previous", y: "entropy", selected: [], table: false, width: 0 };
const plain = (text) => text.replaceAll("\u0001", "").replaceAll("\u00a0", " ");

test("what acts on the text around it is seen, in the tokens and in the name of the model", () => {
  assert.deepEqual(ATLAS.names, ["a", "␣cat", "<b>", "‹202e›x"]);
  assert.equal(ATLAS.label, "to‹200f›y");
});

test("a payload that does not fit, or holds what cannot be drawn, is named", () => {
  assert.throws(() => readAtlas(makeModel({ rows: new ArrayBuffer(4) })), /rows: there are 4, it needs 5/);
  assert.throws(() => readAtlas(makeModel({ evenly: floats(NaN, 1) })), /evenly: number 0 is NaN/);
});

test("each passage has its own tokens, with the query, the key, and what goes from one to the other", () => {
  const [[first], [second]] = [passagesOf(ATLAS, 0), passagesOf(ATLAS, 1)];
  assert.deepEqual(first.words.map(({ word }) => word), ["a", "␣cat", "<b>"]);
  assert.deepEqual(first.words.map(({ isQuery, isKey }) => [isQuery, isKey]), [[false, true], [false, false], [true, false]]);
  assert.equal(first.share, 1);
  assert.deepEqual(second.words.map(({ word, isKey }) => [word, isKey]), [["‹202e›x", false], ["a", true]]);
  assert.deepEqual([first, second].map(({ raises }) => raises), [[{ word: "<b>", amount: 1 }], [{ word: "a", amount: 0.5 }]]);
});

test("words stand as in their text: blanks are those of the tokens, or else between whole words", () => {
  const words = (...texts) => texts.map((word) => ({ word, share: 0, isQuery: false, isKey: false }));
  assert.equal(spelled(words("the", "␣cat", "s")).join(""), "the cats");
  assert.equal(spelled(words("[CLS]", "cat", "##s", "sat")).join(""), "[CLS] cats sat");
});

test("the sentence has both scores with interval and even look, and what is sought beyond it", () => {
  assert.equal(plain(sentence(seenIn(ATLAS, STATE))),
    " has an entropy of 2.0 ± 0.5 bits (evenly 3.0), and gives 50.0 ± 1.0 % to the token before (evenly 13 %). More than evenly goes to “␣cat” (+25 %).");
  assert.doesNotMatch(sentence(seenIn(ATLAS, { ...STATE, layer: 1 })), /More than/);
  assert.deepEqual(soughtBy(ATLAS, 1), [{ word: "‹202e›x", amount: 0 }]);
});

test("the smaller an interval, the more places are told", () => {
  assert.deepEqual([0.02, 0.0005, 0].map((reach) => plain(valueOf("previous", 0.5, reach))), ["50.0 ± 2.0 %", "50.00 ± 0.05 %", "50.0 ± 0.0 %"]);
});

test("distances of several heads are averaged, and each bar says which it holds", () => {
  assert.deepEqual(distancesOf(ATLAS, [0, 1]), [0.25, 0.5, 0.125, 0.125]);
  assert.deepEqual(ATLAS.bins.map((_, bar) => barName(ATLAS.bins, bar)), ["0", "1", "2–4", "5+"]);
});

test("any wanted state becomes one that can be shown, and one that can be stays as it is", () => {
  const settle = settleFor(ATLAS);
  const fine = { ...STATE, selected: [[1, 0]] };
  assert.equal(settle(fine).selected, fine.selected);
  const wild = settle({ ...STATE, layer: 7, head: -1, x: "nothing", selected: [[1, 0], [2, 0], [0, 1]] });
  assert.deepEqual([wild.layer, wild.head, wild.x, wild.selected], [1, 0, "previous", [[1, 0]]]);
});

test("a head is added to those selected, and then taken off again", () => {
  const once = turn(STATE);
  assert.deepEqual(once, { selected: [[0, 0]] });
  assert.deepEqual(turn({ ...STATE, ...once }), { selected: [] });
});

const PLOT = layoutPlot({ width: 400, x: [0, 0.5, 1, 1], y: [1, 5, 3, 3], even: { x: 0.2, y: 9 } });

test("greater scores stand further right and higher, all of them and the even look within the frame", () => {
  const [a, b, c] = PLOT.points;
  assert.ok(a.x < b.x && b.x < c.x && a.y > c.y && c.y > b.y);
  for (const { x, y } of [...PLOT.points, { x: PLOT.across.scale(0.2), y: PLOT.up.scale(9) }]) {
    assert.ok(x - PLOT.radius > PLOT.left && x + PLOT.radius < PLOT.right && y - PLOT.radius > PLOT.top && y + PLOT.radius < PLOT.bottom);
  }
});

test("heads that all score the same have a place too", () => {
  const { points } = layoutPlot({ width: 300, x: [0, 0], y: [2, 2], even: { x: 0, y: 2 } });
  assert.ok(points.every(({ x, y }) => Number.isFinite(x) && Number.isFinite(y)));
});

test("the dot at a point is the nearest one, and far from all there is none", () => {
  PLOT.points.slice(0, 3).forEach((point, i) => assert.equal(nearest(PLOT, { x: point.x + 3, y: point.y - 3 }), i));
  assert.equal(nearest(PLOT, { x: PLOT.left, y: PLOT.top }), undefined);
});

test("a line goes around the dots that are inside of it, whichever way it is drawn", () => {
  const { x, y } = PLOT.points[2];
  const path = [[-9, -9], [9, -9], [9, 9], [0, 2], [-9, 9]].map(([right, down]) => ({ x: x + right, y: y + down }));
  assert.deepEqual([path, [...path].reverse()].map((line) => within(PLOT, line)), [[2, 3], [2, 3]]);
  assert.deepEqual(within(PLOT, []), []);
});

test("marks at an axis are round, few, and within it", () => {
  for (const [low, high] of [[0, 1], [0.013, 0.31], [2, 97], [-4, 4]]) {
    const ticks = ticksOf(low, high);
    assert.ok(ticks.length >= 2 && ticks.length <= 6 && ticks[0] >= low && ticks.at(-1) <= high, `${ticks}`);
  }
  assert.deepEqual(ticksOf(3, 3), [3]);
});

test("heads are walked by their score, equals in their order", () => {
  assert.deepEqual(ascending([3, 1, 3, 2]), [1, 3, 0, 2]);
});
