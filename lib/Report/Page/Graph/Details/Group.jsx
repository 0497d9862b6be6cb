// A group that is selected: what it is, what it costs, what goes in and out.

import {
  counted,
  formatBytes,
  formatCount,
  formatPercent,
  formatTime,
  shortened,
} from "../../Format.js";
import { bundlesOf, sizeOf } from "../Bundles.js";
import { childOf, nodesOf } from "../Hierarchy.js";
import { describe, labelOf, shortOperator, timeText } from "../Labels.js";
import { sizeLabel } from "../Layout.js";
import { Around, Fact, Slowest, Tensors, WholeName } from "./Parts.jsx";

/** What a group is, by how it was found. */
const kinds = {
  scope: "Module, by the names of its nodes",
  numbered: "Modules that differ in their number",
  repeat: "Blocks that follow each other, of equal operators in equal order",
  block: "One of several blocks of equal operators in equal order",
  part: "Nodes between two places where little is alive",
};

/** Operators with their number and time, those with most time first. */
function Operators({ nodes, report, groupNs }) {
  const byOperator = new Map();
  for (const id of nodes) {
    const node = report.nodes[id];
    if (node.is_constant) continue;
    const entry = byOperator.get(node.op) ?? { op: node.op, count: 0, ns: 0 };
    ++entry.count;
    entry.ns += node.time_ns ?? 0;
    byOperator.set(node.op, entry);
  }
  const entries = [...byOperator.values()].sort(
    (a, b) => b.ns - a.ns || b.count - a.count,
  );
  if (entries.length < 2) return null;
  const shown = entries.slice(0, 8);
  return (
    <table>
      <caption>Operators</caption>
      <thead>
        <tr>
          <th scope="col">operator</th>
          <th scope="col" class="figure">
            nodes
          </th>
          <th scope="col" class="figure">
            time
          </th>
          <th scope="col" class="figure">
            share
          </th>
        </tr>
      </thead>
      <tbody>
        {shown.map(({ op, count, ns }) => (
          <tr key={op}>
            <th scope="row" title={shortened(op, 200)}>
              {shortened(shortOperator(op), 24)}
            </th>
            <td class="figure">{count}</td>
            <td class="figure">{formatTime(ns)}</td>
            <td class="figure">{formatPercent(ns, groupNs)}</td>
          </tr>
        ))}
      </tbody>
      {entries.length > shown.length && (
        <tfoot>
          <tr>
            <td colSpan={4} class="quiet">
              and {counted(entries.length - shown.length, "further operator")}
            </td>
          </tr>
        </tfoot>
      )}
    </table>
  );
}

/** Where the time of a group or of a stage's group goes: its operators, and its
 * slowest nodes. */
export function Spent({ group, data, hierarchy, onGo }) {
  const nodes = nodesOf(hierarchy, group.index);
  return (
    <>
      <Operators
        nodes={nodes}
        report={data.report}
        groupNs={group.totals.timeNs}
      />
      <Slowest nodes={nodes} data={data} onGo={onGo} />
    </>
  );
}

/** Figures of all nodes of a group. */
export function Totals({ totals, stageNs }) {
  const { count, constants, timeNs, macs, flops, bytes } = totals;
  const time = timeText(totals);
  return (
    <>
      <Fact name="Nodes">
        {counted(count, "node") +
          (constants > 0 ? ` and ${counted(constants, "constant")}` : "")}
      </Fact>
      <Fact name="Time of nodes">
        {timeNs > 0 && stageNs > 0
          ? `${time}, ${formatPercent(timeNs, stageNs)} of the stage`
          : time}
      </Fact>
      <Fact name="MACs">{macs > 0 && formatCount(macs)}</Fact>
      <Fact name="Operations">{flops > 0 && formatCount(flops)}</Fact>
      <Fact name="Read and written">{bytes > 0 && formatBytes(bytes)}</Fact>
      <Fact name="Weights">
        {totals.weightBytes > 0 && formatBytes(totals.weightBytes)}
      </Fact>
    </>
  );
}

/** Says how far the figures of a group can be trusted. */
export function Unknown({ totals }) {
  if (totals.unknown + totals.untimed === 0) return null;
  return (
    <p class="warn">
      {totals.unknown > 0 &&
        `The cost of ${counted(totals.unknown, "node")} is not known; their bytes count. `}
      {totals.untimed > 0 &&
        `Of ${counted(totals.untimed, "node")} no time is known, so that the sum is a lower bound.`}
    </p>
  );
}

/** Tensors that cross the border of a group, the largest first. */
export function crossing(hierarchy, group) {
  const [inputs, outputs] = [new Set(), new Set()];
  for (const { from, to, tensors } of bundlesOf(hierarchy, group)) {
    if (typeof from === "string")
      tensors.forEach((tensor) => inputs.add(tensor));
    if (typeof to === "string")
      tensors.forEach((tensor) => outputs.add(tensor));
  }
  const size = (tensor) => hierarchy.report.tensors[tensor].bytes ?? 0;
  const sorted = (tensors) => [...tensors].sort((a, b) => size(b) - size(a));
  return { inputs: sorted(inputs), outputs: sorted(outputs) };
}

const countAndSize = (title, tensors, report) =>
  `${title}: ${counted(tensors.length, "tensor")}, ${sizeLabel(sizeOf(report, tensors))}`;

/** A group inside of a stage. */
export function GroupDetails({ id, data, hierarchy, onGo }) {
  const group = hierarchy.groups[id];
  const { title, detail } = labelOf(hierarchy, id);
  const stageNs = hierarchy.groups[hierarchy.roots[group.stage]].totals.timeNs;
  const { inputs, outputs } = crossing(hierarchy, id);
  return (
    <>
      <h3>
        <bdi>{shortened(title, 120)}</bdi>
      </h3>
      {group.path && <WholeName name={group.path} />}
      <Around child={childOf(id)} hierarchy={hierarchy} onGo={onGo} />
      <p class="quiet">
        {kinds[group.kind]}
        {group.of ? ` (${detail})` : ""}: {describe(hierarchy, id)}
      </p>
      <Unknown totals={group.totals} />
      <dl>
        <Totals totals={group.totals} stageNs={stageNs} />
      </dl>
      <Spent group={group} data={data} hierarchy={hierarchy} onGo={onGo} />
      <Tensors
        title={countAndSize("Comes in", inputs, data.report)}
        tensors={inputs}
        data={data}
        onGo={onGo}
      />
      <Tensors
        title={countAndSize("Goes out", outputs, data.report)}
        tensors={outputs}
        data={data}
        onGo={onGo}
      />
    </>
  );
}
