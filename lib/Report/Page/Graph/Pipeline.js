// The outermost layout: stages in their order, in rows or, where there is no room
// beside, below each other, and the messages between them.

import { childOf } from "./Hierarchy.js";
import { sizes } from "./Layout.js";
import { routeColumn } from "./RouteColumn.js";
import { dockHeight, routeRows } from "./Routes.js";
import { chooseBegins, sliceRows, stageGap } from "./Rows.js";

/** With more messages past other stages than that, these are drawn for the
 * stage that is selected or pointed at. */
const mostFar = 14;

/** Where an end of a message is; a device beyond the pipeline has its own box. */
const endOf = (end, side) => (end.stage === null ? side : end.stage);

/** Messages as {message, from, to}, in which ends are stages, "in" or "out". */
const readMessages = (data) =>
  data.messages
    .map((message) => ({
      message: message.index,
      from: endOf(message.from, "in"),
      to: endOf(message.to, "out"),
    }))
    .filter(({ from, to }) => from !== to);

/** Boxes in the order of the pipeline: the device that has the inputs, stages,
 * the device where outputs must end. */
function readBoxes(layouts, opened, messages) {
  const boxes = layouts.hierarchy.roots.map((root, stage) => ({
    ...layouts.boxOf(childOf(root), opened),
    end: stage,
  }));
  const size = { width: sizes.port.width, height: 2 * dockHeight };
  if (messages.some(({ from }) => from === "in"))
    boxes.unshift({ id: "in", end: "in", ...size });
  if (messages.some(({ to }) => to === "out"))
    boxes.push({ id: "out", end: "out", ...size });
  return boxes;
}

/** In which rows stages are read best in a frame of some size: the index of the
 * first of each. */
export const chooseRows = (data, layouts, opened, frame) =>
  chooseBegins(readBoxes(layouts, opened, readMessages(data)), frame);

/** Lefts of boxes, and the row that each is in. */
function placeAcross(rows) {
  rows.forEach((row, number) => {
    let left = 0;
    for (const box of row) {
      Object.assign(box, { left, row: number });
      left += box.width + stageGap.across;
    }
  });
}

/**
 * Stages stand in rows with these begins, or for null below each other. Gives
 * {left, width, height, boxes, edges, referred}: boxes as of Layouts with their
 * end (a stage, "in" or "out"), edges as {message, path, labelX, labelY}, and
 * messages that are not drawn as {message, from, to}.
 */
export function layOutStages(data, layouts, opened, begins) {
  const messages = readMessages(data);
  const boxes = readBoxes(layouts, opened, messages);
  const rows = sliceRows(boxes, begins ?? boxes.map((_, index) => index));
  placeAcross(rows);
  const place = new Map(boxes.map((box, index) => [box.end, index]));
  const distance = ({ from, to }) => place.get(to) - place.get(from);
  const far = messages.filter((message) => distance(message) !== 1);
  const isDrawn = (message) =>
    distance(message) === 1 || (distance(message) > 1 && far.length <= mostFar);
  const drawn = messages.filter(isDrawn).map(({ message, from, to }) => ({
    message,
    from: boxes[place.get(from)],
    to: boxes[place.get(to)],
  }));
  const routed = begins
    ? routeRows(rows, drawn)
    : routeColumn(boxes, drawn, stageGap.down);
  return {
    left: 0,
    width: Math.max(...boxes.map((box) => box.left + box.width)) + 24,
    ...routed,
    boxes,
    referred: messages.filter((message) => !isDrawn(message)),
  };
}
