// Narrow places of a stage: between which of its nodes few bytes are alive.

/** For each node of `order` what is alive after it: tensors that it or one
 * before it makes and that a later node of the stage reads. */
export function crossingAfter(order, { report, wiring }) {
  const place = new Map(order.map((node, index) => [node, index]));
  const bytes = new Float64Array(order.length + 1);
  const tensors = new Int32Array(order.length + 1);
  order.forEach((node, index) => {
    for (const tensor of report.nodes[node].outputs) {
      if (report.tensors[tensor].is_constant) continue;
      let last = index;
      for (const reader of wiring.readersFrom(node, tensor))
        last = Math.max(last, place.get(reader) ?? index);
      if (last === index) continue;
      const size = report.tensors[tensor].bytes ?? 0;
      bytes[index] += size;
      bytes[last] -= size;
      ++tensors[index];
      --tensors[last];
    }
  });
  for (let i = 1; i < order.length; ++i) {
    bytes[i] += bytes[i - 1];
    tensors[i] += tensors[i - 1];
  }
  return { place, bytes, tensors };
}

/** Parts `count` items in pieces of about `size`, each border moved by up to a
 * third of that to where `costBefore(i)` is least. Returns the begins. */
export function narrowBorders(count, size, costBefore) {
  const pieces = Math.max(1, Math.round(count / size));
  const reach = Math.floor(size / 3);
  const begins = [0];
  for (let piece = 1; piece < pieces; ++piece) {
    const ideal = Math.round((piece * count) / pieces);
    let best = ideal;
    for (let i = ideal - reach; i <= ideal + reach; ++i) {
      if (i <= begins.at(-1) || i >= count) continue;
      const difference = costBefore(i) - costBefore(best);
      const isNearer = Math.abs(i - ideal) < Math.abs(best - ideal);
      if (difference < 0 || (difference === 0 && isNearer)) best = i;
    }
    if (best > begins.at(-1)) begins.push(best);
  }
  return begins;
}
