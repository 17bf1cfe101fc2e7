import assert from "node:assert/strict";
import { test } from "node:test";

import { readChoices, seenIn, sentence, settleFor, sharesOf } from "../../lmkit/widgets/js/next-token/seen.js";
import { MARK } from "../../lmkit/widgets/js/shared/text.js";

const WORDS = Array.from({ length: 15 }, (_, i) => ` w${i}`);
const LOGITS = [WORDS.map((_, i) => -i / 2), WORDS.map((_, i) => (i === 3 ? 9 : 0))];
const MODEL = {
  texts: ["one", "two"], words: WORDS, label: "toy",
  logits: new Uint8Array(Float32Array.from(LOGITS.flat()).buffer),
};
const START = { text: 0, temperature: 1, top_k: null, top_p: 1, min_p: 0, seed: 1, drawn: false, table: false };
const see = (state = {}) => {
  const choices = readChoices({ get: (name) => MODEL[name] });
  return seenIn(choices, settleFor(choices)({ ...START, ...state }));
};
const near = (one, other) => assert.ok(Math.abs(one - other) < 1e-6, `${one} is not ${other}`);

test("rows and rest together have all that may be drawn, and all that the model says", () => {
  for (const state of [{}, { temperature: 2 }, { top_k: 3 }, { top_p: 0.6 }, { min_p: 0.3 }, { text: 1 }]) {
    const { rows, rest } = see(state);
    for (const name of ["share", "own"]) near([...rows, rest].reduce((sum, row) => sum + row[name], 0), 1);
  }
});

test("the most probable token comes first, whatever the temperature, and what the model says stays", () => {
  assert.equal(see({ text: 1 }).rows[0].word, "␣w3");
  const [cold, hot] = [0.5, 3].map((temperature) => see({ temperature }).rows[0]);
  assert.ok(cold.share > hot.share && cold.own === hot.own);
  assert.equal(see({ temperature: 0 }).rows[0].share, 1);
});

test("min-p keeps what has that share of the largest, and the odds of what is kept", () => {
  const shares = sharesOf(LOGITS[0], { ...START, min_p: 0.3 });
  assert.equal(shares.filter((p) => p > 0).length, 3); // e^-1 is above 0.3, e^-1.5 is not
  near(shares[0] / shares[2], Math.exp(1));
  assert.equal(see({ min_p: 1 }).kept, 1);
});

test("only what may be drawn is drawn, the same for the same seed", () => {
  const drawn = (state) => see({ drawn: true, ...state }).drawn;
  assert.deepEqual(drawn({ seed: 5 }), drawn({ seed: 5 }));
  assert.notDeepEqual(drawn({ temperature: 3, seed: 5 }), drawn({ temperature: 3, seed: 6 }));
  assert.deepEqual(new Set(drawn({ top_k: 1 })), new Set(["␣w0"]));
  assert.equal(see().drawn.length, 0);
});

test("the sentence says how many may be drawn, and keeps words to themselves", () => {
  const says = sentence(see({ top_k: 2, drawn: true }));
  assert.match(says, /2 tokens of 15 may be drawn/);
  assert.equal(says.split(MARK).length, 1 + 2 * 11);
});

test("numbers that cannot be are brought back into their range", () => {
  const { state } = see({ text: 9, temperature: -1, top_p: 0, min_p: 2 });
  assert.deepEqual([state.text, state.temperature, state.top_p, state.min_p], [1, 0, 0.01, 1]);
});
