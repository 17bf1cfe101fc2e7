/** Both models write, a token each at a time, until each has ended or may write no more. */
import { oneMore } from "./turns.js";

const PAUSE = 30; // milliseconds between two tokens

/** @typedef {import("./turns.js").Voice} Voice @typedef {import("./turns.js").Answer} Answer */

/** @param {Voice[]} voices @returns {Answer[]} */
export const unasked = (voices) => voices.map(() => ({ written: [], over: "" }));

/** What changes with the next token of each. @param {Voice[]} voices @param {{asked: string, answers: Answer[]}} state */
export function step(voices, { asked, answers }) {
  const next = voices.map((voice, i) => oneMore(voice, asked, answers[i]));
  return { answers: next, running: next.some(({ over }) => !over) };
}

/** Asks what stands in the field. Where less motion is wanted, all is written at once; whoever leaves finds it stopped.
 * @param {{voices: Voice[], store: import("../shared/store.js").Store<any>, signal: AbortSignal,
 *   guarded: import("../shared/life.js").Life["guarded"]}} parts
 * @returns {() => void}
 */
export function createAsker({ voices, store, signal, guarded }) {
  const calm = matchMedia("(prefers-reduced-motion: reduce)");
  let timer;
  const go = guarded(() => {
    let state = { ...store.get(), ...step(voices, store.get()) };
    while (calm.matches && state.running) state = { ...state, ...step(voices, state) };
    store.set(state);
    if (state.running) timer = setTimeout(go, PAUSE);
  });
  const ask = () => {
    clearTimeout(timer);
    store.set({ asked: store.get().text, answers: unasked(voices), running: true });
    timer = setTimeout(go, 0);
  };
  signal.addEventListener("abort", () => clearTimeout(timer));
  return ask;
}
