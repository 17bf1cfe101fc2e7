import { showError } from "./shared/figure.js";
import { live } from "./shared/life.js";

/** What a figure is made from. @typedef {{model: any, el: HTMLElement} & import("./shared/life.js").Life} Host */

/** One module for every figure: the trait `view` names its folder, whose index.js exports `render(host)`. The bundler
 * takes in every file of this pattern; its code runs when the first figure of its kind is shown.
 * @param {string} view @returns {Promise<(host: Host) => void>}
 */
const load = (view) => import(`./${view}/index.js`).then(({ render }) => render, (error) => () => { throw error; });

/** @param {{model: any, el: HTMLElement}} host @returns {Promise<() => void>} the clean-up */
async function render({ model, el }) {
  const start = await load(model.get("view"));
  let drawn; // a promise, where a figure waits for something, such as its model
  const end = live((life) => { drawn = start({ model, el, ...life }); }, (error) => showError(el, error));
  await drawn;
  return () => {
    end();
    el.replaceChildren();
  };
}

export default { render };
