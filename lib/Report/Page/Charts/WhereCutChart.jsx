// The model from left to right in the order in which the parts run it: what each
// node takes, what the weights add up to, and what would cross at each place.

import { counted, formatBytes, formatTime, isolated } from "../Format.js";
import { isSelected, pointable, related } from "../Selection.js";
import { byteTicks } from "./Axis.js";
import { Stripes, Svg, box, round } from "./Svg.jsx";
import { fitted, textWidth } from "./Text.js";
import { TickBeside } from "./Ticks.jsx";

/** Pixels of the margins, of the strip of stages at the top, and from there down
 * of the panels. */
const left = 68;
const right = 12;
const stripTop = 0;
const stripHeight = 20;
const panels = {
  time: { top: 44, height: 84 },
  weights: { top: 164, height: 56 },
  bytes: { top: 258, height: 150 },
};
export const whereCutHeight = 454;

/** Runs of nodes of one stage: [{stage, first, end}]. */
function runsOf(data, crossing) {
  const runs = [];
  crossing.order.forEach((position, place) => {
    const { stage } = data.report.nodes[position];
    const last = runs[runs.length - 1];
    if (last && last.stage === stage) last.end = place + 1;
    else runs.push({ stage, first: place, end: place + 1 });
  });
  return runs;
}

/** The x of a place: place p is the left edge of the column of node p. */
const xScale = (crossing, width) => {
  const count = Math.max(1, crossing.order.length);
  return (place) => left + ((width - left - right) * place) / count;
};

/** Where the pointer is, as a place: the node whose column it is in. */
export function placeAt(crossing, width, x) {
  const count = crossing.order.length;
  const place = Math.floor(((x - left) / (width - left - right)) * count);
  return Math.max(0, Math.min(count - 1, place));
}

/** Bars of a run's times: a node each, or the sum of those that share a pixel.
 * Also the largest of them, which scales the axis. */
function timeColumns(crossing, width) {
  const count = crossing.order.length;
  const columns = Math.floor(width - left - right);
  const perColumn = Math.max(1, Math.ceil(count / Math.max(1, columns)));
  const sums = [];
  crossing.ns.forEach((ns, place) => {
    const column = Math.floor(place / perColumn);
    sums[column] = (sums[column] ?? 0) + ns;
  });
  return { perColumn, sums, most: sums.reduce((a, b) => Math.max(a, b), 0) };
}

/** The line below a panel, and at its top what its full height stands for. */
const Base = ({ panel: { top, height }, width, most }) => (
  <g>
    <line
      class="axis"
      x1={left}
      x2={width - right}
      y1={top + height}
      y2={top + height}
    />
    {most && (
      <text class="quiet" x={left - 6} y={top + 10} text-anchor="end">
        {most}
      </text>
    )}
  </g>
);

/** An area of a stage's colour, with the stripes of one that is used again. */
const Area = ({ data, stage, path, className = "fill" }) => (
  <>
    <path
      class={`${className} stage-${data.stages[stage]?.colour ?? 0}`}
      d={path}
    />
    {data.stages[stage]?.cycle > 0 && <path class="striped" d={path} />}
  </>
);

/** What each node takes, as bars in the colours of the stages. */
function TimePanel({ data, crossing, x, width }) {
  const { top, height } = panels.time;
  const { perColumn, sums, most } = timeColumns(crossing, width);
  const paths = new Map();
  if (most > 0)
    sums.forEach((ns, column) => {
      if (!(ns > 0)) return;
      const first = column * perColumn;
      const { stage } = data.report.nodes[crossing.order[first]];
      const from = x(first);
      const wide = Math.max(
        0.6,
        x(Math.min(first + perColumn, crossing.order.length)) -
          from -
          (perColumn === 1 && x(1) - x(0) > 4 ? 1 : 0),
      );
      const tall = Math.max(0.5, (height * ns) / most);
      paths.set(
        stage,
        (paths.get(stage) ?? "") + box(from, top + height - tall, wide, tall),
      );
    });
  return (
    <g>
      <Base
        panel={panels.time}
        width={width}
        most={most > 0 && formatTime(most)}
      />
      {[...paths].map(([stage, path]) => (
        <Area key={stage} data={data} stage={stage} path={path} />
      ))}
    </g>
  );
}

/** Weights of all nodes up to a place: what all stages before a cut there hold
 * together. */
function WeightPanel({ data, crossing, runs, x, width }) {
  const { top, height } = panels.weights;
  const total = crossing.weights[crossing.weights.length - 1];
  const y = (bytes) =>
    top + height - (total > 0 ? (height * bytes) / total : 0);
  const columns = Math.max(1, width - left - right);
  const step = Math.max(1, Math.ceil(crossing.order.length / columns));
  return (
    <g>
      <Base panel={panels.weights} width={width} most={formatBytes(total)} />
      {runs.map(({ stage, first, end }) => {
        let path = `M${round(x(first))} ${round(top + height)}V${round(y(crossing.weights[first]))}`;
        for (
          let place = first;
          place < end;
          place = Math.min(end, place + step)
        ) {
          const next = Math.min(end, place + step);
          path += `L${round(x(next))} ${round(y(crossing.weights[next]))}`;
        }
        path += `V${round(top + height)}z`;
        return (
          <Area
            key={first}
            data={data}
            stage={stage}
            path={path}
            className="fill is-soft"
          />
        );
      })}
    </g>
  );
}

/** Logarithmic, with what is 0 at the bottom. */
function byteScale(crossing) {
  const { top, height } = panels.bytes;
  let low = Infinity;
  let high = 1;
  for (let place = 0; place <= crossing.order.length; ++place) {
    const bytes = crossing.bytes[place];
    if (bytes > 0) low = Math.min(low, bytes);
    high = Math.max(high, bytes);
  }
  // Room below the least and above the most, and a span even where all are equal.
  low = Math.min(low, high / 2) / 1.5;
  high *= 1.3;
  const span = Math.log(high / low);
  const y = (bytes) =>
    bytes > 0
      ? top + height - (height * Math.log(bytes / low)) / span
      : top + height;
  return { low, high, y };
}

/** The curve as one path: a step for each place or, where places share pixels,
 * from the least to the most of each. */
function bytePath(crossing, x, y, width) {
  const places = crossing.order.length;
  const columns = Math.max(1, width - left - right);
  const step = Math.ceil(places / columns);
  let line = "";
  let band = "";
  if (step <= 1) {
    // A place lies between two nodes: its step spans half of each.
    for (let place = 0; place <= places; ++place) {
      const at = round(y(crossing.bytes[place]));
      const from = round(x(Math.max(0, place - 0.5)));
      line +=
        (place === 0 ? `M${from} ${at}` : `V${at}`) +
        `H${round(x(Math.min(places, place + 0.5)))}`;
    }
    return { line, band };
  }
  for (let first = 0; first <= places; first += step) {
    let [low, high] = [Infinity, 0];
    for (
      let place = first;
      place < Math.min(places + 1, first + step);
      ++place
    ) {
      low = Math.min(low, crossing.bytes[place]);
      high = Math.max(high, crossing.bytes[place]);
    }
    const from = round(x(first));
    line += `${first === 0 ? "M" : "L"}${from} ${round(y(low))}`;
    band += box(from, y(high), 1.1, Math.max(0, y(low) - y(high)));
  }
  return { line, band };
}

/** Places where a tensor crosses that cannot be cut, as runs. */
function fixedPath(crossing, x) {
  const { top, height } = panels.bytes;
  let path = "";
  let first = -1;
  for (let place = 0; place <= crossing.order.length + 1; ++place) {
    const isFixed = place <= crossing.order.length && crossing.fixed[place] > 0;
    if (isFixed && first < 0) first = place;
    if (isFixed || first < 0) continue;
    const from = x(Math.max(0, first - 0.5));
    path += box(
      from,
      top + height + 24,
      Math.max(0.6, x(place - 0.5) - from),
      4,
    );
    first = -1;
  }
  return path;
}

/** Borders that have room for a label, those with most bytes first. */
function labelled(crossing, x, width) {
  const taken = [];
  const chosen = new Map();
  const sorted = [...crossing.borders].sort(
    (a, b) => crossing.bytes[b.place] - crossing.bytes[a.place],
  );
  for (const { place } of sorted) {
    const text = formatBytes(crossing.bytes[place]);
    const half = textWidth(text) / 2 + 3;
    const at = round(Math.min(Math.max(x(place), left), width - half));
    if (taken.some(([from, to]) => at + half > from && at - half < to))
      continue;
    taken.push([at - half, at + half]);
    chosen.set(place, { text, x: at });
  }
  return chosen;
}

/** What would cross at each place, where it could be cut and where not. */
function BytePanel({ crossing, x, width }) {
  const { low, high, y } = byteScale(crossing);
  const { line, band } = bytePath(crossing, x, y, width);
  const fixed = fixedPath(crossing, x);
  return (
    <g>
      {byteTicks(low, high, 6).map((tick) => (
        <TickBeside
          key={tick}
          y={y(tick)}
          span={[left, width - right]}
          text={formatBytes(tick)}
        />
      ))}
      <Base panel={panels.bytes} width={width} />
      {band && <path class="band" d={band} />}
      <path class="curve" d={line} />
      {fixed && <path class="fixed" d={fixed} />}
    </g>
  );
}

/** What does not change while somebody points at things. */
export function WhereCutBack({ data, crossing, width }) {
  const x = xScale(crossing, width);
  const runs = runsOf(data, crossing);
  const shared = { data, crossing, runs, x, width };
  return (
    <g>
      <defs>
        <Stripes id="stripes-where-cut" />
      </defs>
      <TimePanel {...shared} />
      <WeightPanel {...shared} />
      <BytePanel {...shared} />
      <text
        class="quiet"
        x={width - right}
        y={whereCutHeight - 6}
        text-anchor="end"
      >
        {`${counted(crossing.order.length, "node")} that ${crossing.order.length === 1 ? "runs" : "run"} for every item, in order`}
      </text>
      {crossing.fixed.some((count) => count > 0) && (
        <>
          <rect
            class="fixed"
            x={left}
            y={whereCutHeight - 14}
            width="14"
            height="4"
          />
          <text class="quiet" x={left + 20} y={whereCutHeight - 6}>
            cannot be cut here
          </text>
        </>
      )}
    </g>
  );
}

/** A stage's number, and its device where there is room. */
function StripLabel({ stage, name, x, width }) {
  const number = String(stage);
  const room = width - textWidth(number, 13) - 16;
  if (room < -6) return null;
  return (
    <text class="on-fill" x={round(x + (room < 0 ? 2 : 5))} y={stripTop + 14}>
      <tspan class="strong">{number}</tspan>{" "}
      {room > 14 && fitted(name, room, 13)}
    </text>
  );
}

/** The stages on top, and the cuts through all three panels. */
function Stages({
  data,
  crossing,
  width,
  selection,
  hover,
  onSelect,
  onHover,
}) {
  const x = xScale(crossing, width);
  const { y } = byteScale(crossing);
  const texts = labelled(crossing, x, width);
  const focus = hover ?? selection;
  const near = related(data, focus);
  const props = { selection, onSelect, onHover };
  const { top, height } = panels.bytes;
  return (
    <g>
      {runsOf(data, crossing).map(({ stage, first, end }) => {
        const wide = Math.max(1, x(end) - x(first) - 1);
        const colour = data.stages[stage]?.colour ?? 0;
        const isDim = focus && near.stages.size > 0 && !near.stages.has(stage);
        return (
          <g
            key={first}
            class={`strip stage-${colour}${isDim ? " is-dim" : ""}${isSelected(selection, "stage", stage) ? " is-selected" : ""}`}
            {...pointable(props, "stage", stage)}
          >
            <title>
              {`stage ${stage} on ${isolated(data.stages[stage]?.devices[0])}, ${counted(end - first, "node")}`.slice(
                0,
                2000,
              )}
            </title>
            <rect
              class="fill"
              x={round(x(first))}
              y={stripTop}
              width={round(wide)}
              height={stripHeight}
            />
            {data.stages[stage]?.cycle > 0 && (
              <path
                class="striped"
                d={box(x(first), stripTop + stripHeight - 4, wide, 4)}
              />
            )}
            <StripLabel
              stage={stage}
              name={data.stages[stage].devices[0]}
              x={x(first)}
              width={wide}
            />
          </g>
        );
      })}
      {crossing.borders.map(({ place, before, after }) => {
        const message = data.messages.find(
          ({ from, to }) => from.stage === before && to.stage === after,
        );
        const at = round(x(place));
        const bytes = crossing.bytes[place];
        const isNear = message && near.messages.has(message.index);
        return (
          <g
            key={place}
            class={"cut" + (isNear ? " is-near" : "")}
            {...(message ? pointable(props, "message", message.index) : {})}
          >
            <title>{`cut between stage ${before} and stage ${after}: ${formatBytes(bytes)}`}</title>
            <path class="reach" d={`M${at} ${stripHeight}V${top + height}`} />
            <path
              class="cut-line"
              d={`M${at} ${stripHeight}V${top + height}`}
            />
            <circle cx={at} cy={round(y(bytes))} r="4" />
            {texts.has(place) && (
              <text
                class="strong"
                x={texts.get(place).x}
                y={top + height + 18}
                text-anchor="middle"
              >
                {texts.get(place).text}
              </text>
            )}
          </g>
        );
      })}
    </g>
  );
}

/** The sentence that stands for the picture. */
export const describeWhereCut = (data, crossing) => {
  const cuts = crossing.borders
    .slice(0, 6)
    .map(
      ({ place, before, after }) =>
        `${formatBytes(crossing.bytes[place])} between stage ${before} and ${after}`,
    );
  let most = 0;
  for (const bytes of crossing.bytes) most = Math.max(most, bytes);
  return `Time, weights and crossing bytes along ${counted(crossing.order.length, "node")}. At most ${formatBytes(most)} would cross at one place; ${cuts.length > 0 ? "the cuts cross with " + cuts.join(", ") : "there is no cut"}${crossing.borders.length > 6 ? ", and others" : ""}.`;
};

/** On top of the cuts, which would go through them. */
function Titles({ crossing, width }) {
  const { perColumn } = timeColumns(crossing, width);
  const titles = [
    [
      panels.time.top - 6,
      perColumn === 1 ? "time of each node" : `time of ${perColumn} nodes each`,
    ],
    [panels.weights.top - 6, "weights until here"],
    [
      panels.bytes.top - 10,
      width < 480
        ? "crossing bytes (logarithmic)"
        : "bytes that would cross at each place (logarithmic)",
    ],
  ];
  return (
    <g>
      {titles.map(([y, title]) => (
        <text key={y} class="quiet halo" x={left} y={y}>
          {title}
        </text>
      ))}
    </g>
  );
}

/** `back` is WhereCutBack, made once; `place` is where the pointer is. */
export function WhereCutChart({
  data,
  crossing,
  width,
  back,
  place,
  ...props
}) {
  const x = xScale(crossing, width);
  const at = place === undefined ? undefined : round(x(place + 0.5));
  return (
    <Svg
      width={width}
      height={whereCutHeight}
      label={describeWhereCut(data, crossing)}
      className="where-cut"
    >
      {back ?? <WhereCutBack data={data} crossing={crossing} width={width} />}
      <Stages data={data} crossing={crossing} width={width} {...props} />
      <Titles crossing={crossing} width={width} />
      {at !== undefined && (
        <path
          class="pointer"
          d={`M${at} ${stripHeight}V${panels.bytes.top + panels.bytes.height}`}
        />
      )}
    </Svg>
  );
}
