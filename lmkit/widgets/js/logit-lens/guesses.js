import { h } from "../shared/dom.js";
import { createWords } from "../shared/words.js";
import { nameOf, rankText, shareText } from "./seen.js";

/** What the chosen cell predicts, as bars. The chosen bar is the token that is followed through the layers.
 * @param {import("./index.js").Parts} parts @returns {import("./index.js").View}
 */
export function guessesView({ lens, store, signal }) {
  const title = h("p", { class: "lmkit-title" });
  const list = createWords("Token to follow", (i) => store.set({ follow: guesses[i].name }), signal);
  list.element.classList.add("lmkit-guesses");
  /** @type {import("./seen.js").Guess[]} */
  let guesses;

  function update(seen, colors) {
    const { followed, state: { layer, position } } = seen;
    guesses = seen.guesses;
    const where = h("b", {}, layer ? `After ${nameOf(layer)}` : "Embedding");
    title.replaceChildren(where, "what follows ", h("bdi", {}, lens.words[position]), "?");
    list.update(guesses.map(({ name }) => lens.names[name]), guesses.findIndex(({ name }) => name === followed), null, colors);
    guesses.forEach((guess, i) => {
      const { style, dataset, lastElementChild } = list.element.children[i];
      style.setProperty("--part", `${100 * guess.share}%`);
      dataset.rank = rankText(lens, guess);
      const right = guess.name === lens.right[position] ? "right, " : "";
      lastElementChild.textContent = right + shareText(guess);
    });
  }
  return { element: h("div", {}, title, list.element), update };
}
