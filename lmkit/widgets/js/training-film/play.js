/** Shows one frame after the other while the state says so.
 * Where the reader has asked for less motion, nothing moves by itself: each start shows the next frame and stops.
 * @param {import("./index.js").Parts} parts
 */
export function playFrames({ film: { steps }, store, signal }) {
  const calm = matchMedia("(prefers-reduced-motion: reduce)");
  const pause = Math.min(700, 12000 / steps.length);
  let timer;
  const next = () => {
    const frame = (store.get().frame + 1) % steps.length;
    store.set({ frame, playing: frame < steps.length - 1 && !calm.matches });
  };
  store.subscribe(({ playing }, changed) => {
    if (!changed.has("playing") && !changed.has("frame")) return;
    clearTimeout(timer);
    if (playing) timer = setTimeout(next, changed.has("playing") ? 0 : pause);
  }, signal);
  signal.addEventListener("abort", () => clearTimeout(timer));
}
