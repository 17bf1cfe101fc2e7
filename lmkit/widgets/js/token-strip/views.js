import { hex, mergeSteps } from "../shared/bpe.js";
import { ramp, readableOn } from "../shared/color.js";
import { h, setAttribute, toggleButton } from "../shared/dom.js";
import { createField } from "../shared/field.js";
import { onKeys, rove, rowKeys } from "../shared/keys.js";
import { makeRow, makeTable, onRequest } from "../shared/table.js";
import { count } from "../shared/text.js";
import { createWords } from "../shared/words.js";
import { sentence, show } from "./seen.js";

/** What a view is made from.
 * @typedef {object} Parts
 * @property {string} label
 * @property {import("../shared/bpe.js").Tokenizer[]} tokenizers
 * @property {import("../shared/store.js").Store<import("./seen.js").State>} store
 * @property {AbortSignal} signal
 *
 * @typedef {{element: HTMLElement, update: (seen: import("./seen.js").Seen, colors: import("../shared/theme.js").Palette) => void}} View
 */

const MOST_CHARACTERS = 500; // so that every keystroke stays quick

/** @param {Parts} parts @returns {View} */
export function titleView({ label, store, signal }) {
  const beside = h("span");
  const table = toggleButton("table", () => store.set({ table: !store.get().table }), signal);
  const element = h("div", { class: "lmkit-bar" }, h("p", { class: "lmkit-title" }, h("b", {}, label), beside), table);
  return {
    element,
    update: ({ state, characters, bytes }) => {
      beside.textContent = `${count(characters, "character")}, ${count(bytes, "byte")}`;
      setAttribute(table, "aria-pressed", String(state.table));
    },
  };
}

/** The reader's own words. @param {Parts} parts @returns {View} */
export function fieldView({ store, signal }) {
  const { element, update } = createField({ most: MOST_CHARACTERS }, (text) => store.set({ text }), signal);
  return { element, update: ({ state }) => update(state.text) };
}

/** The tokenizers in a row: how many tokens each needs for the same text. @param {Parts} parts @returns {View} */
export function compareView({ tokenizers, store, signal }) {
  const rows = tokenizers.map(({ name }) => h("button", { type: "button", class: "lmkit-button", role: "radio" },
    h("span", {}, name), h("i"), h("span"), h("small")));
  const element = h("div", { class: "lmkit-compare", role: "radiogroup", "aria-label": "Tokenizer" }, ...rows);
  const choose = (tokenizer) => {
    store.set({ tokenizer });
    rows[tokenizer].focus();
  };
  onKeys(element, rowKeys(() => store.get().tokenizer, () => rows.length, choose), signal);
  rows.forEach((row, i) => row.addEventListener("click", () => choose(i), { signal }));
  return {
    element,
    update: (seen) => {
      const most = Math.max(1, ...seen.encodings.map(({ length }) => length));
      rows.forEach(({ children: [, bar, tokens, each] }, i) => {
        const { length } = seen.encodings[i];
        bar.style.setProperty("--part", `${(100 * length) / most}%`);
        tokens.textContent = count(length, "token");
        each.textContent = length ? `${(seen.bytes / length).toFixed(1)} bytes each` : "";
        setAttribute(rows[i], "aria-checked", String(i === seen.state.tokenizer));
      });
      rove(rows, seen.state.tokenizer);
    },
  };
}

/** The tokens: the deeper the color, the more bytes in one. Below each its id and its bytes. @param {Parts} parts @returns {View} */
export function tokensView({ store, signal }) {
  const { element, update } = createWords("Token", (token) => store.set({ token }), signal);
  return {
    element,
    update: ({ state, tokenizer, tokens }, colors) => {
      update(tokens.map((index) => show(tokenizer.tokens[index])), state.token, null, colors);
      const tones = Array.from({ length: 13 }, (_, i) => toneOf(i / 12, colors));
      tokens.forEach((index, i) => {
        const { length } = tokenizer.tokens[index];
        const { style, lastElementChild } = element.children[i];
        Object.assign(style, tones[Math.min(12, length - 1)]);
        lastElementChild.textContent = `${index + tokenizer.special} · ${length}`;
      });
    },
  };
}

/** @param {number} depth 0 to 1, in even steps: ramp takes the root @param {import("../shared/theme.js").Palette} colors */
function toneOf(depth, colors) {
  const background = ramp(depth ** 2, colors);
  return { background, color: readableOn(background, colors) };
}

/** How merges made the chosen token, from its bytes. @param {Parts} parts @returns {View} */
export function mergesView() {
  const element = h("ol", { class: "lmkit-merges", "aria-label": "Merges", tabindex: 0 });
  return {
    element,
    update: ({ state, tokenizer, tokens }) => {
      const steps = mergeSteps(tokenizer, tokenizer.tokens[tokens[state.token]] ?? []);
      element.replaceChildren(...steps.map((step, i) => row(tokenizer, step, steps[i - 1])));
    },
  };
}

/** @param {import("../shared/bpe.js").Tokenizer} tokenizer @param {number[]} step @param {number[]} [before] */
function row(tokenizer, step, before) {
  const made = before && step.find((index) => !before.includes(index));
  const parts = step.map((index) => h("bdi", { class: index === made && "lmkit-new" }, show(tokenizer.tokens[index])));
  return h("li", {}, h("span", {}, before ? `merge ${made - 256}` : "bytes"), ...parts);
}

/** @returns {View} */
export function sentenceView() {
  const element = h("output", { class: "lmkit-say", "aria-live": "polite" });
  return {
    element,
    update: (seen) => {
      const [name, says] = sentence(seen);
      element.replaceChildren(h("b", {}, name), says);
    },
  };
}

/** All tokens as a table, on request. @returns {View} */
export function tableView() {
  return onRequest("tokens", ({ state, tokenizer, tokens }) => makeTable(tokenizer.name, ["Token", "id", "Bytes", "Merge"], tokens.map((index, i) => {
    const bytes = tokenizer.tokens[index];
    const cells = [`${index + tokenizer.special}`, hex(bytes, " "), index < 256 ? "none" : `${index - 256}`];
    return makeRow(h("bdi", {}, show(bytes)), cells, i === state.token);
  })));
}
