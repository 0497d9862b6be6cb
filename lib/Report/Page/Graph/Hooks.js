import { useCallback, useRef } from "preact/hooks";

/** A function that stays the same and does what the last one given does. */
export function useLatest(act) {
  const latest = useRef(act);
  latest.current = act;
  return useCallback((...values) => latest.current(...values), []);
}

/** Remembers the last result, for the same values. */
export function useLast(make) {
  const last = useRef({ values: [], result: undefined });
  return (...values) => {
    const { values: known } = last.current;
    if (
      known.length !== values.length ||
      known.some((value, index) => value !== values[index])
    )
      last.current = { values, result: make(...values) };
    return last.current.result;
  };
}
