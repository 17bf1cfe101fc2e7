/* Copied text has its formulas as TeX, between dollars: what a browser makes of the letters alone cannot be read. */
document.addEventListener("copy", (event) => {
  const selection = getSelection();
  if (!event.clipboardData || !selection.rangeCount) return;
  const range = selection.getRangeAt(0).cloneRange();
  const around = (node) => (node.closest ? node : node.parentElement).closest("math");
  const [first, last] = [around(range.startContainer), around(range.endContainer)];
  if (first) range.setStartBefore(first); // a part of a formula is no formula
  if (last) range.setEndAfter(last);

  const copy = document.createElement("div");
  copy.append(range.cloneContents());
  const formulas = copy.querySelectorAll("math[data-tex]");
  if (!formulas.length) return;
  event.clipboardData.setData("text/html", copy.innerHTML);
  for (const math of formulas) {
    const dollars = math.getAttribute("display") === "block" ? "$$" : "$";
    math.replaceWith(dollars + math.getAttribute("data-tex") + dollars);
  }
  copy.style.cssText = "position: fixed; left: -100vw"; // on the page, where paragraphs and list items have their lines
  document.body.append(copy);
  event.clipboardData.setData("text/plain", copy.innerText);
  copy.remove();
  event.preventDefault();
});
