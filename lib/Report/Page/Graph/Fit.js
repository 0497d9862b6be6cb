// Texts in boxes.

import { textWidth } from "../Charts/Text.js";
import { plain } from "../Format.js";

let context;
const known = new Map();
const mostKnown = 20000;

/** A picture to measure text in; none outside of a browser. */
function makeContext() {
  if (typeof document === "undefined") return null;
  const picture = document.createElement("canvas").getContext("2d");
  if (picture) picture.family = getComputedStyle(document.body).fontFamily;
  return picture;
}

/** Pixels that a text takes, bold as titles are or not. */
export function widthOf(text, size, isBold = false) {
  context ??= makeContext();
  if (!context) return textWidth(text, size) * (isBold ? 1.15 : 1);
  const key = (isBold ? "b" : "n") + text;
  let width = known.get(key);
  if (width === undefined) {
    if (known.size > mostKnown) known.clear();
    context.font = `${isBold ? 600 : 400} 100px ${context.family}`;
    width = context.measureText(text).width / 100;
    known.set(key, width);
  }
  return width * size;
}

/** The longest part of `characters` that fits with an ellipsis; `part(n)` gives
 * that of n characters. */
function longestPart(count, part, width, size, isBold) {
  let [fits, fails] = [0, count];
  while (fails - fits > 1) {
    const middle = (fits + fails) >> 1;
    if (widthOf(part(middle), size, isBold) <= width) fits = middle;
    else fails = middle;
  }
  return fits < 2 ? "" : part(fits);
}

/** The beginning of a text that fits a width. */
export function fitStart(text, width, size, isBold) {
  const whole = plain(text).slice(0, 400);
  if (widthOf(whole, size, isBold) <= width) return whole;
  const characters = [...whole];
  const part = (count) =>
    characters.slice(0, count).join("").trimEnd() + "\u2026";
  return longestPart(characters.length, part, width, size, isBold);
}

/** The end of a name that fits: ends tell names apart. */
export function fitEnd(name, width, size, isBold) {
  const whole = plain(name);
  if (whole.length <= 400 && widthOf(whole, size, isBold) <= width)
    return whole;
  const characters = [...whole.slice(-400)];
  const part = (count) => "\u2026" + characters.slice(-count).join("");
  return longestPart(characters.length, part, width, size, isBold);
}
