"""How much of a core a thread gets. A device that does something else meanwhile looks
slower than it is: the time that a thread waited for a core although it could have run
tells, and what its control group allows tells how much of that is meant."""

from __future__ import annotations

import pathlib

from .clock import thread_cpu_ns

# A quota of 0.9 cores gives 0.8 to 0.89 where others want the rest.
_ENOUGH = 0.85


def _read(path: str) -> str:
    """A file of the system; empty where there is none."""
    try:
        return pathlib.Path(path).read_text(encoding="ascii", errors="replace").strip()
    except OSError:
        return ""


def _waited_ns() -> int | None:
    """How long the calling thread waited for a core: the scheduler's second figure."""
    figures = _read("/proc/thread-self/schedstat").split()
    return int(figures[1]) if len(figures) == 3 and figures[1].isdecimal() else None


class CoreShare:
    """Watches the calling thread from its construction on."""

    def __init__(self) -> None:
        self._waited, self._used = _waited_ns(), thread_cpu_ns()

    def get(self) -> float | None:
        """The part of a core that the thread had of the time in which it could have run.
        What another guest of the machine takes does not show. None where the system
        does not say."""
        waited, ran = _waited_ns(), thread_cpu_ns() - self._used
        if waited is None or self._waited is None or ran <= 0:
            return None
        return ran / (ran + max(0, waited - self._waited))


def parse_limit(quota: str, period: str) -> float | None:
    """Cores by the figures of a control group; None where they are no limit."""
    if not quota.isdecimal() or not period.isdecimal() or 0 in (int(quota), int(period)):
        return None
    return int(quota) / int(period)


def _limit_of(folder: str, is_second: bool) -> float | None:
    if not is_second:
        return parse_limit(_read(f"{folder}/cpu.cfs_quota_us"),
                           _read(f"{folder}/cpu.cfs_period_us"))
    figures = _read(f"{folder}/cpu.max").split()
    return parse_limit(*figures) if len(figures) == 2 else None


def allowed_cores() -> float | None:
    """Those that all threads of this process may use together by the limits of its
    control group and those above it; None where there is no limit."""
    limits = []
    for line in _read("/proc/self/cgroup").splitlines():
        # "0::/group" in version 2, "3:cpu,cpuacct:/group" in version 1.
        _, controllers, group = (line.split(":", 2) + ["", ""])[:3]
        if controllers and "cpu" not in controllers.split(","):
            continue
        root = "/sys/fs/cgroup" + (f"/{controllers}" if controllers else "")
        path = group.rstrip("/")
        # What holds for a group holds for those in it.
        while path:
            limit = _limit_of(root + path, is_second=not controllers)
            if limit is not None:
                limits.append(limit)
            path = path.rpartition("/")[0]
    return min(limits, default=None)


def warn_of_share(share: float | None, allowed: float | None, threads: int) -> str:
    """What is to be said where others had the cores meanwhile, or nothing."""
    if share is None:
        return ""
    expected = min(1.0, allowed / max(1, threads)) if allowed is not None else 1.0
    if share >= _ENOUGH * expected:
        return ""
    return (f"the board got {share:.2f} of a core where {expected:.2f} were to be had, so that "
            "its times are too long: something else runs there. End it, and measure again")
