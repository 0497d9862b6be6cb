// The graph view without a browser: groups, layouts, search, what is marked and
// what is drawn.

import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath, pathToFileURL } from "node:url";
import { makePlan, makeReport, randomNumbers } from "./Plans.mjs";

const root = join(dirname(fileURLToPath(import.meta.url)), "../..");
const source = join(root, "lib/Report/Page");
const modules = process.env.NODE_PATH ?? join(root, ".deps/page/node_modules");
const folder = mkdtempSync(join(tmpdir(), "onnx-split-graph-"));
let graph;

/** All that is tested, in one bundle: layouts need a package, and pictures a
 * translation of their markup. */
before(async () => {
  const { build } = createRequire(join(modules, "x"))("esbuild");
  const files = [
    "Data.js",
    "Graph/Bundles.js",
    "Graph/Hierarchy.js",
    "Graph/Labels.js",
    "Graph/Layered.js",
    "Graph/Layout.js",
    "Graph/Marks.js",
    "Graph/NamePath.js",
    "Graph/Opened.js",
    "Graph/OutlineRows.js",
    "Graph/Pipeline.js",
    "Graph/Repeats.js",
    "Graph/Scene.js",
    "Graph/Search.js",
    "Graph/Spans.js",
    "Graph/Things.js",
    "Graph/Drawing.jsx",
    "Graph/Details/Details.jsx",
    "Graph/Graph.jsx",
  ];
  const outfile = join(folder, "graph.mjs");
  await build({
    stdin: {
      contents:
        files.map((file) => `export * from "./${file}";`).join("\n") +
        `import { createElement } from "preact";
         import { render } from "preact-render-to-string";
         export const show = (view, props) => render(createElement(view, props));`,
      resolveDir: source,
    },
    bundle: true,
    nodePaths: [modules],
    jsx: "automatic",
    jsxImportSource: "preact",
    platform: "node",
    format: "esm",
    loader: { ".css": "empty" },
    outfile,
    logLevel: "warning",
  });
  graph = await import(pathToFileURL(outfile));
});
after(() => rmSync(folder, { recursive: true }));

/** Data of a report whose nodes have a stage each. */
function dataOf(report, messages = [], more = {}) {
  const count = 1 + Math.max(0, ...report.nodes.map(({ stage }) => stage));
  const stages = Array.from({ length: count }, (_, stage) => ({
    ns: report.nodes
      .filter((node) => node.stage === stage)
      .reduce((sum, { time_ns = 0 }) => sum + time_ns, 1),
  }));
  const plan = makePlan(stages, messages, more);
  return graph.readData({ plan, report });
}

/** A chain of operators in stage 0, each of which reads what the one before it
 * makes; names by position, where there are any. */
function chainOf(operators, nameOf = () => undefined) {
  const sizes = { t0: 8 };
  const nodes = operators.map((op, index) => {
    sizes[`t${index + 1}`] = 8;
    const name = nameOf(index);
    return {
      op,
      stage: 0,
      time_ns: 10,
      ...(name === undefined ? {} : { name }),
      reads: [`t${index}`],
      makes: [`t${index + 1}`],
    };
  });
  return dataOf(makeReport(nodes, sizes));
}

const layer = ["MatMul", "Softmax", "MatMul", "Add", "Gelu", "MatMul", "Add"];
const layers = (count) => Array.from({ length: count }, () => layer).flat();

/** A graph of nodes that read any of the ones before them, in stages in order,
 * with constants, names of modules, and costs that are not known. */
function randomGraph(seed, count = 300) {
  const random = randomNumbers(seed);
  const below = (most) => Math.floor(random() * most);
  const operators = ["Conv", "Relu", "Add", "Mul", "Concat", "constructor"];
  const sizes = { x: 64 };
  const constants = [];
  const nodes = [];
  for (let i = 0; i < count; ++i) {
    const isConstant = random() < 0.15;
    const made = Object.keys(sizes);
    const reads = isConstant
      ? []
      : Array.from({ length: 1 + below(2) }, () =>
          random() < 0.8 ? made.at(-1 - below(5)) : made[below(made.length)],
        ).filter(Boolean);
    sizes[`t${i}`] = random() < 0.9 ? 1 + below(5000) : undefined;
    if (isConstant) constants.push(`t${i}`);
    nodes.push({
      op: isConstant ? "Constant" : operators[below(operators.length)],
      stage: Math.floor((3 * i) / count),
      ...(random() < 0.7
        ? { name: `/m${below(3)}/layer.${below(9)}/n${i}` }
        : {}),
      ...(isConstant ? { is_constant: true } : {}),
      ...(random() < 0.9 && !isConstant ? { time_ns: below(1000) } : {}),
      ...(random() < 0.02 ? { unknown: "no model" } : {}),
      weight_bytes: below(100),
      reads,
      makes: [`t${i}`],
    });
  }
  return dataOf(makeReport(nodes, sizes, { constants }));
}

const groupsOf = (hierarchy, kind) =>
  hierarchy.groups.filter((group) => group.kind === kind);

test("every node is in one group, and groups add up", () => {
  for (let seed = 1; seed <= 12; ++seed)
    for (const withConstants of [false, true]) {
      const data = randomGraph(seed);
      const hierarchy = graph.buildHierarchy(data, withConstants);
      const seen = new Map();
      for (const group of hierarchy.groups)
        for (const child of group.children)
          if (!graph.isGroup(child))
            seen.set(child, (seen.get(child) ?? 0) + 1);
      data.report.nodes.forEach((node, position) => {
        const isShown = withConstants || !node.is_constant;
        assert.equal(seen.get(position) ?? 0, isShown ? 1 : 0);
      });
      for (const group of hierarchy.groups) {
        const nodes = graph
          .nodesOf(hierarchy, group.index)
          .map((position) => data.report.nodes[position])
          .filter((node) => !node.is_constant);
        const sum = (key) =>
          nodes.reduce((all, node) => all + (node[key] ?? 0), 0);
        assert.equal(group.totals.count, nodes.length);
        assert.equal(group.totals.timeNs, sum("time_ns"));
        assert.equal(group.totals.weightBytes, sum("weight_bytes"));
        assert.equal(
          group.totals.unknown,
          nodes.filter((node) => node.unknown).length,
        );
        assert.equal(
          group.totals.untimed,
          nodes.filter((node) => node.time_ns === undefined).length,
        );
        assert.ok(nodes.every(({ stage }) => stage === group.stage));
        assert.ok(
          withConstants || group.children.length <= 40,
          `${group.children.length} children`,
        );
      }
    }
});

test("what does not repeat is cut where it is too much", () => {
  const data = chainOf(Array.from({ length: 45 }, (_, index) => `Op${index}`));
  const hierarchy = graph.buildHierarchy(data);
  assert.ok(hierarchy.groups.length > 2);
  for (const { children } of hierarchy.groups)
    assert.ok(children.length >= 2 && children.length <= 40);
});

test("keys of groups differ, and stay when constants are shown", () => {
  for (let seed = 1; seed <= 5; ++seed) {
    const data = randomGraph(seed);
    const [plain, full] = [false, true].map((withConstants) =>
      graph
        .buildHierarchy(data, withConstants)
        .groups.map((group) => group.key),
    );
    assert.equal(new Set(plain).size, plain.length);
    assert.deepEqual(plain, full);
  }
});

test("24 equal layers without names are 24 blocks", () => {
  const operators = ["Gather", "Cast", ...layers(24), "Softmax", "Cast"];
  const data = chainOf(operators);
  const hierarchy = graph.buildHierarchy(data);
  const [repeat, ...more] = groupsOf(hierarchy, "repeat");
  assert.deepEqual(more, []);
  assert.equal(repeat.times, 24);
  assert.equal(repeat.children.length, 24);
  assert.equal(repeat.totals.count, 24 * layer.length);
  const { title } = graph.labelOf(hierarchy, repeat.index);
  assert.match(title, /^24 x attention: /);
  const blocks = repeat.children.map(
    (child) => hierarchy.groups[graph.groupOf(child)],
  );
  for (const [position, block] of blocks.entries()) {
    assert.equal(block.kind, "block");
    assert.equal(block.totals.count, layer.length);
    const { detail } = graph.labelOf(hierarchy, block.index);
    assert.equal(detail, `block ${position + 1} of 24`);
  }
});

test("layers are what names say, however they are numbered", () => {
  const schemes = {
    "/model/layers.L/step/Op_I": "layers.0/step",
    "encoder.layer.L.op.I": "layer.0",
    stageL_unitI_op: "stage0",
    "a::layerL::opI": "layer0",
  };
  for (const [scheme, first] of Object.entries(schemes)) {
    // Each layer is another one, so that only names tell that it is one.
    const operators = ["Gather", ...layers(24), "Softmax", "Cast"].map(
      (op, index) => (index % 5 ? op : `Op${index}`),
    );
    const data = chainOf(operators, (index) =>
      index === 0 || index > 24 * layer.length
        ? `other${index}`
        : scheme
            .replace("L", Math.floor((index - 1) / layer.length))
            .replace("I", index),
    );
    const hierarchy = graph.buildHierarchy(data);
    const modules = groupsOf(hierarchy, "scope").filter(
      ({ totals }) => totals.count === layer.length,
    );
    assert.equal(modules.length, 24, scheme);
    assert.equal(modules[0].name, first);
    assert.equal(new Set(modules.map(({ parent }) => parent)).size, 1);
  }
});

test("of very many modules there are parts", () => {
  const modules = 70;
  const data = chainOf(layers(modules + 2), (index) => {
    const module = Math.floor(index / layer.length) - 1;
    return module < 0 || module >= modules
      ? `other${index}`
      : `/net/layer${module}/op${index}`;
  });
  const hierarchy = graph.buildHierarchy(data);
  const net = groupsOf(hierarchy, "scope").find(({ name }) => name === "net");
  assert.equal(net.totals.count, modules * layer.length);
  const parts = groupsOf(hierarchy, "part")
    .filter(({ children }) => children.every(graph.isGroup))
    .map(({ index }) => graph.labelOf(hierarchy, index).title);
  assert.ok(parts.length > 1);
  for (const title of parts) assert.match(title, /^layer\d+ to layer\d+$/);
});

test("a layer that differs ends the repetition, and stays a block", () => {
  const operators = [...layers(6), "Cast", ...layer, "Cast", ...layers(5)];
  const hierarchy = graph.buildHierarchy(chainOf(operators));
  const times = groupsOf(hierarchy, "repeat").map((group) => group.times);
  assert.deepEqual(times, [6, 5]);
});

test("numbers of operators are not modules", () => {
  assert.deepEqual(graph.scopesOf("Conv_123"), []);
  assert.deepEqual(graph.scopesOf("/layer1/layer1.0/conv1/Conv"), [
    "layer1",
    "layer1.0",
    "conv1",
  ]);
  assert.deepEqual(graph.scopesOf("model.layers.3.attn.Add"), [
    "model",
    "layers.3",
    "attn",
  ]);
  assert.deepEqual(graph.scopesOf("stage1_unit2_conv1"), ["stage1", "unit2"]);
  assert.deepEqual(graph.scopesOf(undefined), []);
  assert.equal(graph.scopesOf("/x".repeat(900)).length, 12);
});

/** All maximal repetitions, by trying. */
function runsByTrying(tokens) {
  const runs = new Map();
  for (let period = 1; 2 * period <= tokens.length; ++period)
    for (let start = 0; start + 2 * period <= tokens.length; ++start) {
      let end = start + period;
      while (end < tokens.length && tokens[end] === tokens[end - period]) ++end;
      const isMaximal =
        start === 0 || tokens[start - 1] !== tokens[start - 1 + period];
      const key = `${start},${end}`;
      if (end - start >= 2 * period && isMaximal && !runs.has(key))
        runs.set(key, period);
    }
  return runs;
}

test("repetitions are those that trying finds", () => {
  const random = randomNumbers(3);
  for (let round = 0; round < 300; ++round) {
    const kinds = 1 + (round % 3);
    const tokens = Array.from({ length: round % 40 }, () =>
      Math.floor(random() * kinds),
    );
    const found = new Map(
      graph
        .findRuns(tokens)
        .map(({ start, end, period }) => [`${start},${end}`, period]),
    );
    assert.deepEqual([...found].sort(), [...runsByTrying(tokens)].sort());
  }
});

test("chosen blocks are equal and do not overlap", () => {
  const random = randomNumbers(4);
  for (let round = 0; round < 200; ++round) {
    const tokens = Array.from({ length: 60 }, () => Math.floor(random() * 2));
    let last = 0;
    for (const { start, period, count } of graph.findRepeats(tokens)) {
      assert.ok(start >= last && count >= 2);
      last = start + period * count;
      assert.ok(last <= tokens.length);
      for (let i = start + period; i < last; ++i)
        assert.equal(tokens[i], tokens[i - period]);
    }
  }
  assert.deepEqual(
    graph.findRepeats([..."xxabcabcabcyy"].map((c) => c.charCodeAt())),
    [{ start: 2, period: 3, count: 3 }],
  );
});

test("blocks begin where least is cut", () => {
  // Everything but the borders before a multiple of 3 is dear.
  const tokens = [9, ...Array.from({ length: 30 }, (_, i) => i % 3)];
  const [repeat] = graph.findRepeats(tokens, (index) => (index % 3 ? 5 : 0));
  assert.equal(repeat.start % 3, 0);
  assert.equal(repeat.period, 3);
});

test("20,000 nodes take no longer than a moment", () => {
  let [shorter, word] = ["a", "ab"];
  while (word.length < 20000) [shorter, word] = [word, word + shorter];
  const sequences = [
    Array.from({ length: 20000 }, (_, index) => index % 5),
    Array.from({ length: 20000 }, () => 1),
    [...word.slice(0, 20000)].map((letter) => letter.charCodeAt()),
  ];
  for (const tokens of sequences) {
    const start = performance.now();
    graph.findRepeats(tokens);
    assert.ok(performance.now() - start < 4000);
  }
  const data = chainOf(layers(2858));
  const start = performance.now();
  const hierarchy = graph.buildHierarchy(data);
  assert.ok(performance.now() - start < 6000);
  const sizes = hierarchy.groups.map(({ children }) => children.length);
  assert.ok(Math.max(...sizes) <= 40);
  // However many there are, few steps lead to each.
  assert.ok(Math.max(...hierarchy.groups.map(({ depth }) => depth)) <= 6);
});

const hostile = [
  "</script><img src=x onerror=alert(1)>",
  "a".repeat(10000),
  "/".repeat(10000),
  "/x".repeat(5000),
  "\u05e9\u05dc\u05d5\u05dd/\u05e2\u05d5\u05dc\u05dd/Conv",
  "\ud83d\ude00".repeat(300),
  "\u202eevil",
  "__proto__",
  "/__proto__/constructor/Conv",
  "constructor",
  "in",
  "in:stage1",
  "",
  "a\nb\0c",
  "<b>/&amp;/<i>",
];

function hostileData() {
  const sizes = { x: 8 };
  const nodes = hostile.flatMap((name, index) => {
    sizes[name + "t"] = index % 3 ? 10 : undefined;
    return {
      op: index % 2 ? name : "Conv",
      name,
      stage: index < 8 ? 0 : 1,
      unknown: index === 4 ? name : undefined,
      time_ns: 5,
      reads: [index === 0 ? "x" : hostile[index - 1] + "t"],
      makes: [name + "t"],
    };
  });
  const report = makeReport(nodes, sizes);
  report.tensors[3].no_cut = hostile[0];
  const message = { from: 0, to: 1, ns: 3, bytes: 10 };
  const data = dataOf(report, [{ ...message, tensors: [hostile[7] + "t"] }]);
  data.stages[0].devices = [hostile[0]];
  return data;
}

/** The scene with all groups opened that are in `opened`. */
function sceneOf(data, hierarchy, opened, begins = [0]) {
  const layouts = new graph.Layouts(hierarchy);
  return graph.makeScene(graph.layOutStages(data, layouts, opened, begins));
}

const allKeys = (hierarchy) =>
  new Set(hierarchy.groups.map((group) => group.key));

const everything = {
  scale: 1,
  left: -1e6,
  top: -1e6,
  right: 1e6,
  bottom: 1e6,
};

const noMarks = {
  boxes: new Set(),
  edges: new Set(),
  messages: new Set(),
  referred: [],
  referredMessages: [],
};

function drawing(data, hierarchy, scene, scale = 1) {
  return graph.show(graph.Drawing, {
    scene,
    hierarchy,
    data,
    view: { ...everything, scale },
    marks: { selected: noMarks, hovered: noMarks },
  });
}

test("names are text, whatever is in them", () => {
  const data = hostileData();
  const hierarchy = graph.buildHierarchy(data, true);
  const scene = sceneOf(data, hierarchy, allKeys(hierarchy));
  assert.equal(scene.boxByKey.size, scene.boxes.length);
  const things = [
    ...hostile.map((_, id) => ({ kind: "node", id })),
    ...data.report.tensors.map((_, id) => ({ kind: "tensor", id })),
    ...hierarchy.groups.map(({ index }) => ({ kind: "group", id: index })),
    { kind: "message", id: 0 },
    { kind: "device", id: "d1" },
    { kind: "link", id: "d0>d1" },
    { kind: "node", id: 999 },
    null,
  ];
  const texts = [
    ...[1, 0.5, 0.2, 0.05].map((scale) =>
      drawing(data, hierarchy, scene, scale),
    ),
    graph.show(graph.Graph, { data, selection: null, hover: null }),
    ...things.map((thing) =>
      graph.show(graph.Details, { thing, data, hierarchy, onGo: () => {} }),
    ),
  ];
  for (const text of texts) {
    assert.doesNotMatch(text, /<img|<script|<b>|<i>|<\/script/);
    assert.doesNotMatch(text, /native code|\[object|undefined|NaN/);
    // No direction that it sets reaches beyond it, and no name fills a page.
    assert.doesNotMatch(text, /\u202e/);
    assert.ok(!text.includes("a".repeat(2500)));
  }
  const withScript = texts.filter((text) => text.includes("&lt;/script"));
  assert.ok(withScript.length > 0);
});

test("search finds names, operators and tensors, the closest first", () => {
  const data = chainOf(
    ["Conv", "Relu", "Conv", "ConvTranspose"],
    (index) => ["/a/conv1/Conv", "/a/relu/Relu", "/b/Conv", "up"][index],
  );
  data.report.tensors[1].no_cut = "because";
  data.report.nodes[3].unknown = "no model";
  data.report.nodes[1].time_ns = 99;
  const search = graph.makeSearch(data);
  const found = (...query) =>
    search(...query).map(({ kind, id }) => kind[0] + id);
  assert.deepEqual(found("conv"), ["n0", "n2", "n3"]);
  assert.deepEqual(found("CONVTRANS"), ["n3"]);
  assert.deepEqual(found("conv1"), ["n0"]);
  assert.deepEqual(found("relu /a"), ["n1"]);
  assert.deepEqual(found("con"), ["n0", "n2", "n3"]);
  assert.deepEqual(found("up"), ["n3"]);
  assert.deepEqual(found("t1"), ["t1"]);
  assert.deepEqual(found("nowhere"), []);
  assert.deepEqual(found(""), []);
  assert.deepEqual(found("", "unknown"), ["n3"]);
  assert.deepEqual(found("", "no-cut"), ["t1"]);
  assert.deepEqual(found("relu", "unknown"), []);
  assert.equal(found("", "slowest")[0], "n1");
  assert.deepEqual(graph.countPassing(data), { unknown: 1, "no-cut": 1 });
});

test("the closest come first, whatever their place", () => {
  const names = ["xabx", "/p/abc", "/p/ab/Relu", "ab"];
  const data = chainOf(["Relu", "Relu", "Relu", "Relu"], (i) => names[i]);
  const found = graph
    .makeSearch(data)("AB")
    .map(({ id }) => names[id]);
  assert.deepEqual(found, ["ab", "/p/ab/Relu", "/p/abc", "xabx"]);
});

/** Two stages: in the first a wide and a narrow tensor between two modules. */
function twoStages() {
  const nodes = [
    { name: "/a/p/X", op: "Conv", stage: 0, reads: ["x", "w"], makes: ["s"] },
    { name: "/a/q/X", op: "Relu", stage: 0, reads: ["s"], makes: ["t", "u"] },
    { name: "/b/p/X", op: "Conv", stage: 0, reads: ["t"], makes: ["v"] },
    { name: "/b/q/X", op: "Relu", stage: 0, reads: ["u", "v"], makes: ["y"] },
    { name: "/c/X", op: "Add", stage: 1, reads: ["y", "t"], makes: ["z"] },
  ].map((node) => ({ time_ns: 10, ...node }));
  const sizes = { x: 1, w: 9, s: 2, t: 4, u: undefined, v: 8, y: 16, z: 32 };
  const report = makeReport(nodes, sizes, { constants: ["w"] });
  report.tensors[4].no_cut = "it is a sequence";
  const message = { from: 0, to: 1, ns: 7, bytes: 20, tensors: ["y", "t"] };
  return dataOf(report, [message], { outputs: ["z"] });
}

test("edges between groups carry all tensors once", () => {
  const data = twoStages();
  const hierarchy = graph.buildHierarchy(data);
  const edges = graph
    .bundlesOf(hierarchy, hierarchy.roots[0])
    .map(({ from, to, tensors, bytes, isLowerBound, isNoCut }) => [
      `${from}>${to}`,
      tensors.map((tensor) => data.report.tensors[tensor].name).join(),
      bytes,
      isLowerBound,
      isNoCut,
    ]);
  // Four nodes are few enough to be shown without their modules.
  assert.deepEqual(edges.sort(), [
    ["0>1", "s", 2, false, false],
    ["1>2", "t", 4, false, false],
    ["1>3", "u", 0, true, true],
    ["1>out:stage1", "t", 4, false, false],
    ["2>3", "v", 8, false, false],
    ["3>out:stage1", "y", 16, false, false],
    ["in:model>0", "x", 1, false, false],
  ]);
  const last = graph.bundlesOf(hierarchy, hierarchy.roots[1]);
  assert.deepEqual(last.map(({ from, to }) => `${from}>${to}`).sort(), [
    "4>out:model",
    "in:stage0>4",
  ]);
});

test("a stage reads its own copy", () => {
  const data = dataOf(
    makeReport(
      [
        { stage: 0, reads: ["x"], makes: ["a"], is_copied: true },
        { stage: 1, reads: ["x"], makes: ["a"] },
        { stage: 0, reads: ["a"], makes: ["b"] },
        { stage: 1, reads: ["a"], makes: ["c"] },
        { stage: 2, reads: ["a"], makes: ["d"] },
      ],
      { x: 1, a: 1, b: 1, c: 1, d: 1 },
    ),
  );
  const { wiring } = graph.buildHierarchy(data);
  assert.equal(wiring.sourceOf(1, 0), 0);
  assert.equal(wiring.sourceOf(1, 1), 1);
  assert.equal(wiring.sourceOf(1, 2), 1, "who has none gets the owner's");
  assert.deepEqual([...wiring.readersFrom(0, 1)], [2]);
  assert.deepEqual([...wiring.readersFrom(1, 1)], [3, 4]);
});

/** Points along path data. */
function pointsAlong(data) {
  const tokens = data.match(/[MLCQ]|-?[\d.]+/g);
  const points = [];
  let current = [0, 0];
  for (let i = 0; i < tokens.length;) {
    const command = tokens[i++];
    const count = { M: 2, L: 2, Q: 4, C: 6 }[command];
    const values = tokens.slice(i, i + count).map(Number);
    i += count;
    const controls = [current];
    for (let j = 0; j < count; j += 2) controls.push(values.slice(j, j + 2));
    if (command !== "M")
      for (let step = 0; step <= 20; ++step)
        points.push(bezier(controls, step / 20));
    current = controls.at(-1);
  }
  return points;
}

/** A point of a curve with these controls. */
function bezier(controls, at) {
  let level = controls;
  while (level.length > 1)
    level = level
      .slice(1)
      .map((end, index) =>
        end.map((value, axis) => level[index][axis] * (1 - at) + value * at),
      );
  return level[0];
}

const isInside = ([x, y], box) =>
  x > box.left + 1 &&
  x < box.left + box.width - 1 &&
  y > box.top + 1 &&
  y < box.top + box.height - 1;

/** Pairs "edge through box" of one opened group. */
function crossingsOf(scene, group) {
  const boxes = scene.boxes.filter((box) => box.group === group);
  return scene.edges
    .filter((edge) => edge.group === group)
    .flatMap((edge) => {
      const points = pointsAlong(edge.data).map(([x, y]) => [
        x + edge.x,
        y + edge.y,
      ]);
      return boxes
        .filter((box) => points.some((point) => isInside(point, box)))
        .map((box) => `${edge.key} through ${box.key}`);
    });
}

/** Boxes of one group that overlap. */
function overlapsOf(scene, group) {
  const boxes = scene.boxes.filter((box) => box.group === group);
  return boxes.flatMap((a, index) =>
    boxes
      .slice(index + 1)
      .filter(
        (b) =>
          a.left < b.left + b.width &&
          b.left < a.left + a.width &&
          a.top < b.top + b.height &&
          b.top < a.top + a.height,
      )
      .map((b) => `${a.key} and ${b.key}`),
  );
}

test("boxes do not overlap, and lines go around them", () => {
  for (let seed = 1; seed <= 6; ++seed) {
    const data = randomGraph(seed, 150);
    const hierarchy = graph.buildHierarchy(data, seed % 2 === 0);
    const random = randomNumbers(seed);
    const opened = new Set(
      [...allKeys(hierarchy)].filter(
        (key) => key.startsWith("stage") || random() < 0.6,
      ),
    );
    const scene = sceneOf(data, hierarchy, opened);
    assert.ok(scene.edges.length > 40);
    for (const { index, key } of hierarchy.groups) {
      if (!opened.has(key)) continue;
      assert.deepEqual(overlapsOf(scene, index), []);
      assert.deepEqual(crossingsOf(scene, index), []);
    }
    for (const box of scene.boxes) {
      const outer = scene.boxByKey.get(String(graph.childOf(box.group)));
      if (box.group < 0 || !outer) continue;
      assert.ok(box.left >= outer.left && box.top >= outer.top);
      assert.ok(box.left + box.width <= outer.left + outer.width);
      assert.ok(box.top + box.height <= outer.top + outer.height);
    }
    // Neither would be found where everything is in one place.
    const [edge] = scene.edges;
    const wall = { ...scene.boxes[0], group: edge.group, key: "wall" };
    const with_ = { ...scene, boxes: [...scene.boxes, wall, { ...wall }] };
    assert.ok(crossingsOf(with_, edge.group).length > 0);
    assert.ok(overlapsOf(with_, edge.group).length > 0);
  }
});

test("lines begin and end at their boxes", () => {
  const data = chainOf([...layers(3), "Cast", "Relu", "Conv", "Neg"]);
  const hierarchy = graph.buildHierarchy(data);
  const scene = sceneOf(data, hierarchy, allKeys(hierarchy));
  assert.ok(scene.edges.length > 20);
  for (const edge of scene.edges) {
    const points = pointsAlong(edge.data);
    const boxOf = (end) =>
      scene.boxByKey.get(
        typeof end === "string" ? `${edge.group}:${end}` : String(end),
      );
    const [from, to] = [boxOf(edge.from), boxOf(edge.to)];
    const [x, y] = points[0];
    const [endX, endY] = points.at(-1);
    assert.ok(Math.abs(y + edge.y - (from.top + from.height)) < 0.2);
    assert.ok(Math.abs(endY + edge.y - to.top) < 0.2);
    assert.ok(x + edge.x >= from.left && x + edge.x <= from.left + from.width);
    assert.ok(endX + edge.x >= to.left && endX + edge.x <= to.left + to.width);
  }
});

test("a tall chain is set in columns", () => {
  const kinds = ["Conv", "Relu", "Add", "Mul", "Neg", "Abs"];
  const random = randomNumbers(9);
  const data = chainOf(
    Array.from({ length: 30 }, () => kinds[Math.floor(random() * 6)]),
  );
  const hierarchy = graph.buildHierarchy(data);
  const layouts = new graph.Layouts(hierarchy);
  const layout = layouts.layoutOf(hierarchy.roots[0], allKeys(hierarchy));
  assert.ok(layout.width > layout.height / 2);
});

test("a group of very many members is laid out plainly and soon", () => {
  const sizes = { x: 1 };
  const constants = [];
  const reads = Array.from({ length: 700 }, (_, index) => {
    sizes[`c${index}`] = 1;
    constants.push(`c${index}`);
    return `c${index}`;
  });
  const nodes = [
    ...reads.map((name) => ({
      op: "Constant",
      stage: 0,
      is_constant: true,
      makes: [name],
    })),
    { op: "Concat", stage: 0, reads: [...reads, "x"], makes: ["y"] },
  ];
  const data = dataOf(makeReport(nodes, { ...sizes, y: 1 }, { constants }));
  const hierarchy = graph.buildHierarchy(data, true);
  const start = performance.now();
  const scene = sceneOf(data, hierarchy, allKeys(hierarchy));
  assert.ok(performance.now() - start < 1500);
  assert.equal(scene.boxes.filter(({ id }) => id >= 0).length, 701);
  assert.deepEqual(overlapsOf(scene, hierarchy.roots[0]), []);
});

test("very many boxes with many edges take no longer than a moment", () => {
  const random = randomNumbers(5);
  const boxes = Array.from({ length: 500 }, (_, id) => ({
    id,
    width: 100,
    height: 40,
  }));
  const edges = Array.from({ length: 1500 }, () => {
    const from = Math.floor(random() * 490);
    return { from, to: from + 1 + Math.floor(random() * 9) };
  });
  const start = performance.now();
  const { drawn, ranks } = graph.partEdges(500, edges);
  const layout = graph.layerBoxes(boxes, drawn, ranks);
  assert.ok(performance.now() - start < 1500);
  assert.equal(layout.boxes.length, 500);
});

test("long edges, and all but the near ones of many, are not drawn", () => {
  const chain = Array.from({ length: 20 }, (_, from) => ({
    from,
    to: from + 1,
  }));
  const parted = (edges) => {
    const { drawn, referred } = graph.partEdges(21, [...chain, ...edges]);
    assert.equal(drawn.length + referred.length, chain.length + edges.length);
    return referred.map(({ from, to }) => `${from}>${to}`);
  };
  assert.deepEqual(parted([{ from: 2, to: 9 }]), []);
  assert.deepEqual(parted([{ from: 2, to: 19 }]), ["2>19"]);
  const hub = [3, 4, 5, 6, 7, 8, 9, 10, 11].map((to) => ({ from: 1, to }));
  assert.deepEqual(parted(hub.slice(0, 3)), []);
  assert.equal(parted(hub).length, hub.length - 1);
  const sink = [1, 2, 3, 4, 5, 6, 7, 8, 9].map((from) => ({ from, to: 11 }));
  assert.ok(parted(sink).length > 0);
});

test("what most members read is a line for the one that is selected", () => {
  // One tensor is read by all of a chain of 20, as a mask is.
  const sizes = { x: 1, m: 1 };
  const nodes = [{ op: "Cast", stage: 0, reads: ["x"], makes: ["m"] }];
  for (let i = 0; i < 20; ++i) {
    sizes[`t${i}`] = 1;
    nodes.push({
      op: ["Add", "Mul", "Sub", "Div", "Max"][(i * i + i) % 5],
      stage: 0,
      reads: ["m", i === 0 ? "x" : `t${i - 1}`],
      makes: [`t${i}`],
    });
  }
  const data = dataOf(makeReport(nodes, sizes));
  const hierarchy = graph.buildHierarchy(data);
  const scene = sceneOf(data, hierarchy, allKeys(hierarchy));
  const ends = ({ from, to }) => `${from}>${to}`;
  const all = [...scene.edges, ...scene.referred].filter(
    ({ from }) => from === 0,
  );
  assert.ok(scene.referred.length > 0);
  assert.equal(new Set(all.map(ends)).size, all.length);
  const marks = graph.marksOf(
    { kind: "node", id: 0 },
    { scene, hierarchy, data },
  );
  assert.deepEqual(
    marks.referred
      .filter(({ from }) => from === 0)
      .map(ends)
      .sort(),
    scene.referred
      .filter(({ from }) => from === 0)
      .map(ends)
      .sort(),
  );
});

test("layouts are kept while nothing inside of them changes", () => {
  const data = chainOf([...layers(8), "Cast", "Neg"]);
  const hierarchy = graph.buildHierarchy(data);
  const layouts = new graph.Layouts(hierarchy);
  const [stage] = hierarchy.roots;
  const all = allKeys(hierarchy);
  const first = layouts.layoutOf(stage, all);
  assert.equal(layouts.layoutOf(stage, new Set(all)), first);
  const { key } = hierarchy.groups.at(-1);
  const closed = graph.withTurned(all, key);
  assert.ok(!closed.has(key) && all.has(key));
  assert.notEqual(layouts.layoutOf(stage, closed), first);
});

test("messages are drawn between stages, beyond a number for one of them", () => {
  const count = 9;
  const sizes = {};
  const nodes = [];
  const messages = [];
  for (let i = 0; i < count; ++i) {
    sizes[`t${i}`] = 4;
    nodes.push({
      stage: i,
      reads: i === 0 ? [] : [`t${i - 1}`],
      makes: [`t${i}`],
    });
    for (let j = 0; j < i; ++j)
      messages.push({ from: j, to: i, ns: 1, bytes: 4, tensors: [`t${j}`] });
  }
  const report = makeReport(nodes, sizes);
  const few = messages.filter(({ from, to }) => to - from <= 2);
  for (const [list, begins] of [
    [few, [0]],
    [few, [0, 3, 6]],
    [few, null],
  ]) {
    const data = dataOf(report, list);
    const scene = sceneOf(data, graph.buildHierarchy(data), new Set(), begins);
    assert.equal(scene.messages.length, list.length);
    assert.deepEqual(scene.referredMessages, []);
    const stages = scene.boxes.filter(({ group }) => group === -1);
    for (const edge of scene.messages) {
      const { from, to } = data.messages[edge.message];
      const others = stages.filter(
        ({ end }) => end !== from.stage && end !== to.stage,
      );
      const points = pointsAlong(edge.data);
      assert.ok(
        !others.some((box) => points.some((point) => isInside(point, box))),
      );
    }
    assert.deepEqual(overlapsOf(scene, -1), []);
    for (const { extent } of scene.messages) {
      assert.ok(extent.left >= -scene.left && extent.right <= scene.width);
      assert.ok(extent.top >= 0 && extent.bottom <= scene.height);
    }
  }
  const data = dataOf(report, messages);
  const hierarchy = graph.buildHierarchy(data);
  const scene = sceneOf(data, hierarchy, new Set(), [0, 5]);
  assert.equal(scene.messages.length, count - 1);
  assert.equal(scene.referredMessages.length, messages.length - count + 1);
  const marks = graph.marksOf(
    { kind: "stage", id: 4 },
    { scene, hierarchy, data },
  );
  assert.equal(marks.referredMessages.length, count - 3);
});

test("what is selected is marked, or the closed group that it is in", () => {
  const data = twoStages();
  const hierarchy = graph.buildHierarchy(data);
  const open = sceneOf(data, hierarchy, allKeys(hierarchy));
  const shut = sceneOf(data, hierarchy, new Set());
  const marks = (thing, scene) =>
    graph.marksOf(thing, { scene, hierarchy, data });
  const tensor = marks({ kind: "tensor", id: 3 }, open);
  assert.deepEqual([...tensor.boxes].sort(), ["1", "2", "4"]);
  assert.deepEqual([...tensor.messages], [0]);
  assert.deepEqual(
    [...tensor.edges].sort(),
    ["1>2", "1>out:stage1"]
      .map((ends) => `${hierarchy.roots[0]}:${ends}`)
      .concat(`${hierarchy.roots[1]}:in:stage0>4`)
      .sort(),
  );
  const inner = marks({ kind: "node", id: 1 }, open);
  assert.deepEqual(
    [...inner.edges].map((key) => key.split(":").slice(1).join(":")).sort(),
    ["0>1", "1>2", "1>3", "1>out:stage1"],
  );
  const node = marks({ kind: "node", id: 2 }, shut);
  assert.deepEqual(
    [...node.boxes],
    [String(graph.childOf(hierarchy.roots[0]))],
  );
  const message = marks({ kind: "message", id: 0 }, open);
  assert.deepEqual(
    [...message.boxes].sort(),
    [
      `${hierarchy.roots[0]}:out:stage1`,
      `${hierarchy.roots[1]}:in:stage0`,
    ].sort(),
  );
  assert.equal(marks(null, open).boxes.size, 0);
});

test("a node is revealed by opening what is around it, and no more", () => {
  const data = chainOf([...layers(8), "Cast", "Neg"]);
  const hierarchy = graph.buildHierarchy(data);
  const opened = graph.withRevealed(new Set(), hierarchy, [10]);
  assert.equal(opened.size, graph.groupsAround(hierarchy, 10).length);
  const scene = sceneOf(data, hierarchy, opened);
  assert.ok(scene.boxByKey.has("10"));
  assert.ok(!scene.boxByKey.has("0"));
  assert.equal(graph.withRevealed(opened, hierarchy, [10]), opened);
  assert.equal(graph.boxShowing(scene, hierarchy, 10).key, "10");
});

test("the outline has the rows that are open, and keys lead through them", () => {
  const data = chainOf([...layers(8), "Cast", "Neg"]);
  const hierarchy = graph.buildHierarchy(data);
  const [stage] = hierarchy.roots;
  const opened = new Set([hierarchy.groups[stage].key]);
  const rows = graph.rowsOf(hierarchy, opened);
  const { children } = hierarchy.groups[stage];
  assert.equal(rows.length, 1 + children.length);
  rows.slice(1).forEach((row, index) => {
    assert.equal(row.level, 2);
    assert.equal(row.position, index + 1);
    assert.equal(row.of, children.length);
  });
  const act = (key, at) => graph.actionOf({ key }, rows, at);
  const group = rows.findIndex(
    ({ child, level }) => level === 2 && graph.isGroup(child),
  );
  assert.deepEqual(act("ArrowDown", 0), { go: 1 });
  assert.deepEqual(act("ArrowUp", 0), { go: 0 });
  assert.deepEqual(act("ArrowRight", 0), { go: 1 });
  assert.deepEqual(act("ArrowLeft", 0), { turn: graph.childOf(stage) });
  assert.deepEqual(act("ArrowRight", group), { turn: rows[group].child });
  assert.deepEqual(act("ArrowLeft", group), { go: 0 });
  assert.deepEqual(act("ArrowLeft", rows.length - 1), { go: 0 });
  assert.deepEqual(act("Enter", 1), { pick: rows[1].child });
  assert.deepEqual(act("End", 0), { go: rows.length - 1 });
  assert.equal(act("q", 0), null);
  const cast = graph.findTyped(rows, 0, "cas", hierarchy);
  assert.equal(rows[cast].child, layer.length * 8);
  assert.equal(graph.findTyped(rows, 2, "zzz", hierarchy), 2);
});

test("nodes are told apart by their names, or by what they make", () => {
  const names = ["/net/a/Conv", "/net/a/b/Conv", "/net/a/own", undefined];
  const operators = [...Array(17).fill("Conv"), "Relu"];
  const data = chainOf(
    operators,
    (i) => names[i] ?? (i < 17 ? `/net/a/c${i}/d/Conv` : undefined),
  );
  data.report.tensors[1].shape = [1, "N", 3];
  const hierarchy = graph.buildHierarchy(data);
  assert.equal(
    hierarchy.groups[hierarchy.parentOf[0]].name.split("/").at(-1),
    "a",
  );
  const notes = [0, 1, 2, 17].map((node) => graph.noteOf(hierarchy, node));
  assert.deepEqual(notes, ["1 x N x 3", "b", "own", "node 17"]);
  const long = (name, op = "Conv") => graph.longName({ name, op, index: 4 });
  assert.equal(long("/net/layer1/layer1.0/conv1/Conv"), "layer1.0/conv1");
  assert.equal(long("/layer1/layer10/Conv"), "layer1/layer10");
  assert.equal(long("Conv"), "Conv");
  assert.equal(long(undefined), "node 4");
});

test("a sum says that it is a lower bound", () => {
  const plain = (text) => text.replaceAll("\u00a0", " ");
  const text = (timeNs, untimed, count) =>
    plain(graph.timeText({ timeNs, untimed, count }));
  const size = (bytes, isLowerBound) =>
    plain(graph.sizeLabel({ bytes, isLowerBound }));
  assert.equal(text(1500, 0, 3), "1.50 us");
  assert.equal(text(1500, 1, 3), "\u2265 1.50 us");
  assert.equal(text(0, 3, 3), "time not known");
  assert.equal(size(2048, false), "2.00 KiB");
  assert.equal(size(2048, true), "\u2265 2.00 KiB");
  assert.equal(size(0, true), "size not known");
});

test("details give costs, reasons and where to go", () => {
  const data = twoStages();
  data.report.nodes[3].unknown = "nobody knows it";
  data.report.nodes[2].time_ns = undefined;
  const hierarchy = graph.buildHierarchy(data);
  const details = (thing) =>
    graph
      .show(graph.Details, { thing, data, hierarchy, onGo: () => {} })
      .replace(/<[^>]*>/g, " ")
      .replace(/\s+/g, " ");
  assert.match(details({ kind: "node", id: 3 }), /not known.*nobody knows it/);
  assert.match(details({ kind: "node", id: 2 }), /Time not known/);
  assert.match(
    details({ kind: "tensor", id: 4 }),
    /Cannot be cut: it is a sequence.*size not known.*Made by.*Read by 1 node/,
  );
  assert.match(details({ kind: "message", id: 0 }), /20 B.*7 ns/);
  assert.match(
    details({ kind: "stage", id: 0 }),
    /no time is known.*4 nodes.*\u2265 30 ns/,
  );
});

test("a plan with nothing but its stages is shown", () => {
  const data = graph.readData({
    plan: { stages: [{}, {}] },
    report: {
      nodes: [
        { op: "Constant", stage: 0, is_constant: true, outputs: [0] },
        { op: "Relu", stage: 9 },
        { op: "Add", stage: 1, inputs: [7, -1] },
        { stage: 1 },
      ],
      tensors: [{ is_constant: true }],
    },
  });
  for (const withConstants of [false, true]) {
    const hierarchy = graph.buildHierarchy(data, withConstants);
    const scene = sceneOf(data, hierarchy, allKeys(hierarchy));
    const text = drawing(data, hierarchy, scene);
    assert.match(text, /Stage 0/);
    assert.match(text, /Add/);
    assert.doesNotMatch(text, /undefined|NaN/);
  }
  const empty = graph.readData({ plan: {}, report: {} });
  assert.equal(graph.show(graph.Graph, { data: empty, selection: null }), "");
});
