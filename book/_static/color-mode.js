/* Light, dark, or as the system is: one button goes round. The head of each page (layout.html) has already done what was
   chosen before. */
(() => {
  "use strict";

  const { dataset } = document.documentElement;
  const system = matchMedia("(prefers-color-scheme: dark)");
  const ofSystem = () => (system.matches ? "dark" : "light");

  /** From what the system has, the first press leads to the other. */
  const round = () => (system.matches ? ["auto", "light", "dark"] : ["auto", "dark", "light"]);

  function choose(mode) {
    dataset.mode = mode;
    dataset.theme = mode === "auto" ? ofSystem() : mode;
    try {
      localStorage.setItem("mode", mode);
      localStorage.setItem("theme", dataset.theme);
    } catch {
      // A browser that keeps nothing for this page: then the choice is for this page alone.
    }
  }

  document.querySelector(".theme-switch-button").addEventListener("click", () => {
    const modes = round();
    choose(modes[(modes.indexOf(dataset.mode) + 1) % modes.length]);
  });
  system.addEventListener("change", () => {
    if (dataset.mode === "auto") dataset.theme = ofSystem();
  });
})();
