// What happens when items go through a plan one after the other, by events. The
// rules are those of docs/Planner.md and docs/CostModel.md:
//
// - a device runs one stage at a time; of a stage with r devices, number i mod r
//   runs item i;
// - a message keeps its link busy for its time, and the medium of that link, and
//   is there its latency later; between stages of one device it takes nothing;
// - what messages take of a device's time (overhead) keeps the device busy, but
//   not the item waiting;
// - items come at the plan's pace, one in each interval. With S sequences, item k
//   begins when item k - S has ended and the last stage has told the first.
//
// Whoever waits for the same thing is served by age: lower items first, then
// lower stages.

import { Heap } from "./Heap.js";

const gcd = (a, b) => (b === 0 ? a : gcd(b, a % b));
const lcm = (a, b) => (a / gcd(a, b)) * b;

/** Times of a plan, at the point that it was made for or at one of
 * report.points: {stageNs, messageNs, overheadNs, intervalNs, latencyNs}. */
export function timesAt(data, point) {
  const overheads = data.stages.map((stage) => stage.overheadNs);
  if (!point)
    return {
      stageNs: data.stages.map((stage) => stage.computeNs),
      messageNs: data.messages.map((message) => message.timeNs),
      overheadNs: overheads,
      intervalNs: data.intervalNs,
      latencyNs: data.latencyNs,
    };
  const planned = (data.plan.points ?? []).find(
    ({ point: name }) => name === point.name,
  );
  const stageNs = data.stages.map((_, index) => point.stage_ns?.[index] ?? 0);
  return {
    stageNs,
    messageNs: data.messages.map((_, index) => point.message_ns?.[index] ?? 0),
    // Only known where the plan was made for; never more than the stage takes.
    overheadNs: overheads.map((ns, index) => Math.min(ns, stageNs[index])),
    intervalNs: planned?.interval_ns ?? planned?.bottleneck_ns ?? 0,
    latencyNs: planned?.latency_ns ?? 0,
  };
}

/** After how many items devices and sequences take turns anew. */
export const periodOf = (data) =>
  data.stages.reduce(
    (turns, stage) => lcm(turns, stage.devices.length),
    data.sequences ?? 1,
  );

/** What one device of a stage takes, which plan.json says of the slowest: of a
 * device with one stage the load tells more. */
function ownTime(data, stage, name, ns, isPlanned) {
  const device = data.deviceByName.get(name);
  if (!isPlanned || stage.devices.length === 1 || device.stages.length > 1)
    return ns;
  return Math.min(ns, device.loadNs * stage.devices.length);
}

/** Likewise for the link between two devices. */
function linkTime(data, message, link, ns, isPlanned) {
  const turns = lcm(message.from.devices.length, message.to.devices.length);
  if (!isPlanned || turns === 1 || link.messages.length > 1) return ns;
  return Math.min(ns, link.loadNs * turns);
}

/** The steps of one item: {kind, index, lanes, ns, early, lag, needs}. */
class Steps {
  constructor(data, times, isPlanned) {
    this.data = data;
    this.times = times;
    this.isPlanned = isPlanned;
    const { stages, messages } = data;
    this.count = stages.length + messages.length;
    // Stages first, then messages; a step is followed by those that need it.
    this.followers = Array.from({ length: this.count }, () => []);
    this.needs = new Int32Array(this.count);
    messages.forEach((message, index) => {
      const step = stages.length + index;
      const link = (from, to) => {
        this.followers[from].push(to);
        ++this.needs[to];
      };
      if (message.from.stage !== null) link(message.from.stage, step);
      if (message.to.stage !== null) link(step, message.to.stage);
    });
  }

  /** What the step does for the item: lanes that are busy for ns; followers can
   * begin lag after that, or early before it. */
  of(step, item) {
    const { data, times } = this;
    const turn = (devices) => devices[item % devices.length];
    if (step < data.stages.length) {
      const stage = data.stages[step];
      const name = turn(stage.devices);
      const ns = ownTime(
        data,
        stage,
        name,
        times.stageNs[step],
        this.isPlanned,
      );
      const lag = -Math.min(ns, times.overheadNs[step]);
      return { kind: "stage", index: step, lanes: ["device " + name], ns, lag };
    }
    const index = step - data.stages.length;
    const message = data.messages[index];
    const [from, to] = [turn(message.from.devices), turn(message.to.devices)];
    if (from === to)
      return { kind: "message", index, lanes: [], ns: 0, lag: 0 };
    const link = data.linkById.get(from + ">" + to);
    const medium = link.medium ?? message.medium;
    return {
      kind: "message",
      index,
      lanes: ["link " + link.id, ...(medium ? ["medium " + medium] : [])],
      ns: linkTime(data, message, link, times.messageNs[index], this.isPlanned),
      lag: message.latencyNs,
    };
  }
}

/**
 * Sends `items` items through the plan. `paceNs` is the time between their
 * arrivals, by itself the plan's interval; 0 has all of them there at once.
 * Gives {jobs, items, steadyNs, period}: jobs {kind, index, item, lanes, start,
 * end} in the order of their start, items {begin, end}, and the time between two
 * items at the end, as the mean of one period.
 */
export function simulate(data, { items = 8, paceNs, point } = {}) {
  const times = timesAt(data, point);
  const steps = new Steps(data, times, !point);
  const run = new Run(data, steps, items, paceNs ?? times.intervalNs);
  run.go();
  const period = Math.min(periodOf(data), items - 1);
  const ends = run.items.map((item) => item.end).sort((a, b) => a - b);
  const steadyNs =
    period > 0
      ? (ends[items - 1] - ends[items - 1 - period]) / period
      : undefined;
  return { jobs: run.jobs, items: run.items, steadyNs, period, times };
}

/** The state of a simulation. */
class Run {
  constructor(data, steps, count, paceNs) {
    this.data = data;
    this.steps = steps;
    this.paceNs = paceNs;
    this.wayBackNs = Math.max(0, (data.roundTripNs ?? 0) - data.latencyNs);
    this.jobs = [];
    this.items = Array.from({ length: count }, () => ({
      begin: undefined,
      end: 0,
      left: steps.count,
      needs: Int32Array.from(steps.needs),
    }));
    this.events = new Heap((a, b) => a.time - b.time);
    this.waiting = new Heap((a, b) => a.item - b.item || a.step - b.step);
    this.busyUntil = new Map();
    const { sequences } = data;
    const first = sequences ? Math.min(sequences, count) : count;
    for (let item = 0; item < first; ++item)
      this.events.push({
        time: sequences ? 0 : item * paceNs,
        item,
        step: -1,
      });
  }

  go() {
    while (this.events.size > 0) {
      const { time } = this.events.top();
      while (this.events.size > 0 && this.events.top().time === time)
        this.take(this.events.pop());
      this.start(time);
    }
    for (const item of this.items) {
      delete item.left;
      delete item.needs;
    }
  }

  /** An item begins, a step becomes possible, or lanes are free again. */
  take({ time, item, step, done }) {
    if (step === -1) {
      this.items[item].begin = time;
      for (let first = 0; first < this.steps.count; ++first)
        if (this.steps.needs[first] === 0)
          this.waiting.push({ item, step: first });
    } else if (done) {
      this.finish(time, item, step);
    }
  }

  finish(time, item, step) {
    const state = this.items[item];
    state.end = Math.max(state.end, time);
    for (const follower of this.steps.followers[step])
      if (--state.needs[follower] === 0)
        this.waiting.push({ item, step: follower });
    if (--state.left > 0 || !this.data.sequences) return;
    const next = item + this.data.sequences;
    if (next < this.items.length)
      this.events.push({
        time: state.end + this.wayBackNs,
        item: next,
        step: -1,
      });
  }

  /** Starts all that waits and whose lanes are free. What takes nothing can make
   * more of it. */
  start(time) {
    const blocked = [];
    while (this.waiting.size > 0) {
      const { item, step } = this.waiting.pop();
      const work = this.steps.of(step, item);
      if (work.lanes.some((lane) => (this.busyUntil.get(lane) ?? 0) > time)) {
        blocked.push({ item, step });
        continue;
      }
      this.begin(time, item, step, work);
    }
    blocked.forEach((entry) => this.waiting.push(entry));
  }

  begin(time, item, step, { kind, index, lanes, ns, lag }) {
    const end = time + ns;
    for (const lane of lanes) this.busyUntil.set(lane, end);
    if (ns > 0 || kind === "stage")
      this.jobs.push({ kind, index, item, lanes, start: time, end });
    // Now rather than as an event, so that a lower step that it enables is not
    // behind a higher one that waits already.
    if (ns + lag === 0) this.finish(time, item, step);
    else this.events.push({ time: end + lag, item, step, done: true });
    if (ns > 0 && lag !== 0) this.events.push({ time: end, item, step });
  }
}

/**
 * What an item waited for last, from its end back to its beginning: the jobs on
 * its longest way, in the order of time. Whatever it waited for besides (devices,
 * links) lies between them.
 */
export function wayOf(data, jobs, item) {
  const jobOf = new Map();
  for (const job of jobs)
    if (job.item === item) jobOf.set(job.kind + job.index, job);
  const arrival = (index) => {
    const message = data.messages[index];
    const job = jobOf.get("message" + index);
    if (job) return job.end + message.latencyNs;
    return jobOf.get("stage" + message.from.stage)?.end ?? 0;
  };
  const lastOf = (indices) =>
    indices.reduce(
      (last, index) =>
        last === undefined || arrival(index) > arrival(last) ? index : last,
      undefined,
    );
  const way = [];
  const ends = data.messages.filter(({ to }) => to.stage === null);
  let message = lastOf(ends.map(({ index }) => index));
  let stage = data.stages.reduce((last, { index }) => {
    const end = jobOf.get("stage" + index)?.end ?? 0;
    return end > (jobOf.get("stage" + last)?.end ?? 0) ? index : last;
  }, 0);
  // The egress gets its last outputs later than any stage ends, or does not count.
  if (
    message !== undefined &&
    arrival(message) < (jobOf.get("stage" + stage)?.end ?? 0)
  )
    message = undefined;
  for (let steps = data.stages.length + 1; steps > 0; --steps) {
    if (message !== undefined) {
      const job = jobOf.get("message" + message);
      if (job) way.unshift(job);
      stage = data.messages[message].from.stage;
      if (stage === null) break;
    }
    const job = jobOf.get("stage" + stage);
    if (job) way.unshift(job);
    message = lastOf(data.stages[stage].incoming);
    if (message === undefined) break;
  }
  return way;
}
