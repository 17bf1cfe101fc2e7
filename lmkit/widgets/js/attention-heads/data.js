import { shareOf, toBytes } from "../shared/codec.js";
import { ceil, max, range } from "../shared/math.js";
import { continues } from "../shared/matrix.js";
import { legible, visible } from "../shared/text.js";

/** One text as Python sent it, checked.
 * @typedef {object} Attention
 * @property {number} layers @property {number} heads @property {number} queries @property {number} keys
 * @property {number} [kvHeads] of a layer: fewer than heads where several share their keys and values
 * @property {boolean} causal no query looks at a later key
 * @property {number} [top] how many keys of a row were sent, where not all were; 0 for all
 * @property {number} [pair] where the second of two sentences begins; 0 where there is one
 * @property {Uint8Array} bytes round(255 sqrt(p)), head by head, row by row
 * @property {Uint8Array} before the same of another time, to compare with; empty where there is none
 * @property {Weighting[]} [weightings] other numbers of the same heads
 * @property {string[]} queryWords one a query, every character visible
 * @property {string[]} keyWords
 * @property {boolean} self the keys are the queries
 * @property {number[]} specials keys such as [CLS]
 * @property {Record<string, number[]>} scores one number a head
 * @property {string} label
 * @property {(index: number) => Float32Array} [shares] of one head, query by query: a model that runs in the page gives them itself
 *
 * @typedef {{name: string, scale: number, signed: boolean, bytes: Uint8Array}} Weighting scale: the largest number
 */

const SHARES = Float32Array.from({ length: 256 }, (_, byte) => shareOf(byte));
// A signed byte is sign(x) round(127 sqrt|x|).
const SIGNED = Float32Array.from({ length: 256 }, (_, byte) => (byte < 128 ? (byte / 127) ** 2 : -(((256 - byte) / 127) ** 2)));

/** @typedef {{get: (name: string) => any}} Model */

/** Every text of a figure, each with its part of the bytes. @param {Model} model @returns {Attention[]} */
export function readTexts(model) {
  const outlines = [{}, ...model.get("others")];
  const at = { weights: 0, before: 0, magnitudes: 0 };
  return outlines.map((outline) => {
    const get = (name) => outline[name] ?? model.get(name);
    const take = (name, length) => toBytes(model.get(name)).subarray(at[name], (at[name] += length));
    const length = lengthOf(get("shape"));
    const own = {
      weights: take("weights", outline === outlines.at(-1) ? Infinity : length), // all that is left: too much is told, too
      before: take("before", toBytes(model.get("before")).length && length),
      weightings: model.get("weightings").map((one) => ({ ...one, name: legible(one.name), bytes: take("magnitudes", length) })),
    };
    return readAttention({ get: (name) => own[name] ?? get(name) });
  });
}

/** @param {Model} model of one text @returns {Attention} */
export function readAttention(model) {
  const keyTokens = model.get("key_tokens");
  const self = keyTokens.length === 0;
  const queryWords = model.get("tokens").map(visible);
  const attention = {
    ...model.get("shape"),
    bytes: toBytes(model.get("weights")),
    before: toBytes(model.get("before")),
    weightings: model.get("weightings") ?? [],
    queryWords,
    keyWords: self ? queryWords : keyTokens.map(visible),
    self,
    specials: model.get("specials"),
    scores: Object.fromEntries(Object.entries(model.get("scores")).map(([name, values]) => [legible(name), values])),
    label: legible(model.get("label")),
  };
  check(attention);
  return attention;
}

/** @param {Attention} attention */
function check(attention) {
  const { layers, heads, queries, keys, bytes, before, weightings, queryWords, keyWords, scores } = attention;
  const needed = [
    [`weights of ${layers} × ${heads} heads, ${queries} queries × ${keys} keys`, bytes, lengthOf(attention)],
    ["weights of before", before, before.length && bytes.length],
    ...weightings.map(({ name, bytes: numbers }) => [`numbers “${name}”`, numbers, bytes.length]),
    ["tokens of the queries", queryWords, queries],
    ["tokens of the keys", keyWords, keys],
    ...Object.entries(scores).map(([name, values]) => [`scores “${name}”`, values, layers * heads]),
  ];
  for (const [what, { length }, need] of needed) {
    if (length !== need) throw new Error(`${what}: there are ${length}, it needs ${need}.`);
  }
}

/** @param {any} shape @returns {number} bytes of all heads */
const lengthOf = (shape) => shape.layers * shape.heads * headLength(shape);

/** @param {{queries: number, keys: number, causal: boolean, top?: number}} shape @returns {number} bytes of one head */
function headLength({ queries, keys, causal, top }) {
  if (top) return queries * 3 * top;
  return causal ? (queries * (queries + 1)) / 2 : queries * keys;
}

/** What is in view: tokens, or whole words, each known by the position of its first piece.
 * @typedef {object} View
 * @property {number[]} queries @property {number[]} keys
 * @property {number[]} [kept] keys that a row of shares adds up to 1 over; of numbers that are no shares, none
 * @property {number[][]} [rows] the pieces of each word of the queries, where words are whole @property {number[][]} [columns]
 */

/** @param {Attention} attention @param {boolean} hide leave the special tokens out
 * @param {string} [part] of a pair, from whom to whom: "AB"; "" for both @param {boolean} [whole] words in place of pieces
 * @returns {View}
 */
export function tokensInView({ queries, keys, self, specials, pair, queryWords, keyWords }, hide, part, whole) {
  const kept = (i) => !(hide && specials.includes(i));
  const inPart = (side) => (i) => !part || !pair || (i < pair ? "A" : "B") === part[side];
  const keysKept = range(keys).filter(kept);
  const view = { queries: range(queries).filter((i) => (!self || kept(i)) && inPart(0)(i)), keys: keysKept.filter(inPart(1)), kept: keysKept };
  if (!whole) return view;
  const [rows, columns] = [piecesOf(queryWords, view.queries), piecesOf(keyWords, view.keys)];
  const first = (pieces) => pieces[0];
  return { queries: rows.map(first), keys: columns.map(first), kept: keysKept, rows, columns };
}

/** @param {string[]} words the tokens @param {number[]} positions in view @returns {number[][]} those of each whole word */
function piecesOf(words, positions) {
  const goesOn = continues(words);
  const groups = [];
  for (const i of positions) {
    if (goesOn[i] && groups.at(-1)?.at(-1) === i - 1) groups.at(-1).push(i);
    else groups.push([i]);
  }
  return groups;
}

// A row is divided by its sum only where one of its shares is at least this large. Below, a byte is so coarse that the
// quotient would be made of rounding.
const LEAST = 1e-3;

/** The shares of one head, row by row, over what is in view. Where keys are hidden, each row is divided by its sum, so that
 * it adds up to 1 again; a row that gives next to nothing to the others is empty. Of whole words, the shares of their
 * pieces are added as keys, and averaged as queries.
 * @param {Attention} attention @param {number} index layer * heads + head @param {View} view @param {Float32Array} [table] what a byte is
 * @returns {Float32Array} queries × keys in view
 */
export function headShares(attention, index, view, table = SHARES) {
  const { queries, keys, kept, rows, columns } = view;
  const shares = new Float32Array(queries.length * keys.length);
  const row = new Float32Array(attention.keys);
  queries.forEach((query, i) => {
    const out = shares.subarray(i * keys.length, (i + 1) * keys.length);
    const pieces = rows?.[i] ?? [query];
    for (const piece of pieces) {
      readRow(attention, index, piece, table, row);
      const part = 1 / pieces.length / (kept && kept.length < row.length ? sumOf(row, kept) : 1);
      for (let j = 0; j < out.length; j++) {
        if (columns) for (const key of columns[j]) out[j] += part * row[key];
        else out[j] += part * row[keys[j]];
      }
    }
  });
  return shares;
}

/** @param {Attention} attention @param {number} index @param {number} query @param {Float32Array} table @param {Float32Array} row filled */
function readRow({ queries, keys, causal, top, bytes }, index, query, table, row) {
  const start = index * headLength({ queries, keys, causal, top });
  row.fill(0);
  if (top) {
    for (let at = start + 3 * top * query, i = 0; i < top; i++, at += 3) row[bytes[at] + 256 * bytes[at + 1]] ||= table[bytes[at + 2]];
    return;
  }
  const at = start + (causal ? (query * (query + 1)) / 2 : query * keys);
  const end = causal ? query + 1 : keys;
  for (let j = 0; j < end; j++) row[j] = table[bytes[at + j]];
}

/** @param {Float32Array} row @param {number[]} kept @returns {number} the sum of these; Infinity where all are tiny */
function sumOf(row, kept) {
  let [sum, most] = [0, 0];
  for (const i of kept) {
    sum += row[i];
    most = max(most, row[i]);
  }
  return most < LEAST ? Infinity : sum;
}

/** One head as size × size levels, 0 to 255, from its largest shares alone: a thumbnail of a long text needs no other.
 * @param {Attention} attention whose rows were not sent whole @param {number} index @param {number} size @returns {Uint32Array}
 */
export function largestLevels({ queries, keys, causal, top, bytes }, index, size) {
  const levels = new Uint32Array(size * size);
  const pixel = (i, count) => ceil(((i + 1) * size) / count) - 1;
  let at = index * headLength({ queries, keys, causal, top });
  for (let query = 0; query < queries; query++) {
    const row = pixel(query, queries) * size;
    for (let i = 0; i < top; i++, at += 3) {
      const place = row + pixel(bytes[at] + 256 * bytes[at + 1], keys);
      levels[place] = max(levels[place], bytes[at + 2]);
    }
  }
  return levels;
}

/** The numbers that are shown of one head: shares as they are, as they were before, how they have changed, or a weighting
 * as a part of its largest number.
 * @param {Attention} attention @param {number} index @param {View} view @param {string} show "after", "before", "change", or a name
 * @returns {Float32Array} queries × keys in view; a change may be below 0
 */
export function shownShares(attention, index, view, show) {
  if (attention.shares) return attention.shares(index);
  const other = weightingOf(attention, show);
  if (other) return headShares({ ...attention, bytes: other.bytes }, index, { ...view, kept: undefined }, other.signed ? SIGNED : SHARES);
  if (show !== "before" && show !== "change") return headShares(attention, index, view);
  const before = headShares({ ...attention, bytes: attention.before }, index, view);
  return show === "before" ? before : headShares(attention, index, view).map((p, i) => p - before[i]);
}

/** @param {Attention} attention @param {string} show @returns {Weighting | undefined} */
export const weightingOf = ({ weightings }, show) => weightings?.find(({ name }) => name === show);

/** @param {Float32Array} row divided by its sum in place @param {number} [least] a row whose shares are all smaller becomes zeros */
export function renormalize(row, least = 0) {
  if (row.every((p) => p < least)) row.fill(0);
  const sum = row.reduce((total, p) => total + p, 0);
  if (sum > 0) row.forEach((p, j) => { row[j] = p / sum; });
}

/** Positions, the largest value first; equal values keep their order.
 * @param {ArrayLike<number>} values @returns {number[]}
 */
export function descending(values) {
  return range(values.length).sort((a, b) => values[b] - values[a]);
}
