/** Fills a figure with all heads and one head: of AttentionHeads, and of a film of training. */
import { h } from "../shared/dom.js";
import { addStyles, onWidth } from "../shared/figure.js";
import { onKeys } from "../shared/keys.js";
import { onThemeChange, palette } from "../shared/theme.js";
import { sentenceView, tableView, wordsView } from "./below.js";
import { focusView } from "./focus.js";
import { layoutPanels } from "./layout.js";
import { overviewView } from "./overview.js";
import { pin, pinsView } from "./pins.js";
import { derive } from "./scene.js";
import css from "./styles.css";
import { formView, moreView, sortView, textsView, titleView } from "./toolbar.js";

/** What a view is made from.
 * @typedef {object} Parts
 * @property {import("./data.js").Attention} attention the first text
 * @property {import("./data.js").Attention[]} texts all of them: of the same heads
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
  + "Enter goes on from heads to rows to words, Escape back. p: pin the head. t: table.";

/** What is chosen at first. @param {any} model @param {number} query @returns {import("./scene.js").State} */
export function firstState(model, query) {
  return {
    layer: model.get("layer"), head: model.get("head"), query, show: model.get("show"), cell: null, sort: "", lines: false, hide: false,
    table: false, more: false, pinned: [], mean: "", mass: 1, part: "", whole: false,
  };
}

/** Fills a figure with all heads and one head, and keeps them up to date.
 * @param {object} parts
 * @param {HTMLElement} parts.root the figure
 * @param {import("./data.js").Attention[]} parts.texts @param {import("../shared/store.js").Store<any>} parts.store
 * @param {AbortSignal} parts.signal @param {import("../shared/life.js").Life["guarded"]} parts.guarded
 * @param {(state: any) => import("./data.js").Attention} parts.choose the text that is shown
 * @param {{update: Update}[]} [parts.others] what lives in the same figure
 */
export function showHeads({ root, texts, store, signal, guarded, choose, others = [] }) {
  addStyles("lmkit-heads-styles", css);
  const views = makeViews({ attention: texts[0], texts, store, signal });
  const depths = arrange(root, views);
  const unless = (action) => ({ target }) => (target.matches("select") ? false : store.set(action(store.get())));
  onKeys(root, { t: unless(({ table }) => ({ table: !table })), p: unless(pin) }, signal);

  /** @type {Look} */
  let look;
  const draw = guarded((changed) => {
    const width = depths.clientWidth;
    if (width === 0) return; // not on the page yet: onWidth draws it when it is
    const attention = choose(store.get());
    if (!changed || changed.has("text")) look = lookOf(root, width, attention);
    const scene = derive(attention, store.get());
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
  const above = [titleView, moreView, textsView, sortView].map((make) => make(parts));
  return [...above, overview, formView(parts, pin), focus, pinsView(parts), words, sentenceView(), tableView()];
}

/** All heads and one head beside each other where there is room; below them the words, the sentence, and more on request.
 * @param {HTMLElement} root @param {ReturnType<typeof makeViews>} views @returns {HTMLElement} what holds all heads and one head
 */
function arrange(root, views) {
  const [title, more, texts, sort, overview, form, focus, ...below] = views.map(({ element }) => element);
  const depths = h("div", { class: "lmkit-depths" }, h("div", {}, sort, overview), h("div", {}, form, focus));
  root.append(title, more, texts, depths, ...below, h("p", { class: "lmkit-help" }, HELP));
  return depths;
}
