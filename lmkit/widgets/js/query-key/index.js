/** One score, taken apart: what each dimension of a query and a key adds to it. */
import { number } from "../attention-steps/numbers.js";
import { bar, choice, h, isolateWords, toggle } from "../shared/dom.js";
import { addStyles, onWidth, openFigure } from "../shared/figure.js";
import { onKeys } from "../shared/keys.js";
import { joinLink } from "../shared/link.js";
import { range } from "../shared/math.js";
import { createStore, linkModel } from "../shared/store.js";
import { makeRow, makeTable, onRequest } from "../shared/table.js";
import { headName, isolated } from "../shared/text.js";
import { onThemeChange, palette } from "../shared/theme.js";
import { widget } from "../shared/widget.js";
import { createWords } from "../shared/words.js";
import { chartView } from "./chart.js";
import { readVectors } from "./data.js";
import { seenIn, sentence, settleFor } from "./seen.js";
import css from "./styles.css";

/** What a view is made from.
 * @typedef {{vectors: import("./data.js").Vectors, store: import("../shared/store.js").Store<any>, signal: AbortSignal}} Parts
 * @typedef {{element: HTMLElement, update: (seen: import("./seen.js").Seen, colors: import("../shared/theme.js").Palette) => void}} View
 */

const LINKED = ["layer", "head", "query", "key"];
const HELP = "Each bar is a dimension: up, it raises the score; down, it lowers it. Arrow keys move from bar to bar, or from word to word. t: table.";

export default widget(render);

/** @param {import("../shared/widget.js").Host} host */
function render({ model, el, signal, guarded }) {
  const vectors = readVectors(model);
  const chosen = Object.fromEntries(LINKED.map((name) => [name, model.get(name)]));
  const store = createStore({ ...chosen, dimension: 0, sorted: false, table: false, width: 0 }, settleFor(vectors));
  linkModel(store, model, LINKED, signal);
  joinLink(store, model.get("link"), signal);

  const root = openFigure(el, model.get("description"), signal);
  addStyles("lmkit-query-key-styles", css);
  const parts = { vectors, store, signal };
  const views = [titleView, wordsView, chartView, sentenceView, tableView].map((make) => make(parts));
  root.append(...views.map(({ element }) => element), h("p", { class: "lmkit-help" }, HELP));
  onKeys(root, { t: ({ target }) => (target.matches("select") ? false : store.set({ table: !store.get().table })) }, signal);
  const update = guarded(() => {
    if (!store.get().width) return; // not on the page yet
    const seen = seenIn(vectors, store.get());
    const colors = palette(root);
    for (const view of views) view.update(seen, colors);
  });
  store.subscribe(update, signal);
  onThemeChange(update, signal);
  onWidth(views[2].element, (width) => store.set({ width }), signal);
}

/** What concerns the whole figure. @param {Parts} parts @returns {View} */
function titleView(parts) {
  const { layers, heads, label } = parts.vectors;
  const one = (name, letter, count) => choice(name, range(count).map((i) => [i, `${letter}${i}`]), (state) => state[name.toLowerCase()], (i) => ({ [name.toLowerCase()]: i }), parts);
  const controls = [
    one("Layer", "L", layers),
    one("Head", "H", heads),
    toggle("largest first", (state) => state.sorted, (state) => ({ sorted: !state.sorted }), parts),
    toggle("table", (state) => state.table, (state) => ({ table: !state.table }), parts),
  ];
  const title = h("p", { class: "lmkit-title" }, h("b", {}, "One score"), isolated(label));
  return bar(controls, title, ...controls.map(({ element }) => element));
}

/** The words choose the query and the key; each key carries its score. @param {Parts} parts @returns {View} */
function wordsView({ vectors: { queryWords, keyWords }, store, signal }) {
  const queries = createWords("Query", (query) => store.set({ query }), signal);
  const keys = createWords("Key", (key) => store.set({ key }), signal);
  const line = (says, words) => h("div", { class: "lmkit-qk" }, h("span", {}, says), words.element);
  function update({ state, scores }, colors) {
    queries.update(queryWords, state.query, null, colors);
    keys.update(keyWords, state.key, null, colors);
    scores.forEach((score, j) => { keys.element.children[j].lastElementChild.textContent = number(score); });
  }
  return { element: h("div", {}, line("query", queries), line("key", keys)), update };
}

/** One sentence with the numbers, read out when it changes. @returns {View} */
function sentenceView() {
  const element = h("output", { class: "lmkit-say", "aria-live": "polite" });
  return { element, update: (seen) => element.replaceChildren(h("b", {}, `${headName(seen.state.layer, seen.state.head)}. `), ...isolateWords(sentence(seen))) };
}

/** All dimensions, as they stand from left to right. @returns {View} */
function tableView() {
  return onRequest("products", ({ state, order, q, k, products }) => makeTable("", ["Dimension", "Query", "Key", "Product"],
    order.map((d) => makeRow(`${d}`, [q[d], k[d], products[d]].map((x) => number(x)), d === state.dimension))));
}
