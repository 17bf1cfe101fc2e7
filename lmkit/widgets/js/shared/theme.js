import { opaque } from "./color.js";

/** The page's colors, as "#rrggbb" (see styles.css for where each comes from).
 * @typedef {object} Palette
 * @property {boolean} dark
 * @property {string} page @property {string} panel @property {string} ink @property {string} quiet @property {string} line
 * @property {string} accent what is chosen
 * @property {string} focus where the keyboard is
 * @property {string} weight the far end of the ramp @property {string} loss the same for what is below 0
 */

const NAMES = ["page", "panel", "ink", "quiet", "line", "accent", "focus", "weight", "loss"];

/** Is the page dark? Asks the built page, JupyterLab, VS Code, Colab and the system, in this order.
 * @returns {boolean}
 */
export function isDark() {
  const { documentElement: html, body } = document;
  if (html.dataset.theme) return html.dataset.theme === "dark";
  if (body.dataset.jpThemeLight) return body.dataset.jpThemeLight === "false";
  if (/\bvscode-(dark|light|high-contrast)/.test(body.className)) return !body.className.includes("light");
  if (html.hasAttribute("theme")) return html.getAttribute("theme") === "dark";
  return matchMedia("(prefers-color-scheme: dark)").matches;
}

/** The colors that apply to what is inside an element. @param {Element} element on the page @returns {Palette} */
export function palette(element) {
  const dark = isDark();
  const probes = NAMES.map((name) => {
    // A computed color is resolved, a computed variable is not; mixed with itself, any notation becomes color(srgb …).
    // No canvas is read for it: a browser that hides whose it is (Tor Browser, say) gives noise.
    const probe = document.createElement("span");
    probe.style.color = `color-mix(in srgb, var(--lmkit-${name}), var(--lmkit-${name}))`;
    return probe;
  });
  element.append(...probes); // all, then they are read: reading one styles what has been added before
  const colors = NAMES.map((name, i) => [name, opaque(getComputedStyle(probes[i]).color, dark ? 0 : 255)]);
  probes.forEach((probe) => probe.remove());
  return { dark, ...Object.fromEntries(colors) };
}

/** Calls back when the page, the notebook or the system changes between light and dark, in the next frame: JupyterLab hides all
 * that it shows while it changes, and what is hidden has no width.
 * @param {() => void} callback @param {AbortSignal} signal
 */
export function onThemeChange(callback, signal) {
  const observer = new MutationObserver(() => requestAnimationFrame(() => signal.aborted || callback()));
  const attributeFilter = ["class", "data-theme", "data-jp-theme-light", "data-jp-theme-name", "theme"];
  for (const element of [document.documentElement, document.body]) observer.observe(element, { attributeFilter });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", callback, { signal });
  signal.addEventListener("abort", () => observer.disconnect());
}
