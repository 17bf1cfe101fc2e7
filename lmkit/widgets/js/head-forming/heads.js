import { paintMap } from "../attention-heads/paint-focus.js";
import { fitCanvas, pixelRatio, pointIn } from "../shared/canvas.js";
import { h, setAttribute } from "../shared/dom.js";
import { min, range } from "../shared/math.js";
import { cellAt, frameCells, labelWidths, layoutMatrix } from "../shared/matrix.js";
import { wanted } from "./seen.js";

/** The heads of both layers, side by side where there is room. @param {import("./index.js").Parts} parts */
export function headsView(parts) {
  const views = [0, 1].map((layer) => headView(layer, parts));
  const element = h("div", { class: "lmkit-two-up" }, ...views.map((view) => view.element));
  return {
    element,
    update(seen, colors) {
      views.forEach((view, layer) => {
        view.element.hidden = layer >= seen.run.layers;
        if (layer < seen.run.layers) view.update(seen, colors);
      });
    },
  };
}

/** Where a head looks, and small frames where it would have to. A click chooses the word of a row.
 * @param {number} layer @param {import("./index.js").Parts} parts
 */
function headView(layer, { store, signal }) {
  const canvas = h("canvas", { role: "img" });
  const name = h("p", { class: "lmkit-key" });
  const element = h("div", {}, name, canvas);
  /** @type {import("../shared/matrix.js").Matrix} */
  let matrix;
  canvas.addEventListener("click", (event) => {
    const at = cellAt(matrix, pointIn(event));
    if (at) store.set({ query: at.row });
  }, { signal });

  /** @param {import("./seen.js").Seen} seen @param {import("../shared/theme.js").Palette} colors */
  function update(seen, colors) {
    const { words, heads, query, run } = seen;
    const places = range(words.length);
    const labels = labelWidths(/** @type {any} */ (canvas.getContext("2d")), words);
    matrix = layoutMatrix({ rows: labels, columns: labels, width: min(element.clientWidth, 400), largest: 15, pixel: 1 / pixelRatio() });
    const context = fitCanvas(canvas, matrix.width, matrix.height);
    const scene = {
      rows: words, columns: words, row: query, shares: heads[layer], signed: false, state: { cell: null },
      attention: { causal: true }, view: { queries: places, keys: places },
    };
    paintMap(context, matrix, /** @type {any} */ (scene), colors);
    for (const row of places) {
      for (const column of wanted(seen, layer, row)) frameCells(context, matrix, { row, column, rows: 1, columns: 1 }, colors.quiet, 1);
    }
    name.textContent = `Layer ${layer}; framed: ${layer === run.layers - 1 ? "what followed last time" : "the word before"}`;
    setAttribute(canvas, "aria-label", `Map of attention, ${name.textContent}`);
  }
  return { element, update };
}
