// The stages from left to right, row by row, and what goes between them.

import {
  counted,
  formatBytes,
  formatPercent,
  formatTime,
  isolated,
} from "../Format.js";
import { isSelected, pointable, related } from "../Selection.js";
import { headline } from "../Words.js";
import { StageCard, cardHeight, memoryParts } from "./StageCard.jsx";
import { Stripes, Svg, round } from "./Svg.jsx";
import { fitted, textWidth } from "./Text.js";

/** Pixels between two cards, which is room for the words of an arrow, and between
 * two rows. */
const gap = 104;
const rowGap = 58;
const terminalHeight = 56;

/** Stages, with the ingress before and the egress behind where a message comes
 * from there. */
function listPlaces(data) {
  const places = data.stages.map((stage) => ({ stage }));
  const ingress = data.messages.find((message) => message.from.stage === null);
  const egress = data.messages.find((message) => message.to.stage === null);
  if (ingress)
    places.unshift({ terminal: "ingress", name: ingress.from.devices[0] });
  if (egress) places.push({ terminal: "egress", name: egress.to.devices[0] });
  return places;
}

/** Whether a message goes out from, or comes into, a place. */
const startsAt = (message, place) =>
  place.terminal
    ? place.terminal === "ingress" && message.from.stage === null
    : message.from.stage === place.stage.index;
const endsAt = (message, place) =>
  place.terminal
    ? place.terminal === "egress" && message.to.stage === null
    : message.to.stage === place.stage.index;

/** Gives every place its box, and the message to the next one its arrow. */
function layOut(data, width) {
  const places = listPlaces(data);
  // As many columns as fit with cards that can still be read.
  const narrow = 220;
  const fits = Math.floor((width + gap) / (narrow + gap));
  const perRow = Math.max(1, Math.min(places.length, fits));
  const cardWidth = Math.min(
    perRow === 1 ? 420 : 264,
    (width - (perRow - 1) * gap) / perRow,
  );
  // A message to the next place is an arrow; all others are lines of a card.
  const drawn = new Set();
  places.forEach((place, index) => {
    const next = places[index + 1];
    place.message =
      next &&
      data.messages.find(
        (message) => startsAt(message, place) && endsAt(message, next),
      );
    if (place.message) drawn.add(place.message.index);
  });
  for (const place of places) {
    if (place.terminal) {
      place.height = terminalHeight;
      continue;
    }
    const { outgoing, incoming } = place.stage;
    place.extras = [
      ...incoming.filter((index) => data.messages[index].from.stage === null),
      ...outgoing,
    ]
      .filter((index) => !drawn.has(index))
      .map((index) => data.messages[index]);
    place.height = cardHeight(data, place.stage, place.extras);
  }
  let y = 26;
  for (let first = 0; first < places.length; first += perRow) {
    const row = places.slice(first, first + perRow);
    const height = Math.max(...row.map((place) => place.height));
    row.forEach((place, column) => {
      place.x = column * (cardWidth + gap);
      place.y = y;
      // Cards of one row are equally high, so that arrows go straight.
      if (!place.terminal) place.height = height;
    });
    y += height + rowGap;
  }
  return { places, perRow, cardWidth, bottom: y - rowGap };
}

/** The device that has the inputs, or where the outputs end. */
function Terminal({ place, width, isDim, handlers }) {
  const words =
    place.terminal === "ingress" ? "inputs come from" : "outputs end on";
  return (
    <g
      class={"terminal" + (isDim ? " is-dim" : "")}
      transform={`translate(${round(place.x)} ${round(place.y)})`}
      {...handlers}
    >
      <rect
        class="terminal-back"
        width={width}
        height={terminalHeight}
        rx="6"
      />
      <text class="quiet" x="12" y="22">
        {words}
      </text>
      <text x="12" y="41">
        {fitted(place.name, width - 24)}
      </text>
    </g>
  );
}

/** From a place to the next one: straight on, or down to the next row. */
function Arrow({
  data,
  place,
  next,
  cardWidth,
  isRowEnd,
  isDim,
  isSelected: selected,
  handlers,
}) {
  const { message } = place;
  const load = data.intervalNs > 0 ? message.loadNs / data.intervalNs : 0;
  // From 1.5 pixels for a link that is idle to 6.5 for one that is full.
  const thickness = round(1.5 + 5 * Math.min(1, load));
  const texts = [
    formatBytes(message.bytes),
    message.links.length === 0
      ? "same device"
      : `${formatTime(message.timeNs)}, ${formatPercent(message.loadNs, data.intervalNs)}`,
    message.medium ? fitted(message.medium, gap - 16) : "",
  ];
  const colour = place.stage ? `stage-${place.stage.colour}` : "no-stage";
  const rise = terminalHeight / 2;
  const y = place.y + rise;
  let line, head, labels;
  if (!isRowEnd) {
    const [from, to] = [place.x + cardWidth + 6, next.x - 6];
    line = `M${round(from)} ${round(y)}H${round(to - 7)}`;
    head = `M${round(to)} ${round(y)}l-9 -5v10z`;
    const middle = (from + to) / 2;
    labels = [
      [middle, y - 9, texts[0], "middle"],
      [middle, y + 18, texts[1], "middle"],
      [middle, y + 34, texts[2], "middle"],
    ];
  } else {
    const from = [
      place.x + Math.min(cardWidth / 2, 60),
      place.y + place.height,
    ];
    const to = [next.x + Math.min(cardWidth / 2, 60), next.y];
    const middle = to[1] - rowGap / 2;
    line = `M${round(from[0])} ${round(from[1] + 4)}V${round(middle)}H${round(to[0])}V${round(to[1] - 10)}`;
    head = `M${round(to[0])} ${round(to[1] - 3)}l-5 -9h10z`;
    labels = [
      [
        to[0] + 14,
        from[0] === to[0] ? middle + 4 : to[1] - 8,
        texts.filter(Boolean).join(", "),
        "start",
      ],
    ];
  }
  return (
    <g
      class={`arrow ${colour}${isDim ? " is-dim" : ""}${selected ? " is-selected" : ""}`}
      {...handlers}
    >
      <title>
        {`message ${message.index}: ${texts.filter(Boolean).join(", ")}; ${message.tensors.slice(0, 3).map(isolated).join(", ")}${message.tensors.length > 3 ? ", ..." : ""}`.slice(
          0,
          2000,
        )}
      </title>
      <path class="reach" d={line} />
      <path class="line" d={line} stroke-width={thickness} />
      <path class="head" d={head} />
      {labels.map(([x, at, text, anchor], index) => (
        <text
          key={index}
          class={index === 0 ? "halo" : "quiet halo"}
          x={round(x)}
          y={round(at)}
          text-anchor={anchor}
        >
          {text}
        </text>
      ))}
    </g>
  );
}

/** What the colours of memory mean. */
function MemoryKey({ data, width }) {
  const shown = memoryParts
    .map((part, index) => [...part, index])
    .filter(([key]) => data.stages.some((stage) => stage.memory[key] > 0));
  let x = 0;
  const keys = shown.map(([key, title, index]) => {
    const at = x;
    x += 26 + textWidth(title);
    return (
      <g key={key} transform={`translate(${round(at)} 0)`}>
        <rect class={`memory-${index}`} y="2" width="10" height="10" />
        <text class="quiet" x="15" y="11">
          {title}
        </text>
      </g>
    );
  });
  return x < width + 12 ? <g>{keys}</g> : null;
}

/** Media with their loads, and devices without a stage, below the cards. */
function listBelow(data, width) {
  const rows = data.media.map((medium) => ({ medium }));
  const idle = [...data.deviceByName.values()].filter(
    (device) => device.isIdle,
  );
  if (idle.length > 0) {
    const names = [];
    let room = width - 150;
    for (const device of idle) {
      const name = fitted(device.name, 160);
      room -= textWidth(name + ", ");
      if (room < 0) break;
      names.push(isolated(name));
    }
    const more = idle.length - names.length;
    rows.push({
      text: `idle: ${names.join(", ")}${more > 0 ? `${names.length > 0 ? " and " : ""}${more} more` : ""}`,
    });
  }
  return rows;
}

/** A shared medium: how much of the time between two items it is busy. */
function Medium({ data, medium, y, width }) {
  const share = data.intervalNs > 0 ? medium.loadNs / data.intervalNs : 0;
  const bar = Math.min(264, width);
  const figure = `${formatTime(medium.loadNs)}, ${formatPercent(medium.loadNs, data.intervalNs)}`;
  return (
    <g class="medium" transform={`translate(0 ${y})`}>
      <text y="10">
        <tspan class="quiet">medium </tspan>
        {fitted(medium.name, bar - textWidth(figure) - 64)}
      </text>
      <text
        x={bar}
        y="10"
        text-anchor="end"
        class={share >= 1 ? "limit" : undefined}
      >
        {figure}
      </text>
      <rect class="track" y="16" width={bar} height="8" rx="2" />
      <rect
        class="gauge"
        y="16"
        width={round(bar * Math.min(1, share))}
        height="8"
        rx="2"
      />
    </g>
  );
}

/** The sentence that stands for the picture. */
export const describePipeline = (data) =>
  `Pipeline of ${counted(data.stages.length, "stage")} and ${counted(data.messages.length, "message")}: ` +
  data.stages
    .slice(0, 8)
    .map(
      (stage) =>
        `stage ${stage.index} on ${isolated(stage.devices[0])} busy ${formatPercent(stage.loadNs, data.intervalNs)}`,
    )
    .join(", ") +
  (data.stages.length > 8 ? ", and others." : ".");

/** `hover` and `selection` are things, or null; what belongs to them stays as it
 * is, and the rest is paler. */
export function PipelineChart({
  data,
  width,
  selection,
  hover,
  onSelect,
  onHover,
}) {
  const { places, perRow, cardWidth, bottom } = layOut(data, width);
  const below = listBelow(data, width);
  const height = bottom + (below.length > 0 ? 12 + 40 * below.length : 0) + 8;
  const focus = hover ?? selection;
  const near = related(data, focus);
  const props = { selection, onSelect, onHover };
  // As in the headline: what limits the rate is no matter of latency.
  const limits = new Set(
    headline(data)
      .limits.filter(({ kind }) => kind === "device")
      .map(({ id }) => id),
  );
  const isDim = (isNear) => !!focus && !isNear;
  return (
    <Svg
      width={width}
      height={height}
      label={describePipeline(data)}
      className="pipeline"
    >
      <defs>
        <Stripes id="stripes-pipeline" />
      </defs>
      <MemoryKey data={data} width={width} />
      {places.map((place, index) =>
        place.message ? (
          <Arrow
            key={"arrow" + index}
            data={data}
            place={place}
            next={places[index + 1]}
            cardWidth={cardWidth}
            isRowEnd={(index + 1) % perRow === 0}
            isDim={isDim(near.messages.has(place.message.index))}
            isSelected={isSelected(selection, "message", place.message.index)}
            handlers={pointable(props, "message", place.message.index)}
          />
        ) : null,
      )}
      {places.map((place, index) =>
        place.terminal ? (
          <Terminal
            key={index}
            place={place}
            width={cardWidth}
            isDim={isDim(near.devices.has(place.name))}
            handlers={pointable(props, "device", place.name)}
          />
        ) : (
          <StageCard
            key={index}
            data={data}
            stage={place.stage}
            extras={place.extras}
            x={place.x}
            y={place.y}
            width={cardWidth}
            height={place.height}
            isLimit={place.stage.devices.some((name) => limits.has(name))}
            isDim={isDim(near.stages.has(place.stage.index))}
            isSelected={isSelected(selection, "stage", place.stage.index)}
            handlers={pointable(props, "stage", place.stage.index)}
          />
        ),
      )}
      {below.map(({ medium, text }, index) =>
        medium ? (
          <Medium
            key={index}
            data={data}
            medium={medium}
            y={bottom + 24 + 40 * index}
            width={width}
          />
        ) : (
          <text key={index} class="quiet" x="0" y={bottom + 36 + 40 * index}>
            {text}
          </text>
        ),
      )}
    </Svg>
  );
}
