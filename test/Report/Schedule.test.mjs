// The simulation behind the timeline does what docs/Planner.md says.

import assert from "node:assert/strict";
import { test } from "node:test";
import { readData } from "../../lib/Report/Page/Data.js";
import { simulate, wayOf } from "../../lib/Report/Page/Schedule.js";
import { device, makePlan, randomNumbers } from "./Plans.mjs";

const dataOf = (stages, messages, more) =>
  readData({ plan: makePlan(stages, messages, more) });

/** A chain of stages on devices of their own, with messages of random times. */
function randomChain(seed) {
  const next = randomNumbers(seed);
  const count = 1 + Math.floor(7 * next());
  const stages = Array.from({ length: count }, () => ({
    ns: 1 + Math.floor(1000 * next()),
  }));
  const messages = stages.slice(1).map((_, index) => ({
    from: index,
    to: index + 1,
    ns: Math.floor(1000 * next()),
    latency: Math.floor(500 * next()),
  }));
  return { stages, messages };
}

test("one item alone takes the plan's latency", () => {
  for (let seed = 1; seed <= 50; ++seed) {
    const { stages, messages } = randomChain(seed);
    const data = dataOf(stages, messages);
    const { items } = simulate(data, { items: 1 });
    assert.equal(items[0].end, data.plan.latency_ns);
  }
});

test("the bottleneck is the time between two items, however fast they come", () => {
  for (let seed = 1; seed <= 50; ++seed) {
    const { stages, messages } = randomChain(seed);
    const data = dataOf(stages, messages);
    const { steadyNs } = simulate(data, { items: 60, paceNs: 0 });
    assert.equal(steadyNs, data.plan.bottleneck_ns, `seed ${seed}`);
  }
});

test("at the plan's pace no item of a chain waits", () => {
  for (let seed = 1; seed <= 50; ++seed) {
    const { stages, messages } = randomChain(seed);
    const data = dataOf(stages, messages);
    for (const { begin, end } of simulate(data, { items: 20 }).items)
      assert.equal(end - begin, data.plan.latency_ns);
  }
});

test("nothing does two things at once", () => {
  const stages = [
    { ns: 40, device: "a" },
    { ns: 30, device: "b" },
    { ns: 25, device: "a" },
  ];
  const messages = [
    { from: 0, to: 1, ns: 20, medium: "air" },
    { from: 1, to: 2, ns: 15, medium: "air" },
    { from: 0, to: 2, ns: 0 },
  ];
  const data = dataOf(stages, messages);
  const busy = new Map();
  for (const job of simulate(data, { items: 40, paceNs: 0 }).jobs)
    for (const lane of job.lanes) {
      assert.ok((busy.get(lane) ?? 0) <= job.start, lane);
      busy.set(lane, job.end);
    }
  // Both links share the medium.
  assert.ok(busy.has("medium air"));
});

test("a device with several stages is as slow as their sum", () => {
  const stages = [
    { ns: 40, device: "a" },
    { ns: 30, device: "b" },
    { ns: 25, device: "a" },
  ];
  const messages = [
    { from: 0, to: 1, ns: 10 },
    { from: 1, to: 2, ns: 10 },
  ];
  const data = dataOf(stages, messages);
  assert.equal(data.intervalNs, 65);
  const { items } = simulate(data, { items: 100 });
  // The last ones have nothing behind them.
  assert.equal((items[80].end - items[40].end) / 40, 65);
  const hurried = simulate(data, { items: 100, paceNs: 0 }).items;
  assert.ok(Math.max(...hurried.map(({ end }) => end)) >= 100 * 65);
});

test("links of one medium are as slow as their sum", () => {
  const stages = [{ ns: 10 }, { ns: 10 }, { ns: 10 }];
  const messages = [
    { from: 0, to: 1, ns: 30, medium: "air" },
    { from: 1, to: 2, ns: 25, medium: "air" },
  ];
  const data = dataOf(stages, messages);
  assert.equal(data.intervalNs, 55);
  const { items } = simulate(data, { items: 100, paceNs: 0 });
  assert.equal((items[80].end - items[40].end) / 40, 55);
});

test("devices of a stage take items in turn", () => {
  const stages = [{ ns: 10 }, { ns: 90, device: "x", replicas: ["y", "z"] }];
  const messages = [{ from: 0, to: 1, ns: 6, latency: 4 }];
  const data = dataOf(stages, messages);
  assert.equal(data.intervalNs, 30);
  const { jobs, items, steadyNs } = simulate(data, { items: 12 });
  assert.equal(steadyNs, 30);
  assert.equal(items[0].end, data.plan.latency_ns);
  for (const { kind, index, item, lanes } of jobs)
    if (kind === "stage" && index === 1)
      assert.deepEqual(lanes, ["device " + "xyz"[item % 3]]);
});

test("with sequences, an item waits for the one before and the way back", () => {
  const stages = [{ ns: 20 }, { ns: 30 }];
  const messages = [{ from: 0, to: 1, ns: 5, latency: 5 }];
  const options = { sequences: 1 };
  const data = dataOf(stages, messages, { options, round_trip_ns: 70 });
  assert.equal(data.latencyNs, 60);
  assert.equal(data.intervalNs, 70);
  const { items, steadyNs } = simulate(data, { items: 5 });
  assert.equal(steadyNs, 70);
  items.forEach(({ begin, end }, index) => {
    assert.equal(begin, 70 * index);
    assert.equal(end - begin, 60);
  });
  const two = dataOf(stages, messages, {
    options: { sequences: 2 },
    round_trip_ns: 70,
  });
  assert.equal(simulate(two, { items: 9 }).steadyNs, 35);
  // With many, the slowest device limits, as without.
  const many = dataOf(stages, messages, {
    options: { sequences: 8 },
    round_trip_ns: 70,
  });
  assert.equal(simulate(many, { items: 64 }).steadyNs, 30);
});

test("what messages take of a device does not keep the item waiting", () => {
  const stages = [{ ns: 30, overhead: 10 }, { ns: 15 }];
  const data = dataOf(stages, [{ from: 0, to: 1, ns: 5 }]);
  const { items } = simulate(data, { items: 1 });
  assert.equal(items[0].end, 20 + 5 + 15);
  assert.equal(simulate(data, { items: 30, paceNs: 0 }).steadyNs, 30);
});

test("the ends of the cluster count", () => {
  const messages = [
    { from: "camera", to: 0, ns: 8, latency: 2 },
    { from: 0, to: "camera", ns: 4, latency: 2 },
  ];
  const data = dataOf([{ ns: 10 }], messages);
  assert.equal(data.latencyNs, 26);
  assert.equal(simulate(data, { items: 1 }).items[0].end, 26);
});

test("the way of an item is what it waited for last", () => {
  const stages = [{ ns: 10 }, { ns: 50 }, { ns: 10 }];
  const messages = [
    { from: 0, to: 1, ns: 5 },
    { from: 0, to: 2, ns: 20 },
    { from: 1, to: 2, ns: 5 },
  ];
  const data = dataOf(stages, messages);
  const { jobs } = simulate(data, { items: 2 });
  const names = (way) => way.map(({ kind, index }) => kind + index);
  assert.deepEqual(names(wayOf(data, jobs, 1)), [
    "stage0",
    "message0",
    "stage1",
    "message2",
    "stage2",
  ]);
});

test("another operating point has its own times", () => {
  const plan = makePlan([{ ns: 10 }, { ns: 20 }], [{ from: 0, to: 1, ns: 5 }]);
  plan.points = [{ point: "n=8", bottleneck_ns: 90, latency_ns: 170 }];
  const point = { name: "n=8", stage_ns: [70, 90], message_ns: [10] };
  const data = readData({ plan, report: { points: [point] } });
  const { items, steadyNs } = simulate(data, { items: 6, point });
  assert.equal(items[0].end, 170);
  assert.equal(steadyNs, 90);
});

test("a plan that takes no time ends", () => {
  const data = dataOf([{ ns: 0 }, { ns: 0 }], [{ from: 0, to: 1, ns: 0 }]);
  assert.equal(simulate(data, { items: 3 }).items[2].end, 0);
  assert.equal(data.stages[1].devices[0], device(1));
});
