import assert from "node:assert/strict";
import { test } from "node:test";

import { encode, hex, mergeSteps, splitWords, unpackTokenizers } from "../../lmkit/widgets/js/shared/bpe.js";
import { seenIn, sentence, settleFor, show } from "../../lmkit/widgets/js/token-strip/seen.js";

const [PLAIN] = unpackTokenizers([{ name: "bytes", special: 0, merges: 0 }], new ArrayBuffer(0));
const indexOf = (byte) => PLAIN.tokens.findIndex(([one]) => one === byte);
const [T, H, E] = [..."the"].map((letter) => indexOf(letter.charCodeAt(0)));
const MERGES = Uint16Array.of(T, H, 256, E); // t + h, th + e

/** "th" and "the", after two special tokens; and nothing but bytes. */
const TOKENIZERS = unpackTokenizers(
  [{ name: "two merges", special: 2, merges: 2 }, { name: "bytes", special: 0, merges: 0 }], MERGES.buffer,
);
const [TWO] = TOKENIZERS;

test("merges that are cut short are named, and what would turn the text around in a name is seen", () => {
  assert.throws(() => unpackTokenizers([{ name: "", special: 0, merges: 3 }], MERGES.buffer), /there are 4 halves, it needs 6/);
  assert.equal(unpackTokenizers([{ name: "a\u202eb", special: 0, merges: 2 }], MERGES.buffer)[0].name, "a‹202e›b");
});
const START = { text: "the th\u732b", tokenizer: 0, token: 0, table: false };
const look = (state) => seenIn(TOKENIZERS, settleFor(TOKENIZERS)({ ...START, ...state }));
const bytesOf = (text) => new TextEncoder().encode(text);

test("the vocabulary follows from the merges, also where they begin inside a larger buffer", () => {
  const padded = new Uint8Array([9, 9, ...new Uint8Array(MERGES.buffer)]);
  const [same] = unpackTokenizers([{ name: "", special: 0, merges: 2 }], new DataView(padded.buffer, 2, 8));
  for (const { tokens } of [TWO, same]) {
    assert.equal(tokens.length, 258);
    assert.deepEqual(tokens.slice(256).map(show), ["th", "the"]);
  }
});

test("the 256 bytes come in the order of GPT-2, each once", () => {
  const bytes = PLAIN.tokens.map(([byte]) => byte);
  assert.deepEqual([bytes[0], bytes[93], bytes[94], bytes[188], bytes[255]], [0x21, 0x7e, 0xa1, 0x00, 0xad]);
  assert.equal(new Set(bytes).size, 256);
});

test("words joined are the text again, and keep the space before them", () => {
  const text = "  don't stop,\n\n 42\u00a0cats \u0085 猫e\u0301 👍🏽 ";
  assert.equal(splitWords(text).join(""), text);
  assert.deepEqual(splitWords("a  b'll 1"), ["a", " ", " b", "'ll", " 1"]);
  assert.deepEqual(splitWords(""), []);
});

test("each step of a word is one merge, the earliest learned first", () => {
  assert.deepEqual(mergeSteps(TWO, bytesOf("thethe")), [[T, H, E, T, H, E], [256, E, 256, E], [257, 257]]);
  assert.deepEqual(mergeSteps(TWO, bytesOf("")), [[]]);
});

test("no merge joins two words", () => {
  assert.deepEqual(encode(TWO, "th e").map((index) => show(TWO.tokens[index])), ["th", "␣", "e"]);
});

test("every text is its bytes again", () => {
  for (const text of ["", "the 猫", "👩‍👩‍👧‍👦\u0000\n", "\ufeff", "a".repeat(1000)]) {
    const bytes = encode(TWO, text).flatMap((index) => [...TWO.tokens[index]]);
    assert.deepEqual(bytes, [...bytesOf(text)]);
  }
});

test("a part of a character is shown as its bytes, and nothing is invisible", () => {
  assert.deepEqual([[0xe7, 0x8c], [0x20, 0x0a], [...bytesOf("猫")], [0xef, 0xbb, 0xbf]].map((bytes) => show(Uint8Array.from(bytes))),
    ["<E78C>", "␣↵", "猫", "‹feff›"]);
  assert.equal(hex(Uint8Array.of(0, 255), " "), "00 FF");
});

test("every tokenizer encodes the same text, and the chosen one is in focus", () => {
  assert.deepEqual(look({}).encodings.map(({ length }) => length), [6, 9]);
  assert.equal(look({ tokenizer: 1 }).tokens.length, 9);
  assert.deepEqual([look({}).characters, look({}).bytes], [7, 9]);
  assert.deepEqual([look({ text: "👍🏽" }).characters, look({ text: "👍🏽" }).bytes], [2, 8]);
});

test("a choice that does not exist becomes the nearest that does", () => {
  const settle = settleFor(TOKENIZERS);
  assert.deepEqual(settle({ ...START, tokenizer: 7, token: 99 }), { ...START, tokenizer: 1, token: 8 });
  assert.deepEqual(settle({ ...START, tokenizer: -1, token: -1 }), START);
  assert.equal(settle({ ...START, text: "", token: 3 }).token, 0);
});

test("the sentence says id, bytes and merge of the chosen token", () => {
  assert.equal(sentence(look({})).join(""), "Token 1 of 6, “the”: id 259, 3 bytes (74 68 65), made by merge 1.");
  assert.match(sentence(look({ token: 1 })).join(""), /“␣”: id \d+, 1 byte \(20\), no merge made it\.$/);
  assert.match(sentence(look({ token: 3 })).join(""), /“<E7>”.* It is part of a character; the rest is beside it\.$/);
  assert.match(sentence(look({ text: "" })).join(""), /^No tokens: /);
});
