"""Settings of inputs on the command line, checked without anything that takes long to
load."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from .errors import RunError


@dataclass(frozen=True)
class InputOptions:
    """Where the values of inputs come from; what nothing names is random."""

    # `NAME=FILE`, or a folder in which `input_K.pb` (or .npy) is the model's input K.
    files: tuple[str, ...] = ()
    # `NAME=1x3x224x224`, and `SYMBOL=1`, `NAME[AXIS]=1` or `*=1`, of what is open.
    shapes: tuple[str, ...] = ()
    dims: tuple[str, ...] = ()
    # `NAME=1x3` of what the model was planned for: what these leave open.
    planned_shapes: tuple[str, ...] = ()
    # Random values depend on it and on the input's name alone.
    seed: int = 0


def split_setting(text: str) -> tuple[str, str]:
    """Name and value of `NAME=VALUE`: a name may hold `=`, a value may not. What has
    none is a name."""
    name, equals, value = text.rpartition("=")
    return (name, value) if equals else (text, "")


def parse_shape(text: str) -> tuple[int, ...] | None:
    """From "1x3x224", or nothing for a scalar; None where it is no shape."""
    parts = text.split("x") if text else []
    return tuple(map(int, parts)) if all(one.isdecimal() for one in parts) else None


def check_settings(options: InputOptions) -> None:
    """An error where a setting is none: `N=x`, or `x=1y3`."""
    for setting in options.dims:
        name, extent = split_setting(setting)
        if not name or not extent.isdecimal():
            raise RunError(f"--dim takes NAME=EXTENT, such as N=1, not '{setting}'")
    for setting in options.shapes:
        name, shape = split_setting(setting)
        if not name or name == setting or parse_shape(shape) is None:
            raise RunError(f"--shape takes INPUT=SHAPE, such as x=1x3x224x224, not '{setting}'")


def describe_known(known: Iterable[str]) -> str:
    quoted = [f"'{name}'" for name in known]
    return f"there are {', '.join(quoted)}" if quoted else "there are none"


def check_shape_names(options: InputOptions, inputs: Sequence[str]) -> None:
    for setting in options.shapes:
        name = split_setting(setting)[0]
        if name not in inputs:
            raise RunError(f"--shape names '{name}', which is none of the model's inputs; "
                           f"{describe_known(inputs)}")
