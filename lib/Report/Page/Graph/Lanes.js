// Lanes for lines that run beside each other.

/** Gives spans lanes in which they do not overlap, short ones first: Map of
 * items to lanes. */
export function assignLanes(spans) {
  const lanes = [];
  const laneOf = new Map();
  const length = ({ from, to }) => to - from;
  for (const span of [...spans].sort((a, b) => length(a) - length(b))) {
    let lane = lanes.findIndex((others) =>
      others.every(({ from, to }) => span.to <= from || to <= span.from),
    );
    if (lane < 0) lane = lanes.push([]) - 1;
    lanes[lane].push(span);
    laneOf.set(span.item, lane);
  }
  return { count: lanes.length, laneOf };
}

/** What a line takes of its lane. */
export const span = (item, a, b) => ({
  item,
  from: Math.min(a, b) - 12,
  to: Math.max(a, b) + 12,
});
