import { ceil, floor, max, min, sqrt } from "../shared/math.js";

export const EDGE = 3; // room for the frame
const TALL = 230; // about so high

/** Small squares in rows, as large as there is room. Pure.
 * @typedef {{columns: number, rows: number, pitch: number, width: number, height: number}} Grid
 * @param {{count: number, width: number}} shape @returns {Grid}
 */
export function layoutGrid({ count, width }) {
  const pitch = max(5, min(22, floor(sqrt((width * TALL) / count))));
  const columns = max(1, floor((width - 2 * EDGE) / pitch));
  const rows = ceil(count / columns);
  return { columns, rows, pitch, width, height: rows * pitch + 2 * EDGE };
}

/** The square at a point, by its place in the order. @param {Grid} grid @param {{x: number, y: number}} point
 * @param {number} count @returns {number | undefined}
 */
export function hitGrid({ columns, pitch }, { x, y }, count) {
  const [column, row] = [floor((x - EDGE) / pitch), floor((y - EDGE) / pitch)];
  const place = row * columns + column;
  return column >= 0 && column < columns && row >= 0 && place < count ? place : undefined;
}
