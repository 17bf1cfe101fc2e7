/* The search opens over the page, by its buttons or Ctrl + K (⌘ K on a Mac); where the page has a field of its own, that
   field is entered instead. */
(() => {
  "use strict";

  const dialog = document.getElementById("pst-search-dialog");
  const ownField = document.querySelector(":not(dialog) > form.bd-search input");
  const isMac = /^(Mac|iPhone|iPad)/.test(navigator.platform);

  function turn() {
    if (ownField) ownField.select();
    else if (dialog.open) dialog.close();
    else dialog.showModal();
  }

  document.querySelectorAll(".search-button__button").forEach((button) => button.addEventListener("click", turn));
  dialog.addEventListener("click", ({ target }) => target === dialog && dialog.close()); // beside the field
  addEventListener("keydown", (event) => {
    const held = isMac ? event.metaKey && !event.ctrlKey : event.ctrlKey && !event.metaKey;
    if (!held || event.shiftKey || event.altKey || event.key.toLowerCase() !== "k") return;
    event.preventDefault();
    turn();
  }, true);
  if (isMac) document.querySelectorAll(".kbd-shortcut__modifier:first-child").forEach((key) => { key.textContent = "⌘"; });
})();
