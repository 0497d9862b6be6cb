// Lines as path data of SVG.

/** Tenths of a pixel are enough, and make short path data. */
const rounded = (value) => Math.round(value * 10) / 10;
const point = (x, y) => rounded(x) + " " + rounded(y);

/** Collects the path data of a line, and its extent. */
export class Path {
  constructor(x, y) {
    this.data = "M" + point(x, y);
    this.x = x;
    this.y = y;
    this.box = { left: x, right: x, top: y, bottom: y };
  }

  #goTo(x, y) {
    this.x = x;
    this.y = y;
    this.box.left = Math.min(this.box.left, x);
    this.box.right = Math.max(this.box.right, x);
    this.box.top = Math.min(this.box.top, y);
    this.box.bottom = Math.max(this.box.bottom, y);
  }

  /** A straight line. */
  lineTo(x, y) {
    this.data += "L" + point(x, y);
    this.#goTo(x, y);
    return this;
  }

  /** A curve that begins and ends vertically. */
  curveDownTo(x, y) {
    if (Math.abs(x - this.x) < 0.5) return this.lineTo(x, y);
    const middle = (this.y + y) / 2;
    this.data += `C${point(this.x, middle)} ${point(x, middle)} ` + point(x, y);
    this.#goTo(x, y);
    return this;
  }

  /** A curve that goes up by `height` and down again. */
  archTo(x, y, height) {
    const top = Math.min(this.y, y) - height;
    this.data += `C${point(this.x, top)} ${point(x, top)} ` + point(x, y);
    this.box.top = Math.min(this.box.top, top);
    this.#goTo(x, y);
    return this;
  }

  /** Straight pieces between points, [x, y] each, with round corners. */
  cornersTo(points, radius = 7) {
    points.forEach(([x, y], index) => {
      const next = points[index + 1];
      if (!next) {
        this.lineTo(x, y);
        return;
      }
      const before = Math.hypot(x - this.x, y - this.y);
      const after = Math.hypot(next[0] - x, next[1] - y);
      // Between close points the corners are as round as there is room for.
      const size = Math.min(radius, before / 2, after / 2);
      if (!(size > 0)) return;
      const toward = (to, from, length) => from + ((to - from) * size) / length;
      this.lineTo(toward(this.x, x, before), toward(this.y, y, before));
      const [endX, endY] = [
        toward(next[0], x, after),
        toward(next[1], y, after),
      ];
      this.data += `Q${point(x, y)} ${point(endX, endY)}`;
      this.#goTo(x, y);
      this.#goTo(endX, endY);
    });
    return this;
  }
}

/** Whether two extents have nothing in common. */
export const isApart = (a, b) =>
  a.right < b.left || b.right < a.left || a.bottom < b.top || b.bottom < a.top;
