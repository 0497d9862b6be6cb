"""What counts as a weight, and how often: weights that are graph inputs too, and
weights that two readers have under two names."""

import numpy
import onnx
import onnxruntime
import pytest
from onnx import TensorProto, helper, numpy_helper

import split

WIDTH = 64


def value(name, shape):
    return helper.make_tensor_value_info(name, TensorProto.FLOAT, shape)


def weight(name, shape=(WIDTH, WIDTH), seed=0):
    draw = numpy.random.default_rng([seed, *map(ord, name)])
    return numpy_helper.from_array(
        (draw.standard_normal(shape) * 0.1).astype("float32"), name)


def chain(as_inputs, ir_version):
    """Four products; the first weight is read again by the last of them."""
    weights = [weight(f"w{i}") for i in range(3)]
    nodes = [helper.make_node(op, inputs, [output], output) for op, inputs, output in (
        ("MatMul", ["x", "w0"], "a"), ("Tanh", ["a"], "b"), ("MatMul", ["b", "w1"], "c"),
        ("Tanh", ["c"], "d"), ("MatMul", ["d", "w2"], "e"), ("MatMul", ["e", "w0"], "y"))]
    inputs = [value(each.name, [WIDTH, WIDTH]) for each in weights] if as_inputs else []
    graph = helper.make_graph(nodes, "g", [value("x", [1, WIDTH]), *inputs],
                              [value("y", [1, WIDTH])], weights)
    return helper.make_model(graph, ir_version=ir_version,
                             opset_imports=[helper.make_opsetid("", 8 if ir_version < 4 else 11)])


# A device holds two of the three weights. To send one over the link takes 131 ms.
CLUSTER = f"""version: 1
devices:
  - {{name: cam, compute: 1 MFLOP/s, memory: {2 * 4 * WIDTH**2 + 4096} B}}
  - {{name: box, compute: 1 MFLOP/s, memory: {2 * 4 * WIDTH**2 + 4096} B}}
links: {{default: {{bandwidth: 1 Mbit/s, latency: 1 ms}}}}
ingress: cam
"""

FIGURES = ("bottleneck_ns", "lower_bound_ns", "latency_ns")


@pytest.mark.parametrize("ir_version", [3, 4, 6, 8])
def test_weights_that_are_inputs_too(ir_version, tmp_path):
    """They plan like others; every part runs without them and, from IR version
    4 on, takes others."""
    (tmp_path / "plain").mkdir()
    (tmp_path / "inputs").mkdir()
    plain = split.split(chain(False, 6), tmp_path / "plain", "--boundary=io", cluster=CLUSTER)
    done = split.split(chain(True, ir_version), tmp_path / "inputs", "--boundary=io",
                       cluster=CLUSTER)
    assert [plain.plan[key] for key in FIGURES] == [done.plan[key] for key in FIGURES]
    for one, other in zip(plain.stages, done.stages, strict=True):
        for key in ("nodes", "weight_bytes", "peak_activation_bytes", "inputs", "outputs"):
            assert one[key] == other[key], key
    assert len(done.stages) == 2
    assert [entry["tensor"] for entry in done.plan["copied"]] == ["w0"]
    whole = tmp_path / "inputs/whole.onnx"
    assert all(tensor.name in {each.name for each in part.graph.input}
               for part in done.models for tensor in part.graph.initializer)
    for part, file in zip(done.models, done.files):
        split.check_part(part, file, full=True)
    x = numpy.linspace(-1, 1, WIDTH, dtype="float32").reshape(1, WIDTH)
    split.compare(split.run_whole(whole, {"x": x}, False), done.folder, {"x": x}, False)
    if ir_version < 4:  # nobody can replace it
        return
    other = numpy_helper.to_array(weight("w0", seed=1))
    feeds = {"x": x, "w0": other}
    changed = split.run_whole(whole, feeds, False)
    assert not numpy.array_equal(changed["y"], split.run_whole(whole, {"x": x}, False)["y"])
    split.compare(changed, done.folder, feeds, False)


def test_what_is_computed_from_such_a_weight(tmp_path):
    """Runs for every item, in the whole as in the parts, because a caller may
    replace the weight."""
    model = chain(True, 8)
    model.graph.node.insert(0, helper.make_node("Transpose", ["w2"], ["t"], "turn"))
    model.graph.node[-2].input[1] = "t"
    done = split.split(model, tmp_path, "--boundary=io", "--pin=turn=d1", "--pin=a=d0",
                       cluster=split.even_cluster(2))
    assert sum(stage["compute_ns"] for stage in done.stages) == 7 * 10_000_000
    x = numpy.linspace(-1, 1, WIDTH, dtype="float32").reshape(1, WIDTH)
    for feeds in ({"x": x}, {"x": x, "w2": numpy_helper.to_array(weight("w2", seed=1))}):
        split.compare(split.run_whole(tmp_path / "whole.onnx", feeds, False), done.folder,
                      feeds, False)


# --- Ties ---------------------------------------------------------------------


def tied(names):
    """An embedding and a product with its table under another name."""
    nodes = [helper.make_node("Gather", ["table", "i"], ["a"], "gather"),
             *(helper.make_node("Identity", [one], [other], other)
               for one, other in zip(["table", *names], names)),
             helper.make_node("Tanh", ["a"], ["b"], "tanh"),
             helper.make_node("MatMul", ["b", names[-1] if names else "table"], ["y"], "head")]
    graph = helper.make_graph(
        nodes, "g", [helper.make_tensor_value_info("i", TensorProto.INT64, [1])],
        [value("y", [1, WIDTH])], [weight("table")])
    return helper.make_model(graph, ir_version=8, opset_imports=[helper.make_opsetid("", 17)])


TABLE = 4 * WIDTH * WIDTH


@pytest.mark.parametrize("names", [[], ["copy"], ["copy", "again"]])
def test_tied_weights_count_once(names, tmp_path):
    done = split.split(tied(names), tmp_path, cluster=split.even_cluster(1))
    assert [stage["weight_bytes"] for stage in done.stages] == [TABLE]
    # On two devices each has it, which the plan lists once.
    (tmp_path / "two").mkdir()
    done = split.split(tied(names), tmp_path / "two", "--pin=gather=d0", "--pin=head=d1",
                       cluster=split.even_cluster(2))
    assert [stage["weight_bytes"] for stage in done.stages] == [TABLE, TABLE]
    assert [(entry["tensor"], entry["bytes"]) for entry in done.plan["copied"]] == [
        ("table", TABLE)]
    feeds = {"i": numpy.array([5])}
    split.compare(split.run_whole(tmp_path / "two/whole.onnx", feeds, False), done.folder,
                  feeds, False)


def test_equal_weights_are_no_tie(tmp_path):
    model = tied([])
    model.graph.initializer.append(weight("other"))
    model.graph.node[-1].input[1] = "other"
    done = split.split(model, tmp_path, cluster=split.even_cluster(1))
    assert [stage["weight_bytes"] for stage in done.stages] == [2 * TABLE]


def test_onnx_runtime_removes_the_tie(tmp_path):
    """What the count rests on: the optimised model has one table."""
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_EXTENDED
    options.optimized_model_filepath = str(tmp_path / "optimised.onnx")
    onnxruntime.InferenceSession(tied(["copy"]).SerializeToString(), options,
                                 providers=["CPUExecutionProvider"])
    graph = onnx.load(tmp_path / "optimised.onnx").graph
    assert [tensor.name for tensor in graph.initializer] == ["table"]
    assert "Identity" not in {node.op_type for node in graph.node}
