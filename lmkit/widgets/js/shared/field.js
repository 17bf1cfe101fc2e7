import { h, showIf } from "./dom.js";
import { count } from "./text.js";

/** A field for the reader's own text. What is over its length is cut off at the end, and that is said.
 * @param {{most: number, rows?: number}} size in characters @param {(text: string) => void} write @param {AbortSignal} signal
 * @returns {{element: HTMLElement, update: (text: string) => void}}
 */
export function createField({ most, rows = 2 }, write, signal) {
  const field = h("textarea", { class: "lmkit-text", rows, "aria-label": "Your text", dir: "auto", spellcheck: "false" });
  const cut = h("p", { class: "lmkit-help", role: "status", hidden: true });
  const tell = (over) => {
    cut.textContent = over > 0 ? `The figure takes ${count(most, "character")}: ${count(over, "character")} at the end ${over === 1 ? "was" : "were"} cut off.` : "";
    showIf(cut, over > 0);
  };
  field.addEventListener("input", () => {
    const over = field.value.length - most;
    if (over > 0) {
      const { selectionStart } = field;
      field.value = field.value.slice(0, most);
      field.setSelectionRange(selectionStart, selectionStart);
    }
    tell(over);
    write(field.value);
  }, { signal });
  const update = (text) => {
    if (field.value === text) return;
    field.value = text;
    tell(0);
  };
  return { element: h("div", {}, field, cut), update };
}
