// What the views show, made of plan.json and report.json. Every key of these
// may be missing: figures that are not known are undefined, lists are empty.

import { useDecimalBytes } from "./Format.js";

const list = (value) => (Array.isArray(value) ? value : []);
/** A list of objects; what is none is one without keys. */
const objects = (value) =>
  list(value).map((entry) => (entry && typeof entry === "object" ? entry : {}));
/** A finite figure, or undefined: what is not known is no 0. */
const number = (value) =>
  typeof value === "number" && Number.isFinite(value) ? value : undefined;
/** The same of what is only added up, where a missing key stands for none. */
const amount = (value) => number(value) ?? 0;

/** How many colours there are for stages: --stage-0 to --stage-11. */
export const colourCount = 12;

const gcd = (a, b) => (b === 0 ? a : gcd(b, a % b));
const lcm = (a, b) => (a / gcd(a, b)) * b;

/** Times are nanoseconds for one item, sizes bytes. */
function readStage(stage, index) {
  const replicas = objects(stage.replicas).map(({ device }) => String(device));
  const devices = [String(stage.device ?? "?"), ...replicas];
  const computeNs = amount(stage.compute_ns);
  const memory = {
    weights: amount(stage.weight_bytes),
    states: amount(stage.state_bytes),
    activations: amount(stage.peak_activation_bytes),
    buffers: amount(stage.buffer_bytes),
    runtime: amount(stage.runtime_bytes),
  };
  return {
    index,
    devices,
    colour: index % colourCount,
    /** How often the colours have been used up before. */
    cycle: Math.floor(index / colourCount),
    nodes: [],
    nodeCount: list(stage.nodes).length,
    computeNs,
    overheadNs: amount(stage.overhead_ns),
    /** Of the weights: what fast memory keeps, and what is read again for each
     * item, which is part of computeNs. */
    cachedBytes: amount(stage.cached_bytes),
    streamedBytes: amount(stage.streamed_bytes),
    streamNs: amount(stage.stream_ns),
    firstItemNs: number(stage.first_item_ns),
    /** Time per item of each of its devices. */
    loadNs: Math.ceil(computeNs / devices.length),
    macs: number(stage.macs),
    flops: number(stage.flops),
    bytes: number(stage.bytes),
    memory,
    memoryBytes: Object.values(memory).reduce((sum, part) => sum + part, 0),
    memoryIsLowerBound: stage.memory_is_lower_bound === true,
    states: objects(stage.states),
    file: stage.file,
    inputs: list(stage.inputs),
    outputs: list(stage.outputs),
    incoming: [],
    outgoing: [],
  };
}

/** An end of a message: a stage with its devices, or the device beyond the
 * first or last one. */
function readEnd(end, stages) {
  const stage = Number.isInteger(end) && stages[end] ? end : null;
  return {
    stage,
    devices: stage === null ? [String(end)] : stages[stage].devices,
  };
}

/** Pairs of devices that a message goes between: where devices take turns,
 * number x sends to number y iff they have items in common. */
function pairsOf(from, to) {
  const turns = gcd(from.devices.length, to.devices.length);
  const pairs = [];
  from.devices.forEach((sender, x) =>
    to.devices.forEach((receiver, y) => {
      if (x % turns === y % turns) pairs.push([sender, receiver]);
    }),
  );
  return pairs;
}

function readMessage(message, index, stages) {
  const from = readEnd(message.from, stages);
  const to = readEnd(message.to, stages);
  const pairs = pairsOf(from, to);
  const turns = lcm(from.devices.length, to.devices.length);
  const timeNs = amount(message.time_ns);
  return {
    index,
    from,
    to,
    pairs,
    /** "from>to" of the links that carry it; none inside of a device. */
    links: pairs.filter(([a, b]) => a !== b).map(([a, b]) => a + ">" + b),
    tensors: list(message.tensors).map(String),
    wires: list(message.wires),
    bytes: amount(message.bytes),
    timeNs,
    latencyNs: amount(message.latency_ns),
    /** Time per item of the slowest of its links. */
    loadNs: Math.ceil(timeNs / turns),
    medium: message.medium,
  };
}

/** Devices of the cluster file in its order, then those that only the plan
 * names. */
function readDevices(plan, report, stages) {
  const byName = new Map();
  const add = (name, more) => {
    const device = byName.get(name) ?? { name, stages: [], loadNs: 0 };
    byName.set(name, Object.assign(device, more));
    return device;
  };
  for (const device of objects(report.devices)) {
    if (!device?.name) continue;
    add(String(device.name), {
      capBytes: number(device.memory_bytes),
      compute: objects(device.compute),
      bandwidth: number(device.memory_bandwidth_bytes_per_s),
      overheadNs: number(device.op_overhead_ns),
      isMeasured: device.is_measured === true,
    });
  }
  for (const stage of stages)
    for (const name of stage.devices) add(name).stages.push(stage.index);
  for (const { name, load_ns } of objects(plan.devices))
    add(String(name), { loadNs: amount(load_ns) });
  list(plan.idle).forEach((name) => add(String(name)));
  for (const role of ["ingress", "egress"])
    if (typeof report[role] === "string")
      add(report[role], {
        [role === "ingress" ? "isIngress" : "isEgress"]: true,
      });
  for (const device of byName.values()) {
    const own = device.stages.map((index) => stages[index]);
    device.isIdle = own.length === 0;
    // Of several stages the weights and buffers add up, and the largest peak
    // counts: they run one at a time.
    const sum = (part) =>
      own.reduce((all, stage) => all + stage.memory[part], 0);
    device.memory = {
      weights: sum("weights"),
      states: sum("states"),
      activations: Math.max(0, ...own.map((stage) => stage.memory.activations)),
      buffers: sum("buffers"),
      runtime: sum("runtime"),
    };
    device.memoryBytes = Object.values(device.memory).reduce(
      (a, b) => a + b,
      0,
    );
    device.memoryIsLowerBound = own.some((stage) => stage.memoryIsLowerBound);
  }
  return byName;
}

/** Links of the cluster file, and those that only the plan names, by "from>to". */
function readLinks(plan, report, messages) {
  const byId = new Map();
  const add = (from, to, more) => {
    const id = from + ">" + to;
    const link = byId.get(id) ?? {
      id,
      from: String(from),
      to: String(to),
      loadNs: 0,
      messages: [],
    };
    byId.set(id, Object.assign(link, more));
    return link;
  };
  for (const link of objects(report.links))
    add(link.from, link.to, {
      bitsPerS: number(link.bits_per_s),
      latencyNs: number(link.latency_ns),
      messageTimeNs: number(link.message_time_ns),
      medium: link.medium,
    });
  for (const link of objects(plan.links))
    add(link.from, link.to, {
      loadNs: amount(link.load_ns),
      ...(link.medium ? { medium: link.medium } : {}),
    });
  for (const message of messages)
    for (const [from, to] of message.pairs)
      if (from !== to) add(from, to).messages.push(message.index);
  return byId;
}

/** Media with what they carry; a link is in one at most. */
function readMedia(plan, report, linkById) {
  const byName = new Map();
  for (const medium of objects(report.media))
    byName.set(String(medium.name), {
      name: String(medium.name),
      loadNs: 0,
      devices: list(medium.devices).map(String),
      bitsPerS: number(medium.bits_per_s),
    });
  for (const { name, load_ns } of objects(plan.media))
    byName.set(String(name), {
      devices: [],
      ...byName.get(String(name)),
      name: String(name),
      loadNs: amount(load_ns),
    });
  for (const medium of byName.values())
    medium.links = [...linkById.values()]
      .filter((link) => link.medium === medium.name && link.messages.length > 0)
      .map((link) => link.id);
  return [...byName.values()];
}

/** Nodes whose references are in range, so that no view has to look. */
function readNodes(report, stages) {
  const tensorCount = list(report.tensors).length;
  const valid = (index) => Number.isInteger(index) && index < tensorCount;
  const nodes = objects(report.nodes).map((node) => ({
    ...node,
    op: String(node.op ?? "?"),
    stage: Number.isInteger(node.stage) ? node.stage : -1,
    inputs: list(node.inputs).filter(valid),
    outputs: list(node.outputs).filter((index) => valid(index) && index >= 0),
  }));
  nodes.forEach((node, position) => stages[node.stage]?.nodes.push(position));
  return nodes;
}

/** Indices of tensors to the messages that carry them, by name. */
function indexTensors(tensors, messages) {
  const carriers = new Map();
  for (const message of messages)
    for (const name of message.tensors)
      carriers.set(name, [...(carriers.get(name) ?? []), message.index]);
  const byTensor = new Map();
  tensors.forEach((tensor, index) => {
    if (!tensor.is_constant && carriers.has(tensor.name))
      byTensor.set(index, carriers.get(tensor.name));
  });
  return byTensor;
}

/** The model's name without its folder. */
const baseName = (file) =>
  String(file ?? "")
    .split(/[\\/]/)
    .pop();

/** The plan with its lists as lists, which views go through. */
function normalised(plan) {
  const lists = ["single_devices", "unknown", "points", "copied", "pareto"];
  const names = ["assumed", "assumed_speeds", "at_most", "observed", "open"];
  const result = { ...plan };
  for (const key of lists)
    if (key in result) result[key] = objects(result[key]);
  for (const key of [...names, "explanation", "idle"])
    if (key in result) result[key] = list(result[key]).map(String);
  result.stages = objects(result.stages).map((stage) => ({
    ...stage,
    nodes: objects(stage.nodes),
  }));
  return result;
}

/**
 * Takes the parsed files, of which only plan is needed, and gives
 *   plan, report, run, trace       as they are; lists that are missing are empty
 *   stages[i]                      {index, devices, colour, cycle, nodes, ...}
 *   deviceByName                   Map of {name, stages, loadNs, memory, ...}
 *   messages[i]                    {index, from, to, links, timeNs, ...}
 *   linkById, media                links by "from>to"; media with their loads
 *   messagesByTensor               Map of indices of tensors to messages
 *   intervalNs                     time between two items
 */
export function readData({ plan, report, run, trace }) {
  plan = normalised(plan);
  report = report ?? {};
  useDecimalBytes(plan.si_bytes === true);
  const stages = plan.stages.map(readStage);
  const messages = objects(plan.messages).map((message, index) =>
    readMessage(message, index, stages),
  );
  for (const message of messages) {
    stages[message.from.stage]?.outgoing.push(message.index);
    stages[message.to.stage]?.incoming.push(message.index);
  }
  const linkById = readLinks(plan, report, messages);
  const nodes = readNodes(report, stages);
  const tensors = objects(report.tensors).map((tensor) => ({
    ...tensor,
    name: String(tensor?.name ?? ""),
  }));
  const sequences = number(plan.options?.sequences);
  const bottleneckNs = amount(plan.bottleneck_ns);
  return {
    plan,
    report: {
      ...report,
      nodes,
      tensors,
      devices: objects(report.devices),
      advice: objects(report.advice),
      points: objects(report.points),
    },
    run: run
      ? { ...run, stages: objects(run.stages), messages: objects(run.messages) }
      : null,
    trace: trace ?? null,
    name: String(
      report.model?.name ?? (baseName(plan.source?.file) || "a model"),
    ),
    stages,
    deviceByName: readDevices(plan, report, stages),
    messages,
    linkById,
    media: readMedia(plan, report, linkById),
    messagesByTensor: indexTensors(tensors, messages),
    sequences,
    bottleneckNs,
    latencyNs: amount(plan.latency_ns),
    firstItemNs: number(plan.first_item_ns),
    roundTripNs: number(plan.round_trip_ns),
    intervalNs: sequences
      ? Math.max(
          bottleneckNs,
          Math.ceil(amount(plan.round_trip_ns) / sequences),
        )
      : bottleneckNs,
  };
}
