// The ways of messages between stages that stand below each other.

import { assignLanes, span } from "./Lanes.js";
import { Path } from "./Path.js";

/** Pixels between two lines that go down side by side. */
const laneWidth = 16;

/** Sets the tops of boxes, which stand `gap` apart, and routes messages as
 * routeRows() does: to the next one straight on, to others at the right. */
export function routeColumn(boxes, messages, gap) {
  const places = new Map(boxes.map((box, place) => [box, place]));
  let top = 0;
  for (const box of boxes) {
    box.top = top;
    top += box.height + gap;
  }
  const right = Math.max(...boxes.map((box) => box.width));
  const isNext = ({ from, to }) => places.get(to) - places.get(from) === 1;
  const lanes = assignLanes(
    messages
      .filter((message) => !isNext(message))
      .map((message) => span(message, message.from.top, message.to.top)),
  );
  const edges = messages.map((message) => {
    const { from, to } = message;
    const start = from.top + from.height;
    if (isNext(message)) {
      const x = Math.min(from.width, to.width) / 2;
      return {
        message: message.message,
        path: new Path(x, start).lineTo(x, to.top),
        labelX: x,
        labelY: (start + to.top) / 2,
      };
    }
    const x = right + 22 + lanes.laneOf.get(message) * laneWidth;
    return {
      message: message.message,
      path: new Path(from.width, start - 18).cornersTo([
        [x, start - 18],
        [x, to.top + 18],
        [to.width, to.top + 18],
      ]),
      labelX: x,
      labelY: (start + to.top) / 2,
      // There would be no room for it beside the lines of others.
      hasNoLabel: true,
    };
  });
  return {
    edges,
    height: top - gap,
    width: right + laneWidth * lanes.count + 24,
  };
}
