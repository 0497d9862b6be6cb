"""ONNX Runtime itself, loaded once with what holds for the whole process."""

from __future__ import annotations

import functools
import os
from typing import Any

from .errors import RunError, describe


@functools.cache
def load_runtime() -> Any:
    """The module `onnxruntime`; an error where it is not installed.

    Its released libraries send figures of models to their maker unless the
    environment forbids it before they start. What fails is raised as an error, so
    that it need not be logged as well.
    """
    os.environ["ORT_DISABLE_TELEMETRY"] = "1"
    try:
        import onnxruntime
    except ImportError as error:
        raise RunError("ONNX Runtime is not installed for this Python (package "
                       f"onnxruntime): {describe(error)}") from None
    onnxruntime.set_default_logger_severity(4)
    return onnxruntime


def runtime_version() -> str:
    """"1.32.0"."""
    return str(load_runtime().__version__)
