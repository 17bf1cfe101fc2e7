import { h, isolateWords, setAttribute, toggle } from "../shared/dom.js";
import { onKeys, rove, rowKeys } from "../shared/keys.js";
import { makeRow, makeTable, onRequest } from "../shared/table.js";
import { headName, isolated, percent } from "../shared/text.js";
import { chosenBy, sentence } from "./data.js";
import { paintLines } from "./paint.js";

/** What a view is made from. The state of the store: {ending, table}.
 * @typedef {{data: import("./data.js").Endings, store: import("../shared/store.js").Store<any>, signal: AbortSignal}} Parts
 *
 * @typedef {{element: HTMLElement, update: (state: any, colors: import("../shared/theme.js").Palette) => void}} View
 */

const LEAST = 0.05; // of a share that is written under its word

/** @param {Parts} parts @returns {View} */
export function titleView(parts) {
  const { head: [layer, head], label } = parts.data;
  const table = toggle("table", ({ table: on }) => on, ({ table: on }) => ({ table: !on }), parts);
  const beside = [headName(layer, head), isolated(label)].filter(Boolean).join(" · ");
  const title = h("p", { class: "lmkit-title" }, h("b", {}, "One head"), beside);
  return { element: h("div", { class: "lmkit-bar" }, title, table.element), update: (state) => table.update({ state }) };
}

/** The sentence: in the place of its ending the two to choose from, and behind the words the lines.
 * @param {Parts} parts @returns {View}
 */
export function sentenceView(parts) {
  const { words, word, place, shares } = parts.data;
  const choice = choiceOf(parts);
  const canvas = h("canvas", { "aria-hidden": "true" });
  const items = words.map((text, i) => (i === place ? choice : h("span", { class: i === word && "lmkit-looks" }, ...written(text))));
  const element = h("div", { class: "lmkit-sentence" }, canvas, ...inRuns(items, words));
  const update = ({ ending }, colors) => {
    const [chosen, other] = [choice.children[ending], choice.children[1 - ending]];
    for (const one of [chosen, other]) setAttribute(one, "aria-checked", `${one === chosen}`);
    rove([...choice.children], ending);
    const shown = items.map((item, i) => (i === place ? chosen : item));
    shown.forEach(({ lastElementChild }, i) => { lastElementChild.textContent = tell(shares[ending][i]); });
    other.lastElementChild.textContent = "";
    paintLines(canvas, sizeOf(element), shown.map(boxOf), word, shares[ending], colors);
  };
  return { element, update };
}

/** The two endings. @param {Parts} parts */
function choiceOf({ data: { endings }, store, signal }) {
  const buttons = endings.map((text) => h("button", { type: "button", class: "lmkit-button", role: "radio" }, ...written(text)));
  const element = h("span", { class: "lmkit-segments", role: "radiogroup", "aria-label": "Ending" }, ...buttons);
  const choose = (ending) => {
    store.set({ ending });
    buttons[ending].focus();
  };
  onKeys(element, rowKeys(() => store.get().ending, () => 2, choose), signal);
  buttons.forEach((button, i) => button.addEventListener("click", () => choose(i), { signal }));
  return element;
}

/** A word, and a place for its share. @param {string} text @returns {HTMLElement[]} */
const written = (text) => [h("bdi", {}, text), h("small", { "aria-hidden": "true" })];

/** Punctuation stays on the row of the word before it. @param {HTMLElement[]} items @param {string[]} words @returns {HTMLElement[]} */
function inRuns(items, words) {
  const runs = [];
  items.forEach((item, i) => {
    if (i && /^\p{P}$/u.test(words[i])) runs.at(-1).append(item);
    else runs.push(h("span", { class: "lmkit-run" }, item));
  });
  return runs;
}

/** @param {number} share @returns {string} nothing, where it is small */
const tell = (share) => (share < LEAST ? "" : percent(share));

/** @param {HTMLElement} item @returns {import("./layout.js").Box} */
const boxOf = ({ offsetLeft: x, offsetTop: y, offsetWidth: width, offsetHeight: height }) => ({ x, y, width, height });

/** @param {HTMLElement} element */
const sizeOf = ({ clientWidth: width, clientHeight: height }) => ({ width, height });

/** The numbers in a sentence, and how the head was chosen. @param {Parts} parts @returns {View} */
export function sayView({ data }) {
  const output = h("output", { class: "lmkit-say", "aria-live": "polite" });
  const help = h("p", { class: "lmkit-help" }, ...isolateWords(chosenBy(data)));
  const update = ({ ending }) => {
    const [name, says] = sentence(data, ending);
    output.replaceChildren(h("b", {}, ...isolateWords(name)), ...isolateWords(says));
  };
  return { element: h("div", {}, output, help), update };
}

/** Both endings side by side, on request. @param {Parts} parts @returns {View} */
export function tableView({ data }) {
  const { element, update } = onRequest("shares", () => tableOf(data));
  return { element, update: (state) => update({ state }) };
}

/** @param {import("./data.js").Endings} data */
function tableOf({ words, endings, shares, word, place }) {
  const bare = (text) => h("bdi", {}, text);
  const rows = words.map((text, i) => makeRow(bare(i === place ? endings.join(" / ") : text), shares.map((share) => percent(share[i])), i === word));
  return makeTable(["From ", bare(words[word]), " to each word"], ["Word", ...endings].map(bare), rows);
}
