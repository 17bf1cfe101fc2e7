/* The lists at the sides of a page: where the window is narrow, a button opens one over the page; where it is wide, the
   list of pages folds away. */
(() => {
  "use strict";

  const wide = matchMedia("(min-width: 992px)"); // from here on the theme shows the list of pages beside the text
  const pages = document.getElementById("pst-primary-sidebar");

  /** The list with its classes, which carry the look. */
  function move(from, to) {
    to.append(...from.childNodes);
    to.classList.add(...from.classList);
    from.removeAttribute("class");
  }

  function opens(button, panel, dialog) {
    button?.addEventListener("click", () => {
      if (panel === pages && wide.matches) {
        panel.classList.toggle("pst-sidebar-hidden");
        return;
      }
      move(panel, dialog);
      dialog.showModal();
    });
    dialog?.addEventListener("close", () => move(dialog, panel));
    dialog?.addEventListener("click", ({ target }) => {
      if (target === dialog || target.closest("a[href^='#']")) dialog.close(); // beside the list, or to a section
    });
  }

  const part = (id) => document.getElementById(id);
  opens(document.querySelector(".primary-toggle"), pages, part("pst-primary-sidebar-modal"));
  opens(document.querySelector(".secondary-toggle"), part("pst-secondary-sidebar"), part("pst-secondary-sidebar-modal"));

  try { // the list of pages stands where the reader left it
    const before = Number(sessionStorage.getItem("pages"));
    if (before) pages.scrollTop = before;
    addEventListener("pagehide", () => sessionStorage.setItem("pages", pages.scrollTop));
  } catch {
    // A browser that keeps nothing for this page.
  }

  new IntersectionObserver(([{ isIntersecting }]) => document.body.classList.toggle("scrolled", !isIntersecting))
    .observe(document.querySelector(".sbt-scroll-pixel-helper"));
})();
