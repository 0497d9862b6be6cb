// Widths of text without a browser, since pictures are also drawn where there
// is none.

import { plain, shortened } from "../Format.js";

/** A character's share of the font's size: rough, and rather too large. */
function advance(character) {
  const code = character.codePointAt(0);
  if (code < 0x2e80) return /[MWmw@%]/.test(character) ? 0.9 : /[A-Z0-9_]/.test(character) ? 0.64 : /[iljtfr.,:;|'!() ]/.test(character) ? 0.34 : 0.58;
  // Ideographs and pictures.
  return code > 0xffff ? 1.4 : 1.05;
}

/** Pixels that a text takes in the font of the page. */
export const textWidth = (text, size = 12) => {
  let width = 0;
  for (const character of text) width += advance(character);
  return width * size;
};

/** The end of a name that fits a width, with dots for the rest; empty where not
 * even a few characters fit. */
export function fitted(name, width, size = 12) {
  const text = shortened(name, 400);
  if (textWidth(text, size) <= width) return text;
  let room = width - textWidth("\u2026", size);
  const characters = [...plain(text)];
  let first = characters.length;
  while (first > 0 && room - advance(characters[first - 1]) * size >= 0)
    room -= advance(characters[--first]) * size;
  const end = characters.slice(first).join("");
  return end.length < 2 ? "" : "\u2026" + end;
}
