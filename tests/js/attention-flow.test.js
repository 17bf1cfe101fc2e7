import assert from "node:assert/strict";
import { test } from "node:test";

import { flowFrom, readFlow } from "../../lmkit/widgets/js/attention-flow/data.js";
import { layoutLevels, linkAt, placeOf, tokenAt } from "../../lmkit/widgets/js/attention-flow/layout.js";
import { rowsOf, seenIn, sentence, settleFor } from "../../lmkit/widgets/js/attention-flow/seen.js";
import { MARK } from "../../lmkit/widgets/js/shared/text.js";

const FIRST = [1, 0, 0.25, 0.75]; // to × from, of the first layer
const SECOND = [1, 0, 0.5, 0.5];
const bytes = (...mixes) => Uint8Array.from(mixes.flat(), (p) => Math.round(255 * Math.sqrt(p)));

/** Two layers, two tokens, one method. */
function makeModel(changes = {}) {
  const state = {
    mixes: bytes(FIRST, SECOND), methods: ["rollout"], tokens: ["a", "b"], label: "toy",
    shape: { layers: 2, heads: 1, queries: 2, keys: 2, causal: false }, ...changes,
  };
  return { get: (name) => state[name] };
}

const near = (actual, expected) => expected.forEach((p, i) => assert.ok(Math.abs(actual[i] - p) < 0.01, `${[...actual]}`));

test("what comes from the input is the product of the layers, and the links of each layer add up to 1", () => {
  const { links, input } = flowFrom([FIRST, SECOND].map((mix) => Float32Array.from(mix)), 1, 2);
  near(input, [0.5 + 0.5 * 0.25, 0.5 * 0.75]);
  near(links[1], [0, 0, 0.5, 0.5]);
  near(links[0], [0.5, 0, 0.125, 0.375]);
  for (const carried of links) near([carried.reduce((sum, p) => sum + p, 0)], [1]);
});

test("rounded bytes lose nothing from layer to layer", () => {
  const layers = 40;
  const mixes = Array.from({ length: layers }, () => bytes([0.9, 0.1, 0.23, 0.77])).flatMap((one) => [...one]);
  const flow = readFlow(makeModel({ mixes: Uint8Array.from(mixes), shape: { layers, heads: 1, queries: 2, keys: 2, causal: false } }));
  const { input } = flowFrom(flow.mixes[0], 1, 2);
  assert.ok(Math.abs(input[0] + input[1] - 1) < 1e-4);
});

test("the sentence tells where the output comes from, by each method, and what passes through the chosen token", () => {
  const flow = readFlow(makeModel());
  const seen = seenIn(flow, settleFor(flow)({ token: 1, layer: 0, query: 1, least: 0.2, table: false, width: 300 }));
  const words = sentence(seen).replaceAll(MARK, "").replaceAll("\u00a0", " ");
  assert.ok(words.startsWith("After 2 layers: by rollout, 63 % from “a”, 37 % from “b”. Through “b” in L0 passes 50 % (rollout)."), words);
  assert.deepEqual(rowsOf(seen).map(([word]) => word), ["a", "b"]);
});

test("bytes of another length are refused", () => {
  assert.throws(() => readFlow(makeModel({ mixes: bytes(FIRST) })), /mixes: there are 4, it needs 8/);
});

test("the middle of a link hits it, and none is hit that is not drawn", () => {
  const levels = layoutLevels({ layers: 3, tokens: 5, width: 400, words: 60 });
  const middle = (one, other) => ({ x: (one[0] + other[0]) / 2, y: (one[1] + other[1]) / 2 });
  for (const [layer, to, from] of [[0, 4, 1], [2, 3, 3], [1, 0, 2]]) {
    const point = middle(placeOf(levels, layer + 1, to), placeOf(levels, layer, from));
    const only = (...link) => `${link}` === `${[layer, to, from]}`;
    assert.deepEqual(linkAt(levels, point, only), { layer, to, from });
    assert.equal(linkAt(levels, point, () => false), null);
  }
  assert.equal(linkAt(levels, { x: 100, y: -5 }, () => true), null);
  for (let i = 0; i < 5; i++) assert.equal(tokenAt(levels, placeOf(levels, 3, i)[0] + 3), i);
});
