// What goes between stages: messages, links, and tensors of an edge.

import { Name } from "../../Common.jsx";
import { counted, formatBytes, formatTime } from "../../Format.js";
import { sizeOf } from "../Bundles.js";
import { sizeLabel } from "../Layout.js";
import { Fact, GoMessage, GoStage, Links, Tensors } from "./Parts.jsx";

/** Links to messages, with what they carry. */
export function Messages({ title, messages, data, onGo }) {
  if (messages.length === 0) return null;
  return (
    <section>
      <h4>{title}</h4>
      <Links
        items={messages}
        draw={(id) => (
          <span class="line">
            <GoMessage id={id} data={data} onGo={onGo} />
            <span class="figure">
              {formatBytes(data.messages[id].bytes)},{" "}
              {formatTime(data.messages[id].timeNs)}
            </span>
          </span>
        )}
      />
    </section>
  );
}

const End = ({ end, data, onGo }) =>
  end.stage === null ? (
    <Name name={end.devices[0]} />
  ) : (
    <GoStage id={end.stage} data={data} onGo={onGo} />
  );

/** What goes from one stage to another. */
export function MessageDetails({ id, data, onGo }) {
  const message = data.messages[id];
  // Messages name tensors, and everything else numbers them.
  const names = new Set(message.tensors);
  const tensors = [];
  data.report.tensors.forEach((tensor, index) => {
    if (names.has(tensor.name)) tensors.push(index);
  });
  return (
    <>
      <h3>Message</h3>
      <dl>
        <Fact name="From">
          <End end={message.from} data={data} onGo={onGo} />
        </Fact>
        <Fact name="To">
          <End end={message.to} data={data} onGo={onGo} />
        </Fact>
        <Fact name="Size">{formatBytes(message.bytes)}</Fact>
        <Fact name="Time on the link">
          {message.timeNs > 0
            ? formatTime(message.timeNs)
            : "none: both on one device"}
        </Fact>
        <Fact name="Latency">
          {message.latencyNs > 0 && formatTime(message.latencyNs)}
        </Fact>
        <Fact name="Medium">
          {message.medium && <Name name={message.medium} />}
        </Fact>
      </dl>
      <Tensors
        title={counted(message.tensors.length, "tensor")}
        tensors={tensors}
        data={data}
        onGo={onGo}
      />
    </>
  );
}

/** A link, with its messages. */
export function LinkDetails({ id, data, onGo }) {
  const link = data.linkById.get(id);
  return (
    <>
      <h3>
        Link <Name name={link.from} most={24} /> to{" "}
        <Name name={link.to} most={24} />
      </h3>
      {link.messages.length === 0 && <p class="quiet">It carries nothing.</p>}
      <Messages
        title="Carries"
        messages={link.messages}
        data={data}
        onGo={onGo}
      />
    </>
  );
}

/** The tensors of an edge or a port. */
export function TensorsDetails({ tensors, data, onGo }) {
  return (
    <>
      <h3>{counted(tensors.length, "tensor")}</h3>
      <p class="quiet">In all: {sizeLabel(sizeOf(data.report, tensors))}</p>
      <Tensors title="By name" tensors={tensors} data={data} onGo={onGo} />
    </>
  );
}
