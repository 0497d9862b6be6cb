"""Protobuf's wire format: the fields of a message, read and written one by one, so
that neither a model nor test data needs the package onnx."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

# The low three bits of a tag.
VARINT, FIXED64, DELIMITED, GROUP_START, GROUP_END, FIXED32 = range(6)


class WireError(ValueError):
    """The bytes are no message."""


@dataclass(frozen=True)
class Field:
    number: int
    wire_type: int
    # The whole field, tag included, in the message's bytes.
    start: int
    end: int
    # Where the contents of a delimited field begin.
    contents_start: int
    # Of a varint.
    value: int = 0


def read_varint(data: memoryview, place: int) -> tuple[int, int]:
    """A number, and the place behind it."""
    value = 0
    for shift in range(0, 70, 7):
        if place >= len(data):
            raise WireError("the bytes end inside a number")
        byte = data[place]
        place += 1
        value |= (byte & 0x7F) << shift
        if not byte & 0x80:
            return value & (2**64 - 1), place
    raise WireError("a number has more than ten bytes")


def _skip_group(data: memoryview, place: int, number: int) -> int:
    while True:
        tag, place = read_varint(data, place)
        if tag & 7 == GROUP_END:
            if tag >> 3 != number:
                raise WireError("a group ends that did not begin")
            return place
        place = _skip(data, place, tag)[1]


def _skip(data: memoryview, place: int, tag: int) -> tuple[int, int, int]:
    """Where contents begin, where the field ends, and the value of a varint."""
    kind = tag & 7
    if kind == VARINT:
        value, end = read_varint(data, place)
        return place, end, value
    if kind == GROUP_START:
        return place, _skip_group(data, place, tag >> 3), 0
    if kind == DELIMITED:
        length, place = read_varint(data, place)
    elif kind in (FIXED64, FIXED32):
        length = 8 if kind == FIXED64 else 4
    else:
        raise WireError(f"wire type {kind} does not exist")
    if place + length > len(data):
        raise WireError("a field passes the end")
    return place, place + length, 0


def fields(data: memoryview, start: int = 0, end: int | None = None) -> Iterator[Field]:
    """Those of the message between two places, in order."""
    end = len(data) if end is None else end
    place = start
    while place < end:
        tag, contents = read_varint(data, place)
        begin, after, value = _skip(data, contents, tag)
        if tag >> 3 == 0 or after > end:
            raise WireError("a field has no number, or passes the end")
        yield Field(tag >> 3, tag & 7, place, after, begin, value)
        place = after


def varint(value: int) -> bytes:
    value &= 2**64 - 1
    out = bytearray()
    while value >= 0x80:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def varint_field(number: int, value: int) -> bytes:
    return varint(number << 3 | VARINT) + varint(value)


def delimited_header(number: int, length: int) -> bytes:
    """Tag and length of a field whose contents follow."""
    return varint(number << 3 | DELIMITED) + varint(length)


def delimited_field(number: int, contents: bytes) -> bytes:
    return delimited_header(number, len(contents)) + contents


def signed(value: int) -> int:
    """A varint as int64."""
    return value - 2**64 if value >= 2**63 else value
