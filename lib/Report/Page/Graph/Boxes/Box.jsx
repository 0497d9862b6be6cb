// A box of the drawing: a node, a group, a stage or what comes from outside.

import { shortened } from "../../Format.js";
import { groupOf, isGroup } from "../Hierarchy.js";
import { labelOf } from "../Labels.js";
import { pure } from "../Pure.js";
import { GroupBox } from "./Group.jsx";
import { NodeBox } from "./Node.jsx";
import { OpenBox } from "./Opened.jsx";
import { EndBox, PortBox } from "./Port.jsx";
import { StageBox } from "./Stage.jsx";

/** A whole name or description, for the pointer that rests. */
function titleOf(box, hierarchy) {
  if (typeof box.id === "string") return undefined;
  if (!isGroup(box.id)) {
    const node = hierarchy.report.nodes[box.id];
    return [node.op, node.name, node.unknown]
      .filter(Boolean)
      .map((text) => shortened(text, 300))
      .join("\n");
  }
  const { title, detail } = labelOf(hierarchy, groupOf(box.id));
  return [title, detail]
    .filter(Boolean)
    .map((text) => shortened(text, 300))
    .join("\n");
}

/** What draws a box. Ids are numbers of nodes, negative ones groups, and texts
 * ports and ends. */
function kindOf(box, hierarchy) {
  if (box.end === "in" || box.end === "out") return EndBox;
  if (typeof box.id === "string") return PortBox;
  if (!isGroup(box.id)) return NodeBox;
  if (box.isOpen) return OpenBox;
  return hierarchy.groups[groupOf(box.id)].kind === "stage"
    ? StageBox
    : GroupBox;
}

/** The colour of the stage that a box belongs to. */
function colourOf(box, hierarchy) {
  const group = isGroup(box.id) ? groupOf(box.id) : box.group;
  if (typeof box.id === "string") {
    const [, stage] = /:stage(\d+)$/.exec(box.id) ?? [];
    return hierarchy.stages[stage]?.colour;
  }
  return hierarchy.stages[hierarchy.groups[group]?.stage]?.colour;
}

/** One box at its place; `level` is how much of it can be read: "near",
 * "middle" or "far". */
export const Box = pure(({ box, mark, hierarchy, data, level, scale }) => {
  const Kind = kindOf(box, hierarchy);
  const group = hierarchy.groups[isGroup(box.id) ? groupOf(box.id) : box.group];
  const colour = colourOf(box, hierarchy);
  const title = titleOf(box, hierarchy);
  return (
    <g
      class={`box ${colour === undefined ? "" : "stage-" + colour} ${mark ?? ""}`}
      data-key={box.key}
      transform={`translate(${box.left} ${box.top})`}
    >
      {title && <title>{title}</title>}
      <Kind
        box={box}
        hierarchy={hierarchy}
        data={data}
        level={level}
        scale={scale}
        stageNs={
          group
            ? hierarchy.groups[hierarchy.roots[group.stage]].totals.timeNs
            : 0
        }
        limitNs={data.intervalNs}
      />
    </g>
  );
});
