"""Files that are given to the program, some of which this package has made."""

from __future__ import annotations

import os
import shutil
import tempfile
import weakref
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path


class TemporaryFolder:
    """A folder that goes away with this object, or as the block of `with` ends."""

    def __init__(self) -> None:
        self.path = Path(tempfile.mkdtemp(prefix="onnx-split-"))
        self._remove = weakref.finalize(self, shutil.rmtree, self.path, ignore_errors=True)

    def __enter__(self) -> Path:
        return self.path

    def __exit__(self, *_: object) -> None:
        self._remove()


@dataclass(frozen=True)
class GivenFile:
    """A file for the program."""

    path: str
    folder: TemporaryFolder | None = None
    """Where this package has made it: goes away with the last who needs it."""
    names: Mapping[str, str] = field(default_factory=dict)
    """How messages call what lies at paths that nobody else knows."""

    @classmethod
    def made(cls, folder: TemporaryFolder, file: str, name: str) -> GivenFile:
        """A file in such a folder, which messages call `name`; they leave the folder
        out of the names of others there."""
        path = str(folder.path / file)
        return cls(path, folder, {path: name, f"{folder.path}{os.sep}": ""})

    @property
    def argument(self) -> str:
        """The path as an argument, never taken for an option or a list of such."""
        return f"./{self.path}" if self.path.startswith(("-", "@")) else self.path
