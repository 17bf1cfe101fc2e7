import { bar, choice, h, setAttribute, showIf, toggle, toggleButton } from "../shared/dom.js";
import { clamp } from "../shared/math.js";
import { continues } from "../shared/matrix.js";
import { shorten } from "../shared/text.js";
import { titleOf } from "./words.js";

/** @typedef {import("./show.js").Parts} Parts */

/** The title, and what concerns the whole figure. @param {Parts} parts */
export function titleView(parts) {
  const words = h("p", { class: "lmkit-title" });
  const hide = toggle("", (state) => state.hide, (state) => ({ hide: !state.hide, cell: null }), parts);
  const table = toggle("table", (state) => state.table, (state) => ({ table: !state.table }), parts);
  const more = toggle("more", (state) => state.more, (state) => ({ more: !state.more }), parts);
  const times = timesView(parts);
  const named = {
    update({ attention }) {
      const { specials, keyWords } = attention;
      const [title, beside] = titleOf(attention);
      words.replaceChildren(h("b", {}, title), beside);
      const names = [...new Set(specials.map((i) => keyWords[i]))].slice(0, 2).join(" ");
      hide.element.textContent = `hide ${names}`;
      hide.element.hidden = !names || specials.length === keyWords.length;
    },
  };
  return bar([named, ...times.buttons, hide, table, more], words, times.element, hide.element, table.element, more.element);
}

/** Before, after, or the change; nothing where there is no before. @param {Parts} parts */
function timesView(parts) {
  const buttons = ["before", "after", "change"].map((show) => toggle(show, (state) => state.show === show, () => ({ show }), parts));
  const element = h("div", { class: "lmkit-segments", role: "group", "aria-label": "Time" }, ...buttons.map((button) => button.element));
  element.hidden = !parts.texts[0].before.length;
  return { buttons, element };
}

/** Which of several texts; nothing where there is one. @param {Parts} parts */
export function textsView(parts) {
  const { texts, store, signal } = parts;
  const said = ({ queryWords }, i) => shorten(`${i + 1}: ${queryWords.slice(0, 12).join(" ").replaceAll(" ␣", " ")}`, 48);
  const text = choice("Text", texts.map((one, i) => [i, said(one, i)]), (state) => state.text, (text) => ({ text, cell: null }), parts);
  const turn = (says, label, by) => {
    const button = toggleButton(says, () => store.set({ text: clamp(store.get().text + by, texts.length), cell: null }), signal);
    setAttribute(button, "aria-pressed", null);
    setAttribute(button, "aria-label", label);
    return button;
  };
  const row = bar([text], turn("‹", "Previous text", -1), text.element, turn("›", "Next text", 1));
  row.element.hidden = texts.length < 2;
  return row;
}

const MEANS = [["", "one head"], ["pinned", "mean of the pinned"], ["group", "mean of the group"], ["layer", "mean of the layer"], ["all", "mean of all heads"]];
const MASSES = [[1, "all shares"], ...[90, 70, 50].map((part) => [part / 100, `largest ${part}\u00a0%`])];
const PARTS = [["", "both sentences"], ...["AA", "AB", "BA", "BB"].map((part) => [part, `${part[0]} → ${part[1]}`])];

/** The rest of what can be chosen, on request; of it, what applies. @param {Parts} parts */
export function moreView(parts) {
  const { texts, store } = parts;
  const [{ heads, kvHeads = heads, weightings }] = texts;
  const numbers = [["after", "attention"], ...weightings.map(({ name }) => [name, name])];
  const means = MEANS.filter(([mean]) => mean !== "group" || kvHeads < heads);
  const controls = [
    weightings.length && choice("Numbers", numbers, (state) => state.show, (show) => ({ show }), parts),
    texts.some(({ pair }) => pair) && choice("Sentences", PARTS, (state) => state.part, (part) => ({ part, cell: null }), parts),
    heads * texts[0].layers > 1 && choice("Heads", means, (state) => state.mean, (mean) => ({ mean }), parts),
    choice("Shares", MASSES, (state) => state.mass, (mass) => ({ mass }), parts),
    texts.some(hasPieces) && toggle("whole words", (state) => state.whole, (state) => ({ whole: !state.whole, cell: null }), parts),
  ].filter(Boolean);
  const row = bar(controls, ...controls.map(({ element }) => element));
  return { ...row, update(scene) { showIf(row.element, store.get().more); row.update(scene); } };
}

/** @param {import("./data.js").Attention} attention */
const hasPieces = ({ queryWords, keyWords }) => [queryWords, keyWords].some((words) => continues(words).includes(true));

/** The order of the heads; nothing where Python gave no score. @param {Parts} parts */
export function sortView(parts) {
  const names = Object.keys(parts.texts[0].scores);
  const options = [["", "by layer"], ...names.map((name) => [name, name])];
  const sort = choice("Order of the heads", options, (state) => state.sort, (sort) => ({ sort }), parts);
  sort.element.hidden = names.length === 0;
  return bar([sort], sort.element);
}

/** Heat map or lines; and whether the head is pinned, where heads can be. @param {{store: Parts["store"], signal: AbortSignal}} parts
 * @param {(state: any) => object} [pin] pins the chosen head, or takes it off
 */
export function formView(parts, pin) {
  const map = toggle("heat map", (state) => !state.lines, () => ({ lines: false }), parts);
  const lines = toggle("lines", (state) => state.lines, () => ({ lines: true }), parts);
  const pinned = pin && toggle("pin", isPinned, pin, parts);
  const segments = h("div", { class: "lmkit-segments", role: "group", "aria-label": "Form" }, map.element, lines.element);
  return pinned ? bar([map, lines, pinned], segments, pinned.element) : bar([map, lines], segments);
}

/** @param {import("./scene.js").State} state */
export const isPinned = ({ layer, head, pinned }) => pinned.some(([l, h]) => l === layer && h === head);
