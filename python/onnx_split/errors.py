"""What the program says is wrong, as exceptions with their place.

The program prints a diagnostic a line, `FILE:LINE:COLUMN: error: what`, with notes
on lines of their own below it. Control characters in names are escaped there, so
that a line is always one diagnostic.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

_LINE = re.compile(r"(?:(?P<where>.*?): )?(?P<severity>error|warning|note|remark): (?P<text>.*)")
# The file, perhaps with a place in it, and perhaps the name of a node behind it.
_WHERE = re.compile(
    r"(?P<file>.*?)(?::(?P<line>\d+):(?P<column>\d+))?(?:: (?P<name>.*))?", re.DOTALL)
# What stands in the place of a file where the command line is meant.
_PROGRAM = "onnx-split"


@dataclass(frozen=True)
class Diagnostic:
    """One message of the program.

    `line` and `column` count from 1; `column` counts bytes. `name` is the node or
    value that is meant, where the message has one in front of its text.
    """

    severity: str
    message: str
    file: str | None = None
    line: int | None = None
    column: int | None = None
    name: str | None = None
    notes: tuple[str, ...] = ()
    excerpt: str | None = None
    """The line of the file, where the file was made of Python objects."""

    @property
    def place(self) -> str:
        """`file:line:column`, as far as it is known."""
        if self.file is None:
            return ""
        return self.file if self.line is None else f"{self.file}:{self.line}:{self.column}"

    def __str__(self) -> str:
        text = ": ".join(filter(None, [self.place, self.name, self.message]))
        if self.excerpt is not None:
            text += f"\n    {self.excerpt}"
        return text + "".join(f"\n  note: {note}" for note in self.notes)


class OnnxSplitError(Exception):
    """The program ended without what was asked for.

    All errors that it printed are in `diagnostics`; the attributes are those of the
    first. `status` is the exit status, negative where a signal ended the program,
    and `output` all that it printed on standard error.
    """

    def __init__(self, diagnostics: Sequence[Diagnostic], status: int | None = None,
                 output: str = "") -> None:
        first = diagnostics[0]
        self.diagnostics = tuple(diagnostics)
        self.message = first.message
        """What is wrong and, where the program knows it, what would be right."""
        self.file = first.file
        """The file that is meant; None where it is the call itself. `<cluster>` and
        `<model>` are what was given as Python objects."""
        self.line = first.line
        self.column = first.column
        self.notes = first.notes
        """What else belongs to the first error, such as values to choose from."""
        self.status = status
        self.output = output
        super().__init__("\n".join(map(str, diagnostics)))

    @property
    def suggestion(self) -> str | None:
        """What was probably meant, where the program says "did you mean"."""
        found = re.search(r"did you mean '(.*?)'\?", self.message)
        return found[1] if found else None


class BadInput(OnnxSplitError):
    """Wrong usage, or a model, cluster or plan that cannot be used."""


class NoPlan(OnnxSplitError):
    """No plan exists, or none was found in time; the notes say what would help."""


class NotVerified(OnnxSplitError):
    """The parts do not give what the model gives. They are left where they are."""


class CannotWrite(OnnxSplitError):
    """The output folder or file could not be written."""


class ProgramNotFound(OnnxSplitError):
    """There is no program `onnx-split` where this package looks for it."""


_BY_STATUS = {1: BadInput, 2: NoPlan, 3: NotVerified, 4: CannotWrite}


def parse_diagnostics(text: str, names: Mapping[str, str]) -> list[Diagnostic]:
    """The errors and warnings in what was printed, each with its notes.

    `names` says how files are called whose paths nobody but this package knows;
    their lines are quoted.
    """
    found: list[Diagnostic] = []
    # Not splitlines, which also splits at characters that names may have.
    for line in text.split("\n"):
        match = _LINE.fullmatch(line)
        if not match:
            continue
        message = _rename(match["text"], names)
        if match["severity"] == "note" and found:
            found[-1] = replace(found[-1], notes=(*found[-1].notes, message))
            continue
        diagnostic = Diagnostic(match["severity"], message)
        where = _WHERE.fullmatch(match["where"] or _PROGRAM)
        if where and where["file"] != _PROGRAM:
            number = int(where["line"]) if where["line"] else None
            diagnostic = replace(
                diagnostic, file=_rename(where["file"], names), line=number,
                column=int(where["column"]) if where["column"] else None,
                name=where["name"], excerpt=_excerpt(where["file"], number, names))
        found.append(diagnostic)
    return found


def _rename(text: str, names: Mapping[str, str]) -> str:
    for path, name in names.items():
        text = text.replace(path, name)
    return text


def _excerpt(file: str, line: int | None, names: Mapping[str, str]) -> str | None:
    if line is None or file not in names:
        return None
    with open(file, encoding="utf-8") as lines:
        return next((text.strip() for number, text in enumerate(lines, 1) if number == line), None)


def error_of(status: int, output: str, names: Mapping[str, str]) -> OnnxSplitError:
    """The exception for an exit status other than 0."""
    errors = [one for one in parse_diagnostics(output, names) if one.severity == "error"]
    if not errors:
        lines = output.strip().splitlines()
        what = (f"onnx-split was ended by signal {-status}" if status < 0
                else f"onnx-split ended with status {status}")
        errors = [Diagnostic("error", lines[-1] if lines else what)]
    return _BY_STATUS.get(status, OnnxSplitError)(errors, status, output)
