// What can be selected. Beside the selections of all views there are groups,
// {kind: "group", id}, and with the key in the scene as id and with their tensors
// ports, {kind: "port", id, tensors}, and edges, {kind: "edge", id, tensors}.

import { childOf, groupOf, isGroup } from "./Hierarchy.js";

/** Children of the hierarchy that a thing is, or that belong to it. */
export function childrenOf(thing, { data, hierarchy }) {
  const stage = (index) =>
    hierarchy.roots[index] === undefined
      ? []
      : [childOf(hierarchy.roots[index])];
  const { kind, id } = thing;
  if (kind === "node") return [id];
  if (kind === "group") return [childOf(id)];
  if (kind === "stage") return stage(id);
  if (kind === "device")
    return (data.deviceByName.get(id)?.stages ?? []).flatMap(stage);
  if (kind === "tensor") {
    const [maker] = hierarchy.wiring.makersOf(id);
    return maker === undefined
      ? [...hierarchy.wiring.readersOf(id)].slice(0, 1)
      : [maker];
  }
  const messages =
    kind === "message"
      ? [data.messages[id]]
      : (data.linkById.get(id)?.messages ?? []).map(
          (index) => data.messages[index],
        );
  return messages
    .filter(Boolean)
    .flatMap(({ from, to }) => [from.stage, to.stage])
    .filter((index) => index !== null)
    .flatMap(stage);
}

/** The child that the outline marks. */
export function childShown(thing, hierarchy) {
  if (thing?.kind === "node") return thing.id;
  if (thing?.kind === "group") return childOf(thing.id);
  if (thing?.kind === "stage" && hierarchy.roots[thing.id] !== undefined)
    return childOf(hierarchy.roots[thing.id]);
  return undefined;
}

/** Kinds that only this view knows. */
export const isLocal = (thing) =>
  ["group", "edge", "port"].includes(thing?.kind);

/** A stage is a stage in all views, and a group in this one. */
export function sharedThing(thing, hierarchy) {
  const group = thing?.kind === "group" && hierarchy.groups[thing.id];
  return group?.kind === "stage" ? { kind: "stage", id: group.stage } : thing;
}

/** A child, as what it stands for. */
export const thingOfChild = (child) =>
  isGroup(child)
    ? { kind: "group", id: groupOf(child) }
    : { kind: "node", id: child };

/** Several tensors, or the only one. */
const thingOfTensors = (kind, id, tensors) =>
  tensors.length === 1
    ? { kind: "tensor", id: tensors[0] }
    : { kind, id, tensors };

/** What comes in or goes out through a port: a message where it is one. */
function thingOfPort({ box, edges }, { data, hierarchy }) {
  if (box.end === "in" || box.end === "out") {
    const message = data.messages.find(
      ({ from, to }) => (box.end === "in" ? from : to).stage === null,
    );
    const [device] = message[box.end === "in" ? "from" : "to"].devices;
    return { kind: "device", id: device };
  }
  const [, side, other] = /^(in|out):stage(\d+)$/.exec(box.id) ?? [];
  const { stage } = hierarchy.groups[box.group];
  const [from, to] =
    side === "in" ? [Number(other), stage] : [stage, Number(other)];
  const message = data.messages.find(
    (entry) => entry.from.stage === from && entry.to.stage === to,
  );
  if (message) return { kind: "message", id: message.index };
  const tensors = new Set(edges.flatMap((edge) => edge.tensors));
  return thingOfTensors("port", box.key, [...tensors]);
}

/** What an event in the drawing is about, {box, edge, edges, message}, as what it
 * stands for; edges are those of the box. */
export function thingOfTarget(target, context) {
  if (!target) return null;
  const { box, edge, message } = target;
  if (message !== undefined) return { kind: "message", id: message };
  if (edge) return thingOfTensors("edge", edge.key, edge.tensors);
  if (!box) return null;
  return typeof box.id === "string"
    ? thingOfPort(target, context)
    : sharedThing(thingOfChild(box.id), context.hierarchy);
}
