"""Finding and calling the program `onnx-split`."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sysconfig
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from .errors import Diagnostic, ProgramNotFound, error_of, parse_diagnostics

_VARIABLE = "ONNX_SPLIT_PROGRAM"
_NAME = "onnx-split"


def find_program() -> str:
    """The path of the program: what the environment variable ONNX_SPLIT_PROGRAM
    says, else the one that the wheel put beside Python, else that of PATH.

    Raises ProgramNotFound.
    """
    told = os.environ.get(_VARIABLE)
    if told:
        if not os.access(told, os.X_OK):
            raise ProgramNotFound([Diagnostic(
                "error", f"the environment variable {_VARIABLE} names '{told}', "
                         "which is no program that can be run")])
        return told
    # Of an installation for all, of a virtual environment, and of one user.
    folders = {sysconfig.get_path("scripts"),
               sysconfig.get_path("scripts", sysconfig.get_preferred_scheme("user"))}
    program = shutil.which(_NAME, path=os.pathsep.join(sorted(folders)))
    program = program or shutil.which(_NAME)
    if program is None:
        raise ProgramNotFound([Diagnostic(
            "error", "the program 'onnx-split' is neither beside Python nor on PATH",
            notes=(f"the environment variable {_VARIABLE} can name it: "
                   f"{_VARIABLE}=/path/to/onnx-split",))])
    return program


def version() -> str:
    """What `onnx-split --version` prints: its version, and those of its libraries."""
    return run(["--version"]).output


@dataclass(frozen=True)
class Finished:
    """A call of the program that succeeded."""

    output: str
    """Standard output."""
    errors: str
    """Standard error, whole."""
    warnings: tuple[Diagnostic, ...]
    interrupted: bool
    """Whether Ctrl-C was passed on to it."""


class _PassedOn:
    """Ctrl-C of this process, which goes to another one instead; the second is a
    KeyboardInterrupt. Between two lines an exception could leave the other process
    behind, as while it starts, so that a handler takes the first.

    Does nothing where interrupts are no KeyboardInterrupt anyway: outside of the main
    thread, and with a handler of somebody else.
    """

    def __init__(self) -> None:
        self.count = 0
        self._process: subprocess.Popen[bytes] | None = None
        # Taken by whoever sends it.
        self._unsent = [signal.SIGINT]
        self._is_used = (threading.current_thread() is threading.main_thread()
                         and signal.getsignal(signal.SIGINT) is signal.default_int_handler)

    def __enter__(self) -> _PassedOn:
        if self._is_used:
            signal.signal(signal.SIGINT, self._take)
        return self

    def __exit__(self, *_: object) -> None:
        if self._is_used:
            signal.signal(signal.SIGINT, signal.default_int_handler)

    def to(self, process: subprocess.Popen[bytes]) -> None:
        """That it goes to from now on; what came before goes to it as well."""
        self._process = process
        if self.count:
            self._send(process)

    def _take(self, *_: object) -> None:
        self.count += 1
        if self.count > 1:
            raise KeyboardInterrupt
        if self._process is not None:
            self._send(self._process)

    def _send(self, process: subprocess.Popen[bytes]) -> None:
        try:
            process.send_signal(self._unsent.pop())
        except IndexError:
            pass


def run(arguments: Sequence[str], *, folder: Path | None = None,
        names: Mapping[str, str] | None = None) -> Finished:
    """Calls the program in `folder` and waits for it.

    Ctrl-C is passed on: the program then ends with the best plan so far, which is
    returned as any other. Where it has none yet, or at a second Ctrl-C,
    KeyboardInterrupt is raised as usual.

    Raises OnnxSplitError for another exit status than 0.
    """
    command = [find_program(), *arguments]
    process = None
    with _PassedOn() as passed:
        try:
            # In a session of its own it only gets the interrupts that are passed on
            # here, each once, on a terminal as in a notebook.
            process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                stderr=subprocess.PIPE, cwd=folder, start_new_session=True)
            passed.to(process)
            output, errors = process.communicate()
        finally:
            if process is not None and process.poll() is None:
                process.kill()
                process.wait()
    interrupted = passed.count > 0
    text = errors.decode("utf-8", "replace")
    if process.returncode:
        if interrupted:
            raise KeyboardInterrupt
        raise error_of(process.returncode, text, names or {})
    found = parse_diagnostics(text, names or {})
    return Finished(output.decode("utf-8", "replace"), text,
                    tuple(one for one in found if one.severity == "warning"), interrupted)
