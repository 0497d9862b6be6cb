"""Which quantised operators compute in integers: the cost model's groups
against what ONNX Runtime makes of the same graph."""

import re
import subprocess

import numpy
import onnx
import onnxruntime
import pytest
from onnx import TensorProto, helper, numpy_helper

import split

# The operator, its operands' shapes, and what else it needs. A shape is
# dequantised data unless it is an array, which stays as it is.
INDICES = numpy.array([1, 0], "int64")
CASES = {
    "Conv": ([(1, 2, 4, 4), (3, 2, 1, 1)], {}),
    "MatMul": ([(2, 4), (4, 3)], {}),
    "Gemm": ([(2, 4), (4, 3)], {"beta": 1.0}),
    "Add": ([(2, 4), (2, 4)], {}),
    "Mul": ([(2, 4), (2, 4)], {}),
    "AveragePool": ([(1, 2, 4, 4)], {"kernel_shape": [2, 2]}),
    "GlobalAveragePool": ([(1, 2, 4, 4)], {}),
    "LeakyRelu": ([(2, 4)], {}),
    "Sigmoid": ([(2, 4)], {}),
    "Softmax": ([(2, 4)], {}),
    "Concat": ([(2, 4), (2, 4)], {"axis": 0}),
    "Expand": ([(1, 4), numpy.array([2, 4])], {}),
    "Flatten": ([(2, 4, 1)], {}),
    "Gather": ([(2, 4), INDICES], {}),
    "GatherElements": ([(2, 4), numpy.zeros((2, 4), "int64")], {}),
    "MaxPool": ([(1, 2, 4, 4)], {"kernel_shape": [2, 2]}),
    "Reshape": ([(2, 4), numpy.array([4, 2])], {}),
    "Slice": ([(2, 4), numpy.array([0]), numpy.array([1])], {}),
    "Squeeze": ([(1, 4), numpy.array([0])], {}),
    "Tile": ([(2, 4), numpy.array([2, 1])], {}),
    "Transpose": ([(2, 4)], {}),
    "Unsqueeze": ([(2, 4), numpy.array([0])], {}),
    # No integer form.
    "Erf": ([(2, 4)], {}),
    "Div": ([(2, 4), (2, 4)], {}),
    "Tanh": ([(2, 4)], {}),
    "Sub": ([(2, 4), (2, 4)], {}),
}
# Some of them with a floating-point result: two have an integer form even so.
FLOAT_RESULTS = ["Conv", "MatMul", "Gemm", "Add", "Sigmoid"]


def quantised(op, quantise):
    """uint8 inputs, DequantizeLinear for each, the operator, and perhaps
    QuantizeLinear."""
    operands, attributes = CASES[op]
    constants = [numpy_helper.from_array(numpy.float32(1 / 256), "scale"),
                 numpy_helper.from_array(numpy.uint8(0), "zero")]
    inputs, nodes, names = [], [], []
    for index, operand in enumerate(operands):
        name = f"x{index}"
        if isinstance(operand, numpy.ndarray):
            constants.append(numpy_helper.from_array(operand, name))
        else:
            inputs.append(helper.make_tensor_value_info(
                name, TensorProto.UINT8, operand))
            nodes.append(helper.make_node(
                "DequantizeLinear", [name, "scale", "zero"], [f"d{index}"]))
            name = f"d{index}"
        names.append(name)
    nodes.append(helper.make_node(op, names, ["r"], name="kernel",
                                  **attributes))
    if quantise:
        nodes.append(helper.make_node("QuantizeLinear",
                                      ["r", "scale", "zero"], ["y"]))
    output = helper.make_tensor_value_info(
        "y" if quantise else "r",
        TensorProto.UINT8 if quantise else TensorProto.FLOAT, None)
    graph = helper.make_graph(nodes, "g", inputs, [output], constants)
    return helper.make_model(
        graph, ir_version=9, opset_imports=[helper.make_opsetid("", 17)])


def dequantises(model, scratch):
    """Whether ONNX Runtime's optimised graph still makes floating point of
    what goes in."""
    path = scratch / "optimised.onnx"
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = (
        onnxruntime.GraphOptimizationLevel.ORT_ENABLE_EXTENDED)
    options.optimized_model_filepath = str(path)
    onnxruntime.InferenceSession(model.SerializeToString(), options,
                                 providers=["CPUExecutionProvider"])
    read = {value.name for value in model.graph.input}
    return any(node.op_type == "DequantizeLinear" and node.input[0] in read
               for node in onnx.load(path).graph.node)


def costs_dequantising(model, scratch):
    """Whether the cost model has bytes moved for any DequantizeLinear."""
    path = scratch / "model.onnx"
    onnx.save(model, path)
    mlir = subprocess.run(
        [split.BIN / "onnx-split-translate", "--onnx-to-mlir", path],
        check=True, capture_output=True).stdout
    costs = subprocess.run(
        [split.BIN / "onnx-split-opt", "-", "--onnx-infer-types",
         "--split-annotate-cost", "--mlir-print-local-scope"],
        input=mlir, check=True, capture_output=True).stdout.decode()
    found = re.findall(r'"DequantizeLinear".*split\.cost = (#split\.cost<.*?>)',
                       costs)
    assert found and "unknown" not in costs
    return any("bytes_written" in cost for cost in found)


@pytest.mark.parametrize("op", CASES)
def test_like_onnx_runtime(op, scratch):
    model = quantised(op, quantise=True)
    assert costs_dequantising(model, scratch) == dequantises(model, scratch)


@pytest.mark.parametrize("op", FLOAT_RESULTS)
def test_float_results_like_onnx_runtime(op, scratch):
    model = quantised(op, quantise=False)
    assert costs_dequantising(model, scratch) == dequantises(model, scratch)
