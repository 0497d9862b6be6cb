// Places boxes in rows, so that edges go down, and routes the edges between and
// beside the boxes.

import dagre from "@dagrejs/dagre";

const rowGap = 40;
const boxGap = 22;

/** Beyond so many boxes they stand in plain rows. */
const mostBoxes = 150;
const boxesInRow = 12;

/** Rows of the layout from above: {middle, height, isLabels}. */
function readRows(boxes, edges) {
  const rows = new Map();
  const add = (y, height, isLabels) => {
    const middle = Math.round(y * 10) / 10;
    const row = rows.get(middle);
    if (row) {
      row.height = Math.max(row.height, height);
      row.isLabels &&= isLabels;
    } else rows.set(middle, { middle, height, isLabels });
  };
  for (const box of boxes) add(box.y, box.height, false);
  for (const { points, label } of edges)
    for (const { y } of points.slice(1, -1)) add(y, label?.height ?? 0, true);
  return rows;
}

/** Where an edge leaves or enters a box: as near as may be to where it comes
 * from, but not at its corners. */
function attach(box, x) {
  const margin = Math.min(14, box.width / 2);
  const left = box.x - box.width / 2 + margin;
  const right = box.x + box.width / 2 - margin;
  return Math.max(left, Math.min(right, x));
}

const rowOf = (rows, y) => rows.get(Math.round(y * 10) / 10);

/** Vertical pieces of an edge, {x, from, to}, through its source's row, those
 * between and its target's row. Between them it may bend. */
function readPieces(edge, source, target, rows) {
  const sign = target.y < source.y ? -1 : 1;
  const through = (x, y) => {
    const half = (sign * rowOf(rows, y).height) / 2;
    return { x, from: y - half, to: y + half };
  };
  const inner = edge.points.slice(1, -1).map(({ x, y }) => through(x, y));
  const first = through(attach(source, inner[0]?.x ?? target.x), source.y);
  const last = through(attach(target, inner.at(-1)?.x ?? source.x), target.y);
  first.from = source.y + (sign * source.height) / 2;
  last.to = target.y - (sign * target.height) / 2;
  return [first, ...inner, last];
}

/** By dagre. Boxes are {id, width, height}, edges {from, to, label?}, in which
 * ends are ids and label is {width, height}. */
function layOut(boxes, edges) {
  const graph = new dagre.graphlib.Graph({ multigraph: true });
  graph.setGraph({ ranksep: rowGap, nodesep: boxGap, edgesep: 14 });
  for (const { id, width, height } of boxes)
    graph.setNode(String(id), { width, height });
  for (const { from, to, label } of edges)
    graph.setEdge(String(from), String(to), {
      ...(label ?? { width: 0, height: 0 }),
      labelpos: "c",
    });
  dagre.layout(graph);
  const placed = boxes.map((box) => {
    const { x, y } = graph.node(String(box.id));
    return { ...box, x, y };
  });
  const byId = new Map(placed.map((box) => [box.id, box]));
  const routed = edges.map((edge) => {
    const { points, x, y } = graph.edge(String(edge.from), String(edge.to));
    return { ...edge, points, labelX: x, labelY: y };
  });
  const rows = readRows(placed, routed);
  for (const edge of routed) {
    edge.pieces = readPieces(
      edge,
      byId.get(edge.from),
      byId.get(edge.to),
      rows,
    );
    delete edge.points;
  }
  return {
    boxes: placed,
    edges: routed,
    rows: [...rows.values()].sort((a, b) => a.middle - b.middle),
  };
}

/** Many boxes, in the order of their ranks and without edges. */
function layOutPlainly(boxes, ranks) {
  const order = boxes.map((_, index) => index);
  order.sort((a, b) => ranks[a] - ranks[b] || a - b);
  const placed = [];
  const rows = [];
  let top = 0;
  for (let begin = 0; begin < order.length; begin += boxesInRow) {
    const row = order.slice(begin, begin + boxesInRow).map((i) => boxes[i]);
    const height = Math.max(...row.map((box) => box.height));
    let left = 0;
    for (const box of row) {
      placed.push({ ...box, x: left + box.width / 2, y: top + height / 2 });
      left += box.width + boxGap;
    }
    rows.push({ middle: top + height / 2, height, isLabels: false });
    top += height + boxGap;
  }
  return { boxes: placed, edges: [], rows };
}

/**
 * Gives {boxes, edges, rows}: boxes with the middle x, y of each, edges with
 * their vertical pieces and labelX, labelY, rows as {middle, height, isLabels}.
 */
export function layerBoxes(boxes, edges, ranks) {
  if (boxes.length === 0) return { boxes: [], edges: [], rows: [] };
  return boxes.length > mostBoxes
    ? layOutPlainly(boxes, ranks)
    : layOut(boxes, edges);
}
