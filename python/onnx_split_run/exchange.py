"""What a stage that computes gets its items from, and gives its results to: MPI in a
process for each stage, or the other threads of this one."""

from __future__ import annotations

import abc
from collections.abc import Mapping, Sequence
from typing import Any

from .memory import Memory

# Buffers at each end of a message, and items of a stage in flight.
SLOTS = 2


class Exchange(abc.ABC):
    """Items are local ones: those that this stage runs, counted from 0."""

    @abc.abstractmethod
    def await_item(self, local: int) -> tuple[int, int] | None:
        """Waits until the item's inputs are there and the one before it in its slot
        has left. How many nanoseconds it waited for either; None where the item
        will not come."""

    @abc.abstractmethod
    def receive(self, local: int) -> Mapping[str, Any]:
        """What came for the item, by the names of wires."""

    @abc.abstractmethod
    def targets(self, local: int) -> Mapping[str, Memory]:
        """Where outputs are to be computed into, by name."""

    @abc.abstractmethod
    def deliver(self, local: int, outputs: Mapping[str, Any], token: int | None) -> None:
        """Hands on what the item led to; a token where this stage scores them."""

    @abc.abstractmethod
    def sequence_of(self, item: int) -> int:
        """Of a step of a run that generates tokens."""

    @abc.abstractmethod
    def step_of(self, item: int) -> tuple[Sequence[int], int]:
        """Its new tokens, and how many its sequence had before them."""
