// Lanes of devices, links and media over time, to scale: what is empty is idle.

import { counted, formatTime, plain } from "../Format.js";
import { titleOf } from "../Lanes.js";
import { wayOf } from "../Schedule.js";
import { pointable, related } from "../Selection.js";
import { linearTicks } from "./Axis.js";
import { Stripes, Svg, box, round } from "./Svg.jsx";
import { fitted, fittedPair, textWidth } from "./Text.js";
import { TickBelow } from "./Ticks.jsx";

/** Pixels above the lanes, which is room for the brackets; of a lane; and below
 * them, for the figures of the axis. */
const top = 58;
const rowHeight = 26;
const bottom = 30;
/** Above what was measured. */
const heading = 30;

const firstMeasured = (lanes) => lanes.findIndex((lane) => lane.isMeasured);

/** The upper edges of the lanes. */
function edgesOf(lanes) {
  const first = firstMeasured(lanes);
  return lanes.map(
    (_, row) =>
      top + rowHeight * row + (first >= 0 && row >= first ? heading : 0),
  );
}

export const timelineHeight = (lanes) =>
  top +
  rowHeight * lanes.length +
  (firstMeasured(lanes) >= 0 ? heading : 0) +
  bottom;

/** How wide names are, within reason. */
export function labelWidth(lanes, width) {
  const widest = lanes.reduce(
    (most, lane) =>
      Math.max(
        most,
        textWidth(
          lane.names.map((name) => plain(name).slice(0, 60)).join(" to "),
        ),
      ),
    40,
  );
  return Math.round(Math.min(widest + 12, Math.max(84, width * 0.2)));
}

/** The name of a lane, or both ends of a link, in so many pixels. */
const laneLabel = ({ names }, width) =>
  names.length === 1
    ? fitted(names[0], width)
    : fittedPair(names[0], " to ", names[1], width);

/** The bar at a place of the plot, with its lane, or null. */
export function barAt(lanes, ns, y) {
  const edges = edgesOf(lanes);
  const row = edges.findIndex((edge) => y >= edge && y < edge + rowHeight);
  const bar = lanes[row]?.bars.find(({ from, to }) => from <= ns && ns < to);
  return bar ? { lane: lanes[row], bar } : null;
}

/** The names of the lanes; they stay while the rest is scrolled. */
export function LaneNames({ lanes, width, selection, onSelect, onHover }) {
  const edges = edgesOf(lanes);
  const props = { selection, onSelect, onHover };
  return (
    <g>
      {lanes.map((lane, row) => {
        const kind =
          lane.kind === "medium" || lane.isMeasured ? null : lane.kind;
        return (
          <g
            key={lane.id}
            class={"lane-name is-" + lane.kind}
            {...(kind ? pointable(props, kind, lane.name) : {})}
          >
            <title>{titleOf(lane).slice(0, 2000)}</title>
            <rect
              class="reach"
              y={edges[row]}
              width={width}
              height={rowHeight}
            />
            <text
              x={width - 8}
              y={edges[row] + 17}
              text-anchor="end"
              class={lane.kind === "device" ? undefined : "quiet"}
            >
              {laneLabel(lane, width - 12)}
            </text>
          </g>
        );
      })}
    </g>
  );
}

/** Bars of one lane as few paths: by colour, the items by turns paler, and the
 * followed one in full. */
function pathsOf(bars, edge, x, until, followed) {
  const paths = new Map();
  for (const bar of bars) {
    if (bar.from >= until || bar.to <= bar.from) continue;
    const from = x(bar.from);
    const wide = Math.max(0.6, x(Math.min(bar.to, until)) - from - 0.8);
    const shade =
      bar.item === followed
        ? "is-followed"
        : bar.item % 2 === 0
          ? "is-even"
          : "is-odd";
    const key = `${bar.colour ?? "none"} ${shade}`;
    paths.set(
      key,
      (paths.get(key) ?? "") + box(from, edge + 4, wide, rowHeight - 8),
    );
  }
  return paths;
}

/** Stripes along the top of bars whose colour is used again, above their
 * numbers. */
function Repeated({ bars, edge, x, until }) {
  const path = bars
    .filter(({ isRepeated, from }) => isRepeated && from < until)
    .map(({ from, to }) =>
      box(x(from), edge + 4, Math.max(0, x(Math.min(to, until)) - x(from)), 4),
    )
    .join("");
  return path && <path class="striped" d={path} />;
}

/** Numbers in bars that have room for them. */
const numbersOf = (bars, x, until) =>
  bars.filter(
    (bar) =>
      bar.from < until &&
      x(Math.min(bar.to, until)) - x(bar.from) >
        8 * String(bar.item).length + 8,
  );

/** What does not change while somebody points at things. */
export function Bars({ lanes, x, until, followed }) {
  const edges = edgesOf(lanes);
  return (
    <g>
      {lanes.map((lane, row) => (
        <g key={lane.id} class={lane.isMeasured ? "is-measured" : undefined}>
          {[...pathsOf(lane.bars, edges[row], x, until, followed)].map(
            ([key, path]) => {
              const [colour, shade] = key.split(" ");
              return (
                <path
                  key={key}
                  class={`bar ${shade} ${colour === "none" ? "no-stage" : "stage-" + colour}`}
                  d={path}
                />
              );
            },
          )}
          <Repeated bars={lane.bars} edge={edges[row]} x={x} until={until} />
          {numbersOf(lane.bars, x, until)
            .slice(0, 200)
            .map((bar) => (
              <text
                key={`${bar.item} ${bar.from}`}
                class={`number ${bar.colour === undefined ? "no-stage" : "stage-" + bar.colour}${bar.item === followed ? " is-followed" : ""}`}
                x={round((x(bar.from) + x(Math.min(bar.to, until))) / 2)}
                y={edges[row] + 17}
                text-anchor="middle"
              >
                {bar.item}
              </text>
            ))}
        </g>
      ))}
    </g>
  );
}

/** A span of time above or below the lanes. */
function Bracket({ from, to, y, text, limit, className }) {
  const wide = textWidth(text) + 8;
  const middle = Math.max(
    wide / 2,
    Math.min(limit - wide / 2, (from + to) / 2),
  );
  return (
    <g class={"bracket " + className}>
      <path
        d={`M${round(from)} ${y - 4}v8M${round(from)} ${y}H${round(to)}M${round(to)} ${y - 4}v8`}
      />
      <text x={round(middle)} y={y - 7} text-anchor="middle" class="halo">
        {text}
      </text>
    </g>
  );
}

/** The longest way of the followed item through the lanes that are shown. */
function Way({ data, schedule, lanes, followed, x, until }) {
  const edges = edgesOf(lanes);
  const rows = new Map(lanes.map((lane, row) => [lane.id, row]));
  let path = "";
  let before;
  for (const job of wayOf(data, schedule.jobs, followed)) {
    const row = job.lanes
      .map((id) => rows.get(id))
      .find((at) => at !== undefined);
    if (row === undefined || job.start >= until) continue;
    const y = edges[row] + rowHeight / 2;
    if (before && before.y !== y)
      path += `M${round(x(before.end))} ${round(before.y)}L${round(x(job.start))} ${round(y)}`;
    before = { y, end: job.end };
  }
  return path && <path class="way" d={path} />;
}

/** Everything right of the names, from x = 0. */
export function TimelinePlot({
  data,
  schedule,
  lanes,
  width,
  until,
  followed,
  back,
  selection,
  hover,
}) {
  const x = (ns) => (width * ns) / until;
  const item = schedule.items[followed];
  const height = timelineHeight(lanes);
  const edges = edgesOf(lanes);
  // The bracket of the pace stands between the last two ends that are shown.
  const ends = schedule.items.map(({ end }) => end).sort((a, b) => a - b);
  const last = ends.filter((end) => end <= until * (1 + 1e-9)).length - 1;
  const focus = hover ?? selection;
  const near = related(data, focus);
  const ticks = linearTicks(until, Math.max(2, Math.floor(width / 90)));
  const isNear = (bar) =>
    bar.kind === "stage"
      ? near.stages.has(bar.index)
      : near.messages.has(bar.index);
  return (
    <g>
      <defs>
        <Stripes id="stripes-timeline" />
      </defs>
      {ticks.map((tick) => (
        <TickBelow
          key={tick}
          x={x(tick)}
          span={[top - 6, height - bottom + 4]}
          labelX={Math.min(x(tick), width - 4)}
          labelY={height - bottom + 18}
          text={tick === 0 ? "0" : formatTime(tick)}
          // The figures at both ends stay inside of the picture.
          anchor={
            tick === 0 ? "start" : x(tick) > width - 30 ? "end" : "middle"
          }
        />
      ))}
      {lanes.map((lane, row) => (
        <line
          key={lane.id}
          class="grid"
          x1="0"
          x2={width}
          y1={edges[row] + rowHeight}
          y2={edges[row] + rowHeight}
        />
      ))}
      {back ?? <Bars lanes={lanes} x={x} until={until} followed={followed} />}
      {/* Outlines over the bars, which then need not be drawn again. */}
      {focus &&
        lanes.map((lane, row) => {
          const path = lane.bars
            .filter((bar) => bar.from < until && isNear(bar))
            .map((bar) =>
              box(
                x(bar.from),
                edges[row] + 3,
                Math.max(1, x(Math.min(bar.to, until)) - x(bar.from) - 0.8),
                rowHeight - 6,
              ),
            )
            .join("");
          return path && <path key={lane.id} class="outline" d={path} />;
        })}
      {firstMeasured(lanes) >= 0 && (
        <text class="strong" x="0" y={edges[firstMeasured(lanes)] - 8}>
          measured
        </text>
      )}
      <Way
        data={data}
        schedule={schedule}
        lanes={lanes}
        followed={followed}
        x={x}
        until={until}
      />
      {item && item.begin !== undefined && (
        <Bracket
          className="is-latency"
          from={x(item.begin)}
          to={x(Math.min(item.end, until))}
          y={24}
          limit={width}
          text={`item ${followed}: ${formatTime(item.end - item.begin)}`}
        />
      )}
      {last > 0 && (
        <Bracket
          className="is-steady"
          from={x(ends[last - 1])}
          to={x(ends[last])}
          y={46}
          limit={width}
          text={`${formatTime(ends[last] - ends[last - 1])} between items`}
        />
      )}
    </g>
  );
}

/** The sentence that stands for the picture. */
export const describeTimeline = (data, schedule, lanes) =>
  `Timeline of ${counted(schedule.shown, "item")} over ${counted(lanes.length, "lane")} of devices, links and media. ` +
  `Item ${schedule.followed} takes ${formatTime(schedule.items[schedule.followed].end - schedule.items[schedule.followed].begin)}; ` +
  `in the long run an item ends every ${formatTime(schedule.reachedNs ?? schedule.intervalNs)}.`;

/** Names and plot in one picture, as for a document. */
export function TimelineChart({ data, schedule, lanes, width, ...props }) {
  const names = labelWidth(lanes, width);
  return (
    <Svg
      width={width}
      height={timelineHeight(lanes)}
      label={describeTimeline(data, schedule, lanes)}
      className="timeline"
    >
      <LaneNames lanes={lanes} width={names} {...props} />
      <g transform={`translate(${names} 0)`}>
        <TimelinePlot
          data={data}
          schedule={schedule}
          lanes={lanes}
          width={width - names - 4}
          until={schedule.until}
          followed={schedule.followed}
          {...props}
        />
      </g>
    </Svg>
  );
}
