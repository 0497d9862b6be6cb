"""What a model is fed with: values from files, and random ones for the rest."""

from __future__ import annotations

import pathlib
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy

from . import element_types
from .dim_expression import DimExpression
from .errors import RunError
from .memory import allocate
from .random_values import MersenneTwister64, hash_name, seeded, uniform
from .session import Port, describe_shape
from .settings import InputOptions, describe_known, parse_shape, split_setting
from .tensor_files import read_value, tensor_of
from .values import check_fit

# What says which tokens count: random ones would be no text.
MASKS = ("attention_mask", "decoder_attention_mask")

# Random whole numbers are below this; truth values are either one.
_WHOLE = 4


def _find(settings: Sequence[str], name: str) -> str | None:
    """The value of the last setting of that name."""
    for setting in reversed(settings):
        key, value = split_setting(setting)
        if key == name:
            return value
    return None


def _find_extent(names: Iterable[str], settings: Sequence[str]) -> int | None:
    """What the settings give the first of the names that they have."""
    for name in filter(None, names):
        text = _find(settings, name)
        if text is not None:
            return int(text) if text.isdecimal() else None
    return None


def _extent_of(port: Port, axis: int, dims: Sequence[str]) -> int | None:
    """Of an open extent: by its symbol, its place, of all that are open, or by the
    terms of a symbol that is an expression."""
    symbol, place = port.symbols[axis], f"{port.name}[{axis}]"
    expression = DimExpression(symbol)
    if not expression.is_compound:
        return _find_extent((symbol, place, "*"), dims)
    found = _find_extent((symbol, place), dims)
    if found is not None:
        return found
    return expression.evaluate(lambda term: _find_extent((term, "*"), dims))


def find_shape(port: Port, options: InputOptions) -> tuple[int, ...]:
    """The shape of a random value, or an error where nothing gives an open extent."""
    text = _find(options.shapes, port.name)
    if text is not None:
        shape = parse_shape(text)
        if shape is None:
            raise RunError(f"--shape of '{port.name}' is '{text}', not a shape such as "
                           "1x3x224x224")
        return shape
    planned = parse_shape(_find(options.planned_shapes, port.name) or "") or ()
    dims = list(port.dims)
    for axis, extent in enumerate(dims):
        if extent >= 0:
            continue
        found = _extent_of(port, axis, options.dims)
        if found is None and axis < len(planned):
            found = planned[axis]
        if found is None or found < 0:
            raise RunError(f"input '{port.name}' has the open shape "
                           f"{describe_shape(port.dims)}; fix it with --shape or --dim")
        dims[axis] = found
    return tuple(dims)


def dim_names(ports: Iterable[Port]) -> set[str]:
    """What --dim may name of the extents that ports leave open; `*` is not among
    them."""
    names: set[str] = set()
    for port in ports:
        for axis, extent in enumerate(port.dims):
            if extent < 0:
                names.add(f"{port.name}[{axis}]")
                if port.symbols[axis]:
                    names |= {port.symbols[axis], *DimExpression(port.symbols[axis]).terms}
    return names


def check_dim_names(options: InputOptions, known: set[str], fixed: Sequence[str]) -> None:
    """An error where --dim names what is not known. Settings that the parts have
    already, which `fixed` lists, are passed over."""
    for setting in options.dims:
        name = split_setting(setting)[0]
        if name != "*" and name not in known and setting not in fixed:
            raise RunError(f"--dim names '{name}', which is no open dimension of the inputs; "
                           f"{describe_known(sorted(known))}")


# --- Random values ----------------------------------------------------------------------


def _to_half(reals: numpy.ndarray) -> numpy.ndarray:
    """Bits of half precision of floats from -1 to 1, rounded towards zero; what is
    below the normal range becomes zero."""
    bits = reals.astype("float32").view("uint32")
    sign = bits >> 16 & 0x8000
    exponent = (bits >> 23 & 255).astype("int32") - 127 + 15
    normal = sign | exponent.clip(0).astype("uint32") << 10 | bits >> 13 & 0x3FF
    return numpy.where(exponent <= 0, sign, normal).astype("uint16")


def _filled(number: int, count: int, generator: MersenneTwister64 | None) -> numpy.ndarray:
    """Bytes of so many random elements; of ones without a generator."""
    element = element_types.by_number(number)

    def draw(of: Callable[[numpy.ndarray], numpy.ndarray]) -> numpy.ndarray:
        if generator is None:
            return numpy.ones(count)
        return of(generator.draw(count))

    if element.name in ("float", "double"):
        return draw(uniform).astype(element.array_name).view("uint8")
    if element.name == "float16":
        return _to_half(draw(uniform)).view("uint8")
    if element.name == "bfloat16":
        wide = draw(uniform).astype("float32").view("uint32")
        return (wide >> 16).astype("uint16").view("uint8")
    if element.name == "bool":
        return draw(lambda numbers: numbers % numpy.uint64(2)).astype("uint8")
    if "int" in element.name and element.bits >= 8:
        return draw(lambda numbers: numbers % numpy.uint64(_WHOLE)).astype(
            element.array_name).view("uint8")
    raise RunError(f"there are no random values of {element.name}")


def random_value(port: Port, options: InputOptions) -> Any:
    """What onnx-split-run makes for the input: the same bits for the same seed."""
    if port.kind != "tensor":
        raise RunError(f"input '{port.name}' is no tensor, so it cannot be random: give it "
                       f"with --input {port.name}=FILE")
    shape = find_shape(port, options)
    count = int(numpy.prod(shape, dtype=object)) if shape else 1
    generator = (None if port.name in MASKS
                 else seeded(options.seed, hash_name(port.name)))
    try:
        data = _filled(port.element_type, count, generator)
    except RunError as error:
        raise RunError(f"{error} for input '{port.name}': give it with --input "
                       f"{port.name}=FILE") from None
    room = allocate(data.size)
    room[:] = data
    return tensor_of(port.element_type, room, shape)


def zero_value(port: Port, options: InputOptions) -> Any:
    """What a state begins with."""
    shape = find_shape(port, options)
    return tensor_of(port.element_type,
                     allocate(element_types.tensor_bytes(port.element_type, shape)), shape)


# --- Files ------------------------------------------------------------------------------


def find_files(order: Sequence[str], options: InputOptions) -> dict[str, pathlib.Path]:
    """The file of each input that has one. `order` has the names of all inputs of the
    model, by which the files of a folder are numbered."""
    files: dict[str, pathlib.Path] = {}
    for text in options.files:
        folder = pathlib.Path(text)
        name, path = split_setting(text)
        if path and not folder.is_dir():
            files[name] = pathlib.Path(path)
            continue
        if not folder.is_dir():
            raise RunError(f"'{text}' is neither NAME=FILE nor a folder")
        found = {name: folder / f"input_{index}{end}" for index, name in enumerate(order)
                 for end in (".pb", ".npy") if (folder / f"input_{index}{end}").exists()}
        if not found:
            raise RunError(f"'{text}' holds no input_0.pb or input_0.npy")
        files |= found
    for name in files:
        if name not in order:
            raise RunError(f"the model has no input '{name}'; it has "
                           + ", ".join(f"'{one}'" for one in order))
    return files


def make_inputs(ports: Iterable[Port], order: Sequence[str], options: InputOptions,
                fill: Callable[[Port, InputOptions], Any] = random_value) -> dict[str, Any]:
    """Values for the ports: those from files, and others as `fill` makes them."""
    files = find_files(order, options)
    values = {}
    for port in ports:
        if port.name in files:
            value = read_value(files[port.name], port.kind)
            check_fit(value, port, str(files[port.name]))
        else:
            value = fill(port, options)
            check_fit(value, port, "--shape")
        values[port.name] = value
    return values
