"""Memory that this process and ONNX Runtime share: a tensor in a buffer of ours, or
the bytes of a tensor of its own."""

from __future__ import annotations

import ctypes
from dataclasses import dataclass
from typing import Any

import numpy

from .element_types import tensor_bytes

# Where ONNX Runtime wants elements to begin.
ALIGNMENT = 64


def align(bytes: int) -> int:
    return -(-bytes // ALIGNMENT) * ALIGNMENT


def allocate(bytes: int) -> numpy.ndarray:
    """Zeroed bytes at an aligned address. They are touched at once, so that the
    first items do not pay for it."""
    room = numpy.empty(max(1, bytes) + ALIGNMENT, "uint8")
    room.fill(0)
    start = -room.ctypes.data % ALIGNMENT
    return room[start:start + bytes]


@dataclass(frozen=True)
class Memory:
    """A tensor whose elements lie at an address. `owner` keeps them alive."""

    address: int
    element_type: int
    shape: tuple[int, ...]
    owner: Any

    @property
    def bytes(self) -> int:
        return tensor_bytes(self.element_type, self.shape)

    def array(self) -> numpy.ndarray:
        """The bytes, without a copy."""
        return view_bytes(self.address, self.bytes)


def view_bytes(address: int, bytes: int) -> numpy.ndarray:
    """An array on so many bytes at an address, which the caller keeps alive."""
    if bytes == 0:
        return numpy.empty(0, "uint8")
    room: Any = (ctypes.c_ubyte * bytes).from_address(address)
    return numpy.asarray(numpy.frombuffer(room, "uint8"))


def value_bytes(value: Any) -> numpy.ndarray:
    """The bytes of a tensor of ONNX Runtime without text, without a copy."""
    return view_bytes(value.data_ptr(), value.tensor_size_in_bytes())
