/** The logit lens: what a model would predict after each layer, if it stopped there. */
import { bar, h, isolateWords, toggle } from "../shared/dom.js";
import { addStyles, openFigure } from "../shared/figure.js";
import { onKeys } from "../shared/keys.js";
import { createStore, linkModel } from "../shared/store.js";
import { count } from "../shared/text.js";
import { onThemeChange, palette } from "../shared/theme.js";
import { widget } from "../shared/widget.js";
import { readLens } from "./data.js";
import { gridView } from "./grid.js";
import { guessesView } from "./guesses.js";
import { seenIn, sentence, settleFor } from "./seen.js";
import css from "./styles.css";
import { trailView } from "./trail.js";

/** What a view is made from. changed: null for everything.
 * @typedef {{lens: import("./data.js").Lens, store: import("../shared/store.js").Store<any>, signal: AbortSignal}} Parts
 * @typedef {(seen: import("./seen.js").Seen, colors: import("../shared/theme.js").Palette, changed: Set<string> | null) => void} Update
 * @typedef {{element: HTMLElement, update: Update}} View
 */

const LINKED = ["layer", "position"];
const HELP = "Read a column downwards: a word, its next token as each layer would have it, its next token as it is with the share "
  + "at the chosen layer. Underlined: right. Choose a bar to follow its token. Arrow keys move. t: table.";

export default widget(render);

/** @param {import("../shared/widget.js").Host} host */
function render({ model, el, signal, guarded }) {
  const lens = readLens(model);
  const [layer, position] = LINKED.map((name) => model.get(name));
  const store = createStore({ layer, position, follow: null, table: false, width: 0 }, settleFor(lens));
  linkModel(store, model, LINKED, signal);

  const root = openFigure(el, model.get("description"), signal);
  addStyles("lmkit-lens-styles", css);
  const views = [titleView, gridView, guessesView, trailView, sentenceView].map((make) => make({ lens, store, signal }));
  const [title, grid, guesses, trail, says] = views.map(({ element }) => element);
  root.append(title, grid, h("div", { class: "lmkit-two-up" }, guesses, trail), says, h("p", { class: "lmkit-help" }, HELP));
  onKeys(root, { t: () => store.set({ table: !store.get().table }) }, signal);

  const update = guarded((changed) => {
    const seen = seenIn(lens, store.get());
    const colors = palette(root);
    for (const view of views) view.update(seen, colors, changed);
  });
  store.subscribe((_, changed) => update(changed.has("width") ? null : changed), signal); // before that it may not be on the page
  onThemeChange(() => update(null), signal);
  update(null);
}

/** @param {Parts} parts @returns {View} */
function titleView(parts) {
  const { entries, positions } = parts.lens;
  const table = toggle("table", (state) => state.table, (state) => ({ table: !state.table }), parts);
  const beside = `${count(entries - 1, "layer")} · ${count(positions, "token")}`;
  const title = h("p", { class: "lmkit-title" }, h("b", {}, "The prediction after each layer"), beside);
  return bar([table], title, table.element);
}

/** One sentence with the numbers, read out when it changes. @returns {View} */
function sentenceView() {
  const element = h("output", { class: "lmkit-say", "aria-live": "polite" });
  return {
    element,
    update: (seen) => {
      const [where, says] = sentence(seen).map(isolateWords);
      element.replaceChildren(h("b", {}, ...where), ...says);
    },
  };
}
