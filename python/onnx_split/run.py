"""The program `python -m onnx_split.run`: runs the parts of a plan (onnx_split_run)."""

import sys

from .runner import run_program

if __name__ == "__main__":
    sys.exit(run_program("onnx_split.run", "onnx_split_run.main"))
