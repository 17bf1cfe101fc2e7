/** Swap a word: a story, a classifier that runs in the page, and an attack on it. */
import { h } from "../shared/dom.js";
import { addStyles, openFigure } from "../shared/figure.js";
import { onKeys } from "../shared/keys.js";
import { createStore, linkModel } from "../shared/store.js";
import { widget } from "../shared/widget.js";
import { MOST, shareOf, worst } from "./attacking.js";
import { FRESH, readClassifier, readStories, settleFor } from "./data.js";
import { seenIn } from "./seen.js";
import css from "./styles.css";
import { swapped, withSwap } from "./swapping.js";
import { answerView, optionsView, sayView, storyView, tableView, titleView } from "./views.js";

const LINKED = ["story", "swaps"];
const PAUSE = 900; // milliseconds between two rounds of an attack
const HELP = "Marked words can be swapped: another name, another thing, another place. Arrow keys move among them, and among what may come in. f: find a flip. t: table.";

export default widget(render);

/** @param {import("../shared/widget.js").Host} host */
function render({ model, el, signal, guarded }) {
  const stories = readStories(model);
  const ask = readClassifier(model);
  const chosen = Object.fromEntries(LINKED.map((name) => [name, model.get(name)]));
  const store = createStore({ ...FRESH, ...chosen, table: false }, settleFor(stories));
  linkModel(store, model, LINKED, signal);

  const root = openFigure(el, model.get("description"), signal);
  root.classList.add("lmkit-swap");
  addStyles("lmkit-swap-styles", css);
  const { make, attack } = createActions({ stories, ask, store, signal, guarded });
  const parts = { stories, ask, store, signal, make, attack };
  const views = [titleView, storyView, optionsView, answerView, sayView, tableView].map((view) => view(parts));
  root.append(...views.map(({ element }) => element), h("p", { class: "lmkit-help" }, HELP));
  const inField = ({ target }) => target.matches("select");
  onKeys(root, {
    t: (event) => (inField(event) ? false : store.set({ table: !store.get().table })),
    f: (event) => (inField(event) ? false : attack()),
  }, signal);
  const update = guarded(() => {
    const seen = seenIn(stories, ask, store.get());
    for (const view of views) view.update(seen);
  });
  store.subscribe(update, signal);
  update();
}

/** What the reader can do: swap a word, and let the attack do it, round by round.
 * @param {{stories: import("./data.js").Stories, ask: import("./data.js").Ask, store: import("../shared/store.js").Store<any>} & import("../shared/life.js").Life} given
 */
function createActions({ stories, ask, store, signal, guarded }) {
  const calm = matchMedia("(prefers-reduced-motion: reduce)");
  let timer;
  const shareNow = (swaps) => {
    const { story } = store.get();
    return shareOf(ask(swapped(stories.texts[story], swaps, stories.words)), stories.labels[story]);
  };
  const step = (swaps, swap, share, asked) => {
    const queries = store.get().queries + asked;
    return { swaps, queries, trail: [...store.get().trail, { swap, share, queries }] };
  };
  const make = (swaps, swap) => store.set({ ...step(swaps, swap, shareNow(swaps), 1), running: false, told: "" });

  const round = guarded(() => {
    const { running, story, swaps } = store.get();
    if (!running) return;
    const isWrong = shareNow(swaps) <= 0.5;
    const found = isWrong || swaps.length >= MOST ? null : worst(stories.texts[story], swaps, stories.labels[story], ask, stories.words);
    if (!found) {
      store.set({ running: false, told: isWrong ? "There is nothing to flip." : `${MOST} swaps do not flip it.` });
      return;
    }
    store.set(step(withSwap(swaps, ...found.swap), found.swap, found.share, found.queries));
    const isOver = found.share <= 0.5;
    if (isOver) store.set({ running: false });
    else timer = setTimeout(round, calm.matches ? 0 : PAUSE);
  });
  function attack() {
    clearTimeout(timer);
    if (store.get().running) {
      store.set({ running: false });
      return;
    }
    store.set({ ...FRESH, running: true, told: "" });
    timer = setTimeout(round, 0);
  }
  signal.addEventListener("abort", () => clearTimeout(timer));
  return { make, attack };
}
