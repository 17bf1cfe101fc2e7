/** The chosen cell explains itself: how its number came about.
 * @typedef {import("./seen.js").Seen} Seen
 */
import { h } from "../shared/dom.js";
import { logSumOfPowers, mainTerms, range } from "./math.js";
import { number, powerOfE, share } from "./numbers.js";
import { cellsOf, columnOf, columnsOf, componentNames, quoted, rowOf } from "./seen.js";
import { termTable } from "./terms.js";

/** @param {Seen} seen @returns {HTMLElement[]} */
export function explain(seen) {
  const from = quoted(seen, seen.query);
  const looks = rowOf(seen, cellsOf(seen))[columnOf(seen)] > -Infinity ? "looks at" : "may not look at";
  const title = seen.step < 5
    ? `${from} ${looks} ${quoted(seen, seen.key)}`
    : `Output of ${from}, component ${columnsOf(seen)[seen.component]}`;
  const parts = [explainScore, explainScale, explainMask, explainShare, explainMix][seen.step - 1](seen);
  return [h("p", {}, h("b", {}, title)), ...parts];
}

/** The products q · k, and their sum. @param {Seen} seen */
function explainScore(seen) {
  const { dHead, query, key } = seen.head;
  const q = query.subarray(seen.query * dHead);
  const k = key.subarray(seen.key * dHead);
  const names = componentNames(seen.head.dimensions, dHead);
  const products = names.map((_, d) => q[d] * k[d]);
  const term = (d) => ({ name: names[d], how: `${number(q[d])} · ${number(k[d])}` });
  return [sumTable(["component", "q · k", "product"], products, term, number, ["sum", "", number(rowOf(seen)[seen.key])])];
}

/** What the division does to the whole row. @param {Seen} seen */
function explainScale(seen) {
  const { scores, scaled } = seen.run;
  const root = `÷ √${seen.head.dHead}`;
  const [before, after] = [scores, scaled].map((matrix) => number(rowOf(seen, matrix)[seen.key]));
  return [
    seen.scaled ? line(`${before} ${root} = `, after) : line("", after, ` stays: ${root} is off`),
    h("p", { class: "lmkit-note" }, `All scores of row ${quoted(seen, seen.query)}, one dot each:`),
    ruler(rowOf(seen, scores), rowOf(seen, scaled), seen.key, root),
  ];
}

/** Scores before and after as dots on a line each; their ends as numbers are in the sentence. */
function ruler(before, after, chosen, root) {
  const low = Math.min(0, range(before).low);
  const high = Math.max(0, range(before).high);
  const dots = (scores) => h("div", {}, ...Array.from(scores, (score, k) => {
    const dot = h("i", { class: k === chosen && "lmkit-chosen" });
    dot.style.left = `${(100 * (score - low)) / (high - low || 1)}%`;
    return dot;
  }));
  const ends = h("div", {}, h("span", {}, number(low)), h("span", {}, number(high)));
  return h("div", { class: "lmkit-ruler", "aria-hidden": "true" },
    h("span", {}, "Q Kᵀ"), dots(before), h("span", {}, root), dots(after), h("span"), ends);
}

/** @param {Seen} seen */
function explainMask(seen) {
  const hidden = rowOf(seen)[seen.key] === -Infinity;
  const score = number(rowOf(seen, seen.run.scaled)[seen.key]);
  const why = hidden
    ? `${quoted(seen, seen.key)} comes later. Its score becomes −∞, so its share will be 0 %.`
    : "It may be seen. Its score stays.";
  return [hidden ? line(`${score} → `, "−∞") : line("", score), h("p", {}, why)];
}

/** The power of e, and its part of the row. @param {Seen} seen */
function explainShare(seen) {
  const scores = rowOf(seen, seen.run.masked).map((score) => score / seen.temperature);
  const all = powerOfE(logSumOfPowers(scores));
  const power = powerOfE(scores[seen.key]);
  const term = (k) => ({ name: quoted(seen, k), how: powerOfE(scores[k]), chosen: k === seen.key });
  const raised = (text) => h("span", {}, "e", h("sup", {}, text));
  const headings = ["key", raised(seen.temperature === 1 ? "score" : "score ÷ t"), "share"];
  return [
    line(raised(number(scores[seen.key])), "", ` = ${power}`),
    line(`${power} ÷ ${all} = `, share(rowOf(seen)[seen.key])),
    sumTable(headings, Array.from(rowOf(seen)), term, share, ["sum", all, "100 %"]),
  ];
}

/** Share × value, token by token, and their sum. @param {Seen} seen */
function explainMix(seen) {
  const { dValue, value } = seen.head;
  const shares = Array.from(rowOf(seen, seen.run.weights));
  const values = shares.map((_, k) => value[k * dValue + seen.component]);
  const term = (k) => ({ name: quoted(seen, k), how: `${share(shares[k])} · ${number(values[k])}` });
  const sum = ["sum", "", number(rowOf(seen)[seen.component])];
  return [sumTable(["key", "share · value", "part"], shares.map((p, k) => p * values[k]), term, number, sum)];
}

/** A line of arithmetic with its result. */
function line(before, result, after = "") {
  return h("p", { class: "lmkit-sum" }, before, h("b", {}, result), after);
}

/** All terms when they are few, else the largest and what the others add up to. */
function sumTable(headings, sizes, describe, write, sum) {
  const { shown, more, rest } = mainTerms(sizes);
  const terms = shown.map((i) => ({ ...describe(i), size: sizes[i], value: write(sizes[i]) }));
  if (more) terms.push({ name: `and ${more} more`, how: "", value: write(rest) });
  return termTable(headings, terms, sum);
}
