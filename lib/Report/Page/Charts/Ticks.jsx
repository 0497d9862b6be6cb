// Lines through a plot at the ticks of its axes, each with its figure.

import { round } from "./Svg.jsx";

/** At x of the axis below: a line over `span`, which is [top, bottom], and the
 * figure on the base line `labelY`. Without text there is the line alone. */
export const TickBelow = ({
  x,
  span: [top, bottom],
  labelY,
  text,
  labelX = x,
  anchor = "middle",
  className = "grid",
}) => (
  <g>
    <line class={className} x1={round(x)} x2={round(x)} y1={top} y2={bottom} />
    {text && (
      <text class="quiet" x={round(labelX)} y={labelY} text-anchor={anchor}>
        {text}
      </text>
    )}
  </g>
);

/** At y of the axis on the left: a line over `span`, which is [left, right], and
 * the figure before it. */
export const TickBeside = ({ y, span: [left, right], text }) => (
  <g>
    <line class="grid" x1={left} x2={right} y1={round(y)} y2={round(y)} />
    <text class="quiet" x={left - 6} y={round(y + 4)} text-anchor="end">
      {text}
    </text>
  </g>
);
