"""Amounts for people: times, sizes and rates, with three digits as in the C++
programs."""

from __future__ import annotations

_TIME = ((1, "ns"), (10**3, "us"), (10**6, "ms"), (10**9, "s"))
_SI = tuple((1000**power, unit) for power, unit in enumerate(
    ("B", "kB", "MB", "GB", "TB", "PB", "EB")))
_IEC = tuple((1024**power, unit) for power, unit in enumerate(
    ("B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB")))
_RATE = tuple((1000**power, f"{unit}bit/s") for power, unit in enumerate(
    ("", "k", "M", "G", "T", "P", "E")))


def _rounded(value: int, size: int, decimals: int) -> int:
    """value / size, half up, in units of the last decimal."""
    return (2 * value * int(10**decimals) + size) // (2 * size)


def _format(value: int, scales: tuple[tuple[int, str], ...]) -> str:
    sign, value = "-" if value < 0 else "", abs(value)
    index = max(place for place, (size, _) in enumerate(scales) if value >= size or place == 0)
    if index == 0:
        return f"{sign}{value} {scales[0][1]}"
    # Rounding may carry into the next scale.
    if (index + 1 < len(scales)
            and _rounded(value, scales[index][0], 0) * scales[index][0] >= scales[index + 1][0]):
        index += 1
    size, unit = scales[index]
    decimals = 2
    while decimals > 0 and _rounded(value, size, decimals) >= 1000:
        decimals -= 1
    return f"{sign}{_rounded(value, size, decimals) / 10**decimals:.{decimals}f} {unit}"


def format_time(ns: int) -> str:
    return _format(ns, _TIME)


def format_bytes(bytes: int, si: bool = False) -> str:
    return _format(bytes, _SI if si else _IEC)


def format_bit_rate(bits_per_second: int) -> str:
    return _format(bits_per_second, _RATE)


def counted(count: int, noun: str) -> str:
    """"1 token", "2 tokens"."""
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def parse_duration(text: str) -> float:
    """Seconds of "60s", "5ms" and so on; 0 where it is no time above 0."""
    for unit, scale in (("us", 1e-6), ("ms", 1e-3), ("min", 60.0), ("s", 1.0)):
        if text.endswith(unit):
            try:
                number = float(text[:-len(unit)])
            except ValueError:
                return 0
            return number * scale if 0 < number < 1e6 else 0
    return 0
