/** The field, the questions to choose from, and what both models say. */
import { h, setAttribute, toggleButton } from "../shared/dom.js";
import { createField } from "../shared/field.js";
import { onKeys } from "../shared/keys.js";
import { count } from "../shared/text.js";
import { given, KINDS, MARKS, textOf } from "./turns.js";

const MOST_CHARACTERS = 600; // as in Python

/** What a view is made from.
 * @typedef {{store: import("../shared/store.js").Store<any>, signal: AbortSignal, ask: () => void,
 *   questions: string[]}} Parts
 * @typedef {{element: HTMLElement, update: (state: any) => void}} View
 */

/** @param {Parts} parts @returns {View} */
export function titleView({ signal, ask }) {
  const button = toggleButton("ask", ask, signal);
  button.removeAttribute("aria-pressed");
  const title = h("p", { class: "lmkit-title" }, h("b", {}, "Before and after"), KINDS.map(({ name }) => name).join(" · "));
  return { element: h("div", { class: "lmkit-bar" }, title, button), update: () => {} };
}

/** The reader's words; Enter asks. Below them some to ask by a click. @param {Parts} parts @returns {View} */
export function fieldView({ store, signal, ask, questions }) {
  const field = createField({ most: MOST_CHARACTERS, rows: 3 }, (text) => store.set({ text }), signal);
  onKeys(field.element, { Enter: ask }, signal);
  const choose = (text) => {
    store.set({ text });
    ask();
  };
  const buttons = questions.map((text) => {
    const button = toggleButton(lastSentence(text), () => choose(text), signal);
    button.removeAttribute("aria-pressed");
    return button;
  });
  const row = h("div", { class: "lmkit-bar", role: "group", "aria-label": "Questions", hidden: !buttons.length }, ...buttons);
  return { element: h("div", {}, field.element, row), update: ({ text }) => field.update(text) };
}

/** By which a question is known: what comes before is mostly the same story. @param {string} text @returns {string} */
export const lastSentence = (text) => text.match(/[^.!?]*[.!?]?\s*$/)[0].trim() || text;

/** What each says, and how it reads the question. @returns {View} */
export function answersView() {
  const views = KINDS.map(answerView);
  return {
    element: h("div", { class: "lmkit-two-up" }, ...views.map(({ element }) => element)),
    update: (state) => views.forEach(({ update }, i) => update(state, state.answers[i], state.voices?.[i])),
  };
}

/** @param {import("./turns.js").Kind} kind */
function answerView({ name, marked }) {
  const does = marked ? "answers" : "goes on";
  const says = h("output", { class: "lmkit-says", dir: "auto", "aria-label": `${name} ${does}`, "aria-live": "polite" });
  const tells = h("p", { class: "lmkit-help" });
  const [user, answer] = MARKS;
  const reads = h("p", { class: "lmkit-help" }, "reads ", h("bdi", {}, marked ? `<|story|>${user} … ${answer}` : "<|story|>…"));
  const update = ({ asked, running, text }, said, voice) => {
    const words = said.text ?? (voice ? textOf(voice, said.written) : "");
    if (says.textContent !== words) says.textContent = words;
    setAttribute(says, "aria-busy", running && !said.over && "true");
    says.classList.toggle("lmkit-old", asked !== text);
    const told = tell(voice, asked, said);
    if (tells.textContent !== told) tells.textContent = told;
  };
  return { element: h("section", { "aria-label": name }, h("p", { class: "lmkit-who" }, h("b", {}, name), does), reads, says, tells), update };
}

/** How much it wrote, and why no more; or where it is. @param {import("./turns.js").Voice | undefined} voice
 * @param {string} asked @param {import("./turns.js").Answer} answer @returns {string}
 */
export function tell(voice, asked, { written, over }) {
  if (over === "told") return "This was asked before. Ask, and the model comes into the page.";
  if (!voice) return "The model is on its way.";
  if (!over) return "";
  const end = voice.marked ? `then ${MARKS[2]}: its answer is over` : "then a new story would begin";
  const why = over === "ended" ? end : voice.marked ? "and would go on" : "and would go on: nothing tells it to stop";
  const cut = given(voice, asked).cut ? " Of so long a text it read only the beginning." : "";
  return `${count(written.length, "token")}, ${why}.${cut}`;
}
