import { h, isolateWords, setAttribute } from "../shared/dom.js";
import { createWords } from "../shared/words.js";
import { sharesIn } from "./seen.js";
import { progress, sentence } from "./words.js";

/** The words of the text: they choose one, and carry the share that it gives to each in the last layer. @param {import("./index.js").Parts} parts */
export function wordsView({ store, signal }) {
  const { element, update } = createWords("Word", (query) => store.set({ query }), signal);
  return { element, update: (seen, colors) => update(seen.words, seen.query, sharesIn(seen, seen.heads.length - 1), colors) };
}

/** How far the training is, and what the model makes of the chosen word; read out when nothing moves. */
export function sentenceView() {
  const far = h("p", { class: "lmkit-far" });
  const says = h("p");
  const element = h("output", { class: "lmkit-say" }, far, says);
  return {
    element,
    update(seen) {
      setAttribute(element, "aria-live", seen.state.running ? "off" : "polite");
      const [where, rest] = sentence(seen).map(isolateWords);
      far.textContent = progress(seen.run);
      says.replaceChildren(h("b", {}, ...where), ...rest);
    },
  };
}
