import assert from "node:assert/strict";
import { test } from "node:test";

import { farOff, furthest, parseNumber, readQuestion, says, show } from "../../lmkit/widgets/js/guess/data.js";
import { drawTo, layoutDrawing, makeAxis } from "../../lmkit/widgets/js/guess/layout.js";

const ask = (changes) => ({ kind: "pick", question: "?", choices: ["a", "b", "c"], unit: "", ends: { low: 0, high: 10 }, ...changes });
const told = (question, guess, answer) => says(ask(question), { guess, done: true, answer });

test("a number is read as people write it, and nothing else is", () => {
  const typed = { "12": 12, " 1,200 ": 1200, "1 200": 1200, "0,5": 0.5, "0.5": 0.5, "12 %": 12, "-3": -3, "1e3": 1000, "1,234,567.5": 1234567.5 };
  for (const [text, value] of Object.entries(typed)) assert.deepEqual(parseNumber(text), [value], text);
  for (const text of ["", " ", "%", "many", "1.2.3", "Infinity", "12 cats"]) assert.deepEqual(parseNumber(text), [], text);
});

test("whole numbers are shown in full, others to three digits, with their unit", () => {
  assert.deepEqual([show(5821), show(0.12345), show(4, "bytes")], ["5,821", "0.123", "4\u00a0bytes"]);
});

test("how far off is a factor; points for shares; the difference where a factor says nothing", () => {
  assert.equal(farOff(12, 4.1, "bytes"), "too high by a factor of 2.9");
  assert.equal(farOff(2, 8, ""), "too low by a factor of 4");
  assert.equal(farOff(105, 100, ""), "too high by 5\u00a0%");
  assert.equal(farOff(20, 12, "%"), "too high by 8\u00a0points");
  assert.equal(farOff(0, 12, "heads"), "too low by 12\u00a0heads");
  assert.equal(farOff(-1, 2, ""), "too low by 3");
  assert.equal(farOff(3.0001, 3.0002, ""), "exactly");
});

test("a curve is furthest off by the difference; by the factor on an axis that begins above 0", () => {
  assert.equal(furthest([1, 100], [2, 120], 0), 1);
  assert.equal(furthest([1, 100], [2, 120], 1), 0);
  assert.equal(furthest([5, 5], [0, 5], 1), 0);
  assert.equal(furthest([50, 2], [0, 900], 1), 1); // what lies below the axis is as far off as its end
});

test("what is said names the guess and the answer, and nothing before the guess", () => {
  assert.equal(says(ask(), { guess: [0], done: false, answer: [1] }), "");
  assert.equal(told({}, [0], []), "Now run the next cell: it finds the answer.");
  assert.equal(told({}, [1], [1]), "You said “b”. So it is.");
  assert.equal(told({}, [0], [1]), "You said “a”. Right is “b”.");
  assert.equal(told({ kind: "several" }, [0, 2], [1, 2]), "You said “a”, “c”. Right is “b”, “c”.");
  assert.equal(told({ kind: "number", choices: [], unit: "bytes" }, [12], [4]), "You said 12, it is 4\u00a0bytes: too high by a factor of 3.");
  assert.equal(told({ kind: "draw" }, [1, 2, 9], [1, 2, 3]), "Furthest off at c. You said 9, it is 3: too high by a factor of 3.");
});

test("what would turn the text around is seen", () => {
  const state = { ...ask(), question: "a\u202eb?", choices: ["\u200fc", "d"] };
  const { question, choices } = readQuestion({ get: (name) => state[name] });
  assert.deepEqual([question, choices], ["a‹202e›b?", ["‹200f›c", "d"]]);
});

for (const ends of [{ low: 0, high: 8 }, { low: 1, high: 1000 }]) for (const width of [309, 694]) {
  test(`a point on the curve is hit where it is drawn, and all of it lies inside (${ends.low} to ${ends.high}, ${width} px)`, () => {
    const { x, y, hit, height, ticks } = layoutDrawing(ask({ ends }), width);
    for (const place of [0, 1, 2]) for (const value of [...ticks, 5 * ends.high]) {
      const point = { x: x(place), y: y(value) };
      assert.ok(point.x > 0 && point.x < width && point.y >= 0 && point.y < height);
      const [there, read] = hit(point);
      assert.equal(there, place);
      assert.ok(Math.abs(read / Math.min(value, ends.high) - 1) < 0.05 || read === value);
    }
    assert.deepEqual(hit({ x: -50, y: 9999 }), [0, ends.low]);
    assert.deepEqual(hit({ x: 9999, y: -50 }), [2, ends.high]);
  });
}

test("names that would run into each other are left out", () => {
  const named = (width) => {
    const { named } = layoutDrawing(ask({ choices: Array(9).fill("1,000") }), width);
    return [...Array(9).keys()].filter(named).length;
  };
  assert.equal(named(694), 9);
  assert.ok(named(309) < 9 && named(309) > 3);
});

test("an axis goes there and back", () => {
  for (const ends of [{ low: 0, high: 8 }, { low: 2, high: 200 }]) {
    const { partOf, valueAt } = makeAxis(ends);
    for (const part of [0, 0.25, 1]) assert.ok(Math.abs(partOf(valueAt(part)) - part) < 0.03);
  }
});

test("a quick hand draws over the places that it has passed, and over no other", () => {
  assert.deepEqual(drawTo([5, 5, 5, 5, 5], [3, 2], 1), [5, 5, 3.5, 2, 5]);
  assert.deepEqual(drawTo([5, 5, 5, 5, 5], [0, 1], 2), [1, 3, 5, 5, 5]);
  assert.deepEqual(drawTo([5, 5, 5], [1, 9]), [5, 9, 5]);
});
