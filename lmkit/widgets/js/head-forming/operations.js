/** All that the model does, and how each part of it learns.
 *
 * `forward` computes a result. `backward` is called when the `gradient` of that result is known, how fast the loss grows
 * with each of its numbers; by the chain rule it hands this on to what the result was made of. What is used in several
 * places hears from each of them: gradients are added up. In the formulas dx is the gradient of x.
 *
 * @typedef {{forward: () => void, backward: () => void}} Operation
 * @typedef {import("./matrices.js").Matrix} Matrix
 * @typedef {import("./matrices.js").Tools} Tools
 */
import { range } from "../shared/math.js";
import { byText } from "./matrices.js";

/** x = E[word] + P[place], a row for each word.
 * Backward: dE[word] += dx, dP[place] += dx. A vector hears from every place where it stood, and no other.
 * @param {Tools} tools @param {ArrayLike<number>} words @param {Matrix} ofWord E @param {Matrix} ofPlace P @param {Matrix} x
 * @returns {Operation}
 */
export function embed({ memory }, words, ofWord, ofPlace, x) {
  const { columns } = x;
  const vectors = (row) => [words[row] * columns, (row % ofPlace.rows) * columns];
  return {
    forward() {
      const { floats } = memory;
      for (let row = 0, to = x.at; row < x.rows; row++) {
        const [word, place] = vectors(row);
        for (let i = 0; i < columns; i++) floats[to++] = floats[ofWord.at + word + i] + floats[ofPlace.at + place + i];
      }
    },
    backward() {
      const { floats } = memory;
      for (let row = 0, from = x.gradient.at; row < x.rows; row++) {
        const [word, place] = vectors(row);
        for (let i = 0; i < columns; i++, from++) {
          floats[ofWord.gradient.at + word + i] += floats[from];
          floats[ofPlace.gradient.at + place + i] += floats[from];
        }
      }
    },
  };
}

/** y = x W.
 * Backward: dx += dy Wᵀ, dW += xᵀ dy. Every row of x went through the same W, so what the rows say of it is added up.
 * @param {Tools} tools @param {Matrix} x @param {Matrix} w @param {Matrix} y @returns {Operation}
 */
export function linear({ multiply, addProduct, transposed }, x, w, y) {
  return {
    forward: () => multiply(x, w, y),
    backward() {
      addProduct(y.gradient, transposed(w), x.gradient);
      addProduct(transposed(x), y.gradient, w.gradient);
    },
  };
}

/** sum = x + y.
 * Backward: dx += dsum, dy += dsum. So a gradient passes by a layer as it passes through it.
 * @param {Tools} tools @param {Matrix} x @param {Matrix} y @param {Matrix} sum @returns {Operation}
 */
export function add({ kernel, memory }, x, y, sum) {
  const size = x.rows * x.columns;
  return {
    forward() {
      memory.floats.copyWithin(sum.at, x.at, x.at + size);
      kernel.add(sum.at, y.at, size);
    },
    backward() {
      kernel.add(x.gradient.at, sum.gradient.at, size);
      kernel.add(y.gradient.at, sum.gradient.at, size);
    },
  };
}

/** scores = Q Kᵀ, in each text: how well every key fits every query.
 * Backward: dQ += dscores K, dK += dscoresᵀ Q.
 * @param {Tools} tools @param {Matrix} queries @param {Matrix} keys @param {Matrix} scores @returns {Operation}
 */
export function compare({ multiply, addProduct, transposed }, queries, keys, scores) {
  const texts = together([queries, keys, scores], scores.columns);
  return {
    forward: () => texts.forEach(([q, k, s]) => multiply(q, transposed(k), s)),
    backward: () => texts.forEach(([q, k, s]) => {
      addProduct(s.gradient, k, q.gradient);
      addProduct(transposed(s.gradient), q, k.gradient);
    }),
  };
}

/** shares = softmax(scores / √d), for each query over the keys up to its own place.
 * Backward: dscore += share (dshare - m) / √d, where m = Σ share dshare. Shares sum to 1: one gains what others lose, so
 * a key is only worth more or less than what the query has now.
 * @param {Tools} tools @param {Matrix} scores @param {Matrix} shares @param {number} d the width of a query
 * @returns {Operation}
 */
export function softmax({ kernel, memory }, scores, shares, d) {
  const length = scores.columns;
  const scale = Math.fround(1 / Math.sqrt(d));
  const texts = byText(shares, length);
  return {
    forward() {
      memory.floats.copyWithin(shares.at, scores.at, scores.at + scores.rows * length);
      for (const text of texts) kernel.softmax(text, length, length, 1, 1, scale);
    },
    backward() {
      const { floats } = memory;
      for (let row = 0; row < scores.rows; row++) {
        const seen = 1 + (row % length);
        const from = row * length;
        let mean = 0;
        for (let j = from; j < from + seen; j++) mean += floats[shares.at + j] * floats[shares.gradient.at + j];
        for (let j = from; j < from + seen; j++) {
          floats[scores.gradient.at + j] += floats[shares.at + j] * (floats[shares.gradient.at + j] - mean) * scale;
        }
      }
    },
  };
}

/** mixed = shares V, in each text: what a query gets from the places at which it looks.
 * Backward: dshares += dmixed Vᵀ, dV += sharesᵀ dmixed.
 * @param {Tools} tools @param {Matrix} shares @param {Matrix} values @param {Matrix} mixed @returns {Operation}
 */
export function mix({ multiply, addProduct, transposed }, shares, values, mixed) {
  const texts = together([shares, values, mixed], shares.columns);
  return {
    forward: () => texts.forEach(([a, v, z]) => multiply(a, v, z)),
    backward: () => texts.forEach(([a, v, z]) => {
      addProduct(z.gradient, transposed(v), a.gradient);
      addProduct(transposed(a), z.gradient, v.gradient);
    }),
  };
}

/** p = softmax(logits), and the loss: the mean of -ln p of the right word, over the places that are asked.
 * Backward: dlogit += (p - 1) / n for the right word and p / n for the others, n places being asked; 0 where none is.
 * @param {Tools} tools @param {Matrix} logits @param {ArrayLike<number>} answers the right word of each row, -1: not asked
 * @param {Matrix} p @returns {Operation & {loss: () => number}}
 */
export function crossEntropy({ kernel, memory }, logits, answers, p) {
  const { rows, columns } = logits;
  const asked = () => range(rows).filter((row) => answers[row] >= 0);
  return {
    forward() {
      memory.floats.copyWithin(p.at, logits.at, logits.at + rows * columns);
      kernel.softmax(p, rows, columns, columns, 0, 1);
    },
    backward() {
      const { floats } = memory;
      const places = asked();
      for (const row of places) {
        for (let word = 0, i = row * columns; word < columns; word++, i++) {
          floats[logits.gradient.at + i] += (floats[p.at + i] - (word === answers[row] ? 1 : 0)) / places.length;
        }
      }
    },
    loss() {
      const costs = asked().map((row) => -Math.log(memory.floats[p.at + row * columns + answers[row]]));
      return costs.reduce((sum, cost) => sum + cost, 0) / costs.length;
    },
  };
}

/** For each text, its part of each matrix. @param {Matrix[]} matrices @param {number} length of a text */
function together(matrices, length) {
  const parts = matrices.map((matrix) => byText(matrix, length));
  return parts[0].map((_, text) => parts.map((part) => part[text]));
}
