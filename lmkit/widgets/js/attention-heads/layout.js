import { ceil, floor, max, min } from "../shared/math.js";
import { headName } from "../shared/text.js";

/** Where everything goes, in CSS pixels. Pure: the same shape gives the same places.
 * @typedef {{index: number, row: number, column: number, x: number, y: number, size: number, end: number}} HeadCell
 * @typedef {{text: string, x: number, y: number}} Label centered
 * @typedef {{cells: HeadCell[], labels: Label[], groups: {x: number, y: number, width: number}[], font: number, width: number, height: number}}
 *   Overview cells: in the order shown, each with the end of its row; groups: lines above heads that share keys and values;
 *   font: its size
 */

const LARGEST = 64; // thumbnails
const EDGE = 22; // room for the numbers of layers and heads
const NAME = { width: 46, height: 15, font: 10 }; // room for the name of a head under it
const WHOLE = 520; // an overview that is not higher is shown whole
const BAR = 18; // room for the bar that scrolls a higher one
const BETWEEN = 6; // layers, where a layer has more than one row
const smallest = (coarse) => (coarse ? 22 : 16); // with the gap, the 24 pixels that a finger needs (WCAG 2.5.8)
const gapOf = (size) => (size < 24 ? 2 : 4);

/** Overview and focus side by side where both have room, else one below the other.
 * @param {{width: number, heads: number, tokens: number, coarse: boolean}} shape coarse: fingers, not a mouse
 * @returns {{sideBySide: boolean, overview: number, focus: number}} widths
 */
export function layoutPanels({ width, heads, tokens, coarse }) {
  const gap = 24;
  const least = tokens <= 40 ? 300 : 420; // for one head: many tokens need more
  const wanted = min(floor(0.54 * (width - gap)), width - gap - least, EDGE + heads * (LARGEST + 4));
  const overview = max(wanted, EDGE + heads * (smallest(coarse) + 4));
  const focus = min(460, width - gap - overview);
  const sideBySide = focus >= least;
  return sideBySide ? { sideBySide, overview, focus } : { sideBySide, overview: width, focus: min(560, width) };
}

/** Thumbnails of all heads. By layer: a row for each layer, or, where it does not fit, as many as a layer needs. Sorted:
 * one after the other. Where rows are not layers, each head has its name under it, and is smaller where all can be seen so.
 * @param {{layers: number, heads: number, kvHeads?: number, order: number[], sorted: boolean, width: number, coarse: boolean}} shape
 * @returns {Overview}
 */
export function layoutOverview({ layers, heads, kvHeads = heads, order, sorted, width, coarse }) {
  const least = smallest(coarse);
  const grid = !sorted && EDGE + heads * (least + gapOf(least)) <= width;
  const group = sorted ? order.length : heads;
  const edge = grid ? EDGE : 3;
  const columns = grid ? heads : evenColumns(group, floor((width - edge) / NAME.width));
  const gap = gapOf((width - edge) / columns);
  const rows = ceil(group / columns);
  const blocks = order.length / group;
  const widest = min(LARGEST, floor((width - edge) / columns) - gap);
  const fits = floor((WHOLE - edge - blocks * BETWEEN) / (blocks * rows)) - gap - NAME.height;
  const size = grid || fits < least ? widest : min(widest, fits);
  const pitch = grid ? size + gap : max(NAME.width, size + gap);
  const rowHeight = size + gap + (grid ? 0 : NAME.height);
  const block = rows * rowHeight + (grid ? 0 : BETWEEN);
  const cells = order.map((index, i) => {
    const [nth, row, column] = [floor(i / group), floor((i % group) / columns), (i % group) % columns];
    const y = edge + nth * block + row * rowHeight;
    return { index, row: nth * rows + row, column, x: edge + column * pitch + (pitch - gap - size) / 2, y, size, end: y + rowHeight - gap / 2 };
  });
  const labels = grid ? edgeLabels(cells, pitch) : names(cells, heads);
  const groups = grid && kvHeads < heads ? groupLines(cells, heads / kvHeads, pitch) : [];
  return { cells, labels, groups, font: grid ? 11 : NAME.font, width, height: edge + blocks * block + 4 - gap };
}

/** The overview, and how much of it is seen at once: all, or as many whole rows as there is room for.
 * @param {Parameters<typeof layoutOverview>[0]} shape @param {number} room for the rows, where not all are seen
 * @returns {Overview & {seen: number}}
 */
export function fitOverview(shape, room) {
  const whole = layoutOverview(shape);
  if (whole.height <= WHOLE) return { ...whole, seen: whole.height };
  const part = layoutOverview({ ...shape, width: shape.width - BAR });
  return { ...part, seen: max(...part.cells.map(({ end }) => end).filter((end) => end <= room)) };
}

/** As many columns as fit, so that the last row is nearly full. @param {number} count @param {number} fit */
function evenColumns(count, fit) {
  return ceil(count / ceil(count / max(1, fit)));
}

/** Names of layers and heads; of heads, as many as have room. @param {HeadCell[]} cells @param {number} pitch @returns {Label[]} */
function edgeLabels(cells, pitch) {
  const every = ceil(28 / pitch);
  const layers = cells.filter(({ column }) => column === 0).map(({ row, y, size }) => ({ text: `L${row}`, x: 10, y: y + size / 2 }));
  const first = cells.filter(({ row, column }) => row === 0 && column % every === 0);
  return [...layers, ...first.map(({ column, x, size }) => ({ text: `H${column}`, x: x + size / 2, y: 9 }))];
}

/** A line above the heads of each group, under their names. @param {HeadCell[]} cells @param {number} size heads of a group
 * @param {number} pitch
 */
function groupLines(cells, size, pitch) {
  const first = cells.filter(({ row, column }) => row === 0 && column % size === 0);
  return first.map((cell) => ({ x: cell.x, y: EDGE - 5, width: (size - 1) * pitch + cell.size }));
}

/** Its name under each head. @param {HeadCell[]} cells @param {number} heads @returns {Label[]} */
function names(cells, heads) {
  return cells.map(({ index, x, y, size }) => ({ text: headName(floor(index / heads), index % heads), x: x + size / 2, y: y + size + 9 }));
}

/** The head at a point. @param {Overview} overview @param {{x: number, y: number}} point @returns {number | undefined} its index */
export function hitOverview({ cells }, point) {
  const near = 2; // half a gap: no dead lines between thumbnails
  const inside = (from, size, at) => at >= from - near && at < from + size + near;
  return cells.find(({ x, y, size }) => inside(x, size, point.x) && inside(y, size, point.y))?.index;
}

/** The head reached by an arrow key, as the thumbnails lie. @param {Overview} overview @param {number} index
 * @param {string} key KeyboardEvent.key @returns {number} the index; the same one at an edge
 */
export function moveOverview({ cells }, index, key) {
  const at = cells.findIndex((cell) => cell.index === index);
  const { row, column } = cells[at];
  const inRow = (r, last) => cells.findLast((cell) => cell.row === r && cell.column <= last);
  const target = {
    ArrowLeft: cells[at - 1],
    ArrowRight: cells[at + 1],
    ArrowUp: inRow(row - 1, column),
    ArrowDown: inRow(row + 1, column),
    Home: inRow(row, 0),
    End: inRow(row, Infinity),
  }[key];
  return (target ?? cells[at]).index;
}

/** Two columns of words, queries at the left and keys at the right, and lines between them.
 * @typedef {{left: number, right: number, top: number, pitch: number, rows: number, columns: number, width: number, height: number}} Lines
 * @param {{rows: number[], columns: number[], width: number, tallest: number}} shape rows, columns: widths of the labels
 * @returns {Lines}
 */
export function layoutLines({ rows, columns, width, tallest }) {
  const share = 46; // "100 %" beside a key
  const top = 26;
  const most = max(rows.length, columns.length);
  const pitch = min(24, tallest / most);
  const left = ceil(max(...rows)) + 8;
  const right = width - ceil(max(...columns)) - 8 - share;
  return { left, right, top, pitch, rows: rows.length, columns: columns.length, width, height: ceil(top + pitch * most) + 4 };
}

/** The word at a point: a query in the left half, a key in the right. @param {Lines} lines @param {{x: number, y: number}} point
 * @returns {{row?: number, column?: number} | null}
 */
export function hitLines({ left, right, top, pitch, rows, columns }, { x, y }) {
  const i = floor((y - top) / pitch);
  const [name, count] = x < (left + right) / 2 ? ["row", rows] : ["column", columns];
  return i >= 0 && i < count ? { [name]: i } : null;
}
