"""Waiting without spinning. MPI's own waiting functions ask again and again, which
takes the time of whoever computes on the same cores."""

from __future__ import annotations

import os
import select
import socket
import stat
import threading
import time
import weakref

# Seconds between two looks where shared memory may bring something: the first is as
# long as a switch of processes takes, the last is what a wait may cost. A look takes
# some 20 us of this interpreter.
_SHORTEST, _LONGEST = 20e-6, 1e-3
# Where sockets say when, just in case; and while MPI sends, as the socket takes more.
_QUIET, _SENDING = 20e-3, 2e-3
# A message comes in packets, of which each would be a look: those of so long are taken
# together.
_GATHER = 1e-3
# Connections are made when they are first used.
_SEARCH = 1.0


class Waker:
    """`over_sockets`: no peer is on this host, so that everything comes over sockets,
    for which the system can wait."""

    def __init__(self, over_sockets: bool) -> None:
        self._sockets = over_sockets and os.path.isdir("/proc/self/fd")
        # Held until somebody rings: a lock waits for microseconds where others round.
        self._bell = threading.Lock()
        self._bell.acquire()
        # Looks in a row that found nothing.
        self._idle = 0
        # A look at MPI reads what has come, and only the next one finds it.
        self._looks_again = False
        self._next_search = 0.0
        if self._sockets:
            self._reader, self._writer = os.pipe()
            for end in (self._reader, self._writer):
                os.set_blocking(end, False)
                weakref.finalize(self, os.close, end)
            self._poll = select.poll()
            self._poll.register(self._reader, select.POLLIN)
            self._known: set[int] = set()

    def notify(self) -> None:
        """Ends a wait; for other threads."""
        if self._sockets:
            try:
                os.write(self._writer, b"!")
            except BlockingIOError:
                pass
            return
        try:
            self._bell.release()
        except RuntimeError:
            # It has rung already.
            pass

    def _find_sockets(self) -> None:
        """Streams that are connected to another host, not to a program of this one."""
        for entry in os.listdir("/proc/self/fd"):
            number = int(entry)
            if number in self._known:
                continue
            try:
                # A socket object closes what it is made of, and cannot be made of a file.
                if not stat.S_ISSOCK(os.fstat(number).st_mode):
                    continue
                with socket.socket(fileno=os.dup(number)) as stream:
                    if stream.type == socket.SOCK_STREAM and stream.family in (
                            socket.AF_INET, socket.AF_INET6) and stream.getpeername():
                        self._known.add(number)
                        self._poll.register(number, select.POLLIN)
            except OSError:
                continue

    def wait(self, progressed: bool, sending: bool = False) -> None:
        """Waits until something may have happened. `progressed`: the last look at MPI
        found something; `sending`: MPI may have something that its sockets did not
        take."""
        if progressed:
            self._idle = 0
            return
        if not self._sockets:
            longest = min(_LONGEST, _SHORTEST * 2**min(self._idle, 6))
            self._idle += 1
            if self._bell.acquire(timeout=longest):
                self._idle = 0
            return
        if time.monotonic() >= self._next_search:
            self._find_sockets()
            self._next_search = time.monotonic() + _SEARCH
        if self._looks_again:
            self._looks_again = False
            return
        self._idle += 1
        ready = [number for number, _ in
                 self._poll.poll(1e3 * (_SENDING if sending else _QUIET))]
        if self._reader in ready:
            self._idle = 0
            os.read(self._reader, 4096)
            return
        if ready and self._idle > 1:
            time.sleep(_GATHER)
        self._looks_again = bool(ready)
