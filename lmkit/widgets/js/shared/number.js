import { h } from "./dom.js";

/** A number with its name. What is no number, or none of those that may be, changes nothing.
 * @param {string} says @param {Record<string, any>} attributes placeholder: what stands there for no number, which may be too
 * @param {string} name in the state @param {{store: import("./store.js").Store<any>, signal: AbortSignal}} parts
 * @param {(value: number) => string} [tell] the value, where the control does not show it
 */
export function numberView(says, attributes, name, { store, signal }, tell) {
  const input = h("input", { ...attributes, class: attributes.type === "number" ? "lmkit-select" : null });
  const shown = h("span", { "aria-hidden": "true" });
  input.addEventListener("input", () => {
    const value = input.value === "" && attributes.placeholder ? null : input.valueAsNumber;
    const fits = Number.isFinite(value) && value >= attributes.min && value <= attributes.max && (tell || Number.isInteger(value));
    if (value === null || fits) store.set({ [name]: value });
  }, { signal });
  input.addEventListener("blur", () => { input.value = store.get()[name] ?? ""; }, { signal });
  return {
    element: h("label", {}, says, input, shown),
    update: ({ state }) => {
      const value = state[name];
      if (document.activeElement !== input || attributes.type === "range") input.value = value ?? "";
      if (tell) shown.textContent = tell(value);
    },
  };
}
