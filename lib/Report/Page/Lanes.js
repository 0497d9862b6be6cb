// What the timeline has a lane for, and the bars in it: of a simulated schedule,
// and of a trace that a run has written.

import { isolated } from "./Format.js";
import { periodOf, simulate } from "./Schedule.js";

/** What a simulation may cost, in steps of items. */
const mostSteps = 60000;

/** Items until the pipeline is full and a few more, and the simulation of them.
 * Behind those that are shown, others follow, without which the last ones would
 * have nothing to wait for. */
export function scheduleOf(data, point) {
  const planned = simulate(data, { items: 1, point }).times;
  const { intervalNs, latencyNs } = planned;
  if (!(intervalNs > 0)) return null;
  const filled = Math.ceil(latencyNs / intervalNs);
  const period = periodOf(data);
  const wanted = Math.max(5, filled + 2 * Math.min(period, 8) + 2);
  const steps = data.stages.length + data.messages.length;
  const total = Math.max(
    2,
    Math.min(
      2 * wanted + filled + period,
      Math.floor(mostSteps / Math.max(1, steps)),
    ),
  );
  const shown = Math.min(wanted, total);
  const { jobs, items } = simulate(data, { items: total, point });
  // The one that is followed ends last of those that are shown.
  const followed = shown - 1;
  const until = Math.max(...items.slice(0, shown).map(({ end }) => end));
  return {
    jobs: jobs.filter(({ start }) => start < until),
    period,
    items,
    shown,
    followed,
    until,
    intervalNs,
    latencyNs,
    reachedNs: meanInterval(items, shown, total, filled, period),
  };
}

/** Mean time between two ends, over whole periods in the middle. */
function meanInterval(items, shown, total, filled, period) {
  const ends = items.map(({ end }) => end).sort((a, b) => a - b);
  const last = Math.max(shown - 1, total - 1 - filled);
  const first = Math.min(filled, last - 1);
  const turns = Math.floor((last - first) / period) * period || last - first;
  return turns > 0 ? (ends[last] - ends[last - turns]) / turns : undefined;
}

/** Lanes in the order in which an item meets them: each device, then the links
 * and media of what it sends. {id, kind, name, names, loadNs, bars}; of a link, names
 * has both ends. */
function listLanes(data) {
  const lanes = new Map();
  const add = (kind, name, names, loadNs) => {
    const id = `${kind} ${name}`;
    if (!lanes.has(id))
      lanes.set(id, { id, kind, name, names, loadNs, bars: [] });
  };
  const addLinks = (indices) => {
    for (const index of indices)
      for (const id of data.messages[index].links) {
        const link = data.linkById.get(id);
        // A medium has one lane for all of its links.
        const medium = link.medium ?? data.messages[index].medium;
        if (medium)
          add(
            "medium",
            medium,
            [medium],
            data.media.find(({ name }) => name === medium)?.loadNs ?? 0,
          );
        else add("link", id, [link.from, link.to], link.loadNs);
      }
  };
  addLinks(
    data.messages
      .filter(({ from }) => from.stage === null)
      .map(({ index }) => index),
  );
  for (const stage of data.stages) {
    for (const name of stage.devices)
      add("device", name, [name], data.deviceByName.get(name).loadNs);
    addLinks(stage.outgoing);
  }
  return lanes;
}

/** Lanes with the bars of a schedule: {item, from, to, colour, isRepeated, kind,
 * index}, in nanoseconds, by the stage that computes or sends. isRepeated: an
 * earlier stage has the same colour. */
export function lanesOf(data, schedule) {
  const lanes = listLanes(data);
  for (const job of schedule.jobs) {
    const stage =
      job.kind === "stage" ? job.index : data.messages[job.index].from.stage;
    // Of a message in a medium, the lane of the medium alone is there.
    for (const id of job.lanes)
      lanes.get(id)?.bars.push({
        item: job.item,
        from: job.start,
        to: job.end,
        colour: data.stages[stage]?.colour,
        isRepeated: data.stages[stage]?.cycle > 0,
        kind: job.kind,
        index: job.index,
      });
  }
  return [...lanes.values()];
}

/** Links and media beyond that are shown on demand. */
const mostLinks = 16;

/** Lanes that are worth their room: devices, and the busiest of the others. */
export function mainLanes(data, lanes) {
  const others = lanes
    .filter(
      ({ kind, loadNs }) => kind !== "device" && loadNs > data.intervalNs / 100,
    )
    .sort((a, b) => b.loadNs - a.loadNs)
    .slice(0, mostLinks);
  const kept = new Set(others);
  return lanes.filter((lane) => lane.kind === "device" || kept.has(lane));
}

/** Ranks of the plan: stages, then what runs them in turn. */
function stageOfRank(data) {
  const stages = new Map();
  (data.plan.stages ?? []).forEach((stage, index) => {
    stages.set(stage.rank ?? index, { index, device: String(stage.device) });
    for (const replica of stage.replicas ?? [])
      stages.set(replica.rank, { index, device: String(replica.device) });
  });
  return stages;
}

/** Events of a trace, whichever of the two forms the file has. */
export function traceEvents(trace) {
  const events = Array.isArray(trace) ? trace : trace?.traceEvents;
  return Array.isArray(events) ? events.filter((event) => event?.ph) : [];
}

/**
 * Lanes of what a run has measured, from the first item on, or an empty list.
 * Times are nanoseconds from the first event.
 */
export function measuredLanes(data, trace) {
  const events = traceEvents(trace).filter(
    ({ ph, ts, dur }) =>
      ph === "X" && Number.isFinite(ts) && Number.isFinite(dur),
  );
  // Traces count microseconds (ts, dur) from any moment.
  const begin = events.reduce((least, { ts }) => Math.min(least, ts), Infinity);
  const stages = stageOfRank(data);
  const lanes = new Map();
  for (const { name, cat, pid, ts, dur } of events) {
    const stage = stages.get(pid);
    const isCompute = cat === "compute";
    // As onnx-split-run names its events: "item 3 from stage 1".
    const sender = /from stage (\d+)/.exec(name)?.[1];
    if (!stage || (!isCompute && sender === undefined)) continue;
    const id = isCompute
      ? `device ${stage.device}`
      : `link ${sender}>${stage.index}`;
    if (!lanes.has(id))
      lanes.set(id, {
        id: "measured " + id,
        kind: isCompute ? "device" : "link",
        name: stage.device,
        names: isCompute ? [stage.device] : [sender, String(stage.index)],
        order: isCompute ? stage.index : stage.index - 0.5,
        isMeasured: true,
        bars: [],
      });
    const message = data.messages.find(
      ({ from, to }) =>
        from.stage === Number(sender) && to.stage === stage.index,
    );
    const sending = data.stages[isCompute ? stage.index : Number(sender)];
    lanes.get(id).bars.push({
      item: Number(/item (\d+)/.exec(name)?.[1] ?? 0),
      from: (ts - begin) * 1e3,
      to: (ts + dur - begin) * 1e3,
      colour: sending?.colour,
      isRepeated: sending?.cycle > 0,
      kind: isCompute ? "stage" : "message",
      index: isCompute ? stage.index : message?.index,
    });
  }
  return [...lanes.values()].sort((a, b) => a.order - b.order);
}

/** The name of a lane in a sentence. */
export const titleOf = (lane) =>
  `${lane.kind} ${lane.names.map(isolated).join(" to ")}${lane.isMeasured ? ", measured" : ""}`;
