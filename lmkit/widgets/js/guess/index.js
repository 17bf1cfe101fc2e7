/** The reader guesses, and only then sees the answer. Nothing is kept and nothing is sent. */
import { h, showIf } from "../shared/dom.js";
import { addStyles, openFigure } from "../shared/figure.js";
import { createStore, linkModel } from "../shared/store.js";
import { onThemeChange } from "../shared/theme.js";
import { widget } from "../shared/widget.js";
import { readQuestion, says } from "./data.js";
import { drawView } from "./draw.js";
import { numberView } from "./number.js";
import { pickView } from "./pick.js";
import css from "./styles.css";

/** What a view is made from.
 * @typedef {object} Parts
 * @property {import("./data.js").Question} question
 * @property {import("../shared/store.js").Store<import("./data.js").State>} store
 * @property {(guess: number[]) => void} give takes it as the reader's guess, for good
 * @property {AbortSignal} signal
 * @property {import("../shared/life.js").Life["guarded"]} guarded
 */

const VIEWS = { pick: pickView, several: pickView, number: numberView, draw: drawView };

export default widget(render);

/** @param {import("../shared/widget.js").Host} host */
function render({ model, el, signal, guarded }) {
  const question = readQuestion(model);
  const store = createStore({ guess: [], done: false, answer: model.get("answer") });
  linkModel(store, model, ["answer"], signal);
  const root = openFigure(el, question.question, signal);
  addStyles("lmkit-guess-styles", css);

  const give = (guess) => {
    if (guess.length && !store.get().done) store.set({ guess, done: true });
  };
  const view = VIEWS[question.kind]({ question, store, give, signal, guarded });
  const button = h("button", { type: "button", class: "lmkit-button" }, "That is my guess");
  button.addEventListener("click", () => give(store.get().guess), { signal });
  const say = h("output", { class: "lmkit-say", "aria-live": "polite" });
  root.append(h("p", { class: "lmkit-title" }, h("b", {}, "Guess"), question.question), view.element, button, say);

  const update = guarded(() => {
    const state = store.get();
    view.update(state);
    button.disabled = !state.guess.length;
    showIf(button, !state.done && question.kind !== "pick");
    say.textContent = says(question, state);
    showIf(say, state.done);
    if (state.done) uncover(el);
  });
  store.subscribe(update, signal);
  onThemeChange(update, signal);
  update();
}

/** In the built page what follows is folded away until then, by book/_ext/covers.py. @param {HTMLElement} el */
function uncover(el) {
  const next = el.closest(".cell")?.nextElementSibling;
  if (next?.matches("details.covered")) next.setAttribute("open", "");
}
