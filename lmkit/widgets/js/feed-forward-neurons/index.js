/** The neurons of the feed-forward networks: what each fires on over a corpus, and what it writes. */
import { h } from "../shared/dom.js";
import { addStyles, openFigure } from "../shared/figure.js";
import { onKeys } from "../shared/keys.js";
import { createStore, linkModel } from "../shared/store.js";
import { legible } from "../shared/text.js";
import { onThemeChange, palette } from "../shared/theme.js";
import { widget } from "../shared/widget.js";
import { readNeurons } from "./data.js";
import { gridView } from "./grid.js";
import { seenIn, settleFor } from "./seen.js";
import css from "./styles.css";
import { findView, layerView, passagesView, sentenceView, tableView, titleView, writesView } from "./views.js";

/** What a view is made from.
 * @typedef {{data: import("./data.js").Neurons, label: string, store: import("../shared/store.js").Store<any>, signal: AbortSignal}} Parts
 * @typedef {{element: HTMLElement, update: (seen: import("./seen.js").Seen, colors: import("../shared/theme.js").Palette) => void}} View
 */

const LINKED = ["layer", "neuron"];
const HELP = "L3 · 508: layer 3, neuron 508, counted from 0. Each square is a neuron; the deeper its color, the higher its score. Arrow keys move, Page Up and Page Down change the layer. "
  + "Type a token, or choose one that the neuron writes, to find others (framed). t: table.";

export default widget(render);

/** @param {import("../shared/widget.js").Host} host */
function render({ model, el, signal, guarded }) {
  const data = readNeurons(model);
  const [layer, neuron] = LINKED.map((name) => model.get(name));
  const store = createStore({ layer, neuron, sort: 0, find: "", from: null, table: false, width: 0 }, settleFor(data));
  linkModel(store, model, LINKED, signal);

  const root = openFigure(el, model.get("description"), signal);
  addStyles("lmkit-neuron-styles", css);
  const parts = { data, label: legible(model.get("label")), store, signal };
  const views = [titleView, layerView, gridView, findView, passagesView, writesView, sentenceView, tableView].map((make) => make(parts));
  const [title, layers, grid, find, ...below] = views.map(({ element }) => element);
  root.append(title, layers, h("div", { class: "lmkit-two-up" }, grid, find), ...below, h("p", { class: "lmkit-help" }, HELP));
  onKeys(root, {
    t: ({ target }) => (target.matches("input, select") ? false : store.set({ table: !store.get().table })),
  }, signal);

  const update = guarded(() => {
    const seen = seenIn(data, store.get());
    const colors = palette(root);
    for (const view of views) view.update(seen, colors);
  });
  store.subscribe(update, signal);
  onThemeChange(update, signal);
  update();
}
