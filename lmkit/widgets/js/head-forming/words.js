/** What the figure says. */
import { max } from "../shared/math.js";
import { count, MARK, percent } from "../shared/text.js";
import { sharesIn } from "./seen.js";
import { STEPS } from "./training.js";

/** @typedef {import("./seen.js").Seen} Seen */

const marked = (word) => `${MARK}${word}${MARK}`;

/** @param {Seen} seen @returns {string} */
export const titleOf = ({ run }) => `${count(run.layers, "layer")}, one head each · step ${run.training.step()} of ${STEPS}`;

/** What the model says after the chosen word, and where it looks for that. @param {Seen} seen @returns {[string, string]} words between MARKs */
export function sentence(seen) {
  const { words, query, says } = seen;
  const looks = seen.heads.map((_, layer) => {
    const shares = sharesIn(seen, layer);
    const best = shares.indexOf(max(...shares));
    return `layer ${layer} looks most at ${marked(words[best])}, ${placeSays(best, query)} (${percent(shares[best])})`;
  });
  const verdict = says.right === null ? "Nobody can know it yet." : says.right === says.word ? "It is right." : `Right would be ${marked(says.right)}.`;
  return [`Word ${query + 1}, ${marked(words[query])}: `, `${looks.join("; ")}. Next it expects ${marked(says.word)}, with ${percent(says.share)}. ${verdict}`];
}

/** @param {number} place @param {number} query @returns {string} */
function placeSays(place, query) {
  if (place === query) return "itself";
  return place === query - 1 ? "the word before" : `${query - place} words back`;
}

const WHY = "No induction head has formed. How well a key fits depends on its word and its place alone: with one layer, nothing at that place knows which word stood before it.";

/** How far the training is. @param {import("./run.js").Run} run @returns {string} */
export function progress({ training, formed, layers }) {
  const { right, loss } = training.looks.at(-1);
  const now = `Where the next word can be known, the model is right ${percent(right)} of the time; its loss is ${loss.toFixed(2)}.`;
  if (formed) return `${now} The induction head had formed by step ${formed.step}, after ${formed.seconds.toFixed(1)} s of computing.`;
  return training.step() === STEPS && layers === 1 ? `${now} ${WHY}` : now;
}
