import { h, setAttribute } from "../shared/dom.js";

/** Given answers as buttons. Where one is right, to press it is to guess. @param {import("./index.js").Parts} parts */
export function pickView({ question: { kind, choices }, store, give, signal }) {
  const several = kind === "several";
  const buttons = choices.map((choice, i) => {
    const button = h("button", { type: "button", class: "lmkit-button" }, h("bdi", {}, choice), h("span"));
    const press = () => {
      const { guess, done } = store.get();
      if (!several) give([i]);
      else if (!done) store.set({ guess: guess.includes(i) ? guess.filter((one) => one !== i) : [...guess, i].sort((one, other) => one - other) });
    };
    button.addEventListener("click", press, { signal });
    return button;
  });
  return {
    element: h("div", { class: "lmkit-choices" }, ...buttons),
    update: ({ guess, done, answer }) => buttons.forEach((button, i) => {
      const [mine, right] = [guess.includes(i), done && answer.includes(i)];
      setAttribute(button, "aria-pressed", `${mine}`);
      setAttribute(button, "aria-disabled", done && "true");
      setAttribute(button, "data-right", right);
      button.lastElementChild.textContent = [done && mine && "your guess", right && "✓ right"].filter(Boolean).join(", ");
    }),
  };
}
