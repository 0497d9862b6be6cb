// A closed group: its title, what it is made of, and its time.

import { counted, formatPercent } from "../../Format.js";
import { fitStart } from "../Fit.js";
import { groupOf } from "../Hierarchy.js";
import { labelOf, timeText } from "../Labels.js";
import { Badge, FarTitle, Share, Text, Toggle } from "./Parts.jsx";

/** A closed group inside of a stage. */
export function GroupBox({ box, hierarchy, stageNs, level, scale }) {
  const index = groupOf(box.id);
  const group = hierarchy.groups[index];
  const { width, height } = box;
  const isStack = group.kind === "repeat" || group.kind === "numbered";
  const label = labelOf(hierarchy, index);
  const time = timeText(group.totals);
  const part = group.totals.timeNs / stageNs;
  // What would be "0 %" is left out.
  const share = part > 0.005 ? ", " + formatPercent(part, 1) : "";
  return (
    <>
      {/* Repeats look like a pile of sheets. */}
      {isStack && (
        <>
          <rect class="body" x={7} y={7} width={width} height={height} rx={8} />
          <rect
            class="body"
            x={3.5}
            y={3.5}
            width={width}
            height={height}
            rx={8}
          />
        </>
      )}
      <rect class="body" width={width} height={height} rx={8} />
      {level === "near" && (
        <>
          <Text x={12} y={20} size={13} className="title name">
            {fitStart(label.title, width - 48, 13, true)}
          </Text>
          <Text x={12} y={36} size={10.5} className="quiet">
            {fitStart(label.detail, width - 24, 10.5)}
          </Text>
          <Text x={12} y={52} size={10.5} className="quiet">
            {counted(group.totals.count, "node")}
          </Text>
          <Text
            x={width - 10}
            y={52}
            size={10.5}
            className="figure"
            anchor="end"
          >
            {time + share}
          </Text>
          {group.totals.unknown > 0 && <Badge x={width - 42} y={16} text="?" />}
          <Toggle x={width - 18} y={17} isOpen={false} />
          <Share width={width} y={height - 5} share={part} />
        </>
      )}
      {level === "middle" && (
        <FarTitle
          width={width}
          height={height}
          text={label.title}
          figure={time}
          scale={scale}
        />
      )}
    </>
  );
}
