// Who runs what, how busy they are, what they hold and what they send.

import { PipelineChart } from "./Charts/PipelineChart.jsx";
import { capOf, memoryParts } from "./Charts/StageCard.jsx";
import {
  AsTable,
  Name,
  Picture,
  Section,
  StageButton,
  StageLegend,
} from "./Common.jsx";
import {
  counted,
  formatBitRate,
  formatBytes,
  formatCount,
  formatPercent,
  formatTime,
  shortened,
} from "./Format.js";
import { selectable } from "./Selection.js";

const figure = (title) => ({ title });
const text = (title) => ({ title, isText: true });

/** As the program's own table of stages; "compute" leaves out what messages take
 * of the device, and "load" has it. */
function StageTable({ data, ...props }) {
  const hasOverheads = data.stages.some((stage) => stage.overheadNs > 0);
  const hasCaches = data.stages.some(
    (stage) => stage.cachedBytes > 0 || stage.streamedBytes > 0,
  );
  const parts = memoryParts.filter(([key]) =>
    data.stages.some((stage) => stage.memory[key] > 0),
  );
  return (
    <AsTable
      summary="Stages as a table"
      caption="Stages: what each computes and holds"
      columns={[
        text("stage"),
        figure("nodes"),
        figure("MACs"),
        figure("compute"),
        ...(hasOverheads ? [figure("messages")] : []),
        figure("load"),
        ...parts.map(([, title]) => figure(title)),
        ...(hasCaches ? [figure("streamed")] : []),
        figure("memory"),
        figure("of"),
      ]}
      rows={() =>
        data.stages.map((stage) => {
          const cap = capOf(data, stage);
          return [
            <StageButton stage={stage} {...props} />,
            String(stage.nodeCount),
            stage.macs === undefined ? "" : formatCount(stage.macs),
            formatTime(stage.computeNs - stage.overheadNs),
            ...(hasOverheads ? [formatTime(stage.overheadNs)] : []),
            formatPercent(stage.loadNs, data.intervalNs),
            ...parts.map(([key]) => formatBytes(stage.memory[key])),
            ...(hasCaches ? [formatBytes(stage.streamedBytes)] : []),
            (stage.memoryIsLowerBound ? "at least " : "") +
              formatBytes(stage.memoryBytes),
            cap === undefined ? "no cap" : formatBytes(cap),
          ];
        })
      }
    />
  );
}

/** "3 pi4-0", or the device beyond the ends. */
function End({ end, boundary }) {
  return (
    <>
      {end.stage ?? boundary} <Name name={end.devices[0]} most={24} />
    </>
  );
}

/** "load" is that of the busiest link, where replicas share the items. */
function MessageTable({ data, ...props }) {
  if (data.messages.length === 0) return null;
  return (
    <AsTable
      summary="Messages as a table"
      caption="Messages: what goes from stage to stage for each item"
      columns={[
        text("message"),
        text("from"),
        text("to"),
        figure("bytes"),
        figure("time"),
        figure("load"),
        figure("latency"),
        text("medium"),
        text("tensors"),
      ]}
      rows={() =>
        data.messages.map((message) => [
          <button
            type="button"
            class="thing"
            {...selectable(props, "message", message.index)}
          >
            {message.index}
          </button>,
          <End end={message.from} boundary="ingress" />,
          <End end={message.to} boundary="egress" />,
          formatBytes(message.bytes),
          formatTime(message.timeNs),
          formatPercent(message.loadNs, data.intervalNs),
          formatTime(message.latencyNs),
          message.medium ? <Name name={message.medium} /> : "",
          <>
            {message.tensors.length > 1 &&
              `${message.tensors.length} tensors: `}
            {message.tensors.length > 0 && <Name name={message.tensors[0]} />}
            {message.tensors.length > 1 && ", ..."}
          </>,
        ])
      }
    />
  );
}

/** All devices, those without a stage as well. */
function DeviceTable({ data, ...props }) {
  return (
    <AsTable
      summary="Devices as a table"
      caption="Devices of the cluster"
      columns={[
        text("device"),
        text("stages"),
        figure("busy"),
        figure("load"),
        figure("memory"),
        figure("of"),
        text("computes"),
      ]}
      rows={() =>
        [...data.deviceByName.values()].map((device) => [
          <button
            type="button"
            class="thing"
            {...selectable(props, "device", device.name)}
          >
            <Name name={device.name} />
          </button>,
          device.stages.join(", ") || "idle",
          formatTime(device.loadNs),
          formatPercent(device.loadNs, data.intervalNs),
          device.isIdle
            ? ""
            : (device.memoryIsLowerBound ? "at least " : "") +
              formatBytes(device.memoryBytes),
          device.capBytes === undefined
            ? "no cap"
            : formatBytes(device.capBytes),
          (device.compute ?? [])
            .map(
              ({ type, ops_per_s }) =>
                `${shortened(type, 20)} ${formatCount(ops_per_s)}OP/s`,
            )
            .join(", "),
        ])
      }
    />
  );
}

/** Links by direction: a rate is the link's own, in bit/s, also in a medium. */
function LinkTable({ data, ...props }) {
  const links = [...data.linkById.values()].filter(
    (link) => link.loadNs > 0 || link.messages.length > 0,
  );
  if (links.length === 0) return null;
  return (
    <AsTable
      summary="Links as a table"
      caption="Links that carry something"
      columns={[
        text("from"),
        text("to"),
        text("medium"),
        figure("rate"),
        figure("latency"),
        figure("busy"),
        figure("load"),
        text("messages"),
      ]}
      rows={() =>
        links.map((link) => [
          <button
            type="button"
            class="thing"
            {...selectable(props, "link", link.id)}
          >
            <Name name={link.from} most={24} />
          </button>,
          <Name name={link.to} most={24} />,
          link.medium ? <Name name={link.medium} /> : "",
          link.bitsPerS === undefined ? "" : formatBitRate(link.bitsPerS),
          link.latencyNs === undefined ? "" : formatTime(link.latencyNs),
          formatTime(link.loadNs),
          formatPercent(link.loadNs, data.intervalNs),
          link.messages.slice(0, 12).join(", ") +
            (link.messages.length > 12 ? ", ..." : ""),
        ])
      }
    />
  );
}

export function Pipeline(props) {
  const { data } = props;
  // Only then there is something pale to explain.
  const isShared = [...data.deviceByName.values()].some(
    (device) => device.stages.length > 1,
  );
  return (
    <Section
      id="pipeline"
      title="Pipeline"
      lead={`${counted(data.stages.length, "stage")} in the order in which an item goes through them. Loads are shares of ${formatTime(data.intervalNs)}, the time between two items.`}
    >
      <StageLegend {...props} />
      <Picture>{(width) => <PipelineChart {...props} width={width} />}</Picture>
      <p class="note">
        Of each card, the upper bar is how busy its device is
        {isShared && " (pale: with its other stages)"}. The middle one is what
        its memory is for; the thin one below it is how much of the device's
        memory that is.
      </p>
      <div class="tables">
        <StageTable {...props} />
        <MessageTable {...props} />
        <DeviceTable {...props} />
        <LinkTable {...props} />
      </div>
    </Section>
  );
}
