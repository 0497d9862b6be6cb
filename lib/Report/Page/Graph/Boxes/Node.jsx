// A node as a box.

import { formatTime } from "../../Format.js";
import { fitEnd, fitStart, widthOf } from "../Fit.js";
import { noteOf, shortOperator } from "../Labels.js";
import { Badge, FarTitle, Share, Text } from "./Parts.jsx";

/** One node: operator, name, time. */
export function NodeBox({ box, hierarchy, stageNs, level, scale }) {
  const node = hierarchy.report.nodes[box.id];
  const { width, height } = box;
  const time = node.is_constant ? "constant" : formatTime(node.time_ns);
  const hasTime = node.is_constant || typeof node.time_ns === "number";
  const right = hasTime ? widthOf(time, 10.5) + 12 : 8;
  const notes = node.unknown ? 18 : 0;
  const classes = ["body"];
  if (node.is_constant) classes.push("is-constant");
  if (node.unknown) classes.push("is-unknown");
  if (node.is_copied) classes.push("is-copied");
  return (
    <>
      <rect class={classes.join(" ")} width={width} height={height} rx={7} />
      {level === "near" && (
        <>
          <Text x={10} y={19} size={12.5} className="title">
            {fitStart(
              shortOperator(node.op),
              width - 14 - right - notes,
              12.5,
              true,
            )}
          </Text>
          <Text x={10} y={35} size={10.5} className="quiet name">
            {fitEnd(noteOf(hierarchy, box.id), width - 20, 10.5)}
          </Text>
          {hasTime && (
            <Text
              x={width - 9}
              y={19}
              size={10.5}
              className="quiet"
              anchor="end"
            >
              {time}
            </Text>
          )}
          {node.unknown && <Badge x={width - right - 6} y={15} text="?" />}
          <Share
            width={width}
            y={height - 5}
            share={(node.time_ns ?? 0) / stageNs}
          />
        </>
      )}
      {level === "middle" && (
        <FarTitle
          width={width}
          height={height}
          text={shortOperator(node.op)}
          figure={hasTime ? time : ""}
          scale={scale}
        />
      )}
    </>
  );
}
