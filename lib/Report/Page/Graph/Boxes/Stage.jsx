// A closed stage.

import { counted, formatTime, shortened } from "../../Format.js";
import { fitEnd, fitStart } from "../Fit.js";
import { groupOf, isGroup } from "../Hierarchy.js";
import { devicesText, labelOf, shortOperator } from "../Labels.js";
import { Badge, FarTitle, Share, StageBand, Text, Toggle } from "./Parts.jsx";

/** What takes most of the stage's time. */
function Heaviest({ hierarchy, group, width }) {
  const timeOf = (child) =>
    isGroup(child)
      ? hierarchy.groups[groupOf(child)].totals.timeNs
      : (hierarchy.report.nodes[child].time_ns ?? 0);
  const children = [...group.children]
    .sort((a, b) => timeOf(b) - timeOf(a))
    .slice(0, 3)
    .filter((child) => timeOf(child) > 0);
  return children.map((child, index) => {
    const title = isGroup(child)
      ? labelOf(hierarchy, groupOf(child)).title
      : shortOperator(hierarchy.report.nodes[child].op);
    const y = 72 + index * 19;
    const share = timeOf(child) / group.totals.timeNs;
    return (
      <g key={child}>
        <rect
          class="share is-soft"
          x={20}
          y={y - 12}
          width={Math.max(1.5, (width - 32) * Math.min(1, share))}
          height={16}
          rx={2}
        />
        <Text x={25} y={y} size={11} className="name">
          {fitStart(title, width - 104, 11)}
        </Text>
        <Text x={width - 14} y={y} size={11} className="quiet" anchor="end">
          {formatTime(timeOf(child))}
        </Text>
      </g>
    );
  });
}

/** A closed stage: its device, and what takes its time. */
export function StageBox({ box, hierarchy, limitNs, level, scale }) {
  const index = groupOf(box.id);
  const group = hierarchy.groups[index];
  const stage = hierarchy.stages[group.stage];
  const { width, height } = box;
  return (
    <>
      <rect class="body" width={width} height={height} rx={3} />
      <StageBand stage={stage} height={height} />
      {level === "near" ? (
        <>
          <Text x={20} y={27} size={16} className="title">
            Stage {group.stage}
          </Text>
          <Text x={20} y={46} size={12.5} className="name">
            {fitEnd(devicesText(stage), width - 32, 12.5)}
          </Text>
          <Heaviest hierarchy={hierarchy} group={group} width={width} />
          <Text x={20} y={137} size={11.5} className="quiet">
            {counted(group.totals.count, "node")}
          </Text>
          {group.totals.unknown > 0 && <Badge x={width - 52} y={22} text="?" />}
          <Text
            x={width - 14}
            y={137}
            size={13}
            className="figure title"
            anchor="end"
          >
            {formatTime(stage.computeNs)}
          </Text>
          <Toggle x={width - 24} y={23} isOpen={false} />
          <Share
            x={20}
            width={width}
            y={height - 8}
            share={stage.loadNs / limitNs}
          />
        </>
      ) : (
        level !== "far" && (
          <g transform="translate(7 0)">
            <FarTitle
              width={width - 7}
              height={height * 0.55}
              text={`${group.stage} ${shortened(stage.devices[0], 30)}`}
              scale={scale}
            />
            <g transform={`translate(0 ${height * 0.42})`}>
              <FarTitle
                width={width - 7}
                height={height * 0.55}
                text={formatTime(stage.computeNs)}
                scale={scale}
              />
            </g>
          </g>
        )
      )}
    </>
  );
}
