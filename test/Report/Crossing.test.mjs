// The curve of crossing bytes says at each border what plan.json sends there.

import assert from "node:assert/strict";
import { test } from "node:test";
import { crossingOf, tensorsAt } from "../../lib/Report/Page/Crossing.js";
import { readData } from "../../lib/Report/Page/Data.js";
import { makePlan, makeReport, randomNumbers } from "./Plans.mjs";

test("a chain crosses with the bytes of its messages", () => {
  const report = makeReport(
    [
      { stage: 0, reads: ["x"], makes: ["a"], time_ns: 5, weight_bytes: 7 },
      { stage: 0, reads: ["a", "w"], makes: ["b"] },
      { stage: 1, reads: ["b", "w"], makes: ["c"], weight_bytes: 3 },
      { stage: 1, reads: ["c", "a"], makes: ["y"] },
    ],
    { x: 100, a: 10, b: 20, c: 40, y: 1, w: 5000 },
    { constants: ["w"] },
  );
  const plan = makePlan(
    [{ ns: 1 }, { ns: 1 }],
    [{ from: 0, to: 1, ns: 1, bytes: 30, tensors: ["a", "b"] }],
  );
  const data = readData({ plan, report });
  const crossing = crossingOf(data);
  assert.deepEqual(crossing.borders, [{ place: 2, before: 0, after: 1 }]);
  assert.equal(crossing.bytes[2], data.messages[0].bytes);
  assert.deepEqual([...crossing.bytes.slice(0, 5)], [100, 10, 30, 50, 0]);
  assert.deepEqual(crossing.weights, [0, 7, 7, 10, 10]);
  assert.deepEqual(crossing.ns, [5, 0, 0, 0]);
  const names = tensorsAt(data, crossing, 2).map(
    (tensor) => report.tensors[tensor].name,
  );
  assert.deepEqual(names, ["b", "a"]);
});

test("a copied node sends nothing", () => {
  const report = makeReport(
    [
      { stage: 0, reads: ["x"], makes: ["a"] },
      { stage: 0, reads: ["a"], makes: ["b"] },
      { stage: 1, reads: ["x"], makes: ["a"], is_copied: true },
      { stage: 1, reads: ["a", "b"], makes: ["y"] },
    ],
    { x: 3, a: 100, b: 20, y: 1 },
  );
  const plan = makePlan([{ ns: 1 }, { ns: 1 }]);
  const crossing = crossingOf(readData({ plan, report }));
  // x has to be there for the copy; a does not cross.
  assert.equal(crossing.bytes[2], 23);
  // Inside of the second stage its own a is alive.
  assert.equal(crossing.bytes[3], 120);
});

test("a copy does not count beside what goes on to a later stage", () => {
  const report = makeReport(
    [
      { stage: 0, reads: ["x"], makes: ["a"] },
      { stage: 1, reads: ["x"], makes: ["a"], is_copied: true },
      { stage: 1, reads: ["a"], makes: ["b"] },
      { stage: 2, reads: ["a", "b"], makes: ["y"] },
    ],
    { x: 3, a: 100, b: 20, y: 1 },
  );
  const plan = makePlan([{ ns: 1 }, { ns: 1 }, { ns: 1 }]);
  const { bytes } = crossingOf(readData({ plan, report }));
  assert.deepEqual([...bytes.slice(0, 5)], [3, 103, 100, 120, 0]);
});

test("what has no size, or cannot be cut, or stays, is told apart", () => {
  const report = makeReport(
    [
      { stage: 0, reads: ["x", "past"], makes: ["a", "b"] },
      { stage: 1, reads: ["a", "b", "cache"], makes: ["y", "present"] },
    ],
    { x: 1, past: 9, a: undefined, b: 4, cache: 1000, y: 1, present: 1000 },
  );
  report.tensors[3].no_cut = "its type is not known";
  const plan = makePlan([{ ns: 1 }, { ns: 1 }]);
  plan.stages[1].states = [{ input: "cache", output: "present", bytes: 2000 }];
  const crossing = crossingOf(readData({ plan, report }));
  assert.equal(crossing.bytes[1], 4);
  assert.equal(crossing.unsized[1], 1);
  assert.equal(crossing.fixed[1], 1);
  assert.equal(crossing.bytes[0], 10);
});

test("nodes that are known before running have no place", () => {
  const report = makeReport(
    [
      { stage: 0, makes: ["w"], is_constant: true, weight_bytes: 8 },
      { stage: 0, reads: ["x", "w"], makes: ["y"] },
    ],
    { x: 1, w: 8, y: 1 },
    { constants: ["w"] },
  );
  const crossing = crossingOf(
    readData({ plan: makePlan([{ ns: 1 }]), report }),
  );
  assert.deepEqual(crossing.order, [1]);
  assert.deepEqual(crossing.weights, [0, 8]);
});

test("the sums are those of counting at each place", () => {
  const next = randomNumbers(7);
  for (let round = 0; round < 30; ++round) {
    const count = 3 + Math.floor(12 * next());
    const sizes = { t0: 5 };
    const nodes = [];
    for (let index = 1; index < count; ++index) {
      sizes["t" + index] = 1 + Math.floor(100 * next());
      const reads = [...Array(index).keys()].filter(() => next() < 0.3);
      nodes.push({
        stage: index < count / 2 ? 0 : 1,
        reads: reads.map((read) => "t" + read),
        makes: ["t" + index],
      });
    }
    const report = makeReport(nodes, sizes);
    const crossing = crossingOf(
      readData({ plan: makePlan([{ ns: 1 }, { ns: 1 }]), report }),
    );
    for (let place = 0; place <= nodes.length; ++place) {
      let expected = 0;
      for (const [name, bytes] of Object.entries(sizes)) {
        const made = nodes.findIndex(({ makes }) => makes.includes(name));
        const isRead = nodes.some(
          ({ reads }, index) => index >= place && reads.includes(name),
        );
        if (made < place && isRead) expected += bytes;
      }
      assert.equal(crossing.bytes[place], expected);
    }
  }
});
