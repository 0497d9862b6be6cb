"""Values that are known before a model runs, against ONNX Runtime on random
nodes, or against onnx.reference where ONNX Runtime has no kernel."""

import collections
import os
import pathlib
import struct
import subprocess

import ml_dtypes
import numpy
import onnx
import onnxruntime
import pytest
from onnx import helper, numpy_helper
from onnx.reference import ReferenceEvaluator

import value_cases

ROOT = pathlib.Path(__file__).resolve().parents[2]
BIN = pathlib.Path(os.environ.get("ONNX_SPLIT_BIN", ROOT / "build/bin"))
CASES = 32
SEED = 20
# ONNX Runtime's mathematical functions are its own; the last digit may differ.
ONE_ULP = {"Exp", "Log", "Pow", "Mean", "ReduceMean"}
# What these give depends on values, so a result that cannot be known is common.
SELDOM = {"Dropout"}


def model_of(case):
    names = [f"i{i}" if operand is not None else "" for i, operand in enumerate(case.inputs)]
    outputs = [f"o{i}" for i in range(case.outputs)]
    node = helper.make_node(case.op, names, outputs, **case.attributes)
    weights = [numpy_helper.from_array(numpy.asarray(operand), name)
               for operand, name in zip(case.inputs, names) if operand is not None]
    graph = helper.make_graph([node], "g", [],
                              [helper.make_empty_tensor_value_info(name) for name in outputs],
                              weights)
    return helper.make_model(graph, ir_version=8,
                             opset_imports=[helper.make_opsetid("", case.opset)])


def evaluate(models):
    """For each model its outputs by name, with masks of what is known."""
    stream = b"".join(struct.pack("<Q", len(bytes)) + bytes
                      for bytes in (model.SerializeToString() for model in models))
    output = subprocess.run([str(BIN / "evaluate-cases")], input=stream, check=True,
                            stdout=subprocess.PIPE, timeout=60).stdout
    offset = 0
    for _ in models:
        length, = struct.unpack_from("<Q", output, offset)
        graph = onnx.GraphProto.FromString(output[offset + 8:offset + 8 + length])
        offset += 8 + length
        yield {tensor.name: numpy_helper.to_array(tensor) for tensor in graph.initializer}
    assert offset == len(output)


def run(model):
    """The outputs by ONNX Runtime; none where it refuses the node."""
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 4
    try:
        session = onnxruntime.InferenceSession(model.SerializeToString(), options,
                                               providers=["CPUExecutionProvider"])
        return session.run(None, {})
    except Exception as error:
        if "NOT_IMPLEMENTED" not in str(error) and "bfloat16" not in str(error):
            return None
    try:
        with numpy.errstate(all="ignore"):
            return ReferenceEvaluator(model).run(None, {})
    except Exception:
        return None


def agree(ours, theirs, ulps):
    """Bit by bit, but any NaN is as good as another."""
    if ours.dtype.kind not in "fV" and ours.dtype != ml_dtypes.bfloat16:
        return ours == theirs
    same = (ours == theirs) & (numpy.signbit(ours) == numpy.signbit(theirs))
    same |= numpy.isnan(ours) & numpy.isnan(theirs)
    if ulps:
        near = (numpy.nextafter(ours, theirs) == theirs)
        same |= near
    return same


def describe(case):
    return (f"{case.op} (opset {case.opset}) {case.attributes} of "
            + ", ".join(f"{getattr(i, 'dtype', '')}{getattr(i, 'shape', '')} "
                        f"{i.tolist() if i is not None else None}"
                        for i in map(lambda i: None if i is None else numpy.asarray(i),
                                     case.inputs)))


def differences(case, ours, theirs):
    for index in range(case.outputs):
        name = f"o{index}"
        if name not in ours:
            continue
        value, known = ours[name], ours[name + ".known"]
        if theirs is None:
            yield f"{describe(case)} is refused, but {name} is {value}"
            continue
        other = numpy.asarray(theirs[index])
        if value.dtype != other.dtype or value.shape != other.shape:
            yield (f"{describe(case)}: {name} is {value.dtype}{value.shape}, not "
                   f"{other.dtype}{other.shape}")
        elif not (agree(value, other, case.op in ONE_ULP) | ~known).all():
            yield f"{describe(case)}: {name} is {value} (known: {known}), not {other}"


def test_against_onnx_runtime():
    draws = value_cases.Draw(SEED)
    cases = [draw(draws) for draw in value_cases.OPERATORS.values() for _ in range(CASES)]
    models = [model_of(case) for case in cases]
    found, evaluated = [], collections.Counter()
    for case, model, ours in zip(cases, models, evaluate(models)):
        theirs = run(model)
        found += differences(case, ours, theirs)
        evaluated[case.op] += bool(ours and theirs is not None)
        evaluated[case.op, "run"] += theirs is not None
    assert not found, "\n".join(found[:20] + [f"{len(found)} differences"])
    seldom = [f"{op}: {evaluated[op]} of {evaluated[op, 'run']}"
              for op in value_cases.OPERATORS
              if evaluated[op] < max(CASES // 4, evaluated[op, "run"] // 2)]
    assert not seldom, seldom
