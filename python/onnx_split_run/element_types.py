"""Element types by the numbers of onnx.TensorProto.DataType, and what NumPy and
ONNX Runtime call them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy


@dataclass(frozen=True)
class ElementType:
    number: int
    # In small letters, as onnx.TensorProto has it: "float", "uint8".
    name: str
    # Of one element; sub-byte types are packed.
    bits: int
    # The name of NumPy's type, or of one of ml_dtypes; empty for none.
    array_name: str = ""


STRING = 8

_TYPES = {
    one.number: one
    for one in (
        ElementType(1, "float", 32, "float32"),
        ElementType(2, "uint8", 8, "uint8"),
        ElementType(3, "int8", 8, "int8"),
        ElementType(4, "uint16", 16, "uint16"),
        ElementType(5, "int16", 16, "int16"),
        ElementType(6, "int32", 32, "int32"),
        ElementType(7, "int64", 64, "int64"),
        # Its elements have no size of their own.
        ElementType(STRING, "string", 0, "object"),
        ElementType(9, "bool", 8, "bool"),
        ElementType(10, "float16", 16, "float16"),
        ElementType(11, "double", 64, "float64"),
        ElementType(12, "uint32", 32, "uint32"),
        ElementType(13, "uint64", 64, "uint64"),
        ElementType(14, "complex64", 64, "complex64"),
        ElementType(15, "complex128", 128, "complex128"),
        ElementType(16, "bfloat16", 16, "bfloat16"),
        ElementType(17, "float8e4m3fn", 8, "float8_e4m3fn"),
        ElementType(18, "float8e4m3fnuz", 8, "float8_e4m3fnuz"),
        ElementType(19, "float8e5m2", 8, "float8_e5m2"),
        ElementType(20, "float8e5m2fnuz", 8, "float8_e5m2fnuz"),
        ElementType(21, "uint4", 4),
        ElementType(22, "int4", 4),
        ElementType(23, "float4e2m1", 4),
        ElementType(24, "float8e8m0", 8, "float8_e8m0fnu"),
        ElementType(25, "uint2", 2),
        ElementType(26, "int2", 2),
    )
}
_BY_NAME = {one.name: one for one in _TYPES.values()}
# plan.json calls two of them as NumPy does.
_BY_NAME |= {"float32": _TYPES[1], "float64": _TYPES[11]}


def by_number(number: int) -> ElementType:
    """The type with that number; one without a size where it is unknown here."""
    return _TYPES.get(number, ElementType(number, f"type {number}", 0))


def by_name(name: str) -> ElementType | None:
    """The type that ONNX or plan.json calls so."""
    return _BY_NAME.get(name)


def is_fixed(number: int) -> bool:
    """Whether each element has a whole number of bytes."""
    bits = by_number(number).bits
    return bits > 0 and bits % 8 == 0


def tensor_bytes(number: int, shape: tuple[int, ...]) -> int:
    """Of a tensor without text; elements of less than a byte are packed."""
    count = 1
    for extent in shape:
        count *= extent
    return (count * by_number(number).bits + 7) // 8


def array_type(number: int) -> numpy.dtype | None:
    """The dtype of arrays with these elements. None where neither NumPy nor
    ml_dtypes, if that is installed, has one."""
    name = by_number(number).array_name
    if not name:
        return None
    try:
        return numpy.dtype(name)
    except TypeError:
        pass
    try:
        import ml_dtypes

        found: numpy.dtype = numpy.dtype(getattr(ml_dtypes, name))
        return found
    except (ImportError, AttributeError):
        return None


def number_of(dtype: numpy.dtype) -> int:
    """The number of an array's elements, or 0 where ONNX has no such type."""
    if dtype.kind in "OUST":
        return STRING
    name = {"float32": "float", "float64": "double"}.get(dtype.name, dtype.name)
    for one in _TYPES.values():
        if one.name == name or (one.array_name == dtype.name and one.array_name):
            return one.number
    return 0
