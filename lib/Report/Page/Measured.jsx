// What a run has measured, beside what was predicted.

import { useState } from "preact/hooks";
import { Bars } from "./Charts/Bars.jsx";
import { Picture, Section, StageButton, Table } from "./Common.jsx";
import {
  counted,
  formatBitRate,
  formatBytes,
  formatTime,
  isolated,
  rateDigits,
  shortened,
} from "./Format.js";
import { traceEvents } from "./Lanes.js";
import { selectable } from "./Selection.js";

const figure = (title) => ({ title });
const text = (title) => ({ title, isText: true });
const list = (value) => (Array.isArray(value) ? value : []);

/** Which of the two files a text is: {run} or {trace}. Throws what to tell. */
export function readMeasured(content) {
  const json = JSON.parse(content);
  if (traceEvents(json).length > 0) return { trace: json };
  if (json && Array.isArray(json.stages) && "items" in json)
    return { run: json };
  throw new Error(
    "this is neither what onnx-split-run --json nor what --trace has written",
  );
}

/** Why a run seems to be of another plan; empty if it does not. */
export function mismatchOf(data, run) {
  const differs = list(run.stages).filter(
    ({ index, device }) =>
      !data.stages[index]?.devices.includes(String(device)),
  );
  const seen = new Set(list(run.stages).map(({ index }) => index));
  if (differs.length === 0 && seen.size === data.stages.length) return "";
  return `This run has ${counted(seen.size, "stage")}${differs.length > 0 ? `, and stage ${differs[0].index} on ${isolated(differs[0].device)}` : ""}: it is of another plan.`;
}

/** "-73 %": how much more was measured than predicted. */
const difference = (predicted, measured) =>
  predicted > 0 && Number.isFinite(measured)
    ? `${measured >= predicted ? "+" : "-"}${Math.round((100 * Math.abs(measured - predicted)) / predicted)} %`
    : "";

/** A figure that may not be there. */
const maybe = (format, value) =>
  typeof value === "number" ? format(value) : "-";

const rate = (value) => maybe(rateDigits, value);

/** Figures of the whole run, each beside what the plan predicts of it; quantiles
 * have no prediction. */
function Totals({ run }) {
  const row = (title, unit, predicted, measured, format) => [
    title,
    maybe(format, predicted),
    maybe(format, measured),
    unit,
    difference(predicted, measured),
  ];
  const {
    rate_per_s = {},
    bottleneck_ns = {},
    latency_ns = {},
    tokens_per_s,
  } = run;
  return (
    <Table
      caption={`${counted(run.items ?? 0, "item")} measured${run.warmup ? ` after ${run.warmup} to warm up` : ""}${run.runtime ? `, with ${isolated(run.runtime)}` : ""}`}
      columns={[
        text("figure"),
        figure("predicted"),
        figure("measured"),
        text("unit"),
        figure("difference"),
      ]}
      rows={[
        row(
          "throughput",
          "items/s",
          rate_per_s.predicted,
          rate_per_s.measured ?? run.items_per_s,
          rate,
        ),
        ...(tokens_per_s
          ? [
              row(
                "tokens",
                "tokens/s",
                tokens_per_s.predicted,
                tokens_per_s.measured,
                rate,
              ),
            ]
          : []),
        row(
          "bottleneck",
          "for each item",
          bottleneck_ns.predicted,
          bottleneck_ns.measured,
          formatTime,
        ),
        row(
          "latency, median",
          "for one item",
          latency_ns.predicted,
          latency_ns.p50,
          formatTime,
        ),
        row(
          "latency of 95 %",
          "at most",
          undefined,
          latency_ns.p95,
          formatTime,
        ),
        row(
          "latency of 99 %",
          "at most",
          undefined,
          latency_ns.p99,
          formatTime,
        ),
      ]}
    />
  );
}

/** Predicted and measured times of stages and messages, as bars. */
function Times({ run }) {
  const groups = [
    ...list(run.stages).map(({ index, device, compute_ns = {} }) => ({
      name: `stage ${index} ${shortened(device)}`,
      values: [
        { series: 0, value: compute_ns.predicted ?? 0 },
        { series: 1, value: compute_ns.measured ?? 0 },
      ],
    })),
    ...list(run.messages).map(({ from, to, time_ns = {} }) => ({
      name: `message ${shortened(from)} to ${shortened(to)}`,
      values: [
        { series: 0, value: time_ns.predicted ?? 0 },
        { series: 1, value: time_ns.measured ?? 0 },
      ],
    })),
  ];
  const most = 40;
  return (
    <>
      <Picture>
        {(width) => (
          <Bars
            width={Math.min(width, 900)}
            spec={{
              label: `Predicted and measured times of ${counted(list(run.stages).length, "stage")} and ${counted(list(run.messages).length, "message")}; the figures are in the tables below`,
              series: [
                { name: "predicted", index: 0 },
                { name: "measured", index: 1 },
              ],
              groups: groups.slice(0, most),
              axis: { unit: "time" },
            }}
          />
        )}
      </Picture>
      {groups.length > most && (
        <p class="note">
          The first {most} of {groups.length}; all are in the tables.
        </p>
      )}
    </>
  );
}

/** Times per item. "waits": for inputs, and for room to send into; "resident":
 * what the system counts for the process, the runtime's own copies included. */
function StageRows({ data, run, ...props }) {
  return (
    <Table
      caption="Stages: predicted and measured"
      columns={[
        text("stage"),
        figure("predicted"),
        figure("measured"),
        figure("difference"),
        figure("waits"),
        figure("transfer CPU"),
        figure("plan's memory"),
        figure("resident"),
      ]}
      rows={list(run.stages).map((stage) => {
        const { predicted, measured } = stage.compute_ns ?? {};
        return [
          data.stages[stage.index] ? (
            <StageButton stage={data.stages[stage.index]} {...props} />
          ) : (
            shortened(stage.index)
          ),
          maybe(formatTime, predicted),
          maybe(formatTime, measured),
          difference(predicted, measured),
          maybe(formatTime, stage.wait_ns),
          maybe(formatTime, stage.transfer_cpu_ns),
          maybe(formatBytes, stage.plan_bytes),
          maybe(formatBytes, stage.resident_bytes),
        ];
      })}
    />
  );
}

/** Per message: a time is from the hand-over at the sender to the arrival, so that
 * it has the waiting in it. */
function MessageRows({ data, run, ...props }) {
  const messages = list(run.messages);
  if (messages.length === 0) return null;
  return (
    <Table
      caption="Messages, from the hand-over to the arrival: predicted and measured"
      columns={[
        text("from"),
        text("to"),
        figure("bytes"),
        figure("predicted"),
        figure("measured"),
        figure("difference"),
        figure("rate"),
      ]}
      rows={messages.map((message) => {
        const { predicted, measured } = message.time_ns ?? {};
        const own = data.messages.find(
          ({ from, to }) =>
            from.stage === message.from && to.stage === message.to,
        );
        return [
          own ? (
            <button
              type="button"
              class="thing"
              {...selectable(props, "message", own.index)}
            >
              {own.from.stage}
            </button>
          ) : (
            shortened(message.from)
          ),
          shortened(message.to),
          maybe(
            formatBytes,
            message.bytes?.measured ?? message.bytes?.predicted,
          ),
          maybe(formatTime, predicted),
          maybe(formatTime, measured),
          difference(predicted, measured),
          maybe(
            formatBitRate,
            message.bits_per_second && Math.round(message.bits_per_second),
          ),
        ];
      })}
    />
  );
}

/** A file of this machine, which does not leave it. */
function Chooser({ onOpen }) {
  const [problem, setProblem] = useState("");
  const open = (event) => {
    const [file] = event.currentTarget.files;
    if (!file) return;
    const reader = new FileReader();
    reader.onload = () => {
      try {
        onOpen(readMeasured(reader.result));
        setProblem("");
      } catch (error) {
        setProblem(`${isolated(file.name)}: ${error.message}`);
      }
    };
    reader.onerror = () => setProblem(`${isolated(file.name)} cannot be read`);
    reader.readAsText(file);
  };
  return (
    <div class="chooser">
      <label>
        <span>Open run.json or a trace</span>
        <input type="file" accept=".json,application/json" onChange={open} />
      </label>
      <p class="note">
        What <code>onnx-split-run --json</code> or <code>--trace</code> has
        written. The file stays on this machine.
      </p>
      <p role="status" class="is-warning">
        {problem}
      </p>
    </div>
  );
}

/** Without onOpen there is nothing to open a file with. */
export function Measured({ onOpen, ...props }) {
  const { data } = props;
  const { run } = data;
  const mismatch = run ? mismatchOf(data, run) : "";
  const hasTrace = traceEvents(data.trace).length > 0;
  return (
    <Section id="measured" title="Measured">
      {onOpen && <Chooser onOpen={onOpen} />}
      {mismatch && <p class="note is-warning">{mismatch}</p>}
      {hasTrace && (
        <p>The trace is in the timeline, below what was predicted.</p>
      )}
      {run && (
        <>
          {run.one_host && !run.emulate && (
            <p class="note is-warning">
              All ranks were on one host: transfers took what its memory takes,
              not what the links would.
            </p>
          )}
          <Totals run={run} />
          <Times run={run} />
          <StageRows run={run} {...props} />
          <MessageRows run={run} {...props} />
        </>
      )}
      {!run && !hasTrace && <p>Nothing was measured yet.</p>}
    </Section>
  );
}
