// Finds nodes by name and operator, and tensors by name.

/** What a list may be narrowed to. */
export const filters = ["all", "slowest", "unknown", "no-cut"];

const lower = (text) => String(text ?? "").toLowerCase();

/** How well a text fits a word: 0 exactly, 1 a step of its path, 2 the begin of
 * one, 3 anything in it; 4 not at all. */
function distance(text, word) {
  const at = text.indexOf(word);
  if (at < 0) return 4;
  if (text.length === word.length) return 0;
  const isStep = (index) => index <= 0 || /[/._:]/.test(text[index - 1]);
  for (let i = at; i >= 0; i = text.indexOf(word, i + 1)) {
    const end = i + word.length;
    if (!isStep(i)) continue;
    return end === text.length || /[/._:]/.test(text[end]) ? 1 : 2;
  }
  return 3;
}

/** The worst of the distances of all words, each to the text it fits best. */
function rank(texts, words) {
  let worst = 0;
  for (const word of words) {
    let best = 4;
    for (const text of texts) best = Math.min(best, distance(text, word));
    if (best === 4) return 4;
    worst = Math.max(worst, best);
  }
  return worst;
}

/**
 * Gives search(query, filter) for what readData() gives. It returns
 * [{kind: "node" | "tensor", id}], the best first and otherwise in the order of
 * the model, with "slowest" by time. Without a query it is all that the filter
 * lets pass; without both, nothing.
 */
export function makeSearch({ report }) {
  let texts;
  const prepare = () => ({
    nodes: report.nodes.map((node) => [lower(node.name), lower(node.op)]),
    tensors: report.tensors.map((tensor) => [lower(tensor.name)]),
  });
  const passes = {
    all: () => true,
    slowest: (thing, isNode) => isNode && thing.time_ns > 0,
    unknown: (thing, isNode) => isNode && Boolean(thing.unknown),
    "no-cut": (thing, isNode) => !isNode && Boolean(thing.no_cut),
  };
  return (query, filter = "all") => {
    const words = lower(query).split(/\s+/).filter(Boolean);
    if (words.length === 0 && filter === "all") return [];
    texts ??= prepare();
    const found = [];
    const look = (kind, things, all) =>
      things.forEach((thing, id) => {
        if (!passes[filter](thing, kind === "node")) return;
        const distance = rank(all[id], words);
        if (distance < 4) found.push({ kind, id, distance });
      });
    look("node", report.nodes, texts.nodes);
    look("tensor", report.tensors, texts.tensors);
    if (filter === "slowest")
      found.sort(
        (a, b) => report.nodes[b.id].time_ns - report.nodes[a.id].time_ns,
      );
    else found.sort((a, b) => a.distance - b.distance);
    return found.map(({ kind, id }) => ({ kind, id }));
  };
}

/** How many things each filter lets pass. */
export const countPassing = ({ report }) => ({
  unknown: report.nodes.filter((node) => node.unknown).length,
  "no-cut": report.tensors.filter((tensor) => tensor.no_cut).length,
});
