"""Which quantised operators compute in integers: the cost model's groups
against what ONNX Runtime makes of the same graph."""

import json
import re
import subprocess

import numpy
import onnx
import onnxruntime
import pytest
from onnx import TensorProto, helper, numpy_helper
from onnxruntime import quantization

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


# --- Whole models -------------------------------------------------------------


def macs_by_type(model, scratch):
    """The multiply-accumulates of each compute type."""
    path = scratch / "model.onnx"
    if isinstance(model, onnx.ModelProto):
        onnx.save(model, path)
    else:
        path = model
    mlir = subprocess.run([split.BIN / "onnx-split-translate", "--onnx-to-mlir", path],
                          check=True, capture_output=True).stdout
    costs = subprocess.run(
        [split.BIN / "onnx-split-opt", "-", "--onnx-infer-types",
         "--split-annotate-cost", "--mlir-print-local-scope"],
        input=mlir, check=True, capture_output=True).stdout.decode()
    macs = {}
    for cost in re.findall(r"#split\.cost<(.*?)>", costs):
        assert "unknown" not in cost
        if found := re.search(r"\bmacs = (\d+)", cost):
            kind = re.search(r'compute = "(\w+)"', cost)[1]
            macs[kind] = macs.get(kind, 0) + int(found[1])
    return macs


def float_net():
    """Convolutions, one of them depthwise, with Relu, with Clip and with
    neither, a residual sum, pools, and a classifier."""
    draw = numpy.random.default_rng(5)
    weights = [numpy_helper.from_array(numpy.float32(value), name)
               for name, value in (("low", 0), ("high", 6))]

    def weight(name, *shape):
        weights.append(numpy_helper.from_array(
            draw.standard_normal(shape).astype("float32") * 0.3, name))
        return name

    def conv(source, name, channels, width, size=3, **attributes):
        return helper.make_node(
            "Conv", [source, weight(f"{name}_w", channels, width, size, size),
                     weight(f"{name}_b", channels)], [name], name,
            pads=[size // 2] * 4, **attributes)

    nodes = [
        conv("x", "stem", 8, 3, strides=[2, 2]), helper.make_node("Relu", ["stem"], ["r0"]),
        helper.make_node("MaxPool", ["r0"], ["p0"], kernel_shape=[2, 2], strides=[2, 2]),
        conv("p0", "deep", 8, 1, group=8), helper.make_node("Clip", ["deep", "low", "high"], ["c"]),
        conv("c", "back", 8, 8, size=1), helper.make_node("Add", ["back", "p0"], ["sum"]),
        helper.make_node("Relu", ["sum"], ["r1"]), conv("r1", "wide", 16, 8),
        helper.make_node("GlobalAveragePool", ["wide"], ["pool"]),
        helper.make_node("Flatten", ["pool"], ["flat"]),
        helper.make_node("Gemm", ["flat", weight("g_w", 10, 16), weight("g_b", 10)], ["y"],
                         transB=1),
    ]
    graph = helper.make_graph(
        nodes, "g", [helper.make_tensor_value_info("x", TensorProto.FLOAT, [1, 3, 16, 16])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, [1, 10])], weights)
    return helper.make_model(graph, ir_version=9, opset_imports=[helper.make_opsetid("", 17)])


# Products: of 64 positions by 8 x 27, of 16 by 8 x 9, by 8 x 8 and by 16 x 72,
# and 10 x 16.
NET_MACS = 64 * 8 * 27 + 16 * (8 * 9 + 8 * 8 + 16 * 72) + 160


class Calibration(quantization.CalibrationDataReader):
    def __init__(self):
        draw = numpy.random.default_rng(6)
        self.rows = iter([{"x": draw.standard_normal((1, 3, 16, 16)).astype("float32")}])

    def get_next(self):
        return next(self.rows, None)


@pytest.mark.parametrize("per_channel", [False, True])
@pytest.mark.parametrize("activation, weight, kind", [
    ("QInt8", "QInt8", "int8"), ("QUInt8", "QInt8", "int8"), ("QUInt16", "QInt8", "int16")])
def test_all_of_a_quantised_net_is_in_integers(activation, weight, kind, per_channel, scratch):
    net = float_net()
    assert macs_by_type(net, scratch) == {"float32": NET_MACS}
    onnx.save(net, scratch / "float.onnx")
    quantization.quantize_static(
        scratch / "float.onnx", scratch / "quantised.onnx", Calibration(),
        quant_format=quantization.QuantFormat.QDQ, per_channel=per_channel,
        activation_type=quantization.QuantType[activation],
        weight_type=quantization.QuantType[weight])
    assert macs_by_type(scratch / "quantised.onnx", scratch) == {kind: NET_MACS}


def product(weight_type="int8", data_type="int8", turned=False, bias=None, clip=False,
            readers=1):
    """One or more products of the same dequantised [4, 8], by stored [8, 6]."""
    data = TensorProto.DataType.Value(data_type.upper())
    stored = TensorProto.DataType.Value(weight_type.upper())
    shape = (6, 8) if turned else (8, 6)
    weights = [helper.make_tensor("w", stored, shape, numpy.ones(48, "int64")),
               helper.make_tensor("b", TensorProto.INT32, [6], numpy.arange(6)),
               numpy_helper.from_array(numpy.arange(6, dtype="float32"), "fb"),
               numpy_helper.from_array(numpy.float32(0.5), "scale"),
               numpy_helper.from_array(numpy.float32(0), "low"),
               numpy_helper.from_array(numpy.float32(6), "high")]
    nodes = [helper.make_node("DequantizeLinear", ["x", "scale"], ["d"]),
             helper.make_node("DequantizeLinear", ["w", "scale"], ["dw"])]
    if turned:
        nodes.append(helper.make_node("Transpose", ["dw"], ["t"]))
    for index in range(readers):
        made = f"m{index}"
        nodes.append(helper.make_node("MatMul", ["d", "t" if turned else "dw"], [made]))
        if bias == "integers":
            nodes.append(helper.make_node("DequantizeLinear", ["b", "scale"], [f"db{index}"]))
        if bias:
            nodes.append(helper.make_node(
                "Add", [made, f"db{index}" if bias == "integers" else "fb"], [f"a{index}"]))
            made = f"a{index}"
        if clip:
            nodes += [helper.make_node("Relu", [made], [f"r{index}"]),
                      helper.make_node("Clip", [f"r{index}", "low", "high"], [f"c{index}"])]
            made = f"c{index}"
        nodes.append(helper.make_node("QuantizeLinear", [made, "scale"], [f"y{index}"],
                                      output_dtype=data))
    graph = helper.make_graph(
        nodes, "g", [helper.make_tensor_value_info("x", data, [4, 8])],
        [helper.make_tensor_value_info(f"y{i}", data, [4, 6]) for i in range(readers)],
        weights)
    return helper.make_model(graph, ir_version=10, opset_imports=[helper.make_opsetid("", 21)])


@pytest.mark.parametrize("options, kind", [
    ({}, "int8"), ({"data_type": "uint8"}, "int8"), ({"turned": True}, "int8"),
    ({"bias": "floats"}, "int8"), ({"bias": "integers"}, "int8"),
    ({"bias": "integers", "clip": True}, "int8"), ({"readers": 2}, "int8"),
    ({"weight_type": "int4"}, "int8"), ({"weight_type": "int4", "data_type": "uint4"}, "int4"),
    ({"data_type": "int16"}, "int16"), ({"weight_type": "uint16"}, "int16")])
def test_products_in_integers(options, kind, scratch):
    model = product(**options)
    onnx.checker.check_model(model)
    assert macs_by_type(model, scratch) == {kind: 4 * 8 * 6 * options.get("readers", 1)}
    # All between the integers is merged: what is neither product nor weight
    # moves no byte.
    path = scratch / "model.onnx"
    (scratch / "c.yaml").write_text("version: 1\ndevices: [{name: d}]\n")
    done = split.onnx_split(path, "--devices", scratch / "c.yaml", "--dry-run", "--format=json")
    assert done.returncode == 0, done.stderr
    stage, = json.loads(done.stdout)["stages"]
    bits = {"int4": 4, "uint4": 4, "int16": 16, "uint16": 16}
    data, weight = (bits.get(options.get(f"{name}_type"), 8) for name in ("data", "weight"))
    assert stage["bytes"] == (
        (32 * data + 48 * weight + 24 * data) // 8 * options.get("readers", 1))
