/** Interventions: heads and neurons switched off, and what a head mixed put in another's place.
 *
 * @typedef {{layer: number, head: number, position: number, values: ArrayLike<number>}} Patch `values` take the place of
 * what that head mixed at that position
 * @typedef {object} Interventions
 * @property {[number, number][]} heads layer and head of those whose output is zero
 * @property {[number, number][]} neurons layer and neuron of those whose output is zero
 * @property {Patch[]} patch
 */
import { fresh } from "./operations.js";

/** Checks a reader's wish and keeps a copy. @param {import("./config.js").Config} config @param {number} length of the text
 * @param {{off?: {heads?: [number, number][], neurons?: [number, number][]}, patch?: Patch[]}} wish @returns {Interventions}
 */
export function readInterventions(config, length, { off: { heads = [], neurons = [] } = {}, patch = [] } = {}) {
  const { d_hidden, d_model, n_heads, n_layers } = config;
  const pairs = (list, name, count) => list.map(([layer, part]) => [within("layer", layer, n_layers), within(name, part, count)]);
  return {
    heads: pairs(heads, "head", n_heads),
    neurons: pairs(neurons, "neuron", d_hidden),
    patch: patch.map(({ layer, head, position, values }) => ({
      layer: within("layer", layer, n_layers),
      head: within("head", head, n_heads),
      position: within("position", position, length),
      values: finite(values, d_model / n_heads),
    })),
  };
}

/** @param {Interventions} one @param {Interventions} other */
export const areSame = (one, other) => JSON.stringify(one) === JSON.stringify(other);

/** @param {import("./operations.js").Pass} pass @param {number} layer */
export function changeHeads(pass, layer) {
  const { buffers, config, from, interventions, memory: { floats }, rows } = pass;
  const d_head = config.d_model / config.n_heads;
  const { at, stride } = buffers.layers[layer].mixed;
  for (const [, head] of interventions.heads.filter(([its]) => its === layer)) {
    silence(floats, fresh(pass, { at: at + head * d_head, stride }), rows, d_head);
  }
  for (const { head, position, values } of interventions.patch.filter((one) => one.layer === layer && one.position >= from)) {
    floats.set(values, at + position * stride + head * d_head);
  }
}

/** @param {import("./operations.js").Pass} pass @param {number} layer */
export function silenceNeurons(pass, layer) {
  const { buffers, interventions, memory: { floats }, rows } = pass;
  const { at, stride } = buffers.layers[layer].neurons;
  for (const [, neuron] of interventions.neurons.filter(([its]) => its === layer)) {
    silence(floats, fresh(pass, { at: at + neuron, stride }), rows, 1);
  }
}

/** @param {Float32Array} floats @param {import("./kernel/index.js").Matrix} matrix @param {number} rows @param {number} columns */
function silence(floats, { at, stride }, rows, columns) {
  for (let row = at; row < at + rows * stride; row += stride) floats.fill(0, row, row + columns);
}

/** Refuses a number that is not from 0 to count - 1. @param {string} name @param {number} i @param {number} count */
export function within(name, i, count) {
  if (Number.isInteger(i) && i >= 0 && i < count) return i;
  throw new Error(count ? `There is no ${name} ${i}: give a whole number from 0 to ${count - 1}.` : `There is no ${name} ${i}: nothing was read yet.`);
}

/** @param {ArrayLike<number>} values @param {number} count */
function finite(values, count) {
  const numbers = Array.from(values, Math.fround);
  if (numbers.length === count && numbers.every(Number.isFinite)) return numbers;
  throw new Error(`A patch has ${numbers.length} values, but a head mixes ${count}, all of them finite: take them from run.mixed(layer, head, position).`);
}
