// What is selected or pointed at, and what belongs to it. A selection is
// {kind, id} or null, with kind and id
//   stage    index in plan.stages
//   device   name
//   message  index in plan.messages
//   link     "from>to", names of devices
//   node     position in report.nodes
//   tensor   index in report.tensors

/** Whether two selections are of the same thing. */
export const isSame = (one, other) =>
  one === other ||
  (!!one && !!other && one.kind === other.kind && one.id === other.id);

/** Whether `selection` is the thing of this kind. */
export const isSelected = (selection, kind, id) =>
  !!selection && selection.kind === kind && selection.id === id;

const none = {
  stages: new Set(),
  devices: new Set(),
  messages: new Set(),
  links: new Set(),
};

/** Stages, devices, messages and links that belong to the selection:
 * {stages, devices, messages, links}, each a Set of ids; itself included. */
export function related(data, selection) {
  if (!selection) return none;
  const stages = new Set();
  const devices = new Set();
  const messages = new Set();
  const links = new Set();
  const addStage = (index) => {
    const stage = data.stages[index];
    if (!stage) return;
    stages.add(index);
    stage.devices.forEach((name) => devices.add(name));
  };
  const addMessage = (index) => {
    const message = data.messages[index];
    if (!message) return;
    messages.add(index);
    message.links.forEach((id) => links.add(id));
  };
  const { kind, id } = selection;
  if (kind === "stage") addStage(id);
  if (kind === "device") {
    devices.add(id);
    data.deviceByName.get(id)?.stages.forEach((index) => stages.add(index));
  }
  if (kind === "message") {
    addMessage(id);
    const message = data.messages[id];
    if (message)
      [message.from, message.to].forEach(
        (end) => end.stage !== null && stages.add(end.stage),
      );
  }
  if (kind === "link") {
    links.add(id);
    data.linkById.get(id)?.messages.forEach((index) => messages.add(index));
  }
  if (kind === "node") addStage(data.report.nodes[id]?.stage);
  if (kind === "tensor")
    (data.messagesByTensor.get(id) ?? []).forEach(addMessage);
  return { stages, devices, messages, links };
}

/** Properties that make an element of a picture select and point at a thing by
 * mouse. What is inside of a picture (role="img") cannot be focused: the same
 * thing needs a button elsewhere, in a table or a legend. */
export function pointable({ selection, onSelect, onHover }, kind, id) {
  if (!onSelect) return {};
  const thing = { kind, id };
  return {
    "data-thing": kind,
    onClick: () => onSelect(isSelected(selection, kind, id) ? null : thing),
    onMouseEnter: () => onHover?.(thing),
    onMouseLeave: () => onHover?.(null),
  };
}

/** The same for a button, with the keyboard as well. */
export function selectable(props, kind, id) {
  if (!props.onSelect) return {};
  const thing = { kind, id };
  return {
    ...pointable(props, kind, id),
    "aria-pressed": isSelected(props.selection, kind, id),
    onFocus: () => props.onHover?.(thing),
    onBlur: () => props.onHover?.(null),
  };
}
