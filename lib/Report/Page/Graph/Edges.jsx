// Lines of the drawing: tensors between boxes, and messages between stages.

import { counted, formatBytes, formatTime } from "../Format.js";
import { widthOf } from "./Fit.js";
import { sizeLabel } from "./Layout.js";
import { Path } from "./Path.js";
import { pure } from "./Pure.js";

/** Wider for more bytes, by orders of magnitude. */
function lineWidth(bytes) {
  if (!(bytes > 0)) return 1.2;
  return Math.min(6, 1.2 + 0.75 * Math.max(0, Math.log10(bytes / 1024)));
}

/** What an edge carries, for the pointer that rests. */
const edgeTitle = (edge, report) =>
  `${sizeLabel(edge)}, ${counted(edge.tensors.length, "tensor")}` +
  (edge.isNoCut
    ? "\ncannot be cut: " +
      edge.tensors.map((tensor) => report.tensors[tensor].no_cut).find(Boolean)
    : "");

function Label({ x, y, text, size, className = "" }) {
  const width = widthOf(text, size) + 6;
  return (
    <g class={`edge-label ${className}`} transform={`translate(${x} ${y})`}>
      <rect
        x={-width / 2}
        y={-size * 0.75}
        width={width}
        height={size * 1.45}
        rx={3}
      />
      <text text-anchor="middle" y={size * 0.32} font-size={size}>
        {text}
      </text>
    </g>
  );
}

/** The line of an edge, with room to point at it. */
function Line({ data, width }) {
  return (
    <>
      <path class="catch" d={data} />
      <path
        class="line"
        d={data}
        style={`--width:${width}px`}
        marker-end="url(#graph-arrow)"
      />
    </>
  );
}

/** Tensors between two boxes of a group. */
export const Edge = pure(({ edge, mark, report }) => (
  <g
    class={`edge ${mark ?? ""} ${edge.isNoCut ? "is-no-cut" : ""}`}
    data-edge={edge.key}
    transform={`translate(${edge.x} ${edge.y})`}
  >
    <title>{edgeTitle(edge, report)}</title>
    <Line data={edge.data} width={lineWidth(edge.bytes)} />
  </g>
));

/** How many bytes an edge carries. */
export const EdgeLabel = pure(({ edge, mark }) => (
  <Label
    x={edge.x + edge.labelX}
    y={edge.y + edge.labelY}
    text={edge.label.text}
    size={10.5}
    className={mark}
  />
));

/** Messages have the colour of the stage that sends them. */
const colourOf = (stage) => (stage ? `stage-${stage.colour}` : "");

/** A message from one stage to another. */
export const MessageEdge = pure(({ edge, data, mark }) => {
  const message = data.messages[edge.message];
  const width = lineWidth(message.bytes) + 0.8;
  return (
    <g
      class={`edge message ${mark ?? ""} ${colourOf(data.stages[message.from.stage])}`}
      data-message={edge.message}
    >
      <title>
        {`Message of ${counted(message.tensors.length, "tensor")}: ` +
          `${formatBytes(message.bytes)}, ${formatTime(message.timeNs)}`}
      </title>
      <Line data={edge.data} width={edge.isWide ? width : Math.min(2, width)} />
    </g>
  );
});

/** Bytes and time: above and below the line, or on it where it is one of
 * several. */
export const MessageLabel = pure(({ edge, data, mark, scale }) => {
  const message = data.messages[edge.message];
  const size = Math.min(20, Math.max(11.5, 10.5 / scale));
  const bytes = formatBytes(message.bytes);
  const time = message.timeNs > 0 ? formatTime(message.timeNs) : "same device";
  const { labelX, labelY, isWide } = edge;
  const className = `is-message ${mark ?? ""}`;
  if (!isWide)
    return (
      <Label
        x={labelX}
        y={labelY}
        text={`${bytes}, ${time}`}
        size={Math.min(size, 12.5)}
        className={className}
      />
    );
  const away = size * 0.95;
  return (
    <>
      <Label
        x={labelX}
        y={labelY - away}
        text={bytes}
        size={size}
        className={className}
      />
      <Label
        x={labelX}
        y={labelY + away}
        text={time}
        size={size}
        className={className}
      />
    </>
  );
});

/** From the edge of one box to the edge of another, over all between them. */
export function directPath(from, to) {
  const middleX = (box) => box.left + box.width / 2;
  const bottom = from.top + from.height;
  if (bottom + 8 < to.top)
    return new Path(middleX(from), bottom).curveDownTo(middleX(to), to.top);
  if (to.top + to.height + 8 < from.top)
    return new Path(middleX(from), from.top).curveDownTo(
      middleX(to),
      to.top + to.height,
    );
  // Side by side: over what stands between them.
  const [start, end] = [middleX(from), middleX(to)];
  return new Path(start, from.top).archTo(
    end,
    to.top,
    24 + Math.abs(end - start) * 0.14,
  );
}

/** A line that is only there for the thing that is selected or pointed at. */
export function ReferredEdge({ from, to }) {
  if (!from || !to) return null;
  return (
    <path
      class="referred"
      d={directPath(from, to).data}
      marker-end="url(#graph-arrow-marked)"
    />
  );
}
