/** What the parts of a model are made of. Each works on the positions of a pass, from `pass.from` on.
 *
 * @typedef {object} Pass one reading of tokens: what it works with, and which positions are new
 * @property {import("./config.js").Config} config
 * @property {import("./weights.js").Weights} weights
 * @property {import("./kernel/index.js").Kernel} kernel
 * @property {import("./memory.js").Memory} memory
 * @property {import("./buffers.js").Buffers} buffers
 * @property {number} from the first new position; those before it were read earlier
 * @property {number} rows how many are new
 * @property {import("./interventions.js").Interventions} interventions
 */

/** The part of a matrix that a pass computes. @param {Pass} pass @param {import("./kernel/index.js").Matrix} matrix */
export const fresh = ({ from }, { at, stride }) => ({ at: at + from * stride, stride });

/** @param {import("./kernel/index.js").Matrix} matrix @param {number} column where the part begins */
export const columnsFrom = ({ at, stride }, column) => ({ at: at + column, stride });

/** y = x W + b. @param {Pass} pass @param {import("./weights.js").Linear} layer
 * @param {import("./kernel/index.js").Matrix} x @param {import("./kernel/index.js").Matrix} y
 */
export function linear(pass, layer, x, y) {
  pass.kernel.linear(fresh(pass, x), layer.weights, layer.bias, fresh(pass, y), pass.rows, layer.inputs, layer.outputs);
}

/** y = norm(x). @param {Pass} pass @param {import("./weights.js").Norm} layer
 * @param {import("./kernel/index.js").Matrix} x @param {import("./kernel/index.js").Matrix} y
 */
export function norm(pass, layer, x, y) {
  pass.kernel.norm(layer, fresh(pass, x).at, fresh(pass, y).at, pass.rows);
}

/** sum = x + y. @param {Pass} pass @param {import("./kernel/index.js").Matrix} x
 * @param {import("./kernel/index.js").Matrix} y @param {import("./kernel/index.js").Matrix} sum of the same width; may be x
 */
export function add(pass, x, y, sum) {
  copy(pass, x, sum);
  pass.kernel.add(fresh(pass, sum).at, fresh(pass, y).at, pass.rows * sum.stride);
}

/** @param {Pass} pass @param {import("./kernel/index.js").Matrix} x @param {import("./kernel/index.js").Matrix} y */
export function copy(pass, x, y) {
  const { at } = fresh(pass, x);
  if (x.at !== y.at) pass.memory.floats.copyWithin(fresh(pass, y).at, at, at + pass.rows * x.stride);
}
