import { showError } from "./figure.js";
import { live } from "./life.js";

/** What a figure is made from. @typedef {{model: any, el: HTMLElement} & import("./life.js").Life} Host */

/** The widget of a figure, in the form in which anywidget wants it.
 * @param {(host: Host) => void | Promise<void>} start
 */
export function widget(start) {
  /** @param {{model: any, el: HTMLElement}} host @returns {Promise<() => void>} the clean-up */
  async function render({ model, el }) {
    let drawn; // a promise, where a figure waits for something, such as its model
    const end = live((life) => { drawn = start({ model, el, ...life }); }, (error) => showError(el, error));
    await drawn;
    return () => {
      end();
      el.replaceChildren();
    };
  }
  return { render };
}
