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

/** A button that stays pressed or not.
 * @param {string} text @param {() => void} press @param {AbortSignal} signal
 * @returns {HTMLButtonElement}
 */
export function toggleButton(text, press, signal) {
  const button = h("button", { type: "button", class: "lmkit-button", "aria-pressed": "false" }, text);
  button.addEventListener("click", press, { signal });
  return button;
}
