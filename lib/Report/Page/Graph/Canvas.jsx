// The frame of the drawing: moving, scaling, pointing and selecting in it.

import { useLayoutEffect, useRef } from "preact/hooks";
import { counted } from "../Format.js";
import { Drawing } from "./Drawing.jsx";
import { childOf } from "./Hierarchy.js";
import { boxShowing } from "./Marks.js";
import { usePrint } from "./Print.js";
import { useZoom } from "./Zoom.js";

/** Smaller than that, nothing could be read at first. */
const firstScale = 0.34;
/** All texts can be read. */
const readable = 0.7;
/** Pixels of the screen that an arrow key moves by. */
const step = 80;

/** The smallest rectangle around boxes. */
function boundsOf(boxes) {
  const left = Math.min(...boxes.map((box) => box.left));
  const top = Math.min(...boxes.map((box) => box.top));
  return {
    left,
    top,
    width: Math.max(...boxes.map((box) => box.left + box.width)) - left,
    height: Math.max(...boxes.map((box) => box.top + box.height)) - top,
  };
}

/** A scene as a rectangle; lines may go left of 0 by `left`. */
const wholeOf = ({ left, width, height }) => ({
  left: -left,
  top: 0,
  width: width + left,
  height,
});

/** The largest opened group around a box that can be seen as a whole. */
function surroundingsOf(box, zoom, scene) {
  let best = box;
  let { group } = box;
  while (group >= 0) {
    const outer = scene.boxByKey.get(String(childOf(group)));
    if (!outer || !zoom.wouldFit(outer, readable)) break;
    best = outer;
    group = outer.group;
  }
  return best;
}

/** Brings the boxes that show some children into view. */
function reveal(zoom, scene, hierarchy, children) {
  const boxes = children
    .slice(0, 200)
    .map((child) => boxShowing(scene, hierarchy, child))
    .filter(Boolean);
  if (boxes.length === 0) return;
  const bounds = boundsOf(boxes);
  if (zoom.scale() >= readable && zoom.isVisible(bounds)) return;
  const scale = Math.min(1.2, Math.max(readable, zoom.scale()));
  if (boxes.length === 1)
    zoom.show(surroundingsOf(boxes[0], zoom, scene), {
      most: scale,
      least: readable,
    });
  else zoom.show(bounds, { most: scale, least: 0.3 });
}

/** After a group was opened or closed, it stays where it was, if that can be
 * seen; what is too large is shown from its beginning. */
function settle(zoom, scene, anchor) {
  const box = scene.boxByKey.get(anchor.key);
  if (!box) return;
  zoom.keep(anchor, { x: box.left, y: box.top });
  if (zoom.isVisible(box)) return;
  const scale = Math.max(zoom.scale(), readable);
  zoom.show(box, { most: scale, least: box.isOpen ? readable : scale });
}

/** What of the drawing an event is about: {key}, {edge}, {message}, with
 * `isToggle` for the button of a group. */
function targetOf(event) {
  const element = event.target.closest?.(
    "[data-key], [data-edge], [data-message]",
  );
  if (!element) return null;
  const { key, edge, message } = element.dataset;
  return {
    key,
    edge,
    message: message === undefined ? undefined : Number(message),
    isToggle: event.target.closest("[data-toggle]") !== null,
  };
}

/** Keys that move the drawing; true where one was meant. */
function moveByKey(key, zoom, showWhole) {
  const moves = {
    ArrowLeft: () => zoom.panBy(step, 0),
    ArrowRight: () => zoom.panBy(-step, 0),
    ArrowUp: () => zoom.panBy(0, step),
    ArrowDown: () => zoom.panBy(0, -step),
    "+": () => zoom.zoomBy(1.3),
    "=": () => zoom.zoomBy(1.3),
    "-": () => zoom.zoomBy(1 / 1.3),
    0: showWhole,
    Home: showWhole,
  };
  moves[key]?.();
  return key in moves;
}

const Tool = ({ name, text, onClick }) => (
  <button type="button" aria-label={name} title={name} onClick={onClick}>
    {text}
  </button>
);

/** A sentence for those who do not see it. */
function summaryOf(hierarchy) {
  const stages = hierarchy.roots.length;
  const nodes = hierarchy.roots.reduce(
    (sum, root) => sum + hierarchy.groups[root].totals.count,
    0,
  );
  return (
    `The graph of ${counted(nodes, "node")} in ${counted(stages, "stage")}. ` +
    "The outline beside it lists the same groups and nodes."
  );
}

/**
 * `makeScene(size)` gives the scene for a frame of that size. `request` is what
 * is to be done once the scene shows it: {children} to reveal or {anchor} to keep
 * in place; each new object is one request. onClick, onDoubleClick and onPoint get
 * {box, edge, edges, message, isToggle}, and null for the background.
 */
export function Canvas(props) {
  const { data, hierarchy, makeScene, makeMarks, request } = props;
  const frame = useRef(null);
  const world = useRef(null);
  const zoom = useZoom(frame, world);
  const done = useRef({ isFitted: false, request: null });
  const isReady = zoom.size.width > 0;
  const scene = isReady ? makeScene(zoom.size) : null;
  const showWhole = (isAtOnce = false) =>
    zoom.show(wholeOf(scene), { isAtOnce: isAtOnce === true });

  useLayoutEffect(() => {
    if (!scene) return;
    zoom.limitTo(wholeOf(scene));
    if (!done.current.isFitted) {
      done.current.isFitted = true;
      zoom.show(wholeOf(scene), { isAtOnce: true, least: firstScale });
    }
    if (!request || done.current.request === request) return;
    done.current.request = request;
    if (request.anchor) settle(zoom, scene, request.anchor);
    if (request.children) reveal(zoom, scene, hierarchy, request.children);
  }, [scene, request]);

  usePrint(frame, zoom, scene && wholeOf(scene));

  const about = (target) => {
    if (!target) return null;
    const box = scene.boxByKey.get(target.key);
    return {
      ...target,
      box,
      edge: scene.edges.find(({ key }) => key === target.edge),
      edges:
        box &&
        [...scene.edges, ...scene.referred].filter(
          ({ group, from, to }) =>
            group === box.group && (from === box.id || to === box.id),
        ),
    };
  };
  const onKeyDown = (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.target !== event.currentTarget) return;
    if (event.key === "Escape") props.onClick(null);
    else if (moveByKey(event.key, zoom, showWhole)) event.preventDefault();
  };
  return (
    <div class="canvas">
      <div
        class="frame"
        tabIndex={0}
        role="group"
        aria-label="Drawing of the graph. Arrow keys move it, plus and minus scale it, 0 shows all of it."
        onKeyDown={onKeyDown}
      >
        <svg
          ref={frame}
          role="img"
          aria-label={summaryOf(hierarchy)}
          onClick={(event) => props.onClick(about(targetOf(event)))}
          onDblClick={(event) => props.onDoubleClick(about(targetOf(event)))}
          onPointerOver={(event) => props.onPoint(about(targetOf(event)))}
          onPointerLeave={() => props.onPoint(null)}
        >
          <g ref={world} class="world">
            {scene && (
              <Drawing
                scene={scene}
                hierarchy={hierarchy}
                data={data}
                view={zoom.view}
                marks={makeMarks(scene)}
              />
            )}
          </g>
        </svg>
      </div>
      <div class="tools" role="group" aria-label="Drawing">
        <Tool name="Larger" text="+" onClick={() => zoom.zoomBy(1.4)} />
        <Tool
          name="Smaller"
          text={"\u2212"}
          onClick={() => zoom.zoomBy(1 / 1.4)}
        />
        <Tool name="Show all" text={"\u2922"} onClick={showWhole} />
      </div>
    </div>
  );
}
