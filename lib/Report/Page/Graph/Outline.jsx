// The graph as a list that opens and closes: the same groups as in the drawing,
// for the keyboard and for screen readers.

import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import { Swatch } from "../Common.jsx";
import { shortened } from "../Format.js";
import { groupOf, isGroup } from "./Hierarchy.js";
import { actionOf, findTyped, rowsOf, textsOf } from "./OutlineRows.js";

/** Pixels of a row, as in Graph.css, and rows that are drawn above and below those
 * in sight: a model has more rows than a page can have elements. */
const rowHeight = 30;
const spareRows = 12;

/** One child of the tree, at its height in the list; a group says whether it is
 * open. */
function Row({ row, hierarchy, top, isActive, isSelected, id }) {
  const { child, level, position, of, isOpen } = row;
  const { title, note, figure, isUnknown } = textsOf(hierarchy, child);
  const group = isGroup(child) ? hierarchy.groups[groupOf(child)] : null;
  return (
    <div
      id={id}
      role="treeitem"
      class={`row ${isActive ? "is-active" : ""}`}
      aria-level={level}
      aria-posinset={position}
      aria-setsize={of}
      aria-selected={isSelected}
      aria-expanded={group ? isOpen : undefined}
      data-child={child}
      style={`top:${top}px;padding-inline-start:${8 + Math.min(level - 1, 12) * 14}px`}
    >
      <span class="turn" data-turn={group ? "" : undefined} aria-hidden="true">
        {group ? (isOpen ? "\u25be" : "\u25b8") : ""}
      </span>
      {level === 1 && <Swatch stage={hierarchy.stages[group.stage]} />}
      <bdi class="what">{shortened(title, 80)}</bdi>
      <bdi class="where">{shortened(note, 80)}</bdi>
      {isUnknown && (
        <span class="unknown" title="costs that are not known">
          ?
        </span>
      )}
      <span class="figure">{figure}</span>
    </div>
  );
}

/** Letters that are typed one soon after the other. */
function useTyped() {
  const state = useRef({ text: "", at: 0 });
  return (letter) => {
    const now = Date.now();
    const { text, at } = state.current;
    // After 0.7 s another word begins.
    state.current = {
      text: (now - at < 700 ? text : "") + letter.toLowerCase(),
      at: now,
    };
    return state.current.text;
  };
}

/** The part of a scrolled list that can be seen, as {top, height}. */
function useScroll(ref) {
  const [part, setPart] = useState({ top: 0, height: 600 });
  useLayoutEffect(() => {
    const element = ref.current;
    const read = () =>
      setPart({ top: element.scrollTop, height: element.clientHeight });
    read();
    element.addEventListener("scroll", read, { passive: true });
    const observer = new ResizeObserver(read);
    observer.observe(element);
    return () => {
      element.removeEventListener("scroll", read);
      observer.disconnect();
    };
  }, []);
  return part;
}

/** Scrolls no further than needed. */
function scrollToRow(element, index) {
  const top = index * rowHeight;
  if (top < element.scrollTop) element.scrollTop = top;
  else if (top + rowHeight > element.scrollTop + element.clientHeight)
    element.scrollTop = top + rowHeight - element.clientHeight;
}

/** `selected` is the child that is selected, if any. onPick(child) selects,
 * onTurn(child) opens or closes, onPoint(child) points at one or, for undefined,
 * at none. */
export function Outline(props) {
  const { hierarchy, opened, selected, onPick, onTurn, onPoint } = props;
  const ref = useRef(null);
  const part = useScroll(ref);
  const addTyped = useTyped();
  const [active, setActive] = useState(undefined);
  const rows = rowsOf(hierarchy, opened);
  // The row that the keyboard is on; where that was closed away, the first.
  let at = rows.findIndex(({ child }) => child === active);
  if (at < 0) at = 0;
  const awaited = useRef(undefined);
  useEffect(() => {
    awaited.current = selected;
    if (selected !== undefined) setActive(selected);
  }, [selected]);
  // The groups around it may be opened later than it is selected.
  useEffect(() => {
    const index = rows.findIndex(({ child }) => child === awaited.current);
    if (index < 0) return;
    awaited.current = undefined;
    scrollToRow(ref.current, index);
  }, [selected, opened]);

  const act = ({ go, turn, pick }) => {
    if (go !== undefined) {
      setActive(rows[go].child);
      scrollToRow(ref.current, go);
    }
    if (turn !== undefined) onTurn(turn);
    if (pick !== undefined) onPick(pick);
  };
  const onKeyDown = (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || rows.length === 0)
      return;
    let action = actionOf(event, rows, at);
    if (!action && event.key.length === 1 && event.key !== " ")
      action = { go: findTyped(rows, at, addTyped(event.key), hierarchy) };
    if (!action) return;
    event.preventDefault();
    event.stopPropagation();
    act(action);
  };
  const onClick = (event) => {
    const row = event.target.closest("[data-child]");
    if (!row) return;
    const child = Number(row.dataset.child);
    setActive(child);
    if (event.target.closest("[data-turn]")) onTurn(child);
    else onPick(child);
  };
  const first = Math.max(0, Math.floor(part.top / rowHeight) - spareRows);
  const last = Math.min(
    rows.length,
    Math.ceil((part.top + part.height) / rowHeight) + spareRows,
  );
  const shown = rows.slice(first, last);
  // The active row is there even where it cannot be seen.
  const all =
    at >= first && at < last
      ? shown
      : at < rows.length
        ? [...shown, rows[at]]
        : shown;
  return (
    <div
      ref={ref}
      class="tree"
      role="tree"
      aria-label="Outline of the graph"
      aria-activedescendant={
        rows.length > 0 ? `outline-${rows[at].child}` : undefined
      }
      tabIndex={0}
      onKeyDown={onKeyDown}
      onClick={onClick}
      onPointerOver={(event) => {
        const row = event.target.closest("[data-child]");
        onPoint(row ? Number(row.dataset.child) : undefined);
      }}
      onPointerLeave={() => onPoint(undefined)}
      onDblClick={(event) => {
        const row = event.target.closest("[data-child]");
        if (row && !event.target.closest("[data-turn]"))
          onTurn(Number(row.dataset.child));
      }}
    >
      {all.map((row, index) => (
        <Row
          key={row.child}
          id={`outline-${row.child}`}
          row={row}
          hierarchy={hierarchy}
          top={(index < shown.length ? first + index : at) * rowHeight}
          isActive={row === rows[at]}
          isSelected={row.child === selected}
        />
      ))}
      <div
        class="space"
        role="presentation"
        style={`height:${rows.length * rowHeight}px`}
      />
    </div>
  );
}
