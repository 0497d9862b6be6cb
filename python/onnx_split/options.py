"""Keyword arguments as options of the command line.

Nothing is checked here: the program knows what is right, and says it.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Union

if TYPE_CHECKING:
    import numpy

Strings = str | Sequence[str]
Seconds = float | str
"""A number of seconds, or text with a unit such as "50ms"."""
Value = Union[bool, int, float, str, Sequence[Any], "numpy.ndarray[Any, Any]"]
"""What an input is set to: a number, a list, an array, or the text of --set."""
Inputs = Union[str, "os.PathLike[str]",
               Mapping[str, "str | os.PathLike[str] | numpy.ndarray[Any, Any]"]]
"""A folder with input_0.pb and so on, or a file or an array by the input's name."""


@dataclass(frozen=True)
class Options:
    """What `plan` takes beside model and cluster; None leaves it to the program."""

    shapes: Mapping[str, Sequence[int]] | None = None
    dims: Mapping[str, int] | None = None
    assume: Mapping[str, int] | None = None
    also: Sequence[Mapping[str, int]] | None = None
    set: Mapping[str, Value] | None = None
    states: str | Mapping[str, str] | Sequence[str] | None = None
    sequences: int | None = None
    observe: bool = False
    inputs: Inputs | None = None
    unknown_op: str | None = None
    allow_linked_weights: bool = False
    objective: str | None = None
    target_rate: float | None = None
    max_latency: Seconds | None = None
    strategy: str | None = None
    time_limit: Seconds | None = None
    gap: float | None = None
    seed: int | None = None
    pin: Mapping[str, str] | None = None
    cut: Strings | None = None
    no_cut: Strings | None = None
    stages: int | None = None
    max_stages: int | None = None
    revisit: bool = False
    replicate: bool = False
    arguments: Sequence[str] = field(default=())

    def as_arguments(self, scratch: Path) -> list[str]:
        """The options in words; arrays become files in the folder `scratch`."""
        return [
            *_pairs("--shape", {name: "x".join(map(str, shape))
                                for name, shape in (self.shapes or {}).items()}),
            *_pairs("--dim", self.dims),
            *_pairs("--assume", self.assume),
            *(f"--also={','.join(f'{name}={value}' for name, value in point.items())}"
              for point in self.also or ()),
            *_pairs("--set", {name: _as_text(value, scratch / f"set{number}.npy")
                              for number, (name, value) in enumerate((self.set or {}).items())}),
            *_states(self.states),
            *_one("--sequences", self.sequences),
            *_flag("--observe", self.observe),
            *(input_arguments(self.inputs, scratch) if self.observe else ()),
            *_one("--unknown-op", self.unknown_op),
            *_flag("--allow-linked-weights", self.allow_linked_weights),
            *_one("--objective", self.objective),
            *_one("--target-rate", self.target_rate),
            *_one("--max-latency", _time(self.max_latency)),
            *_one("--strategy", self.strategy),
            *_one("--time-limit", _time(self.time_limit)),
            *_one("--gap", self.gap),
            *_one("--seed", self.seed),
            *_pairs("--pin", self.pin),
            *_each("--cut", self.cut),
            *_each("--no-cut", self.no_cut),
            *_one("--stages", self.stages),
            *_one("--max-stages", self.max_stages),
            *_flag("--revisit", self.revisit),
            *_flag("--replicate", self.replicate),
            *self.arguments,
        ]


def input_arguments(inputs: Inputs | None, scratch: Path) -> list[str]:
    """What --verify and --observe feed the model; arrays become files."""
    if inputs is None:
        return []
    if isinstance(inputs, (str, os.PathLike)):
        return [f"--input={os.fspath(inputs)}"]
    arguments = []
    for number, (name, value) in enumerate(inputs.items()):
        if not isinstance(value, (str, os.PathLike)):
            value = _save(value, scratch / f"input{number}.npy")
        arguments.append(f"--input={name}={os.fspath(value)}")
    return arguments


def _one(option: str, value: object) -> list[str]:
    return [] if value is None else [f"{option}={value}"]


def _flag(option: str, is_given: bool) -> list[str]:
    return [option] if is_given else []


def _each(option: str, values: Strings | None) -> list[str]:
    if values is None:
        return []
    return [f"{option}={value}" for value in ([values] if isinstance(values, str) else values)]


def _pairs(option: str, values: Mapping[str, object] | None) -> list[str]:
    return [f"{option}={name}={value}" for name, value in (values or {}).items()]


def _states(states: str | Mapping[str, str] | Sequence[str] | None) -> list[str]:
    if isinstance(states, Mapping):
        return _pairs("--state", states)
    return _each("--state", states)


def _time(value: Seconds | None) -> str | None:
    return value if value is None or isinstance(value, str) else f"{value}s"


def _as_text(value: Value, file: Path) -> str:
    if isinstance(value, str):
        return value
    if hasattr(value, "ndim") and value.ndim > 1:
        return f"@{_save(value, file)}"
    if hasattr(value, "tolist"):
        value = value.tolist()
    if isinstance(value, Sequence):
        return f"[{','.join(_as_text(one, file) for one in value)}]"
    return str(value).lower() if isinstance(value, bool) else repr(value)


def _save(array: Any, file: Path) -> Path:
    import numpy  # there is an array, so there is NumPy

    numpy.save(file, array)
    return file
