import { fitCanvas, setFont, write } from "../shared/canvas.js";
import { ramp } from "../shared/color.js";
import { h, setAttribute } from "../shared/dom.js";
import { onWidth } from "../shared/figure.js";
import { max } from "../shared/math.js";
import { labelsShown } from "../shared/matrix.js";
import { makeScale, paintDot, paintLine } from "../shared/plot.js";
import { grouped } from "../shared/text.js";
import { nameOf, rankText, shareText } from "./seen.js";

/** The rank of the followed token, entry by entry. @param {import("./index.js").Parts} parts @returns {import("./index.js").View} */
export function trailView({ lens, store, signal }) {
  const title = h("p", { class: "lmkit-title" });
  const canvas = h("canvas", { role: "img" });
  const element = h("div", {}, title, canvas);
  onWidth(element, (width) => store.set({ width }), signal);

  function update(seen, colors) {
    const { followed, trail, state: { layer, position, width } } = seen;
    const now = trail[layer];
    const what = followed === lens.right[position] ? ", the right next token" : "";
    title.replaceChildren(h("b", {}, `Rank ${rankText(lens, now)}`), shareText(now), " on ", h("bdi", {}, lens.names[followed]), what);
    const ranks = trail.map((guess, l) => `${nameOf(l)} ${rankText(lens, guess)}`);
    setAttribute(canvas, "aria-label", `Rank of “${lens.names[followed]}”: ${ranks.join(", ")}`);
    if (width) paintTrail(fitCanvas(canvas, width, 190), width, seen, colors);
  }
  return { element, update };
}

/** Rank 1 at the top, by the logarithm; the fuller a dot, the larger the share. Nothing where the rank is unknown.
 * @param {CanvasRenderingContext2D} context @param {number} width @param {import("./seen.js").Seen} seen
 * @param {import("../shared/theme.js").Palette} colors
 */
function paintTrail(context, width, { trail, state: { layer } }, colors) {
  const { line, quiet, accent } = colors;
  const known = trail.filter(({ rank }) => rank < Infinity).map(({ rank }) => rank);
  const worst = max(10, ...known);
  const [left, right] = [50, width - 14];
  const x = makeScale([0, trail.length - 1], [left, right]);
  const y = makeScale([1, worst], [16, 150], Math.log);
  setFont(context, 11);
  for (let rank = 1; rank <= worst; rank *= 10) {
    paintLine(context, [[left - 8, y(rank)], [right + 8, y(rank)]], line);
    write(context, grouped(rank), left - 14, y(rank), "right", quiet);
  }
  paintLine(context, [[x(layer), 16], [x(layer), 162]], accent);
  paintLine(context, trail.map(({ rank }, l) => [x(l), y(rank)]), quiet, 1.5);
  trail.forEach(({ rank, share }, l) => {
    const [radius, edge, thick] = l === layer ? [6, accent, 2] : [4.5, quiet, 1];
    paintDot(context, x(l), y(rank), radius, ramp(share, colors), edge, thick);
  });
  for (const l of labelsShown(trail.map((_, l) => nameOf(l)), (x(1) - left) / 1.5, [layer])) {
    setFont(context, 11, l === layer);
    write(context, l ? `${l - 1}` : "emb.", x(l), 176, "center", l === layer ? accent : quiet);
  }
}
