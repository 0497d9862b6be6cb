// What a plan is worth and what that rests on, in the words and by the rules of
// the program's own summary (lib/Plan/Headline.cpp and PrintPlan.cpp): a figure
// is never said to be more certain here than there.

import {
  counted,
  formatBytes,
  formatFactor,
  formatRate,
  formatTime,
  isolated,
} from "./Format.js";

const list = (value) => (Array.isArray(value) ? value : []);

/** Devices that run a stage. */
export const usedDevices = (data) =>
  new Set(data.stages.flatMap((stage) => stage.devices));

/** Whether some device holds several stages; the latency is the longest path. */
export const holdsSeveralStages = ({ stages }) =>
  new Set(stages.flatMap(({ devices }) => devices)).size <
  stages.flatMap(({ devices }) => devices).length;

/** What was minimised, of this plan: nanoseconds, or devices. */
export function objectiveValue(data) {
  if (data.plan.objective === "devices") return usedDevices(data).size;
  return data.plan.objective === "latency" ? data.latencyNs : data.intervalNs;
}

/** What is busy all the time, as [{kind, id, text}]; kind is that of a
 * selection, or medium, or round-trip. */
export function limitsOf(data) {
  const limits = [];
  // Figures are whole nanoseconds: what limits is equal, not nearly so.
  const isLimit = (ns) => ns > 0 && ns === data.intervalNs;
  if (data.intervalNs > data.bottleneckNs)
    limits.push({
      kind: "round-trip",
      text: `round trip of ${counted(data.sequences, "sequence")}`,
    });
  for (const device of data.deviceByName.values())
    if (isLimit(device.loadNs))
      limits.push({
        kind: "device",
        id: device.name,
        text: `device ${isolated(device.name)}`,
      });
  const full = new Set();
  for (const medium of data.media)
    if (isLimit(medium.loadNs)) {
      full.add(medium.name);
      limits.push({
        kind: "medium",
        id: medium.name,
        text: `medium ${isolated(medium.name)}`,
      });
    }
  for (const link of data.linkById.values())
    if (isLimit(link.loadNs) && !full.has(link.medium))
      limits.push({
        kind: "link",
        id: link.id,
        text: `link ${isolated(link.from)} to ${isolated(link.to)}`,
      });
  return limits;
}

/** The first two, and how many more. */
export function someOf(texts) {
  const most = 2;
  const first = texts.slice(0, most).join(", ");
  return texts.length > most
    ? `${first} and ${texts.length - most} more`
    : first;
}

/** The whole model on its best device: {device, ns}, or null. */
export function bestSingle(data) {
  const isLatency = data.plan.objective === "latency";
  let best = null;
  for (const single of list(data.plan.single_devices)) {
    if (single.reason) continue;
    const ns = (isLatency ? single.latency_ns : single.bottleneck_ns) ?? 0;
    // Of equal ones, the plan's own.
    const isOwn = single.device === data.stages[0]?.devices[0];
    if (!best || ns < best.ns || (ns === best.ns && isOwn))
      best = { device: String(single.device), ns };
  }
  return best;
}

/** "1.65 x the best single device (box, 12.2 items/s)"; empty where nothing
 * compares. */
function comparison(data, own) {
  const singles = list(data.plan.single_devices);
  const best = bestSingle(data);
  if (own === 0 || singles.length === 0 || best?.ns === 0) return "";
  if (!best) return "no single device can do it";
  const name = isolated(best.device);
  if (
    usedDevices(data).size === 1 &&
    data.stages[0]?.devices[0] === best.device
  )
    return `all on ${name}, the best single device`;
  const figure =
    data.plan.objective === "latency"
      ? formatTime(best.ns)
      : formatRate(best.ns);
  return `${formatFactor(best.ns / own)} the best single device (${name}, ${figure})`;
}

/** {figure, unit, comparison, limits, rest}: what stands at the top. */
export function headline(data) {
  const isLatency = data.plan.objective === "latency";
  const own = isLatency ? data.latencyNs : data.intervalNs;
  let figure = "";
  let unit = "nothing that this plan does takes time";
  if (own > 0) {
    const text = isLatency ? formatTime(own) : formatRate(own);
    [figure, unit] = isLatency
      ? [text, "for one item"]
      : [text.replace(/\sitems\/s$/, ""), "items/s"];
  }
  if (data.plan.objective === "devices")
    unit += ` with ${counted(usedDevices(data).size, "device")}`;
  return {
    figure,
    unit,
    comparison: comparison(data, own),
    limits: isLatency ? [] : limitsOf(data),
    hasUnknown:
      list(data.plan.unknown).length > 0 ||
      list(data.plan.open).length > 0 ||
      list(data.plan.refused).length > 0,
  };
}

/** Nodes that stages have beside the one that owns them. */
export const countCopied = (data) =>
  list(data.plan.stages).reduce(
    (sum, stage) =>
      sum + list(stage.nodes).filter((node) => node.copied).length,
    0,
  );

/** Where messages let items follow each other least often, as {from, to, roundTripNs,
 * intervalNs}; undefined where nothing that is counted is faster. */
export function messageLimit({ plan }) {
  const limits = list(plan.message_limits).filter(
    (limit) => limit?.interval_ns > 0,
  );
  if (limits.length === 0) return undefined;
  const worst = limits.reduce((a, b) =>
    b.interval_ns > a.interval_ns ? b : a,
  );
  return {
    from: String(worst.from),
    to: String(worst.to),
    roundTripNs: worst.round_trip_ns,
    intervalNs: worst.interval_ns,
  };
}

/** "these pins, this cut and these uncut tensors"; empty without any. */
function describeWishes(demands) {
  const parts = [];
  const add = (names, what) => {
    const { length } = list(names);
    if (length > 0)
      parts.push(length === 1 ? `this ${what}` : `these ${what}s`);
  };
  add(demands.pins, "pin");
  add(demands.cuts, "cut");
  add(demands.no_cuts, "uncut tensor");
  const last = parts.pop() ?? "";
  return parts.length === 0 ? last : `${parts.join(", ")} and ${last}`;
}

/** "with exactly 2 stages"; empty where any number will do. */
function describeStageLimits({ min_stages = 0, max_stages = 0 }) {
  const stages = (count) => counted(count, "stage");
  if (min_stages > 1 && min_stages === max_stages)
    return `with exactly ${stages(min_stages)}`;
  if (max_stages > 0 && min_stages <= 1)
    return `with at most ${stages(max_stages)}`;
  if (max_stages > 0) return `with ${min_stages} to ${stages(max_stages)}`;
  return min_stages > 1 ? `with at least ${stages(min_stages)}` : "";
}

/** Under which assumptions something is proven, to follow it. */
export function conditions(data) {
  const { plan } = data;
  const parts = [];
  if (list(plan.assumed).length > 0)
    parts.push("for " + plan.assumed.map(isolated).join(", "));
  if (list(plan.observed).length > 0) parts.push("with the extents of one run");
  else if (list(plan.at_most).length > 0)
    parts.push("with upper bounds of extents that depend on data");
  if (list(plan.unknown).length > 0 || list(plan.open).length > 0)
    parts.push("as far as costs and sizes are known");
  const refused = list(plan.refused);
  if (refused.length > 0)
    parts.push(
      `leaving out what follows ${counted(refused.length, "refused node")}`,
    );
  if (countCopied(data) > 0) parts.push("of plans that compute no node twice");
  const demands = plan.demands ?? {};
  const wishes = describeWishes(demands);
  if (wishes) parts.push(`with ${wishes}`);
  const stages = describeStageLimits(demands);
  if (stages) parts.push(stages);
  if (messageLimit(data)) parts.push("as if messages waited for no answers");
  const usesLatency =
    plan.objective === "latency" ||
    plan.max_latency_ns ||
    plan.options?.sequences > 0;
  if (usesLatency && holdsSeveralStages(data))
    parts.push("as if the stages of a device ran side by side");
  if (plan.max_latency_ns)
    parts.push(`within ${formatTime(plan.max_latency_ns)} for one item`);
  if (plan.objective === "latency" && plan.target_ns)
    parts.push(`with at most ${formatTime(plan.target_ns)} between items`);
  return parts.map((part) => ", " + part).join("");
}

const classes = {
  "fixed-order": "no plan that cuts the nodes in this order",
  contiguous: "no plan with one stage on each device",
  revisiting: "no plan with any number of stages on each device",
  replicated: "no plan with one stage on each device, replicas or not,",
};

/** What a stage reads again for each item, if its device has a weight cache. */
export function streamOf({ cachedBytes, streamedBytes, streamNs }) {
  if (streamedBytes > 0)
    return `streams ${formatBytes(streamedBytes)} of weights for each item in ${formatTime(streamNs)}, ${formatBytes(cachedBytes)} stay in its cache`;
  return (
    cachedBytes > 0 &&
    `its weights, ${formatBytes(cachedBytes)}, stay in its cache`
  );
}

/** What a class of plans leaves out, for people who do not know its name. */
export const describeClass = (name) => classes[name] ?? "no plan at all";

/** What the plan could still lose at most: {isOptimal, isUseful, text}. */
export function describeBound(data) {
  const { plan } = data;
  const ofDevices = plan.objective === "devices";
  const value = objectiveValue(data);
  const bound =
    (ofDevices ? plan.lower_bound_devices : plan.lower_bound_ns) ?? 0;
  // What a better plan could save of this one.
  const gap = value > 0 ? (value - bound) / value : 0;
  const what = describeClass(plan.lower_bound_class);
  if (bound >= value)
    return {
      isOptimal: true,
      isUseful: true,
      text: `${what} ${ofDevices ? "needs fewer" : "is faster"}${conditions(data)}`,
    };
  if (gap > 0.5)
    return {
      isOptimal: false,
      isUseful: false,
      text: "no useful bound: a better plan may exist",
    };
  // Rounded up, so that it stays true.
  const percent = (Math.ceil(1000 * gap) / 10).toFixed(1);
  return {
    isOptimal: false,
    isUseful: true,
    text: `${what} saves over ${percent}\u00a0%${conditions(data)}`,
  };
}

/** What the figures rest on beside the files, as [{title, text, names}], where
 * names lists all tensors or nodes that a text counts. */
export function certainty(data) {
  const { plan } = data;
  const points = [];
  const add = (title, text, names = []) =>
    points.push({ title, text, names: names.map(String) });
  if (list(plan.assumed).length > 0)
    add(
      "assumed",
      `${plan.assumed.map(isolated).join(", ")}; the parts leave it open`,
    );
  for (const speed of list(plan.assumed_speeds))
    add("assumed", isolated(speed));
  const atMost = list(plan.at_most);
  const observed = list(plan.observed);
  if (atMost.length > 0)
    add(
      "at most",
      `${counted(atMost.length, "tensor")} ${atMost.length === 1 ? "has extents that depend on data, and counts" : "have extents that depend on data, and count"} with upper bounds${observed.length > 0 ? " for memory" : ""}`,
      atMost,
    );
  if (observed.length > 0)
    add(
      "observed",
      `${counted(observed.length, "tensor")} ${observed.length === 1 ? "has" : "have"} the extents of one run`,
      observed,
    );
  const open = list(plan.open);
  if (open.length > 0)
    add(
      "not known",
      `the size${open.length === 1 ? "" : "s"} of ${counted(open.length, "tensor")}, of which open extents count as 1`,
      open,
    );
  const refused = list(plan.refused);
  if (refused.length > 0)
    add(
      "refused",
      `${counted(refused.length, "node")} ${refused.length === 1 ? "does not take what it is given" : "do not take what they are given"} with these extents; what follows is in no figure`,
      refused,
    );
  const unknown = list(plan.unknown);
  if (unknown.length > 0)
    add(
      "unknown",
      `${unknown.length.toLocaleString("en")} of ${counted(countNodes(data), "node")} ${unknown.length === 1 ? "has no known cost; its bytes count" : "have no known cost; their bytes count"}`,
      unknown.map(
        ({ op, node, reason }) =>
          `${op}${node ? ` '${node}'` : ""}${reason ? `: ${reason}` : ""}`,
      ),
    );
  return points.concat(stageWarnings(data), copies(data));
}

/** Of all parts, with what is copied. */
const countNodes = (data) =>
  data.stages.reduce((sum, stage) => sum + stage.nodeCount, 0);

/** Figures that are lower bounds, or depend on how far a search got. */
function stageWarnings(data) {
  const points = [];
  const under = data.stages.filter((stage) => stage.memoryIsLowerBound);
  if (under.length > 0)
    points.push({
      title: "at least",
      text: `the memory of ${counted(under.length, "stage")} is at least what is shown: a tensor there has an unknown size`,
      names: under.map((stage) => `stage ${stage.index}`),
    });
  if (data.plan.stopped_by_clock)
    points.push({
      title: "stopped",
      text: "the time limit, or an interrupt, ended a search: a run on another machine may find another plan or bound",
      names: [],
    });
  const estimated = list(data.plan.points).filter((point) => point.estimated);
  if (estimated.length > 0)
    points.push({
      title: "estimated",
      text: "nothing was measured at the extents of some operating points, whose figures are estimates",
      names: estimated.map((point) => String(point.point)),
    });
  return points;
}

/** Constants in several parts, and small nodes that several stages compute;
 * plan.json lists the results of the latter with the former. */
function copies(data) {
  const points = [];
  const computed = new Set();
  for (const node of data.report.nodes)
    if (!node.is_constant)
      for (const output of node.outputs)
        computed.add(data.report.tensors[output].name);
  const constants = list(data.plan.copied).filter(
    (entry) => !computed.has(String(entry.tensor)),
  );
  if (constants.length > 0)
    points.push({
      title: "copied",
      text: `${counted(constants.length, "constant")} ${constants.length === 1 ? "is" : "are"} in several parts, ${formatBytes(copiedBytes(constants))} more in all`,
      names: constants.map((entry) => String(entry.tensor)),
    });
  const nodes = countCopied(data);
  if (nodes > 0)
    points.push({
      title: "repeated",
      text: `${counted(nodes, "small node")} ${nodes === 1 ? "is" : "are"} in further parts, which compute what they would have to receive`,
      names: [],
    });
  return points;
}

/** Beyond the first of each. */
const copiedBytes = (copied) =>
  copied.reduce(
    (sum, { bytes, stages }) =>
      sum + (bytes ?? 0) * Math.max(0, list(stages).length - 1),
    0,
  );
