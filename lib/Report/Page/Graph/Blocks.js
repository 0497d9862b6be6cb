// Makes groups of a long list of items, so that none has more members than can be
// taken in at a glance. An item is a node, {node, signature}, or a group,
// {kind, items, signature, ...}; items with the same signature hold the same
// operators in the same order.

import { patternOf } from "./NamePath.js";
import { narrowBorders } from "./Narrow.js";
import { findRepeats } from "./Repeats.js";

/** Up to here a list is shown as it is. */
const few = 12;
/** Beyond this it is cut, whatever it is. */
const many = 40;
const mostInPiece = 30;

const isNode = (item) => item.items === undefined;

/** Gives equal texts equal numbers. */
export function makeInterner() {
  const numbers = new Map();
  return (text) => {
    let number = numbers.get(text);
    if (number === undefined) numbers.set(text, (number = numbers.size));
    return number;
  };
}

/** A group of items; one item needs none. */
function group(kind, items, context, more) {
  if (items.length === 1) return items[0];
  const signature = context.intern(
    "(" + items.map((item) => item.signature).join(),
  );
  return { kind, items, signature, ...more };
}

/** Equal blocks that follow each other. */
function repeated(items, { start, period, count }, context) {
  const blocks = [];
  for (let i = 0; i < count; ++i) {
    const begin = start + i * period;
    blocks.push(
      group("block", items.slice(begin, begin + period), context, {
        position: i,
        of: count,
      }),
    );
  }
  for (const block of blocks)
    if (block.kind === "block") block.items = arrange(block.items, context);
  // Two are no more to read than one that says that it is two, and a list that
  // is nothing but its blocks needs nothing around them.
  if (count === 2 || count * period === items.length) return blocks;
  const run = group("repeat", blocks, context, { times: count });
  run.items = cut(blocks, context);
  return [run];
}

function wrapRepeats(items, context) {
  const repeats = findRepeats(
    items.map((item) => item.signature),
    (index) => context.costBefore(items, index),
  );
  const wrapped = [];
  let next = 0;
  for (const repeat of repeats) {
    wrapped.push(...items.slice(next, repeat.start));
    wrapped.push(...repeated(items, repeat, context));
    next = repeat.start + repeat.count * repeat.period;
  }
  return [...wrapped, ...items.slice(next)];
}

/** Nodes between groups become groups of their own where there is much. */
function wrapRest(items, context) {
  if (items.length <= few || items.every(isNode)) return items;
  const wrapped = [];
  for (let begin = 0; begin < items.length;) {
    let end = begin;
    while (end < items.length && isNode(items[end])) ++end;
    if (end - begin >= 4) {
      const rest = group("part", items.slice(begin, end), context);
      rest.items = arrange(rest.items, context);
      wrapped.push(rest);
      begin = end;
    } else wrapped.push(items[begin++]);
  }
  return wrapped;
}

/** Modules whose names differ in their number alone, such as the layers of a
 * network, where there are so many that they hide what else there is. */
function wrapNumbered(items, context) {
  const wrapped = [];
  for (let begin = 0; begin < items.length;) {
    const { name } = items[begin];
    let end = begin + 1;
    if (name && patternOf(name) !== name)
      while (
        end < items.length &&
        items[end].name &&
        patternOf(items[end].name) === patternOf(name)
      )
        ++end;
    const run = items.slice(begin, end);
    if (run.length >= 4 && run.length < items.length)
      wrapped.push({
        ...group("numbered", run, context),
        items: cut(run, context),
      });
    else wrapped.push(...run);
    begin = end;
  }
  return wrapped;
}

/** Pieces at narrow places, and pieces of pieces where these are many. */
function cut(items, context) {
  if (items.length <= many) return items;
  const depth = Math.ceil(Math.log(items.length) / Math.log(mostInPiece));
  const size = Math.ceil(items.length ** (1 / depth));
  const begins = narrowBorders(items.length, size, (index) =>
    context.costBefore(items, index),
  );
  const pieces = begins.map((begin, piece) =>
    group("part", items.slice(begin, begins[piece + 1]), context, {
      position: begin,
    }),
  );
  return cut(pieces, context);
}

/**
 * The same nodes in the same order, in as many groups as are of use.
 *   context.intern                     numbers for signatures
 *   context.costBefore(items, index)   what a border before that item cuts
 */
export function arrange(items, context) {
  if (items.length <= few) return items;
  let result = wrapRepeats(items, context);
  result = wrapRest(result, context);
  if (result.length > 2 * few) result = wrapNumbered(result, context);
  return cut(result, context);
}
