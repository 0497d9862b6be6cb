import { render } from "preact";
import { useState } from "preact/hooks";
import { readData } from "./Data.js";
import { Graph } from "./Graph/Graph.jsx";
import { isSame } from "./Selection.js";
import "./Style.css";

const read = (id) => {
  const element = document.getElementById(id);
  return element ? JSON.parse(element.textContent) : undefined;
};

function Page({ data }) {
  const [selection, select] = useState(null);
  const [hover, setHover] = useState(null);
  const onHover = (thing) =>
    setHover((old) => (isSame(old, thing) ? old : thing));
  const shared = { data, selection, onSelect: select, hover, onHover };
  return (
    <main>
      <h1>{data.name}</h1>
      <Graph {...shared} />
    </main>
  );
}

const data = readData({
  plan: read("plan"),
  report: read("report"),
  run: read("run"),
  trace: read("trace"),
});
render(<Page data={data} />, document.getElementById("page") ?? document.body);
