// What the views are given, made of the two files.

import assert from "node:assert/strict";
import { test } from "node:test";
import { readData } from "../../lib/Report/Page/Data.js";
import { related } from "../../lib/Report/Page/Selection.js";
import { limitsOf } from "../../lib/Report/Page/Words.js";
import { makePlan, makeReport } from "./Plans.mjs";

test("devices that take turns send to those that have items in common", () => {
  const plan = makePlan(
    [
      { ns: 10, device: "a", replicas: ["b"] },
      { ns: 10, device: "c", replicas: ["d", "e", "f"] },
    ],
    [{ from: 0, to: 1, ns: 100 }],
  );
  const [message] = readData({ plan }).messages;
  assert.deepEqual(message.links, ["a>c", "a>e", "b>d", "b>f"]);
  // Each of them carries every fourth item.
  assert.equal(message.loadNs, 25);
});

test("between stages of one device there is no link", () => {
  const plan = makePlan(
    [
      { ns: 10, device: "a" },
      { ns: 20, device: "a" },
    ],
    [{ from: 0, to: 1, ns: 0 }],
  );
  const data = readData({ plan });
  assert.deepEqual(data.messages[0].links, []);
  const device = data.deviceByName.get("a");
  assert.deepEqual(device.stages, [0, 1]);
  // Weights and buffers add up, peaks do not.
  assert.deepEqual(device.memory, {
    weights: 2048,
    states: 0,
    activations: 512,
    buffers: 512,
    runtime: 0,
  });
});

test("ends of the cluster are devices of messages", () => {
  const plan = makePlan(
    [{ ns: 10 }],
    [
      { from: "cam", to: 0, ns: 5 },
      { from: 0, to: "cam", ns: 5 },
    ],
  );
  const data = readData({ plan, report: { ingress: "cam", egress: "cam" } });
  assert.deepEqual(
    data.messages.map(({ from, to }) => [from.stage, to.stage]),
    [
      [null, 0],
      [0, null],
    ],
  );
  const device = data.deviceByName.get("cam");
  assert.ok(device.isIdle && device.isIngress && device.isEgress);
});

test("the interval is the bottleneck or the round trip", () => {
  const more = { options: { sequences: 3 }, round_trip_ns: 100 };
  const waits = readData({ plan: makePlan([{ ns: 20 }], [], more) });
  assert.equal(waits.intervalNs, 34);
  assert.match(limitsOf(waits)[0].text, /round trip of 3 sequences/);
  const busy = readData({ plan: makePlan([{ ns: 50 }], [], more) });
  assert.equal(busy.intervalNs, 50);
  assert.deepEqual(
    limitsOf(busy).map(({ kind, id }) => [kind, id]),
    [["device", "d0"]],
  );
});

test("a full medium stands for its links", () => {
  const plan = makePlan(
    [{ ns: 10 }, { ns: 10 }],
    [{ from: 0, to: 1, ns: 30, medium: "air" }],
  );
  assert.deepEqual(
    limitsOf(readData({ plan })).map(({ kind, id }) => [kind, id]),
    [["medium", "air"]],
  );
});

test("colours come again after the last one", () => {
  const plan = makePlan(Array.from({ length: 14 }, () => ({ ns: 1 })));
  const { stages } = readData({ plan });
  assert.deepEqual(
    [stages[11], stages[12], stages[13]].map(({ colour, cycle }) => [
      colour,
      cycle,
    ]),
    [
      [11, 0],
      [0, 1],
      [1, 1],
    ],
  );
});

test("a selection finds what belongs to it", () => {
  const report = makeReport(
    [
      { stage: 0, reads: ["x"], makes: ["a"] },
      { stage: 1, reads: ["a"], makes: ["y"] },
    ],
    { x: 1, a: 1, y: 1 },
  );
  const plan = makePlan(
    [{ ns: 1 }, { ns: 1 }],
    [{ from: 0, to: 1, ns: 1, tensors: ["a"] }],
  );
  const data = readData({ plan, report });
  const found = (kind, id) => {
    const near = related(data, { kind, id });
    return [
      [...near.stages],
      [...near.devices],
      [...near.messages],
      [...near.links],
    ];
  };
  assert.deepEqual(found("stage", 1), [[1], ["d1"], [], []]);
  assert.deepEqual(found("device", "d0"), [[0], ["d0"], [], []]);
  assert.deepEqual(found("message", 0), [[0, 1], [], [0], ["d0>d1"]]);
  assert.deepEqual(found("link", "d0>d1"), [[], [], [0], ["d0>d1"]]);
  assert.deepEqual(found("node", 1), [[1], ["d1"], [], []]);
  assert.deepEqual(found("tensor", 1), [[], [], [0], ["d0>d1"]]);
  assert.deepEqual(found("stage", 99), [[], [], [], []]);
});
