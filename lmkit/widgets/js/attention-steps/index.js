/** One head of attention, one step at a time; each cell explains itself, and the reader may change things. */
import { h } from "../shared/dom.js";
import { addStyles, openFigure } from "../shared/figure.js";
import { onKeys } from "../shared/keys.js";
import { createStore, linkModel } from "../shared/store.js";
import { legible } from "../shared/text.js";
import { onThemeChange, palette } from "../shared/theme.js";
import { widget } from "../shared/widget.js";
import { createQueryEditor, createSettings } from "./controls.js";
import { unpackHeads } from "./examples.js";
import { createHeader, createStepBar } from "./header.js";
import { createPanel } from "./panel.js";
import { edit, quoted, seenIn, settleFor } from "./seen.js";
import { createStrip } from "./strip.js";
import css from "./styles.css";
import { sentence } from "./words.js";

const LINKED = ["step", "example", "query", "key"];

export default widget(render);

/** @param {import("../shared/widget.js").Host} host */
function render({ model, el, signal, guarded }) {
  const heads = unpackHeads(model.get("examples"), model.get("data"));
  const read = (names) => Object.fromEntries(names.map((name) => [name, model.get(name)]));
  const start = { ...read(["scaled", "causal"]), temperature: 1, edits: {} };
  const store = createStore({ ...start, ...read(LINKED), component: 0, table: false, width: 0 }, settleFor(heads));
  linkModel(store, model, LINKED, signal);

  const [label, choose] = ["label", "choose"].map((name) => legible(model.get(name)));
  const root = openFigure(el, label, signal);
  const texts = { label, choose, names: heads.map(({ name }) => name) };
  const parts = [
    createHeader(texts, store, signal),
    createStepBar(store, signal),
    createPanel(store, signal),
    createSentence(),
    createStrip(store, signal),
    createSettings(store, () => store.set(start), signal),
    createQueryEditor((component, value) => store.set(edit(seenIn(heads, store.get()), component, value)), signal),
  ];
  addStyles("lmkit-steps-styles", css);
  root.classList.add("lmkit-stepper");
  root.append(...parts.map(({ element }) => element));
  listenToKeys(root, store, signal);

  let colors;
  const update = guarded((changed) => {
    const seen = seenIn(heads, store.get());
    if (!changed || changed.has("width")) colors = palette(root); // before it has a width, it may not be on the page
    for (const part of parts) part.update(seen, colors);
  });
  store.subscribe((_, changed) => update(changed), signal);
  onThemeChange(() => update(null), signal);
  update(null);
}

/** What is seen, in words. @returns {{element: HTMLElement, update: (seen: import("./seen.js").Seen) => void}} */
function createSentence() {
  const element = h("output", { class: "lmkit-say", "aria-live": "polite" });
  const update = (seen) => element.replaceChildren(h("b", {}, `Row ${quoted(seen, seen.query)}: `), sentence(seen));
  return { element, update };
}

/** 1 to 5 choose the step, t the table; a list or a slider keeps its own keys. */
function listenToKeys(root, store, signal) {
  const unlessTyping = (action) => ({ target }) => (target.matches("select, input") ? false : action());
  const steps = [1, 2, 3, 4, 5].map((step) => [step, unlessTyping(() => store.set({ step }))]);
  const t = unlessTyping(() => store.set({ table: !store.get().table }));
  onKeys(root, { ...Object.fromEntries(steps), t }, signal);
}
