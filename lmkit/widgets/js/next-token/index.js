/** The next token: what may come, and how often each is drawn at a temperature, with the tail cut off. */
import { bar, choice, h, isolateWords, showIf, toggle } from "../shared/dom.js";
import { addStyles, openFigure } from "../shared/figure.js";
import { onKeys } from "../shared/keys.js";
import { numberView } from "../shared/number.js";
import { createStore, linkModel } from "../shared/store.js";
import { isolated, percent, shorten } from "../shared/text.js";
import { widget } from "../shared/widget.js";
import { readChoices, seenIn, sentence, settleFor } from "./seen.js";
import css from "./styles.css";

/** @typedef {{choices: import("./seen.js").Choices, store: import("../shared/store.js").Store<any>, signal: AbortSignal}} Parts
 * @typedef {{element: HTMLElement, update: (seen: import("./seen.js").Seen) => void}} View
 */

const LINKED = ["text", "temperature", "top_k", "top_p", "min_p", "seed"];
const HELP = "A bar is how often a token is drawn; the thin mark is what the model says. Arrow keys move a slider. d: draw. t: table.";

export default widget(render);

/** @param {import("../shared/widget.js").Host} host */
function render({ model, el, signal, guarded }) {
  const choices = readChoices(model);
  const chosen = Object.fromEntries(LINKED.map((name) => [name, model.get(name)]));
  const store = createStore({ ...chosen, drawn: false, table: false }, settleFor(choices));
  linkModel(store, model, LINKED, signal);

  const root = openFigure(el, model.get("description"), signal);
  addStyles("lmkit-next-token-styles", css);
  const parts = { choices, store, signal };
  const views = [titleView, slidersView, barsView, sentenceView, tableView].map((make) => make(parts));
  root.append(...views.map(({ element }) => element), h("p", { class: "lmkit-help" }, HELP));
  const inField = ({ target }) => target.matches("select, [type=number]");
  onKeys(root, {
    t: (event) => (inField(event) ? false : store.set({ table: !store.get().table })),
    d: (event) => (inField(event) ? false : draw(store)),
  }, signal);
  const update = guarded(() => {
    const seen = seenIn(choices, store.get());
    for (const view of views) view.update(seen);
  });
  store.subscribe(update, signal);
  update();
}

/** Ten draws; other ones at each press. @param {Parts["store"]} store */
function draw(store) {
  const { seed, drawn } = store.get();
  store.set({ drawn: true, seed: drawn ? seed + 1 : seed });
}

/** What concerns the whole figure. @param {Parts} parts @returns {View} */
function titleView(parts) {
  const { texts, label } = parts.choices;
  const press = h("button", { type: "button", class: "lmkit-button" }, "draw ten");
  press.addEventListener("click", () => draw(parts.store), { signal: parts.signal });
  const controls = [
    choice("Text", texts.map((text, i) => [i, ending(text)]), (state) => state.text, (text) => ({ text }), parts),
    { element: press, update: () => {} },
    toggle("table", (state) => state.table, (state) => ({ table: !state.table }), parts),
  ];
  const title = h("p", { class: "lmkit-title" }, h("b", {}, "The next token"), isolated(label));
  return bar(controls, title, ...controls.map(({ element }) => element));
}

/** The end of a text, which is what the next token follows. @param {string} text @returns {string} */
function ending(text) {
  const words = text.split(" ");
  return words.length > 8 ? `… ${words.slice(-7).join(" ")}` : shorten(text, 60);
}

/** @param {Parts} parts @returns {View} */
function slidersView(parts) {
  const slider = (says, name, least, most) => numberView(says, { type: "range", min: least, max: most, step: 0.05 }, name, parts, (value) => value.toFixed(2));
  const views = [
    slider("temperature", "temperature", 0, 3),
    numberView("top-k", { type: "number", min: 1, max: parts.choices.words.length, placeholder: "all" }, "top_k", parts),
    slider("top-p", "top_p", 0.05, 1),
    slider("min-p", "min_p", 0, 1),
  ];
  const { element, update } = bar(views, ...views.map((view) => view.element));
  element.classList.add("lmkit-sliders");
  return { element, update };
}

/** @returns {View} */
function barsView() {
  const list = h("ol", { class: "lmkit-next", "aria-label": "The most probable tokens" });
  function update({ rows, rest }) {
    const all = [...rows, rest];
    while (list.children.length < all.length) list.append(h("li", {}, h("bdi"), h("i", { "aria-hidden": "true" }), h("span")));
    all.forEach(({ word, own, share }, i) => {
      const [name, drawn, told] = list.children[i].children;
      name.textContent = word;
      told.textContent = percent(share);
      drawn.style.setProperty("--share", `${100 * share}%`);
      drawn.style.setProperty("--own", `${100 * own}%`);
      list.children[i].classList.toggle("lmkit-cut", share === 0);
    });
  }
  return { element: list, update };
}

/** One sentence with the numbers, read out when it changes. @returns {View} */
function sentenceView() {
  const element = h("output", { class: "lmkit-say", "aria-live": "polite" });
  return { element, update: (seen) => element.replaceChildren(...isolateWords(sentence(seen))) };
}

/** The same as numbers. @returns {View} */
function tableView() {
  const element = h("div", { class: "lmkit-table", role: "group", "aria-label": "Table of tokens", tabindex: 0 });
  function update({ state, rows, rest }) {
    showIf(element, state.table);
    if (!state.table) return element.replaceChildren();
    const row = ({ word, own, share }) => h("tr", {}, h("th", { scope: "row" }, h("bdi", {}, word)), h("td", {}, percent(own)), h("td", {}, percent(share)));
    const heading = h("tr", {}, ...["Token", "The model says", "Is drawn"].map((name) => h("th", { scope: "col" }, name)));
    element.replaceChildren(h("table", {}, h("thead", {}, heading), h("tbody", {}, ...[...rows, rest].map(row))));
  }
  return { element, update };
}
