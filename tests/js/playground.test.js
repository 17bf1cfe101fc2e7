import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

import { shownShares } from "../../lmkit/widgets/js/attention-heads/data.js";
import { derive } from "../../lmkit/widgets/js/attention-heads/scene.js";
import { loadModel } from "../../lmkit/widgets/js/engine/model.js";
import { countOff, toggled } from "../../lmkit/widgets/js/playground/data.js";
import { foreignSays } from "../../lmkit/widgets/js/playground/foreign.js";
import { readLink, writeLink } from "../../lmkit/widgets/js/playground/link.js";
import { createReader, mean, settleFor } from "../../lmkit/widgets/js/playground/reading.js";
import { guessesOf, lensOf, neuronsOf } from "../../lmkit/widgets/js/playground/seen.js";
import { replaced, tokensFor, withToken } from "../../lmkit/widgets/js/playground/tokens.js";
import { drawSays, offSays, sentence } from "../../lmkit/widgets/js/playground/words.js";
import { writeOn } from "../../lmkit/widgets/js/playground/writing.js";
import { MARK } from "../../lmkit/widgets/js/shared/text.js";

const load = (name) => loadModel(readFileSync(new URL(`../../lmkit/shelf/weights/${name}.safetensors`, import.meta.url)), { simd: true });
const TINY = load("tiny");
const MASKED = load("book-masked");
const NONE = { heads: [], neurons: [] };
const START = {
  text: "Tom had a box.", exact: null, off: NONE, layer: 1, head: 2, position: 4, hidden: [], temperature: 1, top_k: null, top_p: 1,
  seed: 1, running: false, ended: null, cell: null, lines: false, table: false, told: "", width: 700,
};
const CAPACITY = 48;

/** A model and what it reads of a state. */
function look(state = {}, model = TINY) {
  const reader = createReader(model, CAPACITY);
  const settled = settleFor(model, CAPACITY, reader.tokensOf, 2000)({ ...START, ...state });
  return { model, reader, state: settled, reading: reader.read(settled) };
}
const guessed = ({ model, reading, state }) => guessesOf(model, reading, state);
const said = (seen) => sentence(seen.model, seen.reading, seen.state, guessed(seen)).join("").replaceAll(MARK, "").replaceAll("\u00a0", " ");

test("a text begins with the mark of a story, and its tokens give the text again", () => {
  const { tokens } = look().reading;
  assert.equal(tokens.ids[0], 0);
  assert.equal(tokens.words[0], "<|story|>");
  assert.equal(TINY.tokenizer.decode(tokens.ids.slice(1)), START.text);
  assert.equal(tokens.typed, tokens.ids.length);
});

test("a longer text is read as far as there is room, and how long it is stays known", () => {
  const { tokens } = look({ text: "the ".repeat(60) }).reading;
  assert.equal(tokens.ids.length, CAPACITY);
  assert.ok(tokens.total > 60);
});

test("each token costs what the model says at the token before it, and the mean is the loss of the run", () => {
  const { whole, tokens } = look().reading;
  assert.equal(whole.costs[0], null);
  assert.equal(whole.costs.length, tokens.ids.length);
  assert.ok(Math.abs(whole.loss - whole.run.loss()) < 1e-9);
  assert.equal(mean([null, 1, 3]), 2);
  assert.equal(mean([null]), null);
});

test("with a part switched off both readings are there, and only what is off differs", () => {
  const plain = look().reading;
  assert.equal(plain.part, null);
  assert.equal(plain.shown, plain.whole);
  const { whole, part, shown } = look({ off: { heads: [[0, 1], [3, 0]], neurons: [[2, 17]] } }).reading;
  assert.deepEqual(whole.costs, plain.whole.costs);
  assert.equal(shown, part);
  assert.notDeepEqual(part.costs, whole.costs);
  assert.ok(part.run.mixed(0, 1, 3).every((x) => x === 0));
  assert.equal(part.run.neurons(2, 3)[17], 0);
});

test("one reader gives what a fresh one gives, whatever it has read before", () => {
  const reader = createReader(TINY, CAPACITY);
  const texts = ["Tom had a box.", "Tom had a kite. He was glad.", "Tom", "", "Tom had a box."];
  for (const text of texts) {
    for (const off of [NONE, { heads: [[1, 1]], neurons: [] }]) {
      const state = { ...START, text, off, position: 0 };
      const [warm, fresh] = [reader.read(state), createReader(TINY, CAPACITY).read(state)];
      assert.deepEqual(warm.tokens.ids, fresh.tokens.ids);
      warm.shown.costs.forEach((cost, i) => assert.ok(Math.abs(cost - fresh.shown.costs[i]) < 1e-4, `${text} ${i}`));
    }
  }
});

test("the same state is read once", () => {
  const { reader, state, reading } = look();
  assert.equal(reader.read({ ...state, layer: 3, position: 1 }), reading);
  assert.notEqual(reader.read({ ...state, off: { heads: [[0, 0]], neurons: [] } }), reading);
});

test("the heads are drawn by the views of AttentionHeads, with the shares of the engine", () => {
  const { reading, state } = look();
  const scene = derive(reading.attention, { ...state, query: state.position, hide: false, sort: "", show: "after" });
  const n = reading.tokens.ids.length;
  assert.equal(scene.shares.length, n * n);
  const row = scene.shares.subarray(state.position * n, (state.position + 1) * n);
  assert.deepEqual(row, Float32Array.from(reading.whole.run.attention(1, 2).row(state.position)));
  assert.ok(Math.abs(row.reduce((sum, p) => sum + p, 0) - 1) < 1e-5);
  assert.equal(row[state.position + 1], 0);
  assert.deepEqual(shownShares(reading.attention, 6, scene.view, "after"), scene.shares);
});

test("the guesses are the likeliest tokens, and the next token of the text, marked", () => {
  const seen = look();
  const guesses = guessed(seen);
  const shares = guesses.filter(({ right }) => !right).map(({ whole }) => whole);
  assert.deepEqual(shares, [...shares].sort((a, b) => b - a));
  assert.deepEqual(guesses.filter(({ right }) => right).map(({ id }) => id), [seen.reading.tokens.ids[5]]);
  assert.ok(guesses.every(({ part }) => part === null));
  assert.equal(guessed(look({ position: Infinity })).some(({ right }) => right), false, "what comes after the end is not known");
});

test("temperature, top-k and top-p change the shares to draw from, not their order", () => {
  const plain = guessed(look({ position: Infinity }));
  const cold = guessed(look({ position: Infinity, temperature: 0 }));
  const three = guessed(look({ position: Infinity, top_k: 3 }));
  assert.deepEqual(cold.map(({ id }) => id), plain.map(({ id }) => id));
  assert.deepEqual(cold.map(({ whole }) => whole), [1, 0, 0, 0, 0, 0, 0, 0]);
  assert.equal(three.filter(({ whole }) => whole > 0).length, 3);
  const kept = plain.slice(0, 3).reduce((sum, { whole }) => sum + whole, 0);
  assert.ok(Math.abs(three[0].whole - plain[0].whole / kept) < 1e-9);
});

test("the last row of the lens is what the model expects, and the first knows nothing but the token itself", () => {
  const seen = look();
  const lens = lensOf(TINY, seen.reading, seen.state);
  const [best] = guessed(seen);
  assert.deepEqual(lens.map(({ name }) => name), ["embedding", "layer 0", "layer 1", "layer 2", "layer 3"]);
  assert.equal(lens[4].word, best.word);
  assert.ok(Math.abs(lens[4].share - best.whole) < 1e-5);
});

test("the loudest neurons come first, and those that are off before them with what they would have said", () => {
  const off = { heads: [], neurons: [[1, 200], [2, 5]] };
  const { reading, state } = look({ off });
  const neurons = neuronsOf(reading, state);
  assert.deepEqual([neurons[0].neuron, neurons[0].off, neurons.length], [200, true, 9]);
  assert.equal(neurons[0].value, reading.whole.run.neurons(1, 4)[200]);
  const loud = neurons.slice(1).map(({ value }) => Math.abs(value));
  assert.deepEqual(loud, [...loud].sort((a, b) => b - a));
});

test("the same seed writes the same story, step by step or at once, and keeps what the reader typed", () => {
  const { reader, state } = look({ text: "One day", position: Infinity });
  const once = writeOn(TINY, reader, state, 12, CAPACITY);
  let steps = state;
  for (let i = 0; i < 12; i++) steps = writeOn(TINY, reader, steps, 1, CAPACITY);
  assert.equal(once.text, steps.text);
  assert.ok(once.text.startsWith("One day") && once.text.length > 20);
  assert.equal(reader.tokensOf(once).typed, reader.tokensOf(state).ids.length);
  assert.equal(once.position, reader.tokensOf(once).ids.length - 1);
  assert.notEqual(writeOn(TINY, reader, { ...state, seed: 2 }, 12, CAPACITY).text, once.text);
});

test("the model stops where its story ends, and where there is no room", () => {
  const { reader, state } = look({ text: "", position: 0, temperature: 0 });
  const full = writeOn(TINY, reader, state, 500, CAPACITY);
  assert.equal(reader.tokensOf(full).ids.length, CAPACITY);
  const long = createReader(TINY, 256);
  const whole = writeOn(TINY, long, state, 500, 256);
  assert.equal(whole.ended, whole.text);
  assert.equal(writeOn(TINY, long, whole, 5, 256), whole);
  assert.equal(settleFor(TINY, 256, long.tokensOf, 2000)({ ...whole, running: true }).running, false);
});

test("what the model wrote keeps its tokens, and a text that is typed is cut anew", () => {
  const tokensOf = tokensFor(TINY.tokenizer, CAPACITY);
  const before = tokensOf({ text: "Tom h", exact: null });
  const [a, d] = ["a", "d"].map((letter) => TINY.tokenizer.encode(letter)[0]);
  const once = withToken(TINY.tokenizer, before, a);
  const twice = withToken(TINY.tokenizer, tokensOf(once), d);
  assert.equal(twice.text, "Tom had");
  assert.deepEqual(tokensOf(twice).ids, [...before.ids, a, d]);
  assert.equal(tokensOf(twice).typed, before.ids.length);
  const typed = tokensOf({ text: "Tom had", exact: null });
  assert.ok(typed.ids.length < before.ids.length + 2);
  assert.deepEqual(tokensOf({ text: "Tom hat", exact: twice.exact }).ids, [0, ...TINY.tokenizer.encode("Tom hat")]);
});

test("a token in the middle is written in the place of what followed, or of a masked one", () => {
  const tokens = tokensFor(TINY.tokenizer, CAPACITY)(START);
  const id = TINY.tokenizer.encode(" was")[0];
  assert.equal(withToken(TINY.tokenizer, tokens, id, 3).text, "Tom was");
  assert.equal(replaced(TINY.tokenizer, tokens, id, 3).text, "Tom was a box.");
  assert.equal(replaced(TINY.tokenizer, tokens, id, 3).exact.typed, tokens.typed);
});

test("a masked model is asked where tokens are hidden, and nowhere else", () => {
  const seen = look({ hidden: [3], position: 3 }, MASKED);
  const { whole, tokens } = seen.reading;
  assert.deepEqual(whole.costs.map((cost) => cost !== null), tokens.ids.map((_, i) => i === 3));
  assert.equal(guessed(seen).filter(({ right }) => right).at(0).id, tokens.ids[3]);
  assert.match(said(seen), /^In the place of “.*had”: the model expects .* Loss: \d+\.\d\d nats a token over 1 hidden token\.$/);
  const unasked = look({ hidden: [3], position: 2 }, MASKED);
  assert.deepEqual(guessed(unasked), []);
  assert.match(said(unasked), /nothing is asked here/);
});

test("what is hidden does not reach a masked model", () => {
  const at = (text) => [...look({ text, hidden: [3], position: 3 }, MASKED).reading.whole.run.logits(3)];
  const [had, was] = [at("Tom had a box."), at("Tom was a box.")];
  assert.ok(had.every((logit, i) => Math.abs(logit - was[i]) < 1e-4));
});

test("a state that cannot be shown becomes the nearest one that can", () => {
  const { state } = look({ position: 99, layer: 9, head: -3, top_k: 5000, hidden: [1, 2], text: "Tom " + "x".repeat(3000), cell: { row: 0, column: 400 } });
  assert.deepEqual([state.layer, state.head, state.top_k, state.text.length, state.cell], [3, 0, 768, 2000, null]);
  assert.deepEqual(state.hidden, [], "a causal model sees what it has read");
  assert.equal(look({ position: NaN }).state.position, 0);
  assert.deepEqual(look({ hidden: [0, 2, 40] }, MASKED).state.hidden, [2], "neither the mark of the story, nor what is not there");
  assert.equal(look({ running: true }, MASKED).state.running, false, "a masked model does not write");
});

test("switching off twice is switching on", () => {
  const off = toggled(toggled(NONE, "heads", 1, 2), "neurons", 3, 40);
  assert.deepEqual(off, { heads: [[1, 2]], neurons: [[3, 40]] });
  assert.equal(countOff(off), 2);
  assert.equal(offSays(off), "1 head and 1 neuron");
  assert.deepEqual(toggled(toggled(off, "heads", 1, 2), "neurons", 3, 40), NONE);
});

test("the sentence says what is expected, whether it is right, and what is lost with parts off", () => {
  const seen = look();
  assert.match(said(seen), /^After “.+”: the model expects “.+”, with \d+(\.\d)? %.*\. Loss: \d\.\d\d nats a token over \d+ tokens\.$/);
  const { whole, part } = look({ off: { heads: [[0, 0]], neurons: [] } }).reading;
  const change = part.loss - whole.loss;
  const told = `${change < 0 ? "−" : "+"}${Math.abs(change).toFixed(2)}`;
  assert.ok(said(look({ off: { heads: [[0, 0]], neurons: [] } })).endsWith(`Loss: ${whole.loss.toFixed(2)} nats a token over ${whole.costs.length - 1} tokens, and ${part.loss.toFixed(2)} without (${told}).`));
  assert.match(said(look({ text: "", position: 0 })), /^After “<\|story\|>”: the model expects “.+”, with \d+ %\.$/);
});

test("how a token is drawn is told where it is not as the model would have it", () => {
  assert.equal(drawSays(TINY, START), "");
  assert.equal(drawSays(TINY, { ...START, temperature: 0.5, top_k: 3, top_p: 0.9 }), "temperature 0.5, top-k 3, top-p 0.9");
  assert.equal(drawSays(MASKED, { ...START, temperature: 0.5 }), "");
});

test("a text of stories is at home; other English, other scripts and other things are foreign, and the reader is told", () => {
  const told = (text) => foreignSays(look({ text }).reading, text);
  assert.equal(told("One day, a girl called Nora met a boy called Tom. Nora had a red kite."), "");
  assert.equal(told(""), "");
  assert.equal(told("Zq"), "", "two tokens are too few to judge");
  assert.match(told("The committee approved the quarterly budget despite objections"), /has read stories only.* nats a token/);
  assert.match(told("def f(x): return x ** 2 + {}[0]"), /has read stories only/);
  assert.match(told("Tom 喜欢 the cat"), /has read stories only.* never seen the character “喜”/);
  assert.match(told("Tom \u202e had"), /“‹202e›”/);
});

test("a link brings the whole state back", () => {
  const { state } = look({ text: "Tom & Nora: “50 %” #1?\n猫", off: { heads: [[0, 3], [2, 1]], neurons: [[3, 255]] }, top_k: 40, top_p: 0.9, temperature: 0.75, seed: 7, position: 3 });
  const link = writeLink(state, "tiny");
  assert.match(link, /^#[!-~]+$/);
  const { text, off, top_k, top_p, temperature, seed, position, layer, head } = state;
  assert.deepEqual(readLink(link, "tiny", TINY.config), { text, off, top_k, top_p, temperature, seed, position, layer, head, hidden: [] });
  assert.equal(readLink(writeLink(START, "tiny"), "tiny", TINY.config).top_k, null);
  assert.deepEqual(readLink(writeLink({ ...START, hidden: [2, 4] }, "book-masked"), "book-masked", MASKED.config).hidden, [2, 4]);
});

test("a link to something else, or to another model, is none", () => {
  for (const hash of ["", "#the-chapters", "#playground", "#playground?model=book&text=a", `#playground?model=tiny&text=${"a".repeat(30_000)}`]) {
    assert.equal(readLink(hash, "tiny", TINY.config), null);
  }
});

test("what a link says wrongly is left out, and nothing in it is more than data", () => {
  const read = (rest) => readLink(`#playground?model=tiny&${rest}`, "tiny", TINY.config);
  const nothing = { top_k: null, hidden: [], off: NONE };
  assert.deepEqual(read("at=-1&t=9&p=0&seed=1.5&focus=9.9"), nothing);
  assert.deepEqual(read("at=1e3&t=NaN&p=Infinity&seed=0x10&focus=1"), nothing);
  assert.deepEqual(read("k=0"), { hidden: [], off: NONE });
  assert.deepEqual(read("heads=0.0_0.0_1.4_-1.2_1.2.3_a.b__3.3&neurons=0.256_0.255").off, { heads: [[0, 0], [3, 3]], neurons: [[0, 255]] });
  assert.equal(read(`heads=${Array(1000).fill("0.0").join("_")}`).off.heads.length, 1);
  assert.equal(read("text=<img src=x onerror=alert(1)>").text, "<img src=x onerror=alert(1)>");
  assert.equal(read("__proto__=x&constructor=y").constructor, Object);
});
