import assert from "node:assert/strict";
import { test } from "node:test";

import { loadKernel } from "../../lmkit/widgets/js/engine/kernel/index.js";
import { generator } from "../../lmkit/widgets/js/engine/sampling.js";
import { layoutCurves } from "../../lmkit/widgets/js/head-forming/layout.js";
import { makeTools } from "../../lmkit/widgets/js/head-forming/matrices.js";
import { makeNetwork } from "../../lmkit/widgets/js/head-forming/network.js";
import * as operations from "../../lmkit/widgets/js/head-forming/operations.js";
import { createRunner } from "../../lmkit/widgets/js/head-forming/run.js";
import { induction, previousToken } from "../../lmkit/widgets/js/head-forming/scores.js";
import { seenIn, wanted } from "../../lmkit/widgets/js/head-forming/seen.js";
import { drawTexts, FIRST, LENGTH } from "../../lmkit/widgets/js/head-forming/texts.js";
import { hasFormed, startTraining, STEPS } from "../../lmkit/widgets/js/head-forming/training.js";
import { progress, sentence } from "../../lmkit/widgets/js/head-forming/words.js";
import { createStore } from "../../lmkit/widgets/js/shared/store.js";

/** The parts of the kernel that learning needs, in 64 bits: a difference of losses is then exact enough to be a slope. */
function loadExact() {
  let next = 4;
  const memory = { floats: new Float64Array(60_000), allocate: (n) => (next += n) - n };
  const { floats } = memory;
  const kernel = {
    linear(x, w, bias, y, rows, inputs, outputs) {
      for (let i = 0; i < rows; i++) for (let j = 0; j < outputs; j++) {
        let sum = 0;
        for (let k = 0; k < inputs; k++) sum += floats[x.at + i * x.stride + k] * floats[w.at + k * w.stride + j];
        floats[y.at + i * y.stride + j] = sum;
      }
    },
    add(x, y, n) { for (let i = 0; i < n; i++) floats[x + i] += floats[y + i]; },
    softmax({ at, stride }, rows, width, seen, step, scale) {
      for (let row = 0; row < rows; row++) {
        const from = at + row * stride;
        const shares = floats.slice(from, from + seen + step * row).map((score) => Math.exp(scale * score));
        const sum = shares.reduce((total, share) => total + share, 0);
        floats.fill(0, from, from + width).set(shares.map((share) => share / sum), from);
      }
    },
  };
  return { kernel, memory };
}

const near = (actual, expected, what) => assert.ok(Math.abs(actual - expected) < 1e-7, `${what}: ${actual} is not ${expected}`);
const size = ({ rows, columns }) => rows * columns;

/** Holds every gradient to (loss(w + ε) - loss(w - ε)) / 2ε. @param {Float64Array} floats @param {any[]} matrices @param {() => number} loss */
function checkGradients(floats, matrices, loss) {
  const tiny = 1e-5;
  matrices.forEach((matrix, m) => {
    for (let i = 0; i < size(matrix); i++) {
      const value = floats[matrix.at + i];
      const [more, less] = [tiny, -tiny].map((change) => {
        floats[matrix.at + i] = value + change;
        return loss();
      });
      floats[matrix.at + i] = value;
      near(floats[matrix.gradient.at + i], (more - less) / (2 * tiny), `matrix ${m}, number ${i}`);
    }
  });
}

/** For each operation: the shapes of what it reads and of its result, and how it is made from them. Two texts of 4 words. */
const WORDS = [2, 0, 2, 1, 1, 2, 0, 0];
const OPERATIONS = {
  embed: [[[3, 8], [4, 8], [8, 8]], (tools, [ofWord, ofPlace, x]) => operations.embed(tools, WORDS, ofWord, ofPlace, x)],
  linear: [[[8, 4], [4, 8], [8, 8]], (tools, [x, w, y]) => operations.linear(tools, x, w, y)],
  add: [[[8, 4], [8, 4], [8, 4]], (tools, [x, y, sum]) => operations.add(tools, x, y, sum)],
  compare: [[[8, 4], [8, 4], [8, 4]], (tools, [queries, keys, scores]) => operations.compare(tools, queries, keys, scores)],
  softmax: [[[8, 4], [8, 4]], (tools, [scores, shares]) => operations.softmax(tools, scores, shares, 8)],
  mix: [[[8, 4], [8, 8], [8, 8]], (tools, [shares, values, mixed]) => operations.mix(tools, shares, values, mixed)],
};

for (const [name, [shapes, make]] of Object.entries(OPERATIONS)) {
  test(`the way back of “${name}” is the slope of its way forward, at every number`, () => {
    const { memory, ...rest } = makeTools(loadExact(), 64);
    const { floats } = memory;
    const next = generator(3);
    const matrices = shapes.map((shape) => rest.matrix(...shape));
    for (const matrix of matrices) for (let i = 0; i < size(matrix); i++) floats[matrix.at + i] = 2 * next() - 1;
    const operation = make({ memory, ...rest }, matrices);
    const result = matrices.pop();
    const asked = Float64Array.from({ length: size(result) }, () => 2 * next() - 1); // the loss: a sum of the results, so weighted
    const loss = () => {
      operation.forward();
      return asked.reduce((sum, weight, i) => sum + weight * floats[result.at + i], 0);
    };
    loss();
    rest.clearGradients();
    floats.set(asked, result.gradient.at);
    operation.backward();
    checkGradients(floats, matrices, loss);
  });
}

const SMALL = { layers: 2, words: 4, length: 4, texts: 2, width: 4 };
function smallNetwork() {
  const network = makeNetwork(loadExact(), SMALL, generator(5));
  network.inputs.set([0, 1, 2, 0, 3, 3, 1, 2]);
  network.answers.set([-1, 2, 2, 1, -1, 0, 3, -1]);
  network.forward();
  network.backward();
  return network;
}

test("the gradient of the loss is its slope at every weight of a whole model, through both layers", () => {
  const network = smallNetwork();
  checkGradients(network.memory.floats, network.parameters, () => {
    network.forward();
    return network.loss();
  });
});

test("to go back twice gives the same gradients, not twice as much", () => {
  const network = smallNetwork();
  const gradients = () => network.parameters.map(({ gradient, ...shape }) => [...network.memory.floats.subarray(gradient.at, gradient.at + size(shape))]);
  const once = gradients();
  network.backward();
  assert.deepEqual(gradients(), once);
});

function train(options, until = () => false, load = loadKernel()) {
  const training = startTraining(load, options);
  const steps = options.steps ?? STEPS;
  while (training.step() < steps && !until(training.looks.at(-1))) training.train();
  return training;
}
const SEEDS = Array.from({ length: 20 }, (_, seed) => seed);
const ENOUGH = 250; // steps, for two layers
const [ONE, TWO] = [1, 2].map((layers) => train({ layers, seed: 1 }));

test("two layers form the head within 250 steps of the page's training, for each of 20 seeds", () => {
  for (const seed of SEEDS) {
    const { looks } = train({ layers: 2, seed }, (look) => hasFormed(look) || look.step === ENOUGH);
    assert.ok(looks.some(hasFormed), `seed ${seed}: ${JSON.stringify(looks.at(-1))}`);
  }
});

test("one layer never does, for the same seeds: it hardly looks there, and is right in less than half of the places", () => {
  for (const seed of SEEDS) {
    for (const look of train({ layers: 1, seed, steps: ENOUGH }).looks) {
      assert.ok(look.induction[0] < 0.25 && look.right < 0.5, `seed ${seed}: ${JSON.stringify(look)}`);
    }
  }
});

test("at the end both diagonals are there: the first layer looks one word back, the second at what followed", () => {
  const { previous, induction, right, loss } = TWO.looks.at(-1);
  assert.ok(previous[0] > 0.9 && induction[1] > 0.9 && right === 1 && loss < 0.05);
  assert.ok(previous[1] < 0.5 && induction[0] < 0.5);
});

test("where the stretch always begins at the same place, one layer is enough: it looks back by a fixed distance", () => {
  assert.ok(train({ layers: 1, seed: 1, starts: [2, 2], steps: 150 }).looks.some(hasFormed));
});

/** How much a query looks at two keys, and the same after the word before the first of them has become another. */
function changeBefore({ network }, layer, query, [key, other]) {
  const shares = () => [key, other].map((at) => network.memory.floats[network.attention[layer].at + query * LENGTH + at]);
  const before = shares();
  const inText = network.inputs.subarray(0, LENGTH);
  inText[key - 1] = Array.from({ length: 24 }, (_, word) => word).find((word) => !inText.includes(word));
  network.forward();
  return [before, shares()];
}

test("with one layer the word before a key says nothing of how well the key fits; with two it decides", () => {
  for (const training of [ONE, TWO]) training.readHeldOut();
  const query = FIRST + 3;
  const answer = ONE.network.inputs.indexOf(ONE.network.answers[query]);
  const [[a, b], [c, d]] = changeBefore(ONE, 0, query, [answer, 1]);
  assert.ok(Math.abs(Math.log(a / b) - Math.log(c / d)) < 1e-4);
  const [[found], [lost]] = changeBefore(TWO, 1, query, [answer, 1]);
  assert.ok(found > 0.9 && lost < 0.5);
});

test("with WebAssembly and without, training gives the same numbers to the last bit", () => {
  const [simd, javascript] = [true, false].map((wish) => train({ layers: 2, seed: 7, steps: 20 }, undefined, loadKernel({ simd: wish })).looks);
  assert.deepEqual(simd, javascript);
  assert.notDeepEqual(simd, train({ layers: 2, seed: 8, steps: 20 }).looks);
});

test("a text is different words, then a stretch of them once more from anywhere; what is asked is what followed", () => {
  const batch = { inputs: new Int32Array(200 * LENGTH), answers: new Int32Array(200 * LENGTH) };
  drawTexts(batch, generator(1));
  const starts = new Set();
  for (let from = 0; from < batch.inputs.length; from += LENGTH) {
    const words = [...batch.inputs.subarray(from, from + FIRST)];
    const again = [...batch.inputs.subarray(from + FIRST, from + LENGTH)];
    const start = words.indexOf(again[0]);
    starts.add(start);
    assert.equal(new Set(words).size, FIRST);
    assert.deepEqual(again, words.slice(start, start + again.length));
    const answers = [...batch.answers.subarray(from, from + LENGTH)];
    assert.deepEqual(answers, [...words.fill(-1), ...again.slice(1), answers.at(-1)]);
  }
  assert.deepEqual([...starts].sort(), [0, 1, 2, 3, 4]);
});

test("the scores of a perfect head are 1, and of one that looks at itself 0", () => {
  const words = [4, 7, 5, 7, 5, 4];
  const at = (place) => (text, query) => words.map((_, key) => (key === place(query) ? 1 : 0));
  assert.equal(previousToken(at((query) => query - 1), 1, 6), 1);
  assert.equal(previousToken(at((query) => query), 1, 6), 0);
  assert.equal(induction(at((query) => words.indexOf(words[query]) + 1), words, 6), 1);
  assert.equal(induction(at((query) => query), words, 6), 0);
});

test("the figure says where the heads look, what the model expects, and why one layer finds nothing", () => {
  const two = { layers: 2, training: TWO, seconds: 1, formed: { step: 190, seconds: 0.31 } };
  const one = { layers: 1, training: ONE, seconds: 1, formed: null };
  const seen = seenIn(two, null, { query: FIRST + 1 });
  assert.deepEqual(wanted(seen, 0, 5), [4]);
  assert.deepEqual(wanted(seen, 0, FIRST), []);
  const [place] = wanted(seen, 1, FIRST + 1);
  assert.equal(seen.words[place - 1], seen.words[FIRST + 1]);
  assert.match(sentence(seen)[1], new RegExp(`layer 1 looks most at \u0001${seen.words[place]}\u0001, ${FIRST + 1 - place} words back .* Next it expects \u0001${seen.words[place]}\u0001, .* It is right\\.`));
  assert.match(sentence(seenIn(two, null, { query: 3 }))[1], /Nobody can know it yet\.$/);
  assert.match(progress(two), /right 100.% of the time; its loss is 0\.00\. The induction head had formed by step 190, after 0\.3 s of computing\.$/);
  assert.match(progress(one), /No induction head has formed\. .*with one layer, nothing at that place knows which word stood before it\.$/);
});

/** A runner in a page whose clock goes on by 5 ms whenever it is looked at. @returns what it needs to be driven frame by frame */
function makePage(t, state) {
  let [clock, frame, hide] = [0, null, null];
  t.mock.method(performance, "now", () => (clock += 5));
  Object.assign(globalThis, {
    matchMedia: () => ({ matches: false }),
    requestAnimationFrame: (callback) => { frame = callback; },
    cancelAnimationFrame: () => { frame = null; },
    document: { hidden: false, addEventListener: (type, listener) => { hide = listener; } },
  });
  const store = createStore({ layers: 2, seed: 1, running: false, step: 0, speed: "fast", ...state });
  const runner = createRunner({ store, signal: new AbortController().signal, guarded: (action) => action });
  let time = 0;
  return {
    store, runner,
    frames: (count) => {
      for (let i = 0; i < count; i++) frame?.(time += 16);
      return runner.run().training.step();
    },
    hide: () => { document.hidden = true; hide(); },
  };
}

test("a frame works for 12 ms and not much longer; or for one step; or there are 50 ms between two", (t) => {
  for (const [speed, count] of [["fast", 10 * 3], ["medium", 10], ["slow", 2]]) {
    const { store, frames } = makePage(t, { speed });
    assert.equal(frames(2), 0);
    store.set({ running: true });
    assert.equal(frames(10), count);
    assert.equal(store.get().step, count);
  }
});

test("a pause, a page that is left, another seed and the last step end the work", (t) => {
  const { store, frames, hide, runner } = makePage(t);
  const run = () => store.set({ running: true });
  run();
  const paused = frames(2);
  store.set({ running: false });
  assert.equal(frames(5), paused);
  run();
  assert.ok(frames(1) > paused);
  hide();
  assert.deepEqual([frames(5), store.get().running], [frames(5), false]);
  run();
  store.set({ seed: 2 });
  assert.deepEqual([frames(5), store.get().running, store.get().step], [0, false, 0]);
  assert.equal(runner.before(), null); // what was not trained to its end is not kept for comparison
  run();
  assert.equal(frames(STEPS), STEPS);
  assert.deepEqual([store.get().running, runner.run().formed.step < 300], [false, true]);
  runner.restart();
  assert.deepEqual([runner.before().seed, frames(3)], [2, 0]);
});

for (const width of [309, 694]) {
  test(`the curves lie inside the drawing, one below the other (${width} px)`, () => {
    const { left, right, x, height, plots } = layoutCurves(width);
    assert.ok(x(0) === left && x(STEPS) === right && left > 0 && right < width);
    assert.ok(plots.every(({ y, top, bottom, high }) => y(0) === bottom && Math.abs(y(high) - top) < 1e-9 && bottom > top));
    assert.ok(plots.every(({ top }, i) => i === 0 || top > plots[i - 1].bottom) && plots.at(-1).bottom < height);
  });
}
