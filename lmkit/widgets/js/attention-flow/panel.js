import { fitCanvas, pointIn, setFont, write } from "../shared/canvas.js";
import { h, setAttribute } from "../shared/dom.js";
import { onKeys, rowKeys } from "../shared/keys.js";
import { clamp, max, PI, sqrt } from "../shared/math.js";
import { label, labelsOf, labelsShown, labelWidths } from "../shared/matrix.js";
import { paintDot, paintLine } from "../shared/plot.js";
import { layoutLevels, linkAt, placeOf, tokenAt } from "./layout.js";

const TILT = PI / 3;

/** One way of reckoning, as a picture. @param {number} method @param {import("./index.js").Parts} parts */
export function panelView(method, { flow, store, signal }) {
  const canvas = h("canvas", { tabindex: 0, role: "slider", "aria-label": `Output token, ${flow.methods[method]}`, "aria-valuemin": 0, "aria-valuemax": flow.tokens - 1 });
  const element = h("div", { class: "lmkit-focus" }, h("p", { class: "lmkit-title" }, h("b", {}, flow.methods[method])), canvas);
  /** @type {import("./seen.js").Seen} */
  let seen;
  let levels;
  const drawn = (layer, to, from) => seen.flows[method].links[layer][to * flow.tokens + from] >= seen.state.least;
  const turn = (by) => () => store.set({ layer: clamp(seen.state.layer + by, flow.layers) });
  onKeys(canvas, {
    ...rowKeys(() => seen.state.token, () => flow.tokens, (token) => store.set({ token, query: token })),
    ArrowUp: turn(1), ArrowDown: turn(-1),
  }, signal);
  canvas.addEventListener("click", (event) => {
    const point = pointIn(event);
    const link = linkAt(levels, point, drawn);
    if (link) store.set({ layer: link.layer, query: link.to });
    else if (point.y < levels.top) store.set({ token: tokenAt(levels, point.x), query: tokenAt(levels, point.x) });
  }, { signal });

  /** @param {import("./seen.js").Seen} next @param {import("../shared/theme.js").Palette} colors */
  function update(next, colors) {
    seen = next;
    const widths = labelWidths(/** @type {any} */ (canvas.getContext("2d")), flow.words);
    levels = layoutLevels({ ...flow, width: max(240, element.clientWidth), words: max(...widths) + 12 });
    paint(fitCanvas(canvas, levels.width, levels.height), levels, seen, seen.flows[method].links, flow, colors);
    setAttribute(canvas, "aria-valuenow", seen.state.token);
    setAttribute(canvas, "aria-valuetext", `${flow.words[seen.state.token]}; layer ${seen.state.layer}`);
  }
  return { element, update };
}

/** @param {CanvasRenderingContext2D} context @param {import("./layout.js").Levels} levels @param {import("./seen.js").Seen} seen
 * @param {Float32Array[]} links @param {import("./data.js").Flow} flow @param {import("../shared/theme.js").Palette} colors
 */
function paint(context, levels, { state }, links, { layers, tokens, words }, colors) {
  const { token, layer: chosen, query, least } = state;
  links.forEach((carried, layer) => carried.forEach((carries, i) => {
    if (carries < least) return;
    const to = Math.floor(i / tokens);
    context.globalAlpha = 0.15 + 0.85 * sqrt(carries);
    paintLine(context, [placeOf(levels, layer + 1, to), placeOf(levels, layer, i % tokens)], layer === chosen && to === query ? colors.accent : colors.weight, 0.5 + 6 * carries);
  }));
  context.globalAlpha = 1;
  const [x, y] = placeOf(levels, chosen + 1, query);
  paintDot(context, x, y, 4, colors.page, colors.accent, 2);
  setFont(context, 11);
  for (let layer = 0; layer < layers; layer++) {
    write(context, `L${layer}`, levels.left - 6, placeOf(levels, layer + 0.5, 0)[1], "right", layer === chosen ? colors.accent : colors.quiet);
  }
  label(context, words[token], ...placeOf(levels, layers + 12 / levels.rise, token), "center", true, colors);
  paintWords(context, levels, words, query, colors);
}

/** The words of the input, as many as have room. @param {CanvasRenderingContext2D} context @param {import("./layout.js").Levels} levels
 * @param {string[]} words @param {number} chosen @param {import("../shared/theme.js").Palette} colors
 */
function paintWords(context, levels, words, chosen, colors) {
  const pitch = levels.pitch * Math.sin(TILT);
  const labels = labelsOf(words, pitch);
  for (const i of labelsShown(labels, pitch, [chosen])) {
    const [x, y] = placeOf(levels, 0, i);
    context.save();
    context.translate(x, y + 8);
    context.rotate(TILT);
    label(context, labels[i] || words[i], 0, 0, "left", i === chosen, colors);
    context.restore();
  }
}
