// Finds what is repeated in a sequence: "ababab" is three times "ab". Blocks of
// a model, such as the layers of a transformer, show up like this in the
// sequence of its operators.

const modulus = 67108859; // below 2^26, so that products are exact

/** Hashes of all prefixes, by which any two pieces are compared at once. */
function prefixHashes(tokens) {
  const count = tokens.length;
  const exact = new Float64Array(count + 1);
  const wrapped = new Int32Array(count + 1);
  const exactPower = new Float64Array(count + 1).fill(1);
  const wrappedPower = new Int32Array(count + 1).fill(1);
  for (let i = 0; i < count; ++i) {
    exact[i + 1] = (exact[i] * 48271 + tokens[i] + 1) % modulus;
    exactPower[i + 1] = (exactPower[i] * 48271) % modulus;
    wrapped[i + 1] =
      (Math.imul(wrapped[i], 0x2c1b3c6d) + tokens[i] + 12345) | 0;
    wrappedPower[i + 1] = Math.imul(wrappedPower[i], 0x2c1b3c6d);
  }
  const piece = (from, length) => {
    const difference =
      exact[from + length] - ((exact[from] * exactPower[length]) % modulus);
    return difference < 0 ? difference + modulus : difference;
  };
  const other = (from, length) =>
    (wrapped[from + length] - Math.imul(wrapped[from], wrappedPower[length])) |
    0;
  return (a, b, length) =>
    piece(a, length) === piece(b, length) &&
    other(a, length) === other(b, length);
}

/** The largest length up to `most` for which `holds`, which is true up to some
 * length and false from there on. */
function longest(most, holds) {
  let good = 0;
  let step = 1;
  while (good + step <= most && holds(good + step)) {
    good += step;
    step *= 2;
  }
  for (; step >= 1; step >>= 1)
    if (good + step <= most && holds(good + step)) good += step;
  return good;
}

/**
 * All maximal pieces [start, end) that have a period of at most half of their
 * length, with their shortest period. Piece by piece and period by period,
 * positions that are one period apart are compared and extended to both sides:
 * n/1 + n/2 + n/3 + ... comparisons, each of log n steps.
 */
export function findRuns(tokens) {
  const count = tokens.length;
  const areEqual = prefixHashes(tokens);
  const seen = new Set();
  const runs = [];
  for (let period = 1; period * 2 <= count; ++period) {
    for (let i = 0; i + period < count; i += period) {
      const j = i + period;
      const after = longest(count - j, (length) => areEqual(i, j, length));
      const before = longest(i, (length) =>
        areEqual(i - length, j - length, length),
      );
      if (after + before < period) continue;
      const [start, end] = [i - before, j + after];
      // A multiple of a period that is known has the same ends.
      const key = start * (count + 1) + end;
      if (!seen.has(key)) {
        seen.add(key);
        runs.push({ start, end, period });
      }
      // Further positions in it would find it again.
      i += Math.floor(Math.max(0, after - period) / period) * period;
    }
  }
  return runs;
}

/** How often a block of that many items has to be there to be worth a group. */
const fewest = (period) => (period === 1 ? 4 : period < 4 ? 3 : 2);

const isWorth = ({ start, end, period }) =>
  end - start >= period * fewest(period);

/** Hashes may be wrong, if hardly ever. */
function isPeriodic(tokens, { start, end, period }) {
  for (let i = start + period; i < end; ++i)
    if (tokens[i] !== tokens[i - period]) return false;
  return true;
}

/** Many small blocks tell more than two large ones of the same length. */
const worthOf = ({ start, end, period }) =>
  (end - start) * (1 - period / (end - start)) ** 2;

/** Runs that do not overlap, the best first; of one that overlaps with a better
 * one what is left of it, if that still is worth it. */
function choose(tokens, runs) {
  const byWorth = runs
    .filter(isWorth)
    .sort((a, b) => worthOf(b) - worthOf(a) || a.start - b.start);
  const taken = new Uint8Array(tokens.length);
  const chosen = [];
  for (const run of byWorth) {
    let { start, end } = run;
    while (start < end && taken[start]) ++start;
    let stop = start;
    while (stop < end && !taken[stop]) ++stop;
    const rest = { start, end: stop, period: run.period };
    if (!isWorth(rest) || !isPeriodic(tokens, rest)) continue;
    taken.fill(1, start, stop);
    chosen.push(rest);
  }
  return chosen.sort((a, b) => a.start - b.start);
}

/** Where in a run its blocks should begin: where least is cut by their
 * borders. `costBefore(i)` is what a border before item i cuts. */
function align({ start, end, period }, costBefore) {
  const length = end - start;
  let best;
  for (let shift = 0; shift < period; ++shift) {
    const count = Math.floor((length - shift) / period);
    if (count < fewest(period)) break;
    // One border in the middle tells of all.
    const middle = start + shift + Math.floor(count / 2) * period;
    const isLess = count < Math.floor(length / period);
    const cost = costBefore(middle) + (isLess ? 0.5 : 0);
    if (!best || cost < best.cost)
      best = { start: start + shift, period, count, cost };
  }
  return { start: best.start, period: best.period, count: best.count };
}

/**
 * Repeated blocks of a sequence of integers, in order and apart from each other:
 * [{start, period, count}], count blocks of period items from start on.
 */
export const findRepeats = (tokens, costBefore = () => 0) =>
  choose(tokens, findRuns(tokens)).map((run) => align(run, costBefore));
