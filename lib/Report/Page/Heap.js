// A queue by priority, which a simulation takes its events from.

/** The smallest first. Equal ones come in the order in which they were pushed,
 * so that a simulation is the same everywhere. */
export class Heap {
  constructor(compare) {
    this.compare = compare;
    this.entries = [];
    this.pushed = 0;
  }

  get size() {
    return this.entries.length;
  }

  top() {
    return this.entries[0].value;
  }

  /** O(log n); the hole wanders up until what is above it comes before. */
  push(value) {
    const { entries } = this;
    let hole = entries.length;
    const entry = { value, number: this.pushed++ };
    entries.push(entry);
    while (hole > 0) {
      const parent = (hole - 1) >> 1;
      if (!this.before(entry, entries[parent])) break;
      entries[hole] = entries[parent];
      hole = parent;
    }
    entries[hole] = entry;
  }

  /** Takes the first one out; there must be one. O(log n). */
  pop() {
    const { entries } = this;
    const top = entries[0];
    const last = entries.pop();
    if (entries.length > 0) this.sink(last);
    return top.value;
  }

  sink(entry) {
    const { entries } = this;
    let hole = 0;
    for (;;) {
      let child = 2 * hole + 1;
      if (child >= entries.length) break;
      if (
        child + 1 < entries.length &&
        this.before(entries[child + 1], entries[child])
      )
        ++child;
      if (!this.before(entries[child], entry)) break;
      entries[hole] = entries[child];
      hole = child;
    }
    entries[hole] = entry;
  }

  /** Whether a comes first: no two are equal, since no two have one number. */
  before(a, b) {
    return (this.compare(a.value, b.value) || a.number - b.number) < 0;
  }
}
