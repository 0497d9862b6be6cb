// The picture of the graph.

import { fitStart, widthOf } from "./Fit.js";
import { Box } from "./Boxes/Box.jsx";
import {
  Edge,
  EdgeLabel,
  MessageEdge,
  MessageLabel,
  ReferredEdge,
} from "./Edges.jsx";
import { groupOf, isGroup } from "./Hierarchy.js";
import { devicesText, labelOf } from "./Labels.js";
import { isApart } from "./Path.js";

/** Pixels of the screen from which on texts of a box can be read. */
const nearHeight = 31;
const middleHeight = 11;
const smallest = 2.5;
/** From here on, sizes are written on edges. */
const labelScale = 0.65;
/** From here on, opened groups have their names written over them. */
const farScale = 0.45;

/** Scales at which boxes are drawn anew; in between they only are scaled. */
const roundScale = (scale) => 2 ** (Math.round(Math.log2(scale) * 4) / 4);

/** How much of a box can be read: "near", "middle" or "far". */
function levelOf(box, scale, hierarchy) {
  if (box.isOpen) return scale > farScale ? "near" : "far";
  const isStage =
    isGroup(box.id) && hierarchy.groups[groupOf(box.id)].kind === "stage";
  const height = box.height * scale;
  // More lines take more height.
  if (height >= nearHeight * (isStage ? 2.6 : isGroup(box.id) ? 1.35 : 1))
    return "near";
  return height >= middleHeight ? "middle" : "far";
}

/** Names of opened groups that are too far away for their headers. */
function FarNames({ boxes, hierarchy, scale }) {
  if (scale > farScale) return null;
  const size = 12.5 / scale;
  return boxes
    .filter(({ isOpen, depth, width, height }) => {
      const least = depth === 0 ? 56 : 120;
      return isOpen && width * scale >= least && height * scale >= 70;
    })
    .map((box) => {
      const group = hierarchy.groups[groupOf(box.id)];
      const name =
        group.kind === "stage"
          ? `${group.stage} ${devicesText(hierarchy.stages[group.stage])}`
          : labelOf(hierarchy, group.index).title;
      const text = fitStart(name, box.width - size, size);
      const width = widthOf(text, size) + size;
      const middle = box.top + Math.max(size * 0.9, 22);
      return text ? (
        <g
          key={box.key}
          class={`far-name stage-${hierarchy.stages[group.stage].colour}`}
          transform={`translate(${box.left} ${middle})`}
        >
          <rect
            y={-size * 0.85}
            width={width}
            height={size * 1.7}
            rx={size * 0.3}
          />
          <text x={size / 2} y={size * 0.35} font-size={size} class="name">
            {text}
          </text>
        </g>
      ) : null;
    });
}

const Definitions = () => (
  <defs>
    {["graph-arrow", "graph-arrow-marked"].map((id) => (
      <marker
        key={id}
        id={id}
        viewBox="0 0 10 10"
        refX="9"
        refY="5"
        markerWidth="9"
        markerHeight="9"
        markerUnits="userSpaceOnUse"
        orient="auto"
      >
        <path class={id} d="M0 0.8L10 5L0 9.2z" />
      </marker>
    ))}
    <pattern
      id="graph-stripes"
      width="8"
      height="8"
      patternUnits="userSpaceOnUse"
      patternTransform="rotate(45)"
    >
      <rect class="stripe" width="3.5" height="8" />
    </pattern>
  </defs>
);

/** Classes by what is selected, pointed at, or belongs to it. */
const markOf = (key, { selected, hovered }, set) =>
  (selected[set].has(key) ? "is-selected " : "") +
  (hovered[set].has(key) ? "is-hovered" : "");

/**
 * All of a scene that is in `view`, as deep as can be seen. `marks` is
 * {selected, hovered} of marksOf(). Elements say with data-key, data-edge,
 * data-message and data-toggle what they are.
 */
export function Drawing({ scene, hierarchy, data, view, marks }) {
  const scale = roundScale(view.scale);
  const isSeen = ({ extent }) => !isApart(extent, view);
  const isLarge = ({ width, height }) =>
    width * scale >= smallest && height * scale >= smallest;
  const boxes = scene.boxes.filter((box) => isSeen(box) && isLarge(box));
  // Lines between boxes that are dots are no more than a grey cloud.
  const edges = scene.edges.filter(
    (edge) =>
      isSeen(edge) &&
      (scale > 0.12 || edge.extent.bottom - edge.extent.top > 60 / view.scale),
  );
  const draw = (box) => {
    const level = levelOf(box, scale, hierarchy);
    // What does not change with the scale is not drawn anew for it.
    const closed = level === "near" && !box.end ? 1 : scale;
    return (
      <Box
        key={box.key}
        box={box}
        mark={markOf(box.key, marks, "boxes")}
        hierarchy={hierarchy}
        data={data}
        level={level}
        scale={box.isOpen ? Math.max(scale, farScale) : closed}
      />
    );
  };
  const boxOf = (group, end) =>
    scene.boxByKey.get(
      typeof end === "string" ? `${group}:${end}` : String(end),
    );
  const referred = [...marks.selected.referred, ...marks.hovered.referred];
  const far = [
    ...marks.selected.referredMessages,
    ...marks.hovered.referredMessages,
  ];
  return (
    <>
      <Definitions />
      {boxes.filter(({ isOpen }) => isOpen).map(draw)}
      {edges.map((edge) => (
        <Edge
          key={edge.key}
          edge={edge}
          mark={markOf(edge.key, marks, "edges")}
          report={data.report}
        />
      ))}
      {scene.messages.map((edge) => (
        <MessageEdge
          key={edge.key}
          edge={edge}
          data={data}
          mark={markOf(edge.message, marks, "messages")}
        />
      ))}
      {scale >= labelScale &&
        edges
          .filter(({ label }) => label)
          .map((edge) => (
            <EdgeLabel
              key={"label" + edge.key}
              edge={edge}
              mark={markOf(edge.key, marks, "edges")}
            />
          ))}
      {scene.messages
        .filter(({ hasNoLabel }) => !hasNoLabel)
        .map((edge) => (
          <MessageLabel
            key={"label" + edge.key}
            edge={edge}
            data={data}
            mark={markOf(edge.message, marks, "messages")}
            scale={scale}
          />
        ))}
      {boxes.filter(({ isOpen }) => !isOpen).map(draw)}
      <FarNames boxes={boxes} hierarchy={hierarchy} scale={scale} />
      {referred.map(({ group, from, to }) => (
        <ReferredEdge
          key={`${group}:${from}>${to}`}
          from={boxOf(group, from)}
          to={boxOf(group, to)}
        />
      ))}
      {far.map(({ message, from, to }) => (
        <ReferredEdge
          key={"message" + message}
          from={scene.boxByKey.get(scene.keyOfEnd.get(from))}
          to={scene.boxByKey.get(scene.keyOfEnd.get(to))}
        />
      ))}
    </>
  );
}
