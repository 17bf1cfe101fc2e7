/** What the model expects: at the chosen token, after each layer, and which neurons speak there. */
import { h, isolateWords, setAttribute } from "../shared/dom.js";
import { onKeys, rove, rowKeys } from "../shared/keys.js";
import { max, min } from "../shared/math.js";
import { neuronName, percent } from "../shared/text.js";
import { countOff, toggled } from "./data.js";
import { replaced, withToken } from "./tokens.js";
import { drawSays, offSays, sentence } from "./words.js";

/** @typedef {import("./index.js").Parts} Parts @typedef {import("./index.js").View} View */

/** Chips one below the other, with the keys of a row; its length may change.
 * @param {string} label @param {(i: number) => void} press @param {AbortSignal} signal
 */
function createList(label, press, signal) {
  const element = h("div", { class: "lmkit-words lmkit-guesses", role: "group", "aria-label": label, tabindex: -1 });
  let chosen = 0;
  const focus = (i) => {
    chosen = i;
    rove([...element.children], i);
    element.children[i].focus();
  };
  onKeys(element, rowKeys(() => chosen, () => element.children.length, focus), signal);
  element.addEventListener("click", ({ target }) => {
    const i = [...element.children].findIndex((chip) => chip.contains(target));
    if (i < 0) return;
    chosen = i;
    press(i);
  }, { signal });
  /** @param {number} count @returns {any[]} as many chips, each a button with a word and a number */
  function chips(count) {
    while (element.children.length > count) element.lastElementChild.remove();
    while (element.children.length < count) {
      element.append(h("button", { type: "button", class: "lmkit-chip", dir: "auto" }, h("bdi"), h("span")));
    }
    chosen = max(0, min(chosen, count - 1));
    rove([...element.children], chosen);
    return [...element.children];
  }
  return { element, chips };
}

/** The tokens that may stand at the chosen place, as bars: whole, and beside that without what is switched off. Choosing one
 * writes it. @param {Parts} parts @returns {View}
 */
export function guessesView({ model, reader, store, signal }) {
  const title = h("p", { class: "lmkit-title" });
  const key = h("p", { class: "lmkit-key" });
  let guesses = [];
  const list = createList("What the model expects; choose one to write it", (i) => {
    store.set({ ...writing(model, reader.tokensOf(store.get()), store.get(), guesses[i].id), running: false, cell: null });
  }, signal);

  function update(seen) {
    const { state, reading } = seen;
    guesses = seen.guesses;
    const where = model.config.causal ? "after " : "for ";
    title.replaceChildren(h("b", {}, "Expected"), where, h("bdi", {}, reading.tokens.words[state.position]));
    const off = countOff(state.off) ? `full: the whole model; striped: without ${offSays(state.off)}` : "";
    key.textContent = [drawSays(model, state), off].filter(Boolean).join("; ");
    list.chips(guesses.length).forEach((chip, i) => paintGuess(chip, guesses[i]));
  }
  return { element: h("div", {}, title, list.element, key), update };
}

/** What changes when the reader writes a token: it follows the chosen one, and what stood there is gone; of a masked model it
 * stands where the hidden one was. @param {any} model @param {import("./tokens.js").Tokens} tokens
 * @param {import("./data.js").State} state @param {number} id
 */
export function writing({ config, tokenizer }, tokens, { position, hidden }, id) {
  return config.causal
    ? { ...withToken(tokenizer, tokens, id, position + 1), position: position + 1 }
    : { ...replaced(tokenizer, tokens, id, position), hidden: hidden.filter((i) => i !== position) };
}

/** @param {any} chip @param {import("./seen.js").Guess} guess */
function paintGuess(chip, { word, whole, part, right }) {
  chip.firstElementChild.textContent = word;
  chip.firstElementChild.classList.toggle("lmkit-right", right);
  chip.lastElementChild.textContent = percent(whole) + (part === null ? "" : ` → ${percent(part)}`);
  chip.classList.toggle("lmkit-both", part !== null);
  chip.style.setProperty("--part", `${100 * whole}%`);
  chip.style.setProperty("--other", `${100 * (part ?? 0)}%`);
}

/** The likeliest token after each layer. @returns {View} */
export function lensView() {
  const title = h("p", { class: "lmkit-title" }, h("b", {}, "After each layer"));
  const list = h("ol", { class: "lmkit-layers", "aria-label": "After each layer" });
  function update({ lens }) {
    if (!list.children.length) list.append(...lens.map(({ name }) => h("li", {}, h("small", {}, name), h("bdi"), h("span"))));
    lens.forEach(({ word, share, right }, i) => {
      const row = list.children[i];
      const [, token, told] = row.children;
      token.textContent = word;
      token.classList.toggle("lmkit-right", right);
      told.textContent = percent(share);
      row.style.setProperty("--part", `${100 * share}%`);
    });
  }
  return { element: h("div", {}, title, list), update };
}

/** The neurons that speak loudest at the chosen place; each can be switched off. @param {Parts} parts @returns {View} */
export function neuronsView({ store, signal }) {
  const title = h("p", { class: "lmkit-title" });
  let neurons = [];
  const list = createList("Neurons; choose one to switch it off", (i) => {
    const { off, layer } = store.get();
    store.set({ off: toggled(off, "neurons", layer, neurons[i].neuron) });
  }, signal);

  function update(seen) {
    neurons = seen.neurons;
    title.replaceChildren(h("b", {}, `Neurons of layer ${seen.state.layer}`));
    const most = max(1e-9, ...neurons.map(({ value }) => Math.abs(value)));
    list.chips(neurons.length).forEach((chip, i) => {
      const { neuron, value, off } = neurons[i];
      chip.firstElementChild.textContent = neuronName(seen.state.layer, neuron);
      chip.lastElementChild.textContent = `${off ? "off, " : ""}${value < 0 ? "−" : ""}${Math.abs(value).toFixed(2)}`;
      chip.style.setProperty("--part", `${off ? 0 : (100 * Math.abs(value)) / most}%`);
      setAttribute(chip, "aria-pressed", `${off}`);
    });
  }
  return { element: h("div", {}, title, list.element), update };
}

/** One sentence with the numbers, read out when it changes; not at every token that the model writes. @param {Parts} parts @returns {View} */
export function sentenceView({ model }) {
  const element = h("output", { class: "lmkit-say", "aria-live": "polite" });
  return {
    element,
    update: ({ state, reading, guesses }) => {
      setAttribute(element, "aria-live", state.running ? "off" : "polite");
      const [where, says] = sentence(model, reading, state, guesses).map(isolateWords);
      element.replaceChildren(h("b", {}, ...where), ...says);
    },
  };
}
