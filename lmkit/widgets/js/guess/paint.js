import { setFont, write } from "../shared/canvas.js";
import { max, min } from "../shared/math.js";
import { paintDot, paintLine } from "../shared/plot.js";
import { show } from "./data.js";
import { MARGIN } from "./layout.js";

/** The axis, the curve that the reader draws, and over it the right one.
 * @param {CanvasRenderingContext2D} context @param {ReturnType<typeof import("./layout.js").layoutDrawing>} axes
 * @param {import("./data.js").Question} question
 * @param {{guess: number[], answer: number[], place: number}} curves place: where the keyboard is
 * @param {import("../shared/theme.js").Palette} colors
 */
export function paintDrawing(context, axes, { choices }, { guess, answer, place }, colors) {
  const { x, y, left, right, height } = axes;
  setFont(context, 12);
  for (const tick of axes.ticks) {
    paintLine(context, [[left, y(tick)], [right, y(tick)]], colors.line);
    write(context, show(tick), left - 8, y(tick), "right", colors.quiet);
  }
  choices.forEach((name, i) => {
    const half = context.measureText(name).width / 2; // a long name stays inside
    if (axes.named(i)) write(context, name, max(half, min(right + MARGIN - half, x(i))), height - 12, "center", colors.quiet);
  });
  const ordered = choices.every((name) => /^[\d.,]+$/.test(name)); // between words nothing lies
  for (const [curve, color] of [[answer, colors.weight], [guess, colors.accent]]) {
    const points = curve.map((value, i) => [x(i), y(value)]);
    if (ordered) paintLine(context, points, color, 2);
    points.forEach(([a, b], i) => paintDot(context, a, b, curve === guess && i === place ? 6 : 4, curve === guess ? colors.page : color, color, 2));
  }
  if (answer.length) paintNames(context, axes, { guess, answer }, colors);
}

/** Which of the curves is which, at their right ends. */
function paintNames(context, { x, y }, { guess, answer }, colors) {
  const last = guess.length - 1;
  const higher = guess[last] > answer[last];
  const name = (text, value, above, color) => write(context, text, x(last) + 6, max(8, y(value) + (above ? -12 : 12)), "right", color);
  name("you", guess[last], higher, colors.accent);
  name("it is", answer[last], !higher, colors.weight);
}
