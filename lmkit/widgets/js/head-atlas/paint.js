import { setFont, write } from "../shared/canvas.js";
import { ramp, readableOn } from "../shared/color.js";
import { max, range } from "../shared/math.js";
import { paintDot, paintLine } from "../shared/plot.js";
import { headAt, longName, nameAt, tickName } from "./seen.js";

/** @typedef {CanvasRenderingContext2D} Context @typedef {import("./layout.js").Plot} Plot
 * @typedef {import("./seen.js").Seen} Seen @typedef {import("../shared/theme.js").Palette} Palette
 */

const ROOM = 7; // the radius of a dot that has room for the number of its layer

/** @param {Context} context @param {Plot} plot @param {Seen} seen @param {import("./layout.js").Point[]} path that is drawn around heads
 * @param {Palette} colors
 */
export function paintPlot(context, plot, seen, path, colors) {
  const { atlas, index, several } = seen;
  paintAxes(context, plot, seen, colors);
  paintEven(context, plot, seen, colors);
  for (const i of [...range(atlas.count), ...several]) if (i !== index) paintHead(context, plot, atlas, i, several.includes(i), colors);
  paintChosen(context, plot, seen, colors);
  if (path.length) paintLine(context, [...path, path[0]].map(({ x, y }) => [x, y]), colors.accent, 2);
}

/** @param {Context} context @param {Plot} plot @param {Seen} seen @param {Palette} colors */
function paintAxes(context, { left, right, top, bottom, across, up }, { state }, colors) {
  context.fillStyle = colors.page;
  context.fillRect(left, top, right - left, bottom - top);
  setFont(context, 11);
  for (const value of across.ticks) {
    const x = across.scale(value);
    paintLine(context, [[x, top], [x, bottom]], colors.line);
    write(context, tickName(state.x, value), x, bottom + 11, "center", colors.quiet);
  }
  for (const value of up.ticks) {
    const y = up.scale(value);
    paintLine(context, [[left, y], [right, y]], colors.line);
    write(context, tickName(state.y, value), left - 6, y, "right", colors.quiet);
  }
  setFont(context, 12, true);
  write(context, longName(state.x), (left + right) / 2, bottom + 31, "center", colors.ink);
  write(context, longName(state.y), 4, 12, "left", colors.ink);
}

/** What one scores that looks evenly: a broken line across, and one up. @param {Context} context @param {Plot} plot @param {Seen} seen
 * @param {Palette} colors
 */
function paintEven(context, { left, right, top, bottom, across, up }, { atlas, x, y }, colors) {
  const [at, high] = [across.scale(atlas.evenly[x]), up.scale(atlas.evenly[y])];
  context.setLineDash([4, 4]);
  paintLine(context, [[at, top], [at, bottom]], colors.quiet);
  paintLine(context, [[left, high], [right, high]], colors.quiet);
  context.setLineDash([]);
  setFont(context, 11);
  write(context, "even", right - 4, high - 7, "right", colors.quiet);
}

/** The later its layer, the deeper its color; its number where there is room. @param {Context} context @param {Plot} plot
 * @param {import("./data.js").Atlas} atlas @param {number} i @param {boolean} selected @param {Palette} colors
 */
function paintHead(context, { points, radius }, atlas, i, selected, colors) {
  const { layer } = headAt(atlas, i);
  const depth = 0.1 + (0.9 * layer) / max(1, atlas.layers - 1);
  const fill = ramp(depth ** 2, colors);
  const { x, y } = points[i];
  paintDot(context, x, y, radius, fill, selected ? colors.accent : colors.quiet, selected ? 3 : 1);
  if (radius < ROOM) return;
  setFont(context, 10);
  write(context, `${layer}`, x, y, "center", readableOn(fill, colors));
}

/** The chosen head, its intervals, and its name. @param {Context} context @param {Plot} plot @param {Seen} seen @param {Palette} colors */
function paintChosen(context, { points, radius, left, right, across, up }, { atlas, index, x, y }, colors) {
  const [at, [wide, tall]] = [points[index], [x, y].map((score) => atlas.reach[score][index])];
  const [mean, high] = [atlas.means[x][index], atlas.means[y][index]];
  paintLine(context, [[across.scale(mean - wide), at.y], [across.scale(mean + wide), at.y]], colors.accent, 2);
  paintLine(context, [[at.x, up.scale(high - tall)], [at.x, up.scale(high + tall)]], colors.accent, 2);
  paintDot(context, at.x, at.y, radius, colors.accent, colors.page, 1);
  setFont(context, 13, true);
  const name = nameAt(atlas, index);
  const width = context.measureText(name).width + 8;
  const beside = at.x + (at.x > (left + right) / 2 ? -radius - 4 - width : radius + 4);
  context.fillStyle = colors.page;
  context.fillRect(beside, at.y - 9, width, 18);
  write(context, name, beside + 4, at.y, "left", colors.accent);
}
