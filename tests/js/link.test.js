import assert from "node:assert/strict";
import { test } from "node:test";

import { joinLink } from "../../lmkit/widgets/js/shared/link.js";
import { createStore } from "../../lmkit/widgets/js/shared/store.js";

/** A figure of so many layers. */
function join(link, state, layers = 12, controller = new AbortController()) {
  const store = createStore(state, (wanted) => ({ ...wanted, layer: Math.min(wanted.layer, layers - 1) }));
  joinLink(store, link, controller.signal);
  return { store, controller, layer: () => store.get().layer };
}

test("figures of a link move together, and those of another or of none stay", () => {
  const [a, b, other, alone] = ["one", "one", "two", ""].map((link) => join(link, { layer: 0, query: 1 }));
  a.store.set({ layer: 3, query: 2 });
  assert.deepEqual([a, b, other, alone].map(({ store }) => store.get().layer), [3, 3, 0, 0]);
  b.store.set({ layer: 5 });
  assert.equal(a.layer(), 5);
});

test("a figure that comes later opens where the others are, and only in what it has", () => {
  const first = join("late", { layer: 4, query: 7, sort: "x" });
  const second = join("late", { layer: 0, sort: "" });
  assert.deepEqual(second.store.get(), { layer: 4, sort: "" });
  second.store.set({ sort: "y" });
  assert.equal(first.store.get().sort, "x");
});

test("a figure that does not have the layer shows the nearest and leaves the others where they are", () => {
  const [deep, flat] = [join("deep", { layer: 0 }), join("deep", { layer: 0 }, 2)];
  deep.store.set({ layer: 9 });
  assert.deepEqual([deep.layer(), flat.layer()], [9, 1]);
});

test("a figure that has ended hears nothing", () => {
  const [a, b] = [join("end", { layer: 0 }), join("end", { layer: 0 })];
  b.controller.abort();
  a.store.set({ layer: 2 });
  assert.equal(b.layer(), 0);
});
