"""Command lines: what is wrong with one is a RunError, and an option that takes one
value is given once."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from typing import Any, NoReturn

from .errors import RunError


class _Once(argparse.Action):
    """Stores the value of an option, or that a flag is there. argparse would let the
    last one of several count."""

    def __init__(self, *arguments: Any, is_flag: bool = False, **settings: Any) -> None:
        if is_flag:
            settings |= {"nargs": 0, "default": False}
        super().__init__(*arguments, **settings)
        self._given = False

    def __call__(self, parser: argparse.ArgumentParser, namespace: argparse.Namespace,
                 values: str | Sequence[Any] | None, option_string: str | None = None) -> None:
        if option_string is not None and self._given:
            raise RunError(f"{option_string} is given more than once, but counts once")
        self._given = True
        setattr(namespace, self.dest, True if self.nargs == 0 else values)


def _flag(*arguments: Any, **settings: Any) -> argparse.Action:
    return _Once(*arguments, is_flag=True, **settings)


class Parser(argparse.ArgumentParser):
    """Of one command line. It leaves it to the caller which process says what is wrong,
    and the exit status is that of wrong usage of this project's programs."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(allow_abbrev=False, **settings)
        self.register("action", None, _Once)
        self.register("action", "store", _Once)
        self.register("action", "store_true", _flag)

    def error(self, message: str) -> NoReturn:
        raise RunError(f"{message}; --help has all options")
