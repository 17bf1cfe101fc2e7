import { bar, choice, h, isolateWords, setAttribute, showIf, toggle, toggleButton } from "../shared/dom.js";
import { onKeys, rove, rowKeys } from "../shared/keys.js";
import { makeRow, makeTable, onRequest } from "../shared/table.js";
import { percent, shorten } from "../shared/text.js";
import { shareOf } from "./attacking.js";
import { FRESH } from "./data.js";
import { sentence } from "./seen.js";
import { withSwap } from "./swapping.js";

/** What a view is made from.
 * @typedef {{stories: import("./data.js").Stories, ask: import("./data.js").Ask, attack: () => void,
 *   make: (swaps: [string, string][], swap: [string, string]) => void,
 *   store: import("../shared/store.js").Store<any>, signal: AbortSignal}} Parts
 * @typedef {{element: HTMLElement, update: (seen: import("./seen.js").Seen) => void}} View
 */

/** What concerns the whole figure. @param {Parts} parts @returns {View} */
export function titleView(parts) {
  const { stories: { texts }, store, signal, attack } = parts;
  const find = toggleButton("find a flip for me", attack, signal);
  find.removeAttribute("aria-pressed");
  const undo = toggleButton("as it was", () => store.set({ ...FRESH }), signal);
  undo.removeAttribute("aria-pressed");
  const controls = [
    choice("Story", texts.map((text, i) => [i, `${i + 1}: ${shorten(text, 34)}`]), (state) => state.story, (story) => ({ ...FRESH, story }), parts),
    { element: find, update: ({ state }) => { find.textContent = state.running ? "stop" : "find a flip for me"; } },
    { element: undo, update: ({ state }) => setAttribute(undo, "disabled", !state.swaps.length && !state.running) },
    toggle("table", (state) => state.table, (state) => ({ table: !state.table }), parts),
  ];
  const title = h("p", { class: "lmkit-title" }, h("b", {}, "Swap a word"), "the truth stays");
  return bar(controls, title, ...controls.map(({ element }) => element));
}

/** The story: its words that can be swapped are buttons. @param {Parts} parts @returns {View} */
export function storyView({ store, signal }) {
  const element = h("div", { class: "lmkit-story", role: "radiogroup", "aria-label": "Words that can be swapped" });
  const buttons = () => /** @type {HTMLElement[]} */ ([...element.querySelectorAll("button")]);
  const go = (place) => {
    store.set({ place, slot: Number(buttons()[place].dataset.slot) });
    buttons()[place].focus();
  };
  onKeys(element, rowKeys(() => store.get().place, () => buttons().length, go), signal);
  element.addEventListener("click", ({ target }) => {
    const place = buttons().findIndex((one) => one === target);
    if (place >= 0) go(place);
  }, { signal });
  let shown = "";
  function update({ pieces, state }) {
    const now = JSON.stringify(pieces.map(({ slot }) => slot).concat(state.story));
    if (now !== shown) element.replaceChildren(...pieces.map(({ slot }) => (slot < 0 ? document.createTextNode("") : wordButton(slot))));
    shown = now;
    pieces.forEach(({ shown: text }, i) => { if (element.childNodes[i].textContent !== text) element.childNodes[i].textContent = text; });
    const all = buttons();
    const isSwapped = pieces.filter(({ slot }) => slot >= 0).map((piece) => piece.isSwapped);
    all.forEach((one, i) => {
      const mine = Number(one.dataset.slot) === state.slot;
      setAttribute(one, "aria-checked", `${mine && i === state.place}`);
      one.classList.toggle("lmkit-mine", mine);
      one.classList.toggle("lmkit-swapped", isSwapped[i]);
    });
    rove(all, Math.min(state.place, all.length - 1));
  }
  return { element, update };
}

/** @param {number} slot */
const wordButton = (slot) => h("button", { type: "button", class: "lmkit-word", role: "radio", "data-slot": slot });

/** What may stand in the place of the chosen word. @param {Parts} parts @returns {View} */
export function optionsView({ store, signal, make }) {
  const label = h("span", { class: "lmkit-place" });
  const list = h("div", { class: "lmkit-options", role: "radiogroup" });
  const element = h("div", { class: "lmkit-others" }, label, list);
  const all = () => /** @type {HTMLElement[]} */ ([...list.children]);
  let seen;
  const take = (i) => {
    const other = seen.options[i];
    if (other !== seen.now) make(withSwap(store.get().swaps, seen.word, other), [seen.word, other]);
    all().find(({ textContent }) => textContent === other)?.focus();
  };
  onKeys(list, rowKeys(() => seen.options.indexOf(seen.now), () => seen.options.length, take), signal);
  list.addEventListener("click", ({ target }) => {
    const i = all().findIndex((one) => one === target);
    if (i >= 0) take(i);
  }, { signal });
  function update(now) {
    seen = now;
    label.textContent = now.word ? "in its place:" : "Choose a marked word of the story.";
    showIf(list, now.word !== "");
    setAttribute(list, "aria-label", now.word && `In the place of ${now.word}`);
    while (list.children.length > now.options.length) list.lastElementChild.remove();
    while (list.children.length < now.options.length) list.append(h("button", { type: "button", class: "lmkit-button", role: "radio" }));
    all().forEach((one, i) => {
      one.textContent = now.options[i];
      setAttribute(one, "aria-checked", `${now.options[i] === now.now}`);
    });
    rove(all(), now.options.indexOf(now.now));
  }
  return { element, update };
}

/** The answer as a bar between the classes, and the truth beside it. @param {Parts} parts @returns {View} */
export function answerView({ stories: { classes } }) {
  const [left, right] = classes.map(() => h("span"));
  const drawn = h("i", { "aria-hidden": "true" });
  const truth = h("p", { class: "lmkit-truth" });
  const element = h("div", { class: "lmkit-answer" }, h("div", { class: "lmkit-ends" }, left, right), drawn, truth);
  function update({ share, said, truth: is, isFlipped }) {
    left.textContent = `${classes[0]} ${percent(1 - share)}`;
    right.textContent = `${percent(share)} ${classes[1]}`;
    [left, right].forEach((one, i) => one.classList.toggle("lmkit-said", classes[i] === said));
    drawn.style.setProperty("--share", `${100 * share}%`);
    element.classList.toggle("lmkit-flipped", isFlipped);
    truth.replaceChildren("The truth, whatever is swapped: ", h("b", {}, is), ".", ...(isFlipped ? [" ", h("strong", {}, "flipped")] : []));
  }
  return { element, update };
}

/** One sentence with the numbers, read out when it changes. @returns {View} */
export function sayView() {
  const element = h("output", { class: "lmkit-say", "aria-live": "polite" });
  return { element, update: (seen) => element.replaceChildren(...isolateWords(sentence(seen))) };
}

/** The way there, on request. @returns {View} */
export const tableView = () => onRequest("swaps", ({ before, stories, state }) => {
  const first = makeRow("as it was", [percent(shareOf(before, stories.labels[state.story])), "0"]);
  const rows = state.trail.map(({ swap, share, queries }) => makeRow(swap.join(" → "), [percent(share), `${queries}`]));
  return makeTable("What each swap did", ["Swap", "For the truth", "Asked about"], [first, ...rows]);
});
