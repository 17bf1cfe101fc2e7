import { ramp, readableOn } from "../shared/color.js";
import { bar, choice, h, isolateWords, showIf, toggle } from "../shared/dom.js";
import { max, range } from "../shared/math.js";
import { makeRow, makeTable, onRequest } from "../shared/table.js";
import { count, isolated, percent } from "../shared/text.js";
import { createWords } from "../shared/words.js";
import { barName, distancesOf, headAt, longName, nameAt, passagesOf, sentence, spelled, tickName, valueOf } from "./seen.js";

/** @typedef {import("./index.js").Parts} Parts @typedef {import("./index.js").View} View */

/** @param {Parts} parts @returns {View} */
export function titleView(parts) {
  const { label, count: heads, texts } = parts.atlas;
  const table = toggle("table", (state) => state.table, (state) => ({ table: !state.table }), parts);
  const beside = [isolated(label), count(heads, "head"), count(texts, "text")].filter(Boolean).join(" · ");
  return bar([table], h("p", { class: "lmkit-title" }, h("b", {}, "Heads over a corpus"), beside), table.element);
}

/** Which scores are seen. @param {Parts} parts @returns {View} */
export function axesView(parts) {
  const axes = ["y", "x"].map((axis) => {
    const options = parts.atlas.scoreNames.map((name) => [name, `${{ x: "→", y: "↑" }[axis]} ${longName(name)}`]);
    return choice(`Score ${{ x: "across", y: "up" }[axis]}`, options, (state) => state[axis], (name) => ({ [axis]: name }), parts);
  });
  return bar(axes, ...axes.map(({ element }) => element));
}

/** How far the chosen head looks, or several on average. @param {Parts} parts @returns {View} */
export function distancesView({ atlas, store, signal }) {
  const title = h("p", { class: "lmkit-title" });
  const bars = atlas.bins.map((_, i) => h("li", {}, h("small", {}, barName(atlas.bins, i)), h("span")));
  const list = h("ol", { class: "lmkit-distances", "aria-label": "Attention by distance" }, ...bars);
  let shown = [];
  const chips = createWords("Selected heads", (i) => store.set(headAt(atlas, shown[i])), signal);
  function update({ index, several, y }) {
    shown = several;
    const some = several.length > 1;
    const shares = distancesOf(atlas, some ? several : [index]);
    title.replaceChildren(h("b", {}, some ? count(several.length, "head") : nameAt(atlas, index)), some ? "tokens away, on average" : "tokens away");
    bars.forEach((one, i) => {
      one.style.setProperty("--part", `${(100 * shares[i]) / max(...shares)}%`);
      one.lastElementChild.textContent = percent(shares[i]);
    });
    showIf(chips.element, several.length > 0);
    chips.update(several.map((one) => nameAt(atlas, one)), several.indexOf(index), null, null);
    several.forEach((one, i) => { chips.element.children[i].lastElementChild.textContent = tickName(atlas.scoreNames[y], atlas.means[y][one]); });
  }
  return { element: h("div", {}, title, list, chips.element), update };
}

/** One sentence with the numbers, read out when it changes. @returns {View} */
export function sentenceView() {
  const element = h("output", { class: "lmkit-say", "aria-live": "polite" });
  return {
    element,
    update: (seen) => element.replaceChildren(h("b", {}, nameAt(seen.atlas, seen.index)), ...isolateWords(sentence(seen))),
  };
}

/** The passages in which the chosen head attends hardest. @param {Parts} parts @returns {View} */
export function passagesView({ atlas }) {
  const title = h("p", { class: "lmkit-title" });
  const list = h("ol", { class: "lmkit-passages", "aria-label": "Passages", tabindex: 0 });
  function update({ index }, colors) {
    title.replaceChildren(h("b", {}, `${nameAt(atlas, index)} attends hardest`), "from the framed token to the underlined one");
    list.replaceChildren(...passagesOf(atlas, index).map((passage) => passageOf(passage, colors)));
  }
  return { element: h("div", {}, title, list), update };
}

/** @param {import("./seen.js").Passage} passage @param {import("../shared/theme.js").Palette} colors */
function passageOf({ words, share, raises }, colors) {
  const texts = spelled(words);
  const spans = words.flatMap((word, i) => spanOf(word, texts[i], colors));
  const writes = raises.filter(({ amount }) => amount > 0).flatMap(({ word, amount }, i) => [i ? " · " : " ", h("bdi", {}, word), ` +${amount.toFixed(2)}`]);
  const raised = writes.length ? [h("small", {}, "raises", ...writes)] : [];
  return h("li", {}, h("small", {}, percent(share)), h("span", {}, h("span", {}, ...spans), ...raised));
}

/** A blank before a token is not marked with it. @param {import("./seen.js").Word} word @param {string} text
 * @param {import("../shared/theme.js").Palette} colors @returns {(Node | string)[]}
 */
function spanOf({ share, isQuery, isKey }, text, colors) {
  const bare = text.trimStart() || text;
  const span = h(isQuery || isKey ? "mark" : "span", { class: isQuery ? "lmkit-from" : isKey ? "lmkit-to" : null }, bare);
  if (share >= 0.02) {
    const background = ramp(share, colors);
    Object.assign(span.style, { background, color: readableOn(background, colors) });
  }
  return [text.slice(0, text.length - bare.length), span];
}

/** Every score of every head as a table, on request. @param {Parts} parts @returns {View} */
export function tableView({ atlas }) {
  const { scoreNames, means, reach } = atlas;
  const scoresOf = (i) => scoreNames.map((name, score) => valueOf(name, means[score][i], reach[score][i]));
  return onRequest("heads", ({ index }) => makeTable("95\u00a0% intervals over the texts", ["Head", ...scoreNames.map(longName)],
    range(atlas.count).map((i) => makeRow(nameAt(atlas, i), scoresOf(i), i === index))));
}
