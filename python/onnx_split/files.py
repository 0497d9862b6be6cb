"""Files that are given to the program, some of which this package has made."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class GivenFile:
    """A file for the program."""

    path: str
    folder: tempfile.TemporaryDirectory[str] | None = None
    """Where this package has made it: goes away with the last who needs it."""
    names: Mapping[str, str] = field(default_factory=dict)
    """How messages call what lies at paths that nobody else knows."""

    @property
    def argument(self) -> str:
        """The path as an argument, never taken for an option or a list of such."""
        return f"./{self.path}" if self.path.startswith(("-", "@")) else self.path
