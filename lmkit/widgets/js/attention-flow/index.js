/** From one output back to the input, layer by layer. */
import { bar, choice, h, isolateWords, toggle } from "../shared/dom.js";
import { addStyles, onWidth, openFigure } from "../shared/figure.js";
import { onKeys } from "../shared/keys.js";
import { joinLink } from "../shared/link.js";
import { createStore, linkModel } from "../shared/store.js";
import { makeRow, makeTable, onRequest } from "../shared/table.js";
import { isolated, percent } from "../shared/text.js";
import { onThemeChange, palette } from "../shared/theme.js";
import { widget } from "../shared/widget.js";
import { createWords } from "../shared/words.js";
import { readFlow } from "./data.js";
import { panelView } from "./panel.js";
import { LEASTS, rowsOf, seenIn, sentence, settleFor } from "./seen.js";
import css from "./styles.css";

/** What a view is made from.
 * @typedef {{flow: import("./data.js").Flow, store: import("../shared/store.js").Store<any>, signal: AbortSignal}} Parts
 * @typedef {{element: HTMLElement, update: (seen: import("./seen.js").Seen, colors: import("../shared/theme.js").Palette) => void}} View
 */

const LINKED = ["token", "layer", "query"];
const HELP = "The output stands above, the input below; the wider a link, the more of the output passes along it. A click on a link opens its layer, here and in figures of the same link. "
  + "Left and right arrows move the output, up and down the layer. t: table.";

export default widget(render);

/** @param {import("../shared/widget.js").Host} host */
function render({ model, el, signal, guarded }) {
  const flow = readFlow(model);
  const chosen = Object.fromEntries(LINKED.map((name) => [name, model.get(name)]));
  const store = createStore({ ...chosen, least: 0.01, table: false, width: 0 }, settleFor(flow));
  linkModel(store, model, LINKED, signal);
  joinLink(store, model.get("link"), signal);

  const root = openFigure(el, model.get("description"), signal);
  addStyles("lmkit-flow-styles", css);
  const parts = { flow, store, signal };
  const panels = flow.methods.map((_, method) => panelView(method, parts));
  const views = [titleView(parts), ...panels, wordsView(parts), sentenceView(), tableView()];
  const [title, ...others] = views.map(({ element }) => element);
  const both = h("div", { class: panels.length > 1 && "lmkit-two-up" }, ...others.splice(0, panels.length));
  root.append(title, both, ...others, h("p", { class: "lmkit-help" }, HELP));
  onKeys(root, { t: ({ target }) => (target.matches("select") ? false : store.set({ table: !store.get().table })) }, signal);
  const update = guarded(() => {
    if (!store.get().width) return; // not on the page yet
    const seen = seenIn(flow, store.get());
    const colors = palette(root);
    for (const view of views) view.update(seen, colors);
  });
  store.subscribe(update, signal);
  onThemeChange(update, signal);
  onWidth(both, (width) => store.set({ width }), signal);
}

/** What concerns the whole figure. @param {Parts} parts @returns {View} */
function titleView(parts) {
  const controls = [
    choice("Links", LEASTS, (state) => state.least, (least) => ({ least }), parts),
    toggle("table", (state) => state.table, (state) => ({ table: !state.table }), parts),
  ];
  const title = h("p", { class: "lmkit-title" }, h("b", {}, "Attention flow"), isolated(parts.flow.label));
  return bar(controls, title, ...controls.map(({ element }) => element));
}

/** The words choose the output, and carry what it holds of them, by the first method. @param {Parts} parts @returns {View} */
function wordsView({ flow, store, signal }) {
  const { element, update } = createWords("Output token", (token) => store.set({ token, query: token }), signal);
  return { element, update: ({ state, flows }, colors) => update(flow.words, state.token, flows[0].input, colors) };
}

/** One sentence with the numbers, read out when it changes. @returns {View} */
function sentenceView() {
  const element = h("output", { class: "lmkit-say", "aria-live": "polite" });
  return {
    element,
    update: (seen) => element.replaceChildren(h("b", {}, h("bdi", {}, seen.flow.words[seen.state.token]), ". "), ...isolateWords(sentence(seen))),
  };
}

/** What the output holds of each token. @returns {View} */
function tableView() {
  return onRequest("shares", (seen) => makeTable("What the output holds of each token of the input", ["Token", ...seen.flow.methods],
    rowsOf(seen).map(([word, shares]) => makeRow(h("bdi", {}, word), shares.map((share) => percent(share))))));
}
