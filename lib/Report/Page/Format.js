// Quantities and names for people, rounded as the program's own table rounds
// them: three significant digits; bytes in IEC units unless the cluster
// file has the others, all else in SI.

/** Between a figure and its unit, which stay on one line. */
const space = "\u00a0";

const times = [
  [1, "ns"],
  [1e3, "us"],
  [1e6, "ms"],
  [1e9, "s"],
];
const sizes = ["B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"].map(
  (unit, power) => [1024 ** power, unit],
);
const decimalSizes = ["B", "kB", "MB", "GB", "TB", "PB", "EB"].map(
  (unit, power) => [1000 ** power, unit],
);
let areDecimal = false;
const counts = ["", "k", "M", "G", "T", "P", "E"].map((unit, power) => [
  1000 ** power,
  unit,
]);

/** Rounds half up, as the program does where it divides whole numbers; what it
 * has as a fraction it prints as fixed() does. */
const rounded = (value, size, decimals) =>
  Math.floor((value * 10 ** decimals) / size + 0.5);

/** `scales` starts with size 1 and ascends; below the second one, figures are
 * exact. */
function scaled(signed, scales) {
  if (typeof signed !== "number" || !Number.isFinite(signed))
    return "not known";
  const value = Math.abs(signed);
  let index = scales.findLastIndex(([size]) => value >= size);
  let digits;
  if (index <= 0) {
    index = 0;
    digits = String(Math.round(value));
  } else {
    // Rounding may carry into the next scale: 999,950 is 1.00 M.
    const next = scales[index + 1];
    if (
      next &&
      rounded(value, scales[index][0], 0) * scales[index][0] >= next[0]
    )
      ++index;
    const size = scales[index][0];
    let decimals = 2;
    while (decimals > 0 && rounded(value, size, decimals) >= 1000) --decimals;
    digits = (rounded(value, size, decimals) / 10 ** decimals).toFixed(
      decimals,
    );
  }
  const unit = scales[index][1];
  return (signed < 0 ? "-" : "") + digits + (unit ? space + unit : "");
}

/** 12345678 ns is "12.3 ms"; nothing is longer than seconds. */
export const formatTime = (ns) => scaled(ns, times);

/** 1610612736 is "1.50 GiB". */
export const formatBytes = (bytes) =>
  scaled(bytes, areDecimal ? decimalSizes : sizes);

/** In which units bytes are written from now on: those of the cluster file, for
 * the whole page. */
export function useDecimalBytes(isWanted) {
  areDecimal = isWanted;
}

/** Whether they are kB and MB. */
export const hasDecimalBytes = () => areDecimal;

/** 4089184256 is "4.09 G". */
export const formatCount = (count) => scaled(count, counts);

/** 94100000 is "94.1 Mbit/s"; the largest number of the file format stands for
 * no limit. */
export const formatBitRate = (bits) =>
  isUnlimited(bits)
    ? "unlimited"
    : scaled(
        bits,
        counts.map(([size, unit]) => [size, unit + "bit/s"]),
      );

/** As printf's %.Nf, which the program prints with: of two decimals that are
 * equally near, printf takes the even one, and toFixed() the larger one. */
export function fixed(value, decimals) {
  // Halfway is only what has one binary place more than decimals, and ends in
  // it: 3906.25 to one place. Scaling by powers of two is exact.
  const isTie = Math.abs(value * 2 ** (decimals + 1)) % 2 === 1;
  if (!isTie) return value.toFixed(decimals);
  const below = Math.floor(value * 10 ** decimals);
  const even = below % 2 === 0 ? below : below + 1;
  return (even / 10 ** decimals).toFixed(decimals);
}

/** As printf's %.3g of what is positive: three digits, without zeros at their
 * end. */
function threeDigits(value) {
  const [digits, power] = value.toExponential(2).split("e");
  if (power >= -4)
    return String(Number(fixed(value, Math.max(0, 2 - Number(power)))));
  const exponent = String(-power).padStart(2, "0");
  return `${Number(digits)}e-${exponent}`;
}

/** Items per second as a figure alone. */
export const rateDigits = (rate) =>
  rate >= 10 ? fixed(rate, 1) : threeDigits(rate);

/** Items per second of an interval: 12345678 ns is "81.0 items/s". */
export function formatRate(ns) {
  const rate = 1e9 / Math.max(1, ns);
  if (!Number.isFinite(rate)) return "not known";
  return rateDigits(rate) + space + "items/s";
}

/** The part of a whole; without a whole there is none. */
export const formatPercent = (part, whole) =>
  whole > 0 && Number.isFinite(part)
    ? fixed((100 * part) / whole, 0) + space + "%"
    : "-";

/** "1.65 x", with more digits where they make the difference. */
export function formatFactor(factor) {
  if (!Number.isFinite(factor)) return "not known";
  return fixed(factor, factor < 0.1 ? 4 : factor < 2 ? 2 : 1) + space + "x";
}

/** "1 node" and "20,000 nodes". */
export const counted = (count, what) =>
  `${count.toLocaleString("en")} ${what}${count === 1 ? "" : "s"}`;

/** Whether a limit of the cluster file is none. */
export const isUnlimited = (value) => value >= 2 ** 63 - 2 ** 11;

/** A name as text that neither breaks lines nor turns what stands around it:
 * control characters, and those that set a direction, are shown as boxes. */
export const plain = (name) =>
  String(name ?? "").replace(
    /[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g,
    "\u25a1",
  );

/** A name in a sentence, which ends what directions it has (for titles and
 * aria-labels; in markup use <bdi>). */
export const isolated = (name) => `\u2068${shortened(name, 120)}\u2069`;

/** The end of a name that is too long, since ends tell names apart. */
export function shortened(name, most = 40) {
  const text = plain(name);
  if (text.length <= most) return text;
  let end = text.slice(1 - most);
  // Not half of a pair.
  if (/^[\udc00-\udfff]/.test(end)) end = end.slice(1);
  return "\u2026" + end;
}

/** "1x3x48x320". */
export const formatShape = (shape) =>
  !Array.isArray(shape)
    ? "?"
    : shape.length === 0
      ? "scalar"
      : shape.map((extent) => (extent === -1 ? "?" : plain(extent))).join("x");
