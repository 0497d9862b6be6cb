"""MNN: a part becomes an .mnn file, which MNN's Module interface runs."""

# /// script
# dependencies = ["MNN==3.6.1", "numpy==2.4.6"]
# ///

import os
import pathlib
import subprocess
import sys

import chain
import MNN


def convert(part, converted):
    # At its start the converter calls pip to install a package of its own. In a
    # folder without programs it finds no pip, goes on, and changes nothing.
    nowhere = converted.parent / "no-programs"
    nowhere.mkdir(exist_ok=True)
    converter = pathlib.Path(sys.executable).with_name("mnnconvert")
    subprocess.run(
        [sys.executable, converter, "-f", "ONNX", "--modelFile", part,
         "--MNNModel", converted, "--bizCode", "onnx-split"],
        env=os.environ | {"PATH": str(nowhere)}, check=True,
    )
    # Its exit status is 0 even if it refuses a model.
    if not converted.exists():
        sys.exit("mnnconvert wrote no file")


def run_part(part, feeds, outputs, work):
    converted = work / (part.stem + ".mnn")
    convert(part, converted)
    precision = {"backend": MNN.expr.Backend.CPU, "precision": MNN.expr.PrecisionMode.High}
    runtime = MNN.nn.create_runtime_manager((precision,))
    module = MNN.nn.load_module_from_file(
        str(converted), list(feeds), outputs, runtime_manager=runtime
    )
    layout = MNN.expr.data_format.NCHW
    results = module.forward(
        [MNN.expr.const(array, list(array.shape), layout) for array in feeds.values()]
    )
    # Inside, channels are in groups of four. The memory that is read belongs to
    # the variable.
    plain = [MNN.expr.convert(result, layout) for result in results]
    return [result.read().copy() for result in plain]


chain.chain(run_part)
