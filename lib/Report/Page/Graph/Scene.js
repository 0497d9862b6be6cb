// What there is to draw, with places in one system of coordinates: boxes and
// edges of all opened groups.

import { groupOf } from "./Hierarchy.js";

const extentOf = ({ left, top, width, height }) => ({
  left,
  top,
  right: left + width,
  bottom: top + height,
});

const moved = ({ left, right, top, bottom }, x, y) => ({
  left: left + x,
  right: right + x,
  top: top + y,
  bottom: bottom + y,
});

/** Goes into an opened group, whose corner is at x, y. */
function addInside(scene, layout, group, x, y, depth) {
  for (const box of layout.boxes)
    addBox(scene, box, group, x + box.left, y + box.top, depth);
  const edgeX = x + layout.left;
  const edgeY = y + layout.top;
  for (const edge of layout.edges)
    scene.edges.push({
      ...edge,
      key: `${group}:${edge.from}>${edge.to}`,
      group,
      data: edge.path.data,
      x: edgeX,
      y: edgeY,
      extent: moved(edge.path.box, edgeX, edgeY),
    });
  for (const bundle of [...layout.referred, ...layout.incidental])
    scene.referred.push({ ...bundle, group });
}

function addBox(scene, box, group, left, top, depth) {
  const { id, layout, width, height } = box;
  const placed = { id, group, left, top, width, height, depth };
  placed.isOpen = layout !== undefined;
  placed.key = typeof id === "string" ? `${group}:${id}` : String(id);
  placed.extent = extentOf(placed);
  placed.end = box.end;
  scene.boxes.push(placed);
  scene.boxByKey.set(placed.key, placed);
  if (layout) addInside(scene, layout, groupOf(id), left, top, depth + 1);
}

/**
 * Takes what layOutStages() gives; gives
 *   left, width, height   the drawing is from -left, 0 to width, height
 *   boxes      {key, id, group, left, top, width, height, depth, isOpen, extent},
 *              outer before inner; id is a child of the hierarchy or a port
 *   boxByKey   Map of these; the key of a child is the child as text
 *   edges      {key, group, from, to, tensors, ..., data, x, y, extent} with
 *              the path at x, y
 *   messages   edges between stages
 *   referred   bundles that are not drawn
 *   referredMessages
 */
export function makeScene(pipeline) {
  const scene = {
    left: pipeline.left,
    width: pipeline.width,
    height: pipeline.height,
    boxes: [],
    boxByKey: new Map(),
    edges: [],
    messages: [],
    referred: [],
    referredMessages: pipeline.referred,
  };
  const keyOfEnd = new Map();
  for (const box of pipeline.boxes) {
    addBox(scene, box, -1, box.left, box.top, 0);
    keyOfEnd.set(box.end, scene.boxes.find(({ end }) => end === box.end).key);
  }
  for (const edge of pipeline.edges)
    scene.messages.push({
      ...edge,
      key: "message" + edge.message,
      data: edge.path.data,
      extent: edge.path.box,
    });
  scene.keyOfEnd = keyOfEnd;
  return scene;
}
