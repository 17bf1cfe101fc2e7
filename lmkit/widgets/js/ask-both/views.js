/** The field, the questions to choose from, and what both models say. */
import { h, setAttribute, toggleButton } from "../shared/dom.js";
import { createField } from "../shared/field.js";
import { onKeys } from "../shared/keys.js";
import { count, legible } from "../shared/text.js";
import { given, MARKS, textOf } from "./turns.js";

const MOST_CHARACTERS = 600; // as in Python

/** What a view is made from.
 * @typedef {{voices: import("./turns.js").Voice[], store: import("../shared/store.js").Store<any>, signal: AbortSignal,
 *   ask: () => void, questions: string[]}} Parts
 * @typedef {{element: HTMLElement, update: (state: any) => void}} View
 */

/** @param {Parts} parts @returns {View} */
export function titleView({ voices, signal, ask }) {
  const button = toggleButton("ask", ask, signal);
  button.removeAttribute("aria-pressed");
  const title = h("p", { class: "lmkit-title" }, h("b", {}, "Before and after"), voices.map(({ name }) => legible(name)).join(" · "));
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

/** What each says, and how it reads the question. @param {Parts} parts @returns {View} */
export function answersView({ voices }) {
  const views = voices.map(answerView);
  return {
    element: h("div", { class: "lmkit-two-up" }, ...views.map(({ element }) => element)),
    update: (state) => views.forEach(({ update }, i) => update(state, state.answers[i])),
  };
}

/** @param {import("./turns.js").Voice} voice */
function answerView(voice) {
  const name = legible(voice.name);
  const does = voice.marked ? "answers" : "goes on";
  const says = h("output", { class: "lmkit-says", dir: "auto", "aria-label": `${name} ${does}`, "aria-live": "polite" });
  const tells = h("p", { class: "lmkit-help" });
  const [user, answer] = MARKS;
  const reads = h("p", { class: "lmkit-help" }, "reads ", h("bdi", {}, voice.marked ? `<|story|>${user} … ${answer}` : "<|story|>…"));
  const update = ({ asked, running, text }, { written, over }) => {
    const words = textOf(voice, written);
    if (says.textContent !== words) says.textContent = words;
    setAttribute(says, "aria-busy", running && !over && "true");
    says.classList.toggle("lmkit-old", asked !== text);
    const told = over ? tell(voice, asked, written, over) : "";
    if (tells.textContent !== told) tells.textContent = told;
  };
  return { element: h("section", { "aria-label": name }, h("p", { class: "lmkit-who" }, h("b", {}, name), does), reads, says, tells), update };
}

/** How much it wrote, and why no more. @param {import("./turns.js").Voice} voice @param {string} asked
 * @param {number[]} written @param {"ended" | "cut"} over @returns {string}
 */
export function tell(voice, asked, written, over) {
  const end = voice.marked ? `then ${MARKS[2]}: its answer is over` : "then a new story would begin";
  const why = over === "ended" ? end : voice.marked ? "and would go on" : "and would go on: nothing tells it to stop";
  const cut = given(voice, asked).cut ? " Of so long a text it read only the beginning." : "";
  return `${count(written.length, "token")}, ${why}.${cut}`;
}
