"""How long each node of a model takes, from the profile of kernels that ONNX Runtime
writes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from .model_file import Node
from .providers import CPU

_KERNEL = "_kernel_time"


@dataclass
class KernelTimes:
    """Nanoseconds, summed over all runs of a profile."""

    # By node; None where no kernel tells.
    nodes: list[int | None]
    # Of kernels of another provider than the CPU's that stand for many nodes.
    opaque_ns: int = 0
    opaque_kernels: int = 0
    total_ns: int = 0


def _find_node(name: str, nodes: dict[str, int]) -> int | None:
    if name in nodes:
        return nodes[name]
    # A name that was taken has a number at its end: "conv_nchwc_token_7".
    return nodes.get(name[:name.rfind("_token_")]) if "_token_" in name else None


def attribute_kernels(events: Sequence[Any], names: Sequence[str],
                      nodes: Sequence[Node]) -> KernelTimes:
    """The time of a kernel counts to the node that it is called after. That of a kernel of
    the CPU that no node names (a fused one, a change of layout) counts to the next one
    that one names, in the order in which they ran; what a provider made of many nodes
    counts to none of them."""
    known: dict[str, int] = {}
    for index, node in enumerate(nodes):
        # Kernels in another layout are called after their result.
        for output in node.outputs:
            known.setdefault(f"{output}_nchwc", index)
    known |= {name: index for index, name in enumerate(names)}
    kernels = sorted(
        (event["ts"], event["name"][:-len(_KERNEL)], 1000 * event["dur"],
         event.get("args", {}).get("provider", CPU))
        for event in events
        if event.get("cat") == "Node" and str(event.get("name")).endswith(_KERNEL))
    times = KernelTimes([None] * len(nodes))
    opaque: set[str] = set()
    pending, last = 0, -1
    for _, name, ns, provider in kernels:
        times.total_ns += ns
        found = _find_node(name, known)
        if found is None and provider != CPU:
            times.opaque_ns += ns
            opaque.add(name)
            continue
        pending += ns
        if found is None:
            continue
        last = found
        times.nodes[last] = (times.nodes[last] or 0) + pending
        pending = 0
    if last >= 0:
        times.nodes[last] = (times.nodes[last] or 0) + pending
    times.opaque_kernels = len(opaque)
    if not opaque:
        # Nodes that were folded or fused away take no time of their own.
        times.nodes = [one or 0 for one in times.nodes] if last >= 0 else times.nodes
    return times
