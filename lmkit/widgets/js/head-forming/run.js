/** Trains while the state says so: a slice of work in each frame, so that the page stays awake. No frame comes to a page that
 * nobody looks at, and whoever comes back finds the training stopped.
 */
import { loadKernel } from "../engine/kernel/index.js";
import { hasFormed, startTraining, STEPS } from "./training.js";

const SLICE = 12; // milliseconds of work in a frame
const SLOW = 50; // milliseconds from one step to the next
export const SPEEDS = ["slow", "medium", "fast"]; // a step every 50 ms, one a frame, as many as a slice has room for

/** A training, and what was seen of it.
 * @typedef {{layers: number, seed: number, training: import("./training.js").Training, seconds: number, formed: {step: number, seconds: number} | null}} Run
 */

/** @param {{store: import("../shared/store.js").Store<any>, signal: AbortSignal, guarded: import("../shared/life.js").Life["guarded"]}} parts */
export function createRunner({ store, signal, guarded }) {
  const calm = matchMedia("(prefers-reduced-motion: reduce)"); // then nothing moves until the training is over
  const start = () => {
    const { layers, seed } = store.get();
    return { layers, seed, training: startTraining(loadKernel(), { layers, seed }), seconds: 0, formed: null };
  };
  /** @type {Run} */
  let run = start();
  /** @type {Run | null} */
  let before = null;
  let [frame, last] = [0, 0];

  /** From the beginning. What was trained to its end stays for comparison. */
  function restart() {
    if (run.training.step() === STEPS) before = run;
    run = start();
    store.set({ step: 0, running: false });
  }

  const slice = guarded((now) => {
    const speed = calm.matches ? "fast" : store.get().speed;
    frame = requestAnimationFrame(slice);
    if (speed === "slow" && now - last < SLOW) return;
    last = now;
    trainFor(run, speed === "fast" ? SLICE : 0);
    const step = run.training.step();
    if (step === STEPS || !calm.matches) store.set({ step, running: step < STEPS });
  });

  store.subscribe((_, changed) => {
    if (changed.has("layers") || changed.has("seed")) return restart();
    if (!changed.has("running")) return;
    cancelAnimationFrame(frame);
    if (store.get().running) frame = requestAnimationFrame(slice);
  }, signal);
  document.addEventListener("visibilitychange", () => { if (document.hidden) store.set({ running: false }); }, { signal });
  signal.addEventListener("abort", () => cancelAnimationFrame(frame));
  return { restart, run: () => run, before: () => before };
}

/** At least one step, and more while there is time. @param {Run} run @param {number} time in milliseconds */
function trainFor(run, time) {
  const { training } = run;
  const begin = performance.now();
  do training.train(); while (training.step() < STEPS && performance.now() - begin < time);
  run.seconds += (performance.now() - begin) / 1000;
  const look = training.looks.find(hasFormed);
  if (look) run.formed ??= { step: look.step, seconds: run.seconds };
}
