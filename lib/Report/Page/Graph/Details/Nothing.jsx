// What stands in the place of details while there is no selection.

import { shortened } from "../../Format.js";
import { GoNode, Links, Slowest } from "./Parts.jsx";

/** What may be asked where nothing is selected. */
export function NothingDetails({ data, onGo }) {
  const nodes = data.report.nodes.map((_, index) => index);
  const unknown = nodes.filter((id) => data.report.nodes[id].unknown);
  return (
    <>
      <h3>Nothing is selected</h3>
      <p class="quiet">
        Select a box or a line to see what it costs and what it reads and
        writes.
      </p>
      <Slowest nodes={nodes} data={data} onGo={onGo} most={8} />
      {unknown.length > 0 && (
        <section>
          <h4>Cost not known</h4>
          <Links
            items={unknown}
            draw={(id) => (
              <>
                <GoNode id={id} data={data} onGo={onGo} />
                <span class="quiet">
                  {" "}
                  {shortened(data.report.nodes[id].unknown, 120)}
                </span>
              </>
            )}
          />
        </section>
      )}
    </>
  );
}
