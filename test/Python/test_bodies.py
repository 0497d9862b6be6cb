"""What a loop costs: a recurrent net costs the same whether its steps are
written out, or are those of a Scan, a Loop, or loops inside each other."""

import json

import numpy
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

import split

STEPS, LAYERS, WIDTH = 6, 3, 40

# Products are limited by arithmetic, the rest by memory, and both pay overhead.
CLUSTER = """version: 1
devices: [{name: d, compute: 1 GFLOP/s, memory_bandwidth: 100 MB/s, op_overhead: 2 us}]
"""


def tensor(name, shape=(1, WIDTH), kind=TensorProto.FLOAT):
    return helper.make_tensor_value_info(name, kind, shape)


def constant(name, value, dtype):
    return numpy_helper.from_array(numpy.array(value, dtype), name)


def step(source, states, tag):
    """One step of all layers: nodes, the new states, and the output."""
    nodes, news = [], []
    for layer, state in enumerate(states):
        name = f"{tag}_{layer}"
        nodes += [
            helper.make_node("Gemm", [source, f"w{layer}", "b"], [f"{name}_sum"]),
            helper.make_node("Mul", [state, "decay"], [f"{name}_kept"]),
            helper.make_node("Add", [f"{name}_sum", f"{name}_kept"], [f"{name}_new"]),
            helper.make_node("Tanh", [f"{name}_new"], [f"{name}_out"])]
        news.append(f"{name}_new")
        source = f"{name}_out"
    return nodes, news, source


def model(nodes, output, functions=(), shape=(STEPS, 1, WIDTH), extra=()):
    weights = [constant(f"w{i}", numpy.eye(WIDTH) * 0.5, "float32") for i in range(LAYERS)]
    weights += [constant("b", numpy.zeros(WIDTH), "float32"), constant("decay", 0.5, "float32"),
                constant("zero", numpy.zeros((1, WIDTH)), "float32"),
                constant("first", 0, "int64"), constant("true", True, "bool"),
                *(constant(f"n{n}", n, "int64") for n in (2, 3, STEPS)),
                constant("parts", [1] * STEPS, "int64"), constant("front", [0], "int64")]
    # Stored as functions take no captures: everything is read in the main graph.
    graph = helper.make_graph(nodes, "g", [tensor("x", shape), *extra], [tensor(output, [])],
                              weights)
    opsets = [helper.make_opsetid("", 17), helper.make_opsetid("local", 1)]
    return helper.make_model(graph, ir_version=9, functions=functions,
                             opset_imports=opsets if functions else opsets[:1])


def finish(source):
    return helper.make_node("ReduceSum", [source], ["y"], keepdims=0)


def unrolled():
    nodes = [helper.make_node("Split", ["x", "parts"], [f"x{t}" for t in range(STEPS)])]
    states, outputs = ["zero"] * LAYERS, []
    for t in range(STEPS):
        nodes.append(helper.make_node("Squeeze", [f"x{t}", "front"], [f"row{t}"]))
        more, states, out = step(f"row{t}", states, f"t{t}")
        nodes += more
        outputs.append(out)
    return model([*nodes, helper.make_node("Concat", outputs, ["all"], axis=0), finish("all")], "y")


STATES = [f"state{i}" for i in range(LAYERS)]


def scan(length=STEPS):
    nodes, states, out = step("row", STATES, "t")
    body = helper.make_graph(nodes, "body", [*map(tensor, STATES), tensor("row")],
                             [*map(tensor, states), tensor(out)])
    last = [f"last{i}" for i in range(LAYERS)]
    return model([helper.make_node("Scan", ["zero"] * LAYERS + ["x"], last + ["all"],
                                   num_scan_inputs=1, body=body), finish("all")], "y",
                 shape=(length, 1, WIDTH))


def loop_node(trips, body_nodes, states, out, names, output, more=()):
    """A Loop over `body_nodes`; `more` are inputs of the body."""
    body = helper.make_graph(
        [*body_nodes, helper.make_node("Identity", [f"{names}_go"], [f"{names}_on"])],
        f"{names}_body",
        [tensor(f"{names}_i", [], TensorProto.INT64), tensor(f"{names}_go", [], TensorProto.BOOL),
         *map(tensor, more)],
        [tensor(f"{names}_on", [], TensorProto.BOOL), *map(tensor, states), tensor(out)])
    last = [f"{names}_last{i}" for i in range(len(states))]
    return helper.make_node("Loop", [trips, "true", *["zero"] * len(states)], [*last, output],
                            body=body)


def loop(trips=f"n{STEPS}", extra=()):
    nodes, states, out = step("row", STATES, "t")
    nodes.insert(0, helper.make_node("Gather", ["x", "l_i"], ["row"]))
    return model([loop_node(trips, nodes, states, out, "l", "all", STATES), finish("all")], "y",
                 extra=extra)


def nested():
    """Two times three steps; the states start anew, which costs the same."""
    nodes, states, out = step("row", STATES, "t")
    nodes.insert(0, helper.make_node("Gather", ["x", "in_i"], ["row"]))
    inner = loop_node("n3", nodes, states, out, "in", "some", STATES)
    outer = loop_node("n2", [inner], [], "some", "out", "all")
    return model([outer, finish("all")], "y")


def choice():
    """A step runs in the dearer branch; the other one only passes states on."""
    nodes, states, out = step("row", STATES, "t")
    dear = helper.make_graph(nodes, "dear", [], [*map(tensor, states), tensor(out)])
    passed = [f"passed{i}" for i in range(LAYERS + 1)]
    cheap = helper.make_graph(
        [helper.make_node("Identity", [name], [same])
         for name, same in zip([*STATES, "row"], passed)],
        "cheap", [], [*map(tensor, passed)])
    results = [f"chosen{i}" for i in range(LAYERS + 1)]
    nodes = [helper.make_node("Gather", ["x", "l_i"], ["row"]),
             helper.make_node("If", ["l_go"], results, then_branch=cheap, else_branch=dear)]
    return model([loop_node(f"n{STEPS}", nodes, results[:-1], results[-1], "l", "all", STATES),
                  finish("all")], "y")


def called():
    """A step is a call of a function."""
    captured = [f"w{i}" for i in range(LAYERS)] + ["b", "decay"]
    nodes, states, out = step("row", STATES, "t")
    function = helper.make_function("local", "Step", ["row", *STATES, *captured], [*states, out],
                                    nodes, [helper.make_opsetid("", 17)])
    results = [f"made{i}" for i in range(LAYERS + 1)]
    nodes = [helper.make_node("Gather", ["x", "l_i"], ["row"]),
             helper.make_node("Step", ["row", *STATES, *captured], results, domain="local")]
    return model([loop_node(f"n{STEPS}", nodes, results[:-1], results[-1], "l", "all", STATES),
                  finish("all")], "y", [function])


def plan_of(source, folder, *options, cluster=CLUSTER):
    onnx.checker.check_model(source)
    onnx.save(source, folder / "model.onnx")
    (folder / "cluster.yaml").write_text(cluster)
    done = split.onnx_split(folder / "model.onnx", "--devices", folder / "cluster.yaml",
                            "--dry-run", "--format=json", *options)
    assert done.returncode == 0, done.stderr
    plan = json.loads(done.stdout)
    return plan, sum(stage["compute_ns"] for stage in plan["stages"])


@pytest.mark.parametrize("other", [scan, loop, nested, choice, called])
def test_a_loop_costs_what_its_steps_cost(other, scratch):
    plan, time = plan_of(unrolled(), scratch)
    # Three layers of a product of 3.2 us, at least 6400 bytes in 64 us, and more.
    assert time > STEPS * LAYERS * (64_000 + 4 * 2_000)
    looped, looped_time = plan_of(other(), scratch)
    assert abs(looped_time - time) <= 0.05 * time
    assert looped["unknown"] == plan["unknown"] == []


def test_overheads_alone(scratch):
    """Steps that cost nothing but their overhead, as those of short vectors do."""
    cluster = "version: 1\ndevices: [{name: d, op_overhead: 2 us}]\n"
    _, once = plan_of(scan(1), scratch, cluster=cluster)
    _, often = plan_of(scan(100), scratch, cluster=cluster)
    assert often - once == 99 * LAYERS * 4 * 2_000


def test_unknown_trips_are_reported(scratch):
    """One trip counts, which the plan says; with a value the count is known."""
    trips = tensor("trips", [], TensorProto.INT64)
    plan, time = plan_of(loop("trips", [trips]), scratch)
    assert [entry["reason"] for entry in plan["unknown"]][:1] == [
        "the value of 'trips' is unknown, so that one trip counts"]
    plan, often = plan_of(loop("trips", [trips]), scratch, "--set", f"trips={STEPS}")
    assert plan["unknown"] == []
    assert often > (STEPS - 1) * time


def test_assumed_trips(scratch):
    plan, time = plan_of(scan("steps"), scratch, "--assume", f"steps={STEPS}")
    assert time == plan_of(scan(), scratch)[1]
    assert plan["assumed"] == [f"steps={STEPS}"] and plan["unknown"] == []
