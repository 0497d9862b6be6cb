// The search box and the list of what it finds.

import { useEffect, useRef } from "preact/hooks";
import { Swatch } from "../Common.jsx";
import { counted, formatBytes, formatTime, shortened } from "../Format.js";
import { isSame } from "../Selection.js";
import { longName } from "./Labels.js";

/** Longer lists are of no use; the count says how many there are. */
const mostShown = 200;

/** What is listed without a query, by the keys of Search.js. */
const filterNames = {
  all: "Outline",
  slowest: "Slowest",
  unknown: "Cost unknown",
  "no-cut": "Cannot be cut",
};

function NodeRow({ node, stage }) {
  return (
    <>
      {stage && <Swatch stage={stage} />}
      <span class="what">{shortened(node.op, 30)}</span>
      <bdi class="where" title={shortened(node.name ?? "", 300)}>
        {shortened(longName(node), 40)}
      </bdi>
      <span class="figure">
        {typeof node.time_ns === "number" ? formatTime(node.time_ns) : ""}
      </span>
    </>
  );
}

function TensorRow({ tensor }) {
  return (
    <>
      <span class="what is-tensor">tensor</span>
      <bdi class="where" title={shortened(tensor.name, 300)}>
        {shortened(tensor.name, 60)}
      </bdi>
      <span class="figure">
        {typeof tensor.bytes === "number" ? formatBytes(tensor.bytes) : ""}
      </span>
    </>
  );
}

/** Scrolls the list to an entry, and nothing of the page around it. */
function scrollTo(list, entry) {
  const top = entry.offsetTop - list.offsetTop;
  if (top < list.scrollTop) list.scrollTop = top;
  else if (top + entry.offsetHeight > list.scrollTop + list.clientHeight)
    list.scrollTop = top + entry.offsetHeight - list.clientHeight;
}

function Result({ result, data, isCurrent, onPick, onPoint }) {
  const ref = useRef(null);
  useEffect(() => {
    if (isCurrent) scrollTo(ref.current.closest("ol"), ref.current);
  }, [isCurrent]);
  const { report, stages } = data;
  const node = result.kind === "node" ? report.nodes[result.id] : undefined;
  return (
    <li>
      <button
        type="button"
        ref={ref}
        class="result"
        aria-current={isCurrent ? "true" : undefined}
        onClick={() => onPick(result)}
        onPointerEnter={() => onPoint(result)}
      >
        {node ? (
          <NodeRow node={node} stage={stages[node.stage]} />
        ) : (
          <TensorRow tensor={report.tensors[result.id]} />
        )}
      </button>
    </li>
  );
}

/** What was found, as buttons that select. */
export function Results({ results, data, selection, onPick, onPoint }) {
  return (
    <ol
      class="results"
      aria-label="Found nodes and tensors"
      onPointerLeave={() => onPoint(null)}
    >
      {results.slice(0, mostShown).map((result) => (
        <Result
          key={result.kind + result.id}
          result={result}
          data={data}
          isCurrent={isSame(result, selection)}
          onPick={onPick}
          onPoint={onPoint}
        />
      ))}
      {results.length > mostShown && (
        <li class="quiet">{`and ${results.length - mostShown} more`}</li>
      )}
    </ol>
  );
}

/** Says how many there are, and which of them is selected. */
function statusText(results, selection, isActive) {
  if (!isActive) return "";
  const at = results.findIndex((result) => isSame(result, selection));
  const count = counted(results.length, "result");
  return at >= 0 ? `${at + 1} of ${count}` : count;
}

/**
 * The field and the filters. Enter goes to the next result, with shift to the one
 * before; Escape empties the field.
 */
export function Finder(props) {
  const { query, filter, results, selection, counts } = props;
  const { onQuery, onFilter, onPick } = props;
  const isActive = query.trim() !== "" || filter !== "all";
  // From the selected one on, around the ends.
  const step = (by) => {
    if (results.length === 0) return;
    const at = results.findIndex((result) => isSame(result, selection));
    const next = at < 0 ? (by > 0 ? 0 : results.length - 1) : at + by;
    onPick(results[(next + results.length) % results.length]);
  };
  const onKeyDown = (event) => {
    if (event.key === "Enter") {
      event.preventDefault();
      step(event.shiftKey ? -1 : 1);
    } else if (event.key === "Escape" && query !== "") {
      event.stopPropagation();
      onQuery("");
    }
  };
  return (
    <search class="finder">
      <div class="field">
        <input
          type="search"
          aria-label="Search nodes and tensors"
          placeholder="Name, operator or tensor"
          autocomplete="off"
          spellcheck={false}
          value={query}
          onInput={(event) => onQuery(event.currentTarget.value)}
          onKeyDown={onKeyDown}
        />
      </div>
      <div class="filters" role="group" aria-label="List">
        {Object.entries(filterNames).map(([key, name]) =>
          counts[key] === 0 ? null : (
            <button
              key={key}
              type="button"
              aria-pressed={filter === key}
              onClick={() => onFilter(key)}
            >
              {name}
              {counts[key] > 0 && <span class="count"> {counts[key]}</span>}
            </button>
          ),
        )}
        <span class="status" role="status">
          {statusText(results, selection, isActive)}
        </span>
      </div>
    </search>
  );
}
