"""The way back of a run over MPI that generates tokens: the rank whose part scores
them tells every other one each token."""

from __future__ import annotations

from typing import Any

import numpy

from .errors import RunError
from .mpi import World

# Nothing else is sent over the communicator.
_TAG = 1


class TokenWires:
    def __init__(self, world: World, source: int) -> None:
        self._world, self._source = world, source
        # What MPI reads stays until it is sent.
        self._sends: list[tuple[numpy.ndarray, list[Any]]] = []
        self._room = numpy.zeros(2, "int64")
        self._awaited: Any = None

    @property
    def is_source(self) -> bool:
        return bool(self._world.rank == self._source)

    @property
    def is_sending(self) -> bool:
        return bool(self._sends)

    def send(self, item: int, token: int) -> None:
        """Tells the others; for the source."""
        message = numpy.array([item, token], "int64")
        requests = [self._world.tokens.Isend(message, other, _TAG)
                    for other in range(self._world.size) if other != self._source]
        if requests:
            self._sends.append((message, requests))

    def progress(self) -> bool:
        """Looks after what is under way to others. True if something left."""
        before = len(self._sends)
        while self._sends and self._world.mpi.Request.Testall(self._sends[0][1]):
            self._sends.pop(0)
        return len(self._sends) < before

    def receive(self, item: int) -> int | None:
        """The token of the item, where it has come; for the others."""
        if self._awaited is None:
            self._awaited = self._world.tokens.Irecv(self._room, self._source, _TAG)
        if not self._awaited.Test():
            return None
        self._awaited = None
        if int(self._room[0]) != item:
            raise RunError(f"a token of item {self._room[0]} came where one of item {item} was "
                           "due")
        return int(self._room[1])
