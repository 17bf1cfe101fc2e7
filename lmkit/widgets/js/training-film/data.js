import { readAttention } from "../attention-heads/data.js";
import { checkFinite, toBytes, toFloats } from "../shared/codec.js";
import { abs } from "../shared/math.js";
import { grouped, isolated, legible } from "../shared/text.js";

/** What Python sent, checked.
 * @typedef {object} Film
 * @property {number[]} steps the step of each frame
 * @property {import("../attention-heads/data.js").Attention[]} attentions one a frame
 * @property {Curve} train @property {Curve} valid
 * @property {[string, number[]][]} measures a name, and a number for each frame
 * @property {string} beginning @property {string[]} writes what each frame writes after it; empty if none does
 * @property {string} label
 */

/** @typedef {[number, number][]} Curve steps and losses */

/** @param {{get: (name: string) => any}} model @returns {Film} */
export function readFilm(model) {
  const steps = model.get("steps");
  const bytes = toBytes(model.get("weights"));
  const length = bytes.length / steps.length;
  const measures = Object.entries(model.get("measures")).map(([name, values]) => [legible(name), values]);
  for (const [name, values] of measures) {
    if (values.length !== steps.length) throw new Error(`“${name}” has ${values.length} numbers, there are ${steps.length} frames.`);
  }
  const writes = model.get("writes").map(legible);
  if (writes.length && writes.length !== steps.length) throw new Error(`there are ${writes.length} texts and ${steps.length} frames.`);
  return {
    steps,
    attentions: steps.map((_, i) => readFrame(model, bytes.subarray(i * length, (i + 1) * length))),
    train: readCurve(model, "train"),
    valid: readCurve(model, "valid"),
    measures, writes,
    beginning: legible(model.get("beginning")),
    label: legible(model.get("label")),
  };
}

/** The heads of one frame, as AttentionHeads has them. @param {{get: (name: string) => any}} model @param {Uint8Array} weights */
function readFrame(model, weights) {
  const own = { weights, before: new Uint8Array(), key_tokens: [], specials: [], scores: {}, label: "" };
  return readAttention({ get: (name) => own[name] ?? model.get(name) });
}

/** The steps, then the losses. @param {{get: (name: string) => any}} model @param {string} name @returns {Curve} */
function readCurve(model, name) {
  const numbers = [...checkFinite(name, toFloats(model.get(name)))];
  const count = numbers.length / 2;
  return numbers.slice(0, count).map((step, i) => [step, numbers[count + i]]);
}

/** The loss where it was measured nearest to a step; elsewhere than at the step, it says where.
 * @param {Curve} curve @param {number} step @returns {string} such as "1.24" or "6.24 (step 1)"
 */
export function lossAt(curve, step) {
  const [at, loss] = curve[indexOfLeast(curve.map(([at]) => abs(at - step)))];
  return loss.toFixed(2) + (at === step ? "" : ` (step ${grouped(at)})`);
}

/** @param {number[]} numbers @returns {number} */
export const indexOfLeast = (numbers) => numbers.indexOf(Math.min(...numbers));

/** What is seen of a frame: its step, and its numbers. @param {Film} film @param {number} frame @returns {[string, string]} */
export function frameSays({ steps, train, valid, measures }, frame) {
  const loss = (curve) => lossAt(curve, steps[frame]);
  const rest = measures.map(([name, values]) => `, ${isolated(name)} ${values[frame].toFixed(2)}`);
  const says = `Loss ${loss(train)} on the training text, ${loss(valid)} held out${rest.join("")}.`;
  return [`Step ${grouped(steps[frame])}. `, says];
}

/** What the model of a frame writes. @param {Film} film @param {number} frame @returns {string[]} nothing where no frame writes */
export function writesSays({ beginning, writes }, frame) {
  return writes.length ? [` ${beginning ? `After ${isolated(beginning)} it` : "It"} writes: ${isolated(writes[frame])}`] : [];
}
