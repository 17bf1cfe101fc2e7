import { max, min } from "./math.js";

/** Whether a key is one that the page around the figure may have a use for, as Jupyter to save a notebook or to run a cell.
 * @param {KeyboardEvent} event
 */
export const isForHost = ({ key, shiftKey, ctrlKey, metaKey, altKey }) => ctrlKey || metaKey || altKey || (shiftKey && key === "Enter");

/** Keys of one element. A handler that returns false leaves the key to the page.
 * @param {HTMLElement} element
 * @param {Record<string, (event: KeyboardEvent) => unknown>} handlers by KeyboardEvent.key
 * @param {AbortSignal} signal
 */
export function onKeys(element, handlers, signal) {
  element.addEventListener("keydown", (event) => {
    const handler = handlers[event.key];
    if (!handler || isForHost(event)) return;
    if (handler(event) === false) return;
    event.preventDefault();
    event.stopPropagation();
  }, { signal });
}

/** One stop of the Tab key for a row of buttons: only the chosen one can be tabbed to.
 * @param {HTMLElement[]} items @param {number} chosen index
 */
export function rove(items, chosen) {
  items.forEach((item, i) => { item.tabIndex = i === chosen ? 0 : -1; });
}

/** Handlers for a row of buttons: arrows, Home and End go to another one.
 * @param {() => number} current @param {() => number} count @param {(index: number) => void} go
 * @returns {Record<string, () => void>}
 */
export function rowKeys(current, count, go) {
  const to = (index) => go(min(count() - 1, max(0, index)));
  const back = () => to(current() - 1);
  const on = () => to(current() + 1);
  return { ArrowLeft: back, ArrowUp: back, ArrowRight: on, ArrowDown: on, Home: () => to(0), End: () => to(count() - 1) };
}
