import { abs, max } from "../shared/math.js";
import { count, grouped, isolated, MARK, percent } from "../shared/text.js";
import { largest, mayAttend, number, sharesOf } from "./scene.js";

/** @typedef {import("./scene.js").Scene} Scene */

/** @param {import("./data.js").Attention} attention @returns {[string, string]} the title, and what goes beside it */
export function titleOf({ layers, heads, queries, keys, self, label }) {
  const tokens = self ? count(queries, "token") : `${queries} × ${keys} tokens`;
  const beside = [`${count(layers, "layer")} × ${count(heads, "head")}`, isolated(label), tokens];
  return [count(layers * heads, "head"), beside.filter(Boolean).join(" · ")];
}

/** A word in quotation marks; with its position where the same word stands there twice.
 * @param {string[]} words @param {number} i @param {number[]} positions
 */
function quote(words, i, positions) {
  const twice = words.indexOf(words[i]) !== words.lastIndexOf(words[i]);
  return `“${MARK}${words[i]}${MARK}”${twice ? ` (token ${positions[i]})` : ""}`;
}

/** What is seen, with its numbers. Words stand between MARKs. @param {Scene} scene @returns {string} */
export function sentence(scene) {
  return [showSays, cellSays, rowSays, restSays, hiddenSays, wholeSays, massSays, habitSays, groupSays, rankSays].map((says) => says(scene)).filter(Boolean).join(" ");
}

/** Which numbers are shown, where there are others. @param {Scene} scene */
function showSays({ attention, state, weighting }) {
  if (weighting) return `“${MARK}${weighting.name}${MARK}”, at most ${number(weighting.scale)}.`;
  if (!attention.before.length) return "";
  return { after: "After.", before: "Before.", change: "After less before, in percentage points." }[state.show];
}

/** One cell. @param {Scene} scene */
function cellSays(scene) {
  const { rows, columns, view, state: { cell } } = scene;
  if (!cell) return "";
  const from = quote(rows, cell.row, view.queries);
  const to = quote(columns, cell.column, view.keys);
  if (!mayAttend(scene, cell.row, cell.column)) return `${from} may not look at ${to}, which comes later.`;
  const share = scene.tell(sharesOf(scene, cell.row)[cell.column]);
  return scene.signed || scene.weighting ? `From ${from} to ${to}: ${share}.` : `${from} gives ${to} ${share}.`;
}

/** The largest shares of the chosen query. @param {Scene} scene */
export function rowSays(scene) {
  const { rows, row, columns, view } = scene;
  const shares = sharesOf(scene);
  const best = largest(scene).slice(0, 3).filter((j, rank) => abs(shares[j]) >= (rank ? 0.05 : 1e-6));
  const list = best.map((j) => `${scene.tell(shares[j])} on ${quote(columns, j, view.keys)}`);
  const nothing = scene.signed ? "no change" : scene.state.hide ? "almost nothing goes to the tokens shown" : "nothing to look at";
  return `From ${quote(rows, row, view.queries)}: ${list.join(", ") || nothing}.`;
}

/** What of the row was not sent, where only its largest shares were. @param {Scene} scene */
function restSays({ attention: { top, keys }, heads, signed, weighting, shares, columns, row, state }) {
  if (!top) return "";
  const rest = 1 - sharesOf({ shares, columns, row }).reduce((sum, p) => sum + p, 0);
  const says = `Each row of a head holds its ${top} largest of ${grouped(keys)}`;
  const known = heads.length === 1 && !signed && !weighting && !state.hide && !state.part && !(state.mass < 1);
  return known ? `${says}; the others get ${percent(max(0, rest))} together.` : `${says}.`;
}

/** @param {Scene} scene */
const hiddenSays = ({ state, weighting }) => (state.hide && !weighting ? "Shares of what goes to the tokens shown." : "");

/** @param {Scene} scene */
const wholeSays = ({ state }) => (state.whole ? "Of whole words, the pieces are averaged as queries and added as keys." : "");

/** @param {Scene} scene */
const massSays = ({ state: { mass } }) => (mass < 1 ? `Of each row, only the largest that make up ${percent(mass)}.` : "");

/** The heads that share keys and values with this one. @param {Scene} scene */
function groupSays({ attention: { heads, kvHeads = heads }, state: { head, mean } }) {
  const size = heads / kvHeads;
  const first = head - (head % size);
  return size > 1 && !mean ? `H${first} to H${first + size - 1} share their keys and values.` : "";
}

/** What the head does most over all queries, if it does it at all. @param {Scene} scene */
function habitSays(scene) {
  const { attention: { self }, weighting, state: { show, mass, part } } = scene;
  if (weighting || mass < 1) return "";
  if (show === "change") return `On average a token moved ${percent(moved(scene))} of its attention.`;
  if (part) return `On average ${percent(acrossOf(scene))} from ${part[0]} to ${part[1]}.`;
  const [[on, share]] = habits(scene).sort((a, b) => b[1] - a[1]);
  return self && share >= 0.2 ? `On average ${percent(share)} on ${on}.` : "";
}

/** What the queries in view give to the keys in view, on average. @param {Scene} scene @returns {number} 0 to 1 */
const acrossOf = ({ shares, rows }) => shares.reduce((sum, p) => sum + p, 0) / rows.length;

/** The share of attention that went elsewhere, on average over the queries: half of all that was lost and gained.
 * @param {Scene} scene whose shares are changes @returns {number} 0 to 1
 */
export function moved({ shares, rows }) {
  return shares.reduce((sum, change) => sum + abs(change), 0) / 2 / rows.length;
}

/** Average shares of what heads often look at. @param {Scene} scene @returns {[string, number][]} */
export function habits(scene) {
  /** @type {[string, (query: number) => number][]} */
  const targets = [
    ["the previous token", (query) => query - 1],
    ["the next token", (query) => query + 1],
    ["the token itself", (query) => query],
    ["the first token", (query) => (query ? 0 : -1)],
  ];
  return targets.map(([name, target]) => [name, average(scene, target)]);
}

/** @param {Scene} scene @param {(query: number) => number} target @returns {number} mean over the queries whose target is in view */
function average(scene, target) {
  const { queries, keys } = scene.view;
  const shares = queries.map((query, row) => sharesOf(scene, row)[keys.indexOf(target(query))]).filter((p) => p >= 0);
  return shares.reduce((sum, p) => sum + p, 0) / max(1, shares.length);
}

/** Where the head stands, when the heads are sorted by a score. @param {Scene} scene */
function rankSays({ attention, state, order, index }) {
  if (!state.sort || state.mean) return "";
  return `Rank ${order.indexOf(index) + 1} of ${order.length} by “${MARK}${state.sort}${MARK}”: ${attention.scores[state.sort][index].toFixed(2)}.`;
}
