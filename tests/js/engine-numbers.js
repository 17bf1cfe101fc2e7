/** Lets the engine read texts and writes what it computed, for tests/widgets/test_engine.py to compare with PyTorch.
 * The job comes in JSON: models by their paths, the texts that each reads, a path to write to. All numbers go there as
 * 32-bit floats, one after another; ways of reading that must give the same numbers are compared here.
 */
import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { loadModel } from "../../lmkit/widgets/js/engine/model.js";

const range = (n) => Array.from({ length: n }, (_, i) => i);

/** @param {import("../../lmkit/widgets/js/engine/run.js").Run} run @param {object} config @param {boolean} all or only logits */
function numbers(run, { n_layers, n_heads, unembed, causal }, all) {
  const positions = range(run.length);
  const layers = range(n_layers);
  const logits = unembed ? positions.map((i) => run.logits(i)) : [];
  if (!all) return joined(logits);
  return joined([
    ...logits,
    ...layers.flatMap((layer) => range(n_heads).flatMap((head) => positions.map((i) => run.attention(layer, head).row(i)))),
    ...range(n_layers + 1).flatMap((entry) => positions.map((i) => run.stream(entry, i))),
    ...layers.flatMap((layer) => positions.map((i) => run.neurons(layer, i))),
    ...positions.map((i) => run.hidden(i)),
    ...(unembed ? range(n_layers + 1).map((entry) => run.lens(entry, run.length - 1)) : []),
    ...(unembed && causal && run.length > 1 ? [[run.loss()]] : []),
  ]);
}

/** @param {ArrayLike<number>[]} parts */
function joined(parts) {
  const all = new Float32Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

/** To the last bit. @param {Float32Array} one @param {Float32Array} other */
const areSame = (one, other) => Buffer.from(one.buffer).equals(Buffer.from(other.buffer));

function* readAll({ models, capacity, thorough }) {
  for (const { path, texts } of models) {
    const loaded = [true, false].map((simd) => loadModel(readFileSync(path), { simd }));
    assert.deepEqual(loaded.map(({ kernel }) => kernel), ["simd", "javascript"]);
    const [fast, ...others] = loaded.map((model) => model.start({ capacity }));
    for (const { ids, all, wish } of texts) {
      fast.read(ids, wish);
      const seen = numbers(fast, loaded[0].config, all);
      yield seen;
      if (!thorough) continue;
      for (const run of [fast, ...others]) {
        for (const before of [[], [...ids.slice(0, ids.length / 2), 0]]) {
          run.read(before);
          run.read(ids, wish);
          assert.ok(areSame(numbers(run, loaded[0].config, all), seen), path);
        }
      }
    }
  }
}

const job = JSON.parse(readFileSync(0, "utf8"));
writeFileSync(job.to, joined([...readAll(job)]));
