import { ramp, readableOn } from "../shared/color.js";
import { h, setAttribute } from "../shared/dom.js";
import { min } from "../shared/math.js";
import { createWords } from "../shared/words.js";
import { nats } from "./words.js";

/** The tokens: the more one costs, the deeper its color; below it −log p. One is chosen. With a masked model, a click hides.
 * @param {import("./index.js").Parts} parts @returns {import("./index.js").View & {focus: () => void}}
 */
export function chipsView({ model: { config }, store, signal }) {
  const words = createWords("Token", (position) => store.set({ position, cell: null }), signal);
  const { element, focus } = words;
  element.classList.add("lmkit-tokens");
  const hide = () => {
    const { hidden, position } = store.get();
    store.set({ hidden: hidden.includes(position) ? hidden.filter((i) => i !== position) : [...hidden, position] });
  };
  if (!config.causal) element.addEventListener("click", ({ target }) => { if (target.closest(".lmkit-chip")) hide(); }, { signal });
  const most = Math.log(config.vocab_size); // what a token costs where all of them have the same share

  function update({ state: { position, hidden, running }, reading: { tokens, shown } }, colors) {
    words.update(tokens.words, position, null, colors);
    shown.costs.forEach((cost, i) => {
      const chip = element.children[i];
      const background = ramp(cost === null ? 0 : min(1, cost / most) ** 2, colors); // in even steps: ramp takes the root
      Object.assign(chip.style, { background, color: readableOn(background, colors) });
      chip.lastElementChild.textContent = cost === null ? "" : nats(cost);
      chip.classList.toggle("lmkit-hidden", hidden.includes(i));
      setAttribute(chip, "aria-description", hidden.includes(i) && "hidden");
    });
    if (running) element.scrollTop = element.scrollHeight;
  }
  return { element, update, focus };
}
