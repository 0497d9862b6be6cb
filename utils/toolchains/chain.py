"""What the run_*.py scripts beside this file share: the parts of a folder that
onnx-split wrote are run one after another, and tensors are passed on by name.

Tensors are in files named after them, percent-encoded, since names may hold
slashes: FOLDER/inputs/NAME.npy for the model's inputs, and WORK/NAME.npy for
everything that the parts give.
"""

import json
import pathlib
import sys
import urllib.parse

import numpy

DOMAIN = "dev.onnxsplit"  # of Send and Recv in parts of ops mode


def chain(run_part):
    """Calls run_part(part, feeds, outputs, work) for every part of the folder
    on the command line, in the plan's order: its file, its inputs by name, the
    names of its outputs in order, and a folder for converted files. It returns
    the values of the outputs."""
    folder, work = map(pathlib.Path, sys.argv[1:])
    tensors = {
        urllib.parse.unquote(file.stem): numpy.load(file)
        for file in (folder / "inputs").glob("*.npy")
    }
    for stage in json.loads((folder / "plan.json").read_text())["stages"]:
        feeds = {name: tensors[name] for name in stage["inputs"]}
        results = run_part(folder / stage["file"], feeds, stage["outputs"], work)
        for name, result in zip(stage["outputs"], results, strict=True):
            tensors[name] = numpy.ascontiguousarray(result)
            numpy.save(work / (urllib.parse.quote(name, safe="") + ".npy"), tensors[name])


def chain_rewriter(rewrite):
    """As chain() for a tool that gives another ONNX model, which ONNX Runtime
    runs: rewrite(part, rewritten) reads one file and writes the other. Send and
    Recv must come out with all that they say, and with their functions."""
    import onnx
    import onnxruntime

    def boundary(file):
        model = onnx.load(file)
        nodes = [node for node in model.graph.node if node.domain == DOMAIN]
        for node in nodes:  # what a tool fuses with others gets other names
            del node.input[:], node.output[:]
        functions = [function.name for function in model.functions]
        return sorted(node.SerializeToString() for node in nodes), sorted(functions)

    def run_part(part, feeds, outputs, work):
        rewritten = work / part.name
        rewrite(part, rewritten)
        session = onnxruntime.InferenceSession(rewritten)
        results = session.run(outputs, feeds)
        if boundary(part) != boundary(rewritten):
            sys.exit("Send and Recv are not kept")
        return results

    chain(run_part)
