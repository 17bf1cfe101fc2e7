/** One sentence with two endings: what a word of it looks at, as lines to the other words. */
import { addStyles, onWidth, openFigure } from "../shared/figure.js";
import { onKeys } from "../shared/keys.js";
import { clamp } from "../shared/math.js";
import { createStore, linkModel } from "../shared/store.js";
import { onThemeChange, palette } from "../shared/theme.js";
import { widget } from "../shared/widget.js";
import { readEndings } from "./data.js";
import css from "./styles.css";
import { sayView, sentenceView, tableView, titleView } from "./views.js";

export default widget(render);

/** @param {import("../shared/widget.js").Host} host */
function render({ model, el, signal, guarded }) {
  const data = readEndings(model);
  const store = createStore({ ending: model.get("ending"), table: false }, (wanted) => ({ ...wanted, ending: clamp(wanted.ending, 2) }));
  linkModel(store, model, ["ending"], signal);

  const root = openFigure(el, model.get("description"), signal);
  addStyles("lmkit-endings-styles", css);
  const views = [titleView, sentenceView, sayView, tableView].map((make) => make({ data, store, signal }));
  root.append(...views.map(({ element }) => element));
  onKeys(root, { t: () => store.set({ table: !store.get().table }) }, signal);

  const update = guarded(() => {
    const colors = palette(root);
    for (const view of views) view.update(store.get(), colors);
  });
  store.subscribe(update, signal);
  onThemeChange(update, signal);
  onWidth(root, update, signal);
  if (document.fonts.status === "loading") document.fonts.ready.then(update); // other letters, other places
}
