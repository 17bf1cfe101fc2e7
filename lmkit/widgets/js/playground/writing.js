/** The model writes on, token by token, by the draws that the seed gives. */
import { generator, probabilities, sample } from "../engine/sampling.js";
import { drawOf } from "./seen.js";
import { STORY, withToken } from "./tokens.js";

const PAUSE = 90; // milliseconds between two tokens
const AT_ONCE = 40; // tokens, where the reader has asked for less motion

/** What changes with the next token. Its draw depends on the seed and on how many tokens were written before it, so that the
 * same start gives the same story, step by step or in one run.
 * @param {any} model @param {import("./reading.js").Reading} reading @param {import("./data.js").State} state @returns {object}
 */
export function nextToken(model, { tokens, shown }, state) {
  const last = tokens.ids.length - 1;
  const shares = probabilities(shown.run.logits(last), drawOf(model, state));
  const id = sample(shares, drawAt(state.seed, tokens.ids.length - tokens.typed));
  if (id === model.tokenizer.special.indexOf(STORY)) return { running: false, ended: state.text };
  return { ...withToken(model.tokenizer, tokens, id), position: last + 1, cell: null };
}

/** @param {number} seed @param {number} n @returns {number} the draw number n, from 0 */
function drawAt(seed, n) {
  const next = generator(seed);
  for (let i = 0; i < n; i++) next();
  return next();
}

/** The state after some more tokens, or fewer where the model ends its story or the room ends.
 * @param {any} model @param {ReturnType<import("./reading.js").createReader>} reader @param {import("./data.js").State} state
 * @param {number} count @param {number} capacity @returns {import("./data.js").State}
 */
export function writeOn(model, reader, state, count, capacity) {
  let next = state;
  for (let i = 0; i < count && next.ended !== next.text && reader.tokensOf(next).ids.length < capacity; i++) {
    next = { ...next, ...nextToken(model, reader.read(next), next) };
  }
  return next;
}

/** Writes while the state says so. Whoever looks at another page meanwhile finds it stopped.
 * @param {import("./index.js").Parts} parts @returns {{step: () => void}}
 */
export function createWriter({ model, reader, capacity, store, signal, guarded }) {
  const calm = matchMedia("(prefers-reduced-motion: reduce)");
  let timer;
  const write = (count) => writeOn(model, reader, store.get(), count, capacity);
  const step = guarded(() => store.set(write(1)));
  const go = guarded(() => (calm.matches ? store.set({ ...write(AT_ONCE), running: false }) : step()));
  store.subscribe(({ running }, changed) => {
    if (!changed.has("running") && !changed.has("text")) return;
    clearTimeout(timer);
    if (running) timer = setTimeout(go, changed.has("running") ? 0 : PAUSE);
  }, signal);
  document.addEventListener("visibilitychange", () => { if (document.hidden) store.set({ running: false }); }, { signal });
  signal.addEventListener("abort", () => clearTimeout(timer));
  return { step };
}
