/** Both models in the page: what the reader types, one goes on with and the other answers.
 *
 * It opens with what Python was told; the models are fetched when something is asked.
 */
import { loadModel } from "../engine/model.js";
import { addStyles, openFigure } from "../shared/figure.js";
import { createStore, linkModel } from "../shared/store.js";
import { withWeights } from "../shared/weights.js";
import { widget } from "../shared/widget.js";
import { createAsker } from "./asking.js";
import css from "./styles.css";
import { KINDS, makeVoice } from "./turns.js";
import { answersView, fieldView, titleView } from "./views.js";

export default widget(render);

/** @param {import("../shared/widget.js").Host} host */
function render({ model, el, signal, guarded }) {
  const root = openFigure(el, model.get("description"), signal);
  root.classList.add("lmkit-asking");
  addStyles("lmkit-asking-styles", css);

  const [asked, ...answers] = model.get("opening");
  const told = answers.map((text) => ({ text, written: [], over: "told" }));
  const store = createStore({ text: model.get("text"), asked, answers: told, voices: null, running: false });
  linkModel(store, model, ["text"], signal);
  const ask = createAsker({ fetch: () => Promise.all(KINDS.map((kind) => voiceOf(model, kind))), store, signal, guarded });
  const parts = { store, signal, ask, questions: model.get("questions") };
  const views = [titleView, fieldView, answersView].map((make) => make(parts));
  root.append(...views.map(({ element }) => element));
  const update = guarded(() => views.forEach((view) => view.update(store.get())));
  store.subscribe(update, signal);
  update();
}

/** @param {any} model of the figure @param {import("./turns.js").Kind} kind @returns {Promise<import("./turns.js").Voice>} */
async function voiceOf(model, kind) {
  const holder = { widget_manager: model.widget_manager, get: () => model.get(kind.trait) };
  return makeVoice(kind, await withWeights(holder, loadModel));
}
