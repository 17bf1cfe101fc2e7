import { h, setAttribute, showIf } from "../shared/dom.js";
import { onKeys } from "../shared/keys.js";
import { max } from "../shared/math.js";
import { parseNumber, show } from "./data.js";

/** A number to type; then two bars, that of the guess and the right one. @param {import("./index.js").Parts} parts */
export function numberView({ question: { question, unit }, store, give, signal }) {
  const field = h("input", { class: "lmkit-button", inputmode: "decimal", size: 8, autocomplete: "off", "aria-label": question });
  const rows = ["you", "it is"].map((name) => h("p", {}, h("span", {}, name), h("i"), h("span")));
  const bars = h("div", { class: "lmkit-bars" }, ...rows);
  field.addEventListener("input", () => {
    const guess = parseNumber(field.value);
    store.set({ guess });
    setAttribute(field, "aria-invalid", !!field.value && !guess.length && "true");
  }, { signal });
  onKeys(field, { Enter: () => give(store.get().guess) }, signal);
  return {
    element: h("div", { class: "lmkit-typed" }, h("label", {}, field, ` ${unit}`), bars),
    update: ({ done, guess, answer }) => {
      field.readOnly = done;
      showIf(bars, done && answer.length > 0);
      const values = [guess[0], answer[0]];
      rows.forEach(({ children: [, bar, value] }, i) => {
        if (!done || !answer.length) return;
        bar.style.setProperty("--part", `${(100 * max(0, values[i])) / max(...values, 1e-9)}%`);
        value.textContent = show(values[i], unit);
      });
    },
  };
}
