/** A head forms: a transformer of attention alone learns in the page, and its heads are seen while they come into being. */
import { h } from "../shared/dom.js";
import { addStyles, onWidth, openFigure } from "../shared/figure.js";
import { onKeys } from "../shared/keys.js";
import { clamp } from "../shared/math.js";
import { createStore, linkModel } from "../shared/store.js";
import { onThemeChange, palette } from "../shared/theme.js";
import { widget } from "../shared/widget.js";
import { sentenceView, wordsView } from "./below.js";
import { choicesView, titleView } from "./controls.js";
import { curvesView, tableView } from "./curves.js";
import { headsView } from "./heads.js";
import { createRunner } from "./run.js";
import { seenIn } from "./seen.js";
import css from "./styles.css";
import { LENGTH } from "./texts.js";

/** What a view is made from. The state of the store: {layers, seed, speed, running, step, query, table, width}.
 * @typedef {{store: import("../shared/store.js").Store<any>, signal: AbortSignal, runner: ReturnType<typeof createRunner>}} Parts
 */

const LINKED = ["layers", "seed"];
const HELP = "A row of a map shows where one word looks, a column how much a word is looked at. Under each word: the share "
  + "that the chosen one gives it in the last layer. Arrow keys choose another. Space: train, pause. t: table.";

export default widget(render);

/** @param {import("../shared/widget.js").Host} host */
function render({ model, el, signal, guarded }) {
  const [layers, seed] = LINKED.map((name) => model.get(name));
  const first = { layers, seed, speed: "fast", running: false, step: 0, query: 17, table: false, width: 0 };
  const store = createStore(first, (wanted) => ({ ...wanted, query: clamp(wanted.query, LENGTH) }));
  linkModel(store, model, LINKED, signal);
  const runner = createRunner({ store, signal, guarded });

  const root = openFigure(el, model.get("description"), signal);
  addStyles("lmkit-forming-styles", css);
  root.classList.add("lmkit-forming");
  const parts = { store, signal, runner };
  const title = titleView(parts);
  const views = [title, ...[choicesView, curvesView, headsView, wordsView, sentenceView, tableView].map((make) => make(parts))];
  root.append(...views.map(({ element }) => element), h("p", { class: "lmkit-help" }, HELP));
  onKeys(root, {
    t: ({ target }) => (target.matches("input") ? false : store.set({ table: !store.get().table })),
    " ": ({ target }) => (target.matches("button:not(.lmkit-chip), input") ? false : title.press()),
  }, signal);

  let colors;
  const draw = guarded((changed) => {
    if (!store.get().width) return; // not on the page yet: onWidth draws it when it is
    if (!changed) colors = palette(root);
    const seen = seenIn(runner.run(), runner.before(), store.get());
    for (const view of views) view.update(seen, colors);
  });
  store.subscribe((_, changed) => draw(changed.has("width") ? null : changed), signal);
  store.set({ width: root.firstElementChild.clientWidth }); // at once, so that nothing moves after the first frame
  onWidth(root.firstElementChild, (width) => store.set({ width }), signal);
  onThemeChange(() => draw(null), signal);
}
