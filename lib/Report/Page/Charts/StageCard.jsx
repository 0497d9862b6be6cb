// One stage of the pipeline as a card: what its device does for an item and
// holds in memory.

import {
  formatBytes,
  formatPercent,
  formatTime,
  isUnlimited,
  isolated,
} from "../Format.js";
import { box, round } from "./Svg.jsx";
import { fitted, fittedText } from "./Text.js";

/** What memory is for, in the order of the bar. */
export const memoryParts = [
  ["weights", "weights"],
  ["states", "states"],
  ["activations", "activations"],
  ["buffers", "buffers"],
  ["runtime", "runtime"],
];

/** The smallest cap of the devices of a stage; undefined where unlimited. */
export function capOf(data, stage) {
  const caps = stage.devices
    .map((name) => data.deviceByName.get(name)?.capBytes)
    .filter((cap) => cap !== undefined && !isUnlimited(cap));
  return caps.length > 0 ? Math.min(...caps) : undefined;
}

/** A stage's device, if it has one: what several stages of it add up to. */
const sharedDevice = (data, stage) => {
  const device = data.deviceByName.get(stage.devices[0]);
  return stage.devices.length === 1 && device.stages.length > 1 ? device : null;
};

/** Lines of plain words below the name. */
export function notesOf(data, stage) {
  const notes = [];
  const device = data.deviceByName.get(stage.devices[0]);
  if (stage.devices.length > 1)
    notes.push(
      `${stage.devices.length} devices in turn, with ${isolated(stage.devices.at(-1))}`,
    );
  if (sharedDevice(data, stage))
    notes.push(`one of ${device.stages.length} stages there`);
  if (device.isIngress && stage.index === device.stages[0])
    notes.push("has the model's inputs");
  if (device.isEgress && stage.index === device.stages.at(-1))
    notes.push("where the outputs must end");
  if (stage.streamedBytes > 0)
    notes.push(`streams ${formatBytes(stage.streamedBytes)} for each item`);
  return notes;
}

/** "→ 3  9.38 KiB, 2.10 ms, 4 %" */
export function describeMessage(data, message) {
  const to = message.to.stage ?? `egress ${isolated(message.to.devices[0])}`;
  const from =
    message.from.stage === null
      ? `ingress ${isolated(message.from.devices[0])} `
      : "";
  const load =
    message.links.length === 0
      ? "same device"
      : `${formatTime(message.timeNs)}, ${formatPercent(message.loadNs, data.intervalNs)}`;
  return `${from}\u2192 ${to}: ${formatBytes(message.bytes)}, ${load}`;
}

/** Pixels between the edge of a card and what is in it. */
const padding = 12;

/** How much of the time between two items the stage is busy and, paler behind it,
 * its device with all of its stages. */
function LoadBar({ data, stage, y, width }) {
  const device = sharedDevice(data, stage);
  const share = data.intervalNs > 0 ? stage.loadNs / data.intervalNs : 0;
  const whole =
    data.intervalNs > 0 && device ? device.loadNs / data.intervalNs : share;
  const inner = width - 2 * padding;
  const clamp = (part) => round(inner * Math.min(1, Math.max(0, part)));
  return (
    <g transform={`translate(${padding} ${y})`}>
      <text y="10">
        <tspan class="quiet">busy </tspan>
        {formatTime(stage.loadNs)}
        {device && <tspan class="quiet"> of {formatTime(device.loadNs)}</tspan>}
      </text>
      <text
        x={inner}
        y="10"
        text-anchor="end"
        class={whole >= 1 ? "limit" : undefined}
      >
        {formatPercent(device ? device.loadNs : stage.loadNs, data.intervalNs)}
      </text>
      <rect class="track" y="16" width={inner} height="10" rx="2" />
      {device && (
        <rect
          class="fill is-other"
          y="16"
          width={clamp(whole)}
          height="10"
          rx="2"
        />
      )}
      <rect class="fill" y="16" width={clamp(share)} height="10" rx="2" />
    </g>
  );
}

/** Above: what the memory is for, all of it as long as the card. Below: which
 * part of the device's memory that is. */
function MemoryBar({ data, stage, y, width }) {
  const device = sharedDevice(data, stage);
  const { memory, memoryBytes, memoryIsLowerBound } = device ?? stage;
  const cap = capOf(data, stage);
  const inner = width - 2 * padding;
  let x = 0;
  const parts = memoryParts.map(([key], index) => {
    const part = memoryBytes > 0 ? (inner * memory[key]) / memoryBytes : 0;
    const rect = (
      <rect
        key={key}
        class={`memory-${index}`}
        x={round(x)}
        y="16"
        width={round(Math.max(0, part - 0.75))}
        height="10"
      />
    );
    x += part;
    return rect;
  });
  return (
    <g transform={`translate(${padding} ${y})`}>
      <text y="10">
        <tspan class="quiet">memory </tspan>
        {memoryIsLowerBound && "at least "}
        {formatBytes(memoryBytes)}
      </text>
      <text x={inner} y="10" text-anchor="end" class="quiet">
        {cap === undefined ? "no cap" : `of ${formatBytes(cap)}`}
      </text>
      {parts}
      {cap !== undefined && (
        <>
          <rect class="track" y="28" width={inner} height="3" />
          <rect
            class="gauge"
            y="28"
            width={round(Math.max(1, inner * Math.min(1, memoryBytes / cap)))}
            height="3"
          />
        </>
      )}
    </g>
  );
}

/** Pixels of a line of text, and how many messages a card lists. */
const lineHeight = 17;
const mostExtras = 4;

/** How high a card is with so many lines. */
export function cardHeight(data, stage, extras) {
  const lines =
    notesOf(data, stage).length + Math.min(extras.length, mostExtras);
  return 128 + lineHeight * (lines + (extras.length > mostExtras ? 1 : 0));
}

/** `extras` are messages that no arrow shows. */
export function StageCard({
  data,
  stage,
  extras,
  x,
  y,
  width,
  height,
  isDim,
  isLimit,
  isSelected,
  handlers,
}) {
  const notes = notesOf(data, stage);
  const bars = 38 + lineHeight * notes.length;
  const shown = extras.slice(0, mostExtras);
  const name = fitted(stage.devices[0], width - (isLimit ? 92 : 48), 13);
  return (
    <g
      class={`card stage-${stage.colour}${isDim ? " is-dim" : ""}${isSelected ? " is-selected" : ""}`}
      transform={`translate(${round(x)} ${round(y)})`}
      {...handlers}
    >
      <title>
        {`stage ${stage.index} on ${stage.devices.map(isolated).join(", ")}`.slice(
          0,
          2000,
        )}
      </title>
      <rect class="card-back" width={width} height={height} rx="6" />
      <path
        class="fill"
        d={`M0 28V6a6 6 0 0 1 6-6H${width - 6}a6 6 0 0 1 6 6V28z`}
      />
      {stage.cycle > 0 && <path class="striped" d={box(0, 23, width, 5)} />}
      <text class="on-fill strong" x={padding} y="19">
        {stage.index}
      </text>
      <text
        class="on-fill"
        x={padding + 10 + 8 * String(stage.index).length}
        y="19"
      >
        {name}
      </text>
      {isLimit && (
        <text
          class="on-fill strong"
          x={width - padding}
          y="19"
          text-anchor="end"
        >
          limit
        </text>
      )}
      {notes.map((note, index) => (
        <text key={note} class="quiet" x={padding} y={46 + lineHeight * index}>
          {fittedText(note, width - 2 * padding)}
        </text>
      ))}
      <LoadBar data={data} stage={stage} y={bars} width={width} />
      <MemoryBar data={data} stage={stage} y={bars + 40} width={width} />
      {shown.map((message, index) => (
        <text
          key={message.index}
          class="quiet"
          x={padding}
          y={bars + 91 + lineHeight * index}
        >
          {fittedText(describeMessage(data, message), width - 2 * padding)}
        </text>
      ))}
      {extras.length > mostExtras && (
        <text class="quiet" x={padding} y={bars + 91 + lineHeight * mostExtras}>
          and {extras.length - mostExtras} more messages
        </text>
      )}
    </g>
  );
}
