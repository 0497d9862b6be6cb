// What goes between the members of a group: one edge for each pair of members
// with all tensors between them.

import { nodesOf } from "./Hierarchy.js";

/** Bytes of several tensors: {bytes, isLowerBound}; of some the size may not be
 * known. */
export function sizeOf(report, tensors) {
  let bytes = 0;
  let isLowerBound = false;
  for (const tensor of tensors) {
    const size = report.tensors[tensor].bytes;
    if (typeof size === "number") bytes += size;
    else isLowerBound = true;
  }
  return { bytes, isLowerBound };
}

/** Collects tensors by the two ends of an edge. */
class Bundles {
  constructor() {
    this.byEnds = new Map();
  }

  add(from, to, tensor) {
    const key = from + " " + to;
    let bundle = this.byEnds.get(key);
    if (!bundle)
      this.byEnds.set(key, (bundle = { from, to, tensors: new Set() }));
    bundle.tensors.add(tensor);
  }

  list(report) {
    return [...this.byEnds.values()].map((bundle) => {
      const tensors = [...bundle.tensors];
      return {
        from: bundle.from,
        to: bundle.to,
        tensors,
        ...sizeOf(report, tensors),
        isNoCut: tensors.some((tensor) => report.tensors[tensor].no_cut),
      };
    });
  }
}

/** Which member of a group a node is in; undefined for one outside. */
function makeMemberOf(hierarchy, group) {
  const known = new Map();
  return (node) => {
    if (known.has(node)) return known.get(node);
    let member = node;
    let parent = hierarchy.parentOf[node];
    while (parent >= 0 && parent !== group) {
      member = -1 - parent;
      parent = hierarchy.groups[parent].parent;
    }
    if (parent !== group) member = undefined;
    known.set(node, member);
    return member;
  };
}

/** Where outside of the stage a tensor comes from or goes to, as the name of a
 * port: "stage3", or "model". */
const portOf = (node, nodes) =>
  node < 0 ? "model" : "stage" + nodes[node].stage;

/**
 * Edges inside of a group: [{from, to, tensors, bytes, isLowerBound, isNoCut}].
 * Ends are children of the group. What comes from or goes to the outside has the
 * end "in" or "out" for a group inside of a stage, and for a stage "in:stage3",
 * "out:stage3", "in:model" or "out:model".
 */
export function bundlesOf(hierarchy, group) {
  const { report, wiring, withConstants } = hierarchy;
  const { kind, stage } = hierarchy.groups[group];
  const isStage = kind === "stage";
  const memberOf = makeMemberOf(hierarchy, group);
  const bundles = new Bundles();
  const ownsOutput = hierarchy.modelOutputs;
  const isHidden = (tensor) =>
    report.tensors[tensor].is_constant && !withConstants;
  const port = (side, node) =>
    !isStage
      ? side
      : node >= 0 && report.nodes[node].stage === stage
        ? undefined
        : `${side}:${portOf(node, report.nodes)}`;
  for (const node of nodesOf(hierarchy, group)) {
    const member = memberOf(node);
    for (const tensor of report.nodes[node].inputs) {
      if (tensor < 0 || isHidden(tensor)) continue;
      const source = wiring.sourceOf(tensor, stage);
      // An initializer has no node to come from.
      if (source < 0 && report.tensors[tensor].is_constant) continue;
      const from = source < 0 ? undefined : memberOf(source);
      if (from === member) continue;
      const end = from ?? port("in", source);
      if (end !== undefined) bundles.add(end, member, tensor);
    }
    for (const tensor of report.nodes[node].outputs) {
      if (isHidden(tensor)) continue;
      if (ownsOutput.has(tensor))
        bundles.add(member, isStage ? "out:model" : "out", tensor);
      for (const reader of wiring.readersFrom(node, tensor)) {
        if (memberOf(reader) !== undefined) continue;
        const end = port("out", reader);
        if (end !== undefined) bundles.add(member, end, tensor);
      }
    }
  }
  return bundles.list(report);
}
