// The graph of the model: its nodes by stage, in groups that open and close.

import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { Section } from "../Common.jsx";
import { isSame } from "../Selection.js";
import { Canvas } from "./Canvas.jsx";
import { Details } from "./Details/Details.jsx";
import "./Graph.css";
import { buildHierarchy, childOf, groupOf, isGroup } from "./Hierarchy.js";
import { useLast, useLatest } from "./Hooks.js";
import { Layouts } from "./Layout.js";
import { Legend } from "./Legend.jsx";
import { marksOf } from "./Marks.js";
import { initiallyOpened, withRevealed, withTurned } from "./Opened.js";
import { chooseRows, layOutStages } from "./Pipeline.js";
import { makeScene } from "./Scene.js";
import { Side } from "./Side.jsx";
import { childrenOf, isLocal, sharedThing, thingOfTarget } from "./Things.js";

/** Below that width, stages stand below each other. */
const wideEnough = 560;

/** What is selected, in all views or in this one alone, and what selects. Of what
 * others select, onOthers is told. */
function useSelection({ selection, onSelect, hierarchy }, onOthers) {
  const [local, setLocal] = useState(null);
  // What this view has selected itself comes back as a property, and is no news.
  const own = useRef(selection);
  const select = useLatest((thing) => {
    const meant = sharedThing(thing, hierarchy);
    setLocal(isLocal(meant) ? meant : null);
    own.current = isLocal(meant) ? null : meant;
    onSelect(own.current);
  });
  useEffect(() => {
    if (isSame(selection, own.current)) return;
    own.current = selection;
    setLocal(null);
    if (selection) onOthers(selection);
  }, [selection]);
  return [local ?? selection, select];
}

/** What is pointed at, in all views or in this one alone, and what points. */
function usePointer({ hover, onHover }) {
  const [local, setLocal] = useState(null);
  const point = useLatest((thing) => {
    const next = isLocal(thing) ? thing : null;
    setLocal((old) => (isSame(old, next) ? old : next));
    onHover(next ? null : thing);
  });
  return [local ?? hover, point];
}

/** Gives the scene for a frame of some size, and the marks in a scene. */
function usePicture({ data, hierarchy, opened, thing, pointed }) {
  const layouts = useMemo(() => new Layouts(hierarchy), [hierarchy]);
  const size = useRef(null);
  // Rows stay as they are when groups are opened or the window is resized.
  const rowsFor = useLast((known, isAcross) =>
    isAcross
      ? chooseRows(data, known, initiallyOpened(known.hierarchy), size.current)
      : null,
  );
  const sceneFor = useLast((known, keys, begins) =>
    makeScene(layOutStages(data, known, keys, begins)),
  );
  const selectedMarks = useLast(marksOf);
  const pointedMarks = useLast(marksOf);
  const contextOf = useLast((scene, of) => ({ scene, hierarchy: of, data }));
  return {
    makeScene: (frame) => {
      size.current = frame;
      const begins = rowsFor(layouts, frame.width >= wideEnough);
      return sceneFor(layouts, opened, begins);
    },
    makeMarks: (scene) => ({
      selected: selectedMarks(thing, contextOf(scene, hierarchy)),
      hovered: pointedMarks(pointed, contextOf(scene, hierarchy)),
    }),
  };
}

/** Which groups are open, and what is to be shown next of the drawing. */
function useOpened({ data, hierarchy, onConstants }) {
  const [opened, setOpened] = useState(() => initiallyOpened(hierarchy));
  const [request, setRequest] = useState(null);
  /** Opens the groups around a thing and moves to it. */
  const reveal = useLatest((thing) => {
    if (thing.kind === "node" && data.report.nodes[thing.id]?.is_constant)
      onConstants(true);
    const children = childrenOf(thing, { data, hierarchy });
    setOpened(withRevealed(opened, hierarchy, children));
    setRequest({ children });
  });
  /** Opens or closes a group; its box, if it is known, stays where it is. */
  const turn = useLatest((child, box) => {
    setOpened(withTurned(opened, hierarchy.groups[groupOf(child)].key));
    setRequest(
      box
        ? { anchor: { key: box.key, x: box.left, y: box.top } }
        : { children: [child] },
    );
  });
  const reset = useLatest(() => {
    setOpened(initiallyOpened(hierarchy));
    setRequest({ children: hierarchy.roots.map(childOf) });
  });
  return { opened, request, reveal, turn, reset };
}

const canTurn = ({ box }) =>
  box && typeof box.id === "number" && isGroup(box.id);

/** Side, drawing and details, which share what is open and what is selected. */
function View(props) {
  const { data } = props;
  const [withConstants, onConstants] = useState(false);
  const hierarchy = useMemo(
    () => buildHierarchy(data, withConstants),
    [data, withConstants],
  );
  const { opened, request, reveal, turn, reset } = useOpened({
    data,
    hierarchy,
    onConstants,
  });
  const [thing, select] = useSelection({ ...props, hierarchy }, reveal);
  const [pointed, point] = usePointer(props);
  const go = useLatest((target) => {
    select(target);
    reveal(target);
  });
  const picture = usePicture({ data, hierarchy, opened, thing, pointed });
  const meant = (target) => thingOfTarget(target, { data, hierarchy });
  return (
    <div class="graph-view">
      <Side
        data={data}
        hierarchy={hierarchy}
        opened={opened}
        thing={thing}
        onGo={go}
        onTurn={turn}
        onPoint={point}
      />
      <div class="middle">
        <Canvas
          data={data}
          hierarchy={hierarchy}
          {...picture}
          request={request}
          onClick={(target) => {
            if (target?.isToggle) turn(target.box.id, target.box);
            else select(meant(target));
          }}
          onDoubleClick={(target) => {
            if (target && canTurn(target) && !target.isToggle)
              turn(target.box.id, target.box);
          }}
          onPoint={(target) => point(meant(target))}
        />
        <Legend
          data={data}
          withConstants={withConstants}
          onConstants={onConstants}
          onReset={reset}
        />
      </div>
      <Details thing={thing} data={data} hierarchy={hierarchy} onGo={go} />
    </div>
  );
}

/** The view: a section of the page. */
export function Graph(props) {
  if (props.data.report.nodes.length === 0) return null;
  return (
    <Section
      id="graph"
      title="Graph"
      lead="Stages, in them modules and repeated blocks, in these the nodes of the model. A double click on a box opens it. Once the drawing is clicked, the wheel scales it."
    >
      <div class="graph-room">
        <View {...props} />
      </div>
    </Section>
  );
}
