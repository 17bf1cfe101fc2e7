import { h, setAttribute, toggleButton } from "../shared/dom.js";
import { onKeys, rove, rowKeys } from "../shared/keys.js";
import { stepsOf } from "./words.js";

/**
 * @typedef {import("./seen.js").Seen} Seen
 * @typedef {import("../shared/store.js").Store<import("./seen.js").State>} Store
 */

/** The title, the list of examples, and the switch to a table.
 * @param {{label: string, choose: string, names: string[]}} texts @param {Store} store @param {AbortSignal} signal
 */
export function createHeader({ label, choose, names }, store, signal) {
  const shape = h("span");
  const select = h("select", { class: "lmkit-select" }, ...names.map((name) => h("option", {}, name)));
  select.addEventListener("change", () => store.set({ example: select.selectedIndex }), { signal });
  const table = toggleButton("table", () => store.set({ table: !store.get().table }), signal);
  const element = h("div", { class: "lmkit-bar" },
    h("p", { class: "lmkit-title" }, h("b", {}, label), shape),
    ...(names.length > 1 ? [h("label", {}, choose, select)] : []), table);
  /** @param {Seen} seen */
  const update = (seen) => {
    shape.textContent = `${seen.head.tokens.length} tokens · d\u00a0=\u00a0${seen.head.dHead}`;
    select.selectedIndex = seen.example;
    setAttribute(table, "aria-pressed", String(seen.table));
  };
  return { element, update };
}

/** The buttons 1 to 5, which read like the formula, and one that goes on to the next, after the last to the first. @param {Store} store @param {AbortSignal} signal */
export function createStepBar(store, signal) {
  const buttons = [1, 2, 3, 4, 5].map((step) => toggleButton("", () => store.set({ step }), signal));
  const row = h("div", { class: "lmkit-segments lmkit-steps", role: "group", "aria-label": "Steps" }, ...buttons);
  const next = h("button", { type: "button", class: "lmkit-button" });
  next.addEventListener("click", () => store.set({ step: (store.get().step % 5) + 1 }), { signal });
  const go = (index) => { store.set({ step: index + 1 }); buttons[index].focus(); };
  onKeys(row, rowKeys(() => store.get().step - 1, () => 5, go), signal);
  /** @param {Seen} seen */
  const update = (seen) => {
    const steps = stepsOf(seen);
    rove(buttons, seen.step - 1);
    next.textContent = seen.step < 5 ? `next: ${steps[seen.step].name} →` : "↺ from the start";
    steps.forEach(({ name, off }, i) => {
      setAttribute(buttons[i], "aria-pressed", String(i === seen.step - 1));
      buttons[i].replaceChildren(h("small", {}, String(i + 1)), " ", off ? h("s", {}, name) : name);
    });
  };
  return { element: h("div", { class: "lmkit-bar lmkit-step-bar" }, row, next), update };
}
