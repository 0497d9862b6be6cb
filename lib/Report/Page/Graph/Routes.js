// The ways of messages between stages that stand in rows: to the neighbour
// straight on, past stages of the row above them, to other rows through the
// gutters between rows and, where there are rows between, beside all of them.

import { assignLanes, span } from "./Lanes.js";
import { Path } from "./Path.js";

/** Pixels of a line between rows, with its label. */
const laneHeight = 19;
/** A line that turns from one row to the next has a label on both sides. */
const turnHeight = 46;
const margin = 16;
/** Where messages leave and enter a stage at its sides. */
export const dockHeight = 30;

/** What kind of way a message takes. */
function kindOf({ from, to }, placeOf) {
  if (from.row === to.row)
    return placeOf(to) - placeOf(from) === 1 ? "straight" : "past";
  if (placeOf(to) - placeOf(from) === 1) return "turn";
  return to.row === from.row + 1 ? "down" : "around";
}

/** Where lines to other rows leave below and enter above a stage, side by side. */
function spreadDocks(entries) {
  const used = new Map();
  const take = (box, side) => {
    const key = box.end + side;
    const count = used.get(key) ?? 0;
    used.set(key, count + 1);
    return Math.min(count * 12, box.width / 2 - 30);
  };
  for (const entry of entries) {
    if (entry.kind === "straight" || entry.kind === "turn") continue;
    const { from, to } = entry;
    entry.exit = from.left + from.width - 28 - take(from, "out");
    entry.entry = to.left + 28 + take(to, "in");
  }
}

/** Lanes of all kinds: what goes above each row, between it and the next, and
 * beside all rows. */
function findLanes(entries, rowCount) {
  const above = [];
  const below = [];
  for (let row = 0; row < rowCount; ++row) {
    above.push(
      assignLanes(
        entries
          .filter(({ kind, from }) => kind === "past" && from.row === row)
          .map((entry) => span(entry, entry.exit, entry.entry)),
      ),
    );
    const spans = [];
    for (const entry of entries) {
      const { kind, from, to } = entry;
      if (kind === "down" && from.row === row)
        spans.push(span(entry, entry.exit, entry.entry));
      if (kind === "around" && from.row === row)
        spans.push(span(entry, -1e4, entry.exit));
      if (kind === "around" && to.row === row + 1)
        spans.push(span(entry, -1e4, entry.entry));
    }
    below.push(assignLanes(spans));
  }
  const beside = assignLanes(
    entries
      .filter(({ kind }) => kind === "around")
      .map((entry) => span(entry, entry.from.row * 100, entry.to.row * 100)),
  );
  return { above, below, beside };
}

/** Heights of rows, which make room for their lanes. */
function placeDown(rows, entries, { above, below }) {
  let top = 0;
  return rows.map((row, number) => {
    top += above[number].count > 0 ? 8 + above[number].count * laneHeight : 0;
    const bottom = top + Math.max(...row.map((box) => box.height));
    for (const box of row) box.top = top;
    const turns = entries.some(
      ({ kind, from }) => kind === "turn" && from.row === number,
    );
    const lanes = bottom + margin + (turns ? turnHeight : 0);
    const place = {
      top,
      bottom,
      turn: bottom + margin / 2 + turnHeight / 2,
      lanes,
    };
    top = lanes + below[number].count * laneHeight + margin;
    return place;
  });
}

/** The path of a message and the place of its label, by its kind of way. */
function draw(entry, places, { above, below, beside }) {
  const { kind, from, to } = entry;
  const right = from.left + from.width;
  const [startY, endY] = [from.top + dockHeight, to.top + dockHeight];
  const laneY = (row, other) =>
    places[row].lanes + (below[row].laneOf.get(other) + 0.5) * laneHeight;
  if (kind === "straight")
    return {
      path: new Path(right, startY).lineTo(to.left, endY),
      labelX: (right + to.left) / 2,
      labelY: startY,
      isWide: true,
    };
  if (kind === "turn") {
    const y = places[from.row].turn;
    return {
      path: new Path(right, startY).cornersTo([
        [right + 24, startY],
        [right + 24, y],
        [to.left - 24, y],
        [to.left - 24, endY],
        [to.left, endY],
      ]),
      labelX: (right + to.left) / 2,
      labelY: y,
      isWide: true,
    };
  }
  const { exit, entry: enter } = entry;
  if (kind === "past") {
    const y =
      from.top - 10 - (above[from.row].laneOf.get(entry) + 0.5) * laneHeight;
    return {
      path: new Path(exit, from.top).cornersTo([
        [exit, y],
        [enter, y],
        [enter, to.top],
      ]),
      labelX: (exit + enter) / 2,
      labelY: y,
    };
  }
  const bottom = from.top + from.height;
  const y = laneY(from.row, entry);
  if (kind === "down")
    return {
      path: new Path(exit, bottom).cornersTo([
        [exit, y],
        [enter, y],
        [enter, to.top],
      ]),
      labelX: (exit + enter) / 2,
      labelY: y,
    };
  const x = -44 - beside.laneOf.get(entry) * 14;
  const last = laneY(to.row - 1, entry);
  return {
    path: new Path(exit, bottom).cornersTo([
      [exit, y],
      [x, y],
      [x, last],
      [enter, last],
      [enter, to.top],
    ]),
    labelX: Math.min(exit, 180) / 2,
    labelY: y,
  };
}

/**
 * Sets the tops of boxes in rows, {end, row, left, width, height}, and routes
 * messages, {message, from, to} with boxes as ends, none of which goes up.
 * Returns {edges, height, left}.
 */
export function routeRows(rows, messages) {
  const places = new Map(rows.flat().map((box, place) => [box, place]));
  const entries = messages.map((message) => ({ ...message }));
  for (const entry of entries)
    entry.kind = kindOf(entry, (box) => places.get(box));
  spreadDocks(entries);
  const lanes = findLanes(entries, rows.length);
  const heights = placeDown(rows, entries, lanes);
  return {
    edges: entries.map((entry) => ({
      message: entry.message,
      ...draw(entry, heights, lanes),
    })),
    height: heights.at(-1)?.bottom ?? 0,
    left: lanes.beside.count > 0 ? 60 + lanes.beside.count * 14 : 24,
  };
}
