import { ramp, readableOn } from "../shared/color.js";
import { bar, h, isolateWords, setAttribute, toggle } from "../shared/dom.js";
import { onKeys, rove, rowKeys } from "../shared/keys.js";
import { max, range } from "../shared/math.js";
import { makeRow, makeTable, onRequest } from "../shared/table.js";
import { count, MARK, neuronName, shorten } from "../shared/text.js";
import { createWords } from "../shared/words.js";
import { passagesOf, peakOf, plain, sentence, signed, writtenBy } from "./seen.js";

/** @typedef {import("./index.js").Parts} Parts @typedef {import("./index.js").View} View */

const MOST_FOUND = 8;

/** @param {Parts} parts @returns {View} */
export function titleView(parts) {
  const { layers, neurons, texts } = parts.data;
  const table = toggle("table", (state) => state.table, (state) => ({ table: !state.table }), parts);
  const beside = `${count(layers, "layer")} of ${count(neurons, "neuron")}, ${count(texts, "text")}`;
  const title = h("p", { class: "lmkit-title" }, h("b", {}, parts.label), beside);
  return bar([table], title, table.element);
}

/** Which layer, and in which order its neurons stand. @param {Parts} parts @returns {View} */
export function layerView({ data, store, signal }) {
  const buttons = range(data.layers).map((layer) => h("button", { type: "button", class: "lmkit-button", role: "radio" }, `layer ${layer}`));
  const group = h("div", { class: "lmkit-segments", role: "radiogroup", "aria-label": "Layer" }, ...buttons);
  const choose = (layer) => {
    store.set({ layer });
    buttons[layer].focus();
  };
  onKeys(group, rowKeys(() => store.get().layer, () => data.layers, choose), signal);
  buttons.forEach((button, layer) => button.addEventListener("click", () => choose(layer), { signal }));
  const options = data.scoreNames.map((name, i) => h("option", { value: i }, `by ${name}`));
  const select = h("select", { class: "lmkit-select", "aria-label": "Order of the neurons" }, ...options, h("option", { value: -1 }, "by number"));
  select.addEventListener("change", () => store.set({ sort: Number(select.value) }), { signal });
  return {
    element: h("div", { class: "lmkit-bar" }, group, select),
    update: ({ state: { layer, sort } }) => {
      buttons.forEach((button, i) => setAttribute(button, "aria-checked", `${i === layer}`));
      rove(buttons, layer);
      select.value = `${sort}`;
    },
  };
}

/** A token, and the neurons that write it or fire on it. @param {Parts} parts @returns {View} */
export function findView({ data, store, signal }) {
  const { layer, neuron } = store.get();
  const words = writtenBy(data, layer, neuron)[0].map(({ name }) => plain(data.names[name])).filter((word) => /^\p{L}+$/u.test(word));
  const placeholder = `find a token: ${[...new Set(words)].slice(0, 2).join(", ")} …`; // of those that there are
  const input = h("input", { type: "search", class: "lmkit-find", "aria-label": "Find a token", placeholder, dir: "auto", spellcheck: "false" });
  input.addEventListener("input", () => store.set({ find: input.value, from: null }), { signal });
  const near = nearList((word) => {
    input.focus();
    store.set({ find: word, from: null });
  });
  const lists = [...["writers", "hearers"].map((kind) => foundList(kind, data.top, store, signal)), near];
  return {
    element: h("div", {}, input, ...lists.map(({ element }) => element)),
    update: (seen) => {
      if (input.value !== seen.state.find) input.value = seen.state.find;
      for (const list of lists) list.update(seen);
    },
  };
}

/** Neurons that were found, as chips. @param {"writers" | "hearers"} kind @param {number} top @param {any} store @param {AbortSignal} signal */
function foundList(kind, top, store, signal) {
  const says = kind === "writers" ? "raise it" : "fire on it";
  const none = kind === "writers" ? `No neuron has it among the ${count(top, "token")} that it raises most.` : "No neuron fires hardest on it.";
  const title = h("p", { class: "lmkit-title" });
  let shown = [];
  const chips = createWords(`Neurons that ${says}`, (i) => store.set({ layer: shown[i].layer, neuron: shown[i].neuron }), signal);
  chips.element.classList.add("lmkit-found");
  function update(seen) {
    const { unknown, state: { find, layer, neuron } } = seen;
    shown = seen[kind].slice(0, MOST_FOUND);
    const more = seen[kind].length > MOST_FOUND ? `, the strongest ${MOST_FOUND}` : "";
    const some = shown.length ? `${count(seen[kind].length, "neuron")} ${says}${more}` : none;
    title.textContent = plain(find) && !unknown ? some : "";
    chips.element.hidden = !shown.length;
    chips.update(shown.map((one) => neuronName(one.layer, one.neuron)), shown.findIndex((one) => one.layer === layer && one.neuron === neuron), null, null);
    shown.forEach(({ strength }, i) => {
      chips.element.children[i].lastElementChild.textContent = kind === "writers" ? signed(strength) : strength.toFixed(2);
    });
  }
  return { element: h("div", {}, title, chips.element), update };
}

/** What is looked for is no token: that is said, and tokens that begin like it are offered. @param {(word: string) => void} choose */
function nearList(choose) {
  const title = h("p", { class: "lmkit-title", role: "status" });
  const offers = h("div", { class: "lmkit-bar", role: "group", "aria-label": "Tokens that begin like it" });
  let shown;
  function update({ unknown, near, state: { find } }) {
    if (find === shown) return;
    shown = find;
    const says = `“${MARK}${shorten(plain(find), 16)}${MARK}” is no token of this model${near.length ? ". Tokens that begin like it:" : ", and none begins like it."}`;
    title.replaceChildren(...(unknown ? isolateWords(says) : []));
    offers.replaceChildren(...near.map((word) => {
      const button = h("button", { type: "button", class: "lmkit-button", dir: "auto" }, word);
      button.addEventListener("click", () => choose(word));
      return button;
    }));
    offers.hidden = !near.length;
  }
  return { element: h("div", {}, title, offers), update };
}

/** What the neuron fires on: passages, each word colored by how strongly it fires there. @param {Parts} parts @returns {View} */
export function passagesView({ data }) {
  const title = h("p", { class: "lmkit-title" });
  const list = h("ol", { class: "lmkit-passages", "aria-label": "Passages" });
  function update({ state: { layer, neuron } }, colors) {
    const peak = peakOf(data, layer, neuron);
    title.replaceChildren(h("b", {}, "It fires on"), `its highest activation is ${peak.toFixed(2)}`);
    list.replaceChildren(...passagesOf(data, layer, neuron).map((words) => {
      const spans = words.map((word) => spanOf(word, peak, colors));
      const highest = max(...words.map(({ share }) => share));
      return h("li", {}, h("small", {}, (highest * peak).toFixed(2)), h("span", {}, ...spans));
    }));
  }
  return { element: h("div", { class: "lmkit-heard" }, title, list), update };
}

/** @param {import("./seen.js").Word} word @param {number} peak @param {import("../shared/theme.js").Palette} colors */
function spanOf({ word, share, peak: isPeak }, peak, colors) {
  const span = h(isPeak ? "mark" : "span", {}, word.replaceAll("␣", " "));
  if (share * peak >= 0.02) {
    const background = ramp(share, colors);
    Object.assign(span.style, { background, color: readableOn(background, colors) });
  }
  return span;
}

/** What the neuron writes: the tokens that it raises and lowers most. Choosing one looks for it. @param {Parts} parts @returns {View} */
export function writesView({ data, store, signal }) {
  let sides = [[], []];
  const lists = ["It raises", "It lowers"].map((says, side) => {
    const list = createWords(`${says}; choose a token to find its neurons`, (i) => {
      const { name } = sides[side][i];
      store.set({ find: plain(data.names[name]), from: name });
    }, signal);
    list.element.classList.add("lmkit-guesses");
    return list;
  });
  const heads = ["It raises", "It lowers"].map((says) => h("p", { class: "lmkit-title" }, h("b", {}, says)));
  function update({ state: { layer, neuron, find, from } }) {
    sides = writtenBy(data, layer, neuron);
    const most = max(1e-9, ...sides.flat().map(({ push }) => Math.abs(push)));
    sides.forEach((tokens, side) => {
      const words = tokens.map(({ name }) => data.names[name]);
      const same = tokens.findIndex(({ name }) => name === from); // "a" and "␣a" are looked for alike, but are not the same
      lists[side].update(words, same >= 0 ? same : words.findIndex((word) => find && plain(word) === find), null, null);
      tokens.forEach(({ push }, i) => {
        const chip = lists[side].element.children[i];
        chip.style.setProperty("--part", `${(100 * Math.abs(push)) / most}%`);
        chip.lastElementChild.textContent = signed(push);
      });
    });
  }
  const blocks = heads.map((head, side) => h("div", {}, head, lists[side].element));
  return { element: h("div", { class: "lmkit-two-up" }, ...blocks), update };
}

/** One sentence with the numbers, read out when it changes. @returns {View} */
export function sentenceView() {
  const element = h("output", { class: "lmkit-say", "aria-live": "polite" });
  return {
    element,
    update: (seen) => {
      const [name, says] = sentence(seen).map(isolateWords);
      element.replaceChildren(h("b", {}, ...name), ...says);
    },
  };
}

/** All neurons of the layer as a table, on request. @param {Parts} parts @returns {View} */
export function tableView({ data }) {
  const names = ["Neuron", "Highest", "Fires on", "Raises", "Lowers"];
  return onRequest("neurons", ({ state: { layer, neuron }, order }) =>
    makeTable(`layer ${layer}`, names, order.map((one) => rowOf(data, layer, one, one === neuron))));
}

/** @param {import("./data.js").Neurons} data @param {number} layer @param {number} neuron @param {boolean} chosen */
function rowOf(data, layer, neuron, chosen) {
  const words = (tokens) => tokens.slice(0, 3).flatMap(({ name }) => [h("bdi", {}, data.names[name]), " "]);
  const heard = passagesOf(data, layer, neuron).map((passage) => passage.find(({ peak }) => peak)?.word ?? "");
  const fires = [...new Set(heard)].flatMap((word) => [h("bdi", {}, word), " "]);
  const [raised, lowered] = writtenBy(data, layer, neuron);
  return makeRow(neuronName(layer, neuron), [peakOf(data, layer, neuron).toFixed(2), fires, words(raised), words(lowered)], chosen);
}
