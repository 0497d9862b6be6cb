"""Showing a run's figures: printed, and in files."""

from __future__ import annotations

import pathlib
import sys

from .options import RunOptions
from .plan import Plan
from .print_report import describe_report
from .report import RunReport
from .say import say_error
from .write_report import report_json, trace_json


def _write(path: str, text: str) -> bool:
    try:
        pathlib.Path(path).write_text(text, encoding="utf-8")
    except OSError as error:
        say_error(f"{path}: cannot write: {error.strerror}")
        return False
    return True


def show_report(plan: Plan, options: RunOptions, report: RunReport) -> int:
    """The exit status: 0, or 4 where a file could not be written."""
    sys.stdout.write(describe_report(plan, options, report))
    sys.stdout.flush()
    written = True
    if options.json_file:
        written &= _write(options.json_file, report_json(plan, options, report))
    if options.trace_file:
        written &= _write(options.trace_file, trace_json(plan, report))
    return 0 if written else 4
