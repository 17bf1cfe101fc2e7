/** All heads, one of them in focus, and what is switched off. */
import { focusView } from "../attention-heads/focus.js";
import { overviewView } from "../attention-heads/overview.js";
import { derive } from "../attention-heads/scene.js";
import { formView } from "../attention-heads/toolbar.js";
import { h, setAttribute, toggleButton } from "../shared/dom.js";
import { min } from "../shared/math.js";
import { headName, neuronName } from "../shared/text.js";
import { countOff, isIn, toggled } from "./data.js";

/** @typedef {import("./index.js").Parts} Parts @typedef {import("./index.js").View} View */

/** The heads on this text, by the views of AttentionHeads. @param {Parts} parts @param {() => void} goOn to the tokens
 * @returns {View & {focus: () => void}}
 */
export function headsView(parts, goOn) {
  const { model: { config }, capacity, signal } = parts;
  const store = withQuery(parts.store);
  const attention = { layers: config.n_layers, heads: config.n_heads, queries: capacity };
  const focus = focusView({ attention, store, signal, goDeeper: goOn, goBack: () => overview.focus() });
  const overview = overviewView({ attention, store, signal, goDeeper: focus.focus });
  const form = formView({ store, signal });
  const off = switchView(parts);
  const list = offView(parts);
  const left = h("div", {}, overview.element, off.element, list.element);
  const element = h("div", { class: "lmkit-pair" }, left, h("div", { class: "lmkit-one-head" }, form.element, focus.element));

  function update(seen, colors, changed) {
    const { state, reading } = seen;
    const panels = panelsOf(state.width, config.n_heads);
    const scene = {
      ...derive(reading.attention, { ...state, query: state.position, hide: false, sort: "", show: "after" }),
      off: new Set(state.off.heads.map(([layer, head]) => layer * config.n_heads + head)),
    };
    left.style.width = `${panels.overview}px`;
    const look = { colors, panels, coarse: matchMedia("(pointer: coarse)").matches };
    for (const view of [overview, form, focus]) view.update(scene, look, changed);
    off.update(seen);
    list.update(seen);
  }
  return { element, update, focus: focus.focus };
}

/** The views of AttentionHeads call the chosen token a query. @param {import("../shared/store.js").Store<any>} store */
function withQuery({ get, set }) {
  return /** @type {any} */ ({
    get,
    set: ({ query, ...rest }) => set(query === undefined ? rest : { ...rest, position: query }),
  });
}

/** Side by side where both have room. @param {number} width @param {number} heads */
function panelsOf(width, heads) {
  const overview = min(width, 22 + heads * 68);
  const rest = width - overview - 26; // the gap, and what rounding takes
  return rest >= 260 ? { sideBySide: true, overview, focus: min(420, rest) } : { sideBySide: false, overview, focus: min(420, width) };
}

/** Switches the chosen head off, or on again. @param {Parts} parts @returns {View} */
function switchView({ store, signal }) {
  const button = toggleButton("", () => store.set(withHead(store.get())), signal);
  return {
    element: h("div", { class: "lmkit-bar" }, button),
    update: ({ state: { layer, head, off } }) => {
      button.textContent = `switch off ${headName(layer, head)}`;
      setAttribute(button, "aria-pressed", `${isIn(off.heads, layer, head)}`);
    },
  };
}

/** @param {import("./data.js").State} state @returns {object} the chosen head off, or on again */
export const withHead = ({ off, layer, head }) => ({ off: toggled(off, "heads", layer, head) });

/** What is switched off; a click switches it on. @param {Parts} parts @returns {View} */
function offView({ store, signal }) {
  const element = h("div", { class: "lmkit-bar", role: "group", "aria-label": "Switched off" });
  let shown;
  element.addEventListener("click", ({ target }) => {
    const { kind, layer, number } = target.closest("button")?.dataset ?? {};
    if (kind === "all") store.set({ off: { heads: [], neurons: [] } });
    else if (kind) store.set({ off: toggled(store.get().off, kind, Number(layer), Number(number)) });
    if (kind) /** @type {HTMLElement} */ (element.querySelector("button") ?? element.closest(".lmkit-figure")).focus();
  }, { signal });
  const button = (says, data) => {
    const made = h("button", { type: "button", class: "lmkit-button" }, says);
    Object.assign(made.dataset, data);
    return made;
  };
  function update({ state: { off } }) {
    if (off === shown) return;
    shown = off;
    const one = (kind, name) => off[kind].map(([layer, number]) => button(`${name(layer, number)} ✕`, { kind, layer, number }));
    const all = countOff(off) > 1 ? [button("all on again", { kind: "all" })] : [];
    const off_ = countOff(off) ? "off:" : "Nothing is switched off.";
    element.replaceChildren(h("span", {}, off_), ...one("heads", headName), ...one("neurons", neuronName), ...all);
  }
  return { element, update };
}
