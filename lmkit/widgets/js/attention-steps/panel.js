import { h } from "../shared/dom.js";
import { onWidth } from "../shared/figure.js";
import { explain } from "./explain.js";
import { createMatrix } from "./matrix.js";
import { matrixTable } from "./table.js";
import { legend } from "./tones.js";
import { stepsOf } from "./words.js";

/** The matrix, and beside it (below it on a phone) the chosen cell that explains itself.
 * @param {import("../shared/store.js").Store<import("./seen.js").State>} store @param {AbortSignal} signal
 */
export function createPanel(store, signal) {
  const matrix = createMatrix(store, signal);
  const does = h("p", { class: "lmkit-does" });
  const key = h("div", { class: "lmkit-legend" });
  const picture = h("div");
  const explanation = h("div", { class: "lmkit-explain", role: "group", "aria-label": "The chosen cell" });
  onWidth(picture, (width) => store.set({ width }), signal);
  /** @param {import("./seen.js").Seen} seen @param {import("../shared/theme.js").Palette} colors */
  const update = (seen, colors) => {
    const columns = seen.step < 5 ? "keys" : "components";
    does.replaceChildren(h("b", {}, stepsOf(seen)[seen.step - 1].does), ` Rows: queries, columns: ${columns}.`);
    if (seen.table) show(picture, matrixTable(seen));
    else if (!matrix.element.isConnected) show(picture, matrix.element, key);
    matrix.update(seen, colors);
    key.replaceChildren(h("i"), ...legend(seen).map((text) => h("span", {}, text)));
    explanation.replaceChildren(...explain(seen));
  };
  return { element: h("div", {}, does, h("div", { class: "lmkit-two" }, picture, explanation)), update };
}

/** The matrix or its table; the keyboard stays where it was. @param {HTMLElement} place @param {...HTMLElement} elements */
function show(place, ...elements) {
  const focused = place.contains(document.activeElement);
  place.replaceChildren(...elements);
  if (focused) elements[0].focus();
}
