"""What a plan was asked for, and calls of the program about it."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Union

from . import program
from .cluster import Cluster
from .files import GivenFile, TemporaryFolder
from .options import Options

if TYPE_CHECKING:
    import onnx

Model = Union[str, "os.PathLike[str]", "onnx.ModelProto"]
AnyCluster = Union[str, "os.PathLike[str]", Mapping[str, Any], Cluster]


@dataclass(frozen=True)
class Request:
    """What a plan was asked for, so that more can be asked about it."""

    model: GivenFile
    cluster: GivenFile
    options: Options
    folder: Path
    """The current folder of then, from which relative paths count."""
    scratch: TemporaryFolder = field(default_factory=TemporaryFolder)
    """Files of arrays that are options."""

    @cached_property
    def option_arguments(self) -> list[str]:
        """The same words each time: a saved plan is compared with them."""
        return self.options.as_arguments(self.scratch.path)

    def run(self, *arguments: str, plan: str | None = None) -> program.Finished:
        """Calls the program with further arguments, to apply the text of a
        plan.json or, without one, to plan."""
        with TemporaryFolder() as scratch:
            given = []
            file = scratch / "plan.json"
            if plan is not None:
                file.write_text(plan, encoding="utf-8")
                given = [f"--plan={file}"]
            names = {**self.model.names, **self.cluster.names, str(file): "<plan>"}
            return program.run(
                [self.model.argument, f"--devices={self.cluster.path}", *given,
                 *self.option_arguments, *arguments],
                folder=self.folder, names=names)
