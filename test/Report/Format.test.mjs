// Figures are written as the program's own table writes them
// (test/Unit/Support has the same ones).

import assert from "node:assert/strict";
import { test } from "node:test";
import {
  fixed,
  formatBitRate,
  formatBytes,
  formatCount,
  formatFactor,
  formatPercent,
  formatRate,
  formatShape,
  formatTime,
  isolated,
  plain,
  shortened,
  useDecimalBytes,
} from "../../lib/Report/Page/Format.js";
import {
  byteTicks,
  linearTicks,
  logTicks,
} from "../../lib/Report/Page/Charts/Axis.js";
import {
  fitted,
  fittedPair,
  textWidth,
} from "../../lib/Report/Page/Charts/Text.js";

const spaced = (text) => text.replaceAll("\u00a0", " ");

test("three digits with a unit", () => {
  assert.equal(spaced(formatTime(12345678)), "12.3 ms");
  assert.equal(spaced(formatTime(999)), "999 ns");
  assert.equal(spaced(formatTime(1000)), "1.00 us");
  assert.equal(spaced(formatTime(999950)), "1.00 ms");
  assert.equal(spaced(formatTime(7.2e13)), "72000 s");
  assert.equal(spaced(formatTime(-1500)), "-1.50 us");
  assert.equal(spaced(formatBytes(1610612736)), "1.50 GiB");
  assert.equal(spaced(formatBytes(1023)), "1023 B");
  assert.equal(spaced(formatBytes(461760)), "451 KiB");
  assert.equal(spaced(formatCount(4089184256)), "4.09 G");
  assert.equal(spaced(formatBitRate(94100000)), "94.1 Mbit/s");
  assert.equal(formatBitRate(Number("9223372036854775807")), "unlimited");
  assert.equal(spaced(formatRate(12345678)), "81.0 items/s");
  assert.equal(spaced(formatRate(1e9 / 3)), "3 items/s");
  assert.equal(spaced(formatRate(289855072464)), "0.00345 items/s");
  assert.equal(spaced(formatPercent(1, 3)), "33 %");
  assert.equal(formatPercent(1, 0), "-");
  assert.equal(spaced(formatFactor(1.65)), "1.65 x");
  assert.equal(spaced(formatFactor(7.53)), "7.5 x");
  assert.equal(formatTime(undefined), "not known");
  assert.equal(formatShape([1, "N", -1]), "1xNx?");
  assert.equal(formatShape([]), "scalar");
  assert.equal(formatShape(undefined), "?");
});

test("what lies halfway is rounded as printf does", () => {
  // As "%.1f" and "%.3g" of C write them.
  const rateOf = (rate) => spaced(formatRate(1e9 / rate)).split(" ")[0];
  assert.equal(rateOf(3906.25), "3906.2");
  assert.equal(rateOf(3906.75), "3906.8");
  assert.equal(rateOf(15.625), "15.6");
  assert.equal(rateOf(1.125), "1.12");
  assert.equal(rateOf(1.375), "1.38");
  assert.equal(rateOf(0.3125), "0.312");
  assert.equal(rateOf(9.999), "10");
  assert.equal(rateOf(0.00012345), "0.000123");
  assert.equal(rateOf(0.000099999), "0.0001");
  assert.equal(rateOf(0.00001), "1e-05");
  assert.equal(spaced(formatPercent(1, 8)), "12 %");
  assert.equal(spaced(formatPercent(3, 8)), "38 %");
  assert.equal(spaced(formatFactor(2.25)), "2.2 x");
  assert.equal(spaced(formatFactor(1.125)), "1.12 x");
  // Close to halfway is not halfway.
  assert.equal(fixed(0.15, 1), "0.1");
  assert.equal(fixed(0.25, 1), "0.2");
  assert.equal(fixed(0.35, 1), "0.3");
  assert.equal(fixed(-0.75, 1), "-0.8");
  // Of whole numbers the program rounds up.
  assert.equal(spaced(formatCount(1125)), "1.13 k");
});

test("names stay inside of their place", () => {
  assert.equal(plain("a\u202eb\nc"), "a\u25a1b\u25a1c");
  assert.equal(isolated("x"), "\u2068x\u2069");
  assert.equal(shortened("abc"), "abc");
  assert.equal(shortened("x".repeat(50)).length, 40);
  // Half of a pair is no character.
  assert.equal(shortened("\u{1f600}".repeat(30), 20).isWellFormed(), true);
  const long = "w".repeat(10000) + "end";
  assert.ok(textWidth(fitted(long, 80)) <= 80);
  assert.match(fitted(long, 80), /^\u2026.*end$/);
  assert.equal(fitted(long, 5), "");
  assert.ok(textWidth(fittedPair(long, " to ", long, 200)) <= 200);
});

test("ticks are few and round", () => {
  assert.deepEqual(linearTicks(100, 5), [0, 20, 40, 60, 80, 100]);
  assert.deepEqual(linearTicks(0, 5), [0]);
  assert.deepEqual(logTicks(1, 10), [1, 2, 5, 10]);
  assert.deepEqual(byteTicks(2 ** 9, 2 ** 31, 4), [2 ** 10, 2 ** 20, 2 ** 30]);
  assert.ok(byteTicks(1, 2 ** 60, 6).length <= 6);
});

test("bytes in the units of the cluster file", () => {
  useDecimalBytes(true);
  assert.equal(spaced(formatBytes(1500000)), "1.50 MB");
  assert.deepEqual(byteTicks(900, 2e6, 4), [1e3, 1e4, 1e5, 1e6]);
  useDecimalBytes(false);
  assert.equal(spaced(formatBytes(1536)), "1.50 KiB");
  assert.deepEqual(byteTicks(900, 5000, 4), [1024, 2048, 4096]);
});
