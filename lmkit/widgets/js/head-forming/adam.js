/** Adam: every weight goes against its gradient, in steps that are about as long for a small gradient as for a large one. */

const [KEEP_MEAN, KEEP_SQUARE, TINY] = [0.9, 0.99, 1e-8]; // β₁, β₂, ε

/** m ← β₁ m + (1 - β₁) g, s ← β₂ s + (1 - β₂) g², and w ← w - rate · m̂ / (√ŝ + ε). Both begin at 0, so the first ones are
 * too small: m̂ = m / (1 - β₁ᵗ) and ŝ = s / (1 - β₂ᵗ) at step t make up for that.
 * Source: Kingma and Ba 2015, algorithm 1.
 * @param {import("../engine/memory.js").Memory} memory @param {import("./matrices.js").Matrix[]} parameters
 * @returns {(rate: number) => void} a step, once the gradients are there
 */
export function makeAdam(memory, parameters) {
  const averages = parameters.map(({ rows, columns }) => [new Float32Array(rows * columns), new Float32Array(rows * columns)]);
  let [meanLeft, squareLeft] = [1, 1]; // β₁ᵗ and β₂ᵗ
  return (rate) => {
    const { floats } = memory;
    meanLeft *= KEEP_MEAN;
    squareLeft *= KEEP_SQUARE;
    parameters.forEach(({ at, gradient }, n) => {
      const [means, squares] = averages[n];
      for (let i = 0; i < means.length; i++) {
        const slope = floats[gradient.at + i];
        means[i] = KEEP_MEAN * means[i] + (1 - KEEP_MEAN) * slope;
        squares[i] = KEEP_SQUARE * squares[i] + (1 - KEEP_SQUARE) * slope * slope;
        floats[at + i] -= (rate * (means[i] / (1 - meanLeft))) / (Math.sqrt(squares[i] / (1 - squareLeft)) + TINY);
      }
    });
  };
}
