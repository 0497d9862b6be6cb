// Widths of text without a browser, since pictures are also drawn where there
// is none.

import { isolated, plain } from "../Format.js";

/** A character's share of the font's size: rough, and rather too large. */
function advance(character) {
  const code = character.codePointAt(0);
  if (code < 0x2e80)
    return /[MWmw@%]/.test(character)
      ? 0.9
      : /[A-Z0-9_]/.test(character)
        ? 0.64
        : /[iljtfr.,:;|'!() \u00a0\u2068\u2069]/.test(character)
          ? 0.34
          : 0.58;
  // Ideographs and pictures.
  return code > 0xffff ? 1.4 : 1.05;
}

/** Pixels that a text takes in the font of the page. */
export const textWidth = (text, size = 12) => {
  let width = 0;
  for (const character of text) width += advance(character);
  return width * size;
};

/** The end of a text that fits a width, with dots for the rest; empty where not
 * even a few characters fit. */
export function fittedText(text, width, size = 12) {
  if (textWidth(text, size) <= width) return text;
  let room = width - textWidth("\u2026", size);
  // What fits no screen need not be looked at.
  const characters = [...text.slice(-1000)];
  let first = characters.length;
  while (first > 0 && room - advance(characters[first - 1]) * size >= 0)
    room -= advance(characters[--first]) * size;
  const end = characters.slice(first).join("");
  return end.length < 2 ? "" : "\u2026" + end;
}

/** The same of a name from the model or the cluster. */
export const fitted = (name, width, size) =>
  fittedText(plain(name), width, size);

/** The same of two names with words between, each with its own direction. */
export function fittedPair(from, words, to, width, size = 12) {
  const each = (width - textWidth(words, size)) / 2;
  const whole = textWidth(
    plain(from).slice(0, 1000) + plain(to).slice(0, 1000),
    size,
  );
  if (whole <= 2 * each) return isolated(from) + words + isolated(to);
  // The receiver tells more where there is no room for both.
  if (each < 36) return isolated(fitted(to, width, size));
  const parts = [from, to].map((name) => isolated(fitted(name, each, size)));
  return parts.join(words);
}
