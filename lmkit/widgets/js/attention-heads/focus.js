import { fitCanvas, pixelRatio, pointIn } from "../shared/canvas.js";
import { h, setAttribute } from "../shared/dom.js";
import { onKeys, rowKeys } from "../shared/keys.js";
import { clamp } from "../shared/math.js";
import { cellAt, labelWidths, layoutMatrix } from "../shared/matrix.js";
import { hitLines, layoutLines } from "./layout.js";
import { paintLines, paintMap } from "./paint-focus.js";
import { largest, sharesOf } from "./scene.js";

/** One head, as a heat map or as lines.
 * @param {import("./show.js").Parts} parts
 */
export function focusView({ store, signal, goDeeper, goBack }) {
  const canvas = h("canvas", {
    tabindex: 0, role: "slider", "aria-label": "Query", "aria-orientation": "vertical", "aria-valuemin": 0,
  });
  /** @type {import("./scene.js").Scene} */
  let scene;
  /** @type {(point: {x: number, y: number}) => {row?: number, column?: number} | null} */
  let hit;

  const toRow = (row, column = scene.state.cell?.column) => {
    store.set({ query: scene.view.queries[row], cell: column === undefined ? null : { row, column } });
  };
  const moveKey = (by) => toRow(scene.row, clamp(scene.state.cell ? scene.state.cell.column + by : scene.row, scene.columns.length));
  onKeys(canvas, {
    ...rowKeys(() => scene.row, () => scene.rows.length, toRow),
    ArrowLeft: () => moveKey(-1),
    ArrowRight: () => moveKey(1),
    Enter: goDeeper,
    Escape: () => (scene.state.cell ? store.set({ cell: null }) : goBack()),
  }, signal);
  canvas.addEventListener("click", (event) => {
    const at = hit(pointIn(event));
    if (at) toRow(at.row ?? scene.row, at.column);
  }, { signal });
  canvas.addEventListener("pointermove", (event) => {
    if (event.pointerType !== "mouse") return;
    const { row = scene.row, column } = hit(pointIn(event)) ?? {};
    const { cell } = scene.state;
    if (cell?.row !== row || cell?.column !== column) store.set({ cell: column === undefined ? null : { row, column } });
  }, { signal });
  canvas.addEventListener("pointerleave", () => store.set({ cell: null }), { signal });

  /** @type {import("./show.js").Update} */
  function update(next, look) {
    scene = next;
    hit = paint(canvas, scene, look);
    setAttribute(canvas, "aria-valuenow", scene.state.query);
    setAttribute(canvas, "aria-valuemax", scene.attention.queries - 1); // a text that is typed grows
    setAttribute(canvas, "aria-valuetext", valueText(scene));
  }
  return { element: h("div", { class: "lmkit-focus" }, canvas), update, focus: () => canvas.focus() };
}

/** @param {HTMLCanvasElement} canvas @param {import("./scene.js").Scene} scene @param {import("./show.js").Look} look
 * @returns {(point: {x: number, y: number}) => any} the hit test of what is painted
 */
function paint(canvas, scene, { panels, colors }) {
  const measure = /** @type {any} */ (canvas.getContext("2d"));
  const shape = { rows: labelWidths(measure, scene.rows), columns: labelWidths(measure, scene.columns), width: panels.focus, tallest: 440 };
  if (scene.state.lines) {
    const lines = layoutLines(shape);
    paintLines(fitCanvas(canvas, lines.width, lines.height), lines, scene, colors);
    return (point) => hitLines(lines, point);
  }
  const matrix = layoutMatrix({ ...shape, largest: 48, pixel: 1 / pixelRatio() });
  paintMap(fitCanvas(canvas, matrix.width, matrix.height), matrix, scene, colors);
  return (point) => cellAt(matrix, point);
}

/** What a screen reader says of the query, or of the cell. @param {import("./scene.js").Scene} scene @returns {string} */
function valueText(scene) {
  const column = scene.state.cell?.column ?? largest(scene)[0];
  return `${scene.rows[scene.row]}: ${scene.tell(sharesOf(scene)[column])} on ${scene.columns[column]}`;
}
