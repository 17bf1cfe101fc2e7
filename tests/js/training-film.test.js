import assert from "node:assert/strict";
import { test } from "node:test";

import { headShares, tokensInView } from "../../lmkit/widgets/js/attention-heads/data.js";
import { makeScale } from "../../lmkit/widgets/js/shared/plot.js";
import { frameSays, indexOfLeast, lossAt, readFilm, writesSays } from "../../lmkit/widgets/js/training-film/data.js";
import { layoutCurves } from "../../lmkit/widgets/js/training-film/layout.js";
import { playFrames } from "../../lmkit/widgets/js/training-film/play.js";
import { createStore } from "../../lmkit/widgets/js/shared/store.js";

const byteOf = (p) => Math.round(255 * Math.sqrt(p));

/** Two frames of one causal head on two tokens. */
function makeModel(changes = {}) {
  const state = {
    weights: new DataView(Uint8Array.from([1, 0.25, 0.75, 1, 1, 0], byteOf).buffer),
    shape: { layers: 1, heads: 1, queries: 2, keys: 2, causal: true },
    tokens: ["a", "b"], steps: [0, 1200], label: "toy",
    train: Float32Array.of(1, 600, 1200, 6, 2, 1).buffer,
    valid: Float32Array.of(600, 1200, 2.5, 1.5).buffer,
    measures: { agreement: [0.5, 0.875] }, beginning: "One day,", writes: [" x\u202ey", " they met."],
    ...changes,
  };
  return { get: (name) => state[name] };
}

const FILM = readFilm(makeModel());

test("each frame has its own heads", () => {
  const shares = FILM.attentions.map((attention) => [...headShares(attention, 0, tokensInView(attention, false))]);
  assert.ok(Math.abs(shares[0][2] - 0.25) < 0.004);
  assert.deepEqual(shares[1], [1, 0, 1, 0]);
});

test("a payload that does not fit its frames is named, not drawn", () => {
  assert.throws(() => readFilm(makeModel({ steps: [0, 1, 2], measures: {}, writes: [] })), /weights of 1 × 1 heads.* there are 2, it needs 3/);
  assert.throws(() => readFilm(makeModel({ measures: { agreement: [1] } })), /“agreement” has 1 numbers, there are 2 frames/);
  assert.throws(() => readFilm(makeModel({ valid: Float32Array.of(1, Infinity).buffer })), /valid: number 1 is Infinity/);
});

test("what would turn the text around in a label or the name of a measure is seen", () => {
  const film = readFilm(makeModel({ label: "a\u202eb", measures: { "\u200fc": [0, 1] } }));
  assert.deepEqual([film.label, film.measures[0][0]], ["a‹202e›b", "‹200f›c"]);
});

test("what a frame writes is heard after its numbers, and nothing is said where no frame writes", () => {
  assert.deepEqual(writesSays(FILM, 1), [" After \u2068One day,\u2069 it writes: \u2068 they met.\u2069"]);
  assert.equal(FILM.writes[0], " x‹202e›y");
  assert.deepEqual(writesSays(readFilm(makeModel({ writes: [] })), 1), []);
  assert.throws(() => readFilm(makeModel({ writes: ["a"] })), /there are 1 texts and 2 frames/);
});

test("a loss that was measured at another step says where", () => {
  assert.equal(lossAt(FILM.train, 1200), "1.00");
  assert.equal(lossAt(FILM.valid, 0), "2.50 (step 600)");
});

test("the sentence gives the numbers of the frame", () => {
  assert.equal(frameSays(FILM, 1).join(""), "Step 1,200. Loss 1.00 on the training text, 1.50 held out, \u2068agreement\u2069 0.88.");
});

for (const log of [false, true]) for (const width of [309, 694]) {
  test(`every point lies inside the drawing, later steps further right, higher losses further up (${width} px, log ${log})`, () => {
    const { x, loss, left, right, line, height, measures } = layoutCurves(FILM, log, width);
    for (const [step, value] of [...FILM.train, ...FILM.valid]) {
      assert.ok(x(step) >= left - 1e-9 && x(step) <= right + 1e-9 && right < width);
      assert.ok(loss.y(value) > 0 && loss.y(value) < measures[0].y(1));
    }
    assert.ok(x(0) < x(600) && x(600) < x(1200) && loss.y(6) < loss.y(1));
    assert.ok(measures[0].y(0) < line && line < height);
  });
}

test("early steps get more room by the logarithm", () => {
  const at = (log) => layoutCurves(FILM, log, 694).x(100);
  assert.ok(at(true) > at(false) + 100);
});

test("a place on the axis belongs to the nearest frame", () => {
  const { x } = layoutCurves(FILM, false, 694);
  const frameAt = (place) => indexOfLeast(FILM.steps.map((step) => Math.abs(x(step) - place)));
  assert.deepEqual([x(500), x(700), -50, 9999].map(frameAt), [0, 1, 0, 1]);
});

test("a curve that does not change is drawn, not divided by zero", () => {
  const flat = readFilm(makeModel({ train: Float32Array.of(5, 0).buffer, valid: Float32Array.of(5, 0).buffer, steps: [5], weights: new Uint8Array(3), measures: {}, writes: [] }));
  const { x, loss } = layoutCurves(flat, true, 300);
  assert.ok([x(5), loss.y(0)].every(Number.isFinite));
});

test("a scale goes from one end to the other, evenly by what it is told", () => {
  const plain = makeScale([2, 4], [10, 30]);
  assert.deepEqual([2, 3, 4].map(plain), [10, 20, 30]);
  const byRank = makeScale([1, 100], [0, 2], Math.log10);
  assert.deepEqual([1, 10, 100].map(byRank), [0, 1, 2]);
});

/** A film that plays on a clock of the test. */
function play(t, { calm, frames = 3, frame = 0 }) {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  globalThis.matchMedia = () => ({ matches: calm });
  t.after(() => { delete globalThis.matchMedia; });
  const store = createStore({ frame, playing: false });
  const controller = new AbortController();
  playFrames({ film: { steps: Array(frames).fill(0) }, store, signal: controller.signal });
  return { store, stop: () => controller.abort(), wait: (ms) => t.mock.timers.tick(ms) };
}

test("playing shows every frame and stops at the last", (t) => {
  const { store, wait } = play(t, { calm: false });
  store.set({ playing: true });
  wait(0);
  assert.deepEqual(store.get(), { frame: 1, playing: true });
  wait(700);
  assert.deepEqual(store.get(), { frame: 2, playing: false });
  wait(5000);
  assert.equal(store.get().frame, 2);
});

test("played from the last frame, a film starts again", (t) => {
  const { store, wait } = play(t, { calm: false, frame: 2 });
  store.set({ playing: true });
  wait(0);
  assert.deepEqual(store.get(), { frame: 0, playing: true });
});

test("a reader who wants less motion gets one frame at a time", (t) => {
  const { store, wait } = play(t, { calm: true });
  store.set({ playing: true });
  wait(5000);
  assert.deepEqual(store.get(), { frame: 1, playing: false });
});

test("a figure that is gone plays no more", (t) => {
  const { store, wait, stop } = play(t, { calm: false });
  store.set({ playing: true });
  stop();
  wait(5000);
  assert.equal(store.get().frame, 0);
});
