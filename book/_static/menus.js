/* The menus in the header of a page: a button opens its list, and Escape, a choice or a click elsewhere closes it. Arrow
   keys go from entry to entry. Bootstrap, from which the theme has their markup, would be 80 kB for this. */
document.querySelectorAll('[data-bs-toggle="dropdown"]').forEach((button) => {
  const list = button.nextElementSibling;
  const entries = [...list.querySelectorAll("a, button")];
  const isOpen = () => list.classList.contains("show");
  const show = (open) => {
    list.classList.toggle("show", open);
    button.setAttribute("aria-expanded", `${open}`);
  };
  button.addEventListener("click", () => show(!isOpen()));
  document.addEventListener("click", ({ target }) => isOpen() && !button.contains(target) && show(false));
  button.parentElement.addEventListener("focusout", ({ relatedTarget: to }) => {
    if (to && !button.parentElement.contains(to)) show(false);
  });
  button.parentElement.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && isOpen()) {
      show(false);
      button.focus();
    }
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!step) return;
    event.preventDefault();
    show(true);
    const from = entries.indexOf(document.activeElement);
    entries.at(from < 0 ? Math.min(step, 0) : (from + step) % entries.length).focus();
  });
});
