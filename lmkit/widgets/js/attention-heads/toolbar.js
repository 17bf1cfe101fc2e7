import { bar, h, toggle } from "../shared/dom.js";
import { titleOf } from "./words.js";

/** The title, and what concerns the whole figure. @param {import("./index.js").Parts} parts */
export function titleView(parts) {
  const { specials, keyWords } = parts.attention;
  const [title, beside] = titleOf(parts.attention);
  const names = [...new Set(specials.map((i) => keyWords[i]))].slice(0, 2).join(" ");
  const hide = toggle(`hide ${names}`, (state) => state.hide, (state) => ({ hide: !state.hide, cell: null }), parts);
  const table = toggle("table", (state) => state.table, (state) => ({ table: !state.table }), parts);
  hide.element.hidden = !names || specials.length === keyWords.length;
  const words = h("p", { class: "lmkit-title" }, h("b", {}, title), beside);
  const times = timesView(parts);
  return bar([...times.buttons, hide, table], words, times.element, hide.element, table.element);
}

/** Before, after, or the change; nothing where there is no before. @param {import("./index.js").Parts} parts */
function timesView(parts) {
  const buttons = ["before", "after", "change"].map((show) => toggle(show, (state) => state.show === show, () => ({ show }), parts));
  const element = h("div", { class: "lmkit-segments", role: "group", "aria-label": "Time" }, ...buttons.map((button) => button.element));
  element.hidden = !parts.attention.before.length;
  return { buttons, element };
}

/** The order of the heads; nothing where Python gave no score. @param {import("./index.js").Parts} parts */
export function sortView({ attention, store, signal }) {
  const names = ["", ...Object.keys(attention.scores)];
  const options = names.map((name) => h("option", { value: name }, name || "by layer"));
  const select = h("select", { class: "lmkit-select", "aria-label": "Order of the heads" }, ...options);
  select.addEventListener("change", () => store.set({ sort: select.value }), { signal });
  select.hidden = names.length === 1;
  return bar([], select);
}

/** Heat map or lines. @param {import("./index.js").Parts} parts */
export function formView(parts) {
  const map = toggle("heat map", (state) => !state.lines, () => ({ lines: false }), parts);
  const lines = toggle("lines", (state) => state.lines, () => ({ lines: true }), parts);
  return bar([map, lines], h("div", { class: "lmkit-segments", role: "group", "aria-label": "Form" }, map.element, lines.element));
}
