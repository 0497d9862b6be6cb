"""onnx-split-run: plans over MPI on this machine, and what it says when a run
goes wrong."""

import json
import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import time

import jsonschema
import numpy
import onnx
import pytest
from onnx import numpy_helper

import hard_models
import models
import split
from mpi import ENVIRONMENT, MPI, RUN, command, end, errors, run, start_ranks

def values(folder, model, inputs):
    """Writes a data set as ONNX's tests have it."""
    folder.mkdir()
    for index, value in enumerate(model.graph.input):
        proto = numpy_helper.from_array(inputs[value.name], value.name)
        (folder / f"input_{index}.pb").write_bytes(proto.SerializeToString())


def check_run(model, folder, *options, count=3, inputs=None, ranks=None, items=5):
    """Splits, runs, and compares every item with the whole model's outputs."""
    parts = split.split(model, folder, cluster=split.even_cluster(count), *options)
    inputs = inputs or hard_models.feeds(model)
    values(folder / "set", model, inputs)
    done = run(ranks or len(parts.stages), parts.folder / "plan.json", "--optimise=off",
               f"--inputs={folder / 'set'}", f"--items={items}", "--warmup=2",
               f"--save-outputs={folder / 'saved'}", f"--json={folder / 'run.json'}")
    expected = split.run_whole(folder / "whole.onnx", inputs, optimise=False)
    # Of the measured items alone.
    assert sorted(path.name for path in (folder / "saved").iterdir()) == sorted(
        f"item_{item}" for item in range(items))
    for item in range(items):
        for index, (name, value) in enumerate(expected.items()):
            proto = onnx.load_tensor(folder / f"saved/item_{item}/output_{index}.pb")
            actual = numpy_helper.to_array(proto)
            assert actual.shape == value.shape and numpy.array_equal(actual, value), name
    return parts, json.loads((folder / "run.json").read_text()), done


NETWORKS = {
    "unet": models.unet, "branching": models.branching,
    "used by several stages": models.used_by_several_stages,
    "skip over a stage": models.skip_over_a_stage,
    "input used late": models.input_used_late,
    "quantised": models.quantised,
    "local functions": models.local_functions,
}


@pytest.mark.parametrize("boundary", ["ops", "io"])
@pytest.mark.parametrize("name", NETWORKS)
def test_same_as_whole(scratch, name, boundary):
    parts, _, _ = check_run(NETWORKS[name](), scratch, f"--boundary={boundary}", count=2)
    assert len(parts.stages) == 2


def test_a_part_that_gives_nothing(scratch):
    """Nodes that nobody reads may be alone in a stage, which then has no outputs and
    nothing to do, also for --verify and run-parts."""
    model = onnx.parser.parse_model("""<ir_version: 8, opset_import: ["" : 17]>
        g (float[2, 3] x) => (float[2, 3] y) { [s0_y] y = Neg (x)  [s1_idle] a = Exp (x) }""")
    parts, _, _ = check_run(model, scratch, *pinned(2), "--verify", count=2)
    assert [stage["outputs"] for stage in parts.stages] == [["y"], []]
    inputs = {"x": numpy.ones([2, 3], "float32")}
    assert (split.tools.run_parts(parts.folder, inputs, False)["y"] == -1).all()


def test_figures(scratch):
    parts, figures, done = check_run(models.unet(), scratch, items=20)
    assert figures["version"] == 2
    assert figures["items"] == 20 and figures["items_per_s"] > 0
    assert figures["bottleneck_ns"]["predicted"] == parts.plan["bottleneck_ns"]
    latency = figures["latency_ns"]
    assert 0 < latency["p50"] <= latency["p95"] <= latency["p99"]
    assert [s["device"] for s in figures["stages"]] == [s["device"] for s in parts.stages]
    for stage in figures["stages"]:
        assert stage["compute_ns"]["measured"] > 0
        assert stage["resident_bytes"] >= stage["base_bytes"] > 0
    assert [(m["from"], m["to"]) for m in figures["messages"]] == pairs(parts)
    assert all(m["time_ns"]["measured"] >= 0 for m in figures["messages"])
    assert figures["one_host"]
    assert done.stdout.count("not what the links would") == 1
    assert "items/s measured" in done.stdout and "none lost or twice" in done.stdout


# --- Messages ----------------------------------------------------------------


def pairs(parts):
    """The stages that have wires in common."""
    return sorted({(wire["from"], wire["to"]) for wire in parts.wires})


def pinned(count):
    """Options that put nodes into the stage that their names begin with."""
    return [f"--pin=s{stage}_*=d{stage}" for stage in range(count)]


def slow_stage(folder, which, milliseconds=2):
    """Two stages, of which one takes about so long and the other hardly anything."""
    def model(trips):
        slow, fast = ("s0", "s1") if which == 0 else ("s1", "s0")
        first, second = ("loop", "quick") if which == 0 else ("quick", "loop")
        loop = f"""[{slow}_loop] {{}} = Loop(trips, going, {{}}) <body = step
            (int64 i, bool c, float[64,64] s) => (bool c1, float[64,64] s1) {{{{
              c1 = Identity(c)
              p = MatMul(s, s)
              s1 = Tanh(p) }}}}>"""
        quick = f"[{fast}_quick] {{}} = Neg({{}})"
        texts = {"loop": loop, "quick": quick}
        return onnx.parser.parse_model(f"""
            <ir_version: 8, opset_import: ["" : 17]>
            g (float[64,64] x) => (float[64,64] y)
            <int64 trips = {{{trips}}}, bool going = {{1}}>
            {{
              {texts[first].format("a", "x")}
              {texts[second].format("y", "a")}
            }}""")

    onnx.save(model(1), folder / "trip.onnx")
    session = split.tools.session(folder / "trip.onnx", optimise=False)
    x = {"x": numpy.ones((64, 64), "float32")}
    times = []
    for _ in range(20):
        start = time.perf_counter()
        session.run(None, x)
        times.append(time.perf_counter() - start)
    return model(max(1, round(milliseconds / 1e3 / min(times))))


def check_messages(parts, figures, items=5 + 2):
    """One for each pair of stages and item; what was found stands beside the sums
    of the wires' predictions."""
    assert [(m["from"], m["to"]) for m in figures["messages"]] == pairs(parts)
    for message in figures["messages"]:
        wires = [wire for wire in parts.wires
                 if (wire["from"], wire["to"]) == (message["from"], message["to"])]
        wires.sort(key=lambda wire: wire["seq"])
        assert message["wires"] == [wire["tag"] for wire in wires]
        assert message["bytes"]["predicted"] == sum(wire["bytes"] for wire in wires)
        if all(-1 not in wire["shape"] and not {"open_rank", "container"} & wire.keys()
               and wire["dtype"] != "string" for wire in wires):
            assert message["bytes"]["measured"] == message["bytes"]["predicted"]
        planned, = (m for m in parts.plan["messages"]
                    if (m["from"], m["to"]) == (message["from"], message["to"]))
        assert planned["time_ns"] == sum(wire["time_ns"] for wire in wires)
        assert message["time_ns"]["predicted"] == planned["time_ns"] + planned["latency_ns"]
        # Clocks of two processes differ by more than a short message takes.
        assert message["time_ns"]["measured"] >= 0
    sent = dict.fromkeys(range(len(parts.stages)), 0)
    for stage in figures["stages"]:
        sent[stage["index"]] += stage["messages_sent"]
    assert sent == {stage: items * sum(start == stage for start, _ in pairs(parts))
                    for stage in sent}


def test_many_tensors_are_one_message(scratch):
    parts, figures, _ = check_run(models.many_tensor_cut(), scratch, *pinned(2), count=2)
    assert len(parts.wires) == 30 and pairs(parts) == [(0, 1)]
    check_messages(parts, figures)


def test_tensors_travel_in_the_order_that_the_plan_says(scratch):
    """Both ends read it from the file, where a wire may stand anywhere."""
    parts, _, _ = check_run(models.many_tensor_cut(4), scratch, *pinned(2), count=2, items=1)
    path = parts.folder / "plan.json"
    plan = json.loads(path.read_text())
    for wire, seq in zip(plan["wires"], (2, 0, 3, 1)):
        wire["seq"] = seq
    path.write_text(json.dumps(plan))
    run(2, path, "--optimise=off", f"--inputs={scratch / 'set'}", "--items=1", "--warmup=0",
        f"--save-outputs={scratch / 'again'}", f"--json={scratch / 'run.json'}")
    tags = [wire["tag"] for wire in plan["wires"]]
    message, = json.loads((scratch / "run.json").read_text())["messages"]
    assert message["wires"] == [tags[1], tags[3], tags[0], tags[2]]
    first, second = ((scratch / folder / "item_0/output_0.pb").read_bytes()
                     for folder in ("saved", "again"))
    assert first == second


def several_of_each_pair():
    """Two tensors or more between any two of three stages. What two later stages
    take is in both messages."""
    g = models.Builder()
    for name, op in (("a", "Tanh"), ("b", "Neg"), ("c", "Exp")):
        g.node(op, ["x"], f"s0_{name}", outputs=[name])
    g.node("Add", ["a", "b"], "s1_d", outputs=["d"])
    g.node("Mul", ["d", "a"], "s1_e", outputs=["e"])
    g.node("Sum", ["b", "c", "d", "e"], "s2_f", outputs=["f"])
    g.node("Sub", ["f", "a"], "s2_y", outputs=["y"])
    return models.tiny(g, ["x"], ["y"])


@pytest.mark.parametrize("boundary", ["ops", "io"])
def test_each_pair_of_stages_has_its_message(scratch, boundary):
    """With io, what goes to two stages is one output, which is copied."""
    parts, figures, _ = check_run(several_of_each_pair(), scratch, *pinned(3),
                                  f"--boundary={boundary}")
    assert sorted((wire["tensor"], wire["from"], wire["to"]) for wire in parts.wires) == [
        ("a", 0, 1), ("a", 0, 2), ("b", 0, 1), ("b", 0, 2), ("c", 0, 2), ("d", 1, 2),
        ("e", 1, 2)]
    check_messages(parts, figures)


@pytest.mark.parametrize("stage", [0, 1, 2])
def test_replicas_take_turns_with_messages(scratch, stage):
    """Both ends of a message may have replicas, and a later stage has not."""
    model = several_of_each_pair()
    plan = split.split(model, scratch, *pinned(3), cluster=split.even_cluster(4)).plan
    plan["stages"][stage]["replicas"] = [{"device": "d3", "rank": 3}]
    (scratch / "edited.json").write_text(json.dumps(plan))
    shutil.rmtree(scratch / "parts")
    (scratch / "whole.onnx").unlink()
    parts, figures, _ = check_run(model, scratch, f"--plan={scratch / 'edited.json'}",
                                  "--replicate", count=4, ranks=4, items=9)
    check_messages(parts, figures, items=9 + 2)


ALL_KINDS = """
    <ir_version: 8, opset_import: ["" : 18]>
    g (float[2,3] x, string[4] t) => (float[2,3] y, string[4] u, float[N,M] v, float[2,3] w) {
      a = Tanh (x)
      s = SequenceConstruct (a, x)
      text = Identity (t)
      found = NonZero (x)
      o = Optional (a)
      b = Exp (x)
      u = Identity (text)
      zero = Constant <value_int: int = 0> ()
      first = SequenceAt (s, zero)
      y = Add (first, b)
      v = Cast <to = 1> (found)
      c = OptionalGetElement (o)
      w = Sub (c, a)
    }"""


def test_ordinary_tensors_travel_with_others(scratch):
    """Text, a sequence, an optional, and a tensor whose extents depend on data make
    the size of a message open; the others in it have their usual form."""
    model = onnx.parser.parse_model(ALL_KINDS)
    for index, node in enumerate(model.graph.node):
        node.name = f"s{int(index >= 6)}_{index}"
    parts, figures, _ = check_run(model, scratch, *pinned(2), count=2)
    kinds = {wire["tensor"]: wire.get("container", wire["dtype"]) for wire in parts.wires}
    assert kinds == {"a": "float32", "b": "float32", "found": "int64", "text": "string",
                     "s": "sequence", "o": "optional"}
    check_messages(parts, figures)


def test_empty_optional(scratch):
    """It crosses with the others, and the rank that it reaches says why the run
    ends: the runtime takes none."""
    make, kind = onnx.helper, onnx.helper.make_tensor_type_proto(1, [2, 3])

    def branch(name, inputs, **attributes):
        return make.make_graph(
            [make.make_node("Optional", inputs, [name], **attributes)], name, [],
            [make.make_value_info(name, make.make_optional_type_proto(kind))])

    value = make.make_tensor_value_info
    nodes = [make.make_node("Tanh", ["x"], ["a"], "s0_a"),
             make.make_node("If", ["full"], ["o"], "s0_o", then_branch=branch("p", ["a"]),
                            else_branch=branch("q", [], type=kind)),
             make.make_node("OptionalHasElement", ["o"], ["has"], "s1_has"),
             make.make_node("Neg", ["a"], ["y"], "s1_y")]
    graph = make.make_graph(
        nodes, "g", [value("x", 1, [2, 3]), value("full", onnx.TensorProto.BOOL, [])],
        [value("y", 1, [2, 3]), value("has", onnx.TensorProto.BOOL, [])])
    model = make.make_model(graph, ir_version=8, opset_imports=[make.make_opsetid("", 18)])
    x = numpy.ones((2, 3), "float32")
    parts, _, _ = check_run(model, scratch, *pinned(2), count=2,
                            inputs={"x": x, "full": numpy.array(True)})
    assert [wire["tensor"] for wire in parts.wires] == ["o", "a"]
    values(scratch / "empty", model, {"x": x, "full": numpy.array(False)})
    message, = errors(run(2, parts.folder / "plan.json", f"--inputs={scratch / 'empty'}",
                          status=1))
    assert message.startswith("stage 1 on 'd1': item 0: an empty optional came over wire ")


@pytest.mark.parametrize("count, pieces", [(10000, 2), (100000, 14), (700000, 6)])
@pytest.mark.parametrize("form", ["known", "open"])
def test_long_messages(scratch, form, count, pieces):
    """Two tensors of 4 bytes each element: up to 4 MiB in pieces of 60 KiB, above in
    pieces of 1 MiB. Where sizes are open, the receiver's memory grows with them."""
    made = {"known": "Abs (x)", "open": "Compress (x, all)"}[form]
    model = onnx.parser.parse_model(f"""
        <ir_version: 8, opset_import: ["" : 18]>
        g (float[{count}] x) => (float[K] y) {{
          all = GreaterOrEqual (x, x)
          a = {made}
          n = Neg (x)
          b = Sum (a, n)
          y = Mul (b, a)
        }}""")
    for node in model.graph.node:
        node.name = f"s{int(node.output[0] in 'by')}_{node.output[0]}"
    parts, figures, _ = check_run(model, scratch, *pinned(2), "--cut=a", "--cut=n", count=2)
    assert {wire["tensor"] for wire in parts.wires} == {"a", "n"}
    assert figures["stages"][0]["messages_sent"] == 7 * pieces


def test_table_longer_than_a_piece(scratch):
    """The receiver takes no memory before the table accounts for it, so that the
    first piece has the whole table: of 2500 values, 24 bytes for each and more."""
    count = 2500
    names = [f"a{index}" for index in range(count)]
    make = onnx.helper
    nodes = [make.make_node("Compress", ["x", "all"], ["k"], "s0_k"),
             make.make_node("Split", ["k"], names, "s0_split", num_outputs=count),
             make.make_node("Sum", names, ["y"], "s1_y")]
    graph = make.make_graph(
        nodes, "g", [make.make_tensor_value_info("x", 1, [count]),
                     make.make_tensor_value_info("all", onnx.TensorProto.BOOL, [count])],
        [make.make_tensor_value_info("y", 1, ["N"])])
    model = make.make_model(graph, ir_version=8, opset_imports=[make.make_opsetid("", 18)])
    inputs = {"x": numpy.ones(count, "float32"), "all": numpy.ones(count, bool)}
    _, figures, _ = check_run(model, scratch, *pinned(2), *(f"--cut={n}" for n in names),
                              count=2, inputs=inputs, items=3)
    assert figures["messages"][0]["bytes"]["measured"] == 4 * count


def test_bytes_are_those_that_came(scratch):
    """The plan assumes 9 lines, and items have 5: both stand beside each other, and the
    rate is that of the latter."""
    model = onnx.parser.parse_model("""
        <ir_version: 8, opset_import: ["" : 18]>
        g (float[N,8] x) => (float[N,8] y) { [s0_a] a = Neg (x)  [s1_y] y = Exp (a) }""")
    _, figures, _ = check_run(model, scratch, *pinned(2), "--assume=N=9", count=2,
                              inputs={"x": numpy.ones((5, 8), "float32")})
    message, = figures["messages"]
    assert message["bytes"] == {"predicted": 9 * 8 * 4, "measured": 5 * 8 * 4}
    assert message["bits_per_second"] * message["time_ns"]["measured"] == pytest.approx(
        8e9 * message["bytes"]["measured"])


def test_rank_is_not_known(scratch):
    """A tensor of which the plan knows no extents is no scalar."""
    make = onnx.helper

    def branch(name, shape):
        value = numpy.arange(6, dtype="float32").reshape(shape)
        return make.make_graph(
            [make.make_node("Constant", [], [name], value=numpy_helper.from_array(value))],
            name, [], [make.make_tensor_value_info(name, 1, shape)])

    nodes = [make.make_node("If", ["flat"], ["a"], "s0_a", then_branch=branch("p", [6]),
                            else_branch=branch("q", [2, 3])),
             make.make_node("Neg", ["a"], ["y"], "s1_y")]
    graph = make.make_graph(
        nodes, "g", [make.make_tensor_value_info("flat", onnx.TensorProto.BOOL, [])],
        [make.make_empty_tensor_value_info("y")])
    graph.output[0].type.tensor_type.elem_type = 1
    model = make.make_model(graph, ir_version=8, opset_imports=[make.make_opsetid("", 18)])
    parts, figures, _ = check_run(model, scratch, *pinned(2), "--cut=a", count=2,
                                  inputs={"flat": numpy.array(False)})
    wire, = parts.wires
    assert wire["shape"] == [] and wire["open_rank"] is True
    assert figures["messages"][0]["bytes"]["measured"] == 24


@pytest.mark.parametrize("transport", ["self,tcp", "self,vader"])
def test_two_items_are_on_their_way(scratch, transport):
    """A stage with a slow one after it begins an item when the fourth before it is
    done there: two are in the buffers of each end. Both sockets and shared memory
    take small messages without the receiver."""
    parts = split.split(slow_stage(scratch, 1, milliseconds=5), scratch, *pinned(2),
                        cluster=split.even_cluster(2))
    run(2, parts.folder / "plan.json", "--items=16", "--warmup=0", "--threads=1",
        f"--trace={scratch / 't.json'}", mca={"btl": transport})
    times = {}
    for event in json.loads((scratch / "t.json").read_text())["traceEvents"]:
        if event.get("cat") == "compute":
            item = int(event["name"].split()[1])
            times[event["pid"], item] = event["ts"], event["ts"] + event["dur"]
    for item in range(4, 16):
        # What ranks take for the difference of their clocks is off by less than two
        # items take; without a bound, all items begin while the first is computed.
        assert times[0, item][0] > times[1, item - 4][1] - 10000, (item, times)


def test_tags_of_wires_are_theirs_alone(scratch):
    """What ranks tell each other when a run fails is no message of a wire, whatever
    tag that has: here those that the failed rank did not come to take."""
    make, kind = onnx.helper, onnx.helper.make_tensor_type_proto(1, [2, 3])
    empty = make.make_graph(
        [make.make_node("Optional", [], ["q"], type=kind)], "q", [],
        [make.make_value_info("q", make.make_optional_type_proto(kind))])
    full = make.make_graph(
        [make.make_node("Optional", ["x"], ["p"])], "p", [],
        [make.make_value_info("p", make.make_optional_type_proto(kind))])
    value = make.make_tensor_value_info
    nodes = [make.make_node("If", ["full"], ["o"], "s0_o", then_branch=full,
                            else_branch=empty),
             make.make_node("OptionalHasElement", ["o"], ["y"], "s1_y")]
    graph = make.make_graph(
        nodes, "g", [value("x", 1, [2, 3]), value("full", onnx.TensorProto.BOOL, [])],
        [value("y", onnx.TensorProto.BOOL, [])])
    model = make.make_model(graph, ir_version=8, opset_imports=[make.make_opsetid("", 18)])
    parts = split.split(model, scratch, *pinned(2), cluster=split.even_cluster(2))
    plan = json.loads((parts.folder / "plan.json").read_text())
    x = numpy.ones((2, 3), "float32")
    values(scratch / "empty", model, {"x": x, "full": numpy.array(False)})
    plan["wires"][0]["tag"] = 4
    for message in plan["messages"]:
        message["wires"] = [4] if message["wires"] else []
    (parts.folder / "plan.json").write_text(json.dumps(plan))
    start = time.monotonic()
    message, = errors(run(2, parts.folder / "plan.json", f"--inputs={scratch / 'empty'}",
                          status=1))
    assert message.startswith("stage 1 on 'd1': item 0: an empty optional came over wire ")
    # A rank that takes such a message for another's waits to be ended.
    assert time.monotonic() - start < 9


def test_several_sets_take_turns(scratch):
    model = models.skip_over_a_stage()
    parts = split.split(model, scratch, cluster=split.even_cluster(2))
    session = split.tools.session(scratch / "whole.onnx", optimise=False)
    sets = [{"x": numpy.full((2, 3), i, "float32")} for i in range(3)]
    for index, inputs in enumerate(sets):
        values(scratch / f"set{index}", model, inputs)
    run(2, parts.folder / "plan.json", *(f"--inputs={scratch / f'set{i}'}" for i in range(3)),
        "--items=7", "--warmup=4", "--npy", f"--save-outputs={scratch / 'saved'}")
    for item in range(7):
        actual = numpy.load(scratch / f"saved/item_{item}/output_0.npy")
        assert numpy.allclose(actual, session.run(None, sets[item % 3])[0])


# Wires of open size, of text, and of several tensors.
OPEN = {
    "sequence": "sequence-across",
    "text": """
        <ir_version: 8, opset_import: ["" : 17]>
        g (string[4] t) => (string[4] y) { a = Identity(t)  b = Identity(a)  y = Identity(b) }""",
    "shape by value": """
        <ir_version: 8, opset_import: ["" : 17]>
        g (float[2,8] x) => (float[N,M] y) {
          a = NonZero(x)
          b = Cast <to = 1> (a)
          c = Neg(b)
          y = Exp(c)
        }""",
}


@pytest.mark.parametrize("name", OPEN)
def test_open_sizes(scratch, name):
    text = OPEN[name]
    model = hard_models.parsed(text) if "\n" not in text else onnx.parser.parse_model(text)
    _, _, done = check_run(model, scratch, count=2)
    assert "5 in order" in done.stdout


def test_symbolic_dimensions(scratch):
    model = models.transformer(layers=1)
    inputs = {value.name: numpy.ones([1, 9], "int64") for value in model.graph.input}
    parts, _, _ = check_run(model, scratch, "--assume=sequence=9", count=2,
                            inputs=inputs)
    assert any(-1 in wire["shape"] for wire in parts.wires)


def test_random_inputs_have_the_planned_extents(scratch):
    """Assumed, fixed, and those that are expressions of such."""
    model = models.transformer(layers=1)
    for number, option in enumerate(["--assume=sequence=9", "--dim=sequence=9"]):
        folder = scratch / f"run{number}"
        folder.mkdir()
        parts = split.split(model, folder, option, cluster=split.even_cluster(2))
        run(len(parts.stages), folder / "parts/plan.json", "--items=3", "--warmup=0",
            f"--save-outputs={folder / 'out'}")
        output = onnx.load_tensor(str(folder / "out/item_0/output_0.pb"))
        assert 9 in output.dims


@pytest.mark.parametrize("option, words", [
    ("--dim=sequenze=9", "--dim names 'sequenze', which is no open dimension of the inputs; "
     "there are 'batch', 'p[0]', 'past', 'past + seq', 'q[0]', 'q[1]', 'seq'"),
    ("--dim=q[7]=9", "--dim names 'q[7]', which is no open dimension"),
    ("--dim=seq", "--dim takes NAME=EXTENT, such as N=1, not 'seq'"),
    ("--dim=seq=many", "not 'seq=many'"),
    ("--shape=z=9", "--shape names 'z', which is none of the model's inputs; there are 'q', 'p'"),
    ("--shape=q=9by2", "--shape takes INPUT=SHAPE, such as x=1x3x224x224, not 'q=9by2'"),
])
def test_settings_that_name_nothing(scratch, option, words):
    model = onnx.parser.parse_model("""
        <ir_version: 8, opset_import: ["" : 17]>
        g (float[batch,total] q, float[past] p) => (float[N,M] y, float[past] z) {
          a = Neg(q)
          y = Abs(a)
          b = Neg(p)
          z = Abs(b)
        }""")
    model.graph.input[0].type.tensor_type.shape.dim[1].dim_param = "past + seq"
    parts = split.split(model, scratch, "--assume=past=3", "--assume=seq=2",
                        "--pin=*=d0", cluster=split.even_cluster(1))
    ranks = len(parts.stages)
    message, = errors(run(ranks, scratch / "parts/plan.json", option, status=1))
    assert words in message
    if option.startswith("--dim=q"):
        run(ranks, scratch / "parts/plan.json", "--dim=seq=4", "--dim=p[0]=3", "--dim=*=3",
            "--dim=past + seq=7", "--items=2", "--warmup=0")


def test_dimensions_of_other_ranks_are_known(scratch):
    """And those that the plan has fixed, to what it has fixed them to."""
    model = onnx.parser.parse_model("""
        <ir_version: 8, opset_import: ["" : 17]>
        g (float[N,2] x, float[M,2] z, float[K,2] w) => (float[A,2] y) {
          a = Neg(x)
          b = Add(a, w)
          c = Concat <axis = 0> (b, z)
          y = Abs(c)
        }""")
    parts = split.split(model, scratch, "--cut=b", "--dim=K=1", "--assume=N=1",
                        "--assume=M=1", cluster=split.even_cluster(2))
    plan = scratch / "parts/plan.json"
    assert [stage["inputs"] for stage in parts.stages] == [["x", "w"], ["z", "wire0_b"]]
    run(2, plan, "--dim=N=1", "--dim=M=5", "--dim=K=1", "--items=2", "--warmup=0")
    message, = errors(run(2, plan, "--dim=K=2", status=1))
    assert "--dim names 'K', which is no open dimension of the inputs" in message


def test_replicas(scratch):
    """Item i goes to replica i mod r, and comes out in order."""
    model = models.unet()
    parts = split.split(model, scratch, cluster=split.even_cluster(4))
    plan = parts.plan
    middle = [node for stage in plan["stages"][1:3] for node in stage["nodes"]]
    plan["stages"] = [plan["stages"][0],
                      plan["stages"][1] | {"nodes": middle, "device": "d1",
                                           "replicas": [{"device": "d2", "rank": 3}]},
                      plan["stages"][3] | {"index": 2, "rank": 2}]
    (scratch / "edited.json").write_text(json.dumps(plan))
    shutil.rmtree(parts.folder)
    (scratch / "whole.onnx").unlink()
    parts, figures, _ = check_run(model, scratch, f"--plan={scratch / 'edited.json'}",
                                  "--replicate", count=4, ranks=4, items=9)
    assert [s["index"] for s in figures["stages"]] == [0, 1, 2, 1]
    # Both took their turns.
    assert all(s["compute_ns"]["measured"] > 0 for s in figures["stages"])


def test_random_inputs_are_the_same_on_all_ranks(scratch):
    """An input that two stages take, each of them on its own."""
    model = models.input_used_late()
    parts = split.split(model, scratch, cluster=split.even_cluster(2))
    takers = [s for s in parts.stages if "x" in s["inputs"]]
    for seed in (0, 1):
        run(2, parts.folder / "plan.json", "--items=2", f"--seed={seed}", "--npy",
            f"--save-outputs={scratch / str(seed)}")
    first, second = (numpy.load(scratch / f"{seed}/item_0/output_0.npy") for seed in (0, 1))
    assert len(takers) >= 1 and not numpy.array_equal(first, second)
    done = split.onnx_split(scratch / "whole.onnx", "--devices", scratch / "cluster.yaml", "-o",
                            scratch / "again", "--verify")
    assert done.returncode == 0


def test_trace(scratch):
    parts = split.split(models.unet(), scratch, cluster=split.even_cluster(3))
    run(3, parts.folder / "plan.json", "--items=4", "--warmup=0", f"--trace={scratch / 't.json'}")
    events = json.loads((scratch / "t.json").read_text())["traceEvents"]
    names = {e["args"]["name"] for e in events if e["ph"] == "M"}
    assert names == {f"stage {i} on '{s['device']}'" for i, s in enumerate(parts.stages)}
    computed = [e for e in events if e.get("cat") == "compute"]
    received = [e for e in events if e.get("cat") == "receive"]
    assert len(computed) == 3 * 4 and len(received) == 4 * len(pairs(parts))
    assert all(e["ts"] >= 0 and e["dur"] >= 0 for e in computed + received)


def test_rate(scratch):
    parts = split.split(models.skip_over_a_stage(), scratch, cluster=split.even_cluster(2))
    run(2, parts.folder / "plan.json", "--items=20", "--warmup=1", "--rate=40",
        f"--json={scratch / 'run.json'}")
    assert 30 < json.loads((scratch / "run.json").read_text())["items_per_s"] < 45


def link_cluster(bandwidth, latency, message_time="0 s"):
    """Two devices that compute in no time."""
    return f"""version: 1
devices: [{{name: d0, compute: 1 PFLOP/s}}, {{name: d1, compute: 1 PFLOP/s}}]
links: {{default: {{bandwidth: {bandwidth}, latency: {latency}, message_time: {message_time}}}}}
"""


# Its message has 10 kB: 80 ms at 1 Mbit/s.
OVER_A_LINK = """
    <ir_version: 8, opset_import: ["" : 17]>
    g (float[2500] x) => (float[2500] y) { [s0_a] a = Neg (x)  [s1_y] y = Exp (a) }"""


def test_latency_counts_from_when_an_item_was_due(scratch):
    """Where an item comes every 4 ms and the link is busy for 5 ms with each, it waits
    1 ms longer than the one before it. No machine is faster than that."""
    parts = split.split(onnx.parser.parse_model(OVER_A_LINK), scratch, *pinned(2),
                        cluster=link_cluster("16 Mbit/s", "0 s"))
    plan, result, items = parts.folder / "plan.json", scratch / "run.json", 200

    def measured(*options):
        done = run(2, plan, "--warmup=5", "--threads=1", f"--json={result}",
                   "--emulate=links", *options)
        return json.loads(result.read_text()), done.stdout

    free, text = measured("--items=40")
    assert "arrivals" not in free and "arrivals" not in text
    assert 100 < free["items_per_s"] < 202
    figures, text = measured(f"--items={items}", "--rate=250")
    assert figures["arrivals"] == {"kind": "periodic", "rate_per_s": 250}
    assert "measured from when an item was due" in text
    assert figures["latency_ns"]["p99"] >= 0.95 * (items - 1) * 1e6


@pytest.mark.parametrize("latency, takes, warns", [(1, 80, False), (30, 80, False),
                                                   (100, 140, True)])
def test_delayed_links_keep_their_rate(scratch, latency, takes, warns):
    """What is on its way does not occupy the link, as long as two messages suffice
    to fill it: the time of one, there and back, is no more than twice what it keeps
    the link busy for. Otherwise that is what limits the rate, and onnx-split says so."""
    model = onnx.parser.parse_model(OVER_A_LINK)
    parts = split.split(model, scratch, *pinned(2),
                        cluster=link_cluster("1.142857 Mbit/s", f"{latency} ms", "10 ms"))
    assert parts.plan["bottleneck_ns"] == pytest.approx(80e6, rel=1e-3)
    again = split.onnx_split(scratch / "whole.onnx", "--devices", scratch / "cluster.yaml",
                             "--plan", parts.folder / "plan.json", "--dry-run")
    assert ("two are on their way at most" in again.stderr) == warns
    done = run(2, parts.folder / "plan.json", "--items=12", "--warmup=4", "--threads=1",
               "--emulate=links", f"--json={scratch / 'run.json'}")
    figures = json.loads((scratch / "run.json").read_text())
    # Never faster; and a link that waited for what is on its way would be a fourth
    # slower.
    assert 0.88 < figures["items_per_s"] * takes / 1000 < 1.02
    assert figures["emulate"] == "links" and "links are emulated" in done.stdout
    # Ranks of one host read one clock.
    assert figures["messages"][0]["time_ns"]["measured"] >= (80 + latency) * 10**6


def test_delayed_messages(scratch):
    """With the latency alone, a link is as fast as it is."""
    parts = split.split(onnx.parser.parse_model(OVER_A_LINK), scratch, *pinned(2),
                        cluster=link_cluster("1 Mbit/s", "20 ms"))
    run(2, parts.folder / "plan.json", "--items=12", "--warmup=4", "--threads=1",
        "--emulate=latency", f"--json={scratch / 'run.json'}")
    figures = json.loads((scratch / "run.json").read_text())
    # Two in 40 ms, there and back.
    assert 30 < figures["items_per_s"] < 51
    assert 20e6 <= figures["messages"][0]["time_ns"]["measured"] < 60e6


def test_lost_items(scratch):
    """Ten times as many come as are taken, and one may wait: nine of ten are lost,
    and no item is older than two others take, and its own way."""
    parts = split.split(slow_stage(scratch, 0), scratch, *pinned(2),
                        cluster=split.even_cluster(2))
    plan, result = parts.folder / "plan.json", scratch / "run.json"
    run(2, plan, "--items=30", "--warmup=3", "--threads=1", f"--json={result}")
    free = json.loads(result.read_text())
    done = run(2, plan, "--items=60", "--warmup=3", "--threads=1", "--arrivals=poisson",
               f"--rate={10 * free['items_per_s']}", "--queue=1", "--seed=7",
               f"--json={result}")
    figures = json.loads(result.read_text())
    arrivals = figures["arrivals"]
    assert (arrivals["kind"], arrivals["queue"], arrivals["seed"]) == ("poisson", 1, 7)
    expected = 60 * (arrivals["rate_per_s"] / figures["items_per_s"] - 1)
    assert 0.6 * expected < arrivals["lost"] < 1.5 * expected
    assert f"1 may wait: {arrivals['lost']} of {60 + arrivals['lost']} were lost" in done.stdout
    assert figures["items"] == 60 and "none lost or twice on their way" in done.stdout


def test_queue_in_front_of_replicas(scratch):
    plan = split.split(several_of_each_pair(), scratch, *pinned(3),
                       cluster=split.even_cluster(4)).plan
    plan["stages"][0]["replicas"] = [{"device": "d3", "rank": 3}]
    (scratch / "parts/plan.json").write_text(json.dumps(plan))
    message, = errors(run(4, scratch / "parts/plan.json", "--rate=5", "--queue=1", status=1))
    assert "--queue needs a first stage on one device" in message and "has 2" in message


# How Open MPI is told to start processes on another host; here all are this one,
# but each has files of its own.
REMOTE = """#!/bin/sh
while [ "${1#-}" != "$1" ]; do shift; done
export FAR=$1 TMPDIR=$0-$1
shift
mkdir "$TMPDIR"
exec sh -c "$*"
"""


@pytest.mark.parametrize("names", [
    ("localhost", "127.0.0.1", "box"), ("far", "localhost", "box.local"),
    ("127.0.0.1", "box.far", "box.further"), (socket.gethostname(), "192.0.2.1", "far")])
def test_command_of_the_host_file(names, scratch):
    """What --emit=mpi prints and writes starts each rank on its device, also
    where that is an alias or an address of this machine."""
    cluster = split.even_cluster(3)
    for name, alias in zip(("d0", "d1", "d2"), names):
        cluster = cluster.replace(f"name: {name},", f"name: {alias},")
    onnx.save(models.unet(), scratch / "whole.onnx")
    (scratch / "cluster.yaml").write_text(cluster)
    done = split.onnx_split(scratch / "whole.onnx", "--devices", scratch / "cluster.yaml",
                            "--emit=mpi", "-o", scratch / "parts")
    assert done.returncode == 0, done.stderr
    devices = [stage["device"] for stage in split.load_parts(scratch / "parts").stages]
    lines = (scratch / "parts/hostfile").read_text().splitlines()
    assert [line for line in lines if not line.startswith("#")] == devices
    printed = re.search("^run +(mpirun .*)$", done.stdout, re.M).group(1)
    assert lines[0] == "# " + printed.replace(f"{scratch}/parts/", "")
    assert " --bind-to none " in printed  # or each of two ranks had one core
    assert printed.endswith(f"-np 3 onnx-split-run {scratch}/parts/plan.json")

    (scratch / "remote").write_text(REMOTE)
    (scratch / "remote").chmod(0o755)
    # In the place of the program, then the program itself.
    (scratch / "bin").mkdir()
    (scratch / "bin/onnx-split-run").write_text(
        '#!/bin/sh\necho "rank $OMPI_COMM_WORLD_RANK on ${FAR:-here}"\n')
    (scratch / "bin/onnx-split-run").chmod(0o755)
    near = {"localhost", "127.0.0.1", socket.gethostname()}
    for folder in [scratch / "bin"] + [split.BIN] * (names[0] == "localhost"):
        environment = ENVIRONMENT | {
            "PATH": f"{folder}:{os.environ['PATH']}",
            "OMPI_MCA_plm_rsh_agent": str(scratch / "remote"),
            # Two hosts share no memory, and these share their names for it.
            "OMPI_MCA_btl": "self,tcp", "PMIX_MCA_gds": "hash"}
        ran = subprocess.run(["sh", "-c", f"{printed} --items=3"], stdin=subprocess.DEVNULL,
                             capture_output=True, text=True, timeout=60, env=environment)
        assert ran.returncode == 0, ran.stderr
        if folder != split.BIN:
            assert sorted(ran.stdout.split("\n")[:-1]) == [
                f"rank {rank} on {'here' if device in near else device}"
                for rank, device in enumerate(devices)]


# --- What goes wrong ---------------------------------------------------------


@pytest.fixture
def given(scratch):
    """A plan of three stages that runs long enough to be disturbed."""
    return split.split(models.unet(), scratch, cluster=split.even_cluster(3))


def test_wrong_number_of_processes(given):
    done = run(2, given.folder / "plan.json", status=1)
    assert errors(done) == [f"{given.folder / 'plan.json'} needs 3 processes, one for each "
                            "stage and replica, but there are 2; start it with mpirun -np 3"]


def test_missing_part(given):
    given.files[1].unlink()
    message, = errors(run(3, given.folder / "plan.json", status=1))
    assert message.startswith(f"stage 1 on '{given.stages[1]['device']}': the part '")
    assert "is missing" in message


def test_damaged_part(given):
    given.files[2].write_bytes(given.files[2].read_bytes()[:100])
    message, = errors(run(3, given.folder / "plan.json", status=1))
    assert message.startswith("stage 2 on '") and given.files[2].name in message


def test_stale_part(given):
    """A part of another model under the right name."""
    model = onnx.load(given.files[1])
    for entry in model.metadata_props:
        if entry.key == "onnx_split.source_digest":
            entry.value = "0" * 64
    onnx.save(model, given.files[1])
    message, = errors(run(3, given.folder / "plan.json", status=1))
    assert message.startswith("stage 1 on '") and "is not of this plan: " in message


def test_other_plan_on_one_rank(given, scratch):
    """Each rank reads its own file, which may be an old one on one machine."""
    other = scratch / "old"
    shutil.copytree(given.folder, other)
    plan = json.loads((other / "plan.json").read_text())
    (other / "plan.json").write_text(json.dumps(plan | {"seed": 7}))
    words = [str(RUN), str(given.folder / "plan.json")]
    done = subprocess.run(
        [MPI, "-np", "2", *words, ":", "-np", "1", words[0], str(other / "plan.json")],
        capture_output=True, text=True, timeout=60, env=ENVIRONMENT)
    message, = errors(done)
    assert done.returncode != 0
    assert message.startswith("stage 2 on '") and "a plan.json with the digest" in message


@pytest.mark.parametrize("change, words", [
    (lambda p: p["wires"][0].update(to=9), "goes to stage 9"),
    (lambda p: p["wires"][0].update(to=0), "must be a later stage"),
    (lambda p: p["wires"][0].update(wire="none"), "is no output of stage"),
    (lambda p: p["stages"][1].update(rank=0), "rank 0 of stage"),
    (lambda p: p["stages"][1].update(file="../x.onnx"), "is no file beside the plan"),
    (lambda p: p.pop("wires"), "wires"),
    (lambda p: p.update(version=3), "must be 1 or 2"),
])
def test_wrong_plan(given, change, words):
    path = given.folder / "plan.json"
    plan = json.loads(path.read_text())
    change(plan)
    path.write_text(json.dumps(plan))
    message, = errors(run(3, path, status=1))
    assert words in message and message.startswith(str(path))


def test_wrong_input_shape(given, scratch):
    (scratch / "set").mkdir()
    numpy.save(scratch / "set/input_0.npy", numpy.zeros((1, 1, 4, 4), "float32"))
    message, = errors(run(3, given.folder / "plan.json", f"--inputs={scratch / 'set'}", status=1))
    assert message.startswith("stage 0 on '") and "where the model takes" in message


def start(given, *options):
    return start_ranks(3, given.folder / "plan.json", "--items=3000000", *options)


@pytest.mark.parametrize("rank", [0, 1, 2])
def test_rank_is_killed(given, rank):
    process, ranks = start(given)
    os.kill(ranks[rank], signal.SIGKILL)
    message, = end(process, ranks)
    assert process.returncode != 0
    assert message.startswith(f"stage {rank} on '{given.stages[rank]['device']}' ended "
                              "without a word")


def test_rank_stalls(given):
    """A rank that does not go on is like a link that does not."""
    process, ranks = start(given, "--timeout=2s")
    os.kill(ranks[1], signal.SIGSTOP)
    message, = end(process, ranks)
    assert process.returncode != 0
    wire = next(w for w in given.wires if 1 in (w["from"], w["to"]) and w["wire"] in message)
    assert "nothing came for 2000 ms" in message or "nothing could be sent" in message
    assert f"tensor '{wire['tensor']}'" in message


def test_interrupted(given):
    process, ranks = start(given)
    process.send_signal(signal.SIGINT)
    assert end(process, ranks) == []
    assert process.returncode != 0


@pytest.mark.parametrize("options, words", [
    (["--items=0"], "--items takes"), (["--timeout=soon"], "--timeout takes"),
    (["--rate=-1"], "--rate takes"), (["--queue=1"], "--queue needs --rate"),
    (["--arrivals=poisson"], "--arrivals needs --rate"),
    (["--rate=5", "--queue=-1"], "--queue takes"), (["--threads=5000"], "--threads takes"),
])
def test_wrong_options(given, options, words):
    message, = errors(run(3, given.folder / "plan.json", *options, status=1))
    assert words in message


# --- Profiles ----------------------------------------------------------------


def test_profile(scratch):
    """Node times add up to the item's, and the planner takes them."""
    onnx.save(models.unet(), scratch / "unet.onnx")
    (scratch / "cluster.yaml").write_text(split.even_cluster(2))
    done = run(2, f"--profile={scratch / 'profile.json'}", f"--model={scratch / 'unet.onnx'}",
        f"--devices={scratch / 'cluster.yaml'}", "--threads=1", "--profile-time=0.1s")
    assert "onnx-split-run: measuring takes about 575 ms: the nodes of " in done.stderr
    assert done.stdout == f"wrote {scratch / 'profile.json'}\n"
    assert ("/unet.onnx on 2 devices at once (200 ms), 2 links in turn (37.5 ms each), what "
            "messages take of computing, for 2 devices in turn (150 ms each)\n") in done.stderr
    profile = json.loads((scratch / "profile.json").read_text())
    jsonschema.validate(profile, json.loads(
        (split.ROOT / "docs/profile.schema.json").read_text()))
    assert [d["device"] for d in profile["devices"]] == ["d0", "d1"]
    for device in profile["devices"]:
        assert device["message_ns"] >= 0 and device["byte_ps"] >= 0
        assert 1e6 < device["runtime_memory_bytes"] < device["resident_bytes"]
        total = sum(node["ns"] for node in device["nodes"])
        assert abs(total - device["item_ns"]) <= len(device["nodes"])
        # A convolution takes time; what ONNX Runtime fuses into it does not.
        assert max(device["nodes"], key=lambda node: node["ns"])["ns"] > 0
    assert {(k["from"], k["to"]) for k in profile["links"]} == {("d0", "d1"), ("d1", "d0")}
    assert all(link["bits_per_second"] > 1e6 for link in profile["links"])
    text = (scratch / "cluster.yaml").read_text().replace(
        "version: 1\n", "version: 1\nprofile: profile.json\n")
    (scratch / "measured.yaml").write_text(text)
    done = split.onnx_split("unet.onnx", "--devices=measured.yaml", "--dry-run",
                            "--format=json", "--max-stages=1", cwd=scratch)
    assert done.returncode == 0 and done.stderr == "", done.stderr
    plan = json.loads(done.stdout)
    assert plan["bottleneck_ns"] == sum(
        node["ns"] for node in next(
            d for d in profile["devices"] if d["device"] == plan["stages"][0]["device"])["nodes"])


def test_profile_at_two_points(scratch):
    """The planner takes the times of each operating point where it plans for it."""
    text = """<ir_version: 8, opset_import: ["" : 17]>
        g (float[N,64] x, float[M] other) => (float[N,64] y, float[M] z)
        { [t] t = Tanh(x)
          [y] y = Softmax(t)
          [z] z = Exp(other) }"""
    onnx.save(onnx.parser.parse_model(text), scratch / "m.onnx")
    (scratch / "cluster.yaml").write_text(split.even_cluster(1))
    run(1, f"--profile={scratch / 'p.json'}", f"--model={scratch / 'm.onnx'}",
        f"--devices={scratch / 'cluster.yaml'}", "--links=false", "--profile-time=0.1s",
        "--dim=*=7", "--also=N=40000,M=1000", "--also=N=1")
    measured = json.loads((scratch / "p.json").read_text())
    jsonschema.validate(measured, json.loads(
        (split.ROOT / "docs/profile.schema.json").read_text()))
    assert [device["inputs"] for device in measured["devices"]] == [
        {"x": [7, 64], "other": [7]}, {"x": [40000, 64], "other": [1000]},
        {"x": [1, 64], "other": [7]}]
    small, large, _ = (device["item_ns"] for device in measured["devices"])
    assert large > 10 * small
    (scratch / "measured.yaml").write_text((scratch / "cluster.yaml").read_text().replace(
        "version: 1\n", "version: 1\nprofile: p.json\n"))

    def plan(*options):
        done = split.onnx_split("m.onnx", "--devices=measured.yaml", "--dry-run", "--format=json",
                                *options, cwd=scratch)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout), done.stderr

    def total(index):
        return sum(node["ns"] for node in measured["devices"][index]["nodes"])

    made, warnings = plan("--assume=N=7", "--assume=M=7", "--also=N=40000,M=1000", "--also=N=2")
    assert made["bottleneck_ns"] == total(0) and warnings == ""
    known, other = made["points"]
    assert known["bottleneck_ns"] == total(1) and "estimated" not in known
    assert other["estimated"]
    made, warnings = plan("--dim=N=40000", "--assume=M=1000")
    assert made["bottleneck_ns"] == total(1) and warnings == ""
    made, warnings = plan("--assume=N=3", "--assume=M=7")
    assert made["bottleneck_ns"] not in [total(i) for i in range(3)]
    assert ("the profile was taken at other extents: 'x' was 7x64 there and is 3x64 here; node "
            "times of this point are estimated") in warnings


def test_also_counts_before_all_else(scratch):
    """Whatever names the dimension; and each point has shapes of its own."""
    text = """<ir_version: 8, opset_import: ["" : 17]>
        g (float[N,64] x) => (float[N,64] y) { [y] y = Tanh(x) }"""
    onnx.save(onnx.parser.parse_model(text), scratch / "m.onnx")
    (scratch / "cluster.yaml").write_text(split.even_cluster(1))

    def profile(*options, **how):
        return run(1, f"--profile={scratch / 'p.json'}", f"--model={scratch / 'm.onnx'}",
                   f"--devices={scratch / 'cluster.yaml'}", "--links=false",
                   "--profile-time=0.02s", *options, **how)

    for options in (["--dim=N=4", "--also=x[0]=16"], ["--shape=x=4x64", "--also=N=16"]):
        profile(*options)
        devices = json.loads((scratch / "p.json").read_text())["devices"]
        assert [device["inputs"] for device in devices] == [{"x": [4, 64]}, {"x": [16, 64]}]
        assert "resident_bytes" not in devices[1]
    message, = errors(profile("--dim=N=4", "--also=N=16", "--also=N=16", status=1))
    assert "two operating points have inputs of the same shapes" in message
    message, = errors(profile("--dim=N=4", "--also=M=2", status=1))
    assert "--also names 'M', which is no open dimension" in message


def test_also_is_for_nodes(scratch):
    (scratch / "cluster.yaml").write_text(split.even_cluster(1))
    common = [f"--profile={scratch / 'p.json'}", f"--devices={scratch / 'cluster.yaml'}"]
    message, = errors(run(1, *common, "--also=N=1", status=1))
    assert "--also needs --model=MODEL" in message
    message, = errors(run(1, *common, "--model=m.onnx", "--also=N=1,M", status=1))
    assert "--also takes NAME=EXTENT[,NAME=EXTENT ...], such as N=1, not 'N=1,M'" in message
    message, = errors(run(1, scratch / "plan.json", "--also=N=1", status=1))
    assert "--also is for --profile" in message


def test_options_that_have_no_use(scratch):
    """Each is named, with the mode in which it counts."""
    links = [f"--profile={scratch / 'p.json'}", f"--devices={scratch / 'cluster.yaml'}"]
    plan = scratch / "plan.json"
    for arguments, words in (
            ([plan, "--items=4", "--items=5"], "--items is given 2 times, but counts once"),
            ([plan, "--strict", "--strict", "--strict"], "--strict is given 3 times, but"),
            ([plan, "--model=m.onnx"], "--model is for --profile and --emit-profile-of; a plan "
                                       "names its parts and devices"),
            ([plan, "--links=false"], "--links is for --profile; a plan names"),
            ([plan, "--npy"], "--npy needs --save-outputs=DIR"),
            ([*links, "--json=r.json"], "--json is for running a plan; --profile measures devices "
                                        "and links"),
            ([*links, "--dim=N=1"], "--dim needs --model=MODEL, which runs with it")):
        done = subprocess.run([RUN, *map(str, arguments)], capture_output=True, text=True)
        assert done.returncode == 1 and errors(done)[0].startswith(words), done.stderr


def test_a_folder_in_the_place_of_a_plan(given, scratch):
    for folder, words in ((given.folder, "it is a folder; name the file in it, "
                                         f"{given.folder / 'plan.json'}"),
                          (scratch, "it is a folder, and no plan.json is in it")):
        done = subprocess.run([RUN, folder], capture_output=True, text=True)
        assert errors(done) == [f"{folder}: cannot read the plan: {words}"]


def test_profile_of_a_model_without_names(scratch):
    model = models.unet()
    for node in model.graph.node:
        node.name = ""
    onnx.save(model, scratch / "m.onnx")
    (scratch / "cluster.yaml").write_text(split.even_cluster(1))
    run(1, f"--profile={scratch / 'profile.json'}", f"--model={scratch / 'm.onnx'}",
        f"--devices={scratch / 'cluster.yaml'}", "--links=false", "--profile-time=0.1s")
    device, = json.loads((scratch / "profile.json").read_text())["devices"]
    assert {node["name"] for node in device["nodes"]} == {""}
    assert sum(node["ns"] > 0 for node in device["nodes"]) > len(device["nodes"]) // 4


def test_profile_of_a_busy_core(scratch):
    """A device that does something else meanwhile is named: both share a core."""
    onnx.save(models.unet(), scratch / "m.onnx")
    (scratch / "cluster.yaml").write_text(split.even_cluster(1))
    core = str(min(os.sched_getaffinity(0)))
    other = subprocess.Popen(["taskset", "-c", core, "sh", "-c", "while :; do :; done"])
    try:
        done = subprocess.run(
            ["taskset", "-c", core, *command(
                1, f"--profile={scratch / 'p.json'}", f"--model={scratch / 'm.onnx'}",
                f"--devices={scratch / 'cluster.yaml'}", "--links=false", "--threads=1",
                "--profile-time=0.5s")],
            stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60,
            env=ENVIRONMENT)
    finally:
        other.kill()
        other.wait()
    assert done.returncode == 0, done.stderr
    assert re.search(r"^onnx-split-run: warning: 'd0' got 0\.\d\d of a core where 1\.00 were to "
                     "be had", done.stderr, re.M), done.stderr


RUN_OPTIONS = ("--warmup=1", "--generate=4", "--prompt=p.npy", "--sequences=2", "--stop=1",
               "--top-k=4", "--temperature=1", "--rate=2", "--arrivals=poisson", "--queue=4",
               "--emulate=links", "--timeout=9s", "--save-outputs=o", "--npy", "--json=r.json",
               "--trace=t.json", "--report=r.html")


def test_profile_of_one_machine(scratch, monkeypatch):
    """Without mpirun and without a cluster file; the lines that it prints are one."""
    monkeypatch.chdir(scratch)
    onnx.save(models.unet(), "unet.onnx")
    program = [split.BIN / "onnx-split-run", "--emit-profile-of=cam0"]

    def measure(*options):
        return subprocess.run([*program, *options], capture_output=True, text=True)

    done = measure("--model=unet.onnx", "--threads=1", "--profile-time=0.1s")
    assert done.returncode == 0, done.stderr
    jsonschema.validate(json.loads(pathlib.Path("cam0.json").read_text()), json.loads(
        (split.ROOT / "docs/profile.schema.json").read_text()))
    said, lines = done.stdout.split("for a cluster file in the folder of cam0.json:\n\n")
    assert said == "wrote cam0.json\n" and "memory: " in lines

    def plans(folder, lines):
        (folder / "cluster.yaml").write_text("version: 1\n" + lines)
        plan = split.onnx_split("unet.onnx", "--devices", folder / "cluster.yaml", "--dry-run",
                                "--format=json")
        assert plan.returncode == 0, plan.stderr
        assert json.loads(plan.stdout)["stages"][0]["device"] == "cam0"

    plans(scratch, lines)
    # Elsewhere, too: a cluster file takes no path that leaves its folder.
    (scratch / "elsewhere").mkdir()
    other = scratch / "elsewhere/other.json"
    done = measure("--model=unet.onnx", f"--profile={other}", "--threads=1", "--profile-time=0.1s")
    assert done.returncode == 0, done.stderr
    plans(other.parent, done.stdout.split(f"for a cluster file in the folder of {other}:\n\n")[1])
    assert json.loads(other.read_text())["devices"][0]["device"] == "cam0"
    # Nothing is measured, and no time said, of what cannot run.
    open_model = models.unet()
    open_model.graph.input[0].type.tensor_type.shape.dim[0].dim_param = "n"
    onnx.save(open_model, "open.onnx")
    done = measure("--model=open.onnx")
    assert done.returncode == 1 and "fix it with --shape or --dim" in done.stderr
    assert "measuring takes" not in done.stderr
    for options, words in (((), "--emit-profile-of needs --model=MODEL"),
                           (("--model=unet.onnx", "plan.json"), "takes neither a plan nor"),
                           (("--model=none.onnx",), "none.onnx"),
                           (("--model=unet.onnx", "--shape=nosuch=7"),
                            "--shape names 'nosuch', which is none of the model's inputs"),
                           (("--model=unet.onnx", "--model=other.onnx"),
                            "--model is given 2 times, but counts once"),
                           (("--model=unet.onnx", "--emit-profile-of=cam1"),
                            "--emit-profile-of is given 2 times, but counts once"),
                           (("--model=unet.onnx", "--items=4"), "--items is for running a plan; "
                            "--emit-profile-of measures this machine alone"),
                           *((("--model=unet.onnx", option), f"{option.partition('=')[0]} is for "
                              "running a plan; ") for option in RUN_OPTIONS),
                           (("--model=unet.onnx", "--links=false"), "--links is for --profile; "
                            "--emit-profile-of measures this machine alone")):
        done = measure(*options)
        assert done.returncode == 1 and words in done.stderr, done.stderr
    for name in ("a/b", ""):
        done = subprocess.run([program[0], f"--emit-profile-of={name}", "--model=unet.onnx"],
                              capture_output=True, text=True)
        assert done.returncode == 1 and f"bad name '{name}'" in done.stderr, done.stderr
    monkeypatch.setenv("OMPI_COMM_WORLD_SIZE", "2")
    assert "start it without mpirun" in measure("--model=unet.onnx").stderr


def test_profile_needs_a_process_for_each_device(scratch):
    (scratch / "cluster.yaml").write_text(split.even_cluster(3))
    message, = errors(run(2, f"--profile={scratch / 'p.json'}",
                          f"--devices={scratch / 'cluster.yaml'}", status=1))
    assert "the cluster has 3 devices, but there are 2 processes" in message


def test_profile_takes_some_time(scratch):
    (scratch / "cluster.yaml").write_text(split.even_cluster(1))
    message, = errors(run(1, f"--profile={scratch / 'p.json'}", "--profile-time=0",
                          f"--devices={scratch / 'cluster.yaml'}", status=1))
    assert "--profile-time takes a time above 0, such as 4s, not '0'" in message


def test_profile_of_a_wrong_cluster(scratch):
    (scratch / "cluster.yaml").write_text(split.even_cluster(2).replace("10 ms", "10 parsecs"))
    done = run(2, f"--profile={scratch / 'p.json'}",
               f"--devices={scratch / 'cluster.yaml'}", status=1)
    assert errors(done) == ["the cluster file is not valid"]
    assert done.stderr.count("cluster.yaml:3:") == 1 and "unknown unit 'parsecs'" in done.stderr


def test_plan_missing_on_one_rank(given, scratch):
    words = [str(RUN), str(given.folder / "plan.json")]
    done = subprocess.run(
        [MPI, "-np", "2", *words, ":", "-np", "1", words[0], str(scratch / "none.json")],
        capture_output=True, text=True, timeout=60, env=ENVIRONMENT)
    message, = errors(done)
    assert done.returncode != 0 and "none.json: cannot read the plan" in message


# --- Long runs ---------------------------------------------------------------


def test_memory_does_not_grow(given):
    """Seconds here; utils/emulation/soak does it for as long as asked."""
    process, ranks = start(given)

    def resident():
        return [int(re.search(r"VmRSS:\s+(\d+)", pathlib.Path(
            f"/proc/{pid}/status").read_text()).group(1)) for pid in ranks.values()]

    time.sleep(1.5)
    before = resident()
    time.sleep(3)
    after = resident()
    process.terminate()
    end(process, ranks)
    assert all(new - old < 1024 for old, new in zip(before, after)), (before, after)


def test_a_page_with_what_was_measured(scratch):
    """onnx-split-run --report shows the plan beside the figures of --json; it
    needs what onnx-split --report wrote, and says so before it runs anything."""
    parts = split.split(models.unet(), scratch, cluster=split.even_cluster(2))
    plan = parts.folder / "plan.json"
    done = run(2, plan, "--items=4", f"--report={scratch / 'page.html'}", status=1)
    error, = errors(done)
    assert "report.json cannot be read" in error and "onnx-split --report" in error
    assert not (scratch / "page.html").exists()

    shutil.rmtree(parts.folder)
    parts = split.split(models.unet(), scratch, "--report", cluster=split.even_cluster(2))
    run(2, plan, "--items=300", "--warmup=5", f"--json={scratch / 'run.json'}",
        f"--report={scratch / 'page.html'}")
    page = (scratch / "page.html").read_text()
    data = {name: json.loads(text) for name, text in re.findall(
        r'<script type="application/json" id="(\w+)">(.*?)</script>', page, re.S)}
    assert data["plan"] == parts.plan
    assert data["report"] == json.loads((parts.folder / "report.json").read_text())
    assert data["run"] == json.loads((scratch / "run.json").read_text())
    items = {int(event["name"].split()[1]) for event in data["trace"]["traceEvents"]
             if event["ph"] == "X"}
    assert items == set(range(200))

    # Nothing that is read is replaced, and no page shows another plan.
    part = parts.folder / parts.stages[0]["file"]
    for option, file in (("report", plan), ("json", part),
                         ("trace", parts.folder / "report.json")):
        content = file.read_bytes()
        done = run(2, plan, "--items=4", f"--{option}={file}", status=1)
        assert "would be replaced" in errors(done)[0]
        assert file.read_bytes() == content
    plan.write_text(json.dumps(parts.plan))
    done = run(2, plan, "--items=4", f"--report={scratch / 'other.html'}", status=1)
    assert "was written for another plan" in errors(done)[0]


def test_a_profile_says_what_it_measures(scratch):
    """With --progress, since nobody sees through mpirun whether there is a terminal."""
    (scratch / "two.yaml").write_text(
        "version: 1\ndevices: [{name: a}, {name: b}]\n"
        "links: {default: {bandwidth: 1 Gbit/s}}\n")
    options = [f"--profile={scratch / 'profile.json'}", f"--devices={scratch / 'two.yaml'}",
               "--profile-time=0.2s"]
    quiet = run(2, *options)
    assert "measuring the link" not in quiet.stderr
    said = re.findall(r"^onnx-split-run: measuring (.*)$",
                      run(2, *options, "--progress").stderr, re.M)
    assert said[0].startswith("takes about")
    assert said[1:] == ["the link from 'a' to 'b'", "the link from 'b' to 'a'",
                        "what messages take of computing on 'a'",
                        "what messages take of computing on 'b'"]
