"""Clusters that are built in Python.

They become a file for the program, which alone knows what is right: values are
written as they are, and nothing is checked here. What each key means stands in
docs/Cluster.md.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from .files import GivenFile, TemporaryFolder

Figure = str | int | float
"""A figure with a unit, such as "4 GiB"; or a number in the base unit of its
attribute, which the attribute's description says."""


def _figure(value: Figure, unit: str) -> str:
    return value if isinstance(value, str) else f"{value} {unit}"


@dataclass
class Device:
    """A device, or `count` equal ones."""

    name: str
    compute: Figure | Mapping[str, Figure] | None = None
    """Operations per second (number: FLOP/s), for all element types or by element
    type, as in {"f32": "470 GFLOP/s", "i8": "2 TOP/s"}. None: unlimited."""
    memory: Figure | None = None
    """Hard cap (number: bytes) on weights, activations and buffers. None: unlimited."""
    memory_bandwidth: Figure | None = None
    """To and from memory (number: bytes/s). None: unlimited."""
    op_overhead: Figure | None = None
    """Time added to every node (number: seconds). None: none."""
    runtime_memory: Figure | None = None
    """What a process takes before any model (number: bytes). None: what a profile
    has measured, else nothing."""
    count: int | None = None
    """That many devices name-0, name-1, ...; None: one, called name."""
    types: Sequence[str] | None = None
    """The only element types that it computes in. None: all."""
    unsupported: Sequence[str] | None = None
    """Operators that must not run here."""
    profile: str | None = None
    """File of measurements, below the current folder."""
    provider: str | None = None
    """What runners compute with here, by ONNX Runtime's name for it. None: what the
    cluster's device type says, else the CPU's."""
    provider_options: Mapping[str, str | int | float | bool] | None = None
    """Options of that provider."""

    def as_dict(self) -> dict[str, Any]:
        """The entry of the cluster file."""
        compute: Any = self.compute
        if isinstance(compute, Mapping):
            compute = {kind: _figure(speed, "FLOP/s") for kind, speed in compute.items()}
        elif compute is not None:
            compute = _figure(compute, "FLOP/s")
        return _without_none({
            "name": self.name, "compute": compute,
            "memory": _given(self.memory, "B"),
            "memory_bandwidth": _given(self.memory_bandwidth, "B/s"),
            "op_overhead": _given(self.op_overhead, "s"),
            "runtime_memory": _given(self.runtime_memory, "B"),
            "count": self.count,
            "types": None if self.types is None else list(self.types),
            "unsupported": None if self.unsupported is None else list(self.unsupported),
            "profile": self.profile, "provider": self.provider,
            "provider_options": (None if self.provider_options is None
                                 else dict(self.provider_options))})


@dataclass
class Link:
    """What connects two devices (or each device of a group with another), or what
    connects all pairs that nothing else names."""

    devices: tuple[str, str] | None = None
    """Both directions between two devices. None: see `source`."""
    bandwidth: Figure | None = None
    """Rate (number: bit/s); 0 for no link."""
    latency: Figure | None = None
    """How much longer a message is on its way (number: seconds). None: 0."""
    message_time: Figure | None = None
    """What a message keeps its link busy for beside its bytes (number: seconds).
    None: 0."""
    source: str | None = None
    """With `target`, one direction alone, in the place of `devices`."""
    target: str | None = None
    medium: str | None = None
    """The medium that carries it where both devices share several; "none" for a
    link of its own."""
    profile: str | None = None
    """Output of `iperf3 -J`, in the place of `bandwidth`."""

    def as_dict(self) -> dict[str, Any]:
        """The entry of the cluster file."""
        return _without_none({
            "devices": None if self.devices is None else list(self.devices),
            "from": self.source, "to": self.target,
            "bandwidth": _given(self.bandwidth, "bit/s"),
            "latency": _given(self.latency, "s"),
            "message_time": _given(self.message_time, "s"),
            "medium": self.medium, "profile": self.profile})


@dataclass
class Medium:
    """What carries one transfer at a time, such as a Wi-Fi channel or a bus."""

    name: str
    devices: Sequence[str]
    bandwidth: Figure
    """Rate (number: bit/s), above 0."""

    def as_dict(self) -> dict[str, Any]:
        """The entry of the cluster file."""
        return {"name": self.name, "devices": list(self.devices),
                "bandwidth": _figure(self.bandwidth, "bit/s")}


@dataclass
class Cluster:
    """Devices and what connects them."""

    devices: Sequence[Device]
    default: Link | None = None
    """What connects every pair that no other rule names. None: nothing."""
    links: Sequence[Link] = ()
    media: Sequence[Medium] = ()
    ingress: str | None = None
    """The device where the model's inputs are. None: anywhere."""
    egress: str | None = None
    """The device where the model's outputs must end. None: anywhere."""
    profile: str | Sequence[str] | None = None
    """Files of measurements, below the current folder."""
    matrix: str | None = None
    """CSV file with a table of bandwidths, below the current folder."""
    more: Mapping[str, Any] = field(default_factory=dict)
    """Further keys of the file, which override those from the attributes."""

    def as_dict(self) -> dict[str, Any]:
        """The contents of the cluster file."""
        links = _without_none({
            "default": None if self.default is None else self.default.as_dict(),
            "between": [link.as_dict() for link in self.links] or None,
            "matrix": self.matrix})
        several = self.profile is not None and not isinstance(self.profile, str)
        profile = list(self.profile or ()) if several else self.profile
        return {**_without_none({
            "version": 1, "devices": [device.as_dict() for device in self.devices],
            "links": links or None, "media": [one.as_dict() for one in self.media] or None,
            "ingress": self.ingress, "egress": self.egress, "profile": profile}), **self.more}


def _given(value: Figure | None, unit: str) -> str | None:
    return None if value is None else _figure(value, unit)


def _without_none(entries: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in entries.items() if value is not None}


def cluster_file(cluster: str | os.PathLike[str] | Mapping[str, Any] | Cluster) -> GivenFile:
    """The file of a cluster; one is written where there is none yet."""
    if isinstance(cluster, (str, os.PathLike)):
        return GivenFile(os.fspath(cluster))
    content = cluster.as_dict() if isinstance(cluster, Cluster) else cluster
    folder = TemporaryFolder()
    (folder.path / "cluster.yaml").write_text(_as_text(content), encoding="utf-8")
    for name in _files_in(content):
        _link(folder.path, name)
    return GivenFile.made(folder, "cluster.yaml", "<cluster>")


def _as_text(content: Mapping[str, Any]) -> str:
    """JSON, which is YAML, with a line for each entry of a list: the places that
    errors name are to mean something."""
    def lines(value: Any, indent: str) -> str:
        deeper = indent + "  "
        if isinstance(value, Mapping) and any(isinstance(one, (list, tuple, Mapping))
                                              for one in value.values()) and len(indent) < 4:
            inner = [f"{deeper}{_json(str(key))}: {lines(one, deeper)}"
                     for key, one in value.items()]
            return "{\n" + ",\n".join(inner) + f"\n{indent}}}"
        if isinstance(value, (list, tuple)) and value and isinstance(value[0], Mapping):
            return "[\n" + ",\n".join(deeper + _json(one) for one in value) + f"\n{indent}]"
        return _json(value)
    return lines(content, "") + "\n"


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def _files_in(value: Any) -> Iterator[str]:
    """The paths that a cluster names: what stands under `profile` and `matrix`."""
    if isinstance(value, Mapping):
        for key, inner in value.items():
            if key in ("profile", "matrix"):
                yield from [inner] if isinstance(inner, str) else inner
            elif key != "provider_options":
                yield from _files_in(inner)
    elif isinstance(value, (list, tuple)):
        for inner in value:
            yield from _files_in(inner)


def _link(folder: Path, name: str) -> None:
    """Makes a path below the current folder one below `folder`, where the program
    looks for it. What is no such path is left to the program to refuse."""
    parts = Path(name).parts
    if not parts or Path(name).is_absolute() or ".." in parts:
        return
    link, target = folder / parts[0], Path.cwd() / parts[0]
    if not link.exists() and target.exists():
        link.symlink_to(target)
