// A tensor that is selected.

import { counted } from "../../Format.js";
import { Messages } from "./Message.jsx";
import {
  bytesText,
  Fact,
  GoNode,
  Links,
  NoCut,
  typeText,
  WholeName,
} from "./Parts.jsx";

/** A tensor: what it is, who makes and who reads it. */
export function TensorDetails({ id, data, hierarchy, onGo }) {
  const tensor = data.report.tensors[id];
  const { wiring } = hierarchy;
  // Several where its node is copied.
  const makers = wiring.makersOf(id);
  const readers = [...wiring.readersOf(id)];
  const draw = (node) => (
    <span class="line">
      <GoNode id={node} data={data} onGo={onGo} />
      <span class="quiet">stage {data.report.nodes[node].stage}</span>
    </span>
  );
  return (
    <>
      <h3>Tensor</h3>
      <WholeName name={tensor.name} />
      {tensor.no_cut && <NoCut why={tensor.no_cut} />}
      <dl>
        <Fact name="Type and shape">{typeText(tensor)}</Fact>
        <Fact name="Size">{bytesText(tensor)}</Fact>
        <Fact name="Is">
          {tensor.is_constant
            ? "a constant, never sent"
            : hierarchy.modelOutputs.has(id)
              ? "an output of the model"
              : makers.length === 0
                ? "an input of the model"
                : undefined}
        </Fact>
      </dl>
      {makers.length > 0 && (
        <section>
          <h4>Made by</h4>
          <Links items={makers} draw={draw} />
        </section>
      )}
      {readers.length > 0 && (
        <section>
          <h4>Read by {counted(readers.length, "node")}</h4>
          <Links items={readers} draw={draw} />
        </section>
      )}
      <Messages
        title="Sent in"
        messages={data.messagesByTensor.get(id) ?? []}
        data={data}
        onGo={onGo}
      />
    </>
  );
}
