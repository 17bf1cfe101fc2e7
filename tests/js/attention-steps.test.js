import assert from "node:assert/strict";
import { test } from "node:test";

import { unpackHeads } from "../../lmkit/widgets/js/attention-steps/examples.js";
import { cellAt, labelsShown, layoutMatrix } from "../../lmkit/widgets/js/attention-steps/layout.js";
import { hideFuture, logSumOfPowers, mainTerms, range, runHead, softmaxRows, spread } from "../../lmkit/widgets/js/attention-steps/math.js";
import { brief, number, powerOfE, share } from "../../lmkit/widgets/js/attention-steps/numbers.js";
import { cellsOf, edit, seenIn, settleFor } from "../../lmkit/widgets/js/attention-steps/seen.js";
import { legend, toneOf } from "../../lmkit/widgets/js/attention-steps/tones.js";
import { sentence, spreadWords, stepsOf } from "../../lmkit/widgets/js/attention-steps/words.js";

/** Numbers between -2 and 2 that are the same in every run. */
function numbers(count, seed) {
  let state = seed;
  return Float32Array.from({ length: count }, () => {
    state = (state * 1103515245 + 12345) % 2147483648;
    return (state / 2147483648) * 4 - 2;
  });
}

function makeHead(tokens = ["the", "cat", "sees", "it"], dHead = 3, dValue = 2) {
  const n = tokens.length;
  return {
    name: "a head", tokens, dimensions: [], valueDimensions: [], dHead, dValue,
    query: numbers(n * dHead, 1), key: numbers(n * dHead, 2), value: numbers(n * dValue, 3),
  };
}

const START = {
  step: 4, example: 0, query: 1, key: 0, component: 0, scaled: true, causal: false, temperature: 1, edits: {}, table: false, width: 0,
};

/** What is seen of one head. */
const look = (head, state = {}) => seenIn([head], settleFor([head])({ ...START, ...state }));

test("every row of weights adds up to 1, whatever is switched on", () => {
  for (const scaled of [true, false]) for (const causal of [true, false]) for (const temperature of [0.25, 1, 4]) {
    const { weights } = runHead(makeHead(), { scaled, causal, temperature });
    for (let q = 0; q < 4; q++) {
      const sum = weights.subarray(q * 4, q * 4 + 4).reduce((a, b) => a + b);
      assert.ok(Math.abs(sum - 1) < 1e-6);
    }
  }
});

test("a row that may look nowhere gives zeros, not NaN", () => {
  assert.deepEqual([...softmaxRows(new Float32Array(3).fill(-Infinity), 3, 1)], [0, 0, 0]);
});

test("scores too large for exp give the same weights as scores moved by a constant", () => {
  const small = softmaxRows(new Float32Array([1, 2, 4]), 3, 1);
  const large = softmaxRows(new Float32Array([10001, 10002, 10004]), 3, 1);
  assert.deepEqual([...large], [...small]);
});

test("the mask hides every later key and changes no other score", () => {
  const scores = numbers(25, 7);
  hideFuture(scores, 5).forEach((score, i) => {
    assert.equal(score, i % 5 > Math.floor(i / 5) ? -Infinity : scores[i]);
  });
});

test("a higher temperature never makes the largest share larger", () => {
  const largest = [0.25, 0.5, 1, 2, 4].map((temperature) => spread(softmaxRows(numbers(6, 5), 6, temperature)).largest);
  assert.deepEqual(largest, [...largest].sort((a, b) => b - a));
});

test("the output of a token that looks only at itself is its own value", () => {
  const head = makeHead();
  const { output } = runHead(head, { scaled: true, causal: true, temperature: 1 });
  assert.deepEqual([...output.subarray(0, 2)], [...head.value.subarray(0, 2)]);
});

test("entropy is 0 bits for one share and log2 n bits for n equal ones", () => {
  assert.equal(spread(new Float32Array([0, 1, 0])).bits, 0);
  assert.equal(spread(new Float32Array(8).fill(1 / 8)).bits, 3);
});

test("the terms that are shown and the rest add up to the whole sum", () => {
  for (const count of [1, 8, 9, 256]) {
    const terms = [...numbers(count, count)];
    const { shown, more, rest } = mainTerms(terms);
    assert.equal(shown.length + more, count);
    const sum = shown.reduce((total, i) => total + terms[i], rest);
    assert.ok(Math.abs(sum - terms.reduce((a, b) => a + b)) < 1e-9);
  }
});

test("all terms are shown in their order when they are few, the largest first when they are many", () => {
  assert.deepEqual(mainTerms([3, -5, 1]).shown, [0, 1, 2]);
  assert.deepEqual(mainTerms([1, -9, 2, 8, 3, 7, 4, 6, 5, 0]).shown, [1, 3, 5, 7, 8, 6]);
});

test("the logarithm of a sum of powers holds where the powers themselves overflow", () => {
  assert.equal(logSumOfPowers(new Float32Array([1000, 1000])), 1000 + Math.log(2));
});

test("packed halves come back as the heads they were, also from the middle of a buffer", () => {
  const halves = new Uint16Array([0, 0x3c00, 0xc000, 0x3800]); // padding, then 1, -2, 0.5
  const outline = { name: "one", tokens: ["a"], dimensions: [], valueDimensions: [], shape: [1, 1, 1] };
  const [head] = unpackHeads([outline], new DataView(halves.buffer, 2));
  assert.deepEqual([head.query[0], head.key[0], head.value[0]], [1, -2, 0.5]);
  assert.throws(() => unpackHeads([outline, outline], new DataView(halves.buffer, 2)), /need 6 numbers, there are 3/);
  assert.throws(() => unpackHeads([outline], Uint16Array.of(0x3c00, 0x7e00, 0).buffer), /data: number 1 is NaN/);
  const [turned] = unpackHeads([{ ...outline, name: "\u202eone", dimensions: ["\u200fd"], valueDimensions: ["\u061cv"] }], halves.subarray(1));
  assert.deepEqual([turned.name, ...turned.dimensions, ...turned.valueDimensions], ["‹202e›one", "‹200f›d", "‹061c›v"]);
});

test("the cell under the middle of a rectangle is the cell that was drawn there", () => {
  for (const [rows, columns] of [[1, 1], [8, 8], [8, 256], [40, 40]]) {
    const layout = layoutMatrix({ rows, columns, width: 400, rowLabel: 60, columnLabel: 60 });
    for (let row = 0; row < rows; row++) for (let column = 0; column < columns; column++) {
      const x = layout.x + (column + 0.5) * layout.cellWidth;
      const y = layout.y + (row + 0.5) * layout.cellHeight;
      assert.deepEqual(cellAt(layout, x, y), { row, column });
    }
  }
});

test("no matrix is wider than the room there is, tilted labels included", () => {
  for (const columns of [1, 4, 16, 40, 256]) for (const width of [280, 416, 700]) {
    const layout = layoutMatrix({ rows: 8, columns, width, rowLabel: 60, columnLabel: 80 });
    const overhang = layout.tilt ? 80 * Math.cos(layout.tilt) : 0;
    assert.ok(layout.x + columns * layout.cellWidth + overhang <= width + 1e-6);
  }
});

test("rows stay where they are when the columns change", () => {
  const shape = { rows: 8, width: 416, rowLabel: 60 };
  const steps = [{ columns: 8, columnLabel: 60 }, { columns: 4, columnLabel: 40 }, { columns: 256, columnLabel: 20 }];
  assert.equal(new Set(steps.map((step) => layoutMatrix({ ...shape, ...step }).cellHeight)).size, 1);
});

test("the chosen label is always shown and no two labels touch", () => {
  for (const pitch of [3, 8, 40]) for (const chosen of [0, 7, 39]) {
    const shown = labelsShown(40, pitch, chosen).flatMap((yes, i) => (yes ? [i] : []));
    assert.ok(shown.includes(chosen));
    shown.slice(1).forEach((i, before) => assert.ok((i - shown[before]) * pitch >= 13));
  }
});

test("whatever is asked for, a cell that exists is chosen", () => {
  const head = makeHead();
  const settled = settleFor([head])({ ...START, step: 9, example: 3, query: -2, key: Infinity, component: 7 });
  assert.deepEqual(
    [settled.step, settled.example, settled.query, settled.key, settled.component],
    [5, 0, 0, 3, 1],
  );
});

test("changing one component of a query changes its row of scores and no other", () => {
  const head = makeHead();
  const before = look(head, { query: 2 });
  const after = look(head, { query: 2, ...edit(before, 1, 5) });
  const changed = [...after.run.scores].flatMap((score, i) => (score === before.run.scores[i] ? [] : [Math.floor(i / 4)]));
  assert.deepEqual(new Set(changed), new Set([2]));
  assert.equal(head.query[7], before.head.query[7]);
});

test("what is hidden by the mask stays hidden after the softmax", () => {
  cellsOf(look(makeHead(), { step: 4, causal: true })).forEach((cell, i) => {
    assert.equal(cell === -Infinity, i % 4 > Math.floor(i / 4));
  });
});

test("tones rise with the numbers, from 0 at the lowest to 1 at the highest", () => {
  for (const step of [1, 2, 3, 5]) {
    const seen = look(makeHead(), { step });
    const cells = [...cellsOf(seen)].sort((a, b) => a - b);
    const tones = cells.map(toneOf(seen));
    assert.deepEqual(tones, [...tones].sort((a, b) => a - b));
    assert.deepEqual([tones[0], tones.at(-1)], [0, 1]);
    assert.deepEqual([legend(seen)[0], legend(seen)[2]], [number(cells[0]), number(cells.at(-1))]);
  }
});

test("numbers have a real minus sign, two decimals, and no minus before zero", () => {
  assert.deepEqual([-1.5, -0.001, 0, 12, -Infinity].map((x) => number(x)), ["−1.50", "0.00", "0.00", "12.00", "−∞"]);
  assert.deepEqual([-9.994, 30.08].map(brief), ["−9.99", "30.1"]);
});

test("a share is 100 % only when nothing is left for the others", () => {
  const texts = ["100\u00a0%", ">\u00a099.9\u00a0%", "99.7\u00a0%", "50\u00a0%", "0\u00a0%"];
  assert.deepEqual([1, 0.9999, 0.997, 0.5, 0].map(share), texts);
});

test("a power of e is written out, or in powers of ten where it is large", () => {
  assert.deepEqual([0, 1, -Infinity].map(powerOfE), ["1.00", "2.72", "0.00"]);
  assert.equal(powerOfE(1000), "2.0×10⁴³⁴");
  assert.equal(powerOfE(-7.23), "7.2×10⁻⁴");
  assert.equal(powerOfE(Math.log(9.97e8)), "1.0×10⁹");
});

test("the range leaves out what is hidden, and takes more cells than a call takes arguments", () => {
  assert.deepEqual(range(Float32Array.of(2, -Infinity, -1)), { low: -1, high: 2 });
  assert.deepEqual(range(new Float32Array(500_000).fill(3)), { low: 3, high: 3 });
});

test("shares are called nearly equal only if none is far below the others", () => {
  const head = { ...makeHead(["a", "b", "c"], 1, 1), query: new Float32Array(3).fill(1), key: Float32Array.of(1, 1, 0.95) };
  assert.match(sentence(look(head, { query: 0, step: 4 })), /nearly equal/);
  const one = { ...head, key: Float32Array.of(1, 1, -20) };
  assert.doesNotMatch(sentence(look({ ...one, tokens: ["a", "b", "c"] }, { query: 0, step: 4 })), /nearly equal/);
});

test("the sentence names the row's largest share and where it goes", () => {
  const head = { ...makeHead(["it", "cat"], 1, 1), query: new Float32Array([1, 1]), key: new Float32Array([0, 1]) };
  const seen = look(head, { query: 0 });
  assert.equal(sentence(seen), "the scores became shares that add up to 100 %; 73\u00a0% goes to “\u2068cat\u2069”.");
  assert.match(spreadWords(seen), /^largest share 73\u00a0% · entropy 0\.84 of 1\.00 bits$/);
});

test("without the division, large vectors let one weight swallow the rest, and the sentence says so", () => {
  const head = { ...makeHead(["a", "b"], 4, 1), query: new Float32Array(8).fill(3), key: new Float32Array([0, 0, 0, 0, 1, 1, 1, 1]) };
  assert.match(sentence(look(head, { step: 2, scaled: false })), /scale is off.*one weight has swallowed the rest/);
  assert.equal(stepsOf(look(head, { scaled: false }))[1].off, true);
});

test("the same token twice is told apart by its position", () => {
  const seen = look(makeHead(["the", "cat", "the", "mat"]), { step: 1, query: 1, key: 2 });
  assert.match(sentence(seen), /with “\u2068the\u2069” \(2\)/);
});

test("every step of every settings says something in words", () => {
  for (const step of [1, 2, 3, 4, 5]) for (const scaled of [true, false]) for (const causal of [true, false]) {
    for (const tokens of [["one"], ["a", "b", "c", "d", "e"]]) {
      const text = sentence(look(makeHead(tokens), { step, scaled, causal }));
      assert.match(text, /^[^]+\.$/);
      assert.doesNotMatch(text, /NaN|undefined|Infinity/);
    }
  }
});
