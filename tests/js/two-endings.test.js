import assert from "node:assert/strict";
import { test } from "node:test";

import { chosenBy, readEndings, sentence, wordsWith } from "../../lmkit/widgets/js/two-endings/data.js";
import { layoutLines, thickness } from "../../lmkit/widgets/js/two-endings/layout.js";

const plain = (text) => text.replaceAll("\u0001", "").replaceAll("\u00a0", " ");

function makeModel(changes = {}) {
  const state = {
    words: ["[CLS]", "it", "was", "red"], endings: ["red", "b\u202elue"], word: 1, to: 2, place: 3,
    shares: [[0.1, 0.2, 0.65, 0.05], [0.02, 0, 0.48, 0.5]], head: [3, 1, 72], label: "to\u200fy",
    ...changes,
  };
  return { get: (name) => state[name] };
}
const DATA = readEndings(makeModel());

test("the sentence has the ending that is chosen, and what would turn it around is seen", () => {
  assert.deepEqual(wordsWith(DATA, 0), ["[CLS]", "it", "was", "red"]);
  assert.deepEqual(wordsWith(DATA, 1), ["[CLS]", "it", "was", "b‹202e›lue"]);
  assert.equal(DATA.label, "to‹200f›y");
});

test("the three largest shares are told, the largest first", () => {
  assert.deepEqual(sentence(DATA, 0).map(plain), ["With “red”: ", "from “it”, 65 % on “was”, 20 % on “it”, 10 % on “[CLS]”."]);
  assert.match(plain(sentence(DATA, 1)[1]), /^from “it”, 50 % on “b‹202e›lue”, 48 % on “was”, 2 % on “\[CLS\]”\.$/);
});

test("how the head was chosen is told", () => {
  assert.equal(plain(chosenBy(DATA)), "Of its 72 heads, the one that looks most from “it” to “was” with “red”.");
});

test("a payload that does not fit is named, not drawn", () => {
  assert.throws(() => readEndings(makeModel({ endings: ["red"] })), /there must be two endings/);
  assert.throws(() => readEndings(makeModel({ shares: [[1], [1]] })), /one share for each ending/);
  assert.throws(() => readEndings(makeModel({ to: 4 })), /does not exist/);
});

/** Three rows of two words; the one that looks is the first of the second row. */
const BOXES = [0, 60, 120].flatMap((y) => [5, 150].map((x) => ({ x, y, width: 40, height: 38 })));
const LINES = layoutLines(BOXES, 2);

test("each line begins and ends at the middle of an edge, on the side where the other word is", () => {
  assert.equal(LINES[2], null);
  for (const [i, line] of LINES.entries()) {
    if (!line) continue;
    const [looks, word] = [BOXES[2], BOXES[i]];
    assert.deepEqual([line.from.x, line.to.x], [looks.x + 20, word.x + 20]);
    assert.equal(line.from.y, word.y > looks.y ? looks.y + 38 : looks.y);
    assert.equal(line.to.y, word.y < looks.y ? word.y + 38 : word.y);
  }
});

test("a line within a row is an arch that stays between the rows, and the longer the higher", () => {
  const rise = (distance) => {
    const [, line] = layoutLines([BOXES[0], { ...BOXES[0], x: BOXES[0].x + distance }], 0);
    return 0.75 * (line.from.y - line.bend.y);
  };
  assert.ok(rise(50) < rise(100));
  assert.ok([50, 300, 3000].every((distance) => rise(distance) > 0 && rise(distance) + thickness(1) / 2 <= 30));
});

test("the larger the share, the thicker the line; hardly any, and there is none", () => {
  assert.equal(thickness(0.009), 0);
  assert.ok(thickness(0.02) >= 1 && thickness(0.5) > 2 * thickness(0.2) - 1 && thickness(1) <= 12);
});
