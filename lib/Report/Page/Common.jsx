// What several views are made of.

import { useLayoutEffect, useRef, useState } from "preact/hooks";
import { plain, shortened } from "./Format.js";
import { selectable } from "./Selection.js";

/** A part of the page with its heading. */
export function Section({ id, title, lead, children }) {
  return (
    <section id={id} aria-labelledby={id + "-title"}>
      <h2 id={id + "-title"}>{title}</h2>
      {lead && <p class="lead">{lead}</p>}
      {children}
    </section>
  );
}

/** A name from the model or the cluster: text of its own direction, shortened,
 * with the whole name as its title. */
export function Name({ name, most = 40 }) {
  const short = shortened(name, most);
  const whole = plain(name);
  return <bdi title={short === whole ? undefined : whole}>{short}</bdi>;
}

/** The colour of a stage, with stripes where it is used again. */
export const Swatch = ({ stage }) => (
  <span
    class={`swatch stage-${stage.colour}${stage.cycle > 0 ? " is-repeated" : ""}`}
    aria-hidden="true"
  />
);

/** A button that selects a stage, with its number and devices. */
export function StageButton({ stage, ...props }) {
  return (
    <button
      type="button"
      class="thing"
      {...selectable(props, "stage", stage.index)}
    >
      <Swatch stage={stage} />
      <span class="number">{stage.index}</span> <StageDevices stage={stage} />
    </button>
  );
}

/** The devices of a stage; of many, the first and how many more. */
export function StageDevices({ stage }) {
  const [first, ...more] = stage.devices;
  return (
    <>
      <Name name={first} most={24} />
      {more.length === 1 && (
        <>
          , <Name name={more[0]} most={24} />
        </>
      )}
      {more.length > 1 && ` and ${more.length} more`}
    </>
  );
}

/** All stages, to see which colour is which and to select by keyboard. */
export const StageLegend = ({ data, ...props }) => (
  <ul class="legend" aria-label="Stages">
    {data.stages.map((stage) => (
      <li key={stage.index}>
        <StageButton stage={stage} {...props} />
      </li>
    ))}
  </ul>
);

/** A table. Columns are {title, isText}; figures are the rule. Cells are text or
 * elements; of a row {key, cells, className} as well. */
export function Table({ caption, columns, rows, isQuiet }) {
  return (
    <div class="scroll" role="group" aria-label={caption} tabIndex={0}>
      <table>
        <caption class={isQuiet ? "for-readers" : undefined}>{caption}</caption>
        <thead>
          <tr>
            {columns.map((column) => (
              <th
                scope="col"
                key={column.title}
                class={column.isText ? undefined : "figure"}
              >
                {column.title}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row, index) => (
            <tr key={row.key ?? index} class={row.className}>
              {(row.cells ?? row).map((cell, place) => (
                <td
                  key={place}
                  class={columns[place]?.isText ? undefined : "figure"}
                >
                  {cell}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

/** The numbers of a picture. Rows are made when it is opened: function. */
export function AsTable({ caption, columns, rows, summary = "As a table" }) {
  const [isOpen, setOpen] = useState(false);
  return (
    <details
      class="as-table"
      onToggle={(event) => setOpen(event.currentTarget.open)}
    >
      <summary>{summary}</summary>
      {isOpen && <Table caption={caption} columns={columns} rows={rows()} />}
    </details>
  );
}

/** Pictures on paper, which are scaled to it, are drawn for so many pixels. */
const printWidth = 1000;

/** [ref, width] of an element, for pictures that are drawn to its size. */
export function useWidth(initial = 960) {
  const ref = useRef(null);
  const [width, setWidth] = useState(initial);
  useLayoutEffect(() => {
    const element = ref.current;
    if (!element) return;
    const measure = () =>
      setWidth((old) => Math.floor(element.clientWidth) || old);
    const print = () => setWidth(printWidth);
    measure();
    // Of windows that are resized, and of details that open around it.
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    addEventListener("beforeprint", print);
    addEventListener("afterprint", measure);
    return () => {
      observer.disconnect();
      removeEventListener("beforeprint", print);
      removeEventListener("afterprint", measure);
    };
  }, []);
  return [ref, width];
}

/** A box that gives its width to the picture in it. */
export function Picture({ children, className = "" }) {
  const [ref, width] = useWidth();
  return (
    <div class={`picture ${className}`} ref={ref}>
      {children(width)}
    </div>
  );
}
