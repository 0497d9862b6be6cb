"""A message: all that one stage sends to another for one item. A header, then, unless
all sizes are known from the plan, a table that says what the values are, then the
values, each at an aligned place. Tensors are views on its memory, so that what goes
to one stage alone is not copied."""

from __future__ import annotations

import json
import struct
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy

from . import element_types
from .errors import RunError
from .memory import ALIGNMENT, Memory, align, allocate, value_bytes
from .plan import Group, Plan, Wire
from .session import Port
from .tensor_files import parse_value, serialize_value
from .wire_format import WireError

# Magic, bytes of the table, item, when it was sent on the clock of rank 0, bytes of
# the values.
_HEADER = struct.Struct("<IIqqQ")
_MAGIC = 0x6F737031
HEADER_BYTES = ALIGNMENT

# Of one message, so that no memory is taken because a header says so.
MOST_BYTES = 2**37
_MOST_RANK = 64


@dataclass(frozen=True)
class Header:
    table_bytes: int
    item: int
    sent_ns: int
    value_bytes: int


def write_header(buffer: numpy.ndarray, header: Header) -> None:
    _HEADER.pack_into(buffer.data, 0, _MAGIC, header.table_bytes, header.item, header.sent_ns,
                      header.value_bytes)


def read_header(buffer: numpy.ndarray) -> Header | None:
    """None where it is no message of this runner."""
    magic, *values = _HEADER.unpack_from(buffer.data, 0)
    return Header(*values) if magic == _MAGIC else None


def _has_fixed_size(wire: Wire) -> bool:
    """Whether the plan alone, which both ends have, says how large the value is."""
    found = element_types.by_name(wire.dtype)
    return (not wire.container and not wire.open_rank and found is not None
            and element_types.is_fixed(found.number) and all(one >= 0 for one in wire.shape))


@dataclass(frozen=True)
class FixedLayout:
    """Where the values of a message lie whose sizes are all known, and its bytes."""

    element_types: tuple[int, ...]
    shapes: tuple[tuple[int, ...], ...]
    offsets: tuple[int, ...]
    bytes: int
    payload_bytes: int

    def view(self, buffer: numpy.ndarray, index: int) -> Memory:
        """The tensor of a wire of the group."""
        return Memory(buffer.ctypes.data + self.offsets[index], self.element_types[index],
                      self.shapes[index], buffer)


def lay_out(plan: Plan, group: Group) -> FixedLayout | None:
    """None where a value has an open size."""
    if not all(map(_has_fixed_size, group.wires)):
        return None
    numbers, offsets = [], []
    end, payload = HEADER_BYTES, 0
    for wire in group.wires:
        found = element_types.by_name(wire.dtype)
        assert found is not None
        bytes = element_types.tensor_bytes(found.number, wire.shape)
        numbers.append(found.number)
        offsets.append(end)
        payload += bytes
        end += align(bytes)
    if end > MOST_BYTES:
        raise RunError(f"{plan.describe_group(group)}: more than the {MOST_BYTES} bytes that "
                       "one message can have")
    return FixedLayout(tuple(numbers), tuple(wire.shape for wire in group.wires),
                       tuple(offsets), end, payload)


def check_ports(plan: Plan, group: Group, ports: Sequence[Port | None], what: str) -> None:
    """An error where the part has not the inputs or outputs, `what`, that the plan says."""
    for wire, port in zip(group.wires, ports):
        found = element_types.by_name(wire.dtype)
        if port is None or (port.kind == "tensor" and found is not None
                            and port.element_type != found.number):
            raise RunError(f"the part has no such {what} for {plan.describe_wire(wire)}; it is "
                           "not the one that the plan was made with")


# --- Messages of open size ----------------------------------------------------------------


def _describe(value: Any, name: str) -> tuple[list[Any], numpy.ndarray]:
    """The table's entry for a value, and its bytes."""
    if value is None:
        return ["none"], numpy.empty(0, "uint8")
    if isinstance(value, numpy.ndarray) and value.dtype.kind not in "OUS":
        number, shape = element_types.number_of(value.dtype), value.shape
        data = numpy.ascontiguousarray(value).reshape(-1).view("uint8")
    elif (hasattr(value, "is_tensor") and value.has_value() and value.is_tensor()
          and element_types.is_fixed(value.element_type())):
        number, shape, data = value.element_type(), tuple(value.shape()), value_bytes(value)
    else:
        content = serialize_value(value, name)
        return ["message", len(content)], numpy.frombuffer(content, "uint8")
    return ["tensor", number, list(shape)], data


def front_bytes(header: Header) -> int:
    """Of header and table."""
    return align(HEADER_BYTES + header.table_bytes)


def pack(values: Sequence[Any], names: Sequence[str]) -> numpy.ndarray:
    """A message with copies of the values; its header is still without item and time."""
    entries, pieces = [], []
    for value, name in zip(values, names):
        entry, data = _describe(value, name)
        entries.append(entry)
        pieces.append(data)
    table = json.dumps(entries).encode()
    header = Header(len(table), 0, 0, sum(align(piece.size) for piece in pieces))
    place = front_bytes(header)
    buffer = allocate(place + header.value_bytes)
    write_header(buffer, header)
    buffer[HEADER_BYTES:HEADER_BYTES + len(table)] = numpy.frombuffer(table, "uint8")
    for piece in pieces:
        buffer[place:place + piece.size] = piece
        place += align(piece.size)
    return buffer


@dataclass(frozen=True)
class _Entry:
    """What the table says of one value: "tensor", "message" of ONNX, or "none"."""

    kind: str
    bytes: int
    element_type: int = 0
    shape: tuple[int, ...] = ()


def _read_entry(entry: Any) -> _Entry:
    match entry:
        case ["none"]:
            return _Entry("none", 0)
        case ["message", int(bytes)] if 0 <= bytes <= MOST_BYTES:
            return _Entry("message", bytes)
        case ["tensor", int(number), list(shape)] if (
                element_types.is_fixed(number) and len(shape) <= _MOST_RANK
                and all(isinstance(one, int) and one >= 0 for one in shape)):
            return _Entry("tensor", element_types.tensor_bytes(number, tuple(shape)), number,
                          tuple(shape))
    raise RunError("a message with a wrong table")


def read_table(header: Header, begun: numpy.ndarray, count: int) -> list[_Entry]:
    """Of a message of open size with so many values, of which the beginning is there. An
    error where it does not account for the bytes that its header says."""
    if front_bytes(header) > begun.size:
        raise RunError("a message with a wrong header")
    try:
        table = begun[HEADER_BYTES:HEADER_BYTES + header.table_bytes].tobytes()
        entries = [_read_entry(one) for one in json.loads(table)]
    except (ValueError, TypeError):
        raise RunError("a message with a wrong table") from None
    if (len(entries) != count or header.value_bytes > MOST_BYTES
            or sum(align(one.bytes) for one in entries) != header.value_bytes):
        raise RunError("a message with a wrong table")
    return entries


def unpack(entries: Sequence[_Entry], room: numpy.ndarray, kinds: Sequence[str]) -> list[Any]:
    """The values: views where they are tensors. `kinds` are those of the ports."""
    values: list[Any] = []
    place = 0
    for entry, kind in zip(entries, kinds):
        if entry.kind == "tensor":
            values.append(Memory(room.ctypes.data + place, entry.element_type, entry.shape, room))
        elif entry.kind == "message":
            try:
                values.append(parse_value(room[place:place + entry.bytes].tobytes(), kind))
            except WireError as error:
                raise RunError(f"a value {error}") from None
        else:
            raise RunError("an empty optional")
        place += align(entry.bytes)
    return values
