"""The ends of messages over MPI, for the thread that communicates. A long message is
several of MPI's, in order under one tag, so that a link does not pause in between."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy

from .clock import now
from .errors import RunError, describe
from .exchange import SLOTS
from .memory import Memory, allocate, value_bytes
from .message import (HEADER_BYTES, FixedLayout, Header, front_bytes, lay_out, pack, read_header,
                      read_table, unpack, write_header)
from .mpi import World
from .plan import Group, Plan
from .samples import Samples

# Below Open MPI's limit for TCP, 64 KiB with its own header. Messages of more than 4 MiB
# have large pieces: where ranks share memory, Open MPI moves some KiB of each at a look.
_PIECE, _LARGE, _LARGE_PIECE = 60 * 1024, 4 << 20, 1 << 20


def _step(bytes: int) -> int:
    """Of the pieces of so many bytes."""
    return _LARGE_PIECE if bytes > _LARGE else _PIECE


def _pieces(buffer: numpy.ndarray) -> list[numpy.ndarray]:
    step = _step(buffer.size)
    return [buffer[start:start + step] for start in range(0, buffer.size, step)]


class _Requests:
    """Those of one slot. Of buffers that never move they are made once for each peer,
    and started anew for each message."""

    def __init__(self, world: World, tag: int) -> None:
        self.world, self.tag = world, tag
        self.active: list[Any] = []
        self._kept: dict[int, list[Any]] = {}

    def start_kept(self, peer: int, buffer: numpy.ndarray, sends: bool) -> int:
        """Starts the message, and returns of how many of MPI's it is made."""
        if peer not in self._kept:
            self._kept[peer] = [self._make(index, piece, peer, sends)
                                for index, piece in enumerate(_pieces(buffer))]
        self.active = self._kept[peer]
        self.world.mpi.Prequest.Startall(self.active)
        return len(self.active)

    def _make(self, index: int, piece: numpy.ndarray, peer: int, sends: bool) -> Any:
        comm = self.world.wires
        # A send ends when its receiver has begun to take the message: a slow one would
        # otherwise find any number in its memory, and the plan knows of two.
        make = (comm.Recv_init if not sends else comm.Ssend_init if index == 0
                else comm.Send_init)
        return make([piece, self.world.mpi.BYTE], peer, self.tag)

    def send(self, peer: int, buffer: numpy.ndarray, front: int) -> int:
        """One of open size, whose first piece has header and table, `front` bytes."""
        comm, byte = self.world.wires, self.world.mpi.BYTE
        first = max(front, min(_step(buffer.size), buffer.size))
        self.active = [comm.Issend([buffer[:first], byte], peer, self.tag)]
        self.active += [comm.Isend([piece, byte], peer, self.tag)
                        for piece in _pieces(buffer[first:])]
        return len(self.active)

    def receive(self, peer: int, room: numpy.ndarray) -> None:
        self.active = [self.world.wires.Irecv([piece, self.world.mpi.BYTE], peer, self.tag)
                       for piece in _pieces(room)]

    def is_done(self) -> bool:
        return not self.active or bool(self.world.mpi.Request.Testall(self.active))


class End:
    """What both ends of a group share. `peer_of` gives the rank at the other end, by
    item."""

    def __init__(self, world: World, plan: Plan, group: Group,
                 peer_of: Callable[[int], int]) -> None:
        self.world, self.plan, self.group, self.peer_of = world, plan, group, peer_of
        self.layout: FixedLayout | None = lay_out(plan, group)
        self.buffers: list[numpy.ndarray] = []
        if self.layout is not None:
            try:
                self.buffers = [allocate(self.layout.bytes) for _ in range(SLOTS)]
            except MemoryError:
                raise RunError(f"no memory for the buffers of {plan.describe_group(group)}"
                               ) from None
        self.requests = [_Requests(world, group.tag) for _ in range(SLOTS)]

    def fail(self, what: str) -> RunError:
        return RunError(f"{what} over {self.plan.describe_group(self.group)}")

    def is_done(self, slot: int) -> bool:
        try:
            return self.requests[slot].is_done()
        except self.world.mpi.Exception as error:
            raise self.fail(f"MPI reports that a transfer failed ({describe(error)})") from None

    def views(self, slot: int) -> dict[str, Memory]:
        """Of a message of known size, by wire."""
        assert self.layout is not None
        return {wire.name: self.layout.view(self.buffers[slot], index)
                for index, wire in enumerate(self.group.wires)}


class InEnd(End):
    """Where a message is received."""

    def __init__(self, world: World, plan: Plan, group: Group, peer_of: Callable[[int], int],
                 kinds: Sequence[str]) -> None:
        super().__init__(world, plan, group, peer_of)
        self._kinds = kinds
        # Local items whose receive has begun, and which are there.
        self.posted = self.arrived = 0
        # When it last came to wait for an item, or got one.
        self.since = 0
        self.first_counted = 0
        self.transfer_ns, self.payload_bytes = Samples(), 0
        # Called with item, and when it was sent and arrived, on the clock of rank 0.
        self.on_receive: Callable[[int, int, int], None] | None = None
        self._fixed = ([self.views(slot) for slot in range(SLOTS)]
                       if self.layout is not None else [])
        # Of open size, by slot: the first piece, what its table says, and the values.
        self._fronts: list[numpy.ndarray | None] = [None] * SLOTS
        self._entries: list[Any] = [None] * SLOTS
        self._rooms: list[Any] = [None] * SLOTS

    def post(self, end: int, item_of: Callable[[int], int]) -> None:
        """Begins to receive local items up to `end`, exclusively."""
        while self.posted < end:
            if self.posted == self.arrived:
                self.since = now()
            # One of open size is looked for until it is there.
            if self.layout is not None:
                slot = self.posted % SLOTS
                self.requests[slot].start_kept(self.peer_of(item_of(self.posted)),
                                               self.buffers[slot], sends=False)
            self.posted += 1

    def _look_for_open(self, slot: int, peer: int) -> bool:
        """Whether a message of open size is there as a whole. Its front says how long the
        rest is, which is asked for only then."""
        world = self.world
        if self._fronts[slot] is None:
            status = world.mpi.Status()
            message = world.wires.Improbe(peer, self.group.tag, status)
            if message is None:
                return False
            self._fronts[slot] = allocate(status.Get_count(world.mpi.BYTE))
            self.requests[slot].active = [message.Irecv([self._fronts[slot], world.mpi.BYTE])]
        if not self.is_done(slot):
            return False
        if self._entries[slot] is not None:
            return True
        self._begin_values(slot, peer)
        return self.is_done(slot)

    def _begin_values(self, slot: int, peer: int) -> None:
        """Takes memory for the values, once the table accounts for it, and begins to
        receive those that were not in the first piece."""
        begun = self._fronts[slot]
        assert begun is not None
        header = read_header(begun) if begun.size >= HEADER_BYTES else None
        if header is None:
            raise self.fail("something that is no message of onnx_split_run came")
        try:
            self._entries[slot] = read_table(header, begun, len(self.group.wires))
        except RunError as error:
            raise self.fail(f"{error} came") from None
        there = begun[front_bytes(header):]
        if there.size >= header.value_bytes:
            self._rooms[slot] = there
            return
        self._rooms[slot] = allocate(header.value_bytes)
        self._rooms[slot][:there.size] = there
        self.requests[slot].receive(peer, self._rooms[slot][there.size:])

    def progress(self, offset: int, item_of: Callable[[int], int]) -> bool:
        """Looks for what is under way; items arrive in their order. True if one did."""
        any = False
        while self.arrived < self.posted:
            slot, item = self.arrived % SLOTS, item_of(self.arrived)
            if self.layout is None:
                if not self._look_for_open(slot, self.peer_of(item)):
                    return any
            elif not self.is_done(slot):
                return any
            self._finish(slot, item, offset)
            any = True
        return any

    def _finish(self, slot: int, item: int, offset: int) -> None:
        """Checks what came against what was due, and counts it."""
        front = self.buffers[slot] if self.layout is not None else self._fronts[slot]
        assert front is not None
        header, time = read_header(front), now()
        if header is None:
            raise self.fail("something that is no message of onnx_split_run came")
        if header.item != item:
            raise self.fail(f"item {header.item} came where item {item} was due")
        if self.layout is not None and header.value_bytes != self.layout.bytes - HEADER_BYTES:
            raise self.fail(f"a message of {header.value_bytes} bytes came where "
                            f"{self.layout.bytes - HEADER_BYTES} were due")
        if self.arrived >= self.first_counted:
            self.transfer_ns.add(max(0, time + offset - header.sent_ns))
            self.payload_bytes += (self.layout.payload_bytes if self.layout is not None
                                   else sum(one.bytes for one in self._entries[slot]))
        if self.on_receive is not None:
            self.on_receive(item, header.sent_ns, time + offset)
        self.since = time
        self.arrived += 1

    def take(self, slot: int) -> Mapping[str, Any]:
        """What has arrived, by wire; for the thread that computes."""
        if self.layout is not None:
            return self._fixed[slot]
        try:
            values = unpack(self._entries[slot], self._rooms[slot], self._kinds)
        except RunError as error:
            raise self.fail(f"{error} came") from None
        # The memory goes with the values.
        self._fronts[slot] = self._entries[slot] = self._rooms[slot] = None
        return {wire.name: value for wire, value in zip(self.group.wires, values)}


class OutEnd(End):
    """Where a message is sent."""

    def __init__(self, world: World, plan: Plan, group: Group, peer_of: Callable[[int], int],
                 taken: set[str]) -> None:
        """`taken` has the outputs that the part computes into another message; what it
        computes into this one is added."""
        super().__init__(world, plan, group, peer_of)
        # Local items of which the send has begun, and has ended.
        self.started = self.sent = 0
        self.since = [0] * SLOTS
        self.messages = 0
        self._packed: list[numpy.ndarray | None] = [None] * SLOTS
        self._views = ([self.views(slot) for slot in range(SLOTS)]
                       if self.layout is not None else [])
        self._in_place = ({wire.name for wire in group.wires} - taken
                          if self.layout is not None else set())
        taken |= self._in_place

    def targets(self, slot: int) -> dict[str, Memory]:
        """What the part computes into this message, by output."""
        if not self._in_place:
            return {}
        return {name: view for name, view in self._views[slot].items() if name in self._in_place}

    def pack(self, slot: int, outputs: Mapping[str, Any], in_place: bool) -> None:
        """Copies what was computed elsewhere to where it is sent from; for the thread that
        computes. `in_place`: outputs were computed into their targets."""
        if self.layout is None:
            names = [wire.name for wire in self.group.wires]
            try:
                self._packed[slot] = pack([outputs[name] for name in names], names)
            except (RunError, MemoryError) as error:
                raise self.fail(describe(error)) from None
            return
        for name, view in self._views[slot].items():
            if in_place and name in self._in_place:
                continue
            value = outputs[name]
            data = (numpy.ascontiguousarray(value).reshape(-1).view("uint8")
                    if isinstance(value, numpy.ndarray) else value_bytes(value))
            if data.size != view.bytes:
                raise self.fail(f"'{name}' has {data.size} bytes where the plan says {view.bytes}")
            view.array()[:] = data

    def send(self, local: int, item: int, offset: int) -> None:
        """Starts the send of a local item."""
        slot = local % SLOTS
        self.since[slot] = now()
        peer, time = self.peer_of(item), self.since[slot] + offset
        if self.layout is not None:
            write_header(self.buffers[slot], Header(
                0, item, time, self.layout.bytes - HEADER_BYTES))
            self.messages += self.requests[slot].start_kept(peer, self.buffers[slot], sends=True)
        else:
            packed = self._packed[slot]
            assert packed is not None
            header = read_header(packed)
            assert header is not None
            write_header(packed, dataclasses.replace(header, item=item, sent_ns=time))
            self.messages += self.requests[slot].send(peer, packed, front_bytes(header))
        self.started = local + 1

    def progress(self) -> bool:
        """Counts the items that have left, in their order. True if one did."""
        any = False
        while self.sent < self.started and self.is_done(self.sent % SLOTS):
            self.sent += 1
            any = True
        return any
