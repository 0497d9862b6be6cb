// What boxes are made of.

import { fitStart, widthOf } from "../Fit.js";

/** A line of text, by its base line; `anchor` "end" sets it left of x. */
export const Text = ({ x, y, size, children, className, anchor }) => (
  <text
    x={x}
    y={y}
    font-size={size}
    class={className}
    text-anchor={anchor === "end" ? "end" : undefined}
  >
    {children}
  </text>
);

/** How much of the stage's time it is. */
export function Share({ x = 8, y, width, share }) {
  if (!(share > 0)) return null;
  return (
    <rect
      class="share"
      x={x}
      y={y}
      width={Math.max(1.5, (width - 2 * x) * Math.min(1, share))}
      height={3.5}
      rx={1}
    />
  );
}

/** A button in a corner of a group. */
export function Toggle({ x, y, isOpen, scale = 1 }) {
  return (
    <g
      class="toggle"
      data-toggle=""
      transform={`translate(${x} ${y}) scale(${Math.max(1, scale)})`}
    >
      <rect x={-10} y={-10} width={20} height={20} rx={5} />
      <path d={isOpen ? "M-4.5 0H4.5" : "M-4.5 0H4.5M0 -4.5V4.5"} />
    </g>
  );
}

/** A note in a corner: what is not known about a node. */
export const Badge = ({ x, y, text }) => (
  <g class="badge" transform={`translate(${x} ${y})`}>
    <rect x={-8} y={-8} width={16} height={16} rx={8} />
    <text text-anchor="middle" y={4} font-size={11}>
      {text}
    </text>
  </g>
);

/** A title as large as it takes to read it from afar, and a figure where there
 * is room for it. */
export function FarTitle({ width, height, text, figure, scale }) {
  const size = Math.min(height * 0.5, Math.max(12, 11.5 / scale));
  const title = fitStart(text, width - 18, size, true);
  const rest = width - 26 - widthOf(title, size, true);
  const small = size * 0.88;
  const y = height / 2 + size * 0.35;
  return (
    <>
      <Text x={10} y={y} size={size} className="title name">
        {title}
      </Text>
      {figure && widthOf(figure, small) < rest && (
        <Text x={width - 9} y={y} size={small} className="quiet" anchor="end">
          {figure}
        </Text>
      )}
    </>
  );
}

/** The colour of a stage, with stripes where it is used again. */
export function StageBand({ stage, height }) {
  return (
    <>
      <rect class="stage-band" width={7} height={height} />
      {stage.cycle > 0 && (
        <rect width={7} height={height} fill="url(#graph-stripes)" />
      )}
    </>
  );
}
