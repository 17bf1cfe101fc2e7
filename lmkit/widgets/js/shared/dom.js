import { MARK } from "./text.js";

/** An element. Text is always text: a token such as "<img onerror=…>" is shown, never run.
 * @param {string} tag
 * @param {Record<string, string | number | boolean | null>} [attributes] true: present and empty; false, null: absent
 * @param {...(Node | string)} children
 * @returns {any} the element
 */
export function h(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) setAttribute(element, name, value);
  element.append(...children);
  return element;
}

/** @param {Element} element @param {string} name @param {string | number | boolean | null} value */
export function setAttribute(element, name, value) {
  if (value === false || value === null) element.removeAttribute(name);
  else element.setAttribute(name, value === true ? "" : String(value));
}

/** Show an element or hide it. If the keyboard is in it, the figure takes it over.
 * @param {HTMLElement} element @param {boolean} on
 */
export function showIf(element, on) {
  if (!on && element.contains(document.activeElement)) /** @type {HTMLElement} */ (element.closest(".lmkit-figure")).focus();
  element.hidden = !on;
}

/** A button that stays pressed or not.
 * @param {string} text @param {() => void} press @param {AbortSignal} signal
 * @returns {HTMLButtonElement}
 */
export function toggleButton(text, press, signal) {
  const button = h("button", { type: "button", class: "lmkit-button", "aria-pressed": "false" }, text);
  button.addEventListener("click", press, { signal });
  return button;
}

/** A button that changes the state, and is pressed while `isOn`.
 * @param {string} text @param {(state: any) => boolean} isOn @param {(state: any) => object} patch
 * @param {{store: import("./store.js").Store<any>, signal: AbortSignal}} parts
 */
export function toggle(text, isOn, patch, { store, signal }) {
  const element = toggleButton(text, () => store.set(patch(store.get())), signal);
  return { element, update: ({ state }) => setAttribute(element, "aria-pressed", `${isOn(state)}`) };
}

/** One of several, by its name. @param {string} label @param {[any, string][]} options a value, and what it is called
 * @param {(state: any) => any} chosen @param {(value: any) => object} patch
 * @param {{store: import("./store.js").Store<any>, signal: AbortSignal}} parts
 */
export function choice(label, options, chosen, patch, { store, signal }) {
  const element = h("select", { class: "lmkit-select", "aria-label": label }, ...options.map(([, says], i) => h("option", { value: i }, says)));
  element.addEventListener("change", () => store.set(patch(options[element.value][0])), { signal });
  return { element, update: ({ state }) => { element.selectedIndex = options.findIndex(([value]) => value === chosen(state)); } };
}

/** A row of things. @param {{update: (seen: any) => void}[]} parts what changes with the state @param {...Node} children */
export function bar(parts, ...children) {
  return { element: h("div", { class: "lmkit-bar" }, ...children), update: (seen) => parts.forEach((part) => part.update(seen)) };
}

/** Words between MARKs keep their direction to themselves. @param {string} text @returns {(Node | string)[]} */
export function isolateWords(text) {
  return text.split(MARK).map((run, i) => (i % 2 ? h("bdi", {}, run) : run));
}
