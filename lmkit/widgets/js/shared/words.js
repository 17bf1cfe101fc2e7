import { ramp, readableOn } from "./color.js";
import { h, setAttribute } from "./dom.js";
import { onKeys, rove, rowKeys } from "./keys.js";
import { abs, max } from "./math.js";
import { percent, shorten } from "./text.js";

/** The words of a sentence as chips: one is chosen, each carries a share in color and in small figures.
 * @param {string} label what is chosen @param {(i: number) => void} choose @param {AbortSignal} signal
 * @returns {{element: HTMLElement, focus: () => void, update: (words: string[], chosen: number, shares: ArrayLike<number> | null, colors: import("./theme.js").Palette, tell?: (share: number) => string) => void}}
 *   update: no shares, no colors; chosen -1: none; tell: a share in writing
 */
export function createWords(label, choose, signal) {
  // The Tab key stops at the chosen chip. Firefox would stop before it too, at what scrolls.
  const element = h("div", { class: "lmkit-words", role: "radiogroup", "aria-label": label, tabindex: -1 });
  const chips = () => /** @type {HTMLElement[]} */ ([...element.children]);
  let shown = [];
  let chosen = 0;
  const focus = () => chips()[max(0, chosen)].focus();
  const go = (i) => {
    choose(i);
    focus();
  };
  onKeys(element, rowKeys(() => chosen, () => shown.length, go), signal);
  element.addEventListener("click", ({ target }) => {
    const i = chips().findIndex((chip) => chip.contains(target));
    if (i >= 0) go(i);
  }, { signal });

  /** Chips that stay the same stay where they are: a text that is typed changes in one place. */
  const put = (one, i) => {
    const old = element.children[i];
    if (old) old.replaceWith(one);
    else element.append(one);
  };

  function update(words, now, shares, colors, tell = percent) {
    words.forEach((word, i) => { if (word !== shown[i]) put(chip(word), i); });
    while (element.children.length > words.length) element.lastElementChild.remove();
    [shown, chosen] = [words, now];
    chips().forEach((one, i) => {
      setAttribute(one, "aria-checked", `${i === now}`);
      paintShare(one, shares?.[i], colors, tell);
    });
    rove(chips(), max(0, now));
  }
  return { element, focus, update };
}

/** @param {string} word @returns {HTMLElement} */
function chip(word) {
  return h("button", { type: "button", class: "lmkit-chip", role: "radio", dir: "auto" }, shorten(word, 16), h("span"));
}

/** A change below 0 has no color, only its number; a word without a share has neither.
 * @param {HTMLElement} chip @param {number | undefined} p @param {import("./theme.js").Palette} colors @param {(share: number) => string} tell
 */
function paintShare({ style, lastElementChild }, p, colors, tell) {
  style.background = p === undefined ? "" : ramp(p, colors);
  style.color = p === undefined ? "" : readableOn(ramp(p, colors), colors);
  /** @type {Element} */ (lastElementChild).textContent = abs(p) >= 0.005 ? tell(p) : "";
}
