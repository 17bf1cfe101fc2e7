import assert from "node:assert/strict";
import { test } from "node:test";

import { layoutBars } from "../../lmkit/widgets/js/query-key/chart.js";
import { readVectors, sum } from "../../lmkit/widgets/js/query-key/data.js";
import { seenIn, sentence, settleFor } from "../../lmkit/widgets/js/query-key/seen.js";
import { MARK } from "../../lmkit/widgets/js/shared/text.js";

/** One layer of two heads that share a key head; two tokens; four dimensions. Number i is i / 4. */
function makeModel(changes = {}) {
  const count = 4 * (2 * 2 + 1 * 2);
  const state = {
    vectors: Uint8Array.from(Array.from({ length: count }, (_, i) => HALVES[i]).flat()),
    shape: { layers: 1, heads: 2, kvHeads: 1, queries: 2, keys: 2, dHead: 4 },
    tokens: ["a", "b"], key_tokens: [], rotary: true, label: "toy", ...changes,
  };
  return { get: (name) => state[name] };
}

/** i / 4 for the integers 0 to 23, as little-endian halves: all are exact. */
const HALVES = Array.from({ length: 24 }, (_, i) => {
  if (i === 0) return [0, 0];
  const exponent = Math.floor(Math.log2(i / 4));
  const bits = ((exponent + 15) << 10) | Math.round(((i / 4) / 2 ** exponent - 1) * 1024);
  return [bits & 255, bits >> 8];
});

const START = { layer: 0, head: 1, query: 1, key: 0, dimension: 1, sorted: false, table: false, width: 300 };
const see = (state = {}) => {
  const vectors = readVectors(makeModel());
  return seenIn(vectors, settleFor(vectors)({ ...START, ...state }));
};

test("the products are those of the query of this head and the key that it shares, and add up to the score times √d", () => {
  const seen = see();
  const [q, k] = [[12, 13, 14, 15], [16, 17, 18, 19]].map((numbers) => numbers.map((i) => i / 4));
  assert.deepEqual([[...seen.q], [...seen.k]], [q, k]);
  assert.deepEqual(seen.products, q.map((x, d) => x * k[d]));
  assert.equal(seen.scores[0] * 2, sum(seen.products));
});

test("the largest come first where they are sorted, and every dimension stays", () => {
  assert.deepEqual(see().order, [0, 1, 2, 3]);
  assert.deepEqual(see({ sorted: true }).order, [3, 2, 1, 0]);
});

test("a rotary pair lies half a head apart, from either of its ends", () => {
  assert.deepEqual([see({ dimension: 1 }).partner, see({ dimension: 3 }).partner], [3, 1]);
});

test("the sentence tells the sum, the score and the pair", () => {
  const words = sentence(see()).replaceAll(MARK, "");
  assert.ok(words.startsWith("“b” looks for “a”: the 4 products add up to 59.38; divided by √4, the score is 29.69."), words);
  assert.ok(words.includes("It was turned together with dimension 3; the pair adds"), words);
});

test("what does not exist becomes the nearest that does, and vectors of another length are refused", () => {
  const { layer, key, dimension } = see({ layer: 4, key: -1, dimension: 9 }).state;
  assert.deepEqual([layer, key, dimension], [0, 0, 3]);
  assert.throws(() => readVectors(makeModel({ vectors: new Uint8Array(6) })), /vectors: there are 3, it needs 24/);
});

test("bars go up and down from one line, the longest to the edge", () => {
  const { zero, y } = layoutBars([2, -1, 0], 100);
  assert.ok(y(2) < zero && zero < y(-1));
  assert.ok(Math.abs((zero - y(2)) - 2 * (y(-1) - zero)) < 1e-9);
});
