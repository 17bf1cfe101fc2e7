import { ramp, readableOn } from "../shared/color.js";
import { h, setAttribute } from "../shared/dom.js";
import { onKeys, rove, rowKeys } from "../shared/keys.js";
import { shorten, visible } from "../shared/text.js";
import { share } from "./numbers.js";
import { quoted, rowOf } from "./seen.js";
import { spreadWords } from "./words.js";

/** The words of the sentence: each chooses its row, and carries its share of the chosen one.
 * @param {import("../shared/store.js").Store<import("./seen.js").State>} store @param {AbortSignal} signal
 */
export function createStrip(store, signal) {
  const heading = h("p", { class: "lmkit-note" });
  const words = h("div", { class: "lmkit-words", role: "radiogroup", "aria-label": "Row", tabindex: -1 });
  let tokens;
  const choose = (query) => { store.set({ query }); words.children[query].focus(); };
  onKeys(words, rowKeys(() => store.get().query, () => tokens.length, choose), signal);
  words.addEventListener("click", (event) => {
    const query = [...words.children].indexOf(event.target.closest("button"));
    if (query >= 0) choose(query);
  }, { signal });
  /** @param {import("./seen.js").Seen} seen @param {import("../shared/theme.js").Palette} colors */
  const update = (seen, colors) => {
    if (tokens !== seen.head.tokens) words.replaceChildren(...(tokens = seen.head.tokens).map(chip));
    const chips = [...words.children];
    rove(chips, seen.query);
    rowOf(seen, seen.run.weights).forEach((p, k) => paint(chips[k], p, k === seen.query, colors));
    heading.replaceChildren(h("b", {}, `Shares of ${quoted(seen, seen.query)}: `), spreadWords(seen));
  };
  return { element: h("div", {}, heading, words), update };
}

/** @param {string} token @returns {HTMLElement} */
function chip(token) {
  return h("button", { type: "button", class: "lmkit-chip", role: "radio", dir: "auto" }, shorten(visible(token), 16), h("span"));
}

/** @param {HTMLElement} button @param {number} p @param {boolean} chosen @param {import("../shared/theme.js").Palette} colors */
function paint(button, p, chosen, colors) {
  const background = ramp(p, colors);
  button.style.background = background;
  button.style.color = readableOn(background, colors);
  button.lastChild.textContent = p ? share(p) : "";
  setAttribute(button, "aria-checked", String(chosen));
}
