/** A film of training: the loss curve, and at each snapshot what the model writes and what its attention heads do. */
import { firstState, showHeads } from "../attention-heads/show.js";
import { settleFor } from "../attention-heads/scene.js";
import { h, setAttribute } from "../shared/dom.js";
import { addStyles, openFigure } from "../shared/figure.js";
import { onKeys } from "../shared/keys.js";
import { clamp } from "../shared/math.js";
import { createStore, linkModel } from "../shared/store.js";
import { widget } from "../shared/widget.js";
import { curveView } from "./curve.js";
import { readFilm } from "./data.js";
import { playFrames } from "./play.js";
import css from "./styles.css";
import { framesView, frameView, titleView, writesView } from "./views.js";

/** What a view is made from. The state of the store: that of the heads, and {frame, log, playing}.
 * @typedef {{film: import("./data.js").Film, store: import("../shared/store.js").Store<any>, signal: AbortSignal}} Parts
 */

const HELP = "Drag the handle or use the arrow keys; Space plays.";

export default widget(render);

/** @param {import("../shared/widget.js").Host} host */
function render({ model, el, signal, guarded }) {
  const film = readFilm(model);
  const [attention] = film.attentions; // its shape is that of all
  const settleHeads = settleFor(attention);
  const store = createStore(
    { ...firstState(model, attention.queries >> 1), frame: model.get("frame"), log: false, playing: false },
    (wanted) => ({ ...settleHeads(wanted), frame: clamp(wanted.frame, film.steps.length) }),
  );
  linkModel(store, model, ["frame", "layer", "head"], signal);

  const root = openFigure(el, model.get("description"), signal);
  addStyles("lmkit-film-styles", css);
  const parts = { film, store, signal };
  const others = [titleView, curveView, frameView, writesView, framesView].map((make) => make(parts));
  const [title, curve, says, writes, table] = others.map(({ element }) => element);
  root.append(title, curve, h("p", { class: "lmkit-help" }, HELP), says, writes, table);
  showHeads({ root, texts: [attention], store, signal, guarded, choose: ({ frame }) => film.attentions[frame], others });
  playFrames(parts);
  onKeys(root, { " ": ({ target }) => (target.matches("button") ? false : store.set({ playing: !store.get().playing })) }, signal);
  const live = root.querySelector("output");
  store.subscribe(({ playing }) => setAttribute(live, "aria-live", playing ? "off" : "polite"), signal);
}
