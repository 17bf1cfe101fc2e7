/* One switch opens the folded code of this page and of all others, until it is pressed again. What the reader chose is
   read in the head of each page (layout.html), so that code is open before it is seen. */
(() => {
  "use strict";

  const HEADER = 56; // pixels of the window that the bar with the switch covers
  const root = document.documentElement;
  const button = document.querySelector(".code-switch");
  const folds = [...document.querySelectorAll("details.fold")];

  /** Does something that changes heights above the reader, and keeps what is read in its place. */
  function inPlace(change) {
    const blocks = [...document.querySelectorAll("article :is(h1, h2, h3, p, li, td, summary, .page-widget)")];
    const read = blocks.find((block) => block.checkVisibility() && block.getBoundingClientRect().top >= HEADER);
    const before = read?.getBoundingClientRect().top;
    change();
    if (read) scrollBy({ top: read.getBoundingClientRect().top - before, behavior: "instant" });
  }

  const tell = () => button.setAttribute("aria-pressed", `${root.dataset.code === "all"}`);

  function turn() {
    const all = root.dataset.code !== "all";
    if (all) root.dataset.code = "all";
    else delete root.dataset.code;
    inPlace(() => folds.forEach((fold) => { fold.open = all; }));
    tell();
    try {
      localStorage.setItem("code", all ? "all" : "");
    } catch {
      // A browser that keeps nothing for this page: then the switch is for this page alone.
    }
  }

  button.addEventListener("click", turn);
  tell();
})();
