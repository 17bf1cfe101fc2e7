/** Both models write, a token each at a time, until each has ended or may write no more. */
import { KINDS, oneMore } from "./turns.js";

const PAUSE = 30; // milliseconds between two tokens

/** @typedef {import("./turns.js").Voice} Voice @typedef {import("./turns.js").Answer} Answer */

/** @returns {Answer[]} */
export const unasked = () => KINDS.map(() => ({ written: [], over: "" }));

/** What changes with the next token of each. @param {Voice[]} voices @param {{asked: string, answers: Answer[]}} state */
export function step(voices, { asked, answers }) {
  const next = voices.map((voice, i) => oneMore(voice, asked, answers[i]));
  return { answers: next, running: next.some(({ over }) => !over) };
}

/** Asks what stands in the field; the first time, the models are fetched. Where less motion is wanted, all is written at
 * once; whoever leaves finds it stopped.
 * @param {{fetch: () => Promise<Voice[]>, store: import("../shared/store.js").Store<any>, signal: AbortSignal,
 *   guarded: import("../shared/life.js").Life["guarded"]}} parts
 * @returns {() => void}
 */
export function createAsker({ fetch, store, signal, guarded }) {
  const calm = matchMedia("(prefers-reduced-motion: reduce)");
  let coming, timer;
  const go = guarded(() => {
    const { voices } = store.get();
    let state = { ...store.get(), ...step(voices, store.get()) };
    while (calm.matches && state.running) state = { ...state, ...step(voices, state) };
    store.set(state);
    if (state.running) timer = setTimeout(go, PAUSE);
  });
  const start = guarded((voices) => {
    clearTimeout(timer);
    store.set({ voices });
    timer = setTimeout(go, 0);
  });
  const fail = guarded((error) => {
    throw error;
  });
  signal.addEventListener("abort", () => clearTimeout(timer));
  return () => {
    clearTimeout(timer);
    coming ??= fetch();
    store.set({ asked: store.get().text, answers: unasked(), running: true });
    coming.then(start, fail);
  };
}
