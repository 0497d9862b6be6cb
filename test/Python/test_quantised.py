"""Quantised models are cut between QuantizeLinear and DequantizeLinear, also
where what is dequantised has several readers: each stage dequantises it."""

import itertools
import json
import random

import numpy
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

import cutting
import split

WIDTH = 16


class Residual:
    """Blocks of products on [2, WIDTH], each from a DequantizeLinear to a
    QuantizeLinear, with sums that skip a few blocks: several nodes read the
    same dequantised tensor."""

    def __init__(self, seed, blocks, kind="uint8", domain=""):
        self.domain = domain
        self.draw, self.data = random.Random(seed), numpy.random.default_rng(seed)
        self.nodes, self.constants = [], [
            numpy_helper.from_array(numpy.float32(0.04), "scale"),
            numpy_helper.from_array(numpy.dtype(kind).type(128), "zero"),
            numpy_helper.from_array(numpy.int8(0), "weight_zero")]
        self.ends = [self.quantise("x")]
        for index in range(blocks):
            self.block(index)
        self.add("Relu", [self.ends[-1]], "y", "last")

    def add(self, op, inputs, output, name=None):
        self.nodes.append(helper.make_node(
            op, inputs, [output], name or f"n_{output}",
            domain=self.domain if op.endswith("Linear") else ""))
        return output

    def quantise(self, source):
        stored = self.add("QuantizeLinear", [source, "scale", "zero"], f"{source}_q")
        return self.add("DequantizeLinear", [stored, "scale", "zero"], f"{source}_d")

    def block(self, index):
        self.constants.append(numpy_helper.from_array(
            self.data.integers(-9, 10, (WIDTH, WIDTH)).astype("int8"), f"w{index}"))
        weight = self.add("DequantizeLinear", [f"w{index}", "scale", "weight_zero"],
                          f"w{index}_d")
        end = self.quantise(self.add("MatMul", [self.ends[-1], weight], f"m{index}"))
        if self.draw.random() < 0.7:
            other = self.draw.choice(self.ends)
            end = self.quantise(self.add("Add", [end, other], f"s{index}"))
        self.ends.append(end)

    def model(self):
        graph = helper.make_graph(
            self.nodes, "g",
            [helper.make_tensor_value_info("x", TensorProto.FLOAT, [2, WIDTH])],
            [helper.make_tensor_value_info("y", TensorProto.FLOAT, [2, WIDTH])], self.constants)
        opsets = [helper.make_opsetid("", 17)]
        if self.domain:
            opsets.append(helper.make_opsetid(self.domain, 1))
        return helper.make_model(graph, ir_version=8, opset_imports=opsets)


# A float of [2, WIDTH] takes 1 ms on the link, a node 200 us: with what is sent
# in floats no plan would be as good. Further devices hold a third of the weights.
CLUSTER = """version: 1
devices:
  - {name: d, count: 3, op_overhead: 200 us}
links: {default: {bandwidth: 1024 kbit/s}}
"""


def nodes_of(stage, copied):
    return [node["index"] for node in stage["nodes"] if bool(node.get("copied")) == copied]


def is_constant(model, index):
    return model.graph.node[index].input[0].startswith("w")


def check_plan(model, done, kind="uint8"):
    """Integers alone travel, and what is counted is what the parts have."""
    copies = 0
    for wire in done.wires:
        assert wire["dtype"] == kind, wire
    for stage, part in zip(done.stages, done.models):
        own, copied = nodes_of(stage, False), nodes_of(stage, True)
        copies += len(copied)
        for index in copied:
            node = model.graph.node[index]
            assert node.op_type == "DequantizeLinear"
            assert any(index in nodes_of(other, False) for other in done.stages)
            # It is here for somebody, and the integers come by a wire.
            assert any(node.output[0] in reader.input for reader in part.graph.node)
        running = [index for index in own + copied if not is_constant(model, index)]
        assert stage["compute_ns"] == 200_000 * len(running)
        # Nothing is made for nobody.
        made = {output for node in part.graph.node for output in node.output}
        read = {name for node in part.graph.node for name in node.input}
        assert made <= read | {value.name for value in part.graph.output}
    return copies


def check_numbers(done, folder):
    for seed in range(2):
        x = numpy.random.default_rng(seed).standard_normal((2, WIDTH)).astype("float32")
        expected = split.run_whole(folder / "whole.onnx", {"x": x}, False)
        assert numpy.any(expected["y"])
        split.compare(expected, done.folder, {"x": x}, False)


TOTAL = []


# Operator set 17 has 8-bit integers alone; ONNX Runtime's domain has more.
@pytest.mark.parametrize("seed, kind, domain", [
    *((seed, "uint8", "") for seed in range(8)),
    *((seed, "uint16", "com.microsoft") for seed in range(3))])
def test_integers_travel(seed, kind, domain, tmp_path):
    model = Residual(seed, 7, kind, domain).model()
    done = split.split(model, tmp_path, cluster=CLUSTER)
    assert len(done.stages) > 1
    TOTAL.append(check_plan(model, done, kind))
    for part, file in zip(done.models, done.files):
        split.check_part(part, file, full=True)
    check_numbers(done, tmp_path)
    # The whole has the copies' names once, and the saved plan makes the same.
    listed = {entry["tensor"]: entry["stages"] for entry in done.plan["copied"]}
    for stage in done.stages:
        for index in nodes_of(stage, True):
            assert stage["index"] in listed[model.graph.node[index].output[0]]
    again = split.onnx_split(
        tmp_path / "whole.onnx", "--devices", tmp_path / "cluster.yaml",
        "--plan", done.folder / "plan.json", "-o", tmp_path / "again")
    assert again.returncode == 0, again.stderr
    saved = split.load_parts(tmp_path / "again")
    assert saved.stages == done.stages
    for one, other in zip(done.files, saved.files):
        assert one.read_bytes() == other.read_bytes()


def test_some_were_copied():
    """Otherwise the test above says nothing."""
    assert sum(TOTAL) >= 8


def cuttable(model, tasks):
    """The places in a list of nodes where nothing crosses that must not."""
    nodes = [model.graph.node[index] for index in tasks]
    places = []
    for place in range(1, len(nodes)):
        crossing = [node for node in nodes[:place]
                    if any(node.output[0] in later.input for later in nodes[place:])]
        shared = [sum(node.output[0] in other.input for other in nodes) > 1
                  for node in crossing]
        if all(node.op_type == "QuantizeLinear"
               or (node.op_type == "DequantizeLinear" and several)
               for node, several in zip(crossing, shared)):
            places.append(place)
    return places


@pytest.mark.parametrize("seed", range(8))
def test_cut_anywhere(seed, tmp_path):
    """Saved plans with cuts at any place where the planner could cut, some of
    them right behind a DequantizeLinear: it moves to its first reader."""
    model = Residual(seed, 6).model()
    onnx.save(model, tmp_path / "model.onnx")
    (tmp_path / "one.yaml").write_text(split.even_cluster(1))
    done = split.onnx_split(tmp_path / "model.onnx", "--devices", tmp_path / "one.yaml",
                            "--dry-run", "--format=json")
    plan = json.loads(done.stdout)
    tasks = list(cutting.computing_nodes(model))
    pairs = [pair for pair in itertools.combinations(cuttable(model, tasks), 2)
             if pair[1] - pair[0] > 1]
    one, two = random.Random(seed).choice(pairs)
    plan["stages"] = [
        {"index": index, "device": f"d-{index}", "nodes": [{"index": node} for node in nodes]}
        for index, nodes in enumerate([tasks[:one], tasks[one:two], tasks[two:]])]
    (tmp_path / "cut.json").write_text(json.dumps(plan))
    done = split.split(model, tmp_path, "--plan", tmp_path / "cut.json", cluster=CLUSTER)
    assert len(done.stages) == 3
    check_plan(model, done)
    check_numbers(done, tmp_path)


def test_a_float_crosses_where_the_user_wants_it(tmp_path):
    """--cut names what a DequantizeLinear makes."""
    model = Residual(0, 4).model()
    shared = next(node.output[0] for node in model.graph.node
                  if node.op_type == "DequantizeLinear"
                  and sum(node.output[0] in other.input for other in model.graph.node) > 1)
    done = split.split(model, tmp_path, "--cut", shared, cluster=CLUSTER)
    assert any(wire["tensor"] == shared and wire["dtype"] == "float32" for wire in done.wires)
    check_numbers(done, tmp_path)


def test_a_copy_that_does_not_fit(tmp_path):
    """A stage that has memory for the floats, but not for them and the integers
    at once, gets the floats, or the model is cut elsewhere."""
    model = Residual(3, 5).model()
    floor = None
    for memory in range(700, 4000, 150):
        cluster = CLUSTER.replace("op_overhead", f"memory: {memory} B, op_overhead")
        (tmp_path / "tight.yaml").write_text(cluster)
        onnx.save(model, tmp_path / "model.onnx")
        done = split.onnx_split(tmp_path / "model.onnx", "--devices", tmp_path / "tight.yaml",
                                "--dry-run", "--format=json")
        if done.returncode == 0:
            floor = floor or memory
            for stage in json.loads(done.stdout)["stages"]:
                assert stage["weight_bytes"] + stage["peak_activation_bytes"] \
                    + stage["buffer_bytes"] <= memory
        else:
            assert floor is None and "no plan" in done.stderr, done.stderr
    assert floor


@pytest.mark.parametrize("seed", range(4))
def test_limits_hold_with_copies(seed, tmp_path):
    """Copies take time that the planner does not count: a plan within the limits with
    them, another one, or none."""
    onnx.save(Residual(seed, 6).model(), tmp_path / "model.onnx")
    (tmp_path / "cluster.yaml").write_text(CLUSTER)

    def plan(*options):
        done = split.onnx_split(tmp_path / "model.onnx", "--devices", tmp_path / "cluster.yaml",
                                "--dry-run", "--format=json", *options)
        return json.loads(done.stdout) if done.returncode == 0 else done.returncode

    free, least = plan(), plan("--objective=latency")["latency_ns"]
    met = 0
    for limit in range(least, free["latency_ns"] + 200_000, 100_000):
        made = plan(f"--max-latency={limit / 1e3}us")
        assert made == 2 or made["latency_ns"] <= limit
        met += made != 2
    for limit in range(free["bottleneck_ns"] // 2, 2 * free["bottleneck_ns"], 200_000):
        made = plan("--objective=latency", f"--target-rate={1e9 / limit}")
        assert made == 2 or made["bottleneck_ns"] <= limit
        met += made != 2
    assert met > 0
