"""Figures of many items."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence


class Samples:
    """The mean of all, and the median of the last few thousand, in memory that does
    not grow."""

    def __init__(self) -> None:
        self._last: deque[int] = deque(maxlen=4096)
        self._sum = 0
        self.count = 0

    def add(self, value: int) -> None:
        self._last.append(value)
        self._sum += value
        self.count += 1

    @property
    def mean(self) -> int:
        return self._sum // self.count if self.count else 0

    @property
    def median(self) -> int:
        return sorted(self._last)[len(self._last) // 2] if self._last else 0


def percentile(ordered: Sequence[int], percent: float) -> int:
    """The value that so many of the sorted values do not pass."""
    if not ordered:
        return 0
    index = int(percent / 100 * (len(ordered) - 1) + 0.5)
    return ordered[min(index, len(ordered) - 1)]
