/** Packed models: what lmkit.shelf.packing writes, read to the same numbers. The file is safetensors: the length of a
 * header, the header in JSON, then all tensors one after another.
 */
import { toBytes } from "../shared/codec.js";

/** @typedef {{shape: number[], data: Float32Array}} Tensor rows one after another
 * @typedef {object} Packed
 * @property {import("./config.js").Config} config
 * @property {Record<string, any>} facts config, card, special_tokens and merges, as Python wrote them
 * @property {Map<string, Tensor>} tensors by the names that PyTorch gives them
 */

const SCALE = ".scale"; // the name of a matrix's scales is its own name and this
const READERS = { F32: (buffer) => new Float32Array(buffer), I8: (buffer) => new Int8Array(buffer) };
const SIZES = { F32: 4, I8: 1 };

/** @param {import("../shared/codec.js").Binary} data @returns {Packed} */
export function readPacked(data) {
  const bytes = toBytes(data);
  const { entries, facts, start } = readHeader(bytes);
  const stored = new Map(Object.entries(entries).map(([name, entry]) => [name, readTensor(name, entry, bytes, start)]));
  const tensors = new Map();
  for (const [name, tensor] of stored) {
    if (!name.endsWith(SCALE)) tensors.set(name, dequantized(name, tensor, stored.get(name + SCALE)));
  }
  return { config: facts.config, facts, tensors };
}

/** @param {Uint8Array} bytes */
function readHeader(bytes) {
  if (bytes.length < 8) throw refusal(`it has ${bytes.length} bytes`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const start = 8 + Number(view.getBigUint64(0, true));
  if (start > bytes.length) throw refusal(`it ends at byte ${bytes.length}, within the header`);
  try {
    const { __metadata__: metadata, ...entries } = JSON.parse(new TextDecoder().decode(bytes.subarray(8, start)));
    return { entries, facts: JSON.parse(metadata.facts), start };
  } catch {
    throw refusal("its header does not tell what it holds");
  }
}

/** @param {string} name @param {{dtype: string, shape: number[], data_offsets: [number, number]}} entry
 * @param {Uint8Array} bytes @param {number} start where the tensors begin
 */
function readTensor(name, { dtype, shape, data_offsets: [from, to] }, bytes, start) {
  if (!(dtype in READERS)) throw refusal(`${name} holds numbers of the type ${dtype}`);
  const size = SIZES[dtype] * shape.reduce((product, n) => product * n, 1);
  if (to - from !== size) throw refusal(`${name} has ${to - from} bytes, its shape needs ${size}`);
  if (start + to > bytes.length) throw refusal(`it ends at byte ${bytes.length}, ${name} at ${start + to}`);
  return { shape, data: READERS[dtype](bytes.slice(start + from, start + to).buffer) };
}

/** W = s q, row by row. @param {string} name @param {{shape: number[], data: any}} tensor @param {Tensor} [scale]
 * @returns {Tensor}
 */
function dequantized(name, { shape, data }, scale) {
  const numbers = new Float32Array(data);
  if (!scale) return { shape, data: numbers };
  const columns = data.length / shape[0];
  if (scale.data.length !== shape[0]) throw refusal(`${name} has ${shape[0]} rows and ${scale.data.length} scales`);
  for (let i = 0; i < numbers.length; i++) numbers[i] *= scale.data[Math.floor(i / columns)];
  return { shape, data: numbers };
}

/** @param {string} cause */
const refusal = (cause) => new Error(`This is no model that lmkit.shelf.packing wrote, or not all of it: ${cause}. Get the file again.`);
