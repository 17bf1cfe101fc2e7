/** Both models in the page: what the reader types, one goes on with and the other answers. */
import { loadModel } from "../engine/model.js";
import { addStyles, openFigure } from "../shared/figure.js";
import { createStore, linkModel } from "../shared/store.js";
import { withWeights } from "../shared/weights.js";
import { widget } from "../shared/widget.js";
import { createAsker, unasked } from "./asking.js";
import css from "./styles.css";
import { makeVoice } from "./turns.js";
import { answersView, fieldView, titleView } from "./views.js";

export default widget(render);

/** @param {import("../shared/widget.js").Host} host */
async function render({ model, el, signal, guarded }) {
  const root = openFigure(el, model.get("description"), signal);
  root.classList.add("lmkit-asking");
  addStyles("lmkit-asking-styles", css);
  const voices = await Promise.all(["weights", "tuned"].map((trait) => voiceOf(model, trait)));
  if (signal.aborted) return;

  const store = createStore({ text: model.get("text"), asked: "", answers: unasked(voices), running: false });
  linkModel(store, model, ["text"], signal);
  const ask = createAsker({ voices, store, signal, guarded });
  const parts = { voices, store, signal, ask, questions: model.get("questions") };
  const views = [titleView, fieldView, answersView].map((make) => make(parts));
  root.append(...views.map(({ element }) => element));
  const update = guarded(() => views.forEach((view) => view.update(store.get())));
  store.subscribe(update, signal);
  update();
  ask();
}

/** @param {any} model of the figure @param {string} trait that names the holder of the weights */
async function voiceOf(model, trait) {
  const holder = { widget_manager: model.widget_manager, get: () => model.get(trait) };
  const { name, loaded } = await withWeights(holder, (bytes, name) => ({ name, loaded: loadModel(bytes) }));
  return makeVoice(name, loaded, trait === "tuned");
}
