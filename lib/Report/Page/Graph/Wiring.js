// Which nodes make a tensor and which ones read it.

const none = new Int32Array(0);

/** Nodes that make each tensor. A tensor has several where stages hold copies
 * of its node; the first in the list is then the one that is no copy. */
function readMakers({ nodes, tensors }) {
  const first = new Int32Array(tensors.length).fill(-1);
  const several = new Map();
  nodes.forEach((node, position) => {
    for (const tensor of node.outputs) {
      const other = first[tensor];
      if (other < 0) {
        first[tensor] = position;
        continue;
      }
      const makers = several.get(tensor) ?? [other];
      if (nodes[makers[0]].is_copied && !node.is_copied)
        makers.unshift(position);
      else makers.push(position);
      several.set(tensor, makers);
      first[tensor] = makers[0];
    }
  });
  return { first, several };
}

/** Readers of all tensors in one array, those of tensor t from start[t] to
 * start[t + 1]. A node that reads a tensor twice is listed once. */
function readReaders({ nodes, tensors }) {
  const start = new Int32Array(tensors.length + 1);
  const last = new Int32Array(tensors.length).fill(-1);
  const each = (visit) => {
    last.fill(-1);
    nodes.forEach((node, position) => {
      for (const tensor of node.inputs) {
        if (tensor < 0 || last[tensor] === position) continue;
        last[tensor] = position;
        visit(tensor, position);
      }
    });
  };
  each((tensor) => ++start[tensor + 1]);
  for (let i = 0; i < tensors.length; ++i) start[i + 1] += start[i];
  const readers = new Int32Array(start[tensors.length]);
  const next = start.slice();
  each((tensor, position) => (readers[next[tensor]++] = position));
  return { start, readers };
}

/**
 * Takes `report` of readData() and gives
 *   makersOf(tensor)           positions of the nodes that make it
 *   readersOf(tensor)          positions of the nodes that read it
 *   sourceOf(tensor, stage)    the node whose result a stage reads, which is the
 *                              stage's own where it has one; -1 for an input of
 *                              the model or an initializer
 *   readersFrom(node, tensor)  the readers that read this node's result
 */
export function readWiring(report) {
  const { nodes } = report;
  const { first, several } = readMakers(report);
  const { start, readers } = readReaders(report);
  const sourceOf = (tensor, stage) => {
    const makers = several.get(tensor);
    if (!makers) return tensor < 0 ? -1 : first[tensor];
    return makers.find((maker) => nodes[maker].stage === stage) ?? makers[0];
  };
  const readersOf = (tensor) =>
    tensor < 0 ? none : readers.subarray(start[tensor], start[tensor + 1]);
  return {
    makersOf: (tensor) =>
      several.get(tensor) ?? (first[tensor] >= 0 ? [first[tensor]] : []),
    readersOf,
    sourceOf,
    readersFrom: (node, tensor) =>
      several.has(tensor)
        ? readersOf(tensor).filter(
            (reader) => sourceOf(tensor, nodes[reader].stage) === node,
          )
        : readersOf(tensor),
  };
}
