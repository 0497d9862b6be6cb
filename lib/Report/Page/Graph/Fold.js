// Sets a tall layout in columns, as a newspaper does: cut between rows where
// few edges cross, which then go on at the top of the next column.

import { Path } from "./Path.js";

/** Pixels between columns, between two lines beside each other, and from a column
 * to the first of them. */
const gutter = 46;
const laneWidth = 9;
const firstLane = 12;
/** Width by height that a page has. */
const aspect = 1.5;
/** Lower layouts stay in one column; a cut goes through no more edges than that. */
const shortEnough = 640;
const mostCrossing = 4;

const top = (row) => row.middle - row.height / 2;
const bottom = (row) => row.middle + row.height / 2;

/** Left and right of all that stands between two heights. */
function widthBetween({ boxes, edges }, from, to) {
  let [left, right] = [Infinity, -Infinity];
  const add = (x, half) => {
    left = Math.min(left, x - half);
    right = Math.max(right, x + half);
  };
  for (const box of boxes)
    if (box.y > from && box.y < to) add(box.x, box.width / 2);
  for (const edge of edges) {
    for (const piece of edge.pieces)
      if (piece.from >= from && piece.to <= to) add(piece.x, 4);
    if (edge.label && edge.labelY > from && edge.labelY < to)
      add(edge.labelX, edge.label.width / 2);
  }
  return left < right ? { left, right } : { left: 0, right: 0 };
}

/** Whether an edge goes through a height, up or down. */
const crosses = (edge, y) => {
  const [start, end] = [edge.pieces[0].from, edge.pieces.at(-1).to];
  return Math.min(start, end) < y && Math.max(start, end) > y;
};

/** Heights to cut at, from above. */
function findCuts(layout, height, width) {
  const columns = Math.round(Math.sqrt((aspect * height) / (width + gutter)));
  if (height < shortEnough || columns < 2) return [];
  const solid = layout.rows.filter((row) => !row.isLabels);
  const places = solid.slice(0, -1).map((row) => {
    const y = bottom(row) + 1;
    const crossing = layout.edges.filter((edge) => crosses(edge, y));
    // Lines that go up would have to go from a column back to the one before.
    const isUsable =
      crossing.length <= mostCrossing &&
      crossing.every((edge) => edge.pieces[0].from <= edge.pieces.at(-1).to);
    return { y, crossing: isUsable ? crossing.length : Infinity };
  });
  const begin = top(layout.rows[0]);
  const cuts = [];
  for (let column = 1; column < columns; ++column) {
    const ideal = begin + (height * column) / columns;
    // An edge that is cut weighs as much as 8 % of a column's height.
    const cost = ({ y, crossing }) =>
      crossing * 0.08 + Math.abs(y - ideal) / (height / columns);
    const best = places
      .filter(({ y }) => y > (cuts.at(-1) ?? begin) + 1)
      .reduce((a, b) => (a && cost(a) <= cost(b) ? a : b), undefined);
    if (best && cost(best) < 0.75) cuts.push(best.y);
  }
  return cuts;
}

/** What lines take above and below the columns that they go between. */
const roomFor = (lanes) =>
  lanes.length === 0
    ? 0
    : firstLane + Math.max(...lanes.map(({ length }) => length)) * laneWidth;

/** Columns between the cuts, with how far each is moved. */
function makeColumns(layout, cuts, height, lanes) {
  const begin = top(layout.rows[0]) - 1;
  const ends = [...cuts, begin + height + 2];
  const room = roomFor(lanes);
  let x = 0;
  return ends.map((to, index) => {
    const from = index === 0 ? begin : ends[index - 1];
    const { left, right } = widthBetween(layout, from, to);
    // What stands first in a column stands at its top.
    const rows = layout.rows.filter(
      ({ middle }) => middle > from && middle < to,
    );
    const first = rows.length > 0 ? top(rows[0]) : from;
    const last = rows.length > 0 ? bottom(rows.at(-1)) : to;
    const start = index === 0 ? 0 : room;
    const column = {
      moveX: x - left,
      moveY: start - first,
      top: start,
      right: x + right - left,
      bottom: last - first + start,
    };
    x = column.right + gutter;
    return column;
  });
}

/** From the end of one column to the top of the next, in its own lane. */
function turn(path, column, next, lane, x) {
  const below = column.bottom + firstLane + lane * laneWidth;
  const beside = column.right + gutter / 2 - laneWidth + lane * laneWidth;
  const above = next.top - firstLane - lane * laneWidth;
  path.cornersTo([
    [path.x, below],
    [beside, below],
    [beside, above],
    [x, above],
  ]);
}

/** An edge piece by piece, around the end of each column that it goes through. */
function drawEdge(edge, columns, columnAt, laneOf) {
  let path;
  let at;
  for (const piece of edge.pieces) {
    const here = columnAt((piece.from + piece.to) / 2);
    const column = columns[here];
    const x = piece.x + column.moveX;
    const from = piece.from + column.moveY;
    if (!path) path = new Path(x, from);
    else if (here !== at) {
      turn(path, columns[at], column, laneOf(at, edge), x);
      path.cornersTo([[x, from]]);
    } else path.curveDownTo(x, from);
    if (piece.to !== piece.from) path.lineTo(x, piece.to + column.moveY);
    at = here;
  }
  return path;
}

/**
 * Takes what layerBoxes() gives and gives {width, height, boxes, edges}: boxes
 * with left and top, edges with `path` and the middle of their label.
 */
export function foldRows(layout) {
  if (layout.rows.length === 0)
    return { width: 0, height: 0, boxes: [], edges: [] };
  const height = bottom(layout.rows.at(-1)) - top(layout.rows[0]);
  const { left, right } = widthBetween(layout, -Infinity, Infinity);
  const cuts = findCuts(layout, height, right - left);
  const lanes = cuts.map((cut) =>
    layout.edges.filter((edge) => crosses(edge, cut)),
  );
  const columns = makeColumns(layout, cuts, height, lanes);
  const columnAt = (y) => cuts.filter((cut) => cut < y).length;
  const laneOf = (cut, edge) => lanes[cut].indexOf(edge);
  const boxes = layout.boxes.map(({ x, y, ...box }) => {
    const { moveX, moveY } = columns[columnAt(y)];
    return {
      ...box,
      left: x - box.width / 2 + moveX,
      top: y - box.height / 2 + moveY,
    };
  });
  const edges = layout.edges.map((edge) => {
    const column = columns[edge.label ? columnAt(edge.labelY) : 0];
    return {
      ...edge,
      path: drawEdge(edge, columns, columnAt, laneOf),
      labelX: edge.labelX + column.moveX,
      labelY: edge.labelY + column.moveY,
    };
  });
  return {
    width: columns.at(-1).right,
    // No lane goes under the last column.
    height: Math.max(
      columns.at(-1).bottom,
      ...columns.slice(0, -1).map((column) => column.bottom + roomFor(lanes)),
    ),
    boxes,
    edges,
  };
}
