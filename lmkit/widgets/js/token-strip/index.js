/** The tokenizer bench: type your own words, and see the tokens and the merges that made them. */
import { unpackTokenizers } from "../shared/bpe.js";
import { h } from "../shared/dom.js";
import { addStyles, openFigure } from "../shared/figure.js";
import { onKeys } from "../shared/keys.js";
import { createStore, linkModel } from "../shared/store.js";
import { legible } from "../shared/text.js";
import { onThemeChange, palette } from "../shared/theme.js";
import { widget } from "../shared/widget.js";
import { seenIn, settleFor } from "./seen.js";
import css from "./styles.css";
import { compareView, fieldView, mergesView, sentenceView, tableView, titleView, tokensView } from "./views.js";

const LINKED = ["text", "tokenizer", "token"];
const HELP = "Below each token: its id · its bytes. More bytes, deeper color. Arrow keys move. t: table.";

export default widget(render);

/** @param {import("../shared/widget.js").Host} host */
function render({ model, el, signal, guarded }) {
  const tokenizers = unpackTokenizers(model.get("outlines"), model.get("merges"));
  const [text, tokenizer, token] = LINKED.map((name) => model.get(name));
  const store = createStore({ text, tokenizer, token, table: false }, settleFor(tokenizers));
  linkModel(store, model, LINKED, signal);

  const label = legible(model.get("label"));
  const root = openFigure(el, label, signal);
  addStyles("lmkit-token-styles", css);
  const parts = { label, tokenizers, store, signal };
  const views = [titleView, fieldView, compareView, tokensView, sentenceView, mergesView, tableView].map((make) => make(parts));
  root.append(...views.map(({ element }) => element), h("p", { class: "lmkit-help" }, HELP));
  onKeys(root, {
    t: ({ target }) => (target.matches("textarea") ? false : store.set({ table: !store.get().table })),
  }, signal);

  const update = guarded(() => {
    const seen = seenIn(tokenizers, store.get());
    const colors = palette(root);
    for (const view of views) view.update(seen, colors);
  });
  store.subscribe(update, signal);
  onThemeChange(update, signal);
  update();
}
