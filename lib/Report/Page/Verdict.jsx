// What the plan is worth, how good it is, and what that rests on.

import { Name, StageButton, Table } from "./Common.jsx";
import {
  counted,
  formatBytes,
  formatRate,
  formatTime,
  plain,
} from "./Format.js";
import { selectable } from "./Selection.js";
import {
  certainty,
  describeBound,
  headline,
  holdsSeveralStages,
  messageLimit,
} from "./Words.js";

/** What limits the plan; a device or link can be selected. */
function Limits({ limits, ...props }) {
  return (
    <ul class="chips" aria-label="Limits">
      {limits.slice(0, 12).map((limit) => (
        <li key={limit.text}>
          {limit.kind === "device" || limit.kind === "link" ? (
            <button
              type="button"
              class="thing is-limit"
              {...selectable(props, limit.kind, limit.id)}
            >
              {limit.text}
            </button>
          ) : (
            <span class="thing is-limit">{limit.text}</span>
          )}
        </li>
      ))}
      {limits.length > 12 && <li>and {limits.length - 12} more</li>}
    </ul>
  );
}

function Fact({ title, children }) {
  return (
    <div class="fact">
      <dt>{title}</dt>
      <dd>{children}</dd>
    </div>
  );
}

/** First letters of sentences are capitals here, unlike in the program's table. */
const sentence = (text) => text.charAt(0).toUpperCase() + text.slice(1);

/** How far the plan may be from the best one, said no surer than it is. */
function Bound({ data }) {
  const bound = describeBound(data);
  const state = bound.isOptimal
    ? "is-good"
    : bound.isUseful
      ? ""
      : "is-warning";
  return (
    <Fact title={bound.isOptimal ? "Optimal" : "Bound"}>
      <span class={"bound " + state}>{sentence(bound.text)}.</span>
    </Fact>
  );
}

/** Bottleneck, latency and the like. */
function Facts({ data, limits, ...props }) {
  const { plan, sequences } = data;
  const limit = messageLimit(data);
  return (
    <dl class="facts">
      <Fact title="Bottleneck">
        {formatTime(data.bottleneckNs)} for each item
        {data.bottleneckNs === 0 && ": nothing takes time"}
      </Fact>
      {limits.length > 0 && (
        <Fact title="Limit">
          <Limits limits={limits} {...props} />
        </Fact>
      )}
      <Fact title="Latency">
        {formatTime(data.latencyNs)} for one item
        {holdsSeveralStages(data) &&
          " where the stages of a device run side by side"}
        {data.firstItemNs > 0 &&
          `, ${formatTime(data.firstItemNs)} for the first, which fills the weight caches`}
      </Fact>
      {limit && (
        <Fact title="Messages">
          {formatRate(limit.intervalNs)} at most: from{" "}
          <Name name={limit.from} /> to <Name name={limit.to} /> and back takes{" "}
          {formatTime(limit.roundTripNs)}, and two are on their way at most
        </Fact>
      )}
      {sequences !== undefined && data.roundTripNs !== undefined && (
        <Fact title="Round trip">
          {formatTime(data.roundTripNs)}, after which the next item of a
          sequence can begin; {counted(sequences, "sequence")} in flight
        </Fact>
      )}
      {plan.target_ns > 0 && (
        <Fact title="Asked for">
          at most {formatTime(plan.target_ns)} between items
          {plan.max_latency_ns > 0 &&
            ` and ${formatTime(plan.max_latency_ns)} for one item`}
        </Fact>
      )}
      {!(plan.target_ns > 0) && plan.max_latency_ns > 0 && (
        <Fact title="Asked for">
          at most {formatTime(plan.max_latency_ns)} for one item
        </Fact>
      )}
      <Bound data={data} />
    </dl>
  );
}

/** Names behind a sentence that counts them. */
function Names({ names, title }) {
  const most = 200;
  if (names.length === 0) return null;
  return (
    <details class="names">
      <summary>
        which<span class="for-readers"> ({title})</span>
      </summary>
      <ul tabIndex={0} aria-label={title}>
        {names.slice(0, most).map((name, index) => (
          <li key={index}>
            <Name name={name} most={160} />
          </li>
        ))}
        {names.length > most && <li>and {names.length - most} more</li>}
      </ul>
    </details>
  );
}

/** Every assumption and every guess that a figure on this page may rest on. */
function Certainty({ data }) {
  const points = certainty(data);
  const isMeasured = data.stages.some((stage) =>
    stage.devices.some((name) => data.deviceByName.get(name)?.isMeasured),
  );
  return (
    <>
      <h3>What the figures rest on</h3>
      <p>
        {isMeasured
          ? "Times of nodes are measured where a profile has them, and otherwise predicted from operation counts, bytes and the cluster file."
          : "Times of nodes are predicted from operation counts, bytes and the cluster file, and are as good as its figures."}
      </p>
      {points.length > 0 && (
        <dl class="certainty">
          {points.map(({ title, text, names }, index) => (
            <div key={index}>
              <dt>{sentence(title)}</dt>
              <dd>
                {sentence(text)}.
                <Names names={names} title={title} />
              </dd>
            </div>
          ))}
        </dl>
      )}
    </>
  );
}

/** Prefill beside decode, or other extents. */
function Points({ data }) {
  // The plan is the same at each; only its figures differ.
  const points = Array.isArray(data.plan.points) ? data.plan.points : [];
  if (points.length === 0) return null;
  const hasEstimates = points.some((point) => point.estimated);
  const row = (name, interval, bottleneck, latency, isEstimated) => [
    <Name name={name} most={60} />,
    interval > 0 ? formatRate(interval) : "no limit",
    formatTime(bottleneck),
    formatTime(latency),
    ...(hasEstimates ? [isEstimated ? "by estimates" : ""] : []),
  ];
  const planned = [...(data.plan.assumed ?? [])].map(plain).join(", ");
  return (
    <>
      <h3>Operating points</h3>
      <p>The memory of every stage is enough at each of them.</p>
      <Table
        caption="Rate and latency of the same plan at other extents"
        columns={[
          { title: "point", isText: true },
          { title: "rate" },
          { title: "bottleneck" },
          { title: "latency" },
          ...(hasEstimates ? [{ title: "rests on", isText: true }] : []),
        ]}
        rows={[
          row(
            planned || "as planned",
            data.intervalNs,
            data.bottleneckNs,
            data.latencyNs,
            false,
          ),
          ...points.map((point) =>
            row(
              String(point.point),
              point.interval_ns ?? point.bottleneck_ns,
              point.bottleneck_ns,
              point.latency_ns,
              point.estimated,
            ),
          ),
        ]}
      />
    </>
  );
}

/** Caches and other states that stay with their stage. */
function States({ data, ...props }) {
  const rows = data.stages.flatMap((stage) =>
    stage.states.map((state, index) => ({
      key: `${stage.index}.${index}`,
      cells: [
        <StageButton stage={stage} {...props} />,
        <Name name={state.input} />,
        <Name name={state.output} />,
        formatBytes(state.bytes),
        state.in_place ? "one buffer" : "",
      ],
    })),
  );
  if (rows.length === 0) return null;
  return (
    <>
      <h3>States</h3>
      <p>
        {counted(rows.length, "pair")} {rows.length === 1 ? "stays" : "stay"}{" "}
        with {rows.length === 1 ? "its stage" : "their stages"} from one item of
        a sequence to the next, and cross no link.
      </p>
      <details class="as-table">
        <summary>As a table</summary>
        <Table
          caption="States: outputs that are inputs for the next item"
          columns={[
            { title: "stage", isText: true },
            { title: "input", isText: true },
            { title: "output", isText: true },
            { title: "memory" },
            { title: "held in", isText: true },
          ]}
          rows={rows}
        />
      </details>
    </>
  );
}

/** What the program's summary says beside its tables. */
export function Verdict({ data, ...props }) {
  const top = headline(data);
  return (
    <section id="verdict" aria-labelledby="verdict-title">
      <h2 id="verdict-title" class="for-readers">
        Verdict
      </h2>
      <p class="headline">
        {top.figure && <strong class="rate">{top.figure}</strong>}{" "}
        <span class="unit">{top.unit}</span>
      </p>
      {top.comparison && <p class="comparison">{sentence(top.comparison)}</p>}
      {top.hasUnknown && (
        <p class="note is-warning">
          Some costs or sizes are not known: see below what these figures rest
          on.
        </p>
      )}
      <Facts data={data} limits={top.limits} {...props} />
      <Points data={data} />
      <States data={data} {...props} />
      <Certainty data={data} />
    </section>
  );
}
