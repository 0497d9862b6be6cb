// What the descriptions of nodes, groups and the rest are made of.

import { Name, Swatch } from "../../Common.jsx";
import { formatBytes, formatTime, plain, shortened } from "../../Format.js";
import { groupsAround } from "../Hierarchy.js";
import { labelOf, longName, shapeText, shortOperator } from "../Labels.js";

/** Longer lists are cut, with the number of what is left out. */
const mostListed = 24;

/** A term and what it is; nothing where that is not known. */
export const Fact = ({ name, children }) =>
  [undefined, null, false, ""].includes(children) ? null : (
    <div class="graph-fact">
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );

/** A name as long as it is, to read and to copy; of one that fills pages the
 * end. */
export const WholeName = ({ name }) => (
  <bdi class="whole-name" dir="auto">
    {name.length > 2000 ? shortened(name, 2000) : plain(name)}
  </bdi>
);

/** A link to something of the graph. */
export function Go({ thing, onGo, children, title }) {
  return (
    <button type="button" class="go" title={title} onClick={() => onGo(thing)}>
      {children}
    </button>
  );
}

/** A link to a node. */
export function GoNode({ id, data, onGo }) {
  const node = data.report.nodes[id];
  const stage = data.stages[node.stage];
  return (
    <Go
      thing={{ kind: "node", id }}
      onGo={onGo}
      title={shortened(node.name ?? "", 300)}
    >
      {stage && <Swatch stage={stage} />}
      {shortOperator(node.op)} <bdi>{shortened(longName(node), 22)}</bdi>
    </Go>
  );
}

export function GoStage({ id, data, onGo }) {
  const stage = data.stages[id];
  if (!stage) return null;
  return (
    <Go thing={{ kind: "stage", id }} onGo={onGo}>
      <Swatch stage={stage} />
      stage {id}, <Name name={stage.devices[0]} most={24} />
    </Go>
  );
}

export function GoMessage({ id, data, onGo }) {
  const message = data.messages[id];
  const name = ({ stage, devices }) =>
    stage === null ? shortened(devices[0], 24) : `stage ${stage}`;
  return (
    <Go thing={{ kind: "message", id }} onGo={onGo}>
      {name(message.from)} to {name(message.to)}
    </Go>
  );
}

/** "float32 1x3x48x320". */
export const typeText = ({ type, shape }) =>
  [
    type && shortened(type, 30),
    shape === undefined ? undefined : shortened(shapeText(shape), 60),
  ]
    .filter(Boolean)
    .join(" ");

export const bytesText = ({ bytes }) =>
  typeof bytes === "number" ? formatBytes(bytes) : "size not known";

/** A list of links, each with a figure or other things beside it. */
export function Links({ items, draw }) {
  return (
    <ul class="graph-links">
      {items.slice(0, mostListed).map((item, index) => (
        <li key={index}>{draw(item)}</li>
      ))}
      {items.length > mostListed && (
        <li class="quiet">{`and ${items.length - mostListed} more`}</li>
      )}
    </ul>
  );
}

/** Tensors with type, shape, bytes and what is said about each. */
export function Tensors({ title, tensors, data, onGo, about }) {
  if (tensors.length === 0) return null;
  return (
    <section>
      <h4>{title}</h4>
      <Links
        items={tensors}
        draw={(id) => {
          const tensor = data.report.tensors[id];
          return (
            <>
              <span class="line">
                <Go
                  thing={{ kind: "tensor", id }}
                  onGo={onGo}
                  title={shortened(tensor.name, 300)}
                >
                  <bdi>{shortened(tensor.name, 40)}</bdi>
                </Go>
                <span class="figure">{bytesText(tensor)}</span>
              </span>
              <span class="line quiet">
                <span>{typeText(tensor)}</span>
                {about?.(id)}
              </span>
              {tensor.no_cut && (
                <span class="line is-warning">
                  cannot be cut: {shortened(tensor.no_cut, 120)}
                </span>
              )}
            </>
          );
        }}
      />
    </section>
  );
}

export const NoCut = ({ why }) => (
  <p class="warn">Cannot be cut: {shortened(why, 300)}</p>
);

/** The way to a child from its stage, to go up. */
export function Around({ child, hierarchy, onGo }) {
  const around = groupsAround(hierarchy, child);
  if (around.length === 0) return null;
  return (
    <nav class="around" aria-label="Groups around it">
      <ol>
        {around.map((index) => (
          <li key={index}>
            <Go thing={{ kind: "group", id: index }} onGo={onGo}>
              <bdi>{shortened(labelOf(hierarchy, index).title, 28)}</bdi>
            </Go>
          </li>
        ))}
      </ol>
    </nav>
  );
}

/** Nodes of a list that take most time, with links. */
export function Slowest({ nodes, data, onGo, most = 5 }) {
  const timed = nodes
    .filter((id) => data.report.nodes[id].time_ns > 0)
    .sort((a, b) => data.report.nodes[b].time_ns - data.report.nodes[a].time_ns)
    .slice(0, most);
  if (timed.length === 0) return null;
  return (
    <section>
      <h4>Slowest nodes</h4>
      <Links
        items={timed}
        draw={(id) => (
          <span class="line">
            <GoNode id={id} data={data} onGo={onGo} />
            <span class="figure">
              {formatTime(data.report.nodes[id].time_ns)}
            </span>
          </span>
        )}
      />
    </section>
  );
}
