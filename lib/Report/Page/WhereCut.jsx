// Why the model is cut where it is.

import { useMemo, useState } from "preact/hooks";
import { AsTable, Name, Picture, Section, StageButton } from "./Common.jsx";
import {
  WhereCutBack,
  WhereCutChart,
  placeAt,
} from "./Charts/WhereCutChart.jsx";
import { crossingOf, tensorsAt } from "./Crossing.js";
import { counted, formatBytes, formatTime } from "./Format.js";
import { selectable } from "./Selection.js";

const figure = (title) => ({ title });
const text = (title) => ({ title, isText: true });

/** The node at a place, and what would cross right before it. */
function Readout({ data, crossing, place, ...props }) {
  const position = crossing.order[place];
  const node = data.report.nodes[position];
  if (!node) return null;
  const tensors = tensorsAt(data, crossing, place);
  const unsized = crossing.unsized[place];
  return (
    <p class="readout">
      <button
        type="button"
        class="thing"
        {...selectable(props, "node", position)}
      >
        <Name name={node.op} most={32} />
        {node.name && (
          <>
            {" "}
            <Name name={node.name} most={48} />
          </>
        )}
      </button>{" "}
      node {node.index} of the model, stage {node.stage}
      {node.unknown
        ? ", cost not known"
        : node.time_ns !== undefined && `, ${formatTime(node.time_ns)}`}
      {node.weight_bytes > 0 &&
        `, ${formatBytes(node.weight_bytes)} of weights`}
      . Before it {unsized > 0 && "at least "}
      {formatBytes(crossing.bytes[place])} would cross in{" "}
      {counted(tensors.length, "tensor")}
      {tensors.length > 0 && ": "}
      {tensors.slice(0, 3).map((tensor, index) => (
        <span key={tensor}>
          {index > 0 && ", "}
          <button
            type="button"
            class="thing"
            {...selectable(props, "tensor", tensor)}
          >
            <Name name={data.report.tensors[tensor].name} most={32} />
          </button>
        </span>
      ))}
      {tensors.length > 3 && ", ..."}
      {crossing.fixed[place] > 0 && "; it cannot be cut here"}
    </p>
  );
}

/** A row for each place where the stage changes. */
function Cuts({ data, crossing, ...props }) {
  return (
    <AsTable
      summary="Cuts as a table"
      caption="Where the model is cut, in the order of its nodes"
      columns={[
        text("from"),
        text("to"),
        figure("nodes before"),
        figure("time before"),
        figure("weights before"),
        figure("bytes that cross"),
        figure("tensors"),
      ]}
      rows={() => {
        // Borders come in order, so that one sum goes along with them.
        let [ns, done] = [0, 0];
        return crossing.borders.map(({ place, before, after }) => {
          for (; done < place; ++done) ns += crossing.ns[done];
          return [
            <StageButton stage={data.stages[before]} {...props} />,
            <StageButton stage={data.stages[after]} {...props} />,
            String(place),
            formatTime(ns),
            formatBytes(crossing.weights[place]),
            (crossing.unsized[place] > 0 ? "at least " : "") +
              formatBytes(crossing.bytes[place]),
            String(tensorsAt(data, crossing, place).length),
          ];
        });
      }}
    />
  );
}

/** What a node or a tensor that is pointed at elsewhere means here. */
function placeOf(crossing, placeByPosition, thing) {
  if (thing?.kind === "node") return placeByPosition.get(thing.id);
  if (thing?.kind !== "tensor") return undefined;
  const span = crossing.spans.find(({ tensor }) => tensor === thing.id);
  return span && Math.min(span.from, crossing.order.length - 1);
}

/** The picture, a slider that does what the pointer does, and the words. */
function Interactive({ width, crossing, placeByPosition, ...props }) {
  const { data, selection, hover, onSelect, onHover } = props;
  const [own, setOwn] = useState(undefined);
  const back = useMemo(
    () => <WhereCutBack data={data} crossing={crossing} width={width} />,
    [data, crossing, width],
  );
  // What is pointed at in another view goes before what is chosen here.
  const place =
    placeOf(crossing, placeByPosition, hover) ??
    own ??
    placeOf(crossing, placeByPosition, selection);
  const move = (event) => {
    const { left } = event.currentTarget.getBoundingClientRect();
    setOwn(placeAt(crossing, width, event.clientX - left));
  };
  const pick = (event) => {
    // A stage or a cut in front of the panels takes the click itself.
    if (event.target.closest("[data-thing]")) return;
    onSelect({ kind: "node", id: crossing.order[place] });
  };
  return (
    <>
      <div onMouseMove={move} onClick={place === undefined ? undefined : pick}>
        <WhereCutChart
          data={data}
          crossing={crossing}
          width={width}
          back={back}
          place={place}
          selection={selection}
          hover={hover}
          onSelect={onSelect}
          onHover={onHover}
        />
      </div>
      <label class="slider">
        <span>Node</span>
        <input
          type="range"
          min="0"
          max={crossing.order.length - 1}
          value={place ?? 0}
          onInput={(event) => setOwn(Number(event.currentTarget.value))}
        />
      </label>
      <div class="readout-room" aria-live="polite">
        {place !== undefined ? (
          <Readout crossing={crossing} place={place} {...props} />
        ) : (
          <p class="readout quiet">
            Point at the picture, or move the slider, to see which node is where
            and what would cross there.
          </p>
        )}
      </div>
    </>
  );
}

export function WhereCut(props) {
  const { data } = props;
  const crossing = useMemo(() => crossingOf(data), [data]);
  const placeByPosition = useMemo(
    () => new Map(crossing.order.map((position, place) => [position, place])),
    [crossing],
  );
  if (crossing.order.length === 0) return null;
  return (
    <Section
      id="where-cut"
      title="Where it was cut"
      lead={
        crossing.borders.length > 0
          ? "A good cut is where little crosses, and leaves each device as much to do as it can take."
          : "It is whole: all nodes are in one stage. This is what cuts would cost."
      }
    >
      <Picture>
        {(width) => (
          <Interactive
            {...props}
            width={width}
            crossing={crossing}
            placeByPosition={placeByPosition}
          />
        )}
      </Picture>
      {crossing.borders.length > 0 && <Cuts crossing={crossing} {...props} />}
    </Section>
  );
}
