// Items on their way through the plan, one after the other, until nothing changes
// any more.

import { useMemo, useState } from "preact/hooks";
import {
  Bars,
  barAt,
  LaneNames,
  TimelinePlot,
  describeTimeline,
  labelWidth,
  timelineHeight,
} from "./Charts/TimelineChart.jsx";
import { Svg } from "./Charts/Svg.jsx";
import { AsTable, Picture, Section } from "./Common.jsx";
import { counted, formatPercent, formatTime, plain } from "./Format.js";
import {
  lanesOf,
  mainLanes,
  measuredLanes,
  scheduleOf,
  titleOf,
} from "./Lanes.js";
import { isSame } from "./Selection.js";

const figure = (title) => ({ title });
const text = (title) => ({ title, isText: true });

/** What a bar is of, to select it. */
const thingOf = (hit) =>
  hit && hit.bar.index !== undefined
    ? { kind: hit.bar.kind, id: hit.bar.index }
    : null;

/** The plot scrolls under names that stay. */
function Interactive({
  data,
  schedule,
  lanes,
  until,
  followed,
  zoom,
  width,
  selection,
  hover,
  onSelect,
  onHover,
}) {
  const names = labelWidth(lanes, width);
  const plot = Math.max(120, (width - names - 4) * zoom);
  const height = timelineHeight(lanes);
  const shared = { data, selection, hover, onSelect, onHover };
  // The bar under the pointer, found by its place: bars are few paths, not
  // elements of their own.
  const [hit, setHit] = useState(null);
  const hitOf = (event) => {
    const picture = event.currentTarget.querySelector("svg");
    const { left, top } = picture.getBoundingClientRect();
    const ns = (until * (event.clientX - left)) / plot;
    return barAt(lanes, ns, event.clientY - top);
  };
  const move = (event) => {
    const found = hitOf(event);
    if (found?.bar === hit?.bar) return;
    setHit(found);
    onHover(thingOf(found));
  };
  const leave = () => {
    setHit(null);
    onHover(null);
  };
  // The bars are most of the picture, and stay while the pointer moves.
  const back = useMemo(
    () => (
      <Bars
        lanes={lanes}
        x={(ns) => (plot * ns) / until}
        until={until}
        followed={followed}
      />
    ),
    [lanes, plot, until, followed],
  );
  return (
    <>
      <div class="timeline-frame">
        <svg
          class="chart timeline"
          width={names}
          height={height}
          viewBox={`0 0 ${names} ${height}`}
          aria-hidden="true"
        >
          <LaneNames lanes={lanes} width={names} {...shared} />
        </svg>
        <div
          class="scroll"
          role="group"
          aria-label="Timeline, scrolls when it is wide"
          onMouseMove={move}
          onMouseLeave={leave}
          onClick={(event) => {
            const thing = thingOf(hitOf(event));
            if (thing) onSelect(isSame(thing, selection) ? null : thing);
          }}
          tabIndex={0}
        >
          <Svg
            width={plot}
            height={height}
            label={describeTimeline(data, schedule, lanes)}
            className="timeline"
          >
            <TimelinePlot
              {...shared}
              schedule={schedule}
              lanes={lanes}
              width={plot}
              until={until}
              followed={followed}
              back={back}
            />
          </Svg>
        </div>
      </div>
      <p class="readout quiet" aria-hidden="true">
        {hit
          ? `item ${hit.bar.item}, ${titleOf(hit.lane)}: from ${formatTime(hit.bar.from)} to ${formatTime(hit.bar.to)}, ${formatTime(hit.bar.to - hit.bar.from)}`
          : "\u00a0"}
      </p>
    </>
  );
}

/** Where one item is when, from its begin on. */
function ItemTable({ data, schedule, followed, lanes }) {
  return (
    <AsTable
      summary="The item's way as a table"
      caption={`Item ${followed} on its way`}
      columns={[
        text("lane"),
        figure("begins"),
        figure("ends"),
        figure("takes"),
        figure("busy in all"),
      ]}
      rows={() =>
        lanes
          .flatMap((lane) =>
            lane.bars
              .filter(({ item }) => item === followed)
              .map((bar) => ({ lane, bar })),
          )
          .filter(({ lane }) => !lane.isMeasured)
          .sort((a, b) => a.bar.from - b.bar.from)
          .map(({ lane, bar }) => [
            titleOf(lane),
            formatTime(bar.from - schedule.items[followed].begin),
            formatTime(bar.to - schedule.items[followed].begin),
            formatTime(bar.to - bar.from),
            formatPercent(lane.loadNs, data.intervalNs),
          ])
      }
    />
  );
}

/** `view` is what is chosen, and onChange() takes what of it changes; there are
 * `shown` items, and `hasMore` lanes than the main ones. */
function Controls({ points, shown, hasMore, view, onChange }) {
  return (
    <div class="controls">
      {points.length > 0 && (
        <label>
          <span>Operating point</span>
          <select
            value={String(view.point)}
            onInput={(event) =>
              onChange({ point: Number(event.currentTarget.value) })
            }
          >
            <option value="-1">as planned</option>
            {points.map(({ name }, index) => (
              <option key={index} value={String(index)}>
                {plain(name).slice(0, 80)}
              </option>
            ))}
          </select>
        </label>
      )}
      <label>
        <span>Follow item</span>
        <input
          type="range"
          min="0"
          max={shown - 1}
          value={view.followed}
          onInput={(event) =>
            onChange({ followed: Number(event.currentTarget.value) })
          }
        />
        <output>{view.followed}</output>
      </label>
      <label>
        <span>Width</span>
        <select
          value={String(view.zoom)}
          onInput={(event) =>
            onChange({ zoom: Number(event.currentTarget.value) })
          }
        >
          {[1, 2, 4, 8].map((factor) => (
            <option key={factor} value={String(factor)}>
              {factor === 1 ? "all" : `${factor} x`}
            </option>
          ))}
        </select>
      </label>
      {hasMore && (
        <label>
          <input
            type="checkbox"
            checked={view.isAll}
            onInput={(event) =>
              onChange({ isAll: event.currentTarget.checked })
            }
          />{" "}
          all links
        </label>
      )}
    </div>
  );
}

/** What the schedule means, and where it is not quite what the plan says. */
function Words({ data, schedule, isMeasured }) {
  const { reachedNs, intervalNs, latencyNs, items, followed } = schedule;
  const took = items[followed].end - items[followed].begin;
  // Times are whole nanoseconds: a thousandth more is no difference.
  const isLater = reachedNs !== undefined && reachedNs > intervalNs * 1.001;
  return (
    <p class="note">
      {data.sequences
        ? `${counted(data.sequences, "sequence")} in flight: an item begins when that of its sequence before it has ended and the first stage knows.`
        : `Items come at the plan's pace, one every ${formatTime(intervalNs)}.`}{" "}
      {isLater &&
        `Served by age, as here, an item ends every ${formatTime(reachedNs)} in the long run, which is slower than the plan's ${formatTime(intervalNs)}: devices and links that serve several stages make each other wait. `}
      {took > latencyNs * 1.001 &&
        `The plan's latency of ${formatTime(latencyNs)} is that of an item that never waits. `}
      {isMeasured &&
        "Below, to the same scale, what the trace has measured from its first item on."}
    </p>
  );
}

export function Timeline(props) {
  const { data } = props;
  // Point -1 is the plan's own; without a choice, the schedule says which item
  // is followed.
  const [chosen, setChosen] = useState({ point: -1, zoom: 1, isAll: false });
  const { point, zoom, isAll } = chosen;
  const schedule = useMemo(
    () => scheduleOf(data, data.report.points[point]),
    [data, point],
  );
  const all = useMemo(
    () => schedule && lanesOf(data, schedule),
    [data, schedule],
  );
  const measured = useMemo(() => measuredLanes(data, data.trace), [data]);
  const lanes = useMemo(
    () => all && [...(isAll ? all : mainLanes(data, all)), ...measured],
    [data, all, isAll, measured],
  );
  if (!schedule) return null;
  // Another point may show fewer items than that one had.
  const followed = Math.min(
    chosen.followed ?? schedule.followed,
    schedule.shown - 1,
  );
  const hasMore = mainLanes(data, all).length < all.length;
  return (
    <Section
      id="timeline"
      title="Timeline"
      lead="Predicted, to scale: what is empty is idle."
    >
      <Controls
        points={data.report.points}
        shown={schedule.shown}
        hasMore={hasMore}
        view={{ ...chosen, followed }}
        onChange={(change) => setChosen((old) => ({ ...old, ...change }))}
      />
      <Picture>
        {(width) => (
          <Interactive
            {...props}
            schedule={schedule}
            lanes={lanes}
            until={schedule.until}
            followed={followed}
            zoom={zoom}
            width={width}
          />
        )}
      </Picture>
      <Words data={data} schedule={schedule} isMeasured={measured.length > 0} />
      <ItemTable
        data={data}
        schedule={schedule}
        followed={followed}
        lanes={all}
      />
    </Section>
  );
}
