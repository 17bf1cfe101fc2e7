import { h } from "../shared/dom.js";
import { addStyles, onWidth, openFigure } from "../shared/figure.js";
import { onKeys } from "../shared/keys.js";
import { createStore, linkModel } from "../shared/store.js";
import { onThemeChange, palette } from "../shared/theme.js";
import { sentenceView, tableView, wordsView } from "./below.js";
import { readAttention } from "./data.js";
import { focusView } from "./focus.js";
import { layoutPanels } from "./layout.js";
import { overviewView } from "./overview.js";
import { derive, settleFor } from "./scene.js";
import css from "./styles.css";
import { formView, sortView, titleView } from "./toolbar.js";

/** What a view is made from.
 * @typedef {object} Parts
 * @property {import("./data.js").Attention} attention
 * @property {import("../shared/store.js").Store<import("./scene.js").State>} store
 * @property {AbortSignal} signal
 * @property {() => void} [goDeeper] to the next depth: all heads, one head, the words
 * @property {() => void} [goBack]
 */

/** How the page makes the figure look. @typedef {{colors: import("../shared/theme.js").Palette, panels: ReturnType<typeof layoutPanels>, coarse: boolean}} Look */

/** changed: names of the state, or null for everything.
 * @typedef {(scene: import("./scene.js").Scene, look: Look, changed: Set<string> | null) => void} Update
 */

const HELP = "L1 · H2: layer 1, head 2, counted from 0. Arrow keys move the head, the row or the word; Page Up and Page Down, the layer. "
  + "Enter goes on from heads to rows to words, Escape back. t: table.";

/** @param {import("../index.js").Host} host */
export function render({ model, el, signal, guarded }) {
  const attention = readAttention(model);
  const store = createStore(firstState(model, model.get("query")), settleFor(attention));
  linkModel(store, model, ["layer", "head", "query", "show"], signal);
  const root = openFigure(el, model.get("description"), signal);
  showHeads({ root, attention, store, signal, guarded });
}

/** What is chosen at first. @param {any} model @param {number} query @returns {import("./scene.js").State} */
export function firstState(model, query) {
  return { layer: model.get("layer"), head: model.get("head"), query, cell: null, sort: "", lines: false, hide: false, table: false, show: model.get("show") };
}

/** Fills a figure with all heads and one head, and keeps them up to date.
 * @param {object} parts
 * @param {HTMLElement} parts.root the figure
 * @param {import("./data.js").Attention} parts.attention @param {import("../shared/store.js").Store<any>} parts.store
 * @param {AbortSignal} parts.signal @param {import("../shared/life.js").Life["guarded"]} parts.guarded
 * @param {(state: any) => import("./data.js").Attention} [parts.choose] for a figure that has more than one
 * @param {{update: Update}[]} [parts.others] what lives in the same figure
 */
export function showHeads({ root, attention, store, signal, guarded, choose = () => attention, others = [] }) {
  addStyles("lmkit-heads-styles", css);
  const views = makeViews({ attention, store, signal });
  const depths = arrange(root, views);
  onKeys(root, {
    t: ({ target }) => (target.matches("select") ? false : store.set({ table: !store.get().table })),
  }, signal);

  /** @type {Look} */
  let look;
  const draw = guarded((changed) => {
    const width = depths.clientWidth;
    if (width === 0) return; // not on the page yet: onWidth draws it when it is
    if (!changed) look = lookOf(root, width, attention);
    const scene = derive(choose(store.get()), store.get());
    for (const view of [...others, ...views]) view.update(scene, look, changed);
  });
  onWidth(depths, () => draw(null), signal);
  onThemeChange(() => draw(null), signal);
  store.subscribe((_, changed) => draw(changed), signal);
}

/** @param {HTMLElement} root @param {number} width @param {import("./data.js").Attention} attention @returns {Look} */
function lookOf(root, width, { heads, keys }) {
  const coarse = matchMedia("(pointer: coarse)").matches;
  const panels = layoutPanels({ width, heads, tokens: keys, coarse });
  root.classList.toggle("lmkit-side-by-side", panels.sideBySide);
  return { colors: palette(root), panels, coarse };
}

/** From top to bottom. @param {Parts} parts */
function makeViews(parts) {
  const words = wordsView({ ...parts, goBack: () => focus.focus() });
  const focus = focusView({ ...parts, goDeeper: words.focus, goBack: () => overview.focus() });
  const overview = overviewView({ ...parts, goDeeper: focus.focus });
  return [titleView(parts), sortView(parts), overview, formView(parts), focus, words, sentenceView(), tableView()];
}

/** All heads and one head beside each other where there is room; below them the words, the sentence, and more on request.
 * @param {HTMLElement} root @param {ReturnType<typeof makeViews>} views @returns {HTMLElement} what holds all heads and one head
 */
function arrange(root, views) {
  const [title, sort, overview, form, focus, ...below] = views.map(({ element }) => element);
  const depths = h("div", { class: "lmkit-depths" }, h("div", {}, sort, overview), h("div", {}, form, focus));
  root.append(title, depths, ...below, h("p", { class: "lmkit-help" }, HELP));
  return depths;
}
