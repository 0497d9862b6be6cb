// Draws one of the pictures as an SVG file of its own:
//
//   node draw.mjs pipeline|where-cut|timeline plan.json report.json
//   node draw.mjs bars|scatter data.json
//
// --width=N is the width in pixels. The picture goes to standard output, has its
// colours with it, and follows the reader's choice of light or dark.

import { readFileSync } from "node:fs";
import { render } from "preact-render-to-string";
import { Bars } from "./Charts/Bars.jsx";
import { PipelineChart } from "./Charts/PipelineChart.jsx";
import { Scatter } from "./Charts/Scatter.jsx";
import { TimelineChart } from "./Charts/TimelineChart.jsx";
import { WhereCutChart } from "./Charts/WhereCutChart.jsx";
import chartStyle from "./Chart.css";
import colours from "./Colours.css";
import { crossingOf } from "./Crossing.js";
import { readData } from "./Data.js";
import { lanesOf, mainLanes, scheduleOf } from "./Lanes.js";

const margin = 16;

/** Colours as variables of a light picture, and of a dark one where the reader
 * has it so: light-dark() is too new for many programs that show pictures. */
function standaloneColours() {
  const choose = (index) =>
    colours
      .replace(/light-dark\(([^,]+),\s*([^)]+)\)/g, (...match) => match[index])
      .replace(/color-scheme:[^;]*;/g, "");
  const [variables] = choose(2).match(/:root\s*{[^}]*}/);
  return `${choose(1)}@media (prefers-color-scheme: dark) {${variables}}`;
}

/** Without comments and indentation. */
const packed = (css) =>
  css
    .replace(/\/\*[^]*?\*\//g, "")
    .replace(/\s+/g, " ")
    .replace(/ ?([{};]) ?/g, "$1")
    .trim();

const readJson = (file) => JSON.parse(readFileSync(file, "utf8"));

const drawings = {
  pipeline: (data, width) => <PipelineChart data={data} width={width} />,
  "where-cut": (data, width) => (
    <WhereCutChart data={data} crossing={crossingOf(data)} width={width} />
  ),
  timeline(data, width) {
    const schedule = scheduleOf(data);
    if (!schedule) throw new Error("nothing that this plan does takes time");
    const lanes = mainLanes(data, lanesOf(data, schedule));
    return (
      <TimelineChart
        data={data}
        schedule={schedule}
        lanes={lanes}
        width={width}
      />
    );
  },
};

function draw(kind, files, width) {
  if (kind === "bars") return <Bars spec={readJson(files[0])} width={width} />;
  if (kind === "scatter")
    return (
      <Scatter spec={readJson(files[0])} width={width} height={0.8 * width} />
    );
  const [plan, report] = files.map(readJson);
  return drawings[kind](readData({ plan, report }), width);
}

/** A file of its own: with a background, a margin and all styles. */
function standalone(svg) {
  const [, width, height] = svg.match(/ width="([\d.]+)" height="([\d.]+)"/);
  const [wide, high] = [
    Number(width) + 2 * margin,
    Number(height) + 2 * margin,
  ];
  const style = packed(standaloneColours() + chartStyle);
  return (
    svg
      .replace(
        / width="[\d.]+" height="[\d.]+" viewBox="[^"]*"/,
        ` xmlns="http://www.w3.org/2000/svg" width="${wide}" height="${high}" viewBox="${-margin} ${-margin} ${wide} ${high}"`,
      )
      .replace(
        ">",
        `><style>${style}</style><rect x="${-margin}" y="${-margin}" width="${wide}" height="${high}" style="fill:var(--background)"/>`,
      ) + "\n"
  );
}

const kinds = [...Object.keys(drawings), "bars", "scatter"];
const options = process.argv.slice(2);
const width = Number(
  options.find((option) => option.startsWith("--width="))?.slice(8) ?? 960,
);
const [kind, ...files] = options.filter((option) => !option.startsWith("--"));
const needed = kind === "bars" || kind === "scatter" ? 1 : 2;
if (!kinds.includes(kind) || files.length !== needed || !(width >= 200)) {
  console.error(
    "usage: draw.mjs pipeline|where-cut|timeline PLAN REPORT [--width=960]\n       draw.mjs bars|scatter DATA [--width=960]",
  );
  process.exit(1);
}
process.stdout.write(standalone(render(draw(kind, files, width))));
