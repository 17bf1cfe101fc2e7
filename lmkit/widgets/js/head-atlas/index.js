/** The atlas of heads: all of them by two scores over a corpus; of one, how far it looks, and where it attends hardest. */
import { h } from "../shared/dom.js";
import { addStyles, openFigure } from "../shared/figure.js";
import { onKeys } from "../shared/keys.js";
import { joinLink } from "../shared/link.js";
import { createStore, linkModel } from "../shared/store.js";
import { onThemeChange, palette } from "../shared/theme.js";
import { widget } from "../shared/widget.js";
import { readAtlas } from "./data.js";
import { plotView } from "./plot.js";
import { seenIn, settleFor } from "./seen.js";
import css from "./styles.css";
import { axesView, distancesView, passagesView, sentenceView, tableView, titleView } from "./views.js";

/** What a view is made from.
 * @typedef {{atlas: import("./data.js").Atlas, store: import("../shared/store.js").Store<any>, signal: AbortSignal}} Parts
 * @typedef {{element: HTMLElement, update: (seen: import("./seen.js").Seen, colors: import("../shared/theme.js").Palette) => void}} View
 */

const LINKED = ["layer", "head", "x", "y", "selected"];
const HELP = "A dot is a head: the later its layer, the deeper its color. Broken lines: an even look. Arrow keys go to the next score, Page Up and Page Down "
  + "to another layer. Draw around several (with a finger, begin sideways), or add one with Space; Escape lets go of all. t: table.";

export default widget(render);

/** @param {import("../shared/widget.js").Host} host */
function render({ model, el, signal, guarded }) {
  const atlas = readAtlas(model);
  const first = Object.fromEntries(LINKED.map((name) => [name, model.get(name)]));
  const store = createStore({ ...first, table: false, width: 0 }, settleFor(atlas));
  linkModel(store, model, LINKED, signal);
  joinLink(store, model.get("link"), signal);

  const root = openFigure(el, model.get("description"), signal);
  addStyles("lmkit-atlas-styles", css);
  const views = [titleView, axesView, plotView, distancesView, sentenceView, passagesView, tableView].map((make) => make({ atlas, store, signal }));
  const [title, axes, plot, distances, ...below] = views.map(({ element }) => element);
  root.append(title, axes, h("div", { class: "lmkit-two-up" }, plot, distances), ...below, h("p", { class: "lmkit-help" }, HELP));
  onKeys(root, { t: ({ target }) => (target.matches("select") ? false : store.set({ table: !store.get().table })) }, signal);

  const update = guarded(() => {
    const seen = seenIn(atlas, store.get());
    const colors = palette(root);
    for (const view of views) view.update(seen, colors);
  });
  store.subscribe(update, signal);
  onThemeChange(update, signal);
  update();
}
