import assert from "node:assert/strict";
import { test } from "node:test";

import { loadModel } from "../../lmkit/widgets/js/engine/model.js";
import { kernelBytes } from "../../lmkit/widgets/js/engine/kernel/simd.js";
import { loadKernel } from "../../lmkit/widgets/js/engine/kernel/index.js";
import { readPacked } from "../../lmkit/widgets/js/engine/packed.js";
import { generator, logProbability, probabilities, sample } from "../../lmkit/widgets/js/engine/sampling.js";
import { CONFIGS, pack, packSmall } from "./small-models.js";

const KERNELS = [true, false].map((simd) => loadKernel({ simd }));
const TEXT = [3, 77, 260, 0, 12, 12, 200, 5, 31, 3, 9];
const eachConfig = (check) => () => {
  for (const [name, config] of Object.entries(CONFIGS)) check(config, name);
};
const near = (actual, expected, tolerance, what) => assert.ok(Math.abs(actual - expected) <= tolerance, `${what}: ${actual} is not ${expected}`);
const random = (n, next = generator(n)) => Float32Array.from({ length: n }, () => 4 * next() - 2);

/** Everything that a run has computed. @param {import("../../lmkit/widgets/js/engine/run.js").Run} run */
function everything(run, { n_layers, n_heads, causal }) {
  const positions = Array.from({ length: run.length }, (_, i) => i);
  const layers = Array.from({ length: n_layers }, (_, i) => i);
  const heads = Array.from({ length: n_heads }, (_, i) => i);
  return {
    logits: positions.map((i) => [...run.logits(i)]),
    neurons: layers.map((layer) => positions.map((i) => [...run.neurons(layer, i)])),
    stream: [...layers, n_layers].map((entry) => positions.map((i) => [...run.stream(entry, i)])),
    lens: [...layers, n_layers].map((entry) => [...run.lens(entry, run.length - 1)]),
    attention: layers.map((layer) => heads.map((head) => positions.map((i) => [...run.attention(layer, head).row(i)]))),
    mixed: layers.map((layer) => heads.map((head) => positions.map((i) => [...run.mixed(layer, head, i)]))),
    loss: causal ? run.loss() : null,
  };
}

function readBy(model, ids, wish, capacity = 20) {
  const run = model.start({ capacity });
  run.read(ids, wish);
  return run;
}
const see = (model, ...reading) => everything(readBy(model, ...reading), model.config);

test("both kernels are there, and the one in WebAssembly is small enough for older browsers", () => {
  assert.deepEqual(KERNELS.map(({ kernel }) => kernel.name), ["simd", "javascript"]);
  assert.ok(WebAssembly.validate(kernelBytes()));
  assert.ok(kernelBytes().length < 4096);
});

test("where WebAssembly is forbidden the model runs in plain JavaScript", (t) => {
  t.mock.method(WebAssembly, "Module", () => { throw new WebAssembly.CompileError("blocked by the page"); });
  assert.equal(loadModel(packSmall(CONFIGS.usual)).kernel, "javascript");
});

test("linear is x W + b, for any number of rows, inputs and outputs, and writes nowhere else", () => {
  for (const [rows, inputs, outputs] of [[1, 1, 1], [1, 5, 23], [4, 3, 8], [6, 17, 13], [9, 8, 33]]) {
    for (const { kernel, memory } of KERNELS) {
      const put = (numbers) => { const at = memory.allocate(numbers.length); memory.floats.set(numbers, at); return at; };
      const [x, w, b] = [random(rows * inputs), random(inputs * outputs), random(outputs)];
      const places = [put(x), put(w), put(b), put(new Float32Array(rows * (outputs + 3)).fill(7))];
      for (const bias of [0, places[2]]) {
        kernel.linear({ at: places[0], stride: inputs }, { at: places[1], stride: outputs }, bias, { at: places[3], stride: outputs + 3 }, rows, inputs, outputs);
        for (let i = 0; i < rows * (outputs + 3); i++) {
          const [row, column] = [Math.floor(i / (outputs + 3)), i % (outputs + 3)];
          let sum = bias ? b[column] : 0;
          for (let k = 0; k < inputs; k++) sum += x[row * inputs + k] * w[k * outputs + column];
          near(memory.floats[places[3] + i], column < outputs ? sum : 7, 1e-5, `${kernel.name} ${rows} ${inputs} ${outputs}`);
        }
      }
    }
  }
});

test("softmax gives shares of what may be seen and 0 to the rest, whatever lay there", () => {
  for (const { kernel, memory } of KERNELS) {
    const at = memory.allocate(5 * 16);
    memory.floats.set(random(5 * 16), at);
    memory.floats.fill(NaN, at + 4 * 16 + 7);
    const scores = memory.floats.slice(at, at + 80);
    kernel.softmax({ at, stride: 16 }, 5, 12, 3, 1, 3);
    for (let row = 0; row < 5; row++) {
      const powers = Array.from(scores.subarray(row * 16, row * 16 + 3 + row), (score) => Math.exp(3 * score));
      const sum = powers.reduce((total, power) => total + power);
      for (let i = 0; i < 12; i++) near(memory.floats[at + row * 16 + i], i < 3 + row ? powers[i] / sum : 0, 2e-7, `${kernel.name} ${row} ${i}`);
      assert.deepEqual(memory.floats.slice(at + row * 16 + 12, at + row * 16 + 16), scores.slice(row * 16 + 12, row * 16 + 16));
    }
  }
});

test("scores that lie far apart give shares of 1 and 0", () => {
  for (const { kernel, memory } of KERNELS) {
    const at = memory.allocate(4);
    memory.floats.set([-1e30, 1e30, 0, 1e30], at);
    kernel.softmax({ at, stride: 4 }, 1, 4, 3, 0, 1);
    assert.deepEqual([...memory.floats.subarray(at, at + 4)], [0, 1, 0, 0]);
  }
});

/** The integral of the normal density from far below to x, by Simpson's rule. */
function normal(x) {
  const [from, n] = [-12, 4000];
  const step = (x - from) / n;
  const density = (z) => Math.exp((-z * z) / 2) / Math.sqrt(2 * Math.PI);
  let sum = density(from) + density(x);
  for (let i = 1; i < n; i++) sum += (i % 2 ? 4 : 2) * density(from + i * step);
  return (sum * step) / 3;
}
const FORMULAS = {
  relu: (x) => Math.max(0, x),
  gelu: (x) => x * normal(x),
  gelu_tanh: (x) => (x / 2) * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x ** 3))),
  silu: (x) => x / (1 + Math.exp(-x)),
};

test("activations follow their formulas", () => {
  const inputs = Float32Array.from([-100, -20, -9, -5.5, -3, -1.25, -0.75, -0.01, -1e-8, 0, 1e-8, 0.3, 0.7, 1.1, 2.5, 4, 6, 9, 30, 100]);
  for (const { kernel, memory } of KERNELS) {
    for (const [name, formula] of Object.entries(FORMULAS)) {
      const at = memory.allocate(inputs.length);
      memory.floats.set(inputs, at);
      kernel[name](at, 19); // the last one stays as it is
      inputs.forEach((x, i) => near(memory.floats[at + i], i < 19 ? formula(x) : x, 4e-7 * Math.max(1, Math.abs(x)), `${kernel.name} ${name}(${x})`));
    }
  }
});

test("norms give vectors of mean 0 and spread 1, or of root mean square 1", () => {
  for (const { kernel, memory } of KERNELS) {
    const [x, y, ones, bias] = [33, 33, 11, 11].map((n) => memory.allocate(n));
    memory.floats.set(random(33), x);
    memory.floats.fill(1, ones, ones + 11);
    memory.floats.fill(5, bias, bias + 11);
    const rows = () => [0, 11, 22].map((i) => [...memory.floats.subarray(y + i, y + i + 11)]);
    const mean = (numbers) => numbers.reduce((sum, one) => sum + one) / numbers.length;
    kernel.norm({ weight: ones, bias, width: 11, eps: 0, centered: true }, x, y, 3);
    for (const row of rows()) {
      near(mean(row), 5, 1e-6, "mean");
      near(mean(row.map((one) => (one - 5) ** 2)), 1, 1e-6, "variance");
    }
    kernel.norm({ weight: ones, bias: 0, width: 11, eps: 0, centered: false }, x, y, 3);
    for (const row of rows()) near(mean(row.map((one) => one ** 2)), 1, 1e-6, "mean square");
    memory.floats.fill(0, x, x + 11);
    kernel.norm({ weight: ones, bias: 0, width: 11, eps: 1e-5, centered: true }, x, y, 1);
    assert.deepEqual(rows()[0], Array(11).fill(0));
  }
});

test("SIMD and plain JavaScript give the same numbers to the last bit", eachConfig((config, name) => {
  const [fast, plain] = [true, false].map((simd) => see(loadModel(packSmall(config), { simd }), TEXT));
  assert.deepEqual(fast, plain, name);
  assert.ok(fast.logits.flat().every(Number.isFinite), name);
}));

test("reading piece by piece gives the same numbers as reading at once, to the last bit", eachConfig((config, name) => {
  const model = loadModel(packSmall(config));
  const run = model.start({ capacity: 20 });
  for (const ids of [[9, 9], TEXT.slice(0, 1), TEXT.slice(0, 7), [...TEXT.slice(0, 5), 1, 2, 3, 4, 5, 6, 7, 8], [], TEXT.slice(0, 6), TEXT]) run.read(ids);
  assert.deepEqual(everything(run, config), see(model, TEXT), name);
}));

test("weights are those of PyTorch: rows sum to 1, and a causal model does not see the future", eachConfig((config, name) => {
  const { attention, logits } = see(loadModel(packSmall(config)), TEXT);
  for (const [query, row] of attention.flatMap((layer) => layer.flatMap((head) => [...head.entries()]))) {
    near(row.reduce((sum, share) => sum + share), 1, 1e-6, name);
    assert.equal(row.length, TEXT.length);
    assert.equal(row.slice(query + 1).every((share) => share === 0), config.causal || query === TEXT.length - 1, name);
  }
  const changed = see(loadModel(packSmall(config)), [...TEXT.slice(0, -1), 100]);
  assert.equal(JSON.stringify(logits.slice(0, -1)) === JSON.stringify(changed.logits.slice(0, -1)), config.causal, name);
}));

test("the lens at the end is what the model says, and what comes before is something else", eachConfig((config, name) => {
  const { lens, logits } = see(loadModel(packSmall(config)), TEXT);
  assert.deepEqual(lens.at(-1), logits.at(-1), name);
  assert.notDeepEqual(lens[0], lens[1], name);
}));

test("a head that is off mixes nothing, a neuron that is off stays silent, and what follows changes", eachConfig((config, name) => {
  const model = loadModel(packSmall(config));
  const [on, off] = [{}, { off: { heads: [[0, 1]], neurons: [[0, 3], [1, 49]] } }].map((wish) => see(model, TEXT, wish));
  assert.ok(off.mixed[0][1].flat().every((one) => one === 0), name);
  assert.deepEqual(off.mixed[0][0], on.mixed[0][0], name);
  assert.ok(off.neurons[0].every((neurons) => neurons[3] === 0) && off.neurons[1].every((neurons) => neurons[49] === 0), name);
  assert.notDeepEqual(off.logits, on.logits, name);
}));

test("all of a layer switched off leaves its biases alone", () => {
  const config = { ...CONFIGS.usual, bias: false };
  const off = { heads: [0, 1, 2, 3].map((head) => [1, head]), neurons: Array.from({ length: 50 }, (_, neuron) => [1, neuron]) };
  const { stream } = see(loadModel(packSmall(config)), TEXT, { off });
  assert.deepEqual(stream[2], stream[1]);
  assert.notDeepEqual(stream[1], stream[0]);
});

test("a patch puts what a head mixed elsewhere in its place", eachConfig((config, name) => {
  const model = loadModel(packSmall(config));
  const other = readBy(model, [...TEXT.slice(0, 4), 90, ...TEXT.slice(5)]);
  const patch = [{ layer: 1, head: 2, position: 6, values: other.mixed(1, 2, 6).slice() }];
  const [whole, patched] = [{}, { patch }].map((wish) => see(model, TEXT, wish));
  assert.deepEqual(patched.mixed[1][2][6], [...patch[0].values], name);
  const unchanged = config.causal ? TEXT.map((_, i) => i).filter((i) => i !== 6) : [];
  for (const i of unchanged) assert.deepEqual(patched.logits[i], whole.logits[i], name);
  assert.notDeepEqual(patched.logits[6], whole.logits[6], name);
  assert.deepEqual(see(model, TEXT, { patch: [{ ...patch[0], values: whole.mixed[1][2][6] }] }), whole, name);
}));

test("with another intervention everything is read again, and with none it is as before", () => {
  const model = loadModel(packSmall(CONFIGS.usual));
  const run = model.start({ capacity: 20 });
  const seen = [{}, { off: { heads: [[0, 0]] } }, {}].map((wish) => {
    run.read(TEXT, wish);
    return everything(run, model.config);
  });
  assert.deepEqual(seen[2], seen[0]);
  assert.notDeepEqual(seen[1], seen[0]);
});

test("what was read before is kept: only what is new costs a pass", () => {
  const model = loadModel(packSmall(CONFIGS.usual), { simd: false });
  const run = model.start({ capacity: 20 });
  run.read(TEXT);
  run.stream(0, 2).fill(99); // a mark, where a new pass would write
  run.read([...TEXT.slice(0, 3), 5]);
  assert.equal(run.stream(0, 2)[0], 99);
  run.read(TEXT.slice(0, 2));
  run.read(TEXT);
  assert.notEqual(run.stream(0, 2)[0], 99);
});

test("two runs of a model do not touch each other", () => {
  const model = loadModel(packSmall(CONFIGS.usual));
  const first = readBy(model, TEXT);
  const before = everything(first, model.config);
  readBy(model, [1, 2, 3], { off: { heads: [[0, 0]] } }, 1000);
  assert.deepEqual(everything(first, model.config), before);
});

test("the loss is the mean of -log p of the tokens after the first", () => {
  const model = loadModel(packSmall(CONFIGS.usual));
  const run = readBy(model, TEXT);
  const each = TEXT.slice(1).map((id, i) => -Math.log(probabilities(run.logits(i))[id]));
  near(run.loss(), each.reduce((sum, one) => sum + one) / each.length, 1e-12, "loss");
  assert.deepEqual([[], [4]].map((ids) => readBy(model, ids).loss()), [null, null]);
  assert.equal(readBy(loadModel(packSmall(CONFIGS.masked)), TEXT).loss(), null);
  near(logProbability([1e30, 0], 1), -1e30, 1e20, "a token that never comes has no NaN");
});

test("a wrong wish is refused with its cause and its cure", () => {
  const model = loadModel(packSmall(CONFIGS.learned));
  const run = readBy(model, TEXT);
  const wishes = [
    [() => model.start({ capacity: 0 }), /capacity is 0, but must be a whole number/],
    [() => model.start({ capacity: 41 }), /only 40 positions are learned: start with 40/],
    [() => run.read(Array(21).fill(1)), /21 tokens, but this run was started for 20: cut it/],
    [() => run.read([261]), /261 is no token: ids go from 0 to 260/],
    [() => run.read([1.5]), /1.5 is no token/],
    [() => run.read(TEXT, { off: { heads: [[0, 4]] } }), /no head 4: give a whole number from 0 to 3/],
    [() => run.read(TEXT, { off: { neurons: [[2, 0]] } }), /no layer 2/],
    [() => run.read(TEXT, { patch: [{ layer: 0, head: 0, position: 11, values: [] }] }), /no position 11/],
    [() => run.read(TEXT, { patch: [{ layer: 0, head: 0, position: 1, values: [1, 2] }] }), /2 values, but a head mixes 6/],
    [() => run.logits(11), /no position 11: give a whole number from 0 to 10/],
    [() => run.attention(0, 0).at(0, -1), /no key -1/],
    [() => run.stream(3, 0), /no entry of the stream 3/],
    [() => readBy(model, []).logits(0), /no position 0: nothing was read yet/],
    [() => readBy(loadModel(packSmall({ ...CONFIGS.usual, unembed: false })), TEXT).lens(0, 0), /no unembedding/],
  ];
  for (const [wish, says] of wishes) assert.throws(wish, says);
  assert.deepEqual(everything(run, model.config), see(model, TEXT)); // and nothing has changed
});

test("a file that is cut or foreign is refused with its cause and its cure", () => {
  const bytes = packSmall(CONFIGS.usual);
  const tensor = ["a", [2], new Float32Array(2)];
  const files = [
    [new Uint8Array(3), /it has 3 bytes\. Get the file again/],
    [bytes.subarray(0, 100), /it ends at byte 100, within the header/],
    [bytes.subarray(0, bytes.length - 1), /it ends at byte/],
    [new Uint8Array(100), /its header does not tell what it holds/],
    [pack([["a", [3], new Float32Array(2)]], {}), /a has 8 bytes, its shape needs 12/],
    [pack([tensor], {}), /configuration has vocab_size=undefined.* pack the model again/],
    [pack([tensor], { config: { ...CONFIGS.usual, norm: "batch" } }), /norm=batch, but it must be one of layer, rms/],
    [pack([tensor], { config: { ...CONFIGS.usual, n_heads: 5 } }), /n_heads=5, but it must be a divisor of d_model=24/],
    [pack([tensor], { config: { ...CONFIGS.usual, qk_norm: true } }), /qk_norm=true, but it must be false in a page/],
    [pack([tensor], { config: { ...CONFIGS.usual, unembed_bias: true } }), /unembed_bias=true, but it must be false in a/],
    [pack([tensor], { config: CONFIGS.usual, stacks: 2 }), /has an encoder and a decoder.* trace it in Python/],
    [pack([tensor], { config: { ...CONFIGS.usual, n_experts: 4 } }), /n_experts=4, but it must be 1 in a page/],
    [pack([tensor], { config: CONFIGS.usual }), /weight embed.weight is missing, but the configuration needs \(261, 24\)/],
    [pack([["a", [2, 1], Int8Array.of(1, 2)], ["a.scale", [1], Float32Array.of(1)]], {}), /a has 2 rows and 1 scales/],
    [pack([["embed.weight", [2], new Float32Array(2)]], { config: CONFIGS.usual }), /embed.weight has the shape \(2\)/],
  ];
  for (const [file, says] of files) assert.throws(() => loadModel(file), says);
});

test("a matrix is its whole numbers times the scale of the row; vectors stay as they are", () => {
  const { tensors } = readPacked(pack([
    ["m", [2, 3], Int8Array.of(1, -2, 127, 4, 5, -127)], ["m.scale", [2], Float32Array.of(0.5, 0.1)], ["v", [2], Float32Array.of(3, 0.1)],
  ], {}));
  assert.deepEqual([...tensors.keys()], ["m", "v"]);
  assert.deepEqual([...tensors.get("m").data], [0.5, -1, 63.5, ...[4, 5, -127].map((q) => Math.fround(q * Math.fround(0.1)))]);
  assert.deepEqual([...tensors.get("v").data], [3, Math.fround(0.1)]);
});

test("the tokenizer of a file gives texts back, and pieces of characters as bytes", () => {
  const { tokenizer, card } = loadModel(packSmall(CONFIGS.usual));
  assert.deepEqual(tokenizer.special, ["<|0|>", "<|1|>", "<|2|>", "<|3|>", "<|4|>"]);
  assert.deepEqual(card, { data: "chance" });
  for (const text of ["", " ", "the 猫", "<|0|>", "<script>alert(1)</script>", "\ufeff\u0000"]) {
    assert.equal(tokenizer.decode(tokenizer.encode(text)), text);
    assert.ok(tokenizer.encode(text).every((id) => id >= 5), "no text writes a special token");
  }
  assert.deepEqual(tokenizer.pieces([0, ...tokenizer.encode(" é")]), ["<|0|>", " ", "<C3>", "<A9>"]);
  assert.equal(tokenizer.decode(tokenizer.encode("é").slice(0, 1)), "\ufffd");
  assert.throws(() => tokenizer.decode([261]), /261 is no token of this vocabulary, 0 to 260/);
});

test("probabilities keep the most probable, of equals the smaller id first", () => {
  const logits = Float32Array.from([1, 3, 2, 3, -Infinity]);
  const ids = (how) => [...probabilities(logits, how)].flatMap((p, id) => (p > 0 ? [id] : []));
  assert.deepEqual(ids({}), [0, 1, 2, 3]);
  assert.deepEqual(ids({ topK: 1 }), [1]);
  assert.deepEqual(ids({ topK: 3 }), [1, 2, 3]);
  assert.deepEqual(ids({ topK: 99, topP: 1 }), [0, 1, 2, 3]);
  assert.deepEqual(ids({ topP: 0.5 }), [1, 3]);
  assert.deepEqual(ids({ topP: 1e-9 }), [1]);
  assert.deepEqual([...probabilities([0, 0], { topP: 0.5 })], [1, 0], "half is enough");
  assert.deepEqual(ids({ temperature: 0 }), [1]);
  assert.deepEqual(ids({ temperature: 1e-300 }), [1, 3]);
  const [all, few] = [{ temperature: 2 }, { temperature: 2, topK: 2 }].map((how) => probabilities(logits, how));
  near(all[0] / all[1], Math.exp((1 - 3) / 2), 1e-12, "temperature");
  assert.deepEqual([...few], [0, 0.5, 0, 0.5, 0]);
  for (const how of [{}, { topK: 3, topP: 0.7 }, { temperature: 0.1 }]) near(probabilities(logits, how).reduce((a, b) => a + b), 1, 1e-12, "sum");
});

test("what gives no probabilities is refused", () => {
  const wrong = [
    [[1], { temperature: -1 }, /Temperature is -1, but must be 0 or more/], [[1], { temperature: NaN }, /Temperature is NaN/],
    [[1], { topK: 0 }, /TopK is 0/], [[1], { topK: 1.5 }, /TopK is 1.5/], [[1], { topP: 0 }, /TopP is 0/], [[1], { topP: 1.1 }, /TopP is 1.1/],
    [[NaN, 1], {}, /they hold NaN/], [[1, Infinity], {}, /infinity/], [[-Infinity], { temperature: 0 }, /infinity/], [[], {}, /nothing at all/],
  ];
  for (const [logits, how, says] of wrong) assert.throws(() => probabilities(logits, how), says);
  assert.throws(() => generator(0.5), /Seed is 0.5/);
});

test("a sample falls on each token as often as its probability says, and never on one of 0", () => {
  const shares = [0, 0.25, 0, 0.5, 0.25, 0];
  assert.deepEqual([0, 0.2499, 0.25, 0.7499, 0.75, 1 - 2 ** -53].map((at) => sample(shares, at)), [1, 1, 3, 3, 4, 4]);
  const next = generator(7);
  const counts = shares.map(() => 0);
  for (let i = 0; i < 20000; i++) counts[sample(shares, next())]++;
  shares.forEach((share, id) => near(counts[id] / 20000, share, share && 0.015, `token ${id}`));
});

test("the generator is SplitMix64: the published numbers of the seed 1234567", () => {
  const published = [6457827717110365317n, 3203168211198807973n, 9817491932198370423n, 4593380528125082431n, 16408922859458223821n];
  const next = generator(1234567);
  assert.deepEqual(published.map(() => next()), published.map((number) => Number(number >> 11n) / 2 ** 53));
  assert.notEqual(generator(-1)(), generator(1)());
});
