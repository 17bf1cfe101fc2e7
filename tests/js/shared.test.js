import assert from "node:assert/strict";
import { test } from "node:test";

import { fromHalf, readSized, shareOf, toBytes, toFloats } from "../../lmkit/widgets/js/shared/codec.js";
import { contrast, luminance, opaque, ramp, rampPixels, readableOn, toHex, toRgb } from "../../lmkit/widgets/js/shared/color.js";
import { rove, rowKeys } from "../../lmkit/widgets/js/shared/keys.js";
import { live } from "../../lmkit/widgets/js/shared/life.js";
import { cellAt, labelsOf, labelsShown, layoutMatrix } from "../../lmkit/widgets/js/shared/matrix.js";
import { createStore, linkModel } from "../../lmkit/widgets/js/shared/store.js";
import { charactersOf, count, grouped, isolated, legible, percent, shorten, visible } from "../../lmkit/widgets/js/shared/text.js";

const LIGHT = { page: "#ffffff", ink: "#1d2433", weight: "#123470", loss: "#8a5a00" };
const DARK = { page: "#14181e", ink: "#e6e9f0", weight: "#ffd67a", loss: "#8cb8ff" };
const SHARES = Array.from({ length: 101 }, (_, i) => i / 100);

test("a DataView that begins inside a buffer gives its own bytes", () => {
  const buffer = Uint8Array.of(9, 9, 9, 1, 2, 3, 9).buffer;
  assert.deepEqual([...toBytes(new DataView(buffer, 3, 3))], [1, 2, 3]);
  assert.deepEqual([...toBytes(Uint8Array.of(1, 2).buffer)], [1, 2]);
});

test("floats are read from any offset", () => {
  const bytes = new Uint8Array(9);
  new DataView(bytes.buffer).setFloat32(1, 1.5, true);
  new DataView(bytes.buffer).setFloat32(5, -0.25, true);
  assert.deepEqual([...toFloats(new DataView(bytes.buffer, 1))], [1.5, -0.25]);
});

test("half-precision numbers are read as IEEE 754 defines them", () => {
  const bits = Uint16Array.of(0x3c00, 0xc000, 0x3555, 0x0001, 0x7bff, 0x8000, 0x7c00, 0x7e00);
  const [one, minusTwo, third, smallest, largest, zero, infinity, nan] = fromHalf(bits);
  assert.deepEqual([one, minusTwo, largest, infinity], [1, -2, 65504, Infinity]);
  assert.equal(third, 1365 / 4096);
  assert.equal(smallest, 2 ** -24);
  assert.ok(Object.is(zero, -0));
  assert.ok(Number.isNaN(nan));
});

test("a byte decodes to within 0.004 of the share it was made from", () => {
  for (let p = 0; p <= 1; p += 0.0001) assert.ok(Math.abs(shareOf(Math.round(255 * Math.sqrt(p))) - p) <= 0.004);
});

for (const [name, colors] of Object.entries({ light: LIGHT, dark: DARK })) {
  test(`the ramp goes from the page to the weight, and its lightness never turns back (${name})`, () => {
    const light = SHARES.map((p) => luminance(ramp(p, colors)));
    const direction = Math.sign(light.at(-1) - light[0]);
    assert.equal(ramp(0, colors), colors.page);
    assert.equal(ramp(1, colors), colors.weight);
    light.slice(1).forEach((value, i) => assert.ok(direction * (value - light[i]) > 0));
  });

  test(`text on any share has a contrast of at least 4.5 (${name})`, () => {
    for (const p of SHARES) {
      const background = ramp(p, colors);
      assert.ok(contrast(readableOn(background, colors), background) >= 4.5, `${p}: ${background}`);
    }
  });

  test(`pixels of the ramp are its colors (${name})`, () => {
    rampPixels(colors).forEach((pixel, level) => {
      const rgb = [pixel & 255, (pixel >> 8) & 255, (pixel >> 16) & 255];
      const weight = level < 256 ? colors.weight : colors.loss; // then what is below 0
      assert.equal(toHex(rgb), ramp(((level % 256) / 255) ** 2, { ...colors, weight }));
      assert.equal(pixel >>> 24, 255);
    });
  });
}

test("colors survive the way to numbers and back", () => {
  assert.deepEqual(toRgb("#0a58ca"), [10, 88, 202]);
  assert.equal(toHex([10, 88, 202]), "#0a58ca");
  assert.equal(Math.round(contrast("#000000", "#ffffff")), 21);
});

test("colors are read as a browser computes them", () => {
  assert.equal(opaque("color(srgb 0.0705882 0.203922 0.439216)", 255), "#123470");
  assert.equal(opaque("color(srgb 1 1 1 / 0.5)", 0), "#808080");
  assert.equal(opaque("color(srgb 0 0 0 / 0.87)", 255), "#212121");
  assert.equal(opaque("color(srgb 1.02 -0.01 2e-7)", 255), "#ff0000"); // beyond what a screen shows
  assert.equal(opaque("", 255), "#ffffff");
});

test("blanks, line breaks and unseen characters of a token are shown", () => {
  assert.equal(visible(" the"), "␣the");
  assert.equal(visible("\n\t"), "↵⇥");
  assert.equal(visible(""), "∅");
  assert.equal(visible("\u202eabc\u200b"), "‹202e›abc‹200b›");
  assert.equal(visible("\u00a0"), "‹00a0›");
  assert.deepEqual(["\u2009", "\u3164", "\u061c"].map(visible), ["‹2009›", "‹3164›", "‹061c›"]);
  assert.equal(visible("<img onerror=x>"), "<img␣onerror=x>");
});

test("a name keeps its blanks, and what turns the text around it is seen", () => {
  assert.equal(legible("loss in nats\u00a0a token"), "loss in nats\u00a0a token");
  const acting = [..."\0\n\u061c\u200b\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\ufeff"];
  for (const one of acting) assert.match(legible(`a${one}b`), /^a‹[0-9a-f]{4}›b$/);
  for (const name of ["👩‍👩‍👧‍👦", "العربية", "हिन्दी", "café", "龍"]) assert.equal(legible(name), name);
  assert.deepEqual([isolated("x"), isolated("")], ["\u2068x\u2069", ""]);
});

test("a trait of another length, or with a number that cannot be drawn, is named", () => {
  const model = { get: () => Float32Array.of(1, NaN).buffer };
  assert.throws(() => readSized(model, "scores", toFloats, 3), /scores: there are 2, it needs 3/);
  assert.throws(() => readSized(model, "scores", toFloats, 2), /scores: number 1 is NaN, which cannot be drawn/);
  assert.equal(readSized(model, "scores", toBytes, 8).length, 8);
});

test("joined emoji and letters of every script stay as they are", () => {
  for (const token of ["👩‍👩‍👧‍👦", "العربية", "हिन्दी", "café", "龍"]) assert.equal(visible(token), token);
});

test("a long token is cut between characters, not inside one", () => {
  assert.equal(shorten("abcdef", 6), "abcdef");
  assert.equal(shorten("abcdefg", 6), "abcde…");
  assert.equal(shorten("👩‍👩‍👧‍👦👩‍👩‍👧‍👦👩‍👩‍👧‍👦", 2), "👩‍👩‍👧‍👦…");
  assert.equal(shorten("👩‍👩‍👧‍👦👩‍👩‍👧‍👦", 2), "👩‍👩‍👧‍👦👩‍👩‍👧‍👦");
});

test("a share is written with as many digits as it has", () => {
  const written = [1, 0.996, 0.5, 0.0994, 0.04, 0.0123, 0.0001, 0].map((p) => percent(p).replace(/\u00a0/g, " "));
  assert.deepEqual(written, ["100 %", "100 %", "50 %", "9.9 %", "4 %", "1.2 %", "< 0.1 %", "0 %"]);
});

test("a store tells its listeners what changed, and says nothing when nothing did", () => {
  const store = createStore({ a: 1, b: 2 });
  const told = [];
  const controller = new AbortController();
  store.subscribe((state, changed) => told.push([state.a, ...changed]), controller.signal);
  store.set({ a: 1 });
  store.set({ a: 3, b: 2 });
  controller.abort();
  store.set({ a: 4 });
  assert.deepEqual(told, [[3, "a"]]);
});

test("a store settles on a state that can be shown", () => {
  const store = createStore({ layer: 9 }, ({ layer }) => ({ layer: Math.min(5, layer) }));
  assert.deepEqual(store.get(), { layer: 5 });
  store.set({ layer: 7 });
  assert.deepEqual(store.get(), { layer: 5 });
});

/** A model as a host gives it. */
function makeModel(state) {
  const listeners = {};
  return {
    saves: 0,
    get: (name) => state[name],
    set(name, value) {
      state[name] = value;
      (listeners[`change:${name}`] ?? []).forEach((listener) => listener());
    },
    on: (name, listener) => { (listeners[name] ??= []).push(listener); },
    off: (name, listener) => { listeners[name] = listeners[name].filter((other) => other !== listener); },
    save_changes() { this.saves += 1; },
  };
}

test("the traits follow the store and the store follows the traits, until the figure is gone", () => {
  const model = makeModel({ layer: 0, head: 0 });
  const store = createStore({ layer: 0, head: 0, lines: false });
  const controller = new AbortController();
  linkModel(store, model, ["layer", "head"], controller.signal);
  store.set({ layer: 2, lines: true });
  assert.deepEqual([model.get("layer"), model.saves], [2, 1]);
  model.set("head", 3);
  assert.deepEqual([store.get().head, model.saves], [3, 1]);
  controller.abort();
  model.set("head", 5);
  store.set({ layer: 4 });
  assert.deepEqual([store.get().head, model.get("layer")], [3, 2]);
});

test("of two traits that are changed together none is lost to the other", () => {
  const sizes = [10, 4];
  const settle = (state) => ({ ...state, query: Math.min(state.query, sizes[state.example] - 1) });
  const listeners = {};
  const values = { example: 0, query: 9 };
  const model = {
    get: (name) => values[name],
    set: (name, value) => { values[name] = value; listeners[name]?.(); },
    on: (event, listener) => { listeners[event.slice("change:".length)] = listener; },
    off: () => {},
    save_changes: () => {},
  };
  const store = createStore({ example: 0, query: 9 }, settle);
  linkModel(store, model, ["example", "query"], new AbortController().signal);
  Object.assign(values, { example: 1, query: 2 }); // Jupyter sets all, and tells of them one by one afterwards
  listeners.example();
  listeners.query();
  assert.deepEqual([store.get().example, store.get().query, values.query], [1, 2, 2]);
});

/** A figure that counts how often it is drawn, and fails where the state says so. */
function makeFigure() {
  const model = makeModel({ layer: 0 });
  const figure = { model, drawn: 0, told: [] };
  figure.end = live(({ signal, guarded }) => {
    figure.signal = signal;
    figure.store = createStore({ layer: model.get("layer") });
    linkModel(figure.store, model, ["layer"], signal);
    const draw = guarded(({ layer }) => {
      if (layer > 5) throw new Error("no such layer");
      figure.drawn += 1;
    });
    figure.store.subscribe(draw, signal);
    figure.store.subscribe((state) => draw(state), signal); // also what comes after the failure in the same round
    draw(figure.store.get());
  }, ({ message }) => figure.told.push(message));
  return figure;
}

test("a figure that fails says why once, and no longer listens", () => {
  const { model, store, signal, told, ...figure } = makeFigure();
  model.set("layer", 9);
  assert.deepEqual([told, signal.aborted], [["no such layer"], true]);
  model.set("layer", 1);
  store.set({ layer: 2 });
  assert.deepEqual([store.get().layer, model.get("layer"), figure.drawn, told.length], [2, 1, 1, 1]);
});

test("a figure that fails at its start says why, and leaves nothing that listens", () => {
  const model = makeModel({ layer: 0 });
  const told = [];
  let signal;
  live((life) => {
    ({ signal } = life);
    linkModel(createStore({ layer: 0 }), model, ["layer"], signal);
    throw new Error("no weights");
  }, ({ message }) => told.push(message));
  model.set("layer", 3);
  assert.deepEqual([told, signal.aborted, model.saves], [["no weights"], true, 0]);
});

test("a figure that is taken off the page no longer listens, and is not drawn again", () => {
  const figure = makeFigure();
  figure.store.set({ layer: 1 });
  assert.equal(figure.drawn, 3);
  figure.end();
  figure.model.set("layer", 2);
  assert.deepEqual([figure.drawn, figure.told, figure.store.get().layer], [3, [], 1]);
});

test("a row of buttons has one stop of the Tab key, and arrows stay inside the row", () => {
  const items = [{}, {}, {}];
  rove(items, 1);
  assert.deepEqual(items.map(({ tabIndex }) => tabIndex), [-1, 0, -1]);
  const gone = [];
  const keys = rowKeys(() => 2, () => 3, (i) => gone.push(i));
  for (const key of ["ArrowLeft", "ArrowRight", "Home", "End"]) keys[key]();
  assert.deepEqual(gone, [1, 2, 0, 2]);
});

const WIDTHS = { rows: [40, 60], columns: Array(16).fill(50) };

test("the labels and cells of a matrix stay inside the drawing", () => {
  for (const width of [240, 309, 340, 560]) for (const columns of [3, 16, 64]) {
    const labels = Array.from({ length: columns }, (_, j) => 20 + ((j * 37) % 60));
    const m = layoutMatrix({ rows: labels, columns: labels, width, largest: 48, tallest: 440, pixel: 0.5 });
    const right = labels.map((label, j) => m.x + (j + 0.5) * m.cellWidth + (m.tilt ? label * Math.cos(m.tilt) : label / 2));
    assert.ok(Math.max(...right, m.x + columns * m.cellWidth) <= width, `${columns} columns in ${width} px`);
    assert.ok(m.y + m.cellHeight * columns <= m.height);
    assert.ok(m.cellWidth > 0);
  }
});

test("cells are a whole number of device pixels where a cell is at least one", () => {
  const m = layoutMatrix({ ...WIDTHS, width: 340, largest: 48, pixel: 0.5 });
  assert.equal(m.cellWidth * 2, Math.round(m.cellWidth * 2));
});

test("the cell at the middle of a cell is that cell; beside the matrix it is the nearest", () => {
  const m = layoutMatrix({ rows: [40, 40, 40], columns: [20, 20], width: 300, largest: 48 });
  for (let row = 0; row < 3; row++) for (let column = 0; column < 2; column++) {
    const point = { x: m.x + (column + 0.5) * m.cellWidth, y: m.y + (row + 0.5) * m.cellHeight };
    assert.deepEqual(cellAt(m, point), { row, column });
    assert.deepEqual(cellAt(m, { x: 0, y: point.y }), { row, column: 0 });
  }
  assert.equal(cellAt(m, { x: 0, y: 0 }), null);
  assert.equal(cellAt(m, { x: 299, y: m.y + 1 }), null);
});

test("labels never touch, and the most important one is written", () => {
  const labels = Array.from({ length: 64 }, (_, i) => (i % 3 ? "word" : ""));
  for (const pitch of [2, 5, 14.9, 15, 30]) for (const first of [0, 7, 63]) {
    const shown = labelsShown(labels, pitch, [first]).sort((a, b) => a - b);
    assert.ok(shown.includes(first) && shown.every((i) => labels[i] || i === first));
    shown.slice(1).forEach((i, n) => assert.ok((i - shown[n]) * pitch >= 15));
    if (pitch === 30 && first === 7) assert.equal(shown.length, labels.filter(Boolean).length);
  }
});

test("where not all have room, the labels are whole words where they begin; else the tokens", () => {
  const tokens = ["<|story|>", "␣N", "ina", ".", "␣didn", "'t", "?"];
  assert.deepEqual(labelsOf(tokens, 15), tokens);
  assert.deepEqual(labelsOf(tokens, 14), ["<|story|>", "␣Nina", "", "", "␣didn't", "", ""]);
  const pieces = ["[CLS]", "pip", "##pe", "##t", "a", "b", "."];
  assert.deepEqual(labelsOf(pieces, 14), ["[CLS]", "pippet", "", "", "a", "b", ""]);
});

test("the characters of a text are the browser's, however plain it is", () => {
  const segments = (text) => Array.from(new Intl.Segmenter().segment(text), ({ segment }) => segment);
  for (const text of ["", "a", "It's 9 o'clock (~1 % of 8).", "a\r\nb", "e\u0301", "👩‍👩‍👧‍👦!"]) {
    assert.deepEqual(charactersOf(text), segments(text));
  }
});

test("whole numbers are set apart as the browser does it", () => {
  for (const n of [0, 7, 999, 1000, 12345, 1234567, -120, -1200, 2 ** 53 - 1]) assert.equal(grouped(n), n.toLocaleString("en"));
});

test("what is counted stands in the plural unless it is one, and thousands are told apart", () => {
  assert.deepEqual([0, 1, 2, 1200].map((n) => count(n, "text")), ["0 texts", "1 text", "2 texts", "1,200 texts"]);
});
