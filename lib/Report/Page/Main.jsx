// The page: reads the files that are in it, and shows all views of them.

import { render } from "preact";
import { useCallback, useEffect, useMemo, useState } from "preact/hooks";
import { Advice, hasAdvice } from "./Advice.jsx";
import { readData } from "./Data.js";
import { Details } from "./Details.jsx";
import { Footer, Header, Navigation } from "./Frame.jsx";
import { Graph } from "./Graph/Graph.jsx";
import { Measured } from "./Measured.jsx";
import { Pipeline } from "./Pipeline.jsx";
import { isSame } from "./Selection.js";
import "./Style.css";
import { Timeline } from "./Timeline.jsx";
import { Verdict } from "./Verdict.jsx";
import { WhereCut } from "./WhereCut.jsx";

/** The file of this name in the page; undefined where there is none. */
const read = (id) => {
  const element = document.getElementById(id);
  return element ? JSON.parse(element.textContent) : undefined;
};

const hasNodes = (data) => data.report.nodes.some((node) => !node.is_constant);

/** [id, title] of the views that have something to show. */
const viewsOf = (data) => [
  ["verdict", "Verdict"],
  ["pipeline", "Pipeline"],
  ...(hasNodes(data) ? [["where-cut", "Where it was cut"]] : []),
  ...(data.intervalNs > 0 ? [["timeline", "Timeline"]] : []),
  ...(hasNodes(data) ? [["graph", "Graph"]] : []),
  ...(hasAdvice(data) ? [["advice", "What would help"]] : []),
  ["measured", "Measured"],
];

/** What is selected and pointed at is that of all views. `opened` are files that
 * the reader has added: a run or a trace. */
function Page({ files }) {
  const [opened, setOpened] = useState({});
  const data = useMemo(
    () => readData({ ...files, ...opened }),
    [files, opened],
  );
  const [selection, onSelect] = useState(null);
  const [hover, setHover] = useState(null);
  // A pointer moves often within one thing, which draws nothing anew.
  const onHover = useCallback(
    (thing) => setHover((old) => (isSame(old, thing) ? old : thing)),
    [],
  );
  const onOpen = useCallback(
    (found) => setOpened((old) => ({ ...old, ...found })),
    [],
  );
  useEffect(() => {
    const clear = (event) => event.key === "Escape" && onSelect(null);
    addEventListener("keydown", clear);
    return () => removeEventListener("keydown", clear);
  }, []);
  const shared = { data, selection, onSelect, hover, onHover };
  const views = useMemo(() => viewsOf(data), [data]);
  return (
    <>
      <a class="skip" href="#verdict">
        Skip to the verdict
      </a>
      <Header data={data} />
      <Navigation views={views} />
      <main>
        <Verdict {...shared} />
        <Pipeline {...shared} />
        <WhereCut {...shared} />
        <Timeline {...shared} />
        {hasNodes(data) && <Graph {...shared} />}
        <Advice {...shared} />
        <Measured {...shared} onOpen={onOpen} />
      </main>
      <Footer data={data} />
      <Details {...shared} />
    </>
  );
}

const root =
  document.getElementById("page") ??
  document.body.appendChild(document.createElement("div"));
try {
  const files = {
    plan: read("plan"),
    report: read("report"),
    run: read("run"),
    trace: read("trace"),
  };
  render(<Page files={files} />, root);
} catch (error) {
  root.textContent = `This page cannot be shown: ${error.message}`;
}
