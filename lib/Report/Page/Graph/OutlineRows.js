// Rows of the outline, and where keys lead in them.

import { formatTime } from "../Format.js";
import { groupOf, isGroup } from "./Hierarchy.js";
import {
  devicesText,
  labelOf,
  noteOf,
  shortOperator,
  timeText,
} from "./Labels.js";

/** Children that can be seen, outer before inner: {child, level, position, of,
 * isOpen}. */
export function rowsOf(hierarchy, opened) {
  const rows = [];
  const visit = (child, level, position, of) => {
    const group = isGroup(child) ? hierarchy.groups[groupOf(child)] : null;
    const isOpen = group !== null && opened.has(group.key);
    rows.push({ child, level, position, of, isOpen });
    if (isOpen)
      group.children.forEach((inner, index) =>
        visit(inner, level + 1, index + 1, group.children.length),
      );
  };
  hierarchy.roots.forEach((root, index) =>
    visit(-1 - root, 1, index + 1, hierarchy.roots.length),
  );
  return rows;
}

/** Texts of a row: {title, note, figure}. */
export function textsOf(hierarchy, child) {
  if (!isGroup(child)) {
    const node = hierarchy.report.nodes[child];
    return {
      title: shortOperator(node.op),
      note: noteOf(hierarchy, child),
      figure:
        typeof node.time_ns === "number"
          ? formatTime(node.time_ns)
          : node.is_constant
            ? "constant"
            : "",
      isUnknown: Boolean(node.unknown),
    };
  }
  const group = hierarchy.groups[groupOf(child)];
  const stage = hierarchy.stages[group.stage];
  const { title } = labelOf(hierarchy, group.index);
  return {
    title: group.kind === "stage" ? `${title} ${devicesText(stage)}` : title,
    note: String(group.totals.count),
    figure:
      group.kind === "stage"
        ? formatTime(stage.computeNs)
        : timeText(group.totals),
    isUnknown: group.totals.unknown > 0,
  };
}

/** What a key does: the row to go to, or a change. */
export function actionOf(event, rows, at) {
  const row = rows[at];
  const group = isGroup(row.child);
  // Rows are outer before inner: the nearest one above with a lower level.
  const parent = () => {
    for (let i = at - 1; i >= 0; --i)
      if (rows[i].level < row.level) return { go: i };
    return null;
  };
  switch (event.key) {
    case "ArrowDown":
      return { go: Math.min(rows.length - 1, at + 1) };
    case "ArrowUp":
      return { go: Math.max(0, at - 1) };
    case "Home":
      return { go: 0 };
    case "End":
      return { go: rows.length - 1 };
    case "PageDown":
      return { go: Math.min(rows.length - 1, at + 12) };
    case "PageUp":
      return { go: Math.max(0, at - 12) };
    case "ArrowRight":
      if (!group) return null;
      return row.isOpen ? { go: at + 1 } : { turn: row.child };
    case "ArrowLeft":
      return group && row.isOpen ? { turn: row.child } : parent();
    case "Enter":
    case " ":
      return { pick: row.child };
    default:
      return null;
  }
}

/** The next row whose title or note begins with what was typed. */
export function findTyped(rows, at, typed, hierarchy) {
  // Another letter of the same word may still fit where one is.
  const first = typed.length > 1 ? at : at + 1;
  for (let i = 0; i < rows.length; ++i) {
    const index = (first + i) % rows.length;
    const { title, note } = textsOf(hierarchy, rows[index].child);
    if (
      title.toLowerCase().startsWith(typed) ||
      note.toLowerCase().startsWith(typed)
    )
      return index;
  }
  return at;
}
