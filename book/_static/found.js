/* Words that a reader searched for: where they stand in a text; and, on the page that the search led to, marked. */
const found = (() => {
  "use strict";

  /** The words of a question; one in the plural finds the singular too. */
  function words(question) {
    const all = question.toLowerCase().match(/[\p{L}\p{N}_]+/gu) ?? [];
    return [...new Set(all.map((word) => (word.length > 3 ? word.replace(/s$/, "") : word)))];
  }

  /** Every place of a word in a text, as [from, to]. Where words have spaces between them, it begins one. */
  function placesOf(text, word) {
    const letter = "[\\p{L}\\p{N}]";
    const rest = word.length > 2 ? `${letter}*` : `(?!${letter})`; // "on" does not find "one"
    const pattern = /\p{Script=Han}/u.test(word) ? word : `(?<!${letter})${word}${rest}`;
    return [...text.matchAll(new RegExp(pattern, "giu"))].map(({ 0: whole, index }) => [index, index + whole.length]);
  }

  const count = (text, word) => placesOf(text, word).length;

  /** All places of some words, from the first to the last, none inside of another. */
  function places(text, all) {
    const sorted = all.flatMap((word) => placesOf(text, word)).sort(([a, b], [c, d]) => a - c || d - b);
    return sorted.filter(([from], i) => i === 0 || from >= sorted[i - 1][1]);
  }

  /** The places of some words in the text of an element, as ranges. */
  function* ranges(element, all) {
    const walker = document.createTreeWalker(element, NodeFilter.SHOW_TEXT);
    while (walker.nextNode()) {
      const { currentNode: node } = walker;
      if (node.parentElement.closest("script, style, noscript, svg, .page-widget")) continue;
      for (const [from, to] of places(node.data, all)) {
        const range = document.createRange();
        range.setStart(node, from);
        range.setEnd(node, to);
        yield range;
      }
    }
  }

  /** Marks the words that led here, and offers to take the marks away. No element is changed: nothing moves. */
  function markPage() {
    const all = words(new URLSearchParams(location.search).get("found") ?? "");
    if (!all.length || !globalThis.CSS?.highlights) return;
    const marks = [...ranges(document.querySelector("article"), all)];
    CSS.highlights.set("found", new Highlight(...marks));
    for (const { startContainer } of marks) startContainer.parentElement.closest("details.covered")?.setAttribute("open", "");
    const hide = () => {
      CSS.highlights.delete("found");
      button.remove();
      history.replaceState(null, "", location.pathname + location.hash);
    };
    const button = Object.assign(document.createElement("button"), { className: "hide-found", textContent: "Hide the marks" });
    button.addEventListener("click", hide);
    document.querySelector("main").append(button);
    addEventListener("keydown", ({ key }) => key === "Escape" && button.isConnected && hide());
  }

  if (document.querySelector("article")) markPage();
  return { words, count, places };
})();
