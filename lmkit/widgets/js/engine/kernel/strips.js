/** Weights lie in strips of 16 columns, one strip after another: a pass over a strip reads memory from end to end. A matrix
 * that lies row by row has strips too, side by side: the next one begins 16 numbers on.
 */
export const STRIP = 16;

/** Where a column begins. @param {import("./index.js").Matrix} matrix @param {number} column */
export const columnAt = ({ at, strip = STRIP }, column) => at + Math.floor(column / STRIP) * strip + (column % STRIP);
