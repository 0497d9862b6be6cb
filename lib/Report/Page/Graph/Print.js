// The drawing on paper.

import { useLayoutEffect, useRef } from "preact/hooks";

/** On paper there is all of the drawing. */
export function usePrint(frame, zoom, extent) {
  // The listeners are set once, and read what is there when they are called.
  const latest = useRef(null);
  latest.current = { zoom, extent };
  useLayoutEffect(() => {
    const before = () => {
      const { extent: whole } = latest.current;
      if (!whole) return;
      const { left, top, width, height } = whole;
      frame.current.setAttribute(
        "viewBox",
        `${left} ${top} ${width} ${height}`,
      );
      latest.current.zoom.showAll(whole);
    };
    const after = () => {
      frame.current.removeAttribute("viewBox");
      latest.current.zoom.showAll(null);
    };
    addEventListener("beforeprint", before);
    addEventListener("afterprint", after);
    return () => {
      removeEventListener("beforeprint", before);
      removeEventListener("afterprint", after);
    };
  }, []);
}
