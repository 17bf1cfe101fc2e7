import { fitCanvas, pointIn } from "../shared/canvas.js";
import { h, setAttribute } from "../shared/dom.js";
import { onKeys, rowKeys } from "../shared/keys.js";
import { abs } from "../shared/math.js";
import { frameSays, indexOfLeast, writesSays } from "./data.js";
import { layoutCurves } from "./layout.js";
import { paintCurves } from "./paint.js";

/** The curves; a handle on them chooses the frame. @param {import("./index.js").Parts} parts */
export function curveView({ film, store, signal }) {
  const { steps } = film;
  const canvas = h("canvas", {
    class: "lmkit-curve", tabindex: 0, role: "slider", "aria-label": "Frame", "aria-valuemin": 0, "aria-valuemax": steps.length - 1,
  });
  const element = h("div", {}, canvas);
  /** @type {import("./layout.js").Axes} */
  let axes;
  const choose = (frame) => store.set({ frame, playing: false });
  onKeys(canvas, rowKeys(() => store.get().frame, () => steps.length, choose), signal);
  const drag = (event) => {
    if (!event.buttons) return;
    const { x } = pointIn(event);
    canvas.setPointerCapture(event.pointerId);
    choose(indexOfLeast(steps.map((step) => abs(axes.x(step) - x))));
  };
  for (const type of ["pointerdown", "pointermove"]) canvas.addEventListener(type, drag, { signal });

  /** @type {import("../attention-heads/show.js").Update} */
  function update(scene, { colors }) {
    const { frame, log } = /** @type {any} */ (scene.state);
    const width = element.clientWidth;
    axes = layoutCurves(film, log, width);
    paintCurves(fitCanvas(canvas, width, axes.height), axes, film, frame, colors);
    setAttribute(canvas, "aria-valuenow", frame);
    setAttribute(canvas, "aria-valuetext", [...frameSays(film, frame), ...writesSays(film, frame)].join(""));
  }
  return { element, update };
}
