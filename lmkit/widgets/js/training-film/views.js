import { bar, h, setAttribute, showIf, toggle } from "../shared/dom.js";
import { count, grouped, isolated } from "../shared/text.js";
import { frameSays, lossAt } from "./data.js";

/** @typedef {import("./index.js").Parts} Parts */

/** The title, and what concerns the curves. @param {Parts} parts */
export function titleView(parts) {
  const { label, steps } = parts.film;
  const play = toggle("play", (state) => state.playing, ({ playing }) => ({ playing: !playing }), parts);
  const log = toggle("log", (state) => state.log, (state) => ({ log: !state.log }), parts);
  const beside = [isolated(label), count(steps.length, "snapshot")].filter(Boolean).join(" · ");
  const title = h("p", { class: "lmkit-title" }, h("b", {}, "Training"), beside);
  return bar([play, log], title, play.element, log.element);
}

/** The numbers of the frame. A screen reader hears them from the handle. @param {Parts} parts */
export function frameView({ film }) {
  const element = h("p", { class: "lmkit-say" });
  const update = ({ state }) => {
    const [step, says] = frameSays(film, state.frame);
    element.replaceChildren(h("b", {}, step), says);
  };
  return { element, update };
}

/** What the model of the frame writes. A screen reader hears it from the handle. @param {Parts} parts */
export function writesView({ film: { beginning, writes } }) {
  const says = beginning ? ["After ", h("bdi", {}, beginning), " it writes"] : ["It writes"];
  const text = h("p", { class: "lmkit-written", dir: "auto" });
  const element = h("div", { hidden: !writes.length }, h("p", { class: "lmkit-title" }, ...says), text);
  return { element, update: ({ state }) => { text.textContent = writes[state.frame] ?? ""; } };
}

/** The numbers of all frames, on request. @param {Parts} parts */
export function framesView({ film: { steps, train, valid, measures, writes } }) {
  const element = h("div", { class: "lmkit-table", role: "group", "aria-label": "Table of frames", tabindex: 0 });
  const names = ["Step", "Loss, training text", "Loss, held out", ...measures.map(([name]) => name), ...(writes.length ? ["It writes"] : [])];
  const rows = steps.map((step, i) => {
    const numbers = [lossAt(train, step), lossAt(valid, step), ...measures.map(([, values]) => values[i].toFixed(2)), ...writes.slice(i, i + 1)];
    return h("tr", {}, h("th", { scope: "row" }, grouped(step)), ...numbers.map((number) => h("td", {}, number)));
  });
  const head = h("thead", {}, h("tr", {}, ...names.map((name) => h("th", { scope: "col" }, name))));
  element.append(h("table", {}, h("caption", {}, "All snapshots"), head, h("tbody", {}, ...rows)));
  const update = ({ state: { table, frame } }) => {
    showIf(element, table);
    rows.forEach((row, i) => setAttribute(row, "aria-current", i === frame && "true"));
  };
  return { element, update };
}
