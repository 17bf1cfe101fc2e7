import css from "./styles.css";
import { h } from "./dom.js";
import { isForHost } from "./keys.js";
import { isDark, onThemeChange } from "./theme.js";

/** The panel that holds one living figure: styles, theme, and a place for what goes wrong.
 * @param {HTMLElement} el where the host wants the figure
 * @param {string} label its accessible name
 * @param {AbortSignal} signal
 * @returns {HTMLElement} the panel; it carries data-lmkit-theme before any onThemeChange callback of a view runs
 */
export function openFigure(el, label, signal) {
  addStyles("lmkit-styles", css);
  const root = h("div", { class: "lmkit-figure", role: "group", "aria-label": label, tabindex: -1 });
  keepKeys(root, signal);
  const follow = () => { root.dataset.lmkitTheme = isDark() ? "dark" : "light"; };
  follow();
  onThemeChange(follow, signal);
  el.append(root);
  signal.addEventListener("abort", () => root.remove());
  return root;
}

/** Jupyter would take arrow keys and letters for commands on the cell: x cuts it. Its commands are for whatever has the focus, so
 * that is where it must be told; and from the window, since it listens on the document. Saving and running stay Jupyter's.
 * @param {HTMLElement} root @param {AbortSignal} signal
 */
function keepKeys(root, signal) {
  addEventListener("keydown", (event) => {
    const { target } = event;
    if (target instanceof Element && root.contains(target)) target.toggleAttribute("data-lm-suppress-shortcuts", !isForHost(event));
  }, { capture: true, signal });
}

/** Adds a style sheet, once a page. @param {string} id @param {string} text */
export function addStyles(id, text) {
  if (!document.getElementById(id)) document.head.append(h("style", { id }, text));
}

/** Calls back with the panel's width now and whenever it changes; not while the panel is hidden.
 * @param {HTMLElement} element @param {(width: number) => void} callback @param {AbortSignal} signal
 */
export function onWidth(element, callback, signal) {
  let last = 0;
  const observer = new ResizeObserver(() => {
    const width = element.clientWidth;
    if (width > 0 && width !== last) callback((last = width));
  });
  observer.observe(element);
  signal.addEventListener("abort", () => observer.disconnect());
}

/** Writes into the figure why it cannot be drawn, instead of leaving it blank or wrong.
 * @param {HTMLElement} el @param {any} error
 */
export function showError(el, error) {
  console.error(error);
  addStyles("lmkit-styles", css);
  el.replaceChildren(h("p", { class: "lmkit-error", role: "alert" }, `This figure cannot be drawn: ${error.message}`));
}
