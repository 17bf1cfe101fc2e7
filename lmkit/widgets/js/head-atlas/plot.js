import { fitCanvas, pointIn } from "../shared/canvas.js";
import { h, setAttribute } from "../shared/dom.js";
import { onWidth } from "../shared/figure.js";
import { onKeys } from "../shared/keys.js";
import { abs, clamp } from "../shared/math.js";
import { ascending, layoutPlot, nearest, within } from "./layout.js";
import { paintPlot } from "./paint.js";
import { headAt, nameAt, turn } from "./seen.js";

const MOVED = 6; // pixels that make a line of a click

/** All heads by two scores. A click or a key chooses one; a line drawn around several selects them.
 * @param {import("./index.js").Parts} parts @returns {import("./index.js").View}
 */
export function plotView({ atlas, store, signal }) {
  const canvas = h("canvas", { tabindex: 0, role: "slider", "aria-label": "Head", "aria-valuemin": 0, "aria-valuemax": atlas.count - 1 });
  const element = h("div", { class: "lmkit-atlas" }, canvas);
  let [plot, paint, seen] = /** @type {any[]} */ ([null, null, null]);

  const choose = (index) => store.set(headAt(atlas, index));
  const walk = (axis, by) => () => {
    const order = ascending(atlas.means[seen[axis]]);
    choose(order[clamp(order.indexOf(seen.index) + by, atlas.count)]);
  };
  const layer = (by) => () => store.set({ layer: store.get().layer + by });
  onKeys(canvas, {
    ArrowLeft: walk("x", -1), ArrowRight: walk("x", 1), ArrowDown: walk("y", -1), ArrowUp: walk("y", 1),
    Home: walk("x", -Infinity), End: walk("x", Infinity), PageUp: layer(-1), PageDown: layer(1),
    " ": () => store.set(turn(store.get())), Escape: () => store.set({ selected: [] }),
  }, signal);
  onLine(canvas, signal, {
    drawn: (path) => paint(path),
    click: (at, adds) => {
      const index = nearest(plot, at);
      if (index !== undefined) choose(index);
      if (index !== undefined && adds) store.set(turn(store.get()));
    },
    around: (path) => {
      const inside = within(plot, path).map((index) => headAt(atlas, index));
      store.set({ ...inside[0], selected: inside.map(({ layer, head }) => [layer, head]) });
    },
  });
  onWidth(element, (width) => store.set({ width }), signal);

  function update(next, colors) {
    seen = next;
    const { index, x, y, state: { width } } = seen;
    setAttribute(canvas, "aria-valuenow", ascending(atlas.means[x]).indexOf(index));
    setAttribute(canvas, "aria-valuetext", nameAt(atlas, index) + (seen.several.includes(index) ? ", selected" : ""));
    if (!width) return;
    plot = layoutPlot({ width, x: atlas.means[x], y: atlas.means[y], even: { x: atlas.evenly[x], y: atlas.evenly[y] } });
    paint = (path = []) => paintPlot(fitCanvas(canvas, width, plot.height), plot, seen, path, colors);
    paint();
  }
  return { element, update };
}

/** A pointer that clicks, or draws a line. @param {HTMLCanvasElement} canvas @param {AbortSignal} signal
 * @param {{drawn: (path: any[]) => void, click: (at: any, adds: boolean) => void, around: (path: any[]) => void}} then
 */
function onLine(canvas, signal, { drawn, click, around }) {
  let path = /** @type {any[]} */ ([]);
  const isLine = () => path.some(({ x, y }) => abs(x - path[0].x) + abs(y - path[0].y) > MOVED);
  const on = (type, action) => canvas.addEventListener(type, action, { signal });
  on("pointerdown", (event) => {
    canvas.setPointerCapture(event.pointerId);
    path = [pointIn(event)];
  });
  on("pointermove", (event) => {
    if (!path.length) return;
    path.push(pointIn(event));
    if (isLine()) drawn(path);
  });
  on("pointerup", (event) => {
    if (isLine()) around(path);
    else if (path.length) click(path[0], event.shiftKey);
    path = [];
    drawn(path);
  });
  on("pointercancel", () => drawn((path = [])));
}
