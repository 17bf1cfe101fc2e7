/** Pinned heads beside each other, on the same query. */
import { fitCanvas, pixelRatio, pointIn } from "../shared/canvas.js";
import { h, isolateWords, setAttribute, showIf, toggleButton } from "../shared/dom.js";
import { min } from "../shared/math.js";
import { cellAt, labelWidths, layoutMatrix } from "../shared/matrix.js";
import { headName } from "../shared/text.js";
import { paintMap } from "./paint-focus.js";
import { derive } from "./scene.js";
import { isPinned } from "./toolbar.js";
import { rowSays } from "./words.js";

const SEEN = 3; // side by side; of more, the mean can be seen

/** The chosen head pinned, or taken off. @param {import("./scene.js").State} state @returns {{pinned: [number, number][]}} */
export function pin(state) {
  const { layer, head, pinned } = state;
  return { pinned: isPinned(state) ? pinned.filter(([l, h]) => l !== layer || h !== head) : [...pinned, [layer, head]] };
}

/** @param {import("./show.js").Parts} parts */
export function pinsView({ store, signal }) {
  const places = Array.from({ length: SEEN }, (_, i) => pinView(i, store, signal));
  const more = h("p", { class: "lmkit-help" });
  const element = h("div", { class: "lmkit-pins", role: "group", "aria-label": "Pinned heads" }, ...places.map((place) => place.element), more);

  /** @type {import("./show.js").Update} */
  function update({ attention, state }, { colors }) {
    const { pinned } = state;
    showIf(element, pinned.length > 0);
    places.forEach((place, i) => showIf(place.element, i < pinned.length));
    pinned.slice(0, SEEN).forEach(([layer, head], i) => places[i].update(derive(attention, { ...state, layer, head, mean: "", cell: null }), colors));
    more.textContent = pinned.length > SEEN ? `${SEEN} of ${pinned.length} pinned heads are shown here; more → mean of the pinned takes all of them in.` : "";
  }
  return { element, update };
}

/** One of them: its map, and where the query looks. A click on a row chooses that query. @param {number} i
 * @param {import("../shared/store.js").Store<any>} store @param {AbortSignal} signal
 */
function pinView(i, store, signal) {
  const off = toggleButton("", () => store.set({ pinned: store.get().pinned.filter((_, at) => at !== i) }), signal);
  const canvas = h("canvas");
  const says = h("p", { class: "lmkit-help" });
  const element = h("div", {}, off, canvas, says);
  let hit;
  canvas.addEventListener("click", (event) => {
    const query = hit(pointIn(event));
    if (query !== undefined) store.set({ query, cell: null });
  }, { signal });

  /** @param {import("./scene.js").Scene} scene @param {import("../shared/theme.js").Palette} colors */
  function update(scene, colors) {
    const name = headName(scene.state.layer, scene.state.head);
    const [rows, columns] = [scene.rows, scene.columns].map((words) => labelWidths(/** @type {any} */ (canvas.getContext("2d")), words));
    const matrix = layoutMatrix({ rows, columns, width: min(element.clientWidth, 320), largest: 32, tallest: 320, pixel: 1 / pixelRatio() });
    paintMap(fitCanvas(canvas, matrix.width, matrix.height), matrix, scene, colors);
    hit = (point) => scene.view.queries[cellAt(matrix, point)?.row ?? -1];
    says.replaceChildren(...isolateWords(rowSays(scene)));
    off.textContent = `${name} ✕`;
    setAttribute(off, "aria-pressed", null);
    setAttribute(off, "aria-label", `${name}: take it off`);
    setAttribute(canvas, "role", "img"); // now that there is something to name
    setAttribute(canvas, "aria-label", `${name}. ${says.textContent}`);
  }
  return { element, update };
}
