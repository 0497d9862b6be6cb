// Points of several series over two axes.

import { counted } from "../Format.js";
import { linearTicks, logTicks } from "./Axis.js";
import { Svg, round } from "./Svg.jsx";
import { textWidth } from "./Text.js";
import { TickBelow, TickBeside } from "./Ticks.jsx";
import { formatters } from "./Units.js";

/** A shape for each series besides its colour, around 0, 0. */
const shapes = [
  "M-4.5 0a4.5 4.5 0 1 0 9 0a4.5 4.5 0 1 0 -9 0z",
  "M0 -5.5L5.5 4.5H-5.5z",
  "M0 5.5L5.5 -4.5H-5.5z",
  "M0 -6L6 0L0 6L-6 0z",
  "M-4.5 -4.5h9v9h-9z",
  "M-6 -2.5h12v5h-12z",
  "M-1.8 -5.5h3.6v3.7h3.7v3.6h-3.7v3.7h-3.6v-3.7h-3.7v-3.6h3.7z",
];

/** The marker of series number `index`. */
export const Marker = ({ index, x, y, title }) => (
  <path
    class={`marker stage-${index % 12}`}
    transform={`translate(${round(x)} ${round(y)})`}
    d={shapes[index % shapes.length]}
  >
    {title && <title>{title}</title>}
  </path>
);

/** Names of series beside their markers, from (0, 0) down. */
export const Legend = ({ series }) => (
  <g>
    {series.map(({ name, index }, row) => (
      <g key={name} transform={`translate(8 ${20 * row})`}>
        <Marker index={index} x={0} y={0} />
        <text x="14" y="4">
          {name}
        </text>
      </g>
    ))}
  </g>
);

/** {low, high, at, ticks} of an axis from pixel `from` to pixel `to`; at() gives
 * the pixel of a value. Linear axes begin at 0, logarithmic ones below the least
 * value, and what is 0 or less has no place on these. */
function scaleOf(axis, values, from, to) {
  const known = values.filter(
    (value) => Number.isFinite(value) && (axis.scale !== "log" || value > 0),
  );
  const most = known.length > 0 ? Math.max(...known) : 1;
  if (axis.scale === "log") {
    const low = (known.length > 0 ? Math.min(...known) : 0.1) / 1.3;
    const high = most * 1.3;
    return {
      low,
      high,
      at: (value) =>
        from + ((to - from) * Math.log(value / low)) / Math.log(high / low),
      ticks: logTicks(low, high),
    };
  }
  const high = most * 1.08;
  return {
    low: 0,
    high,
    at: (value) => from + ((to - from) * value) / high,
    ticks: linearTicks(high, 6),
  };
}

/** What lies within a factor of the diagonal. */
function Band({ x, y, tolerance, low, high }) {
  const corners = [
    [low, low],
    [low * tolerance, low],
    [high, high / tolerance],
    [high, high],
    [high / tolerance, high],
    [low, low * tolerance],
  ];
  const points = corners.map(([a, b]) => `${round(x.at(a))} ${round(y.at(b))}`);
  return (
    <>
      <path class="band" d={`M${points.join("L")}z`} />
      <path class="axis" d={`M${points[0]}L${points[3]}`} />
    </>
  );
}

/**
 * `spec` is {label, x, y, series, diagonal}: a sentence; axes {title, scale:
 * "log" or "linear", unit}; [{name, points: [{x, y, title}], isStairs}], of
 * which stairs hold each y until the next x; and where
 * both axes are the same, the factor around their diagonal.
 */
export function Scatter({ spec, width = 600, height: most = 460 }) {
  const series = spec.series.map((entry, index) => ({ index, ...entry }));
  const all = series.flatMap(({ points }) => points);
  const legendWidth =
    series.length > 1
      ? 40 + Math.max(...series.map(({ name }) => textWidth(name)))
      : 12;
  const isBeside = width - legendWidth > 320;
  const [left, top, bottom] = [76, 12, 48];
  const right = width - (isBeside ? legendWidth : 12);
  const keys = isBeside ? 0 : 20 * series.length;
  // Equal axes are equally long.
  const height = spec.diagonal ? right - left + top + bottom + keys : most;
  const base = height - bottom - keys;
  // Equal axes need the same ends.
  const both = spec.diagonal
    ? all.flatMap((point) => [point.x, point.y])
    : null;
  const x = scaleOf(spec.x, both ?? all.map((point) => point.x), left, right);
  const y = scaleOf(spec.y, both ?? all.map((point) => point.y), base, top);
  const [formatX, formatY] = [
    formatters[spec.x.unit] ?? formatters.number,
    formatters[spec.y.unit] ?? formatters.number,
  ];
  let lastLabel = -Infinity;
  return (
    <Svg
      width={width}
      height={height}
      label={
        spec.label ??
        `${counted(all.length, "point")}: ${spec.y.title} over ${spec.x.title}`
      }
      className="scatter"
    >
      {spec.diagonal && (
        <Band x={x} y={y} tolerance={spec.diagonal} low={x.low} high={x.high} />
      )}
      {x.ticks.map((tick) => {
        const at = x.at(tick);
        const text = formatX(tick);
        const hasRoom = at - lastLabel > textWidth(text) + 10;
        if (hasRoom) lastLabel = at;
        return (
          <TickBelow
            key={tick}
            x={at}
            span={[top, base]}
            labelY={base + 17}
            text={hasRoom && text}
          />
        );
      })}
      {y.ticks.map((tick) => (
        <TickBeside
          key={tick}
          y={y.at(tick)}
          span={[left, right]}
          text={formatY(tick)}
        />
      ))}
      <path class="axis" d={`M${left} ${top}V${base}H${right}`} />
      <text x={(left + right) / 2} y={base + 37} text-anchor="middle">
        {spec.x.title}
      </text>
      <text
        text-anchor="middle"
        transform={`translate(14 ${(top + base) / 2}) rotate(-90)`}
      >
        {spec.y.title}
      </text>
      {series.map(({ name, index, points, isStairs }) => (
        <g key={name}>
          {isStairs && (
            <path
              class={`series-line stage-${index % 12}`}
              d={points
                .map(
                  (point, number) =>
                    (number === 0
                      ? `M${round(x.at(point.x))} `
                      : `H${round(x.at(point.x))}V`) + round(y.at(point.y)),
                )
                .join("")}
            />
          )}
          {points.map((point, number) => (
            <Marker
              key={number}
              index={index}
              x={x.at(point.x)}
              y={y.at(point.y)}
              title={point.title}
            />
          ))}
        </g>
      ))}
      {series.length > 1 && (
        <g
          transform={
            isBeside
              ? `translate(${right + 16} ${top + 8})`
              : `translate(${left} ${base + 58})`
          }
        >
          <Legend series={series} />
        </g>
      )}
    </Svg>
  );
}
