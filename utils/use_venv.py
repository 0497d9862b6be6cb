"""Import this first in a script that needs packages of utils/requirements.txt:
goes on in the Python of .venv if the current one lacks them."""

import os
import pathlib
import sys

try:
    import numpy  # noqa: F401
    import onnx  # noqa: F401
    import onnxruntime  # noqa: F401
except ImportError:
    _python = pathlib.Path(__file__).resolve().parent.parent / ".venv/bin/python"
    if not _python.exists() or os.environ.get("ONNX_SPLIT_VENV"):
        raise
    os.environ["ONNX_SPLIT_VENV"] = "1"  # never twice
    os.execv(_python, [str(_python), *sys.orig_argv[1:]])
