"""What plan.json and report.json hold, as dataclasses.

Times are seconds, amounts bytes, all for one item (one inference) unless something
else is said; the files have nanoseconds. What each means exactly stands in
docs/plan.schema.json and docs/report.schema.json.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

Json = Mapping[str, Any]


def seconds(nanoseconds: int) -> float:
    return nanoseconds / 1e9


def _seconds_or_none(nanoseconds: int | None) -> float | None:
    return None if nanoseconds is None else seconds(nanoseconds)


@dataclass(frozen=True)
class Node:
    """A node of the main graph that a part holds."""

    index: int
    """Position in the source graph, from 0."""
    name: str
    """Empty if it has none."""
    is_copied: bool
    """Another stage owns it, and this one computes it as well."""
    path: tuple[str, ...]
    """The way to a node in a branch that was folded; usually empty."""


@dataclass(frozen=True)
class State:
    """An output of a part that is an input of it for the next item."""

    input: str
    output: str
    bytes: int
    """Memory of both, the input's for every sequence."""


@dataclass(frozen=True)
class Stage:
    """A part and the device that runs it."""

    index: int
    device: str
    """By its name in the cluster."""
    replicas: tuple[str, ...]
    """Further devices that run the stage in turn."""
    file: str
    """The part, in the output folder."""
    nodes: tuple[Node, ...]
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    states: tuple[State, ...]
    compute: float
    """Predicted time, seconds."""
    overhead: float
    """The part of `compute` that sending and receiving take, seconds."""
    macs: int
    """Multiply-accumulates."""
    flops: int
    """Arithmetic operations."""
    bytes: int
    """Bytes that the nodes read and write."""
    weight_bytes: int
    peak_activation_bytes: int
    buffer_bytes: int
    runtime_bytes: int
    """What the process takes before any model; 0 where nothing says it."""
    state_bytes: int
    memory_is_lower_bound: bool
    """A tensor of the stage has an unknown size, so that it may need more."""

    @property
    def memory(self) -> int:
        """Bytes that the device needs, or at least needs: see
        `memory_is_lower_bound`."""
        return (self.weight_bytes + self.peak_activation_bytes + self.buffer_bytes +
                self.runtime_bytes + self.state_bytes)

    @classmethod
    def of(cls, data: Json) -> Stage:
        return cls(
            index=data["index"], device=data["device"],
            replicas=tuple(one["device"] for one in data.get("replicas", ())),
            file=data["file"],
            nodes=tuple(Node(node["index"], node["name"], node.get("copied", False),
                             tuple(node.get("path", ()))) for node in data["nodes"]),
            inputs=tuple(data["inputs"]), outputs=tuple(data["outputs"]),
            states=tuple(State(one["input"], one["output"], one["bytes"])
                         for one in data.get("states", ())),
            compute=seconds(data["compute_ns"]), overhead=seconds(data.get("overhead_ns", 0)),
            macs=data["macs"], flops=data["flops"], bytes=data["bytes"],
            weight_bytes=data["weight_bytes"],
            peak_activation_bytes=data["peak_activation_bytes"],
            buffer_bytes=data["buffer_bytes"], runtime_bytes=data.get("runtime_bytes", 0),
            state_bytes=data.get("state_bytes", 0),
            memory_is_lower_bound=data.get("memory_is_lower_bound", False))


End = int | str
"""The index of a stage, or the name of the ingress or egress device."""


@dataclass(frozen=True)
class Message:
    """What goes from one stage to another for each item, all tensors at once."""

    source: End
    target: End
    tensors: tuple[str, ...]
    """Names in the source graph."""
    wires: tuple[int, ...]
    """Tags of the wires that travel in it; none where an end is no stage."""
    bytes: int
    time: float
    """How long it occupies its link, seconds."""
    latency: float
    """How much longer it is on its way, seconds."""
    medium: str | None
    """The medium that carries it, if it is always the same one."""

    @classmethod
    def of(cls, data: Json) -> Message:
        return cls(data["from"], data["to"], tuple(data["tensors"]), tuple(data["wires"]),
                   data["bytes"], seconds(data["time_ns"]), seconds(data["latency_ns"]),
                   data.get("medium"))


@dataclass(frozen=True)
class Wire:
    """A tensor on its way from one stage to another."""

    name: str
    """An output of the sending part and an input of the receiving one."""
    tensor: str
    """Name in the source model."""
    source: int
    target: int
    dtype: str
    container: str | None
    """What the tensor travels in, such as "sequence"; usually None."""
    shape: tuple[int, ...] | None
    """-1 is an extent that is not known before the model runs; None: not even the
    number of extents is."""
    bytes: int
    tag: int
    time: float
    """The share of its bytes in the time of its message, seconds."""

    @classmethod
    def of(cls, data: Json) -> Wire:
        return cls(data["wire"], data["tensor"], data["from"], data["to"], data["dtype"],
                   data.get("container"),
                   None if data.get("open_rank") else tuple(data["shape"]),
                   data["bytes"], data["tag"], seconds(data["time_ns"]))


@dataclass(frozen=True)
class Load:
    """What a device, a link or a medium does for an item, on average where replicas
    take turns."""

    name: str
    """Of a device or medium; of a link "from -> to"."""
    load: float
    """Seconds for each item."""


@dataclass(frozen=True)
class SingleDevice:
    """The whole model on one device."""

    device: str
    bottleneck: float | None
    """Seconds for each item; None where it takes nothing or cannot be."""
    latency: float | None
    """Seconds for one item from end to end."""
    reason: str | None
    """Why the model cannot be there."""

    @classmethod
    def of(cls, data: Json) -> SingleDevice:
        return cls(data["device"], _seconds_or_none(data.get("bottleneck_ns")),
                   _seconds_or_none(data.get("latency_ns")), data.get("reason"))


@dataclass(frozen=True)
class Point:
    """What the plan is predicted to do at a further operating point."""

    point: str
    bottleneck: float
    """Seconds."""
    latency: float
    """Seconds."""
    interval: float | None
    """Seconds between two items."""
    is_estimated: bool
    """Nodes were measured, but not with these extents."""

    @classmethod
    def of(cls, data: Json) -> Point:
        return cls(data["point"], seconds(data["bottleneck_ns"]), seconds(data["latency_ns"]),
                   _seconds_or_none(data.get("interval_ns")), data.get("estimated", False))


@dataclass(frozen=True)
class ParetoPlan:
    """A plan that no other beats in both figures; `max_latency=latency` gives it."""

    interval: float
    """Seconds between two items."""
    latency: float
    """Seconds for one item from end to end."""
    devices: tuple[str, ...]
    is_proven: bool

    @classmethod
    def of(cls, data: Json) -> ParetoPlan:
        return cls(seconds(data["interval_ns"]), seconds(data["latency_ns"]),
                   tuple(data["devices"]), data["proven"])


@dataclass(frozen=True)
class Advice:
    """A change of the cluster, and the best plan after it."""

    change: str
    is_asked: bool
    """By what_if; otherwise what explain tries."""
    value: float | None
    """The objective's figure after the change: seconds, or devices with
    objective="devices". None where no plan was found."""
    now: float | None
    """The same figure without the change: that of this plan, or of the best one where
    planning anew has found a better one."""
    is_proven: bool
    """No plan of the changed cluster is better than `value`. Otherwise a better one
    may exist."""
    why_none: str | None
    """Why there is no value."""
    counts_integers: bool = False
    """The figures hold if DequantizeLinear nodes that several stages read can all be
    copied: `value` may then be too good as well."""

    @property
    def factor(self) -> float | None:
        """How many times as good it gets; at least that where it is not proven, unless
        `counts_integers`."""
        return self.now / self.value if self.now is not None and self.value else None

    @classmethod
    def of(cls, data: Json, objective: str) -> Advice:
        def figure(value: int | None) -> float | None:
            return value if value is None or objective == "devices" else seconds(value)
        return cls(data["change"], data["is_asked"], figure(data.get("value")),
                   figure(data.get("now")), data.get("is_proven", False), data.get("why_none"),
                   data.get("counts_integers", False))
