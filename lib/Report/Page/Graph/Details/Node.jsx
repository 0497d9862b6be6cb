// A node that is selected.

import {
  formatBytes,
  formatCount,
  formatPercent,
  formatTime,
  shortened,
} from "../../Format.js";
import {
  Around,
  Fact,
  GoNode,
  GoStage,
  Links,
  Tensors,
  WholeName,
} from "./Parts.jsx";

const count = (value) =>
  typeof value === "number" ? formatCount(value) : undefined;
const bytes = (value) =>
  typeof value === "number" ? formatBytes(value) : undefined;

/** Its time and how much of its stage's that is. */
function timeText(node, stageNs) {
  if (node.is_constant) return "none: known before running";
  if (typeof node.time_ns !== "number") return "not known";
  return `${formatTime(node.time_ns)}, ${formatPercent(node.time_ns, stageNs)} of the stage`;
}

/** Where an input comes from. */
function Source({ tensor, node, data, hierarchy, onGo }) {
  const source = hierarchy.wiring.sourceOf(tensor, node.stage);
  if (source >= 0)
    return (
      <span>
        from <GoNode id={source} data={data} onGo={onGo} />
      </span>
    );
  return (
    <span>
      {data.report.tensors[tensor].is_constant
        ? "initializer"
        : "input of the model"}
    </span>
  );
}

/** Where an output goes to. */
function Readers({ tensor, id, data, hierarchy, onGo }) {
  const readers = [...hierarchy.wiring.readersFrom(id, tensor)];
  if (readers.length === 0)
    return (
      <span>
        {hierarchy.modelOutputs.has(tensor)
          ? "output of the model"
          : "read by none"}
      </span>
    );
  const [first, ...more] = readers;
  return (
    <span>
      to <GoNode id={first} data={data} onGo={onGo} />
      {more.length > 0 && ` and ${more.length} more`}
    </span>
  );
}

/** A node: what it does, what that costs, and what it reads and writes. */
export function NodeDetails({ id, data, hierarchy, onGo }) {
  const node = data.report.nodes[id];
  const { totals } = hierarchy.groups[hierarchy.roots[node.stage]] ?? {
    totals: {},
  };
  const inputs = [...new Set(node.inputs.filter((tensor) => tensor >= 0))];
  // Copies of a node stand in other stages at the same place of the model.
  const others = hierarchy.report.nodes
    .map((other, position) => ({ other, position }))
    .filter(
      ({ other, position }) =>
        position !== id &&
        other.index === node.index &&
        String(other.path) === String(node.path),
    )
    .map(({ position }) => position);
  return (
    <>
      <h3>{shortened(node.op, 200)}</h3>
      {node.name && <WholeName name={String(node.name)} />}
      <Around child={id} hierarchy={hierarchy} onGo={onGo} />
      {node.unknown && (
        <p class="warn">
          Its cost is not known, its bytes count instead:{" "}
          {shortened(node.unknown, 400)}
        </p>
      )}
      <dl>
        <Fact name="Time">{timeText(node, totals.timeNs)}</Fact>
        <Fact name="MACs">{count(node.macs)}</Fact>
        <Fact name="Operations">{count(node.flops)}</Fact>
        <Fact name="Read and written">{bytes(node.bytes)}</Fact>
        <Fact name="Weights">{bytes(node.weight_bytes)}</Fact>
        <Fact name="Computes in">
          {node.compute_type && shortened(node.compute_type, 30)}
        </Fact>
        <Fact name="Runs on">
          <GoStage id={node.stage} data={data} onGo={onGo} />
        </Fact>
        <Fact name="Domain">{node.domain && shortened(node.domain, 60)}</Fact>
        <Fact name="In the model">
          {`node ${node.index}` +
            (Array.isArray(node.path) && node.path.length > 0
              ? `, branch ${shortened(node.path.join(" / "), 120)}`
              : "")}
        </Fact>
      </dl>
      {node.is_copied && (
        <p class="quiet">
          A copy: another stage owns this node, and this one computes it as
          well.
        </p>
      )}
      {others.length > 0 && (
        <section>
          <h4>Also computed by</h4>
          <Links
            items={others}
            draw={(other) => (
              <span class="line">
                <GoNode id={other} data={data} onGo={onGo} />
                <span class="quiet">
                  stage {data.report.nodes[other].stage}
                </span>
              </span>
            )}
          />
        </section>
      )}
      <Tensors
        title="Inputs"
        tensors={inputs}
        data={data}
        onGo={onGo}
        about={(tensor) => (
          <Source {...{ tensor, node, data, hierarchy, onGo }} />
        )}
      />
      <Tensors
        title="Outputs"
        tensors={node.outputs}
        data={data}
        onGo={onGo}
        about={(tensor) => (
          <Readers {...{ tensor, id, data, hierarchy, onGo }} />
        )}
      />
    </>
  );
}
