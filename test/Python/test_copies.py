"""Small arithmetic on shapes that are open is computed again by the parts that
have what it reads, instead of being sent: random graphs, cut anywhere."""

import json
import random

import numpy
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

import cutting
import split

WIDTH = 12


class Graph:
    """Blocks on a tensor [n, t, WIDTH] that reshape it as exporters do: by what
    Shape, Gather and a little arithmetic make of some tensor before."""

    def __init__(self, seed, blocks):
        self.draw = random.Random(seed)
        self.nodes, self.constants, self.count = [], [], 0
        # Tensors of three dimensions, and single extents.
        self.wide, self.extents = ["x"], []
        for _ in range(blocks):
            self.block()

    def add(self, op, *inputs, **attributes):
        self.count += 1
        self.nodes.append(helper.make_node(op, inputs, [f"v{self.count}"],
                                           f"n{self.count}", **attributes))
        return f"v{self.count}"

    def constant(self, value, dtype="int64"):
        self.constants.append(numpy_helper.from_array(
            numpy.array(value, dtype), f"c{len(self.constants)}"))
        return self.constants[-1].name

    def extent(self, axis):
        """[extent] of an axis, of a tensor before or as somebody has it."""
        known = [name for name, of in self.extents if of == axis]
        if known and self.draw.random() < 0.5:
            return self.draw.choice(known)
        shape = self.add("Shape", self.draw.choice(self.wide))
        if self.draw.random() < 0.5:
            name = self.add("Slice", shape, self.constant([axis]),
                            self.constant([axis + 1]))
        else:
            name = self.add("Unsqueeze", self.add("Gather", shape, self.constant(axis)),
                            self.constant([0]))
        self.extents.append((name, axis))
        return name

    def block(self):
        value = self.add(self.draw.choice(["Relu", "Sigmoid", "Softsign"]), self.wide[-1])
        rows = self.add("Mul", self.extent(0), self.extent(1))
        flat = self.add("Reshape", value, self.add(
            "Concat", rows, self.constant([WIDTH]), axis=0))
        flat = self.add("Tanh", flat)
        back = self.add("Concat", self.extent(0), self.extent(1),
                        self.constant([WIDTH]), axis=0)
        value = self.add("Reshape", flat, back)
        self.wide.append(self.add("Add", value, self.wide[-1])
                         if self.draw.random() < 0.5 else value)

    def model(self):
        graph = helper.make_graph(
            self.nodes, "g",
            [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["n", "t", WIDTH])],
            [helper.make_tensor_value_info(self.wide[-1], TensorProto.FLOAT, None)],
            self.constants)
        return helper.make_model(graph, ir_version=8,
                                 opset_imports=[helper.make_opsetid("", 17)])


ARITHMETIC = {"Shape", "Slice", "Gather", "Unsqueeze", "Mul", "Concat"}


def check_needed(model, plan, stage):
    """What a stage receives of arithmetic on shapes cannot be computed from what
    else it has."""
    nodes = [model.graph.node[node["index"]] for node in stage["nodes"]]
    received = {wire["tensor"] for wire in plan["wires"] if wire["to"] == stage["index"]}
    makers = {name: node for node in model.graph.node for name in node.output}
    has = {tensor.name for tensor in model.graph.initializer} | received
    has |= {name for node in nodes for name in [*node.input, *node.output]
            if name == "x" or name in node.output}

    def can_compute(name):
        return name in has or (name in makers and makers[name].op_type in ARITHMETIC
                               and all(map(can_compute, makers[name].input)))

    for name in received:
        if makers[name].op_type in ARITHMETIC:
            has.remove(name)
            assert not can_compute(name), f"{name} is sent to stage {stage['index']}"
            has.add(name)


# Nodes cost a hundred times as much on the last device, which limits every plan:
# what is copied to the others makes none worse.
CLUSTER = """version: 1
devices:
  - {name: d0, op_overhead: 10 us}
  - {name: d1, op_overhead: 10 us}
  - {name: d2, op_overhead: 10 us}
  - {name: d3, op_overhead: 1 ms}
links: {default: {bandwidth: 1 Gbit/s}}
"""


def cut_anywhere(model, seed, folder):
    """The parts of four runs of nodes that a saved plan asks for."""
    onnx.save(model, folder / "model.onnx")
    (folder / "one.yaml").write_text(split.even_cluster(1))
    done = split.onnx_split(folder / "model.onnx", "--devices", folder / "one.yaml",
                            "--assume=n=2", "--assume=t=3", "--dry-run", "--format=json")
    assert done.returncode == 0, done.stderr
    tasks = list(cutting.computing_nodes(model))
    places = sorted(random.Random(seed).sample(range(1, len(tasks)), 3))
    plan = json.loads(done.stdout)
    plan["stages"] = [
        {"index": index, "device": f"d{index}",
         "nodes": [{"index": node} for node in tasks[begin:end]]}
        for index, (begin, end) in enumerate(
            zip([0, *places], [*places, len(tasks)]))]
    (folder / "cut.json").write_text(json.dumps(plan))
    return split.split(model, folder, "--assume=n=2", "--assume=t=3",
                       "--plan", folder / "cut.json", cluster=CLUSTER)


@pytest.mark.parametrize("seed", range(16))
def test_parts_compute_what_they_would_have_to_receive(seed, tmp_path):
    model = Graph(seed, blocks=8).model()
    done = cut_anywhere(model, seed, tmp_path)
    folder, plan = done.folder, done.plan
    copied = [node["index"] for stage in plan["stages"] for node in stage["nodes"]
              if node.get("copied")]
    cutting.check_union(model, folder, valid=True)
    for n, t in [(2, 3), (1, 1), (5, 4)]:
        x = numpy.random.default_rng(seed).standard_normal((n, t, WIDTH), "float32")
        expected = split.run_whole(tmp_path / "whole.onnx", {"x": x}, False)
        split.compare(expected, folder, {"x": x}, False)
    for stage in plan["stages"][:-1]:
        check_needed(model, plan, stage)
    for entry in plan["copied"]:
        assert len(set(entry["stages"])) == len(entry["stages"]) >= 1
    names = {entry["tensor"] for entry in plan["copied"]}
    for index in copied:
        assert set(model.graph.node[index].output) <= names
    test_parts_compute_what_they_would_have_to_receive.copied += len(copied)


test_parts_compute_what_they_would_have_to_receive.copied = 0


def test_some_were_copied():
    """Otherwise the test above says nothing."""
    assert test_parts_compute_what_they_would_have_to_receive.copied > 20


def test_a_saved_plan_copies_the_same(tmp_path):
    model = Graph(1, blocks=8).model()
    done = cut_anywhere(model, 1, tmp_path)
    folder, plan = done.folder, done.plan
    again = split.onnx_split(
        tmp_path / "whole.onnx", "--devices", tmp_path / "cluster.yaml", "--assume=n=2", "--assume=t=3",
        "--plan", folder / "plan.json", "-o", tmp_path / "again")
    assert again.returncode == 0, again.stderr
    saved = json.loads((tmp_path / "again/plan.json").read_text())
    assert any(node.get("copied") for stage in plan["stages"] for node in stage["nodes"])
    assert saved["stages"] == plan["stages"]
    assert saved["copied"] == plan["copied"]
    for stage in plan["stages"]:
        assert ((folder / stage["file"]).read_bytes()
                == (tmp_path / "again" / stage["file"]).read_bytes())


def model_of(nodes, inputs, outputs, initializers=()):
    def info(name, kind=TensorProto.FLOAT, shape=None):
        return helper.make_tensor_value_info(name, kind, shape)

    graph = helper.make_graph(
        [helper.make_node(op, reads, makes, name, **attributes)
         for op, reads, makes, name, attributes in nodes], "g",
        [info(*value) for value in inputs], [info(*value) for value in outputs],
        [numpy_helper.from_array(value, name) for name, value in initializers])
    return helper.make_model(graph, ir_version=8,
                             opset_imports=[helper.make_opsetid("", 17)])


def test_no_stage_is_left_without_outputs(tmp_path):
    """All that stage 0 makes could be computed by stage 1."""
    model = model_of(
        [("Shape", ["x"], ["s"], "shape", {}), ("Relu", ["x"], ["r"], "relu", {}),
         ("Reshape", ["r", "s"], ["y"], "resh", {})],
        [("x", TensorProto.FLOAT, ["n", "t"])], [("y", TensorProto.FLOAT, ["n", "t"])])
    cluster = """version: 1
devices: [{name: d0, op_overhead: 1 ms}, {name: d1, op_overhead: 10 us}]
links: {default: {bandwidth: 1 Mbit/s}}
"""
    done = split.split(model, tmp_path, "--assume=t=3", "--pin=shape=d0", "--pin=r*=d1",
                       cluster=cluster)
    assert all(part.graph.output for part in done.models)
    x = numpy.ones((2, 5), "float32")
    split.compare(split.run_whole(tmp_path / "whole.onnx", {"x": x}, False),
                  done.folder, {"x": x}, False)


def test_explain_is_of_the_plan_with_copies(tmp_path):
    """The link would limit the rate if the shape were sent."""
    model = model_of(
        [("Shape", ["x"], ["s"], "shape", {}), ("Relu", ["x"], ["r"], "relu", {}),
         ("Abs", ["x"], ["q"], "abs", {}), ("Reshape", ["r", "s"], ["y"], "resh", {})],
        [("x", TensorProto.FLOAT, ["n", "t"])],
        [("y", TensorProto.FLOAT, ["n", "t"]), ("q", TensorProto.FLOAT, ["n", "t"])])
    onnx.save(model, tmp_path / "model.onnx")
    (tmp_path / "cluster.yaml").write_text("""version: 1
devices: [{name: d0, op_overhead: 1 ms}, {name: d1, op_overhead: 10 us}]
links: {default: {bandwidth: 10 kbit/s}}
""")
    done = split.onnx_split(
        tmp_path / "model.onnx", "--devices", tmp_path / "cluster.yaml", "--assume=t=3",
        "--pin=shape=d0", "--pin=abs=d0", "--pin=re*=d1", "--explain", "--dry-run")
    assert done.returncode == 0, done.stderr
    assert "bottleneck   2.00 ms" in done.stdout
    assert "device 'd0'" in done.stdout and "the link from" not in done.stdout


def test_the_default_of_an_input_is_no_constant(tmp_path):
    """What follows from it is neither copied as a constant nor declared."""
    model = model_of(
        [("Reshape", ["x", "d"], ["a"], "reshape", {}), ("Shape", ["a"], ["s"], "shape", {}),
         ("Relu", ["a"], ["r"], "relu", {}), ("Mul", ["s", "d"], ["y"], "mul", {})],
        [("x", TensorProto.FLOAT, ["n"]), ("d", TensorProto.INT64, [2])],
        [("y", TensorProto.INT64, None), ("r", TensorProto.FLOAT, None)],
        [("d", numpy.array([2, 2]))])
    done = split.split(model, tmp_path, "--assume=n=4", "--pin=re*=d0", "--pin=mul=d1",
                       "--boundary=io", cluster=split.even_cluster(2))
    for d in ([2, 2], [1, 4], [4, 1]):
        feeds = {"x": numpy.arange(4, dtype="float32"), "d": numpy.array(d)}
        split.compare(split.run_whole(tmp_path / "whole.onnx", feeds, False),
                      done.folder, feeds, False)


def test_non_zero_of_a_scalar(tmp_path):
    """ONNX Runtime gives it one row."""
    model = model_of(
        [("ReduceSum", ["x"], ["s"], "sum", {"keepdims": 0}),
         ("NonZero", ["s"], ["z"], "where", {}),
         ("Cast", ["z"], ["y"], "cast", {"to": TensorProto.FLOAT})],
        [("x", TensorProto.FLOAT, ["n"])], [("y", TensorProto.FLOAT, None)])
    done = split.split(model, tmp_path, "--assume=n=4", "--cut=z", "--boundary=io",
                       cluster=split.even_cluster(2))
    x = numpy.ones(4, "float32")
    split.compare(split.run_whole(tmp_path / "whole.onnx", {"x": x}, False),
                  done.folder, {"x": x}, False)


def test_what_must_cross_is_not_copied(tmp_path):
    graph = helper.make_graph(
        [helper.make_node("Shape", ["x"], ["s"]),
         helper.make_node("Relu", ["x"], ["r"]),
         helper.make_node("Reshape", ["r", "s"], ["y"])], "g",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["n"])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, ["n"])])
    model = helper.make_model(graph, ir_version=8,
                              opset_imports=[helper.make_opsetid("", 17)])
    plan = split.split(model, tmp_path, "--cut=s", "--assume=n=2",
                       cluster=split.even_cluster(2)).plan
    assert "s" in [wire["tensor"] for wire in plan["wires"]]
