// Which edges of a group are worth a line. A tensor that most members read, or
// one that is read far below, would be a line past everything else; such edges
// are shown when one of their ends is selected or pointed at.

/** Rows that members need at least, from 0; back edges of cycles do not count. */
function ranksOf(count, edges) {
  const successors = Array.from({ length: count }, () => []);
  const open = new Int32Array(count);
  for (const { from, to } of edges) {
    successors[from].push(to);
    ++open[to];
  }
  const ranks = new Int32Array(count);
  const isDone = new Uint8Array(count);
  const ready = [];
  for (let i = 0; i < count; ++i) if (open[i] === 0) ready.push(i);
  let next = 0;
  for (let done = 0; done < count; ++done) {
    // In a cycle, the first in order goes first.
    if (ready.length === 0) {
      while (isDone[next]) ++next;
      ready.push(next);
    }
    const member = ready.shift();
    if (isDone[member]) {
      --done;
      continue;
    }
    isDone[member] = 1;
    for (const to of successors[member]) {
      if (isDone[to]) continue;
      ranks[to] = Math.max(ranks[to], ranks[member] + 1);
      if (--open[to] === 0) ready.push(to);
    }
  }
  // What needs nothing stands right before what needs it.
  const hasInput = new Uint8Array(count);
  for (const { to } of edges) hasInput[to] = 1;
  for (let i = 0; i < count; ++i)
    if (!hasInput[i] && successors[i].length > 0)
      ranks[i] = Math.max(
        0,
        Math.min(...successors[i].map((to) => ranks[to])) - 1,
      );
  return ranks;
}

const longSpan = 12;
const manyEnds = 8;
/** Rows that all edges may pass, which is what a layout takes its time for. */
const mostPassed = 500;

/**
 * Parts edges, whose ends are numbers below `count`, in those to draw and the
 * others: {drawn, referred, ranks}.
 */
export function partEdges(count, edges) {
  const ranks = ranksOf(count, edges);
  const span = ({ from, to }) => Math.abs(ranks[to] - ranks[from]);
  const readers = new Int32Array(count);
  const sources = new Int32Array(count);
  for (const { from, to } of edges) {
    ++readers[from];
    ++sources[to];
  }
  const isLong = (edge) => {
    const rows = span(edge);
    return (
      rows > longSpan ||
      (rows > 2 && readers[edge.from] > manyEnds) ||
      (rows > 4 && sources[edge.to] > manyEnds)
    );
  };
  const drawn = [];
  const referred = [];
  let passed = 0;
  for (const edge of [...edges].sort((a, b) => span(a) - span(b))) {
    passed += Math.max(0, span(edge) - 1);
    if (isLong(edge) || passed > mostPassed) referred.push(edge);
    else drawn.push(edge);
  }
  return { drawn, referred, ranks };
}
