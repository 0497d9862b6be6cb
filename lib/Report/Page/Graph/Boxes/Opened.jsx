// The frame around what is in an opened group.

import { formatPercent, formatTime } from "../../Format.js";
import { fitEnd, fitStart, widthOf } from "../Fit.js";
import { groupOf } from "../Hierarchy.js";
import { devicesText, labelOf, timeText } from "../Labels.js";
import { sizes } from "../Layout.js";
import { StageBand, Text, Toggle } from "./Parts.jsx";

/** Title, description and time of an opened group. */
function Header({ box, hierarchy, stageNs, scale }) {
  const index = groupOf(box.id);
  const group = hierarchy.groups[index];
  const { width } = box;
  const isStage = group.kind === "stage";
  const stage = hierarchy.stages[group.stage];
  const label = labelOf(hierarchy, index);
  const share =
    group.totals.timeNs > 0
      ? ", " + formatPercent(group.totals.timeNs, stageNs)
      : "";
  const right = isStage
    ? formatTime(stage.computeNs)
    : timeText(group.totals) + share;
  // Larger from afar, up to what the header has room for. The time keeps its
  // place; title, device and description take what is left, in that order.
  const size = Math.min(22, Math.max(isStage ? 15 : 13, 11 / scale));
  const rightWidth = widthOf(right, size * 0.85);
  const left = isStage ? 20 : 14;
  const room = width - left - 56 - rightWidth;
  const shown = fitStart(label.title, room, size, true);
  const end = left + widthOf(shown, size, true) + 12;
  const device = isStage
    ? fitEnd(devicesText(stage), width - end - 66 - rightWidth, size)
    : "";
  const next = device ? end + widthOf(device, size) + 12 : end;
  const rest = width - next - 56 - rightWidth;
  return (
    <>
      <Text x={left} y={27} size={size} className="title name">
        {shown}
      </Text>
      {device && (
        <Text x={end} y={27} size={size} className="name">
          {device}
        </Text>
      )}
      {rest > 60 && scale > 0.7 && label.detail && (
        <Text x={next} y={27} size={11} className="quiet">
          {fitStart(label.detail, rest, 11)}
        </Text>
      )}
      <Text
        x={width - 40}
        y={27}
        size={size * 0.85}
        className="figure"
        anchor="end"
      >
        {right}
      </Text>
      <Toggle x={width - 20} y={21} isOpen scale={Math.min(1.5, 0.8 / scale)} />
      <path
        class="under"
        d={`M${isStage ? 8 : 1} ${sizes.header}H${width - 1}`}
      />
    </>
  );
}

/** The frame of an opened group or stage. */
export function OpenBox(props) {
  const { box, hierarchy, level } = props;
  const { width, height } = box;
  const group = hierarchy.groups[groupOf(box.id)];
  const isStage = group.kind === "stage";
  return (
    <>
      <rect
        class={`body is-open depth-${box.depth % 2}`}
        width={width}
        height={height}
        rx={isStage ? 3 : 10}
      />
      {isStage && (
        <StageBand stage={hierarchy.stages[group.stage]} height={height} />
      )}
      {level === "near" && <Header {...props} />}
    </>
  );
}
