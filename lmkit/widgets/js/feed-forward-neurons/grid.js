import { fitCanvas, pointIn } from "../shared/canvas.js";
import { ramp } from "../shared/color.js";
import { h, setAttribute } from "../shared/dom.js";
import { onWidth } from "../shared/figure.js";
import { onKeys } from "../shared/keys.js";
import { clamp, floor, max } from "../shared/math.js";
import { EDGE, hitGrid, layoutGrid } from "./layout.js";
import { scoreOf } from "./seen.js";

/** All neurons of the layer, the deeper the color the higher the score; a frame around the chosen one, a small one around
 * each that was found. @param {import("./index.js").Parts} parts @returns {import("./index.js").View}
 */
export function gridView({ data, store, signal }) {
  // A slider is what screen readers hand the arrow keys to; its value text is the chosen neuron.
  const canvas = h("canvas", { tabindex: 0, role: "slider", "aria-label": "Neuron", "aria-valuemin": 0, "aria-valuemax": data.neurons - 1 });
  const element = h("div", { class: "lmkit-neurons" }, canvas);
  let [grid, order, place] = [layoutGrid({ count: data.neurons, width: 300 }), [0], 0];
  const go = (to) => store.set({ neuron: order[clamp(to, data.neurons)] });
  const move = (by) => () => go(place + by());
  const turn = (by) => () => store.set({ layer: store.get().layer + by });
  onKeys(canvas, {
    ArrowLeft: move(() => -1), ArrowRight: move(() => 1), ArrowUp: move(() => -grid.columns), ArrowDown: move(() => grid.columns),
    Home: () => go(0), End: () => go(data.neurons - 1), PageUp: turn(-1), PageDown: turn(1),
  }, signal);
  canvas.addEventListener("click", (event) => go(hitGrid(grid, pointIn(event), data.neurons) ?? place), { signal });
  onWidth(element, (width) => store.set({ width }), signal);

  function update(seen, colors) {
    const { layer, neuron, width } = seen.state;
    order = seen.order;
    place = order.indexOf(neuron);
    setAttribute(canvas, "aria-valuenow", place);
    setAttribute(canvas, "aria-valuetext", `layer ${layer}, neuron ${neuron}, ${place + 1} of ${data.neurons}`);
    if (!width) return;
    grid = layoutGrid({ count: data.neurons, width });
    paintGrid(fitCanvas(canvas, width, grid.height), grid, seen, place, colors);
  }
  return { element, update };
}

/** @param {CanvasRenderingContext2D} context @param {import("./layout.js").Grid} grid @param {import("./seen.js").Seen} seen @param {number} chosen
 * @param {import("../shared/theme.js").Palette} colors
 */
function paintGrid(context, { columns, pitch }, { data, state, order, writers, hearers }, chosen, colors) {
  const scores = order.map((neuron) => scoreOf(data, max(0, state.sort), state.layer, neuron));
  const most = max(1e-9, ...scores);
  const found = new Set([...writers, ...hearers].filter(({ layer }) => layer === state.layer).map(({ neuron }) => neuron));
  const cell = (i) => [EDGE + (i % columns) * pitch, EDGE + floor(i / columns) * pitch];
  order.forEach((neuron, i) => {
    const [x, y] = cell(i);
    context.fillStyle = ramp(scores[i] / most, colors);
    context.fillRect(x, y, pitch - 1, pitch - 1);
    context.strokeStyle = found.has(neuron) ? colors.accent : colors.line;
    context.strokeRect(x + 0.5, y + 0.5, pitch - 2, pitch - 2);
  });
  const [x, y] = cell(chosen);
  context.strokeStyle = colors.page;
  context.lineWidth = 5;
  context.strokeRect(x - 0.5, y - 0.5, pitch, pitch);
  context.strokeStyle = colors.accent;
  context.lineWidth = 3;
  context.strokeRect(x - 0.5, y - 0.5, pitch, pitch);
}
