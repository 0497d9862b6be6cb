// Where everything in the graph stands. Every opened group is laid out by itself
// from the inside outwards, and layouts are kept until the hierarchy changes.

import { formatBytes } from "../Format.js";
import { bundlesOf } from "./Bundles.js";
import { widthOf } from "./Fit.js";
import { foldRows } from "./Fold.js";
import { groupOf, isGroup } from "./Hierarchy.js";
import { layerBoxes } from "./Layered.js";
import { partEdges } from "./Spans.js";

/** Pixels at scale 1. */
export const sizes = {
  stage: { width: 288, height: 152 },
  group: { width: 216, height: 64 },
  node: { width: 172, height: 46 },
  port: { width: 200, height: 30 },
  /** Of an opened group, above and around what is in it. */
  header: 42,
  padding: 18,
  label: 10.5,
};

/** With more edges than that, sizes are shown for the one pointed at. */
const mostLabels = 70;
/** Ports beyond that become one. */
const mostPorts = 5;

/** "451 KiB", or what is known of it. */
export function sizeLabel({ bytes, isLowerBound }) {
  if (!isLowerBound) return formatBytes(bytes);
  return bytes > 0 ? "\u2265 " + formatBytes(bytes) : "size not known";
}

/** One port for many: {"in:stage3": "in:others"}. */
function mergePorts(bundles) {
  const merged = new Map();
  for (const side of ["in", "out"]) {
    const ports = new Set();
    for (const { from, to } of bundles)
      for (const end of [from, to])
        if (typeof end === "string" && end.startsWith(side + ":stage"))
          ports.add(end);
    if (ports.size > mostPorts)
      for (const port of ports) merged.set(port, side + ":others");
  }
  if (merged.size === 0) return bundles;
  const byEnds = new Map();
  for (const bundle of bundles) {
    const from = merged.get(bundle.from) ?? bundle.from;
    const to = merged.get(bundle.to) ?? bundle.to;
    const other = byEnds.get(from + " " + to);
    if (!other) byEnds.set(from + " " + to, { ...bundle, from, to });
    else {
      // Of a tensor that goes to several stages, each gets its own.
      other.tensors = [...new Set([...other.tensors, ...bundle.tensors])];
      other.bytes += bundle.bytes;
      other.isLowerBound ||= bundle.isLowerBound;
      other.isNoCut ||= bundle.isNoCut;
    }
  }
  return [...byEnds.values()];
}

/** Inside of a stage, what comes from outside is drawn to members that would
 * have no line otherwise: most others get it as well, such as a mask. */
function isIncidental(bundle, bundles) {
  if (bundle.from === "in")
    return bundles.some(({ from, to }) => to === bundle.to && from !== "in");
  if (bundle.to === "out")
    return bundles.some(({ from, to }) => from === bundle.from && to !== "out");
  return false;
}

/** Layouts of the groups of a hierarchy. */
export class Layouts {
  constructor(hierarchy) {
    this.hierarchy = hierarchy;
    this.bundles = new Map();
    this.layouts = new Map();
  }

  bundlesOf(group) {
    if (!this.bundles.has(group))
      this.bundles.set(group, mergePorts(bundlesOf(this.hierarchy, group)));
    return this.bundles.get(group);
  }

  /** Whether a child is a group that is open; `opened` has keys of groups. */
  isOpen(child, opened) {
    return (
      isGroup(child) && opened.has(this.hierarchy.groups[groupOf(child)].key)
    );
  }

  /** A child as a box: {id, width, height, layout?}. */
  boxOf(child, opened) {
    if (!isGroup(child)) return { id: child, ...sizes.node };
    const group = groupOf(child);
    if (!this.isOpen(child, opened))
      return {
        id: child,
        ...(this.hierarchy.groups[group].kind === "stage"
          ? sizes.stage
          : sizes.group),
      };
    const layout = this.layoutOf(group, opened);
    return { id: child, width: layout.width, height: layout.height, layout };
  }

  /** The inside of an opened group: {width, height, boxes, edges, referred}, in
   * which boxes have left and top, and edges a `path`, from the corner of the
   * group. */
  layoutOf(group, opened) {
    const boxes = this.hierarchy.groups[group].children.map((child) =>
      this.boxOf(child, opened),
    );
    const open = boxes.filter((box) => box.layout);
    const known = this.layouts.get(group);
    // Layouts of what is inside are the same objects unless they changed.
    if (
      known &&
      known.open.length === open.length &&
      known.open.every((layout, index) => layout === open[index].layout)
    )
      return known.layout;
    const layout = this.#layOut(group, boxes);
    this.layouts.set(group, { open: open.map((box) => box.layout), layout });
    return layout;
  }

  /** Layers the members, of which inner layouts are known, and folds the layers. */
  #layOut(group, members) {
    const bundles = this.bundlesOf(group);
    const boxes = [...members];
    const isStage = this.hierarchy.groups[group].kind === "stage";
    const ports = new Set(
      bundles
        .flatMap(({ from, to }) => [from, to])
        .filter((end) => typeof end === "string"),
    );
    for (const port of ports)
      boxes.push({
        id: port,
        ...(isStage ? sizes.port : { width: 2, height: 2 }),
      });
    const index = new Map(boxes.map((box, place) => [box.id, place]));
    const numbered = bundles
      .filter((bundle) => !isIncidental(bundle, bundles))
      .map((bundle) => ({
        bundle,
        from: index.get(bundle.from),
        to: index.get(bundle.to),
      }));
    const parted = partEdges(boxes.length, numbered);
    const hasLabels = parted.drawn.length <= mostLabels;
    const drawn = parted.drawn.map(({ bundle }) => {
      const text = sizeLabel(bundle);
      const label = {
        text,
        width: widthOf(text, sizes.label) + 6,
        height: 14,
      };
      const isLabelled =
        hasLabels && bundle.from !== "in" && bundle.to !== "out";
      return { ...bundle, ...(isLabelled ? { label } : {}) };
    });
    const folded = foldRows(layerBoxes(boxes, drawn, parted.ranks));
    return place(folded, {
      referred: parted.referred.map(({ bundle }) => bundle),
      incidental: bundles.filter((bundle) => isIncidental(bundle, bundles)),
      minimum: isStage ? 350 : 280,
    });
  }
}

/** Puts a frame around what is in a group. */
function place({ width, height, boxes, edges }, { minimum, ...more }) {
  // Lines from and to the outside begin and end at the frame.
  const has = (port) => boxes.some(({ id }) => id === port);
  const below = has("out") ? 0 : sizes.padding;
  const above = sizes.header + (has("in") ? 0 : sizes.padding / 2);
  const whole = Math.max(width, minimum - 2 * sizes.padding);
  const left = sizes.padding + (whole - width) / 2;
  return {
    ...more,
    left,
    top: above,
    width: whole + 2 * sizes.padding,
    height: height + above + below,
    boxes: boxes.map((box) => ({
      ...box,
      left: box.left + left,
      top: box.top + above,
    })),
    edges,
  };
}
