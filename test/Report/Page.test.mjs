// What the page and its pictures say, without a browser: every view is rendered
// to text.

import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath, pathToFileURL } from "node:url";
import { readData } from "../../lib/Report/Page/Data.js";
import { makePlan, makeReport } from "./Plans.mjs";

const root = join(dirname(fileURLToPath(import.meta.url)), "../..");
const source = join(root, "lib/Report/Page");
const modules = process.env.NODE_PATH ?? join(root, ".deps/page/node_modules");
const folder = mkdtempSync(join(tmpdir(), "onnx-split-page-"));
const built = join(folder, "built");
const draw = join(built, "draw.mjs");
let views;

/** All views as functions of data to text, bundled for Node. */
async function bundleViews() {
  const { build } = createRequire(join(modules, "x"))("esbuild");
  const names = {
    Verdict: "./Verdict.jsx",
    Pipeline: "./Pipeline.jsx",
    WhereCut: "./WhereCut.jsx",
    Timeline: "./Timeline.jsx",
    Advice: "./Advice.jsx",
    Measured: "./Measured.jsx",
    Details: "./Details.jsx",
  };
  const imports = Object.entries(names)
    .map(([name, file]) => `import { ${name} } from "${file}";`)
    .join("\n");
  const outfile = join(folder, "views.mjs");
  await build({
    stdin: {
      contents: `${imports}
        import { createElement } from "preact";
        import { render } from "preact-render-to-string";
        const views = { ${Object.keys(names).join(", ")} };
        export { readMeasured } from "./Measured.jsx";
        export const show = (name, props) => render(createElement(views[name], props));`,
      resolveDir: source,
    },
    bundle: true,
    nodePaths: [modules],
    jsx: "automatic",
    jsxImportSource: "preact",
    platform: "node",
    format: "esm",
    outfile,
    logLevel: "warning",
  });
  return import(pathToFileURL(outfile));
}

before(async () => {
  views = await bundleViews();
  execFileSync(process.execPath, [join(source, "Build.mjs"), built], {
    env: { ...process.env, NODE_PATH: modules },
  });
});
after(() => rmSync(folder, { recursive: true }));

const names = [
  "Verdict",
  "Pipeline",
  "WhereCut",
  "Timeline",
  "Advice",
  "Measured",
];
const showAll = (data) =>
  names
    .map((name) =>
      views.show(name, { data, onSelect() {}, onHover() {}, onOpen() {} }),
    )
    .join("\n");

const files = { x: 4, a: 2048, y: 4 };
const twoStages = (more) => ({
  plan: makePlan(
    [{ ns: 4e6 }, { ns: 3e6 }],
    [{ from: 0, to: 1, ns: 1e6, latency: 2e5, bytes: 2048, tensors: ["a"] }],
    { lower_bound_ns: 4e6, lower_bound_class: "contiguous", ...more },
  ),
  report: makeReport(
    [
      { stage: 0, reads: ["x"], makes: ["a"], time_ns: 4e6 },
      { stage: 1, reads: ["a"], makes: ["y"], time_ns: 3e6 },
    ],
    files,
  ),
});

/** Without markup and isolates, as one reads it. */
const textOf = (markup) =>
  markup
    .replace(/<[^>]*>/g, " ")
    .replace(/[\u2068\u2069]/g, "")
    .replace(/[\s\u00a0]+/g, " ");

test("the verdict has the words of the program's summary", () => {
  const { plan, report } = twoStages({
    single_devices: [
      { device: "d0", bottleneck_ns: 6600000, latency_ns: 6600000 },
    ],
  });
  const show = (more) =>
    textOf(
      views.show("Verdict", {
        data: readData({ plan: { ...plan, ...more }, report }),
      }),
    );
  const text = show({});
  assert.match(text, /250\.0 items\/s/);
  assert.match(text, /1\.65 x the best single device \(d0, 151\.5 items\/s\)/);
  assert.match(text, /device d0/);
  assert.match(text, /No plan with one stage on each device is faster\./);
  assert.match(
    show({
      lower_bound_ns: 3000000,
      assumed: ["N=1"],
      max_latency_ns: 9000000,
    }),
    /saves over 25\.0 %, for N=1, within 9\.00 ms for one item\./,
  );
  const waiting = show({
    message_limits: [
      { from: "d0", to: "d1", round_trip_ns: 20000000, interval_ns: 10000000 },
    ],
  });
  assert.match(
    waiting,
    /100\.0 items\/s at most: from d0 to d1 and back takes 20\.0 ms, and two/,
  );
  assert.match(waiting, /is faster, as if messages waited for no answers\./);
  // What was demanded is no plan's to improve on.
  assert.match(
    show({
      demands: {
        pins: ["a=b"],
        cuts: ["t", "u"],
        min_stages: 2,
        max_stages: 2,
      },
    }),
    /is faster, with this pin and these cuts, with exactly 2 stages\./,
  );
  assert.match(
    show({ demands: { max_stages: 3 } }),
    /is faster, with at most 3 stages\./,
  );
  // Up, so that it stays true.
  assert.match(show({ lower_bound_ns: 2999000 }), /saves over 25\.1 %/);
  assert.match(
    show({ lower_bound_ns: 1 }),
    /No useful bound: a better plan may exist/,
  );
  assert.doesNotMatch(show({ lower_bound_ns: 1 }), /is faster/);
  const unsure = show({
    unknown: [{ node: "n", op: "Foo", reason: "no formula" }],
    stopped_by_clock: true,
    at_most: ["t"],
  });
  assert.match(unsure, /Some costs or sizes are not known/);
  assert.match(
    unsure,
    /is faster, with upper bounds of extents that depend on data, as far as costs and sizes are known\./,
  );
  assert.match(unsure, /1 of 2 nodes has no known cost; its bytes count/);
  assert.match(unsure, /time limit, or an interrupt, ended a search/);
});

test("streamed weights and the first item are where the summary has them", () => {
  const { plan, report } = twoStages({ first_item_ns: 9500000 });
  const show = (name, more = {}) =>
    textOf(
      views.show(name, {
        data: readData({ plan, report }),
        onSelect() {},
        onHover() {},
        onOpen() {},
        ...more,
      }),
    );
  assert.doesNotMatch(show("Pipeline"), /stream/);
  Object.assign(plan.stages[0], {
    cached_bytes: 1024,
    streamed_bytes: 3072,
    stream_ns: 2000000,
    first_item_ns: 5500000,
  });
  plan.stages[1].cached_bytes = 512;
  assert.match(
    show("Verdict"),
    /8\.20 ms for one item, 9\.50 ms for the first, which fills the weight caches/,
  );
  assert.match(show("Pipeline"), /streams 3\.00 KiB for each item/);
  const details = (id) =>
    show("Details", { selection: { kind: "stage", id }, onGo() {} });
  assert.match(
    details(0),
    /streams 3\.00 KiB of weights for each item in 2\.00 ms, 1\.00 KiB stay in/,
  );
  assert.match(
    details(0),
    /5\.50 ms for the first item, which fills the weight cache/,
  );
  assert.match(details(1), /its weights, 512 B, stay in its cache/);
});

test("advice without a proof says at least", () => {
  const { plan, report } = twoStages();
  report.advice = [
    {
      change: "faster",
      is_asked: false,
      value: 2e6,
      now: 4e6,
      is_proven: true,
    },
    {
      change: "larger",
      is_asked: false,
      value: 3e6,
      now: 4e6,
      is_proven: false,
    },
    { change: "less", is_asked: true, value: 5e6, now: 4e6, is_proven: false },
    {
      change: "unsure",
      is_asked: true,
      value: 25e5,
      now: 4e6,
      is_proven: true,
      is_now_proven: false,
    },
    { change: "none", is_asked: true, now: 4e6 },
  ];
  const text = textOf(
    views.show("Advice", { data: readData({ plan, report }) }),
  );
  assert.match(
    text,
    /faster 2\.00 ms \(500\.0 items\/s\) 2\.00 times as fast --explain/,
  );
  assert.match(text, /1\.33 times as fast at least/);
  assert.match(text, /1\.25 times as slow at most/);
  assert.match(text, /1\.60 times as fast as the best plan found without it/);
  assert.doesNotMatch(text, /so much at least/);
  assert.match(text, /no plan was found/);
});

test("advice that counts integers of shared nodes says so, not at least", () => {
  const { plan, report } = twoStages();
  report.advice = [
    {
      change: "larger",
      is_asked: false,
      value: 3e6,
      now: 4e6,
      is_proven: false,
      counts_integers: true,
    },
  ];
  const text = textOf(
    views.show("Advice", { data: readData({ plan, report }) }),
  );
  assert.match(
    text,
    /1\.33 times as fast if shared DequantizeLinear nodes can all be copied/,
  );
  assert.doesNotMatch(text, /at least/);
});

test("each change is compared with what it says", () => {
  const { plan, report } = twoStages();
  const say = (advice) => {
    report.advice = advice;
    return textOf(views.show("Advice", { data: readData({ plan, report }) }));
  };
  const faster = { change: "faster", is_asked: true, value: 1e6, now: 2e6 };
  const one = say([faster]);
  assert.match(one, /after each; now 2\.00 ms \(500\.0 items\/s\)/);
  assert.match(one, /faster 1\.00 ms \(1000\.0 items\/s\) 2\.00 times as fast/);
  assert.doesNotMatch(one, /without it/);
  // The plan was better when it was made anew: no figure is "now" for all.
  const two = say([
    { change: "", is_asked: false, value: 2e6, now: 4e6, is_proven: true },
    faster,
  ]);
  assert.doesNotMatch(two, /now/);
  assert.match(two, /without it compared with that/);
  assert.match(
    two,
    /planned anew, without any change 2\.00 ms \(500\.0 items\/s\) 4\.00 ms \(250\.0 items\/s\) 2\.00 times/,
  );
  assert.match(
    two,
    /faster 1\.00 ms \(1000\.0 items\/s\) 2\.00 ms \(500\.0 items\/s\) 2\.00 times/,
  );
});

test("colours that are used again have stripes", () => {
  const show = (count) => {
    const stages = Array.from({ length: count }, () => ({ ns: 1e6 }));
    const messages = stages
      .slice(1)
      .map((_, index) => ({ from: index, to: index + 1, ns: 1e5, bytes: 9 }));
    const report = makeReport(
      stages.map((_, index) => ({
        stage: index,
        reads: index ? ["t" + (index - 1)] : ["x"],
        makes: ["t" + index],
        time_ns: 1e6,
      })),
      Object.fromEntries([["x", 4], ...stages.map((_, i) => ["t" + i, 4])]),
    );
    const data = readData({ plan: makePlan(stages, messages), report });
    return ["Pipeline", "WhereCut", "Timeline"].map(
      (view) =>
        views.show(view, { data }).match(/class="striped"/g)?.length ?? 0,
    );
  };
  assert.deepEqual(show(12), [0, 0, 0]);
  // Two cards; of each stage its strip, its times and its weights; the lanes of
  // both devices and of the link between them.
  assert.deepEqual(show(14), [2, 6, 3]);
});

test("a picture's numbers are those of the plan", () => {
  const data = readData(twoStages());
  const cut = views.show("WhereCut", { data });
  assert.match(
    textOf(cut.match(/<text class="strong".*?<\/text>/)[0]),
    /2\.00 KiB/,
  );
  const pipeline = textOf(views.show("Pipeline", { data }));
  assert.match(pipeline, /busy 4\.00 ms/);
  assert.match(pipeline, /1\.00 ms, 25 %/);
  assert.match(textOf(views.show("Timeline", { data })), /8\.20 ms/);
});

test("names from files are text and nothing else", () => {
  const name = `</script><img src=x onerror=alert(1)>"'&\u202e\u0007${"n".repeat(10000)}`;
  const { plan, report } = twoStages();
  plan.stages[0].device = plan.devices[0].name = plan.links[0].from = name;
  plan.stages[0].file = plan.source.file = plan.objective = name;
  plan.messages[0].tensors = report.tensors.map(({ name: tensor }) => tensor);
  plan.messages[0].medium = plan.links[0].medium = name;
  plan.idle = plan.assumed = plan.at_most = plan.open = plan.observed = [name];
  plan.explanation = [name];
  plan.points = [{ point: name, bottleneck_ns: 1, latency_ns: 1 }];
  plan.pareto = [{ interval_ns: 1e6, latency_ns: 1e6, devices: [name] }];
  plan.stages[1].states = [{ input: name, output: name, bytes: 1 }];
  report.model.name = report.ingress = report.egress = name;
  report.nodes.forEach((node) =>
    Object.assign(node, { name, op: name, unknown: name }),
  );
  report.tensors.forEach((tensor) =>
    Object.assign(tensor, { name, type: name, shape: [name], no_cut: name }),
  );
  report.media = [{ name, devices: [name], bits_per_s: 1 }];
  report.advice = [{ change: name, is_asked: true, value: 1, now: 2 }];
  report.points = [{ name, stage_ns: [1, 1], message_ns: [1] }];
  const run = {
    items: 1,
    runtime: name,
    stages: [
      { index: 0, device: name, compute_ns: { predicted: 1, measured: 1 } },
    ],
    messages: [{ from: name, to: name, time_ns: {} }],
  };
  const data = readData({ plan, report, run });
  const selections = [
    ["stage", 0],
    ["device", name],
    ["message", 0],
    ["link", `${name}>d1`],
    ["node", 0],
    ["tensor", 0],
  ];
  const markup =
    showAll(data) +
    selections
      .map(([kind, id]) =>
        views.show("Details", { data, selection: { kind, id } }),
      )
      .join("");
  // Markup of this size says nothing in a message.
  const has = (pattern) => pattern.exec(markup)?.index ?? -1;
  assert.equal(has(/<img/), -1);
  assert.equal(has(/<\/script/), -1);
  // What turns the text around it is shown, not done.
  assert.equal(has(/[\u202e\u0007]/), -1);
  assert.ok(has(/&lt;img/) > 0);
  // Ten thousand characters belong into titles alone.
  const shown = textOf(
    markup.replace(/<title>[^<]*<\/title>| (title|aria-label)="[^"]*"/g, ""),
  );
  assert.ok(!/n{801}/.test(shown));
});

test("a file that is opened is told by what is in it", () => {
  const run = { items: 1, stages: [null] };
  const trace = {
    traceEvents: [
      { ph: "X", ts: 0, dur: 1, pid: 0, cat: "compute", name: "item 0" },
    ],
  };
  const read = (value) => views.readMeasured(JSON.stringify(value));
  assert.deepEqual(read(run), { run });
  assert.deepEqual(read(trace), { trace });
  assert.deepEqual(read(trace.traceEvents), { trace: trace.traceEvents });
  for (const other of [[1, 2], {}, null, { stages: [] }])
    assert.throws(() => read(other), /neither/);
  assert.throws(() => views.readMeasured("{"));
  const markup = showAll(readData({ ...twoStages(), run, trace }));
  assert.match(textOf(markup), /it is of another plan/);
  assert.match(
    textOf(markup),
    /to the same scale, what the trace has measured/,
  );
});

test("files with next to nothing in them are shown", () => {
  assert.match(
    textOf(showAll(readData({}))),
    /nothing that this plan does takes time/,
  );
  showAll(
    readData({
      plan: { stages: [{}], messages: [{}] },
      report: {
        nodes: [{}],
        tensors: [{}],
        links: [{}],
        media: [{}],
        devices: [{}],
        points: [{}],
        advice: [{}],
      },
    }),
  );
  showAll(readData({ plan: makePlan([{ ns: 0 }]), report: {} }));
  const nothing = [null, 7];
  showAll(
    readData({
      plan: {
        stages: nothing,
        messages: nothing,
        links: nothing,
        media: nothing,
        devices: nothing,
        points: nothing,
        pareto: nothing,
        unknown: nothing,
        copied: nothing,
        single_devices: nothing,
        assumed: "x",
        explanation: nothing,
      },
      report: {
        nodes: nothing,
        tensors: nothing,
        links: nothing,
        media: nothing,
        devices: nothing,
        points: nothing,
        advice: nothing,
      },
      run: { stages: nothing, messages: nothing },
      trace: nothing,
    }),
  );
  const broken = makeReport([{ stage: 99, reads: ["x"], makes: ["a"] }], files);
  broken.nodes[0].inputs = [-1, 77, "x", null];
  showAll(readData({ plan: makePlan([{ ns: 5 }]), report: broken }));
});

test("a hundred devices with 20,000 nodes are few elements", () => {
  const count = 20000;
  const sizes = {};
  const nodes = [];
  for (let index = 0; index < count; ++index) {
    sizes["t" + index] = 100 + (index % 7);
    nodes.push({
      stage: Math.floor(index / 200),
      reads: index ? ["t" + (index - 1)] : [],
      makes: ["t" + index],
      time_ns: 10,
    });
  }
  // By hand: makeReport looks every name up.
  const report = makeReport([], {});
  report.tensors = Object.entries(sizes).map(([name, bytes]) => ({
    name,
    bytes,
  }));
  report.nodes = nodes.map((node, index) => ({
    index,
    op: "Relu",
    stage: node.stage,
    time_ns: 10,
    inputs: index ? [index - 1] : [],
    outputs: [index],
  }));
  const stages = Array.from({ length: 100 }, () => ({ ns: 2000 }));
  const messages = stages
    .slice(1)
    .map((_, index) => ({ from: index, to: index + 1, ns: 100, bytes: 100 }));
  const data = readData({ plan: makePlan(stages, messages), report });
  const markup = views.show("WhereCut", { data });
  assert.ok(markup.split("<").length < 6000, String(markup.split("<").length));
  showAll(data);
});

function drawn(kind, ...contents) {
  const paths = contents.map((content, index) => {
    const path = join(folder, `${kind}-${index}.json`);
    writeFileSync(path, JSON.stringify(content));
    return path;
  });
  return spawnSync(process.execPath, [draw, kind, ...paths], {
    encoding: "utf8",
  });
}

test("pictures are files of their own", () => {
  const { plan, report } = twoStages();
  for (const kind of ["pipeline", "where-cut", "timeline"]) {
    const { status, stdout } = drawn(kind, plan, report);
    assert.equal(status, 0);
    assert.match(
      stdout,
      /^<svg [^>]*xmlns="http:\/\/www\.w3\.org\/2000\/svg"[^>]*><style>/,
    );
    assert.match(stdout, /prefers-color-scheme: ?dark/);
    assert.doesNotMatch(stdout, /light-dark|var\(--c\)["']/);
    // An attribute without a value is no XML.
    assert.doesNotMatch(
      stdout.replace(/"[^"]*"/g, '""').replace(/>[^<]*</g, "><"),
      /<[^>]* [a-z-]+(?=[ >])/i,
    );
  }
  assert.equal(drawn("nothing", plan, report).status, 1);
});

test("bars and points are where their figures are", () => {
  const bars = drawn("bars", {
    series: [
      { name: "one", index: 0 },
      { name: "two", index: 1 },
    ],
    groups: [
      {
        name: "<g>",
        values: [
          { series: 0, value: 2, mark: 1 },
          { series: 1, value: 1 },
        ],
      },
    ],
    axis: { title: "times", reference: 1 },
  });
  assert.equal(bars.status, 0);
  assert.match(bars.stdout, /&lt;g>/);
  const lengths = [
    ...bars.stdout.matchAll(
      /class="fill stage-\d" d="M[\d.]+ [\d.]+h([\d.]+)/g,
    ),
  ].map((match) => Number(match[1]));
  assert.equal(lengths.length, 2);
  assert.ok(Math.abs(lengths[0] - 2 * lengths[1]) < 0.1);
  const scatter = drawn("scatter", {
    x: { title: "predicted", scale: "log" },
    y: { title: "measured", scale: "log" },
    diagonal: 1.1,
    series: [
      {
        name: "a",
        points: [
          { x: 10, y: 10 },
          { x: 100, y: 100 },
        ],
      },
    ],
  });
  assert.equal(scatter.status, 0);
  const places = [
    ...scatter.stdout.matchAll(
      /class="marker[^>]*translate\(([\d.]+) ([\d.]+)\)/g,
    ),
  ].map((match) => [Number(match[1]), Number(match[2])]);
  assert.equal(places.length, 2);
  // Further right by as much of the width as further up of the height.
  const [dx, dy] = [places[1][0] - places[0][0], places[0][1] - places[1][1]];
  const [, line] = scatter.stdout.match(/class="axis" d="M([^"]*)"/);
  const [x0, y0, x1, y1] = line.split(/[ L]/).map(Number);
  assert.ok(Math.abs(dx / (x1 - x0) - dy / (y0 - y1)) < 0.01);
});

test("the page names the packages in it", () => {
  const page = readFileSync(join(built, "page.js"), "utf8");
  for (const word of ["preact", "@dagrejs/dagre", "Permission", "Copyright"])
    assert.ok(page.includes(word), word);
  assert.ok(page.length < 3e6);
});
