"""MPI: loading it, and what all ranks do together before and after a run. Ranks wait
for each other without spinning."""

from __future__ import annotations

import pickle
import pathlib
from types import ModuleType
from typing import Any

import numpy

from .clock import now
from .errors import RunError, describe
from .launch import started_size
from .waker import Waker

# Loading a large part from a slow card takes its time; ranks wait that long for each
# other, in seconds.
START_SECONDS = 600.0

# Bytes of each rank's text in what onnx-split-run exchanges before a run. This runner
# does the same, so that either finds the other out.
_TEXT_BYTES = 1024
_CLOCK_TAG, _FAILURE_TAG, _FIGURES_TAG = 2, 4, 5


def load_mpi() -> ModuleType:
    """mpi4py's module `MPI`, started. An error where it, or MPI itself, is missing."""
    try:
        import mpi4py
    except ImportError:
        raise RunError("mpi4py is not installed for this Python (package mpi4py); --local runs "
                       "all stages in this process without it") from None
    # One thread calls MPI, another one computes.
    mpi4py.rc.thread_level = "funneled"
    mpi4py.rc.finalize = False
    try:
        from mpi4py import MPI
    except (ImportError, RuntimeError) as error:
        raise RunError("mpi4py finds no MPI library: install Open MPI (openmpi-bin of Debian, or "
                       "the package openmpi), or run with --local, which needs none; it says: "
                       f"{describe(error)}") from None
    if MPI.COMM_WORLD.Get_size() == 1 and started_size() > 1:
        raise RunError(f"mpirun has started {started_size()} processes, but mpi4py's MPI library "
                       f"knows of one: they are of two MPIs ({MPI.Get_library_version()[:40]!r}); "
                       "start with the mpirun of that library")
    return MPI


class World:
    """All ranks, with communicators of their own for what they tell each other, for
    wires, whose tags are what the plan says, and for tokens."""

    def __init__(self, mpi: ModuleType) -> None:
        self.mpi = mpi
        world = mpi.COMM_WORLD
        self.comm, self.wires, self.tokens = (world.Dup() for _ in range(3))
        for one in (self.comm, self.wires, self.tokens):
            # A peer that is gone shows as an error here before mpirun ends this rank.
            one.Set_errhandler(mpi.ERRORS_RETURN)
        self.rank, self.size = world.Get_rank(), world.Get_size()
        self.local_ranks = 1

    def count_local_ranks(self) -> None:
        """Those of this host, `local_ranks` from now on. Collective."""
        shared = self.mpi.COMM_WORLD.Split_type(self.mpi.COMM_TYPE_SHARED)
        self.local_ranks = shared.Get_size()
        shared.Free()

    def waker(self) -> Waker:
        return Waker(over_sockets=self.local_ranks == 1)

    def wait(self, request: Any, seconds: float = START_SECONDS) -> bool:
        """False where the time was too short."""
        waker, end = self.waker(), now() + int(seconds * 1e9)
        while not request.Test():
            if now() > end:
                return False
            waker.wait(progressed=False, sending=True)
        return True

    def gather_texts(self, text: str) -> list[str]:
        """Those of all ranks, cut off where they are long, on all ranks."""
        mine = numpy.zeros(_TEXT_BYTES, "uint8")
        content = text.encode()[:_TEXT_BYTES - 1]
        mine[:len(content)] = numpy.frombuffer(content, "uint8")
        everyone = numpy.zeros((self.size, _TEXT_BYTES), "uint8")
        char = self.mpi.CHAR
        if not self.wait(self.comm.Iallgather([mine, char], [everyone, _TEXT_BYTES, char])):
            raise RunError(f"waited {START_SECONDS:.0f} s for the others to load their parts")
        return [bytes(row).split(b"\0")[0].decode(errors="replace") for row in everyone]

    def meet(self) -> None:
        if not self.wait(self.comm.Ibarrier()):
            raise RunError("the others did not get ready")

    def share_number(self, number: int) -> int:
        """That of rank 0, on all ranks."""
        room = numpy.array([number], "int64")
        if not self.wait(self.comm.Ibcast(room, 0)):
            raise RunError("the others did not get ready")
        return int(room[0])

    def gather(self, value: Any) -> list[Any]:
        """Those of all ranks on rank 0, by rank; nothing elsewhere."""
        if self.rank != 0:
            content = numpy.frombuffer(pickle.dumps(value), "uint8")
            self.wait(self.comm.Isend([content, self.mpi.BYTE], 0, _FIGURES_TAG))
            return []
        values = [value]
        waker, status = self.waker(), self.mpi.Status()
        for source in range(1, self.size):
            while not self.comm.Iprobe(source, _FIGURES_TAG, status):
                waker.wait(progressed=False, sending=True)
            room = numpy.empty(status.Get_count(self.mpi.BYTE), "uint8")
            self.wait(self.comm.Irecv([room, self.mpi.BYTE], source, _FIGURES_TAG))
            values.append(pickle.loads(room.tobytes()))
        return values

    def clock_offset(self) -> int:
        """What is added to this host's clock for that of rank 0, in nanoseconds. Ranks of
        one host read the same clock, and any measurement is worse."""
        hosts = self.gather_texts(_boot_of_host())
        offset = 0
        for other in range(1, self.size):
            if hosts[0] and hosts[other] == hosts[0]:
                continue
            if self.rank == 0:
                self._answer_clock(other)
            elif self.rank == other:
                offset = self._ask_clock()
        return offset

    def _answer_clock(self, other: int, rounds: int = 20) -> None:
        room = numpy.zeros(1, "int64")
        for _ in range(rounds):
            self.comm.Recv(room, other, _CLOCK_TAG)
            room[0] = now()
            self.comm.Send(room, other, _CLOCK_TAG)

    def _ask_clock(self, rounds: int = 20) -> int:
        """The round that took least tells most: half of it is the way there."""
        room = numpy.zeros(1, "int64")
        best, offset = 2**63, 0
        for _ in range(rounds):
            sent = now()
            room[0] = sent
            self.comm.Send(room, 0, _CLOCK_TAG)
            self.comm.Recv(room, 0, _CLOCK_TAG)
            took = now() - sent
            if took < best:
                best, offset = took, int(room[0]) - (sent + took // 2)
        return offset

    def is_known_to_others(self, since: int) -> bool:
        """Whether another rank noticed before this one that the run has failed. Where one
        stops, all others wait for something before long; the one that began to wait
        first is the one beside it. `since` is on the clock of rank 0."""
        mine = numpy.array([since], "int64")
        requests = [self.comm.Isend(mine, other, _FAILURE_TAG)
                    for other in range(self.size) if other != self.rank]
        waker, status, theirs = self.waker(), self.mpi.Status(), numpy.zeros(1, "int64")
        end = now() + 300_000_000
        while now() < end:
            if not self.comm.Iprobe(self.mpi.ANY_SOURCE, _FAILURE_TAG, status):
                waker.wait(progressed=False, sending=bool(requests))
                continue
            source = status.Get_source()
            self.comm.Recv(theirs, source, _FAILURE_TAG)
            if (int(theirs[0]), source) < (since, self.rank):
                return True
        return False

    def abort(self) -> None:
        """Ends all ranks."""
        self.comm.Abort(1)


def _boot_of_host() -> str:
    """Tells hosts apart, whatever they are called, and one from itself after a restart.
    Empty where the system does not say."""
    try:
        return pathlib.Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    except OSError:
        return ""

