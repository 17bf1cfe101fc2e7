import { renderAttentionHeads } from "./attention-heads/index.js";
import { renderAttentionSteps } from "./attention-steps/index.js";
import { renderFeedForwardNeurons } from "./feed-forward-neurons/index.js";
import { renderLogitLens } from "./logit-lens/index.js";
import { renderPlayground } from "./playground/index.js";
import { showError } from "./shared/figure.js";
import { live } from "./shared/life.js";
import { renderTokenStrip } from "./token-strip/index.js";
import { renderTrainingFilm } from "./training-film/index.js";

/** One module for every figure: the trait `view` says which.
 * @type {Record<string, (host: Host) => void | Promise<void>>} a promise: it is not drawn at once
 */
const VIEWS = {
  "attention-heads": renderAttentionHeads,
  "attention-steps": renderAttentionSteps,
  "feed-forward-neurons": renderFeedForwardNeurons,
  "logit-lens": renderLogitLens,
  "playground": renderPlayground,
  "token-strip": renderTokenStrip,
  "training-film": renderTrainingFilm,
};

/** What a figure is made from. @typedef {{model: any, el: HTMLElement} & import("./shared/life.js").Life} Host */

/** @param {{model: any, el: HTMLElement}} host @returns {Promise<() => void> | (() => void)} the clean-up, once it is drawn */
function render({ model, el }) {
  let drawn;
  const end = live((life) => {
    const view = VIEWS[model.get("view")];
    if (!view) throw new Error(`there is no view "${model.get("view")}"; there are ${Object.keys(VIEWS).join(", ")}`);
    drawn = view({ model, el, ...life });
  }, (error) => showError(el, error));
  const cleanUp = () => {
    end();
    el.replaceChildren();
  };
  return drawn ? drawn.then(() => cleanUp) : cleanUp;
}

export default { render };
