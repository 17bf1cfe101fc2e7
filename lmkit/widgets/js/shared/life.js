/** From the start of a figure to its end, which an error is too: what has failed must not go on listening.
 * @typedef {object} Life
 * @property {AbortSignal} signal ends with the figure, and with it every listener
 * @property {<Args extends any[]>(action: (...args: Args) => void) => (...args: Args) => void} guarded the action, now and at
 *   every later call: an error in it ends the figure and is told
 */

/** @param {(life: Life) => void} start @param {(error: any) => void} tell what went wrong @returns {() => void} the end */
export function live(start, tell) {
  const controller = new AbortController();
  const guarded = (action) => (...args) => {
    if (controller.signal.aborted) return; // such as the second of two listeners, where the first has failed
    try {
      action(...args);
    } catch (error) {
      controller.abort();
      tell(error);
    }
  };
  guarded(start)({ signal: controller.signal, guarded });
  return () => controller.abort();
}
