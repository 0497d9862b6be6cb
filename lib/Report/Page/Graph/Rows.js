// In which rows the stages stand.

export const stageGap = { across: 132, down: 64 };
const rowGap = 60;
const mostRows = 12;

/** Begins of so many rows of about the same width. */
function rowBegins(boxes, rows) {
  const widths = boxes.map((box) => box.width + stageGap.across);
  const total = widths.reduce((sum, width) => sum + width, 0);
  const begins = [0];
  let width = 0;
  boxes.forEach((_, index) => {
    const isOver = width + widths[index] / 2 > (total * begins.length) / rows;
    if (index > begins.at(-1) && isOver && begins.length < rows)
      begins.push(index);
    width += widths[index];
  });
  return begins;
}

/** Boxes by row, for the index of the first of each. */
export const sliceRows = (boxes, begins) =>
  begins.map((begin, row) => boxes.slice(begin, begins[row + 1]));

/** How large boxes in these rows are in a frame; more rows are harder to
 * follow. */
function scaleOf(boxes, begins, { width, height }) {
  const rows = sliceRows(boxes, begins);
  const widths = rows.map((row) =>
    row.reduce(
      (sum, box) => sum + box.width + stageGap.across,
      -stageGap.across,
    ),
  );
  const whole = rows.reduce(
    (sum, row) => sum + Math.max(...row.map((box) => box.height)) + rowGap,
    0,
  );
  const scale = Math.min(width / Math.max(...widths), height / whole, 1);
  return scale * 0.93 ** (rows.length - 1);
}

/** Begins of the rows in which boxes are read best in a frame of that size. */
export function chooseBegins(boxes, frame) {
  let best = [0];
  for (let rows = 2; rows <= Math.min(boxes.length, mostRows); ++rows) {
    const begins = rowBegins(boxes, rows);
    if (scaleOf(boxes, begins, frame) > scaleOf(boxes, best, frame))
      best = begins;
  }
  return best;
}
