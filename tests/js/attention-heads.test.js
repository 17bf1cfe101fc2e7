import assert from "node:assert/strict";
import { test } from "node:test";

import { descending, headShares, largestLevels, readAttention, readTexts, renormalize, shownShares, tokensInView } from "../../lmkit/widgets/js/attention-heads/data.js";
import { fitOverview, hitLines, hitOverview, layoutLines, layoutOverview, layoutPanels, moveOverview } from "../../lmkit/widgets/js/attention-heads/layout.js";
import { thumbnail } from "../../lmkit/widgets/js/attention-heads/paint-overview.js";
import { pin } from "../../lmkit/widgets/js/attention-heads/pins.js";
import { derive, keepLargest, largest, mayAttend, number, settleFor, sharesOf } from "../../lmkit/widgets/js/attention-heads/scene.js";
import { habits, moved, sentence, titleOf } from "../../lmkit/widgets/js/attention-heads/words.js";
import { MARK, points } from "../../lmkit/widgets/js/shared/text.js";

const byteOf = (p) => Math.round(255 * Math.sqrt(p));

/** A model as Python makes it: two layers of one head, three tokens. The second head looks at the token itself. */
function makeModel(changes = {}) {
  const first = [1, 0, 0, 0.5, 0.5, 0, 0.1, 0.5, 0.4];
  const second = [1, 0, 0, 0, 1, 0, 0, 0, 1];
  const state = {
    weights: new DataView(Uint8Array.from([...first, ...second], byteOf).buffer),
    shape: { layers: 2, heads: 1, queries: 3, keys: 3, causal: false },
    before: new Uint8Array(), weightings: [], magnitudes: new Uint8Array(), others: [], show: "after", tokens: ["[CLS]", "a", "b"], key_tokens: [], specials: [0], scores: { up: [0.1, 0.9] }, label: "toy",
    ...changes,
  };
  return { get: (name) => state[name] };
}

const START = { layer: 0, head: 0, query: 2, cell: null, sort: "", lines: false, hide: false, table: false };
const sceneOf = (state = {}, model = makeModel()) => {
  const attention = readAttention(model);
  return derive(attention, settleFor(attention)({ ...START, ...state }));
};
const plain = (text) => text.replaceAll(MARK, "").replaceAll("\u00a0", " ");
const near = (actual, expected) => actual.forEach((p, i) => assert.ok(Math.abs(p - expected[i]) <= 0.006, `${[...actual]}`));

test("shares are decoded row by row", () => {
  near(sharesOf(sceneOf()), [0.1, 0.5, 0.4]);
  near(sceneOf({ layer: 1 }).shares, [1, 0, 0, 0, 1, 0, 0, 0, 1]);
});

test("what would turn the text around in a label or the name of a score is seen", () => {
  const { label, scores } = readAttention(makeModel({ label: "a\u202eb", scores: { "\u2067c d": [0, 1] } }));
  assert.deepEqual([label, scores], ["a‹202e›b", { "‹2067›c d": [0, 1] }]);
});

test("causal weights hold the lower triangle only, and what comes later may not be looked at", () => {
  const model = makeModel({
    weights: Uint8Array.from([1, 0.5, 0.5, 0.1, 0.5, 0.4, 1, 0, 1, 0, 0, 1], byteOf),
    shape: { layers: 2, heads: 1, queries: 3, keys: 3, causal: true },
  });
  const scene = sceneOf({}, model);
  near(scene.shares, [1, 0, 0, 0.5, 0.5, 0, 0.1, 0.5, 0.4]);
  assert.deepEqual([mayAttend(scene, 1, 1), mayAttend(scene, 1, 2)], [true, false]);
});

test("without the special tokens, every row adds up to 1 again and keeps its proportions", () => {
  const scene = sceneOf({ hide: true });
  assert.deepEqual([scene.rows, scene.columns], [["a", "b"], ["a", "b"]]);
  near(scene.shares, [1, 0, 0.5 / 0.9, 0.4 / 0.9]);
});

test("a row of zeros stays a row of zeros", () => {
  const row = new Float32Array(3);
  renormalize(row);
  assert.deepEqual([...row], [0, 0, 0]);
});

test("a row that gives next to nothing to the tokens in view is empty: its quotients would be rounding", () => {
  const row = Float32Array.of(0.0009, 0, 0.0001);
  renormalize(row, 0.001);
  assert.deepEqual([...row], [0, 0, 0]);
});

test("special keys of another sentence leave the queries alone", () => {
  const { queries, keys } = tokensInView({ queries: 2, keys: 3, self: false, specials: [0] }, true);
  assert.deepEqual([queries, keys], [[0, 1], [1, 2]]);
});

test("a payload of the wrong length is named, not drawn", () => {
  assert.throws(() => readAttention(makeModel({ weights: new Uint8Array(17) })), /weights.*there are 17, it needs 18/);
  assert.throws(() => readAttention(makeModel({ tokens: ["a"] })), /tokens of the queries: there are 1, it needs 3/);
  assert.throws(() => readAttention(makeModel({ key_tokens: ["a"] })), /tokens of the keys: there are 1, it needs 3/);
  assert.throws(() => readAttention(makeModel({ scores: { up: [1] } })), /“up”: there are 1, it needs 2/);
});

test("heads are sorted by a score, the highest first, and equal ones keep their order", () => {
  assert.deepEqual(descending([0.2, 0.9, 0.2, 0.5]), [1, 3, 0, 2]);
  assert.deepEqual(sceneOf({ sort: "up" }).order, [1, 0]);
  assert.deepEqual(sceneOf().order, [0, 1]);
});

test("a state that cannot be shown becomes the nearest one that can", () => {
  const settle = settleFor(readAttention(makeModel()));
  const { layer, head, query } = settle({ ...START, layer: 9, head: -1, query: 7 });
  assert.deepEqual([layer, head, query], [1, 0, 2]);
  assert.equal(settle({ ...START, query: 0, hide: true }).query, 1);
  assert.equal(settle({ ...START, hide: true, cell: { row: 2, column: 0 } }).cell, null);
});

test("the sentence gives the largest shares of the query, the cell, the habit and the rank", () => {
  assert.equal(plain(sentence(sceneOf())), "From “b”: 50 % on “a”, 40 % on “b”, 10 % on “[CLS]”. On average 63 % on the token itself.");
  const cell = plain(sentence(sceneOf({ cell: { row: 1, column: 0 } })));
  assert.ok(cell.startsWith("“a” gives “[CLS]” 50 %. From “b”"), cell);
  assert.ok(plain(sentence(sceneOf({ sort: "up" }))).endsWith("Rank 2 of 2 by “up”: 0.10."));
  assert.ok(plain(sentence(sceneOf({ hide: true }))).includes("to the tokens shown"));
});

test("the same word twice is told apart by its position", () => {
  const words = plain(sentence(sceneOf({}, makeModel({ tokens: ["x", "a", "a"], specials: [] }))));
  assert.ok(words.startsWith("From “a” (token 2): 50 % on “a” (token 1)"), words);
});

test("a head that looks at the token itself is known by it", () => {
  const [best] = habits(sceneOf({ layer: 1 })).sort((a, b) => b[1] - a[1]);
  assert.deepEqual(best, ["the token itself", 1]);
});

/** The toy, and the same heads the other way round as they were before. */
const BEFORE = [1, 0, 0, 0, 1, 0, 0, 0, 1, 1, 0, 0, 0.5, 0.5, 0, 0.1, 0.5, 0.4];
const compared = (state = {}) => sceneOf({ show: "change", ...state }, makeModel({ before: Uint8Array.from(BEFORE, byteOf) }));

test("a change is after less before, and the largest come first whatever their sign", () => {
  near(sharesOf(compared({ show: "before" })), [0, 0, 1]);
  near(sharesOf(compared({ show: "after" })), [0.1, 0.5, 0.4]);
  near(sharesOf(compared()), [0.1, 0.5, -0.6]);
  assert.deepEqual(largest(compared()), [2, 1, 0]);
});

test("changes add up to nothing in each row, also without the special tokens", () => {
  for (const hide of [false, true]) for (const layer of [0, 1]) {
    const scene = compared({ hide, layer });
    scene.rows.forEach((_, row) => near([sharesOf(scene, row).reduce((sum, p) => sum + p, 0)], [0]));
  }
});

test("what is told of a change has its sign, and how much has moved", () => {
  assert.deepEqual([0.3, -0.216, 0.001, -0.004].map(points), ["+30", "−22", "0", "0"]);
  const words = plain(sentence(compared()));
  assert.ok(words.startsWith("After less before, in percentage points. From “b”: −60 on “b”, +50 on “a”, +10 on “[CLS]”."), words);
  assert.ok(words.endsWith("On average a token moved 37 % of its attention."), words);
  assert.ok(Math.abs(moved(compared()) - (0.5 + 0.6) / 3) < 0.01);
  assert.ok(plain(sentence(compared({ cell: { row: 2, column: 2 } }))).includes("From “b” to “b”: −60."));
});

test("a figure with nothing to compare with shows what is, whatever is asked for", () => {
  assert.equal(sceneOf({ show: "change" }).state.show, "after");
  assert.ok(!plain(sentence(sceneOf())).includes("After"));
  assert.equal(compared({ show: undefined }).state.show, "after");
});

test("weights of before must be as many as those of after", () => {
  assert.throws(() => readAttention(makeModel({ before: new Uint8Array(17) })), /weights of before: there are 17, it needs 18/);
});

test("a thumbnail of changes shows their size", () => {
  const { attention, view } = compared();
  const levels = thumbnail(shownShares(attention, 0, view, "change"), 3, 3, 3);
  assert.ok(levels[8] > levels[7] && levels[7] > levels[6] && levels[6] > 0, `${levels}`);
});

test("the title counts", () => {
  assert.deepEqual(titleOf(readAttention(makeModel())), ["2 heads", "2 layers × 1 head · \u2068toy\u2069 · 3 tokens"]);
});

const shape = (layers, heads, width, more = {}) => (
  { layers, heads, order: Array.from({ length: layers * heads }, (_, i) => i), sorted: false, width, coarse: false, ...more }
);
const SHAPES = [
  shape(6, 12, 380), shape(6, 12, 309, { coarse: true }), shape(32, 32, 700), shape(32, 32, 309, { coarse: true }), shape(2, 4, 380),
  shape(6, 12, 380, { sorted: true }), shape(32, 32, 309, { sorted: true, coarse: true }), shape(1, 1, 300),
];

for (const one of SHAPES) {
  const name = `${one.layers} × ${one.heads} in ${one.width} px${one.sorted ? ", sorted" : ""}`;
  const overview = layoutOverview(one);

  test(`thumbnails lie inside the overview and never overlap (${name})`, () => {
    const seen = new Set();
    for (const { x, y, size } of overview.cells) {
      assert.ok(x >= 0 && x + size <= one.width && y >= 0 && y + size <= overview.height);
      assert.ok(size >= (one.coarse ? 22 : 16));
      seen.add(`${x} ${y}`);
    }
    assert.equal(seen.size, one.layers * one.heads);
  });

  test(`the middle of a thumbnail hits its head (${name})`, () => {
    for (const { index, x, y, size } of overview.cells) assert.equal(hitOverview(overview, { x: x + size / 2, y: y + size / 2 }), index);
    assert.equal(hitOverview(overview, { x: -20, y: -20 }), undefined);
  });

  test(`every head can be reached by arrow keys (${name})`, () => {
    const reached = new Set([0]);
    for (const index of reached) {
      for (const key of ["ArrowLeft", "ArrowRight", "ArrowUp", "ArrowDown", "Home", "End"]) reached.add(moveOverview(overview, index, key));
    }
    assert.equal(reached.size, one.layers * one.heads);
  });
}

test("an overview is seen whole, or its lower edge goes between two rows beside the bar that scrolls it", () => {
  for (const one of SHAPES) for (let width = 260; width <= 900; width += 7) for (const room of [320, 440]) {
    const { cells, height, seen } = fitOverview({ ...one, width }, room);
    assert.ok(seen === height ? height <= 520 : seen <= room && seen > 0, `${one.layers} × ${one.heads} in ${width} px`);
    assert.ok(cells.every(({ y, size }) => y + size < seen || y > seen), `${one.layers} × ${one.heads} in ${width} px`);
    if (seen < height) assert.ok(cells.every(({ x, size }) => x + size <= width - 16));
  }
});

test("on a phone, 72 heads are in sight all at once, 24 pixels from one to the next: by layer in 6 rows of 12, and sorted", () => {
  for (const width of [310, 325]) for (const sorted of [false, true]) {
    const { cells, height, seen } = fitOverview(shape(6, 12, width, { coarse: true, sorted }), 320);
    assert.equal(seen, height, `${width} px`);
    if (!sorted) assert.deepEqual([Math.max(...cells.map(({ row }) => row)), Math.max(...cells.map(({ column }) => column))], [5, 11]);
    for (const [i, one] of cells.entries()) for (const other of cells.slice(i + 1)) {
      assert.ok(Math.max(Math.abs(one.x - other.x), Math.abs(one.y - other.y)) >= 24);
    }
  }
});

test("a head is called as everywhere, and no name touches another", () => {
  const [sorted, grid] = [true, false].map((sorted) => layoutOverview(shape(6, 12, 300, { sorted })).labels);
  assert.equal(sorted[22].text, "L1 · H10");
  assert.deepEqual(grid.slice(0, 8).map(({ text }) => text), ["L0", "L1", "L2", "L3", "L4", "L5", "H0", "H2"]);
  for (const [labels, letter] of [[sorted, 5.4], [grid, 7.5]]) for (const [i, one] of labels.entries()) for (const other of labels.slice(i + 1)) {
    const wide = (letter / 2) * (one.text.length + other.text.length) + 1; // half of each; letter: its mean width in pixels
    assert.ok(Math.abs(one.y - other.y) >= 12 || Math.abs(one.x - other.x) >= wide, `${one.text} and ${other.text}`);
  }
});

test("in the grid, arrows move by head and by layer, and stop at the edge", () => {
  const overview = layoutOverview(shape(3, 4, 400));
  const moved = (index, key) => moveOverview(overview, index, key);
  assert.deepEqual([moved(5, "ArrowDown"), moved(5, "ArrowUp"), moved(5, "Home"), moved(5, "End")], [9, 1, 4, 7]);
  assert.deepEqual([moved(0, "ArrowUp"), moved(0, "ArrowLeft"), moved(11, "ArrowRight"), moved(11, "ArrowDown")], [0, 0, 11, 11]);
});

test("panels lie side by side only where both have room", () => {
  for (const width of [260, 309, 500, 694, 900]) for (const heads of [1, 12, 32]) for (const coarse of [true, false]) {
    const { sideBySide, overview, focus } = layoutPanels({ width, heads, tokens: 14, coarse });
    assert.ok(sideBySide ? overview + focus <= width && focus >= 300 : overview === width && focus <= width);
  }
  assert.ok(layoutPanels({ width: 694, heads: 12, tokens: 14, coarse: false }).sideBySide);
  assert.ok(layoutPanels({ width: 654, heads: 4, tokens: 105, coarse: false }).focus >= 420);
  assert.ok(!layoutPanels({ width: 694, heads: 12, tokens: 105, coarse: false }).sideBySide);
  assert.ok(!layoutPanels({ width: 309, heads: 12, tokens: 14, coarse: true }).sideBySide);
});

test("a point at the left of the lines is a query, at the right a key", () => {
  const lines = layoutLines({ rows: [30, 40], columns: [30, 30, 30], width: 340, tallest: 440 });
  const y = lines.top + 2.5 * lines.pitch;
  assert.deepEqual(hitLines(lines, { x: 10, y: lines.top + 1 }), { row: 0 });
  assert.deepEqual(hitLines(lines, { x: 330, y }), { column: 2 });
  assert.equal(hitLines(lines, { x: 10, y }), null);
  assert.ok(lines.right > lines.left);
});

test("a thumbnail keeps a thin diagonal where tokens outnumber pixels", () => {
  const shares = new Float32Array(64 * 64);
  for (let i = 0; i < 64; i++) shares[i * 64 + i] = 1;
  const levels = thumbnail(shares, 64, 64, 10);
  for (let i = 0; i < 10; i++) for (let j = 0; j < 10; j++) assert.equal(levels[i * 10 + j], i === j ? 255 : 0);
});

test("a thumbnail of few tokens shows each of them", () => {
  const levels = thumbnail(Float32Array.of(1, 0, 0.25, 0.75), 2, 2, 4);
  assert.deepEqual([levels[0], levels[3], levels[8], levels[15]], [255, 0, 128, 221]);
});

test("every byte of a packed head finds its cell", () => {
  const n = 64;
  const bytes = Uint8Array.from({ length: (n * (n + 1)) / 2 }, (_, i) => i % 256);
  const attention = { layers: 1, heads: 1, queries: n, keys: n, causal: true, bytes, self: true, specials: [] };
  const shares = headShares(attention, 0, tokensInView(attention, false));
  let at = 0;
  for (let q = 0; q < n; q++) for (let k = 0; k < n; k++) {
    assert.equal(shares[q * n + k], k > q ? 0 : Math.fround((bytes[at++] / 255) ** 2));
  }
});

/** Both heads of the toy, with other numbers beside their shares; the last number is negative. */
const SIGNS = [4, 0, 0, 0, 1, 0, 0, 2, -4, 4, 0, 0, 0, 0, 0, 0, 0, 0];
const weighted = (state = {}) => {
  const magnitudes = Uint8Array.from(SIGNS, (x) => Math.sign(x) * Math.round(127 * Math.sqrt(Math.abs(x) / 4)));
  const [attention] = readTexts(makeModel({ magnitudes, weightings: [{ name: "gain", scale: 4, signed: true }] }));
  return derive(attention, settleFor(attention)({ ...START, show: "gain", ...state }));
};

test("a weighting is told in its own numbers, and its sign is seen", () => {
  const scene = weighted();
  near(sharesOf(scene), [0, 0.5, -1]);
  assert.ok(scene.signed);
  const words = plain(sentence(scene));
  assert.ok(words.startsWith("“gain”, at most 4. From “b”: −4 on “b”, 2 on “a”."), words);
  assert.equal(weighted({ show: "no such" }).state.show, "after");
  assert.deepEqual([0.0123, -3.14159, 1234].map(number), ["0.012", "−3.1", "1230"]);
});

test("of a weighting, no row is divided by its sum where special tokens are hidden", () => {
  near(sharesOf(weighted({ hide: true })), [0.5, -1]);
});

test("the level of a loss is that of the gain, in the other half of the ramp", () => {
  const [gain, loss] = thumbnail(Float32Array.of(0.25, -0.25), 1, 2, 2, 1);
  assert.equal(loss, gain + 256);
});

test("the mean of heads is the mean of their shares, and is called so", () => {
  const scene = sceneOf({ mean: "all" });
  near(sharesOf(scene), [0.05, 0.25, 0.7]);
  assert.equal(scene.name, "Mean of 2 heads");
  near(sharesOf(sceneOf({ mean: "pinned", pinned: [[1, 0]] })), [0, 0, 1]);
  assert.equal(sceneOf({ mean: "pinned", pinned: [[7, 0]] }).state.mean, "", "no such head is pinned");
});

test("a head is pinned once, and taken off again", () => {
  const { pinned } = pin({ layer: 1, head: 0, pinned: [[0, 0]] });
  assert.deepEqual(pinned, [[0, 0], [1, 0]]);
  assert.deepEqual(pin({ layer: 0, head: 0, pinned }).pinned, [[1, 0]]);
});

test("whole words: pieces are added as keys and averaged as queries, so that each row keeps its sum", () => {
  const scene = sceneOf({ whole: true }, makeModel({ tokens: ["[CLS]", "a", "##b"] }));
  assert.deepEqual(scene.rows, ["[CLS]", "ab"]);
  near(scene.shares, [1, 0, 0.3, 0.7]);
  assert.equal(scene.row, 1, "the query lies in the word");
});

test("of a pair, the shares from one sentence to the other are as they are, and their sum is told", () => {
  const model = makeModel({ specials: [], shape: { layers: 2, heads: 1, queries: 3, keys: 3, causal: false, pair: 1 } });
  const scene = sceneOf({ part: "BA" }, model);
  assert.deepEqual([scene.rows, scene.columns, scene.same], [["a", "b"], ["[CLS]"], false]);
  near(scene.shares, [0.5, 0.1]);
  assert.ok(plain(sentence(scene)).endsWith("On average 30 % from B to A."), plain(sentence(scene)));
  const parts = ["AA", "AB", "BA", "BB"].map((part) => sceneOf({ part }, model).shares.reduce((sum, p) => sum + p, 0));
  near([parts.reduce((sum, p) => sum + p, 0)], [3]);
});

test("only the largest that make up a part of a row are kept, at least that part and none too many", () => {
  const row = Float32Array.of(0.1, -0.5, 0.15, 0.25);
  keepLargest(row, 0.7);
  near(row, [0, -0.5, 0, 0.25]);
  assert.deepEqual([...sharesOf(sceneOf({ mass: 0.45 }))].map((p) => p > 0), [false, true, false]);
});

test("of a row that was not sent whole, the largest shares are there and the others are told together", () => {
  const row = [1, 0, byteOf(0.5), 2, 0, byteOf(0.3)];
  const model = makeModel({
    weights: Uint8Array.from([...row, ...row, ...row, ...row, ...row, ...row]),
    shape: { layers: 2, heads: 1, queries: 3, keys: 3, causal: false, top: 2 },
  });
  near(sharesOf(sceneOf({}, model)), [0, 0.5, 0.3]);
  assert.ok(plain(sentence(sceneOf({}, model))).includes("holds its 2 largest of 3; the others get 20 % together."));
});

test("the thumbnail of a long text is the same from its largest shares alone", () => {
  const [n, top] = [30, 3];
  const weights = Uint8Array.from(Array.from({ length: n * top }, (_, i) => [(11 * i + Math.floor(i / top)) % n, 0, 1 + ((37 * i) % 250)]).flat());
  const attention = { layers: 1, heads: 1, queries: n, keys: n, causal: false, top, bytes: weights, self: true, specials: [] };
  for (const size of [7, 16, 30]) {
    assert.deepEqual(largestLevels(attention, 0, size), thumbnail(headShares(attention, 0, tokensInView(attention, false)), n, n, size));
  }
});

test("heads that share keys and values lie under one line, and are named", () => {
  const { groups, cells } = layoutOverview({ ...shape(2, 6, 400), kvHeads: 2 });
  assert.deepEqual(groups.map(({ x, width }) => [x, x + width]), [[0, 2], [3, 5]].map(([a, b]) => [cells[a].x, cells[b].x + cells[b].size]));
  assert.deepEqual(layoutOverview(shape(2, 6, 400)).groups, []);
  const model = makeModel({ shape: { layers: 1, heads: 2, kvHeads: 1, queries: 3, keys: 3, causal: false }, scores: {} });
  assert.ok(plain(sentence(sceneOf({}, model))).endsWith("H0 to H1 share their keys and values."));
});

test("every text has its own part of the bytes", () => {
  const two = { tokens: ["x", "y"], key_tokens: [], specials: [], shape: { layers: 2, heads: 1, queries: 2, keys: 2, causal: true } };
  const model = makeModel({ weights: Uint8Array.from([...Array(18).fill(255), 255, byteOf(0.3), byteOf(0.7), 255, 0, 255]), others: [two] });
  const [first, second] = readTexts(model);
  assert.deepEqual([first.queryWords.length, second.queryWords], [3, ["x", "y"]]);
  near(headShares(second, 0, tokensInView(second, false)), [1, 0, 0.3, 0.7]);
  assert.throws(() => readTexts(makeModel({ others: [two] })), /weights of 2 × 1 heads, 2 queries × 2 keys: there are 0, it needs 6/);
});
