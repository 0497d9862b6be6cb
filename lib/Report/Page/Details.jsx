// What is selected, at the lower edge of the window, wherever one is on the page.

import { Name, StageDevices, Swatch } from "./Common.jsx";
import {
  counted,
  formatBitRate,
  formatBytes,
  formatCount,
  formatPercent,
  formatShape,
  formatTime,
  shortened,
} from "./Format.js";
import { streamOf } from "./Words.js";

/** {title, facts}: facts are strings, or elements; undefined ones fall out. */
const describers = {
  stage(data, id) {
    const stage = data.stages[id];
    return (
      stage && {
        title: (
          <>
            <Swatch stage={stage} /> stage {id} on{" "}
            <StageDevices stage={stage} />
          </>
        ),
        facts: [
          counted(stage.nodeCount, "node"),
          `busy ${formatTime(stage.loadNs)} of ${formatTime(data.intervalNs)}`,
          `${stage.memoryIsLowerBound ? "at least " : ""}${formatBytes(stage.memoryBytes)} of memory`,
          streamOf(stage),
          stage.firstItemNs > 0 &&
            `${formatTime(stage.firstItemNs)} for the first item, which fills the weight cache`,
          stage.file && <Name name={stage.file} />,
        ],
      }
    );
  },
  device(data, id) {
    const device = data.deviceByName.get(id);
    return (
      device && {
        title: (
          <>
            device <Name name={id} />
          </>
        ),
        facts: [
          device.isIdle
            ? "idle"
            : `stage${device.stages.length > 1 ? "s" : ""} ${device.stages.join(", ")}`,
          !device.isIdle &&
            `busy ${formatTime(device.loadNs)}, ${formatPercent(device.loadNs, data.intervalNs)}`,
          !device.isIdle &&
            `${device.memoryIsLowerBound ? "at least " : ""}${formatBytes(device.memoryBytes)}${device.capBytes === undefined ? "" : ` of ${formatBytes(device.capBytes)}`}`,
          ...(device.compute ?? []).map(
            ({ type, ops_per_s }) =>
              `${shortened(type, 20)}: ${formatCount(ops_per_s)}OP/s`,
          ),
        ],
      }
    );
  },
  message(data, id) {
    const message = data.messages[id];
    // A stage's number, or the device beyond the ends.
    const end = ({ stage, devices }) => stage ?? devices[0];
    return (
      message && {
        title: (
          <>
            message <Name name={end(message.from)} most={24} /> {"\u2192"}{" "}
            <Name name={end(message.to)} most={24} />
          </>
        ),
        facts: [
          formatBytes(message.bytes),
          message.links.length === 0
            ? "on one device"
            : `${formatTime(message.timeNs)} and ${formatTime(message.latencyNs)} of latency`,
          message.medium && <Name name={message.medium} />,
          message.tensors.length > 0 && (
            <>
              {message.tensors.length > 1 &&
                `${message.tensors.length} tensors: `}
              <Name name={message.tensors[0]} />
            </>
          ),
        ],
      }
    );
  },
  link(data, id) {
    const link = data.linkById.get(id);
    return (
      link && {
        title: (
          <>
            link <Name name={link.from} most={24} /> {"\u2192"}{" "}
            <Name name={link.to} most={24} />
          </>
        ),
        facts: [
          link.bitsPerS !== undefined && formatBitRate(link.bitsPerS),
          link.latencyNs !== undefined &&
            `${formatTime(link.latencyNs)} of latency`,
          `busy ${formatTime(link.loadNs)}, ${formatPercent(link.loadNs, data.intervalNs)}`,
          link.medium && <Name name={link.medium} />,
        ],
      }
    );
  },
  node(data, id) {
    const node = data.report.nodes[id];
    return (
      node && {
        title: (
          <>
            <Name name={node.op} most={32} />{" "}
            {node.name && <Name name={node.name} most={60} />}
          </>
        ),
        facts: [
          `node ${node.index}`,
          `stage ${node.stage}`,
          node.is_constant && "known before running",
          node.is_copied && "a copy",
          node.time_ns !== undefined && formatTime(node.time_ns),
          node.unknown && (
            <Name name={`cost not known: ${node.unknown}`} most={80} />
          ),
          node.macs > 0 && `${formatCount(node.macs)} MACs`,
          node.bytes > 0 && `${formatBytes(node.bytes)} moved`,
          node.weight_bytes > 0 &&
            `${formatBytes(node.weight_bytes)} of weights`,
        ],
      }
    );
  },
  tensor(data, id) {
    const tensor = data.report.tensors[id];
    const carriers = data.messagesByTensor.get(id) ?? [];
    return (
      tensor && {
        title: (
          <>
            tensor <Name name={tensor.name} most={60} />
          </>
        ),
        facts: [
          tensor.type && (
            <Name
              name={`${tensor.type} ${formatShape(tensor.shape)}`}
              most={60}
            />
          ),
          tensor.bytes === undefined
            ? "size not known"
            : formatBytes(tensor.bytes),
          tensor.is_constant && "constant",
          carriers.length > 0 && `sent in message ${carriers.join(", ")}`,
          tensor.no_cut && (
            <Name name={`cannot be cut: ${tensor.no_cut}`} most={80} />
          ),
        ],
      }
    );
  },
};

/** The bar for a selection; it is there, but empty, without one. */
export function Details({ data, selection, onSelect }) {
  const found = selection && describers[selection.kind]?.(data, selection.id);
  return (
    <aside
      class={"details" + (found ? "" : " is-empty")}
      aria-label="Selection"
    >
      <div role="status" class="details-text" tabIndex={found ? 0 : undefined}>
        {found && (
          <>
            <strong>{found.title}</strong>
            {found.facts.filter(Boolean).map((fact, index) => (
              <span key={index} class="fact-item">
                {fact}
              </span>
            ))}
          </>
        )}
      </div>
      {found && (
        <button type="button" class="plain" onClick={() => onSelect(null)}>
          Clear<span class="for-readers"> the selection</span>
        </button>
      )}
    </aside>
  );
}
