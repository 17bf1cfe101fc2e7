/** A model that is trained step by step, and looked at every so many steps. The same seed gives the same numbers. */
import { generator } from "../engine/sampling.js";
import { max, range } from "../shared/math.js";
import { makeAdam } from "./adam.js";
import { makeNetwork } from "./network.js";
import { induction, previousToken } from "./scores.js";
import { drawTexts, FIRST, LENGTH, WORDS } from "./texts.js";

const SHAPE = { words: WORDS, length: LENGTH, texts: 8, width: 32 };
const RATE = 0.02; // at the first step; it falls to 0 in a line, so that the weights come to rest
export const STEPS = 600;
const EVERY = 10; // steps from one look to the next
const HELD_OUT = 21; // the seed of the texts that are looked at; those to learn from are drawn anew at each step

/** @typedef {{step: number, loss: number, right: number, previous: number[], induction: number[]}} Look scores: one a layer
 * @typedef {ReturnType<typeof startTraining>} Training
 */

/** @param {any} loaded the kernel and its memory @param {{layers: number, seed: number, starts?: number[]}} options */
export function startTraining(loaded, { layers, seed, steps = STEPS, starts }) {
  const next = generator(seed);
  const network = makeNetwork(loaded, { ...SHAPE, layers }, next);
  const improve = makeAdam(network.memory, network.parameters);
  const looks = /** @type {Look[]} */ ([]);
  let step = 0;

  /** Reads texts that it does not learn from, always the same. */
  function readHeldOut() {
    drawTexts(network, generator(HELD_OUT), starts);
    network.forward();
  }

  function look() {
    readHeldOut();
    const heads = network.attention.map((shares) => (text, query) => rowOf(network, shares, text * LENGTH + query));
    looks.push({
      step,
      loss: network.loss(),
      right: shareRight(network),
      previous: heads.map((head) => previousToken(head, network.inputs.length / LENGTH, FIRST)),
      induction: heads.map((head) => induction(head, network.inputs, LENGTH)),
    });
  }

  function train() {
    drawTexts(network, next, starts);
    network.forward();
    network.backward();
    improve(RATE * (1 - step / steps));
    step++;
    if (step % EVERY === 0) look();
  }

  look();
  return { network, looks, readHeldOut, train, step: () => step };
}

/** Where the head has formed: it looks at the right places, and the model says the right words.
 * @param {Look} look
 */
export const hasFormed = ({ right, induction }) => right >= 0.95 && max(...induction) >= 0.8;

/** @param {import("./network.js").Network} network @param {import("./matrices.js").Plain} matrix @param {number} row @returns {Float32Array} */
export function rowOf({ memory }, { at, columns }, row) {
  return memory.floats.subarray(at + row * columns, at + (row + 1) * columns);
}

/** Where it can be known, how often the likeliest word is the right one. @param {import("./network.js").Network} network @returns {number} */
function shareRight(network) {
  const asked = range(network.answers.length).filter((row) => network.answers[row] >= 0);
  const right = asked.filter((row) => likeliest(rowOf(network, network.p, row)) === network.answers[row]);
  return right.length / asked.length;
}

/** @param {Float32Array} p @returns {number} */
export const likeliest = (p) => p.indexOf(max(...p));
