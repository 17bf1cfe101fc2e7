import { abs, max } from "../shared/math.js";
import { count, isolated, MARK, percent } from "../shared/text.js";
import { largest, mayAttend, sharesOf } from "./scene.js";

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
  return [showSays, cellSays, rowSays, hiddenSays, habitSays, rankSays].map((says) => says(scene)).filter(Boolean).join(" ");
}

/** Which time is shown, where there are two. @param {Scene} scene */
function showSays({ attention, state }) {
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
  return scene.signed ? `From ${from} to ${to}: ${share}.` : `${from} gives ${to} ${share}.`;
}

/** The largest shares of the chosen query. @param {Scene} scene */
function rowSays(scene) {
  const { rows, row, columns, view } = scene;
  const shares = sharesOf(scene);
  const best = largest(scene).slice(0, 3).filter((j, rank) => abs(shares[j]) >= (rank ? 0.05 : 1e-6));
  const list = best.map((j) => `${scene.tell(shares[j])} on ${quote(columns, j, view.keys)}`);
  const nothing = scene.signed ? "no change" : scene.state.hide ? "almost nothing goes to the tokens shown" : "nothing to look at";
  return `From ${quote(rows, row, view.queries)}: ${list.join(", ") || nothing}.`;
}

/** @param {Scene} scene */
function hiddenSays({ state }) {
  return state.hide ? "Shares of what goes to the tokens shown." : "";
}

/** What the head does most over all queries, if it does it at all. @param {Scene} scene */
function habitSays(scene) {
  if (scene.signed) return `On average a token moved ${percent(moved(scene))} of its attention.`;
  const [[on, share]] = habits(scene).sort((a, b) => b[1] - a[1]);
  return scene.attention.self && share >= 0.2 ? `On average ${percent(share)} on ${on}.` : "";
}

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
  if (!state.sort) return "";
  return `Rank ${order.indexOf(index) + 1} of ${order.length} by “${MARK}${state.sort}${MARK}”: ${attention.scores[state.sort][index].toFixed(2)}.`;
}
