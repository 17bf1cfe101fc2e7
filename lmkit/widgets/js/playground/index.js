/** The playground: a model runs in the page, on the reader's own text. */
import headsCss from "../attention-heads/styles.css";
import { loadModel } from "../engine/model.js";
import { h } from "../shared/dom.js";
import { addStyles, onWidth, openFigure } from "../shared/figure.js";
import { onKeys } from "../shared/keys.js";
import { createStore, linkModel } from "../shared/store.js";
import { onThemeChange, palette } from "../shared/theme.js";
import { withWeights } from "../shared/weights.js";
import { widget } from "../shared/widget.js";
import { chipsView } from "./chips.js";
import { firstState, LINKED, MOST_CHARACTERS, readBeginnings } from "./data.js";
import { guessesView, lensView, neuronsView, sentenceView } from "./guesses.js";
import { headsView, withHead } from "./heads.js";
import { readLink, writeLink } from "./link.js";
import { createReader, settleFor } from "./reading.js";
import { guessesOf, lensOf, neuronsOf } from "./seen.js";
import css from "./styles.css";
import { tableView } from "./table.js";
import { fieldView, noticeView, titleView, writingView } from "./text.js";
import { createWriter } from "./writing.js";

/** What a view is made from.
 * @typedef {object} Parts
 * @property {any} model of the engine @property {string} name of the model
 * @property {ReturnType<typeof createReader>} reader @property {number} capacity tokens that are read
 * @property {string[]} beginnings
 * @property {boolean} onPage in a built page, whose address can be sent to others
 * @property {import("../shared/store.js").Store<any>} store
 * @property {{step: () => void}} [writer]
 * @property {AbortSignal} signal @property {import("../shared/life.js").Life["guarded"]} guarded
 *
 * @typedef {object} Seen
 * @property {import("./data.js").State} state @property {import("./reading.js").Reading} reading
 * @property {import("./seen.js").Guess[]} guesses @property {import("./seen.js").LensRow[]} lens @property {import("./seen.js").Neuron[]} neurons
 *
 * changed: names of the state, or null for everything.
 * @typedef {{element: HTMLElement, update: (seen: Seen, colors: import("../shared/theme.js").Palette, changed: Set<string> | null) => void}} View
 */

const HELP = "Below each token: what it costs, −log p in nats; the deeper its color, the more. Underlined: the token that stands there. "
  + "After each layer: what the model would expect if it ended there. Neurons: those that say most at the chosen token. Arrow keys move in what has the focus; "
  + "in the heads, Page Up and Page Down change the layer. o: switch the chosen head off. t: table.";
const HELP_MASKED = " A click on a token, or Enter, hides it from the model.";

export default widget(render);

/** @param {import("../shared/widget.js").Host} host @returns {Promise<void>} once the model has come */
function render({ model: traits, el, signal, guarded }) {
  const root = openFigure(el, traits.get("description"), signal);
  root.classList.add("lmkit-playground");
  addStyles("lmkit-heads-styles", headsCss);
  addStyles("lmkit-playground-styles", css);
  const wait = root.appendChild(h("p", { class: "lmkit-title" }, "The model is on its way."));
  const start = guarded((loaded) => {
    wait.remove();
    startPlayground({ ...loaded, root, traits, signal, guarded, onPage: el.classList.contains("page-widget") });
  });
  return withWeights(traits, (bytes, name) => ({ name, model: loadModel(bytes, { simd: true }) }))
    .then(start, guarded((error) => { throw error; }));
}

/** @param {Omit<Parts, "store" | "reader" | "writer" | "capacity" | "beginnings"> & {root: HTMLElement, traits: any}} given */
function startPlayground({ root, traits, ...given }) {
  const { name, model, signal, guarded } = given;
  const capacity = traits.get("capacity");
  const reader = createReader(model, capacity);
  const store = createStore(firstState(traits), settleFor(model, capacity, reader.tokensOf, MOST_CHARACTERS));
  linkModel(store, traits, LINKED, signal);
  const parts = { ...given, capacity, reader, store, beginnings: readBeginnings(traits) };
  const views = arrange(root, { ...parts, writer: createWriter(parts) });
  onKeys(root, {
    t: ({ target }) => (target.matches("input, textarea") ? false : store.set({ table: !store.get().table })),
    o: ({ target }) => (target.matches("input, textarea") ? false : store.set(withHead(store.get()))),
  }, signal);

  let colors;
  const draw = guarded((changed) => {
    if (!store.get().width) return; // not on the page yet: onWidth draws it when it is
    if (!changed) colors = palette(root);
    const seen = seenIn(parts, store.get());
    for (const view of views) view.update(seen, colors, changed);
  });
  store.subscribe((_, changed) => draw(changed.has("width") ? null : changed), signal);
  followAddress(root, parts);
  store.set({ width: root.firstElementChild.clientWidth }); // at once, so that nothing moves after the first frame
  onWidth(root.firstElementChild, (width) => store.set({ width }), signal);
  onThemeChange(() => draw(null), signal);
}

/** @param {Parts} parts @param {import("./data.js").State} state @returns {Seen} */
function seenIn({ model, reader }, state) {
  const reading = reader.read(state);
  return { state, reading, guesses: guessesOf(model, reading, state), lens: lensOf(model, reading, state), neurons: neuronsOf(reading, state) };
}

/** From top to bottom. @param {HTMLElement} root @param {Parts} parts @returns {View[]} */
function arrange(root, parts) {
  const chips = chipsView(parts);
  const heads = headsView(parts, chips.focus);
  const [guesses, lens, neurons] = [guessesView(parts), lensView(), neuronsView(parts)];
  const above = [titleView(parts), fieldView(parts), writingView(parts), noticeView(parts), chips, sentenceView(parts)];
  const table = tableView(parts);
  const help = h("p", { class: "lmkit-help" }, HELP + (parts.model.config.causal ? "" : HELP_MASKED));
  const three = h("div", { class: "lmkit-three" }, guesses.element, lens.element, neurons.element);
  root.append(...above.map(({ element }) => element), three, heads.element, table.element, help);
  return [heads, ...above, guesses, lens, neurons, table]; // canvases first: they ask for styles, which are settled until words change
}

/** What a link says, now and when the reader opens another one here. @param {HTMLElement} root @param {Parts} parts */
function followAddress(root, { name, model, store, signal }) {
  const follow = () => {
    const wanted = readLink(location.hash, name, model.config);
    if (!wanted) return;
    store.set({ ...wanted, exact: null, running: false, ended: null, cell: null });
    root.scrollIntoView();
  };
  const isNews = () => location.hash !== writeLink(store.get(), name); // not what the reader has just made
  addEventListener("hashchange", () => { if (isNews()) follow(); }, { signal });
  follow();
}
