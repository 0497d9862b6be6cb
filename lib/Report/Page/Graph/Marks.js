// What of the drawing belongs to the thing that is selected or pointed at.

import { related } from "../Selection.js";
import { childOf, groupsAround } from "./Hierarchy.js";

/** The box that shows a child: its own, or that of the closed group it is in. */
export function boxShowing(scene, hierarchy, child) {
  const own = scene.boxByKey.get(String(child));
  if (own) return own;
  const around = groupsAround(hierarchy, child);
  for (const group of around.reverse()) {
    const box = scene.boxByKey.get(String(childOf(group)));
    if (box) return box;
  }
  return undefined;
}

const nothing = {
  boxes: new Set(),
  edges: new Set(),
  messages: new Set(),
  referred: [],
  referredMessages: [],
};

/** Ports of the two stages of a message, as keys of boxes. */
function portsOf(message, hierarchy) {
  if (!message) return [];
  const [from, to] = [message.from.stage, message.to.stage];
  return [
    `${hierarchy.roots[from]}:out:stage${to}`,
    `${hierarchy.roots[to]}:in:stage${from}`,
  ];
}

/** Whether an edge is from or to a port of a message. */
function makeCarries(message, hierarchy) {
  const ports = new Set(portsOf(message, hierarchy));
  return ({ group, from, to }) =>
    ports.has(`${group}:${from}`) || ports.has(`${group}:${to}`);
}

/** Whether an edge carries something to or from the thing. */
function makeTouches({ kind, id }, hierarchy, data) {
  const { report } = hierarchy;
  if (kind === "tensor") return ({ tensors }) => tensors.includes(id);
  if (kind === "group")
    return ({ from, to }) => from === childOf(id) || to === childOf(id);
  if (kind === "edge") return ({ key }) => key === id;
  if (kind === "port")
    return ({ group, from, to }) =>
      id === `${group}:${from}` || id === `${group}:${to}`;
  if (kind === "message") return makeCarries(data.messages[id], hierarchy);
  if (kind !== "node") return () => false;
  const node = report.nodes[id];
  if (!node) return () => false;
  const around = new Set(groupsAround(hierarchy, id).map(childOf));
  const holds = (end) => end === id || around.has(end);
  const outputs = new Set(node.outputs);
  const inputs = new Set(node.inputs);
  return ({ from, to, tensors }) =>
    (holds(from) && tensors.some((tensor) => outputs.has(tensor))) ||
    (holds(to) && tensors.some((tensor) => inputs.has(tensor)));
}

/** Children that are the thing, or that make or read it. */
function childrenOf({ kind, id }, hierarchy) {
  const { wiring } = hierarchy;
  if (kind === "node") return [id];
  if (kind === "group") return [childOf(id)];
  if (kind === "tensor")
    return [...wiring.makersOf(id), ...wiring.readersOf(id)];
  return [];
}

/**
 * Takes what can be selected, as in Things.js, and gives
 * {boxes, edges, messages}, Sets of keys (of messages, indices), and the edges
 * and messages that are only drawn for it, `referred` and `referredMessages`.
 */
export function marksOf(thing, { scene, hierarchy, data }) {
  if (!thing) return nothing;
  const boxes = new Set();
  for (const child of childrenOf(thing, hierarchy)) {
    const box = boxShowing(scene, hierarchy, child);
    if (box) boxes.add(box.key);
  }
  const group = thing.kind === "group" ? hierarchy.groups[thing.id] : null;
  const shared =
    group?.kind === "stage" ? { kind: "stage", id: group.stage } : thing;
  const all = related(data, shared);
  // A node's stage is not what is meant by it.
  if (["stage", "device"].includes(shared.kind))
    for (const stage of all.stages)
      if (hierarchy.roots[stage] !== undefined)
        boxes.add(String(childOf(hierarchy.roots[stage])));
  if (thing.kind === "port") boxes.add(thing.id);
  if (thing.kind === "message")
    for (const port of portsOf(data.messages[thing.id], hierarchy))
      boxes.add(port);
  const messages = new Set(all.messages);
  if (shared.kind === "stage") {
    const stage = data.stages[shared.id];
    for (const index of [
      ...(stage?.incoming ?? []),
      ...(stage?.outgoing ?? []),
    ])
      messages.add(index);
  }
  const touches = makeTouches(thing, hierarchy, data);
  return {
    boxes,
    edges: new Set(scene.edges.filter(touches).map(({ key }) => key)),
    messages,
    referred: scene.referred.filter(touches),
    referredMessages: scene.referredMessages.filter(({ message }) =>
      messages.has(message),
    ),
  };
}
