/* What a page holds back until the reader comes near, or prints it: what its figures hold, and the scripts of outputs.
   A classic script, as are those that it loads: a page opened from a folder may load nothing else by address. */
const late = (() => {
  "use strict";

  const home = document.currentScript.src.replace(/[^/]*$/, "");
  const waiting = new Map(); // what is to be done, by the element that it waits for
  const scripts = new Map(); // promises, by the address
  const brought = new Map(); // what a file has brought, by its name

  const observer = new IntersectionObserver(
    (entries) => entries.forEach(({ isIntersecting, target }) => isIntersecting && begin(target)),
    { rootMargin: "100% 0%" }, // a screen above and below
  );

  function begin(element) {
    const start = waiting.get(element);
    waiting.delete(element);
    observer.unobserve(element);
    return start?.();
  }

  /** Does something once, when the reader comes near an element. */
  function near(element, start) {
    waiting.set(element, start);
    observer.observe(element);
  }

  /** Loads a script once; scripts run in the order in which they were asked for. */
  function load(address) {
    if (!scripts.has(address)) {
      const script = Object.assign(document.createElement("script"), { src: address, async: false });
      scripts.set(address, new Promise((resolve, reject) => {
        script.onload = resolve;
        script.onerror = () => reject(new Error(`${address} could not be loaded`));
        document.head.append(script);
      }));
    }
    return scripts.get(address);
  }

  /** What a file of figures/, beside this script, brings. */
  async function ask(name) {
    await load(`${home}figures/${name}.js`);
    return brought.get(name);
  }

  /** What waits for a guess is uncovered first: a figure that is folded away has no width to be drawn in. */
  function everything() {
    for (const cover of document.querySelectorAll("details.covered")) cover.open = true;
    return Promise.allSettled([...waiting.keys()].map(begin));
  }
  const print = globalThis.print.bind(globalThis);
  globalThis.print = () => everything().then(print); // the button of the theme; the browser's own menu does not wait
  addEventListener("beforeprint", everything);

  for (const script of document.querySelectorAll("script[data-late]")) {
    const output = script.closest(".cell_output") ?? script.parentElement;
    const held = [...output.querySelectorAll("script[data-late]")];
    near(output, () => Promise.all(held.map(({ dataset }) => load(dataset.late))));
  }
  return { near, ask, bring: (name, content) => brought.set(name, content) };
})();
