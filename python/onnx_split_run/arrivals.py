"""When items come that do not wait for the pipeline. Times are nanoseconds since the
run began."""

from __future__ import annotations

import math
from collections import deque

from .random_values import MersenneTwister64

# So slow a rate that its items never come.
_NEVER = 4e18


class ArrivalTimes:
    """When items are due; equal arguments give equal times. `rate` is in items/s."""

    def __init__(self, kind: str, rate: float, seed: int) -> None:
        self._periodic = kind == "periodic"
        self._gap = 1e9 / rate
        self._random = MersenneTwister64(seed)
        self._last, self._time = -1, 0.0

    def at(self, item: int) -> int:
        """Of item number `item`, which may not fall from one call to the next."""
        while self._last < item:
            self._last += 1
            if self._periodic:
                self._time = self._last * self._gap
            else:
                unit = float((self._random.next() >> 11) + 1) / 2.0**53
                self._time -= self._gap * math.log(unit)
        return int(min(self._time, _NEVER))


class ArrivalQueue:
    """The items in front of the first stage, of which at most `limit` wait. It is
    looked at only when the stage takes one: between two such looks nothing leaves."""

    def __init__(self, times: ArrivalTimes, limit: int) -> None:
        self._times, self._limit = times, limit
        self._waiting: deque[int] = deque()
        self._next = 0
        self.lost = 0

    def take(self, now: int) -> int:
        """When the item was due that the stage takes, being free since `now`. That is
        not before `now` where none waits: the stage is to wait for it."""
        while self._times.at(self._next) < now:
            if len(self._waiting) < self._limit:
                self._waiting.append(self._times.at(self._next))
            else:
                self.lost += 1
            self._next += 1
        if self._waiting:
            return self._waiting.popleft()
        self._next += 1
        return self._times.at(self._next - 1)
