import { bar, h, setAttribute, toggle, toggleButton } from "../shared/dom.js";
import { numberView } from "../shared/number.js";
import { SPEEDS } from "./run.js";
import { STEPS } from "./training.js";
import { titleOf } from "./words.js";

/** The title, and what starts and stops. @param {import("./index.js").Parts} parts */
export function titleView({ store, signal, runner }) {
  const beside = h("span");
  const press = () => store.set({ running: !store.get().running && runner.run().training.step() < STEPS });
  const run = toggleButton("train", press, signal);
  const again = toggleButton("start again", runner.restart, signal);
  for (const button of [run, again]) button.removeAttribute("aria-pressed");
  const table = toggle("table", (state) => state.table, (state) => ({ table: !state.table }), { store, signal });
  const title = h("p", { class: "lmkit-title" }, h("b", {}, "A head forms"), beside);
  const update = (seen) => {
    beside.textContent = titleOf(seen);
    run.textContent = seen.state.running ? "pause" : "train";
    setAttribute(run, "aria-disabled", seen.run.training.step() === STEPS && "true");
  };
  return { ...bar([table, { update }], title, run, again, table.element), press };
}

/** What is trained, and how fast. @param {import("./index.js").Parts} parts */
export function choicesView(parts) {
  const layers = [1, 2].map((n) => toggle(n === 1 ? "1 layer" : "2 layers", (state) => state.layers === n, () => ({ layers: n }), parts));
  const speeds = SPEEDS.map((speed) => toggle(speed, (state) => state.speed === speed, () => ({ speed }), parts));
  const seed = numberView("seed", { type: "number", min: 0, max: 2 ** 31 - 1, step: 1 }, "seed", parts);
  const group = (name, buttons) => h("div", { class: "lmkit-segments", role: "group", "aria-label": name }, ...buttons.map(({ element }) => element));
  return bar([...layers, ...speeds, seed], group("Layers", layers), group("Speed", speeds), seed.element);
}
