// Scales and their ticks.

import { hasDecimalBytes } from "../Format.js";

/** Steps of 1, 2 or 5 times a power of ten: about `count` ticks from 0 to max. */
export function linearTicks(max, count) {
  if (!(max > 0)) return [0];
  // The smallest round step that is not below max / count.
  const rough = max / Math.max(1, count);
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].find((factor) => factor * power >= rough) * power;
  const ticks = [];
  for (let index = 0; index * step <= max * (1 + 1e-9); ++index)
    ticks.push(index * step);
  return ticks;
}

/** Between low and high, at most `count`, whole steps of the units of bytes:
 * powers of two, or of ten. */
export function byteTicks(low, high, count) {
  if (hasDecimalBytes()) return logTicks(low, high, count);
  const [first, last] = [Math.log2(low), Math.log2(high)];
  for (const step of [1, 2, 5, 10, 20]) {
    const ticks = [];
    for (
      let power = Math.ceil(first / step) * step;
      power <= last;
      power += step
    )
      ticks.push(2 ** power);
    if (ticks.length <= count) return ticks;
  }
  return [];
}

/** 1, 2 and 5 times powers of ten between low and high; powers alone where that
 * is more than `count`. */
export function logTicks(low, high, count = 12) {
  for (const factors of [[1, 2, 5], [1]]) {
    const ticks = [];
    for (let power = Math.floor(Math.log10(low)); 10 ** power <= high; ++power)
      for (const factor of factors) {
        const tick = factor * 10 ** power;
        if (tick >= low && tick <= high) ticks.push(tick);
      }
    if (ticks.length <= count || factors.length === 1) return ticks;
  }
}
