import { h, showIf } from "../shared/dom.js";
import { range } from "../shared/math.js";
import { percent } from "../shared/text.js";
import { countOff } from "./data.js";
import { isAsked, likeliest, wordOf } from "./seen.js";
import { nats } from "./words.js";

const cell = (text) => h("td", {}, text);

/** All tokens with their numbers, on request. @param {import("./index.js").Parts} parts @returns {import("./index.js").View} */
export function tableView({ model }) {
  const element = h("div", { class: "lmkit-table", role: "group", "aria-label": "Table of tokens", tabindex: 0 });

  function update({ state, reading }) {
    showIf(element, state.table);
    if (!state.table) return;
    const { tokens, whole, part } = reading;
    const without = part ? ["without what is off"] : [];
    const names = ["Token", "−log p", ...without, model.config.causal ? "Expected next" : "Expected here", "share"];
    const rows = range(tokens.ids.length).map((position) => {
      const costs = [whole, part].filter(Boolean).map(({ costs }) => cell(costs[position] === null ? "" : nats(costs[position])));
      const best = isAsked(model, { ...state, position }) ? likeliest(whole.run.logits(position)) : null;
      const expected = best ? [h("td", {}, h("bdi", {}, wordOf(model, best.id))), cell(percent(best.share))] : [cell(""), cell("")];
      const hidden = state.hidden.includes(position) ? " (hidden)" : "";
      return h("tr", { "aria-current": position === state.position && "true" },
        h("th", { scope: "row" }, h("bdi", {}, tokens.words[position]), hidden), ...costs, ...expected);
    });
    const head = h("tr", {}, ...names.map((name) => h("th", { scope: "col" }, name)));
    const caption = h("caption", {}, `What each token costs, in nats${countOff(state.off) ? "; expected by the whole model" : ""}`);
    element.replaceChildren(h("table", {}, caption, h("thead", {}, head), h("tbody", {}, ...rows)));
  }
  return { element, update };
}
