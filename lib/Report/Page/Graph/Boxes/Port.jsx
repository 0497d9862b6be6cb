// Where lines of a stage begin and end.

import { shortened } from "../../Format.js";
import { fitEnd, fitStart } from "../Fit.js";

/** Words for a port of a stage. */
function portText(id, data) {
  if (id === "in" || id === "out") return "";
  // "in:model", "out:others", "in:stage3".
  const [side, what] = id.split(":");
  const isIn = side === "in";
  if (what === "model")
    return isIn ? "inputs of the model" : "outputs of the model";
  if (what === "others") return isIn ? "from other stages" : "to other stages";
  const stage = what.slice("stage".length);
  const device = data.stages[stage]?.devices[0];
  return `${isIn ? "from" : "to"} stage ${stage}${device ? ", " + shortened(device, 20) : ""}`;
}

/** What comes into a stage or goes out. */
export function PortBox({ box, data, level, scale }) {
  const size = level === "near" ? 11.5 : Math.min(16, 10.5 / scale);
  const text = portText(box.id, data);
  // Inside of groups they only bring lines together.
  if (!text) return <circle cx={1} cy={1} r={2.5} class="port-dot" />;
  return (
    <>
      <rect
        class="body port"
        width={box.width}
        height={box.height}
        rx={box.height / 2}
      />
      {level !== "far" && (
        <text
          x={box.width / 2}
          y={box.height / 2 + size * 0.35}
          font-size={size}
          text-anchor="middle"
        >
          {fitStart(text, box.width - 16, size)}
        </text>
      )}
    </>
  );
}

/** The device beyond the first or last stage. */
export function EndBox({ box, data, scale }) {
  const isIn = box.id === "in";
  const message = data.messages.find(({ from, to }) =>
    isIn ? from.stage === null : to.stage === null,
  );
  const device = message?.[isIn ? "from" : "to"].devices[0] ?? "";
  const size = Math.min(17, Math.max(12.5, 10 / scale));
  const middle = box.width / 2;
  return (
    <>
      <rect class="body port" width={box.width} height={box.height} rx={12} />
      <text
        x={middle}
        y={26}
        font-size={size}
        text-anchor="middle"
        class="name"
      >
        {fitEnd(device, box.width - 16, size)}
      </text>
      <text
        x={middle}
        y={30 + size}
        font-size={size * 0.9}
        text-anchor="middle"
        class="quiet"
      >
        {isIn ? "has the inputs" : "gets the outputs"}
      </text>
    </>
  );
}
