"""Upper bounds of extents that depend on data, and types of bodies, against runs in
ONNX Runtime: a type is what each run has, and a bound is never passed."""

import os
import pathlib
import random
import re
import subprocess

import numpy
import onnx
import onnxruntime
import pytest
from onnx import TensorProto, helper, numpy_helper

BIN = pathlib.Path(os.environ["ONNX_SPLIT_BIN"])


class Model:
    """A graph that grows node by node, with the fixed input x and constants."""

    def __init__(self, draw):
        self.draw = draw
        self.shape = [draw.randint(1, 6), draw.randint(1, 6)]
        self.nodes, self.initializers, self.count = [], [], 0

    def add(self, op, *inputs, outputs=1, **attributes):
        names = [f"v{self.count + i}" for i in range(outputs)]
        self.count += outputs
        self.nodes.append(helper.make_node(op, inputs, names, **attributes))
        return names[0] if outputs == 1 else names

    def constant(self, value, dtype="int64"):
        name = f"c{len(self.initializers)}"
        self.initializers.append(numpy_helper.from_array(numpy.array(value, dtype), name))
        return name

    def proto(self):
        names = [name for node in self.nodes for name in node.output]
        graph = helper.make_graph(
            self.nodes, "g",
            [helper.make_tensor_value_info("x", TensorProto.FLOAT, self.shape)],
            [onnx.ValueInfoProto(name=name) for name in names], self.initializers)
        return helper.make_model(graph, ir_version=8,
                                 opset_imports=[helper.make_opsetid("", 17)])


def positive(model):
    return model.add("Greater", "x", model.constant(0, "float32"))


def count_of_positive(model):
    """A number from 1 to the number of elements, that depends on data."""
    ones = model.add("Cast", positive(model), to=TensorProto.INT64)
    total = model.add("ReduceSum", model.add("Reshape", ones, model.constant([-1])),
                      keepdims=1)
    return model.add("Max", total, model.constant([1]))


def flat(model):
    return model.add("Reshape", "x", model.constant([-1]))


# What makes an extent depend on data; each gives a float tensor.

def by_non_zero(model):
    places = model.add("Transpose", model.add("NonZero", positive(model)), perm=[1, 0])
    return model.add("GatherND", "x", places)


def by_compress(model):
    return model.add("Compress", flat(model), model.add(
        "Reshape", positive(model), model.constant([-1])), axis=0)


def by_unique(model):
    return model.add("Unique", flat(model), axis=0)


def by_top_k(model):
    return model.add("TopK", flat(model), count_of_positive(model), outputs=2)[0]


def by_slice(model):
    return model.add("Slice", flat(model), model.constant([0]), count_of_positive(model))


def by_selection(model):
    boxes = model.constant(numpy.cumsum(numpy.ones((1, 8, 4)), axis=1), "float32")
    scores = model.add("Expand", model.add("ReduceMax", "x", keepdims=0),
                       model.constant([1, 2, 8]))
    chosen = model.add("NonMaxSuppression", boxes, scores, model.constant([3]),
                       model.constant([0.5], "float32"), model.constant([0.0], "float32"))
    return model.add("Cast", chosen, to=TensorProto.FLOAT)


def by_range(model):
    places = model.add("Shape", model.add("NonZero", positive(model)))
    count = model.add("Gather", places, model.constant(1))
    return model.add("Cast", model.add("Range", model.constant(0), count, model.constant(1)),
                     to=TensorProto.FLOAT)


def by_branch(model):
    """Two branches whose results have other extents."""
    branches = []
    for name, size in (("then", 3), ("otherwise", 5)):
        value = numpy_helper.from_array(numpy.ones(size, "float32"))
        branches.append(helper.make_graph(
            [helper.make_node("Constant", [], [name], value=value)], name, [],
            [helper.make_tensor_value_info(name, TensorProto.FLOAT, None)]))
    condition = model.add("Greater", model.add("ReduceMax", "x", keepdims=0),
                          model.constant(1, "float32"))
    return model.add("If", condition, then_branch=branches[0], else_branch=branches[1])


def by_loop(model):
    """Ends early, at a round that depends on data; collects one row a round."""
    info = helper.make_tensor_value_info
    body = helper.make_graph(
        [helper.make_node("Cast", ["round"], ["number"], to=TensorProto.FLOAT),
         helper.make_node("ReduceMax", ["x"], ["most"], keepdims=0),
         helper.make_node("Less", ["number", "most"], ["goes_on"]),
         helper.make_node("Identity", ["state"], ["next"]),
         helper.make_node("Identity", ["state"], ["row"])],
        "body",
        [info("round", TensorProto.INT64, []), info("go", TensorProto.BOOL, []),
         info("state", TensorProto.FLOAT, None)],
        [info("goes_on", TensorProto.BOOL, []), info("next", TensorProto.FLOAT, None),
         info("row", TensorProto.FLOAT, None)])
    rows = model.add("Loop", model.constant(4), "", flat(model), outputs=2, body=body)[1]
    return model.add("Reshape", rows, model.constant([-1]))


SOURCES = [by_non_zero, by_compress, by_unique, by_top_k, by_slice, by_selection, by_range,
           by_branch, by_loop]


# What follows; some of it grows with its operand, some of it falls.

def length(model, value):
    return model.add("Shape", model.add("Reshape", value, model.constant([-1])))


def falling(model, value):
    left = model.add("Sub", model.constant([300]), length(model, value))
    return model.add("ConstantOfShape", left)


STEPS = [
    lambda m, v: m.add("Relu", v),
    lambda m, v: m.add("Add", v, m.constant(2, "float32")),
    lambda m, v: m.add("Add", v, v),
    lambda m, v: m.add("Concat", v, v, axis=0),
    lambda m, v: m.add("Unsqueeze", v, m.constant([0])),
    lambda m, v: m.add("Reshape", v, m.constant([-1])),
    lambda m, v: m.add("Tile", m.add("Reshape", v, m.constant([-1])), m.constant([2])),
    lambda m, v: m.add("Pad", m.add("Reshape", v, m.constant([-1])), m.constant([1, 2])),
    lambda m, v: m.add("Slice", m.add("Reshape", v, m.constant([-1])), m.constant([1]),
                       m.constant([4])),
    lambda m, v: m.add("ConstantOfShape", length(m, v)),
    lambda m, v: m.add("Expand", m.constant([1], "float32"), length(m, v)),
    lambda m, v: m.add("ConstantOfShape", m.add("Mul", length(m, v), m.constant([3]))),
    lambda m, v: m.add("ConstantOfShape", m.add("Div", length(m, v), m.constant([2]))),
    lambda m, v: m.add("Reshape", m.add("Concat", v, v, axis=0), m.add(
        "Concat", m.constant([2]), m.constant([-1]), axis=0)),
    falling,
]


def run_all(proto, draw):
    """Shapes of every value in several runs."""
    session = onnxruntime.InferenceSession(proto.SerializeToString(),
                                           providers=["CPUExecutionProvider"])
    names = [output.name for output in session.get_outputs()]
    shape = [dim.dim_value for dim in proto.graph.input[0].type.tensor_type.shape.dim]
    for _ in range(3):
        scale = draw.choice([0.0, 1.0, 5.0])
        x = (numpy.random.default_rng(draw.randint(0, 1 << 30)).normal(size=shape)
             * scale).astype("float32")
        yield {name: value.shape for name, value in zip(names, session.run(None, {"x": x}))}


TYPE = re.compile(r"!onnx\.tensor<\w+, \[([^\]]*)\]>")
MEMORY = re.compile(r"memory = \[([-\d, ]*)\]")


def infer(proto, folder):
    """Of each value with one name in its line: extents of the type, and those for
    memory; None where unknown."""
    path = folder / "model.onnx"
    onnx.save(proto, path)
    text = subprocess.run([BIN / "onnx-split-translate", "--onnx-to-mlir", path],
                          check=True, capture_output=True, text=True).stdout
    (folder / "model.mlir").write_text(text)
    text = subprocess.run([BIN / "onnx-split-opt", folder / "model.mlir",
                           "--onnx-infer-types=extents=known", "--mlir-print-local-scope"],
                          check=True, capture_output=True, text=True).stdout
    found = {}
    for line in text.splitlines():
        names = re.search(r'output_names = \["([^"]*)"\]', line)
        if not names or names[1] in found:
            continue
        dims = TYPE.findall(line.rsplit("->", 1)[1])
        shape = None
        if dims:
            shape = [int(dim) if dim.strip().isdigit() else None
                     for dim in dims[0].split(",") if dim.strip()]
        table, bound = MEMORY.search(line), shape
        if "onnx.extents" in line:
            bound = None if not table else [
                int(dim) if int(dim) >= 0 else None
                for dim in (table[1] or "").split(",") if dim.strip()]
        found[names[1]] = (shape, bound)
    return found


@pytest.mark.parametrize("source", SOURCES, ids=lambda source: source.__name__)
def test_bounds_hold(source, tmp_path):
    draw = random.Random(source.__name__)
    bounded = exact = 0
    for _ in range(8):
        model = Model(draw)
        value = source(model)
        for _ in range(draw.randint(1, 4)):
            value = draw.choice(STEPS)(model, value)
        proto = model.proto()
        found = infer(proto, tmp_path)
        for shapes in run_all(proto, draw):
            for name, (shape, bound) in found.items():
                if name not in shapes:
                    continue
                if shape is not None:
                    assert len(shape) == len(shapes[name]), (name, proto)
                for axis, extent in enumerate(shapes[name]):
                    if shape is not None and shape[axis] is not None:
                        assert shape[axis] == extent, (name, proto)
                        exact += 1
                    elif bound is not None and bound[axis] is not None:
                        assert extent <= bound[axis], (name, bound, shapes[name], proto)
                        bounded += 1
    assert bounded > 40 and exact > 20


def test_a_loop_of_known_rounds(tmp_path):
    """Its states may grow, and its results are known to the last extent."""
    info = helper.make_tensor_value_info
    body = helper.make_graph(
        [helper.make_node("Concat", ["state", "x"], ["next"], axis=0),
         helper.make_node("ReduceSum", ["x"], ["row"], keepdims=1),
         helper.make_node("Identity", ["go"], ["goes_on"])],
        "body",
        [info("round", TensorProto.INT64, []), info("go", TensorProto.BOOL, []),
         info("state", TensorProto.FLOAT, None)],
        [info("goes_on", TensorProto.BOOL, []), info("next", TensorProto.FLOAT, None),
         info("row", TensorProto.FLOAT, None)])
    model = Model(random.Random(1))
    state, rows = model.add("Loop", model.constant(5), "", "x", outputs=2, body=body)
    after, scanned = model.add("Relu", state), model.add("Relu", rows)
    found = infer(model.proto(), tmp_path)
    for shapes in run_all(model.proto(), random.Random(2)):
        assert found[after][0] == list(shapes[after])
        assert found[scanned][0] == list(shapes[scanned])
