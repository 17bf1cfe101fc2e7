/** What the reader can change. Each part: an element, and update(seen) to follow what is seen. */
import { h } from "../shared/dom.js";
import { shorten } from "../shared/text.js";
import { number } from "./numbers.js";
import { componentNames, quoted } from "./seen.js";

/**
 * @typedef {import("./seen.js").Seen} Seen
 * @typedef {import("../shared/store.js").Store<import("./seen.js").State>} Store
 */

/** Scale, mask and temperature. @param {Store} store @param {() => void} reset @param {AbortSignal} signal */
export function createSettings(store, reset, signal) {
  const scaled = checkbox("divide by √d", (on) => store.set({ scaled: on }), signal);
  const causal = checkbox("hide what comes later", (on) => store.set({ causal: on }), signal);
  const temperature = slider("temperature", { min: 0.25, max: 4, step: 0.05 }, (t) => store.set({ temperature: t }), signal);
  const button = h("button", { type: "button", class: "lmkit-button" }, "reset");
  button.addEventListener("click", reset, { signal });
  const element = h("div", { class: "lmkit-settings" }, scaled.element, causal.element, temperature.element, button);
  /** @param {Seen} seen */
  const update = (seen) => {
    scaled.show(seen.scaled);
    causal.show(seen.causal);
    temperature.show(seen.temperature);
  };
  return { element, update };
}

/** A slider for each component of the chosen query, where they are few.
 * @param {(component: number, value: number) => void} edit @param {AbortSignal} signal
 */
export function createQueryEditor(edit, signal) {
  const element = h("fieldset", { class: "lmkit-query" });
  const legend = h("legend");
  let shown = -1;
  let sliders = [];
  /** @param {Seen} seen */
  const build = ({ head }) => {
    const most = Math.max(2, Math.ceil(1.5 * Math.max(...head.query.map(Math.abs))));
    sliders = componentNames(head.dimensions, head.dHead).map((name, d) =>
      slider(head.dimensions.length ? shorten(name, 14) : `component ${name}`, { min: -most, max: most, step: 0.1 }, (value) => edit(d, value), signal));
    element.replaceChildren(legend, ...sliders.map((one) => one.element));
  };
  /** @param {Seen} seen */
  const update = (seen) => {
    const { head, query, example } = seen;
    element.hidden = head.dHead > 8;
    if (element.hidden) return;
    if (shown !== example) build(seen);
    shown = example;
    legend.textContent = `Query of ${quoted(seen, query)}: what it looks for`;
    sliders.forEach(({ show }, d) => show(head.query[query * head.dHead + d]));
  };
  return { element, update };
}

/** @param {string} text @param {(on: boolean) => void} change @param {AbortSignal} signal */
function checkbox(text, change, signal) {
  const input = h("input", { type: "checkbox" });
  input.addEventListener("change", () => change(input.checked), { signal });
  return { element: h("label", {}, input, text), show: (on) => { input.checked = on; } };
}

/** @param {string} text @param {{min: number, max: number, step: number}} limits
 * @param {(value: number) => void} change @param {AbortSignal} signal
 */
function slider(text, limits, change, signal) {
  const input = h("input", { type: "range", ...limits });
  const value = h("span");
  input.addEventListener("input", () => change(input.valueAsNumber), { signal });
  const show = (x) => {
    input.value = String(x);
    value.textContent = number(x);
  };
  return { show, element: h("label", { class: "lmkit-slider" }, h("span", {}, text), input, value) };
}
