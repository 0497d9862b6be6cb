// What is known about the thing that is selected.

import { GroupDetails } from "./Group.jsx";
import { NodeDetails } from "./Node.jsx";
import { LinkDetails, MessageDetails, TensorsDetails } from "./Message.jsx";
import { NothingDetails } from "./Nothing.jsx";
import { DeviceDetails, StageDetails } from "./Stage.jsx";
import { TensorDetails } from "./Tensor.jsx";

/** The description of each kind, and where its things are. */
const kinds = {
  node: [NodeDetails, ({ report }, id) => report.nodes[id]],
  tensor: [TensorDetails, ({ report }, id) => report.tensors[id]],
  stage: [StageDetails, ({ stages }, id) => stages[id]],
  message: [MessageDetails, ({ messages }, id) => messages[id]],
  device: [DeviceDetails, ({ deviceByName }, id) => deviceByName.get(id)],
  link: [LinkDetails, ({ linkById }, id) => linkById.get(id)],
};

function describe(thing, props) {
  const { data, hierarchy } = props;
  if (thing?.tensors)
    return <TensorsDetails tensors={thing.tensors} {...props} />;
  if (thing?.kind === "group" && hierarchy.groups[thing.id])
    return <GroupDetails id={thing.id} {...props} />;
  const [Kind, find] = kinds[thing?.kind] ?? [];
  return Kind && find(data, thing.id) ? (
    <Kind id={thing.id} {...props} />
  ) : (
    <NothingDetails {...props} />
  );
}

/** `thing` is what can be selected, as in Things.js, or null; onGo(thing) selects and reveals. */
export function Details({ thing, ...props }) {
  return (
    <section class="graph-details" aria-label="Details of what is selected">
      {describe(thing, props)}
    </section>
  );
}
