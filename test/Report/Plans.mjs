// Small plans for the tests of the report page.

/** "d0", "d1" and so on. */
export const device = (index) => `d${index}`;

/** Messages with the links that they load, one for each pair of devices. */
function linksOf(stages, messages) {
  const loads = new Map();
  const devicesOf = (end) =>
    typeof end === "number"
      ? [
          stages[end].device,
          ...(stages[end].replicas ?? []).map(({ device: name }) => name),
        ]
      : [end];
  for (const { from, to, time_ns } of messages) {
    const [senders, receivers] = [devicesOf(from), devicesOf(to)];
    // Enough for tests: one end has one device.
    const turns = Math.max(senders.length, receivers.length);
    for (const sender of senders)
      for (const receiver of receivers)
        if (sender !== receiver) {
          const key = JSON.stringify([sender, receiver]);
          loads.set(key, (loads.get(key) ?? 0) + Math.ceil(time_ns / turns));
        }
  }
  return [...loads].map(([key, load_ns]) => {
    const [from, to] = JSON.parse(key);
    return { from, to, load_ns };
  });
}

/**
 * plan.json of stages {device, ns, replicas, overhead} and messages {from, to,
 * ns, latency, bytes, tensors, medium}. Its bottleneck, latency and loads are
 * what docs/Planner.md says of them.
 */
export function makePlan(stages, messages = [], more = {}) {
  const loads = new Map();
  const written = stages.map((stage, index) => {
    const names = [stage.device ?? device(index), ...(stage.replicas ?? [])];
    for (const name of names)
      loads.set(
        name,
        (loads.get(name) ?? 0) + Math.ceil(stage.ns / names.length),
      );
    return {
      index,
      file: `stage${index}.onnx`,
      device: names[0],
      rank: index,
      ...(names.length > 1
        ? {
            replicas: names.slice(1).map((name, number) => ({
              device: name,
              rank: stages.length + number,
            })),
          }
        : {}),
      nodes: stage.nodes ?? [{ index, name: "" }],
      inputs: [],
      outputs: [],
      macs: 0,
      flops: 0,
      bytes: 0,
      weight_bytes: 1024,
      peak_activation_bytes: 512,
      buffer_bytes: 256,
      compute_ns: stage.ns,
      ...(stage.overhead ? { overhead_ns: stage.overhead } : {}),
    };
  });
  const sent = messages.map((message) => ({
    from: message.from,
    to: message.to,
    wires: [],
    tensors: message.tensors ?? [],
    bytes: message.bytes ?? 0,
    time_ns: message.ns,
    latency_ns: message.latency ?? 0,
    ...(message.medium ? { medium: message.medium } : {}),
  }));
  const links = linksOf(written, sent);
  const media = new Map();
  for (const { medium, ns } of messages)
    if (medium) media.set(medium, (media.get(medium) ?? 0) + ns);
  const plan = {
    version: 2,
    source: { file: "model.onnx", digest: "" },
    cluster: { file: "cluster.yaml", digest: "" },
    objective: "throughput",
    bottleneck_ns: Math.max(
      ...loads.values(),
      ...links.map(({ load_ns }) => load_ns),
      ...media.values(),
    ),
    latency_ns: longestWay(stages, messages),
    stages: written,
    messages: sent,
    links: links.map((link) => {
      const medium = messages.find(
        ({ from, to, medium: name }) =>
          name &&
          written[from]?.device === link.from &&
          written[to]?.device === link.to,
      )?.medium;
      return medium ? { ...link, medium } : link;
    }),
    media: [...media].map(([name, load_ns]) => ({ name, load_ns })),
    devices: [...loads].map(([name, load_ns]) => ({ name, load_ns })),
    idle: [],
    single_devices: [],
    options: {},
    ...more,
  };
  return plan;
}

/** The longest way of an item through stages and messages, without overheads. */
function longestWay(stages, messages) {
  const ends = [];
  stages.forEach((stage, index) => {
    const ready = messages
      .filter(({ to }) => to === index)
      .map(
        ({ from, ns, latency = 0 }) =>
          (typeof from === "number" ? ends[from] : 0) + ns + latency,
      );
    ends[index] = Math.max(0, ...ready) + stage.ns - (stage.overhead ?? 0);
  });
  const after = messages
    .filter(({ to }) => typeof to !== "number")
    .map(({ from, ns, latency = 0 }) => ends[from] + ns + latency);
  return Math.max(...ends, ...after);
}

/** Numbers that are the same in every run, from 0 up to 1. */
export function randomNumbers(seed) {
  let state = seed;
  return () => {
    state = (state * 1103515245 + 12345) % 2147483648;
    return state / 2147483648;
  };
}

/** report.json of nodes {op, stage, reads, makes, ...}, which name tensors;
 * `sizes` has bytes of tensors, and constants have `constants`. */
export function makeReport(nodes, sizes, { constants = [], ...more } = {}) {
  const names = Object.keys(sizes);
  const indexOf = (name) => names.indexOf(name);
  return {
    version: 1,
    program: "onnx-split",
    model: { name: "model.onnx" },
    devices: [],
    links: [],
    media: [],
    nodes: nodes.map(({ reads = [], makes = [], ...node }, index) => ({
      index,
      op: "Relu",
      ...node,
      inputs: reads.map(indexOf),
      outputs: makes.map(indexOf),
    })),
    tensors: names.map((name) => ({
      name,
      ...(sizes[name] === undefined ? {} : { bytes: sizes[name] }),
      ...(constants.includes(name) ? { is_constant: true } : {}),
    })),
    ...more,
  };
}
