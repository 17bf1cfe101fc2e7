import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

import { step, unasked } from "../../lmkit/widgets/js/ask-both/asking.js";
import { given, KINDS, makeVoice, MARKS, oneMore, textOf } from "../../lmkit/widgets/js/ask-both/turns.js";
import { lastSentence, tell } from "../../lmkit/widgets/js/ask-both/views.js";
import { loadModel } from "../../lmkit/widgets/js/engine/model.js";

const weights = (name) => readFileSync(new URL(`../../lmkit/shelf/weights/${name}.safetensors`, import.meta.url));
const [BOOK, TUNED] = KINDS.map((kind) => makeVoice(kind, loadModel(weights(kind.name))));
const STORY = "One day, Zoe and Tom were in the kitchen. Tom found a kite. Tom gave the kite to Zoe. Zoe was happy.";
const QUESTION = `${STORY} Does it end well?`;

/** What a voice says in the end. */
function said(voice, text) {
  let answer = { written: [], over: "" };
  while (!answer.over) answer = oneMore(voice, text, answer);
  return { ...answer, text: textOf(voice, answer.written) };
}

test("a text stands behind the mark of a story, a turn between the marks of the user and of the answer", () => {
  const { vocab_size } = TUNED.model.config;
  assert.deepEqual(given(BOOK, "Tom").ids, [0, ...BOOK.model.tokenizer.encode("Tom")]);
  assert.deepEqual(given(TUNED, "Tom").ids, [0, vocab_size - 3, ...TUNED.model.tokenizer.encode(" Tom"), vocab_size - 2]);
  assert.deepEqual([given(BOOK, "").end, given(TUNED, "").end], [0, vocab_size - 1]);
});

test("a mark that is typed is text, and no mark", () => {
  for (const mark of [...MARKS, "<|story|>"]) {
    const { ids } = given(TUNED, `${mark} Tom`);
    assert.ok(ids.slice(2, -1).every((id) => id > 1 && id < TUNED.model.config.vocab_size - MARKS.length));
    assert.equal(TUNED.model.tokenizer.decode(ids.slice(2, -1)), ` ${mark} Tom`);
  }
});

test("of a long text the beginning is read, and that is told", () => {
  const long = "猫".repeat(200);
  for (const voice of [BOOK, TUNED]) {
    const { ids, cut } = given(voice, long);
    assert.ok(cut && ids.length <= 143);
    assert.match(tell(voice, long, { written: [5], over: "cut" }), /read only the beginning/);
    assert.equal(said(voice, long).written.length <= voice.longest, true);
  }
  assert.equal(given(TUNED, QUESTION).cut, false);
});

test("one goes on, the other answers and ends its answer", () => {
  const answer = said(TUNED, QUESTION);
  assert.deepEqual([answer.text, answer.over], ["Yes", "ended"]);
  assert.equal(tell(TUNED, QUESTION, answer), `${answer.written.length} token${answer.written.length === 1 ? "" : "s"}, then <|end|>: its answer is over.`);
  const more = said(BOOK, "One day, Zoe met Tom. Does it end well?");
  assert.ok(more.over === "ended" || more.written.length === 40);
  assert.match(tell(BOOK, "", { written: [5, 6], over: "cut" }), /^2 tokens, and would go on: nothing tells it to stop\.$/);
  assert.equal(oneMore(TUNED, QUESTION, answer), answer); // what is over stays
});

test("step by step both write, until both have ended", () => {
  const voices = [BOOK, TUNED];
  let state = { asked: QUESTION, answers: unasked(), running: true };
  for (let steps = 0; state.running; steps++) {
    assert.ok(steps < 111);
    state = { ...state, ...step(voices, state) };
  }
  assert.deepEqual(state.answers.map(({ written }, i) => textOf(voices[i], written)), voices.map((voice) => said(voice, QUESTION).text));
});

test("before the models are there it says what was told, and that they come", () => {
  assert.match(tell(undefined, QUESTION, { text: "Yes", written: [], over: "told" }), /^This was asked before\./);
  for (const answer of unasked()) assert.equal(tell(undefined, QUESTION, answer), "The model is on its way.");
  assert.equal(tell(BOOK, QUESTION, unasked()[0]), "");
});

test("a mark within what is written is shown by its name", () => {
  const { vocab_size } = TUNED.model.config;
  const [tom] = TUNED.model.tokenizer.encode(" Tom");
  assert.equal(textOf(TUNED, [tom, vocab_size - 3, tom]), "Tom<|user|> Tom");
});

test("a question is known by its last sentence", () => {
  assert.equal(lastSentence(QUESTION), "Does it end well?");
  assert.equal(lastSentence("Write a story"), "Write a story");
  assert.equal(lastSentence("Tom ran. Name everybody. "), "Name everybody.");
  assert.equal(lastSentence(""), "");
});
