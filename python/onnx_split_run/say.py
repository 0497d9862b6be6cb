"""Lines on standard error. Each is one write, so that those of several ranks do not
mix."""

from __future__ import annotations

import sys


def say(message: str) -> None:
    sys.stdout.flush()
    sys.stderr.write(f"onnx_split_run: {message}\n")
    sys.stderr.flush()


def say_error(message: str) -> None:
    say(f"error: {message}")
