// The tree that the graph is shown as: stages, in them modules by the names of
// nodes and repeated blocks, in these nodes.
//
// Children are numbers: the position of a node in report.nodes, or -1 - g for
// group g.

import { arrange, makeInterner } from "./Blocks.js";
import { scopesOf } from "./NamePath.js";
import { crossingAfter } from "./Narrow.js";
import { readWiring } from "./Wiring.js";

export const isGroup = (child) => child < 0;
export const groupOf = (child) => -1 - child;
export const childOf = (group) => -1 - group;

/** Modules of up to so many nodes are shown as their nodes, if these are few. */
const tiny = 4;
const fewNodes = 16;

/** Signature of a node. */
const operatorOf = (node) => (node.domain ? node.domain + ":" : "") + node.op;

/** Nodes in a tree of the modules that their names tell. */
function readScopes(units, report) {
  const root = { kind: "scope", name: "", path: "", items: [] };
  const inside = new Map([[root, new Map()]]);
  for (const unit of units) {
    let scope = root;
    for (const name of scopesOf(report.nodes[unit.node].name)) {
      const children = inside.get(scope);
      let child = children.get(name);
      if (!child) {
        const path = scope.path + "/" + name;
        child = { kind: "scope", name, path, items: [] };
        children.set(name, child);
        inside.set(child, new Map());
        scope.items.push(child);
      }
      scope = child;
    }
    scope.items.push(unit);
  }
  return root;
}

const leafCount = (item) =>
  item.items
    ? item.items.reduce((count, inner) => count + leafCount(inner), 0)
    : 1;

/** A module with one member as that member, under the names of both. */
function merged(outer) {
  const [inner] = outer.items;
  if (inner.kind === "scope" && !inner.name.startsWith(outer.name))
    inner.name = `${outer.name}/${inner.name}`;
  return inner;
}

/** Takes away the modules that tell nothing, and groups what are too many. */
function tidy(scope, context) {
  scope.items = scope.items.map((item) => {
    if (!item.items) return item;
    tidy(item, context);
    return item.items.length === 1 ? merged(item) : item;
  });
  const isTiny = (item) => item.kind === "scope" && leafCount(item) <= tiny;
  const after = scope.items.reduce(
    (count, item) => count + (isTiny(item) ? leafCount(item) : 1),
    0,
  );
  if (after <= fewNodes)
    scope.items = scope.items.flatMap((item) =>
      isTiny(item) ? item.items : [item],
    );
  scope.signature = context.intern(
    "(" + scope.items.map((item) => item.signature).join(),
  );
  scope.items = arrange(scope.items, context);
}

/** The place of an item's last node in the order of the stage. */
function lastPlace(item, place) {
  if (item.last === undefined)
    item.last = item.items
      ? item.items.reduce(
          (last, inner) => Math.max(last, lastPlace(inner, place)),
          0,
        )
      : place.get(item.node);
  return item.last;
}

/** Constants by the node that needs them first, directly or through others; those
 * that none needs by -1. */
function hostsOf(order, { report, wiring }) {
  const { nodes } = report;
  const place = new Map(order.map((node, index) => [node, index]));
  const hosts = new Map();
  // Readers of a constant come after it.
  for (const node of [...order].reverse()) {
    if (!nodes[node].is_constant) continue;
    let host = -1;
    for (const tensor of nodes[node].outputs)
      for (const reader of wiring.readersFrom(node, tensor)) {
        const other = nodes[reader].is_constant
          ? (hosts.get(reader) ?? -1)
          : reader;
        if (!place.has(other)) continue;
        if (host < 0 || place.get(other) < place.get(host)) host = other;
      }
    hosts.set(node, host);
  }
  const byHost = new Map();
  for (const node of order)
    if (hosts.has(node)) {
      const host = hosts.get(node);
      if (!byHost.has(host)) byHost.set(host, []);
      byHost.get(host).push(node);
    }
  return byHost;
}

/** The tree of one stage: an item of kind "stage". */
function readStage(index, order, model, intern) {
  const { report } = model;
  const computed = order.filter((node) => !report.nodes[node].is_constant);
  const units = computed.map((node) => ({
    node,
    signature: intern(operatorOf(report.nodes[node])),
  }));
  const { place, bytes, tensors } = crossingAfter(computed, model);
  const context = {
    intern,
    // Tensors count: their sizes may be unknown, and a border that cuts two is
    // less of one. Bytes decide between equals.
    costBefore: (items, at) => {
      const last = lastPlace(items[at - 1] ?? items[0], place);
      return tensors[last] + bytes[last] / (bytes[last] + 1e6);
    },
  };
  const root = readScopes(units, report);
  tidy(root, context);
  let { items, path } = root;
  while (items.length === 1 && items[0].items) {
    path = items[0].path ?? path;
    items = items[0].items;
  }
  return { kind: "stage", stage: index, items, path };
}

const noTotals = () => ({
  count: 0,
  constants: 0,
  timeNs: 0,
  /** Nodes of which no time is known, so that the sum is a lower bound. */
  untimed: 0,
  macs: 0,
  flops: 0,
  bytes: 0,
  weightBytes: 0,
  /** Nodes whose operator has no cost model. */
  unknown: 0,
});

function addNode(totals, node) {
  if (node.is_constant) {
    ++totals.constants;
    return;
  }
  ++totals.count;
  if (typeof node.time_ns === "number") totals.timeNs += node.time_ns;
  else ++totals.untimed;
  totals.macs += node.macs ?? 0;
  totals.flops += node.flops ?? 0;
  totals.bytes += node.bytes ?? 0;
  totals.weightBytes += node.weight_bytes ?? 0;
  if (node.unknown) ++totals.unknown;
}

function addTotals(totals, other) {
  for (const key in totals) totals[key] += other[key];
}

/** Numbers the groups, outer before inner, and sums up what is in them. */
class Tree {
  constructor({ report }, withConstants) {
    this.report = report;
    this.withConstants = withConstants;
    this.groups = [];
    this.parentOf = new Int32Array(report.nodes.length).fill(-1);
  }

  addGroup(item, parent, stage, byHost) {
    const index = this.groups.length;
    const { kind, name, path, position, of, times } = item;
    const group = { index, kind, parent, stage, children: [] };
    Object.assign(group, { name, path, position, of, times });
    group.depth = parent < 0 ? 0 : this.groups[parent].depth + 1;
    group.totals = noTotals();
    group.signature = item.signature;
    this.groups.push(group);
    for (const inner of item.items)
      if (inner.items) {
        const child = this.addGroup(inner, index, stage, byHost);
        group.children.push(childOf(child));
        addTotals(group.totals, this.groups[child].totals);
      } else {
        for (const constant of byHost.get(inner.node) ?? [])
          this.addLeaf(constant, group);
        this.addLeaf(inner.node, group);
      }
    this.name(group);
    return index;
  }

  addLeaf(node, group) {
    this.parentOf[node] = group.index;
    addNode(group.totals, this.report.nodes[node]);
    if (this.withConstants || !this.report.nodes[node].is_constant)
      group.children.push(node);
  }

  /** Keys name groups from one tree to the next: which stage, the first node and
   * the number of nodes, in which constants do not count. */
  name(group) {
    let [first] = group.children.filter(
      (child) => isGroup(child) || !this.report.nodes[child].is_constant,
    );
    first = isGroup(first ?? 0) ? this.groups[groupOf(first)].first : first;
    group.first = first ?? -1;
    group.key =
      group.kind === "stage"
        ? "stage" + group.stage
        : `${group.first}+${group.totals.count}`;
  }
}

function readOutputs({ plan, report }) {
  const names = new Set(Array.isArray(plan.outputs) ? plan.outputs : []);
  const outputs = new Set();
  report.tensors.forEach((tensor, index) => {
    if (names.has(tensor.name)) outputs.add(index);
  });
  return outputs;
}

/**
 * Takes what readData() gives, and makes
 *   groups          {index, key, kind, parent, depth, stage, children, totals, ...}
 *   roots           group of each stage
 *   parentOf        group of each node; -1 for one of no stage
 *   modelOutputs    tensors that are outputs of the model
 *   report, wiring, stages, withConstants
 * Kinds of groups: "stage"; "scope", a module by its name; "numbered", modules
 * that differ in a number; "repeat", blocks of equal operators; "block", one of
 * these; "part", a piece between narrow places.
 *
 * Constants belong to the node that needs them first and are counted apart. They
 * are children with `withConstants` alone.
 */
export function buildHierarchy(data, withConstants = false) {
  const wiring = readWiring(data.report);
  const model = { report: data.report, wiring };
  const tree = new Tree(model, withConstants);
  const intern = makeInterner();
  const roots = data.stages.map((stage) => {
    const item = readStage(stage.index, stage.nodes, model, intern);
    const byHost = hostsOf(stage.nodes, model);
    const root = tree.addGroup(item, -1, stage.index, byHost);
    for (const node of byHost.get(-1) ?? [])
      tree.addLeaf(node, tree.groups[root]);
    return root;
  });
  return {
    groups: tree.groups,
    roots,
    parentOf: tree.parentOf,
    report: data.report,
    stages: data.stages,
    wiring,
    modelOutputs: readOutputs(data),
    withConstants,
  };
}

/** The groups around a child, from the stage inwards. */
export function groupsAround(hierarchy, child) {
  const around = [];
  let index = isGroup(child)
    ? hierarchy.groups[groupOf(child)]?.parent
    : hierarchy.parentOf[child];
  for (; index >= 0; index = hierarchy.groups[index].parent)
    around.unshift(index);
  return around;
}

/** All nodes of a group, in order. */
export function nodesOf(hierarchy, group) {
  const nodes = [];
  const visit = (child) => {
    if (isGroup(child))
      hierarchy.groups[groupOf(child)].children.forEach(visit);
    else nodes.push(child);
  };
  hierarchy.groups[group].children.forEach(visit);
  return nodes;
}
