import { fitCanvas, pointIn, setFont, write } from "../shared/canvas.js";
import { h, setAttribute } from "../shared/dom.js";
import { onKeys, rowKeys } from "../shared/keys.js";
import { abs, ceil, clamp, floor, max, min } from "../shared/math.js";
import { makeScale, paintLine } from "../shared/plot.js";
import { number } from "../attention-steps/numbers.js";

const HEIGHT = 190;
const EDGE = 18; // for the numbers of the dimensions

/** Where each bar goes, from left to right. Pure.
 * @param {number[]} values @param {number} width @returns {{pitch: number, zero: number, y: (value: number) => number}}
 */
export function layoutBars(values, width) {
  const ends = /** @type {[number, number]} */ ([min(0, ...values), max(0, ...values)]);
  const y = makeScale(ends, [HEIGHT - EDGE - 4, 4]);
  return { pitch: min(32, width / values.length), zero: y(0), y };
}

/** A bar for each dimension: up where it raises the score, down where it lowers it. @param {import("./index.js").Parts} parts */
export function chartView({ store, signal }) {
  const canvas = h("canvas", { tabindex: 0, role: "slider", "aria-label": "Dimension", "aria-valuemin": 0 });
  /** @type {import("./seen.js").Seen} */
  let seen;
  let pitch = 1;
  const place = () => seen.order.indexOf(seen.state.dimension);
  const go = (i) => store.set({ dimension: seen.order[clamp(i, seen.order.length)] });
  onKeys(canvas, rowKeys(place, () => seen.order.length, go), signal);
  canvas.addEventListener("click", (event) => go(floor(pointIn(event).x / pitch)), { signal });

  /** @param {import("./seen.js").Seen} next @param {import("../shared/theme.js").Palette} colors */
  function update(next, colors) {
    seen = next;
    const { products, order, state, vectors, partner } = seen;
    const bars = layoutBars(order.map((d) => products[d]), state.width);
    pitch = bars.pitch;
    const context = fitCanvas(canvas, state.width, HEIGHT);
    paintBars(context, seen, bars, colors);
    paintLine(context, [[0, bars.zero], [pitch * order.length, bars.zero]], colors.quiet);
    setFont(context, 10);
    const every = ceil(22 / pitch);
    const marked = [state.dimension, partner].map((d) => order.indexOf(d)).filter((i) => i >= 0);
    order.forEach((d, i) => {
      const chosen = d === state.dimension || d === partner;
      const room = marked.every((at) => abs(i - at) >= every);
      if (chosen || (i % every === 0 && room)) write(context, `${d}`, (i + 0.5) * pitch, HEIGHT - 7, "center", chosen ? colors.accent : colors.quiet);
    });
    setAttribute(canvas, "aria-valuenow", state.dimension);
    setAttribute(canvas, "aria-valuemax", vectors.dHead - 1);
    setAttribute(canvas, "aria-valuetext", `dimension ${state.dimension}: ${number(products[state.dimension])}`);
  }
  return { element: h("div", { class: "lmkit-focus" }, canvas), update };
}

/** The chosen one is framed, and so is the one that was turned together with it.
 * @param {CanvasRenderingContext2D} context @param {import("./seen.js").Seen} seen @param {ReturnType<typeof layoutBars>} bars
 * @param {import("../shared/theme.js").Palette} colors
 */
function paintBars(context, { products, order, state, partner }, { pitch, zero, y }, colors) {
  order.forEach((d, i) => {
    const value = products[d];
    context.fillStyle = value < 0 ? colors.loss : colors.weight;
    context.fillRect(i * pitch + 1, min(zero, y(value)), max(1, pitch - 2), max(1, abs(y(value) - zero)));
    if (d !== state.dimension && d !== partner) return;
    context.strokeStyle = colors.accent;
    context.lineWidth = d === state.dimension ? 2 : 1;
    context.strokeRect(i * pitch + 0.5, 1, max(2, pitch - 1), HEIGHT - EDGE + 2);
  });
}
