/** Figures that show the same: those whose Python gave them the same link share what they have in common of these. */
const SHARED = ["layer", "head", "query", "text"];

// On the page itself: JupyterLab reads the module anew for each widget.
const links = (globalThis[Symbol.for("lmkit.links")] ??= new Map());

/** @typedef {import("./store.js").Store<any>} Store */

/** Joins the figures of a link: a figure that comes later opens where the others are. One that cannot show what another one
 * chooses, such as a layer that it does not have, shows the nearest, and leaves the other where it is.
 * @param {Store} store @param {string} name of the link; "" for none @param {AbortSignal} signal
 */
export function joinLink(store, name, signal) {
  if (!name) return;
  const link = links.get(name) ?? { members: new Set(), telling: false };
  links.set(name, link);
  const [first] = link.members;
  if (first) store.set(common(first, store));
  link.members.add(store);
  signal.addEventListener("abort", () => link.members.delete(store));
  store.subscribe((_, changed) => {
    if (link.telling || !SHARED.some((name) => changed.has(name))) return;
    link.telling = true;
    try {
      for (const other of link.members) if (other !== store) other.set(common(store, other));
    } finally {
      link.telling = false;
    }
  }, signal);
}

/** What both figures have. @param {Store} from @param {Store} to */
function common(from, to) {
  const [given, own] = [from.get(), to.get()];
  return Object.fromEntries(SHARED.filter((name) => name in given && name in own).map((name) => [name, given[name]]));
}
