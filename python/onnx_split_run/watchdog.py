"""A process that is killed prints nothing, and its peers only learn that it is gone.
So each rank leaves what it is doing in memory that it shares with a child process,
and the child says it when the rank ends without having announced it. mpirun then ends
the other ranks with SIGTERM, of which their watchdogs keep silent."""

from __future__ import annotations

import mmap
import os
import signal
import struct
import warnings
from typing import Any

from .plan import Group, Plan

# Quiet, rank, item, and the number of the group that it waits for; -1 for none.
_ACTIVITY = struct.Struct("<qqqq")


class Watchdog:
    """Started before there are threads and before MPI, where the system can fork."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._groups = {id(group): index for index, group in enumerate(plan.groups)}
        self._shared: Any = bytearray(_ACTIVITY.size)
        self._values = [0, -1, -1, -1]
        if hasattr(os, "fork"):
            self._shared = mmap.mmap(-1, _ACTIVITY.size)
        self._write()
        if hasattr(os, "fork"):
            self._start()

    def _write(self) -> None:
        _ACTIVITY.pack_into(self._shared, 0, *self._values)

    def _start(self) -> None:
        reader, writer = os.pipe()
        with warnings.catch_warnings():
            # The child only waits and writes, so that threads of libraries, which it
            # does not have, are not missed.
            warnings.simplefilter("ignore", DeprecationWarning)
            child = os.fork()
        if child == 0:
            os.close(writer)
            self._watch(reader)
        os.close(reader)
        # The writing end stays open as long as this process lives.
        self._writer = writer
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._on_terminate)

    def _on_terminate(self, number: int, frame: Any) -> None:
        """Whoever asked this process to end knows why."""
        self.quiet()
        signal.signal(number, signal.SIG_DFL)
        os.kill(os.getpid(), number)

    def quiet(self) -> None:
        """The process will end in order, or somebody else has said why it does not."""
        self._values[0] = 1
        self._write()

    def at(self, rank: int | None = None, item: int | None = None) -> None:
        if rank is not None:
            self._values[1] = rank
        if item is not None:
            self._values[2] = item
        self._write()

    def waits_for(self, group: Group | None) -> None:
        self._values[3] = -1 if group is None else self._groups.get(id(group), -1)
        self._write()

    def _watch(self, reader: int) -> None:
        """The child."""
        # It outlives the group that mpirun ends, for the moment that it takes. The
        # parent may be stopped, and then not hear that it was asked to end.
        signal.signal(signal.SIGHUP, signal.SIG_IGN)
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: self._quiet_for_parent())
        try:
            while os.read(reader, 1):
                pass
            quiet, rank, item, group = _ACTIVITY.unpack_from(self._shared, 0)
            if not quiet:
                text = (f"onnx_split_run: error: {self._plan.describe_rank(rank)} ended without "
                        "a word: it was killed, or its memory ran out")
                if item >= 0:
                    text += f"; it was at item {item}"
                if 0 <= group < len(self._plan.groups):
                    text += f", waiting for {self._plan.describe_group(self._plan.groups[group])}"
                # One write, so that the lines of several processes do not mix.
                os.write(2, f"{text}\n".encode())
        finally:
            os._exit(0)

    def _quiet_for_parent(self) -> None:
        _ACTIVITY.pack_into(self._shared, 0, 1, *_ACTIVITY.unpack_from(self._shared, 0)[1:])
