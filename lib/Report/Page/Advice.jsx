// What would make the plan faster, and which other plans there are.

import { Scatter } from "./Charts/Scatter.jsx";
import { AsTable, Name, Picture, Section, Table } from "./Common.jsx";
import {
  counted,
  fixed,
  formatRate,
  formatTime,
  isolated,
  plain,
} from "./Format.js";
import { conditions, describeClass } from "./Words.js";

const figure = (title) => ({ title });
const text = (title) => ({ title, isText: true });

/** Nobody buys anything for half a per cent: as the program's --explain. */
const isTheSame = (factor) => factor > 0.995 && factor < 1.005;

/** {factor, words} of a change: how many times better it is, in the objective's
 * figure, than `now`, which is the best plan known without it. What a search found without proof may be better
 * still. */
export function answerOf(
  { change, value, now, is_proven, is_now_proven, counts_integers },
  isDevices,
) {
  if (value === undefined || value === null)
    return { factor: undefined, words: "no plan was found" };
  const factor = (now ?? value) / Math.max(1, value);
  if (value === now || isTheSame(factor)) return { factor: 1, words: "as now" };
  // Such a figure may be too good as well.
  const copied = "if shared DequantizeLinear nodes can all be copied";
  if (isDevices)
    return {
      factor,
      words: counts_integers ? copied : is_proven ? "" : "or fewer",
    };
  const times = factor > 1 ? factor : 1 / factor;
  const unproven = counts_integers
    ? ` ${copied}`
    : is_now_proven === false && change
      ? " as the best plan found without it"
      : is_proven
        ? ""
        : factor > 1
          ? " at least"
          : " at most";
  return {
    factor,
    words: `${fixed(times, 2)} times as ${factor > 1 ? "fast" : "slow"}${unproven}`,
  };
}

/** A bar that is as long as the plan is faster, with a mark at 1, which is no
 * change. `most` is the factor of the longest. */
function FactorBar({ factor, most }) {
  if (factor === undefined) return null;
  const percent = (value) => `${(100 * Math.min(1, value / most)).toFixed(2)}%`;
  return (
    <span class="factor" aria-hidden="true">
      <span
        class={factor >= 1 ? "factor-bar" : "factor-bar is-worse"}
        style={{ width: percent(factor) }}
      />
      <span class="factor-one" style={{ left: percent(1) }} />
    </span>
  );
}

/** Changes that were not asked for and help nothing. */
function Others({ changes }) {
  if (changes.length === 0) return null;
  const what = changes.length === 1 ? "other change" : "other changes";
  return (
    <details class="as-table">
      <summary>
        For {changes.length} {what} no better plan was found
      </summary>
      <ul class="sentences">
        {changes.map((change, index) => (
          <li key={index}>
            <Name name={change} most={120} />
          </li>
        ))}
      </ul>
    </details>
  );
}

/** One row for each change that was asked for or that helps; the others are
 * named below. */
function Changes({ data }) {
  const { objective } = data.plan;
  const isDevices = objective === "devices";
  const all = data.report.advice.map((entry) => ({
    entry,
    ...answerOf(entry, isDevices),
  }));
  // As --explain does; where no plan was found, the row says so.
  const isWorthARow = ({ entry, factor }) =>
    entry.is_asked || !entry.change || factor === undefined || factor > 1;
  const rows = all.filter(isWorthARow);
  // What was asked for first, then what helps most.
  rows.sort(
    (a, b) =>
      Number(b.entry.is_asked) - Number(a.entry.is_asked) ||
      (b.factor ?? 0) - (a.factor ?? 0),
  );
  const most = rows.reduce(
    (top, { factor }) => Math.max(top, factor ?? 0),
    1.25,
  );
  const title = isDevices
    ? "devices"
    : objective === "latency"
      ? "latency"
      : "bottleneck";
  const describe = (value) => {
    if (value === undefined || value === null) return "";
    if (isDevices) return counted(value, "device");
    return objective === "latency"
      ? formatTime(value)
      : `${formatTime(value)} (${formatRate(value)})`;
  };
  const others = all.filter((row) => !isWorthARow(row));
  // Changes are compared with the best plan that is known without them, which
  // need not be this one: then each row says with what.
  const { now } = all[0].entry;
  const isOneNow = all.every(({ entry }) => entry.now === now);
  return (
    <>
      {rows.length > 0 && (
        <Table
          caption={`Changes of the cluster, and the best plan after each${isOneNow ? `; now ${describe(now)}` : ""}`}
          columns={[
            text("with"),
            figure(title),
            ...(isOneNow ? [] : [figure("without it")]),
            text(isOneNow ? "compared with now" : "compared with that"),
            text("that is"),
            text("tried by"),
          ]}
          rows={rows.map(({ entry, factor, words }) => ({
            cells: [
              entry.change ? (
                <Name name={entry.change} most={90} />
              ) : (
                "planned anew, without any change"
              ),
              describe(entry.value),
              ...(isOneNow ? [] : [describe(entry.now)]),
              <FactorBar factor={factor} most={most} />,
              words,
              entry.is_asked ? "--what-if" : "--explain",
            ],
          }))}
        />
      )}
      <Others changes={others.map(({ entry }) => entry.change)} />
    </>
  );
}

/** The plans that none other beats in both figures. */
function Pareto({ data }) {
  const { plan } = data;
  const points = plan.pareto.filter(({ interval_ns }) => interval_ns > 0);
  const rateOf = (ns) => 1e9 / ns;
  const titleOf = (rate, latency) => `${rate}, ${formatTime(latency)}`;
  const spec = {
    label: `${plan.pareto.length} plans by rate and latency, from ${formatRate(points[0]?.interval_ns ?? 1)} at ${formatTime(points[0]?.latency_ns ?? 0)} to ${formatRate(points.at(-1)?.interval_ns ?? 1)} at ${formatTime(points.at(-1)?.latency_ns ?? 0)}`,
    x: { title: "rate (items/s)", scale: "linear" },
    y: { title: "latency of one item", scale: "linear", unit: "time" },
    series: [
      {
        name: "plans",
        isStairs: true,
        points: points.map(({ interval_ns, latency_ns, devices }) => ({
          x: rateOf(interval_ns),
          y: latency_ns,
          title:
            `${titleOf(formatRate(interval_ns), latency_ns)}: ${(devices ?? []).map(isolated).join(", ")}`.slice(
              0,
              2000,
            ),
        })),
      },
      ...(data.intervalNs > 0
        ? [
            {
              name: "this plan",
              points: [
                {
                  x: rateOf(data.intervalNs),
                  y: data.latencyNs,
                  title: "this plan",
                },
              ],
            },
          ]
        : []),
    ],
  };
  return (
    <>
      <h3>Rate against latency</h3>
      {points.length > 0 && (
        <Picture>
          {(width) => (
            <Scatter spec={spec} width={Math.min(width, 760)} height={380} />
          )}
        </Picture>
      )}
      <p class="note">
        {plan.pareto_complete
          ? `${describeClass(plan.pareto_class)} is better than all of these in rate or latency${conditions(data)}.`.replace(
              /^./,
              (letter) => letter.toUpperCase(),
            )
          : "There may be others: not all plans were looked at."}
      </p>
      <AsTable
        summary="Plans as a table"
        caption="Plans that no other beats in both rate and latency"
        columns={[
          figure("rate"),
          figure("latency"),
          text("devices"),
          text("proven"),
          text("with"),
        ]}
        rows={() =>
          plan.pareto.map(({ interval_ns, latency_ns, devices, proven }) => [
            interval_ns > 0 ? formatRate(interval_ns) : "no limit",
            formatTime(latency_ns),
            <Name name={(devices ?? []).map(plain).join(", ")} most={90} />,
            proven ? "proven" : "",
            // Rounded up, so that the plan is within.
            `--max-latency=${(Math.ceil(latency_ns / 1e3) / 1e3).toFixed(3)}ms`,
          ])
        }
      />
    </>
  );
}

/** Long names make long sentences; the whole is in plan.json. */
function Sentence({ text }) {
  const most = 800;
  const whole = plain(text);
  return whole.length <= most ? whole : whole.slice(0, most) + "\u2026";
}

/** The program's own sentences, for whoever reads the page without its output. */
function Explanation({ sentences }) {
  return (
    <details class="as-table">
      <summary>What --explain says</summary>
      <ul class="sentences">
        {sentences.map((sentence, index) => (
          <li key={index} dir="auto">
            <Sentence text={sentence} />
          </li>
        ))}
      </ul>
    </details>
  );
}

/** Whether there is anything to say. */
export const hasAdvice = (data) =>
  data.report.advice.length > 0 ||
  (data.plan.explanation ?? []).length > 0 ||
  (data.plan.pareto ?? []).length > 0;

export function Advice({ data }) {
  if (!hasAdvice(data)) return null;
  const explanation = data.plan.explanation ?? [];
  return (
    <Section
      id="advice"
      title="What would help"
      lead={
        data.report.advice.length > 0
          ? data.report.advice.some(
              (entry) => entry.counts_integers || entry.is_now_proven === false,
            )
            ? "Each line is the best plan that was found for a cluster with one change."
            : "Each line is the best plan for a cluster with one change. Without a proof, it may be better still, and is so much at least."
          : undefined
      }
    >
      {data.report.advice.length > 0 && <Changes data={data} />}
      {explanation.length > 0 && <Explanation sentences={explanation} />}
      {(data.plan.pareto ?? []).length > 0 && <Pareto data={data} />}
    </Section>
  );
}
