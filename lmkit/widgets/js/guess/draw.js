import { fitCanvas, pointIn } from "../shared/canvas.js";
import { h, setAttribute, showIf } from "../shared/dom.js";
import { onWidth } from "../shared/figure.js";
import { onKeys } from "../shared/keys.js";
import { clamp } from "../shared/math.js";
import { palette } from "../shared/theme.js";
import { compared, show } from "./data.js";
import { drawTo, layoutDrawing, makeAxis } from "./layout.js";
import { paintDrawing } from "./paint.js";

const STEP = 0.05; // of the axis, for an arrow key

/** A curve to draw, by pointer or by keys; then the right one over it. @param {import("./index.js").Parts} parts */
export function drawView({ question, store, signal, guarded }) {
  const { question: label, choices, unit, ends } = question;
  const canvas = h("canvas", { class: "lmkit-drawing", tabindex: 0, role: "slider", "aria-label": label, "aria-valuemin": ends.low, "aria-valuemax": ends.high });
  const table = h("div", { class: "lmkit-table", role: "group", "aria-label": "Guess and answer", tabindex: 0 });
  const here = h("p", { class: "lmkit-help" });
  const element = h("div", {}, here, canvas, table);
  const { partOf, valueAt } = makeAxis(ends);
  let place = 0; // where the keyboard is
  /** @type {ReturnType<typeof layoutDrawing>} */
  let axes;

  const curve = () => (store.get().guess.length ? store.get().guess : choices.map(() => valueAt(0.5)));
  const draw = (to, from) => {
    place = to[0];
    if (store.get().done) update(store.get());
    else store.set({ guess: drawTo(curve(), to, from) });
  };
  const drag = (event) => {
    if (!event.buttons) return;
    canvas.setPointerCapture(event.pointerId);
    draw(axes.hit(pointIn(event)), event.type === "pointermove" ? place : undefined);
  };
  for (const type of ["pointerdown", "pointermove"]) canvas.addEventListener(type, drag, { signal });

  const walk = (by) => () => {
    place = clamp(place + by, choices.length);
    update(store.get());
  };
  const lift = (by) => () => draw([place, valueAt(partOf(curve()[place]) + by)]);
  onKeys(canvas, { ArrowLeft: walk(-1), ArrowRight: walk(1), Home: walk(-choices.length), End: walk(choices.length), ArrowUp: lift(STEP), ArrowDown: lift(-STEP) }, signal);

  /** @param {import("./data.js").State} state */
  function update(state) {
    const [guess, answer] = [curve(), state.done ? state.answer : []];
    const says = answer.length ? compared(guess[place], answer[place], unit) : show(guess[place], unit);
    setAttribute(canvas, "aria-valuenow", guess[place]);
    setAttribute(canvas, "aria-valuetext", `${choices[place]}: ${says}`);
    here.textContent = state.guess.length ? canvas.ariaValueText : "Drag the points, or use the arrow keys.";
    showIf(table, answer.length > 0);
    table.replaceChildren(tableOf(choices, { "you said": guess, "it is": answer }));
    const width = element.clientWidth;
    if (!width) return;
    axes = layoutDrawing(question, width);
    paintDrawing(fitCanvas(canvas, width, axes.height), axes, question, { guess, answer, place }, palette(element));
  }
  onWidth(element, guarded(() => update(store.get())), signal);
  return { element, update };
}

/** Both curves as a table. @param {string[]} places @param {Record<string, number[]>} curves */
function tableOf(places, curves) {
  const row = (name, cells) => h("tr", {}, h("th", { scope: "row" }, name), ...cells.map((cell) => h("td", {}, cell)));
  const rows = Object.entries(curves).map(([name, curve]) => row(name, curve.map((value) => show(value))));
  return h("table", {}, row("at", places), ...rows);
}
