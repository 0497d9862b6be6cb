// A stage or a device that is selected.

import { Name, Swatch } from "../../Common.jsx";
import {
  counted,
  formatBytes,
  formatPercent,
  formatTime,
} from "../../Format.js";
import { streamOf } from "../../Words.js";
import { describe } from "../Labels.js";
import { Spent, Totals, Unknown } from "./Group.jsx";
import { Messages } from "./Message.jsx";
import { Fact, Go, GoStage, Links } from "./Parts.jsx";

/** In the order in which they take turns. */
function Devices({ names, onGo }) {
  return (
    <Links
      items={names}
      draw={(name) => (
        <Go thing={{ kind: "device", id: name }} onGo={onGo}>
          <Name name={name} />
        </Go>
      )}
    />
  );
}

/** A stage: where it runs, what it computes, what it gets and sends. */
export function StageDetails({ id, data, hierarchy, onGo }) {
  const stage = data.stages[id];
  const group = hierarchy.groups[hierarchy.roots[id]];
  const part = formatPercent(stage.loadNs, data.intervalNs);
  return (
    <>
      <h3>
        <Swatch stage={stage} /> Stage {id}
      </h3>
      <p class="quiet">{describe(hierarchy, group.index)}</p>
      <Unknown totals={group.totals} />
      <dl>
        <Fact name={stage.devices.length > 1 ? "Devices, in turn" : "Device"}>
          <Devices names={stage.devices} onGo={onGo} />
        </Fact>
        <Fact name="Time per item">
          {formatTime(stage.computeNs) +
            (stage.devices.length === 1 && part !== "-"
              ? `, ${part} of the time between items`
              : "")}
        </Fact>
        <Fact name="Sending, receiving">
          {stage.overheadNs > 0 && formatTime(stage.overheadNs)}
        </Fact>
        <Fact name="Weight cache">{streamOf(stage)}</Fact>
        <Fact name="First item">
          {stage.firstItemNs > 0 &&
            `${formatTime(stage.firstItemNs)}, which fills the weight cache`}
        </Fact>
        <Totals totals={group.totals} />
        <Fact name="Memory">
          {stage.memoryBytes > 0 &&
            (stage.memoryIsLowerBound ? "at least " : "") +
              formatBytes(stage.memoryBytes)}
        </Fact>
        <Fact name="States">
          {stage.states.length > 0 &&
            `${counted(stage.states.length, "state")}, ${formatBytes(stage.memory.states)}`}
        </Fact>
      </dl>
      <Spent group={group} data={data} hierarchy={hierarchy} onGo={onGo} />
      <Messages
        title="Gets"
        messages={stage.incoming}
        data={data}
        onGo={onGo}
      />
      <Messages
        title="Sends"
        messages={stage.outgoing}
        data={data}
        onGo={onGo}
      />
    </>
  );
}

/** A device, as far as the graph shows it. */
export function DeviceDetails({ id, data, onGo }) {
  const device = data.deviceByName.get(id);
  return (
    <>
      <h3>
        Device <Name name={id} />
      </h3>
      {device.stages.length === 0 ? (
        <p class="quiet">It has no stage.</p>
      ) : (
        <Links
          items={device.stages}
          draw={(stage) => <GoStage id={stage} data={data} onGo={onGo} />}
        />
      )}
    </>
  );
}
