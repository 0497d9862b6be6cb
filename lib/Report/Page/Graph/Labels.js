// What a group is, in words.

import {
  counted,
  formatShape,
  formatTime,
  plain,
  shortened,
} from "../Format.js";
import { groupOf, isGroup, nodesOf } from "./Hierarchy.js";

const shortNames = new Map([
  ["BatchNormalization", "BatchNorm"],
  ["LayerNormalization", "LayerNorm"],
  ["InstanceNormalization", "InstanceNorm"],
  ["GroupNormalization", "GroupNorm"],
  ["GlobalAveragePool", "GlobalAvgPool"],
  ["AveragePool", "AvgPool"],
  ["DequantizeLinear", "Dequantize"],
  ["QuantizeLinear", "Quantize"],
]);

export const shortOperator = (op) => shortNames.get(op) ?? shortened(op, 60);

/** What is larger than a layer is more than attention. */
const mostInLayer = 250;
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
  const { kind } = hierarchy.groups[group];
  if (
    kind !== "stage" &&
    operators.length < mostInLayer &&
    hasAttention(operators)
  )
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

/** "Softmax to Split_3", the names of the first and the last node. */
function nodeRange(hierarchy, index) {
  const nodes = nodesOf(hierarchy, index)
    .map((position) => hierarchy.report.nodes[position])
    .filter((node) => !node.is_constant);
  if (nodes.length === 0) return "";
  const [first, last] = [nodes[0], nodes.at(-1)].map(nodeName);
  return `${first} to ${last}`;
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
        : { title: `${group.times} x ${what}`, detail: "equal blocks" };
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
        : { title: what, detail: nodeRange(hierarchy, index) };
    }
  }
}

/** A node's name without the modules around it. */
export function tailOf(name) {
  const text = plain(name).slice(-400);
  const cut = text.lastIndexOf("/");
  return cut >= 0 && cut < text.length - 1 ? text.slice(cut + 1) : text;
}

/** What tells a node from others of its operator: the end of its name or, where
 * that says no more than the operator does, the module that it is in. */
export function nodeName(node) {
  const name = node.name ?? "";
  const tail = tailOf(name);
  if (tail !== node.op) return tail || `node ${node.index ?? "?"}`;
  const outside = tailOf(name.slice(0, -tail.length - 1));
  return outside || tail;
}

/** A node's name with the module around it, without what is said twice:
 * "/net/layer1/layer1.0/conv1/Conv" of a Conv is "layer1.0/conv1". */
export function longName(node) {
  const steps = plain(node.name ?? "")
    .slice(-400)
    .split("/")
    .filter(Boolean);
  if (steps.length > 1 && steps.at(-1) === node.op) steps.pop();
  const told = steps.filter(
    (step, index) => !steps[index + 1]?.startsWith(step + "."),
  );
  return told.slice(-2).join("/") || nodeName(node);
}

/** "1x3x48x320"; with names of extents there are spaces. */
export const shapeText = (shape) =>
  Array.isArray(shape) && shape.some((extent) => typeof extent === "string")
    ? shape.map(plain).join(" x ")
    : formatShape(shape);

/** What tells a node from the others of its group: its name, or the shape of its
 * result where the name says no more than operator and group do. */
export function noteOf(hierarchy, position) {
  const node = hierarchy.report.nodes[position];
  const group = hierarchy.groups[hierarchy.parentOf[position]];
  const name = nodeName(node);
  if (name !== group?.name?.split("/").at(-1)) return name;
  const { shape } = hierarchy.report.tensors[node.outputs[0]] ?? {};
  return shape === undefined ? name : shapeText(shape);
}

/** What is known of the time of several nodes: "1.20 ms". */
export function timeText({ timeNs, untimed, count }) {
  if (count === 0) return "";
  if (untimed === count) return "time not known";
  return (untimed > 0 ? "\u2265 " : "") + formatTime(timeNs);
}

/** "board-0", "board-0 and 2 more". */
export const devicesText = ({ devices }) =>
  devices.length > 1
    ? `${shortened(devices[0], 30)} and ${devices.length - 1} more`
    : shortened(devices[0], 60);
