// What a group is, in words.

import { counted, plain } from "../Format.js";
import { groupOf, isGroup, nodesOf } from "./Hierarchy.js";

const shortNames = {
  BatchNormalization: "BatchNorm",
  LayerNormalization: "LayerNorm",
  InstanceNormalization: "InstanceNorm",
  GroupNormalization: "GroupNorm",
  GlobalAveragePool: "GlobalAvgPool",
  AveragePool: "AvgPool",
  DequantizeLinear: "Dequantize",
  QuantizeLinear: "Quantize",
};

export const shortOperator = (op) => shortNames[op] ?? plain(op);

/** How far from a MatMul a Softmax may be to belong to it. */
const nearby = 6;
const isProduct = (op) => op === "MatMul" || op === "Einsum" || op === "Gemm";

/** Whether a Softmax of these operators, which are in order, is computed from a
 * product and goes into one. */
function hasAttention(operators) {
  return operators.some((op, index) => {
    if (/Attention$/.test(op)) return true;
    if (op !== "Softmax") return false;
    return (
      operators.slice(Math.max(0, index - nearby), index).some(isProduct) &&
      operators.slice(index + 1, index + 1 + nearby).some(isProduct)
    );
  });
}

/** Operators of a group: all, if these are at most three, otherwise those that
 * take most of its time, in the order in which they first occur. */
function operatorWords(hierarchy, group) {
  const operators = [];
  const times = new Map();
  for (const position of nodesOf(hierarchy, group)) {
    const node = hierarchy.report.nodes[position];
    if (node.is_constant) continue;
    operators.push(node.op);
    // Where no time is known, numbers decide.
    times.set(node.op, (times.get(node.op) ?? 0) + 1 + (node.time_ns ?? 0));
  }
  const kinds = [...times.keys()];
  const most = new Set(
    [...kinds].sort((a, b) => times.get(b) - times.get(a)).slice(0, 3),
  );
  const words = kinds.filter((op) => most.has(op)).map(shortOperator);
  const text = words.join(" + ");
  if (operators.length < 200 && hasAttention(operators))
    return "attention: " + text + (kinds.length > 3 ? ", ..." : "");
  return text + (kinds.length > 3 ? " + ..." : "");
}

/** Texts of groups; nothing of a group changes after it is made. */
const known = new WeakMap();

/** What is done in a group: "Conv + BatchNorm + Relu". */
export function describe(hierarchy, index) {
  const group = hierarchy.groups[index];
  if (!known.has(group)) known.set(group, operatorWords(hierarchy, index));
  return known.get(group);
}

const nameOf = (hierarchy, child) =>
  isGroup(child) ? hierarchy.groups[groupOf(child)].name : undefined;

/** First and last of what a group of numbered modules or blocks holds. */
function ends(hierarchy, group) {
  let first = group.children[0];
  let last = group.children.at(-1);
  const inner = (child) =>
    isGroup(child) && hierarchy.groups[groupOf(child)].kind === "part";
  while (inner(first)) first = hierarchy.groups[groupOf(first)].children[0];
  while (inner(last)) last = hierarchy.groups[groupOf(last)].children.at(-1);
  return [first, last];
}

/** "layers.0 to layers.7", where a group holds modules with names. */
function namedRange(hierarchy, group) {
  const [first, last] = ends(hierarchy, group).map((child) =>
    nameOf(hierarchy, child),
  );
  return first && last && first !== last ? `${first} to ${last}` : undefined;
}

/** "blocks 1 to 10", for a piece of repeated blocks. */
function blockRange(hierarchy, group) {
  const [first, last] = ends(hierarchy, group).map((child) =>
    isGroup(child) ? hierarchy.groups[groupOf(child)] : undefined,
  );
  return first?.of && last?.of && first.of === last.of
    ? `blocks ${first.position + 1} to ${last.position + 1}`
    : undefined;
}

/**
 * Two lines about a group: {title, detail}. The title tells it from the others,
 * the detail says what it does.
 */
export function labelOf(hierarchy, index) {
  const group = hierarchy.groups[index];
  const what = describe(hierarchy, index);
  switch (group.kind) {
    case "stage":
      return {
        title: `Stage ${group.stage}`,
        detail: what || "nothing but constants",
      };
    case "scope":
      return { title: group.name, detail: what };
    case "repeat": {
      const range = namedRange(hierarchy, group);
      return range
        ? { title: range, detail: `${group.times} x ${what}` }
        : { title: `${group.times} x ${what}`, detail: "equal operators" };
    }
    case "numbered":
      return {
        title: namedRange(hierarchy, group) ?? what,
        detail: counted(group.children.length, "module"),
      };
    case "block":
      return {
        title: what,
        detail: group.of ? `block ${group.position + 1} of ${group.of}` : "",
      };
    default: {
      const range =
        namedRange(hierarchy, group) ?? blockRange(hierarchy, group);
      return range
        ? { title: range, detail: what }
        : { title: what, detail: counted(group.totals.count, "node") };
    }
  }
}

/** A node's name without the modules around it. */
export function tailOf(name) {
  const text = plain(name).slice(-400);
  const cut = text.lastIndexOf("/");
  return cut >= 0 && cut < text.length - 1 ? text.slice(cut + 1) : text;
}
