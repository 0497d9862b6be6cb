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
from onnx import helper, numpy_helper
from onnx.reference import ReferenceEvaluator

import value_draws
import value_elementwise
import value_movement

ROOT = pathlib.Path(__file__).resolve().parents[2]
BIN = pathlib.Path(os.environ.get("ONNX_SPLIT_BIN", ROOT / "build/bin"))
OPERATORS = value_elementwise.OPERATORS | value_movement.OPERATORS
CASES = 50
SEED = 20
# ONNX Runtime's mathematical functions are its own: by how many units in the last
# place they are away from the correctly rounded result (measured on 200,000
# numbers), and means may multiply by the reciprocal.
ULPS = {"Exp": 2, "Log": 3, "Pow": 1, "Mean": 1, "ReduceMean": 1}


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
        # Kernels of float16 are made of casts, which it inserts wrongly into old
        # operator sets.
        if not any(reason in str(error) for reason in
                   ("NOT_IMPLEMENTED", "bfloat16", "InsertedPrecisionFreeCast")):
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
        with numpy.errstate(invalid="ignore"):
            same |= abs(ours - theirs) <= ulps * numpy.spacing(abs(theirs))
    return same


def describe(case):
    operands = ", ".join(f"{operand.dtype}{operand.shape} {operand.tolist()}"
                         if operand is not None else "none" for operand in case.inputs)
    return f"{case.op} (opset {case.opset}) {case.attributes} of {operands}"


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
        elif not (agree(value, other, ULPS.get(case.op, 0)) | ~known).all():
            yield f"{describe(case)}: {name} is {value} (known: {known}), not {other}"


def test_against_onnx_runtime():
    draws = value_draws.Draw(SEED)
    cases = [draw(draws) for draw in OPERATORS.values() for _ in range(CASES)]
    models = [model_of(case) for case in cases]
    found, evaluated = [], collections.Counter()
    for case, model, ours in zip(cases, models, evaluate(models)):
        theirs = run(model)
        found += differences(case, ours, theirs)
        evaluated[case.op] += bool(ours and theirs is not None)
        evaluated[case.op, "run"] += theirs is not None
    assert not found, "\n".join(found[:20] + [f"{len(found)} differences"])
    seldom = [f"{op}: {evaluated[op]} of {evaluated[op, 'run']}"
              for op in OPERATORS
              if evaluated[op] < max(CASES // 4, evaluated[op, "run"] // 2)]
    assert not seldom, seldom
