/* Marks in the list of a page's sections the one that the reader is in: the last whose title has passed the upper third
   of the window. */
(() => {
  "use strict";

  const links = [...document.querySelectorAll(".page-toc a[href^='#']")];
  const titles = links.map((link) => document.getElementById(link.hash.slice(1))).map((part) => part?.querySelector("h2, h3"));
  let marked;

  function mark() {
    const line = innerHeight / 3;
    const at = titles.findLastIndex((title) => title && title.getBoundingClientRect().top < line);
    if (links[at] === marked) return;
    marked?.removeAttribute("aria-current");
    marked = links[at];
    marked?.setAttribute("aria-current", "location");
  }

  let waiting = false;
  function soon() {
    if (waiting) return;
    waiting = true;
    requestAnimationFrame(() => {
      waiting = false;
      mark();
    });
  }
  addEventListener("scroll", soon, { passive: true });
  soon(); // not now: asking where a title is lays out the whole page
})();
