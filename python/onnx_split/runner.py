"""The package `onnx_split_run`, which runs parts: a wheel of its own."""

from __future__ import annotations

import importlib
import importlib.util
import sys

# What it takes to run a part, in the order in which one is asked for.
_PACKAGES = {"onnx_split_run": "onnx-split-run", "numpy": "numpy", "onnxruntime": "onnxruntime"}


def need_runner(what: str) -> None:
    """Raises ImportError, which names what to install, where parts cannot be run.

    Nothing is loaded for that: ONNX Runtime starts threads, and looks at the
    environment, as soon as it is.
    """
    for module, package in _PACKAGES.items():
        if importlib.util.find_spec(module) is None:
            raise ImportError(
                f"{what} needs the package {package}, which this Python has not: pip install "
                "'onnx-split[run]', or onnx-split-run beside the ONNX Runtime of the board's "
                "vendor", name=module)


def run_program(program: str, module: str) -> int:
    """Runs the main function of a module of the runner as `python -m PROGRAM`.

    Returns the exit status.
    """
    try:
        need_runner("this")
    except ImportError as error:
        sys.stderr.write(f"{program}: error: {error}\n")
        return 1
    status: int = importlib.import_module(module).main()
    return status
