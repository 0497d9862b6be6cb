"""Tensors in files: NumPy's .npy, and .pb as ONNX's own tests have them."""

from __future__ import annotations

import pathlib
from collections.abc import Iterator
from typing import Any

import numpy

from . import element_types
from .errors import RunError
from .memory import Memory, value_bytes
from .runtime import load_runtime
from .values import to_array
from .wire_format import (DELIMITED, VARINT, Field, WireError, delimited_field, fields,
                          read_varint, signed, varint_field)

# Numbers of the fields of onnx.TensorProto, and the types that their elements have in
# the file: those of int32_data may be narrower in the tensor.
_DIMS, _TYPE, _STRINGS, _NAME, _RAW, _LOCATION = 1, 2, 6, 8, 9, 14
_FIXED = {4: "<f4", 10: "<f8"}
_VARINTS = (5, 7, 11)


def _numbers(data: memoryview, field: Field) -> Iterator[int]:
    """A repeated number, packed or alone."""
    if field.wire_type == VARINT:
        yield signed(field.value)
        return
    place = field.contents_start
    while place < field.end:
        value, place = read_varint(data, place)
        yield signed(value)


def tensor_of(number: int, data: numpy.ndarray, shape: tuple[int, ...]) -> Any:
    """An array of bytes as elements of that type, or a tensor of ONNX Runtime where
    NumPy has no such type."""
    element = element_types.by_number(number)
    if not element_types.is_fixed(number):
        raise WireError(f"elements of {element.name} cannot be fed to a model")
    if data.size != element_types.tensor_bytes(number, shape):
        raise WireError(f"has {data.size} bytes for the shape {list(shape)}")
    if number < 16:
        return data.view(element.array_name).reshape(shape)
    bits = data.view(f"uint{element.bits}").reshape(shape)
    return load_runtime().OrtValue.ortvalue_from_numpy_with_onnx_type(bits, number)


def _parse_tensor(data: memoryview, start: int, end: int) -> Any:
    shape: list[int] = []
    number = 0
    texts: list[str] = []
    stored = numpy.empty(0, "uint8")
    numbers: list[int] = []
    for field in fields(data, start, end):
        contents = data[field.contents_start:field.end]
        if field.number == _DIMS:
            shape.extend(_numbers(data, field))
        elif field.number == _TYPE:
            number = field.value
        elif field.number == _LOCATION and field.value:
            raise WireError("has its data in another file; test data holds it")
        elif field.number == _STRINGS:
            texts.append(bytes(contents).decode("utf-8", "surrogateescape"))
        elif field.number == _RAW or (field.number in _FIXED and field.wire_type == DELIMITED):
            stored = numpy.frombuffer(bytes(contents), "uint8")
        elif field.number in _FIXED:
            stored = numpy.concatenate([stored, numpy.frombuffer(bytes(contents), "uint8")])
        elif field.number in _VARINTS:
            numbers.extend(_numbers(data, field))
    if any(extent < 0 for extent in shape):
        raise WireError(f"has the shape {shape}")
    if number == element_types.STRING:
        if len(texts) != numpy.prod(shape, dtype=int):
            raise WireError(f"has {len(texts)} texts for the shape {shape}")
        return numpy.array(texts, object).reshape(shape)
    if numbers:
        bits = element_types.by_number(number).bits or 8
        wide = numpy.array([one & (2**64 - 1) for one in numbers], "uint64")
        stored = wide.astype(f"<u{max(1, min(bits, 64) // 8)}").view("uint8")
    return tensor_of(number, stored, tuple(shape))


def _parse_sequence(data: memoryview, start: int, end: int) -> list[Any]:
    return [_parse_tensor(data, one.contents_start, one.end)
            for one in fields(data, start, end) if one.number == 3]


def parse_value(content: bytes, kind: str) -> Any:
    """A TensorProto, SequenceProto or OptionalProto, by the kind of the port."""
    data = memoryview(content)
    if kind == "seq":
        return _parse_sequence(data, 0, len(data))
    if kind != "optional":
        return _parse_tensor(data, 0, len(data))
    for field in fields(data):
        if field.number == 3:
            return _parse_tensor(data, field.contents_start, field.end)
        if field.number == 5:
            return _parse_sequence(data, field.contents_start, field.end)
    raise WireError("is an empty optional, which ONNX Runtime cannot be fed with")


def read_value(path: str | pathlib.Path, kind: str = "tensor") -> Any:
    """The value in a .npy or .pb file. The error begins with the path."""
    path = pathlib.Path(path)
    try:
        if path.suffix == ".npy":
            return numpy.load(path, allow_pickle=False)
        return parse_value(path.read_bytes(), kind)
    except OSError as error:
        raise RunError(f"{path}: cannot read: {error.strerror or error}") from None
    except (ValueError, EOFError) as error:
        raise RunError(f"{path}: {error}") from None


def _serialize_tensor(value: Any, name: str) -> bytes:
    if isinstance(value, numpy.ndarray):
        number, shape = element_types.number_of(value.dtype), value.shape
    elif isinstance(value, Memory):
        number, shape = value.element_type, value.shape
    else:
        number, shape = value.element_type(), tuple(value.shape())
    out = b"".join(varint_field(_DIMS, extent) for extent in shape)
    out += varint_field(_TYPE, number)
    if number == element_types.STRING:
        texts = to_array(value).reshape(-1)
        out += b"".join(delimited_field(_STRINGS, str(text).encode("utf-8", "surrogateescape"))
                        for text in texts)
        return out + delimited_field(_NAME, name.encode())
    if isinstance(value, numpy.ndarray):
        data = numpy.ascontiguousarray(value).tobytes()
    else:
        data = (value.array() if isinstance(value, Memory) else value_bytes(value)).tobytes()
    return out + delimited_field(_NAME, name.encode()) + delimited_field(_RAW, data)


def serialize_value(value: Any, name: str = "") -> bytes:
    """ONNX's own message for a tensor, or for a list of tensors; nothing for an empty
    optional."""
    if value is None:
        return b""
    if not isinstance(value, (numpy.ndarray, Memory)) and not isinstance(value, list):
        if not value.has_value():
            return b""
        if not value.is_tensor():
            value = value.numpy()
    if not isinstance(value, list):
        return _serialize_tensor(value, name)
    return (delimited_field(1, name.encode()) + varint_field(2, 1)
            + b"".join(delimited_field(3, _serialize_tensor(one, "")) for one in value))


def write_value(path: pathlib.Path, value: Any, name: str) -> None:
    """Writes .npy or .pb, by the path's end."""
    try:
        if path.suffix == ".npy":
            array = to_array(value)
            if not isinstance(array, numpy.ndarray) or array.dtype.kind not in "biufc":
                raise RunError(f"{path}: NumPy has no such type; write .pb files")
            numpy.save(path, array)
        else:
            path.write_bytes(serialize_value(value, name))
    except OSError as error:
        raise RunError(f"{path}: cannot write: {error.strerror}") from None
