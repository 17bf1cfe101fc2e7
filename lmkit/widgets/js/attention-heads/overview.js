import { pointIn } from "../shared/canvas.js";
import { h, setAttribute } from "../shared/dom.js";
import { onKeys } from "../shared/keys.js";
import { floor, max, min } from "../shared/math.js";
import { fitOverview, hitOverview, moveOverview } from "./layout.js";
import { paintOverview } from "./paint-overview.js";

/** All heads at a glance; a frame around the chosen one.
 * @param {import("./show.js").Parts} parts
 */
export function overviewView({ attention: { layers, heads, kvHeads }, store, signal, goDeeper }) {
  // A slider is what screen readers hand the arrow keys to; its value text is the chosen head.
  const canvas = h("canvas", {
    tabindex: 0, role: "slider", "aria-label": "Head", "aria-valuemin": 0, "aria-valuemax": layers * heads - 1,
  });
  const frame = h("div", { class: "lmkit-frame" });
  const box = h("div", { class: "lmkit-overview", tabindex: -1 }, h("div", {}, canvas, frame));
  const more = h("p", { class: "lmkit-help" }, `Scroll for the rest of the ${layers * heads} heads.`);
  /** @type {ReturnType<typeof fitOverview>} */
  let overview;
  let painted; // whose heads

  const chosen = () => store.get().layer * heads + store.get().head;
  const choose = (index) => store.set({ layer: floor(index / heads), head: index % heads, cell: null });
  const turn = (by) => () => store.set({ layer: store.get().layer + by, cell: null });
  const move = ({ key }) => choose(moveOverview(overview, chosen(), key));
  canvas.addEventListener("click", (event) => choose(hitOverview(overview, pointIn(event)) ?? chosen()), { signal });
  onKeys(canvas, {
    ArrowLeft: move, ArrowRight: move, ArrowUp: move, ArrowDown: move, Home: move, End: move,
    PageUp: turn(-1), PageDown: turn(1), Enter: goDeeper,
  }, signal);

  const repaints = ["sort", "hide", "show", "part", "whole"];
  /** @type {import("./show.js").Update} */
  function update(scene, { panels, colors, coarse }, changed) {
    const { attention, state, order, index } = scene;
    if (!changed || repaints.some((name) => changed.has(name)) || attention !== painted) {
      painted = attention;
      overview = fitOverview({ layers, heads, kvHeads, order, sorted: state.sort !== "", width: panels.overview, coarse }, panels.sideBySide ? 440 : 320);
      box.style.width = `${panels.overview}px`;
      box.style.height = `${overview.seen}px`;
      more.hidden = overview.seen === overview.height;
      paintOverview(canvas, overview, scene, colors);
    }
    placeFrame(box, frame, overview, index);
    setAttribute(canvas, "aria-valuenow", index);
    setAttribute(canvas, "aria-valuetext", `layer ${state.layer}, head ${state.head}${scene.off?.has(index) ? ", switched off" : ""}`);
  }
  return { element: h("div", {}, box, more), update, focus: () => canvas.focus() };
}

/** Puts the frame on the chosen head, and scrolls the overview (never the page) where that head would be out of sight.
 * @param {HTMLElement} element @param {HTMLElement} frame @param {import("./layout.js").Overview} overview @param {number} index
 */
function placeFrame(element, frame, { cells }, index) {
  const { x, y, size, end } = /** @type {any} */ (cells.find((cell) => cell.index === index));
  frame.style.transform = `translate(${x - 3}px, ${y - 3}px)`;
  frame.style.width = frame.style.height = `${size + 6}px`;
  element.scrollTop = min(y - 24, max(end - element.clientHeight, element.scrollTop));
}
