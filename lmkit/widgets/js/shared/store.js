/** State in one place; views derive from it.
 * @template {object} State
 * @typedef {object} Store
 * @property {() => State} get
 * @property {(patch: Partial<State>) => void} set tells the listeners which names changed, if any did
 * @property {(listener: (state: State, changed: Set<string>) => void, signal: AbortSignal) => void} subscribe
 */

/** @template {object} State
 * @param {State} first
 * @param {(wanted: State) => State} [settle] the state that can be shown, nearest to the one that is wanted
 * @returns {Store<State>}
 */
export function createStore(first, settle = (wanted) => wanted) {
  let state = settle(first);
  const listeners = new Set();
  return {
    get: () => state,
    set(patch) {
      const next = settle({ ...state, ...patch });
      const changed = new Set(Object.keys(next).filter((name) => !Object.is(state[name], next[name])));
      if (changed.size === 0) return;
      state = next;
      for (const listener of [...listeners]) listener(state, changed);
    },
    subscribe(listener, signal) {
      listeners.add(listener);
      signal.addEventListener("abort", () => listeners.delete(listener));
    },
  };
}

/** Two-way: these names of the store follow the model's traits (so Python), and the traits follow the store. A change
 * of one trait brings along the others: of two that Python changed together, the second must not be lost to the first.
 * @param {Store<any>} store @param {any} model @param {string[]} names @param {AbortSignal} signal
 */
export function linkModel(store, model, names, signal) {
  let telling = false;
  store.subscribe((state, changed) => {
    const mine = names.filter((name) => changed.has(name) && model.get(name) !== state[name]);
    telling = true;
    try {
      for (const name of mine) model.set(name, state[name]);
    } finally {
      telling = false;
    }
    if (mine.length) model.save_changes();
  }, signal);
  const follow = () => {
    if (!telling) store.set(Object.fromEntries(names.map((name) => [name, model.get(name)])));
  };
  for (const name of names) {
    model.on(`change:${name}`, follow);
    signal.addEventListener("abort", () => model.off(`change:${name}`, follow));
  }
}
