/** All heads of all layers at a glance, and one of them in focus. */
import { openFigure } from "../shared/figure.js";
import { joinLink } from "../shared/link.js";
import { clamp } from "../shared/math.js";
import { createStore, linkModel } from "../shared/store.js";
import { widget } from "../shared/widget.js";
import { readTexts } from "./data.js";
import { settleFor } from "./scene.js";
import { firstState, showHeads } from "./show.js";

const LINKED = ["layer", "head", "query", "show", "text", "pinned"];

export default widget(render);

/** @param {import("../shared/widget.js").Host} host */
function render({ model, el, signal, guarded }) {
  const texts = readTexts(model);
  const settles = texts.map(settleFor);
  const first = { ...firstState(model, model.get("query")), text: model.get("text"), pinned: model.get("pinned") };
  const store = createStore(first, (wanted) => {
    const text = clamp(wanted.text, texts.length);
    return { ...settles[text](wanted), text };
  });
  linkModel(store, model, LINKED, signal);
  joinLink(store, model.get("link"), signal);
  const root = openFigure(el, model.get("description"), signal);
  showHeads({ root, texts, store, signal, guarded, choose: ({ text }) => texts[text] });
}
