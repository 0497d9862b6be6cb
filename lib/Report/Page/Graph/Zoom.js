// Moving and scaling the drawing, by d3-zoom.

import { select } from "d3-selection";
import "d3-transition";
import { zoom as makeZoom, zoomIdentity } from "d3-zoom";
import { useLayoutEffect, useRef, useState } from "preact/hooks";

const scales = { least: 0.02, most: 3 };
const margin = 16;
/** The buttons at the right stand over the drawing. */
const besideTools = 56;

const isCalm = () =>
  window.matchMedia("(prefers-reduced-motion: reduce)").matches;

/** What of the drawing is to be rendered: more than what is visible, so that not
 * every movement renders anew. */
function viewOf({ x, y, k }, { width, height }) {
  const spare = 0.4;
  return {
    scale: k,
    left: (-x - width * spare) / k,
    top: (-y - height * spare) / k,
    right: (width * (1 + spare) - x) / k,
    bottom: (height * (1 + spare) - y) / k,
  };
}

const isStale = (view, transform, size) => {
  const now = viewOf(transform, size);
  const ratio = now.scale / view.scale;
  const [spareX, spareY] = [
    (0.3 * size.width) / now.scale,
    (0.3 * size.height) / now.scale,
  ];
  return (
    ratio > 1.12 ||
    ratio < 0.9 ||
    now.left + spareX < view.left ||
    now.right - spareX > view.right ||
    now.top + spareY < view.top ||
    now.bottom - spareY > view.bottom
  );
};

/** What can be scrolled to: the drawing and a margin, so that it cannot be lost. */
function limit(zoom, { left, top, width, height }, size) {
  const around = Math.max(200, 0.8 * Math.max(size.width, size.height));
  zoom.translateExtent([
    [left - around, top - around],
    [left + width + around, top + height + around],
  ]);
}

/**
 * Makes the group `world` move in the picture `frame` (both refs of elements).
 * Gives
 *   size                the frame's, 0 by 0 before it is known
 *   view                what is to be rendered, in coordinates of the drawing
 *   limitTo(extent)     how large the drawing is
 *   show(box, {least, most, isAtOnce})   scales, within limits, and moves so that
 *                       a box can be seen
 *   keep(from, to)      moves so that what was at `from` and is at `to` stays
 *   zoomBy(factor), panBy(x, y), scale(), isVisible(box), wouldFit(box, scale)
 *   showAll(extent)     renders all of it until showAll(null)
 */
export function useZoom(frame, world) {
  const [size, setSize] = useState({ width: 0, height: 0 });
  const [view, setView] = useState(viewOf(zoomIdentity, size));
  const state = useRef({ transform: zoomIdentity, size, view, pending: 0 });
  const zoom = useRef(null);

  useLayoutEffect(() => {
    const element = frame.current;
    const refresh = () => {
      const { transform, size: current, view: known } = state.current;
      state.current.pending = 0;
      if (!isStale(known, transform, current)) return;
      state.current.view = viewOf(transform, current);
      setView(state.current.view);
    };
    state.current.refresh = refresh;
    zoom.current = makeZoom()
      .scaleExtent([scales.least, scales.most])
      // Without control, the wheel scrolls the page until the drawing is used.
      .filter(
        (event) =>
          !event.button &&
          (event.type !== "wheel" ||
            event.ctrlKey ||
            event.metaKey ||
            element.parentNode.contains(document.activeElement)),
      )
      .clickDistance(4)
      .on("zoom", ({ transform }) => {
        state.current.transform = transform;
        world.current.setAttribute("transform", transform);
        world.current.style.setProperty("--scale", transform.k);
        if (!state.current.pending)
          state.current.pending = requestAnimationFrame(refresh);
      })
      // Where it ends, texts are as large as they should be.
      .on("end", () => {
        const { transform, size: current, view: known } = state.current;
        if (Math.abs(known.scale / transform.k - 1) < 0.005) return;
        state.current.view = viewOf(transform, current);
        setView(state.current.view);
      });
    select(element).call(zoom.current).on("dblclick.zoom", null);
    const measure = () => {
      const { width, height } = element.getBoundingClientRect();
      state.current.size = { width, height };
      state.current.view = viewOf(state.current.transform, { width, height });
      setSize({ width, height });
      setView(state.current.view);
    };
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    return () => {
      observer.disconnect();
      cancelAnimationFrame(state.current.pending);
      select(element).interrupt().on(".zoom", null);
    };
  }, []);

  /** Before the first picture and while layouts change nothing is animated. */
  const moveTo = (transform, isAtOnce) => {
    const picture = select(frame.current);
    picture.interrupt();
    if (isAtOnce || isCalm()) {
      picture.call(zoom.current.transform, transform);
      cancelAnimationFrame(state.current.pending);
      state.current.refresh();
    } else
      picture
        .transition()
        .duration(250)
        .call(zoom.current.transform, transform);
  };

  const show = (box, { least = 0, most = 1, isAtOnce = false } = {}) => {
    const { width, height } = state.current.size;
    const room = { x: width - margin - besideTools, y: height - 2 * margin };
    const fit = Math.min(room.x / box.width, room.y / box.height);
    const k = Math.max(scales.least, Math.min(most, Math.max(least, fit)));
    // What does not fit is shown from its beginning.
    const along = (start, length, most) =>
      margin + Math.max(0, most - length * k) / 2 - start * k;
    moveTo(
      zoomIdentity
        .translate(
          along(box.left, box.width, room.x),
          along(box.top, box.height, room.y),
        )
        .scale(k),
      isAtOnce,
    );
  };

  /** Moves the drawing, so that a point of it that was at `from` is at `to`. */
  const keep = (from, to) => {
    const { x, y, k } = state.current.transform;
    moveTo(
      zoomIdentity
        .translate(x + (from.x - to.x) * k, y + (from.y - to.y) * k)
        .scale(k),
      true,
    );
  };

  return {
    view,
    size,
    limitTo: (extent) => limit(zoom.current, extent, state.current.size),
    show,
    keep,
    zoomBy: (factor) =>
      select(frame.current)
        .transition()
        .duration(isCalm() ? 0 : 150)
        .call(zoom.current.scaleBy, factor),
    panBy: (x, y) => {
      const { k } = state.current.transform;
      select(frame.current)
        .transition()
        .duration(isCalm() ? 0 : 120)
        .call(zoom.current.translateBy, x / k, y / k);
    },
    scale: () => state.current.transform.k,
    wouldFit: (box, scale) => {
      const { width, height } = state.current.size;
      return (
        box.width * scale <= width - margin - besideTools &&
        box.height * scale <= height - 2 * margin
      );
    },
    showAll: (extent) => {
      const { transform, size: current } = state.current;
      const whole = extent && {
        scale: Math.min(
          current.width / extent.width,
          current.height / extent.height,
        ),
        left: extent.left,
        top: extent.top,
        right: extent.left + extent.width,
        bottom: extent.top + extent.height,
      };
      setView(whole ?? viewOf(transform, current));
      const k = whole?.scale ?? transform.k;
      world.current.style.setProperty("--scale", k);
      world.current.setAttribute("transform", whole ? "" : transform);
    },
    isVisible: (box) => {
      const { transform, size: current } = state.current;
      const [left, top] = transform.apply([box.left, box.top]);
      const [right, bottom] = transform.apply([
        box.left + box.width,
        box.top + box.height,
      ]);
      return (
        left >= 0 &&
        top >= 0 &&
        right <= current.width &&
        bottom <= current.height
      );
    },
  };
}
