/** What the reader writes, and how the model writes on. */
import { bar, h, setAttribute, showIf, toggle, toggleButton } from "../shared/dom.js";
import { createField } from "../shared/field.js";
import { numberView } from "../shared/number.js";
import { charactersOf, count, legible } from "../shared/text.js";
import { MOST_CHARACTERS } from "./data.js";
import { foreignSays } from "./foreign.js";
import { writeLink } from "./link.js";

/** @typedef {import("./index.js").Parts} Parts @typedef {import("./index.js").View} View */

/** The title, and what concerns the whole figure. @param {Parts} parts @returns {View} */
export function titleView(parts) {
  const { name, model: { config }, store, signal, onPage } = parts;
  const beside = h("span");
  const table = toggle("table", (state) => state.table, (state) => ({ table: !state.table }), parts);
  const link = h("button", { type: "button", class: "lmkit-button", hidden: !onPage }, "link to this");
  link.addEventListener("click", async () => {
    location.hash = writeLink(store.get(), name);
    const copied = await navigator.clipboard?.writeText(location.href).then(() => true, () => false);
    store.set({ told: copied ? "The link is copied, and stands in the address bar." : "The link stands in the address bar: copy it from there." });
  }, { signal });
  store.subscribe(({ told }, changed) => { // what the link said is over with the next change
    if (told && !changed.has("told") && !changed.has("width")) store.set({ told: "" });
  }, signal);
  const title = h("p", { class: "lmkit-title" }, h("b", {}, "Playground"), beside);
  const { element, update } = bar([table], title, link, table.element);
  return {
    element,
    update: (seen) => {
      update(seen);
      const size = `${count(config.n_layers, "layer")} × ${count(config.n_heads, "head")}`;
      beside.textContent = `${legible(name)} · ${size} · ${count(seen.reading.tokens.ids.length, "token")}`;
    },
  };
}

/** The reader's own words; below them some to begin with. @param {Parts} parts @returns {View} */
export function fieldView({ beginnings, reader, store, signal }) {
  const write = (text) => {
    const { position } = store.get();
    const atEnd = position === reader.tokensOf(store.get()).ids.length - 1; // the choice stays at the end
    store.set({ text, running: false, position: atEnd ? Infinity : position, cell: null });
  };
  const field = createField({ most: MOST_CHARACTERS, rows: 3 }, write, signal);
  const buttons = beginnings.map((text) => {
    const button = h("button", { type: "button", class: "lmkit-button", dir: "auto" }, endOf(text));
    button.addEventListener("click", () => store.set({ text, exact: null, ended: null, running: false, position: Infinity, hidden: [], cell: null }), { signal });
    return button;
  });
  const begin = h("div", { class: "lmkit-bar", role: "group", "aria-label": "Beginnings", hidden: !buttons.length }, h("span", {}, "begin with"), ...buttons);
  return {
    element: h("div", {}, field.element, begin),
    update: ({ state }) => field.update(state.text),
  };
}

/** The end of a text, by which it is known: many begin alike. @param {string} text */
function endOf(text) {
  const characters = charactersOf(text);
  return characters.length > 40 ? `… ${characters.slice(-38).join("").replace(/^\S*\s/, "")}` : text;
}

/** Step, run, and how the next token is drawn; nothing for a model that does not write. @param {Parts} parts @returns {View} */
export function writingView(parts) {
  const { model: { config }, capacity, store, signal, writer } = parts;
  const step = toggleButton("step", writer.step, signal);
  step.removeAttribute("aria-pressed");
  const run = toggleButton("run", () => store.set({ running: !store.get().running }), signal);
  run.removeAttribute("aria-pressed");
  const numbers = [
    numberView("temperature", { type: "range", min: 0, max: 2, step: 0.05 }, "temperature", parts, (value) => value.toFixed(2)),
    numberView("top-k", { type: "number", min: 1, max: config.vocab_size, step: 1, placeholder: "all" }, "top_k", parts),
    numberView("top-p", { type: "range", min: 0.05, max: 1, step: 0.05 }, "top_p", parts, (value) => value.toFixed(2)),
    numberView("seed", { type: "number", min: 0, max: 2 ** 31 - 1, step: 1 }, "seed", parts),
  ];
  const element = h("div", { class: "lmkit-bar lmkit-writing", hidden: !config.causal }, step, run, ...numbers.map((one) => one.element));
  return {
    element,
    update: (seen) => {
      const { state, reading } = seen;
      const over = state.ended === state.text || reading.tokens.ids.length >= capacity;
      for (const button of [step, run]) setAttribute(button, "aria-disabled", over && "true");
      run.textContent = state.running ? "stop" : "run";
      for (const one of numbers) one.update(seen);
    },
  };
}

/** What the reader must know: that the text is cut, or foreign to the model, that its story is over. @param {Parts} parts @returns {View} */
export function noticeView({ model: { config }, capacity }) {
  const element = h("p", { class: "lmkit-notice", role: "status" });
  return {
    element,
    update: ({ state, reading }) => {
      const { total } = reading.tokens;
      const cut = total > capacity && `The text has ${count(total, "token")}: the first ${capacity} are read.`;
      const full = config.causal && total === capacity && `There is no room for more than ${capacity} tokens.`;
      const ended = state.ended === state.text && "The model has ended its story here.";
      const told = [foreignSays(reading, state.text), cut, full, ended, state.told].filter(Boolean).join(" ");
      if (element.textContent !== told) element.textContent = told;
      showIf(element, told !== "");
    },
  };
}
