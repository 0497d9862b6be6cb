// How axes write their figures.

import { formatBytes, formatCount, formatRate, formatTime } from "../Format.js";

/** By the unit of an axis. */
export const formatters = {
  number: (value) => String(Number(value.toPrecision(6))),
  count: formatCount,
  time: (ns) => (ns === 0 ? "0" : formatTime(ns)),
  bytes: formatBytes,
  /** Of an interval in nanoseconds. */
  rate: formatRate,
};
