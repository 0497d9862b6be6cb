"""The program `python -m onnx_split.profile`: measures this board alone
(onnx_split_run.profile)."""

import sys

from .runner import run_program

if __name__ == "__main__":
    sys.exit(run_program("onnx_split.profile", "onnx_split_run.profile"))
