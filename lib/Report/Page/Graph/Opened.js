// Which groups are open. Keys of groups are kept, so that what is open stays so
// when constants are shown or hidden.

import { groupOf, groupsAround, isGroup } from "./Hierarchy.js";

/** What is open at first: of one or two stages what is in them, as long as there
 * are not too many boxes to see. More stages are seen best while closed. */
export function initiallyOpened(hierarchy, most = 24) {
  const opened = new Set();
  let level = hierarchy.roots.length <= 2 ? [...hierarchy.roots] : [];
  let count = level.length;
  while (level.length > 0) {
    const inside = level.reduce(
      (sum, group) => sum + hierarchy.groups[group].children.length,
      0,
    );
    // A level opens as a whole, or where that is too much not at all.
    if (count + inside - level.length > most) break;
    const next = [];
    for (const group of level) {
      const { key, children } = hierarchy.groups[group];
      if (children.length === 0) continue;
      opened.add(key);
      // One of many blocks tells no more than its neighbours.
      if (children.length <= 3)
        next.push(...children.filter(isGroup).map(groupOf));
    }
    count += inside - level.length;
    level = next;
  }
  return opened;
}

/** With the group opened if it is closed, and closed if it is open. */
export function withTurned(opened, key) {
  const turned = new Set(opened);
  if (!turned.delete(key)) turned.add(key);
  return turned;
}

/** With all groups opened that are around some children; the same set where they
 * are. */
export function withRevealed(opened, hierarchy, children) {
  const keys = children
    .flatMap((child) => groupsAround(hierarchy, child))
    .map((group) => hierarchy.groups[group].key)
    .filter((key) => !opened.has(key));
  return keys.length === 0 ? opened : new Set([...opened, ...keys]);
}
