// What would cross if the model were cut at one place of the order in which the
// parts run its nodes, and what lies before that place. Place p is before the
// p-th node that runs for every item; linear in nodes and tensors.

/** Tensors that stay with their stage for the next item of a sequence. */
function stateNames(data) {
  const names = new Set();
  for (const stage of data.stages)
    for (const { input, output } of stage.states) {
      names.add(String(input));
      names.add(String(output));
    }
  return names;
}

/** Where each tensor is made and read: it is sent from where its owner makes it,
 * or from the start if no node does. A stage that computes it as well (a copied
 * node) sends nothing and reads its own. */
function spansOf(data, order) {
  const { nodes, tensors } = data.report;
  const madeAt = new Int32Array(tensors.length).fill(-1);
  const ownAt = new Map();
  const key = (tensor, stage) => tensor + ":" + stage;
  order.forEach((position, place) => {
    const node = nodes[position];
    for (const tensor of node.outputs)
      if (node.is_copied)
        ownAt.set(key(tensor, node.stage), { tensor, from: place, to: place });
      else madeAt[tensor] = place;
  });
  const readUntil = new Int32Array(tensors.length).fill(-1);
  order.forEach((position, place) => {
    const node = nodes[position];
    for (const tensor of node.inputs) {
      if (tensor < 0 || tensors[tensor].is_constant) continue;
      const own = ownAt.get(key(tensor, node.stage));
      if (own) own.to = place;
      else readUntil[tensor] = place;
    }
  });
  const states = stateNames(data);
  const spans = [];
  tensors.forEach((tensor, index) => {
    if (tensor.is_constant || readUntil[index] < 0) return;
    // A state that is an input is in its stage from the start.
    if (states.has(tensor.name)) return;
    spans.push({
      tensor: index,
      from: madeAt[index] + 1,
      to: readUntil[index],
    });
  });
  for (const { tensor, from, to } of ownAt.values()) {
    // While the owner's is still needed further on, one copy would be sent.
    const start = Math.max(from + 1, readUntil[tensor] + 1);
    if (start <= to && !tensors[tensor].is_constant)
      spans.push({ tensor, from: start, to });
  }
  return spans;
}

/**
 * Gives
 *   order        positions in report.nodes of the nodes that run for every item
 *   ns           time of each of these; undefined ones are 0
 *   weights      [p]: bytes of weights before place p
 *   bytes        [p]: bytes that cross at place p
 *   unsized      [p]: how many tensors of unknown size cross besides
 *   fixed        [p]: how many tensors cross that cannot be cut
 *   borders      [{place, before, after}] where the stage changes
 *   spans        {tensor, from, to}: the tensor crosses at places from to to
 */
export function crossingOf(data) {
  const { nodes, tensors } = data.report;
  const order = [];
  const weights = [0];
  let held = 0;
  nodes.forEach((node, position) => {
    held += node.weight_bytes ?? 0;
    // A node of no stage of the plan is in a damaged file.
    if (node.is_constant || !data.stages[node.stage]) return;
    order.push(position);
    weights.push(held);
  });
  weights[order.length] = held;
  const places = order.length + 1;
  const bytes = new Float64Array(places + 1);
  const unsized = new Int32Array(places + 1);
  const fixed = new Int32Array(places + 1);
  const spans = spansOf(data, order);
  for (const { tensor, from, to } of spans) {
    const size = tensors[tensor].bytes;
    const add = (array, value) => {
      array[from] += value;
      array[to + 1] -= value;
    };
    if (typeof size === "number") add(bytes, size);
    else add(unsized, 1);
    if (tensors[tensor].no_cut) add(fixed, 1);
  }
  for (let place = 1; place <= places; ++place) {
    bytes[place] += bytes[place - 1];
    unsized[place] += unsized[place - 1];
    fixed[place] += fixed[place - 1];
  }
  const stageAt = (place) => nodes[order[place]].stage;
  const borders = [];
  for (let place = 1; place < order.length; ++place)
    if (stageAt(place) !== stageAt(place - 1))
      borders.push({
        place,
        before: stageAt(place - 1),
        after: stageAt(place),
      });
  return {
    order,
    ns: order.map((position) => nodes[position].time_ns ?? 0),
    weights,
    bytes,
    unsized,
    fixed,
    borders,
    spans,
  };
}

/** Indices of the tensors that cross at a place, the largest first. */
export function tensorsAt(data, crossing, place) {
  const { tensors } = data.report;
  return crossing.spans
    .filter(({ from, to }) => from <= place && place <= to)
    .map(({ tensor }) => tensor)
    .sort((a, b) => (tensors[b].bytes ?? 0) - (tensors[a].bytes ?? 0));
}
