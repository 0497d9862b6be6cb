// Exporters put the modules of the source program into the names of nodes:
// "/layer1/layer1.0/conv1/Conv", "encoder.layer.3.Add", "stage1_unit2_conv1".

/** Deeper modules than these are of no use to a reader. */
const mostSteps = 12;
/** What follows in a longer name is noise. */
const mostCharacters = 2000;

/** Joins numbers to the step before them: "layer", "3" is one module. */
function joinNumbers(steps) {
  const joined = [];
  for (const step of steps)
    if (joined.length > 0 && /^\d+$/.test(step))
      joined[joined.length - 1] += "." + step;
    else joined.push(step);
  return joined;
}

/** The modules that a node is in by its name, from the outermost; the node's own
 * part of the name is left out. */
export function scopesOf(name) {
  const text = String(name ?? "").slice(0, mostCharacters);
  let steps;
  if (text.includes("/")) steps = text.split("/");
  else if (text.includes("::")) steps = text.split("::");
  else if (text.includes(".")) steps = joinNumbers(text.split("."));
  // "conv_12" is one step, "layer_1_conv_2" are two.
  else steps = text.split(/(?<=\d)_(?=[A-Za-z])/);
  return steps
    .filter((step) => step !== "")
    .slice(0, -1)
    .slice(0, mostSteps);
}

/** A module's name without its numbers: "layers.3" is "layers.#". */
export const patternOf = (name) => name.replace(/\d+/g, "#");
