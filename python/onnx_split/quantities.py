"""Quantities and names for people, as the program prints them."""

from __future__ import annotations

from collections.abc import Sequence

_DECIMAL = ["", "k", "M", "G", "T", "P", "E"]
_BINARY = ["B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"]
_TIMES = ["ns", "us", "ms", "s"]


def _scaled(value: int, step: int, units: list[str]) -> str:
    """Three digits, and all of a number that has no unit above the first."""
    size, index = 1, 0
    # What rounds to a thousand belongs to the next unit.
    while index + 1 < len(units) and (value >= size * step or
                                      index and round(value / size) >= step):
        size, index = size * step, index + 1
    if index == 0:
        return f"{value} {units[0]}".strip()
    number = value / size
    digits = next((digits for digits in (2, 1) if round(number, digits) < 10 ** (3 - digits)), 0)
    return f"{number:.{digits}f} {units[index]}"


def format_time(nanoseconds: int) -> str:
    return _scaled(nanoseconds, 1000, _TIMES)


def format_bytes(count: int, is_si: bool) -> str:
    if is_si:
        return _scaled(count, 1000, ["B", *(f"{prefix}B" for prefix in _DECIMAL[1:])])
    return _scaled(count, 1024, _BINARY)


def format_count(count: int) -> str:
    return _scaled(count, 1000, _DECIMAL)


def format_rate(per_second: float) -> str:
    return f"{per_second:.3g} items/s" if per_second < 10 else f"{per_second:.1f} items/s"


# Longer names would push out of sight what stands behind them.
_MOST_CHARACTERS = 60
_MOST_NAMES = 3


def harmless(name: str) -> str:
    """Names come from files and may hold anything; a terminal must not obey it."""
    return "".join(one if one.isprintable() else
                   f"\\x{ord(one):02x}" if ord(one) < 256 else f"\\u{ord(one):04x}"
                   for one in name)


def shortened(text: str) -> str:
    return text if len(text) <= _MOST_CHARACTERS else text[: _MOST_CHARACTERS - 1] + "…"


def first_of(names: Sequence[str]) -> str:
    """The first few of many, with dots for the others."""
    text = ", ".join(shortened(harmless(name)) for name in names[:_MOST_NAMES])
    return text + ", ..." if len(names) > _MOST_NAMES else text
