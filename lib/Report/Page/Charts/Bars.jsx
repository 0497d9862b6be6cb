// Groups of horizontal bars: a bar for each series, and a tick where another
// figure of it is.

import { counted, plain, shortened } from "../Format.js";
import { linearTicks } from "./Axis.js";
import { Svg, box, round } from "./Svg.jsx";
import { fitted, textWidth } from "./Text.js";
import { TickBelow } from "./Ticks.jsx";
import { formatters } from "./Units.js";

/** Pixels of a bar, and of the gap below a group. */
const thick = 7;
const between = 12;

const heightOf = (group) => thick * group.values.length + between;

/** Where names of groups end and bars begin. */
const namesWidth = (groups, width) =>
  Math.min(
    width * 0.34,
    12 +
      groups.reduce(
        (most, { name }) => Math.max(most, textWidth(shortened(name, 60))),
        40,
      ),
  );

/** The bars of one group below each other, with its name before them. `place`
 * gives the x of a value. */
function Group({ group, left, y, place, format }) {
  return (
    <g>
      <text
        x={left - 8}
        y={y + (thick * group.values.length) / 2 + 4}
        text-anchor="end"
      >
        <title>{plain(group.name).slice(0, 400)}</title>
        {fitted(group.name, left - 12)}
      </text>
      {group.values.map((bar, index) => {
        const top = y + thick * index;
        return (
          <g key={index}>
            <title>
              {`${shortened(group.name)}: ${format(bar.value)}${bar.mark === undefined ? "" : `, ${format(bar.mark)}`}`.slice(
                0,
                2000,
              )}
            </title>
            <path
              class={`fill stage-${bar.series % 12}`}
              d={box(
                left,
                top,
                Math.max(0.5, place(bar.value) - left),
                thick - 1.5,
              )}
            />
            {bar.mark !== undefined && (
              <path
                class="mark"
                d={`M${round(place(bar.mark))} ${top - 1}v${thick}`}
              />
            )}
          </g>
        );
      })}
    </g>
  );
}

/**
 * `spec` is {label, series: [{name, index}], groups: [{name, values: [{series, value,
 * mark}]}], axis: {title, unit, reference, most}, markTitle}. A series has the
 * colour of its index. `most` is where the axis ends although a bar is longer.
 */
export function Bars({ spec, width = 640 }) {
  const { groups, series, axis = {} } = spec;
  const format = formatters[axis.unit] ?? formatters.number;
  const values = groups.flatMap((group) =>
    group.values.flatMap(({ value, mark }) => [value, mark ?? 0]),
  );
  const largest =
    Math.max(
      axis.reference ?? 0,
      values.reduce((a, b) => Math.max(a, b), 0),
    ) || 1;
  // Longer bars end at the edge; their figure is in the title.
  const most = Math.min(largest, axis.most ?? Infinity) * 1.04;
  const left = namesWidth(groups, width);
  const right = width - 30;
  const place = (value) => left + (right - left) * Math.min(1, value / most);
  const keys = [
    ...series,
    ...(spec.markTitle ? [{ name: spec.markTitle, index: -1 }] : []),
  ];
  // Keys stand in lines above the bars.
  let [keyX, keyY] = [0, 10];
  const placed = keys.map((key) => {
    const wide = 34 + textWidth(key.name);
    if (keyX > 0 && keyX + wide > width) [keyX, keyY] = [0, keyY + 20];
    const at = [keyX, keyY];
    keyX += wide;
    return { ...key, at };
  });
  const top = keyY + 26;
  let y = top;
  const tops = groups.map((group) => {
    const at = y;
    y += heightOf(group);
    return at;
  });
  const ticks = linearTicks(most, Math.max(2, Math.floor((right - left) / 90)));
  return (
    <Svg
      width={width}
      height={y + 40}
      label={
        spec.label ??
        `Bars of ${counted(groups.length, "group")}: ${axis.title ?? ""}`
      }
      className="bars"
    >
      {placed.map(({ name, index, at }) => (
        <g key={name} transform={`translate(${at[0]} ${at[1]})`}>
          {index >= 0 ? (
            <rect
              class={`fill stage-${index % 12}`}
              y="-5"
              width="12"
              height="10"
              rx="1"
            />
          ) : (
            <path class="mark" d="M6 -6v12" />
          )}
          <text x="18" y="4">
            {name}
          </text>
        </g>
      ))}
      {ticks.map((tick) => (
        <TickBelow
          key={tick}
          className={tick === axis.reference ? "axis" : "grid"}
          x={place(tick)}
          span={[top - 6, y - 4]}
          labelY={y + 12}
          text={format(tick)}
        />
      ))}
      {groups.map((group, index) => (
        <Group
          key={index}
          group={group}
          left={left}
          y={tops[index]}
          place={place}
          format={format}
        />
      ))}
      {axis.title && (
        <text
          class="quiet"
          x={(left + right) / 2}
          y={y + 32}
          text-anchor="middle"
        >
          {axis.title}
        </text>
      )}
    </Svg>
  );
}
