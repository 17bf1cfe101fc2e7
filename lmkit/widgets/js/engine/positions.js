/** Positions: attention alone does not know the order of its inputs. Two ways to tell it, as lmkit.model.positions. */
import { fresh } from "./operations.js";

/** Adds to each token's vector the one that was learned for its position. @param {import("./operations.js").Pass} pass */
export function addLearnedPositions({ buffers, config, from, kernel, rows, weights }) {
  const { d_model } = config;
  kernel.add(buffers.stream[0].at + from * d_model, weights.positions + from * d_model, rows * d_model);
}

const f = Math.fround;

/** Fills the tables of a run: the cosine and sine of p θᵢ, with θᵢ = base^(-2i / d_head). The angle is rounded to 32 bits
 * wherever PyTorch rounds it: at position 1000 the rounding is larger than what we allow.
 * @param {import("./config.js").Config} config @param {Float32Array} floats @param {import("./buffers.js").Buffers} buffers
 */
export function tabulateTurns({ d_model, n_heads, rotary_base }, floats, { capacity, cos, sin }) {
  const d_head = d_model / n_heads;
  for (let pair = 0; pair < d_head / 2; pair++) {
    const frequency = f(1 / f(rotary_base ** f((2 * pair) / d_head)));
    for (let position = 0; position < capacity; position++) {
      const angle = f(position * frequency);
      floats[cos.at + position * cos.stride + pair] = Math.cos(angle);
      floats[sin.at + position * sin.stride + pair] = Math.sin(angle);
    }
  }
}

/** Turns each head's vectors by their positions: numbers i and i + d_head / 2 are a point in a plane.
 * @param {import("./operations.js").Pass} pass @param {import("./kernel/index.js").Matrix} matrix queries or keys
 */
export function rotate(pass, matrix) {
  const { buffers: { cos, sin }, config, memory: { floats }, rows } = pass;
  const d_head = config.d_model / config.n_heads;
  const { at, stride } = fresh(pass, matrix);
  const turns = [fresh(pass, cos).at, fresh(pass, sin).at];
  for (let row = 0; row < rows; row++) {
    const [cosines, sines] = turns.map((table) => table + row * cos.stride);
    for (let head = at + row * stride; head < at + (row + 1) * stride; head += d_head) turn(floats, head, d_head / 2, cosines, sines);
  }
}

/** @param {Float32Array} floats @param {number} first @param {number} half how far apart the two numbers of a pair are */
function turn(floats, first, half, cosines, sines) {
  for (let i = 0; i < half; i++) {
    const x = floats[first + i];
    const y = floats[first + half + i];
    floats[first + i] = x * floats[cosines + i] - y * floats[sines + i];
    floats[first + half + i] = y * floats[cosines + i] + x * floats[sines + i];
  }
}
