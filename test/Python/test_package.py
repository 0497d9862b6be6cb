"""The Python package: that it hands on what is asked for and what comes back, all of
it and unchanged, and that parts in one process give what the model gives."""

import dataclasses
import html.parser
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import textwrap
import threading
import tomllib

import jsonschema
import numpy
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

import decoders
import models
import split

sys.path.insert(0, str(split.ROOT / "python"))
os.environ["ONNX_SPLIT_PROGRAM"] = str(split.BIN / "onnx-split")

import onnx_split  # noqa: E402
from onnx_split import Cluster, Device, Link, Medium, options, program  # noqa: E402
from onnx_split.errors import parse_diagnostics  # noqa: E402
from onnx_split_run.errors import RunError  # noqa: E402

README = (split.ROOT / "python/README.md").read_text()
PROMPT = [5, 77, 300, 9, 41]


def chain(names, batch="batch"):
    """A product with a weight of its own for each name."""
    generator = numpy.random.default_rng(len(names))
    nodes, weights, last = [], [], "x"
    for number, name in enumerate(names):
        values = generator.uniform(-0.5, 0.5, (16, 16)).astype("float32")
        weights.append(numpy_helper.from_array(values, f"w{number}"))
        nodes.append(helper.make_node("MatMul", [last, f"w{number}"], [name], name=name))
        last = name
    graph = helper.make_graph(
        nodes, "chain", [helper.make_tensor_value_info("x", TensorProto.FLOAT, [batch, 16])],
        [helper.make_tensor_value_info(last, TensorProto.FLOAT, [batch, 16])], weights)
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)


def even(count):
    """A node takes 10 ms on each device, and links next to nothing."""
    return {"version": 1, "devices": [{"name": "d", "count": count, "op_overhead": "10 ms"}],
            "links": {"default": {"bandwidth": "100 Gbit/s", "latency": "1 us"}}}


@pytest.fixture
def given(scratch, monkeypatch):
    """The current folder, with a model of six nodes and a cluster of three devices."""
    monkeypatch.chdir(scratch)
    onnx.save(chain("abcdef"), scratch / "model.onnx")
    (scratch / "cluster.yaml").write_text(split.even_cluster(3))
    return scratch


@pytest.fixture
def plan(given):
    return onnx_split.plan("model.onnx", "cluster.yaml", dims={"batch": 1})


def plan_of_command(*arguments):
    done = split.onnx_split(*arguments, "--dry-run", "--format=json")
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def nodes_of(plan):
    return [(stage.device, [node.index for node in stage.nodes]) for stage in plan.stages]


# --- Plans -------------------------------------------------------------------


def test_the_readme(given):
    """Every snippet, one after the other."""
    # 512 operations a node.
    (given / "cluster.yaml").write_text(textwrap.dedent("""
        version: 1
        devices: [{name: cam, compute: 40 kFLOP/s}, {name: box, compute: 50 kFLOP/s}]
        links: {default: {bandwidth: 1 Gbit/s}}
        """))
    decoder = decoders.make("plain", given)
    onnx_split.plan(decoder.path, even(2), time_limit=0.5, stages=2, assume={
        "batch_size": 1, "sequence_length": 1, "past_sequence_length": 64}).write("decoder.split")
    image = numpy.ones((1, 16), "float32")
    names = {"image": image, "images": [image, image]}
    snippets = re.findall(r"^```python\n(.*?)^```", README, re.DOTALL | re.MULTILINE)
    assert len(snippets) == 7
    for snippet in snippets:
        exec(snippet, names)
    assert (given / "plan.html").exists() and len(names["tokens"]) <= 16
    # What the comments of the last one promise.
    with pytest.raises(onnx_split.BadInput) as caught:
        onnx_split.plan("model.onnx", {"version": 1, "devices": [{"name": "a", "memori": "2 GB"}]})
    error = caught.value
    assert f"# {error.file} {error.line} {error.column}\n" in README
    assert error.message.startswith("unknown key 'memori' in a device (did you mean ")


def test_figures_are_those_of_the_plan(plan):
    data = plan_of_command("model.onnx", "--devices=cluster.yaml", "--dim=batch=1")
    assert plan.data == data
    jsonschema.validate(plan.data, json.loads((split.ROOT / "docs/plan.schema.json").read_text()))
    for name in ("bottleneck", "latency"):
        assert getattr(plan, name) == data[f"{name}_ns"] / 1e9
    assert (plan.rate, plan.bound) == (data["rate_per_s"], data["lower_bound_ns"] / 1e9)
    assert plan.interval == plan.value == plan.bottleneck == 0.02 and plan.is_optimal
    assert plan.gap == 0 and not plan.assumptions and not plan.warnings and not plan.interrupted
    for stage, one in zip(plan.stages, data["stages"], strict=True):
        assert (stage.index, stage.device, stage.file) == (one["index"], one["device"], one["file"])
        assert [node.name for node in stage.nodes] == [node["name"] for node in one["nodes"]]
        assert stage.compute == one["compute_ns"] / 1e9 and stage.macs == one["macs"]
        assert stage.memory == (one["weight_bytes"] + one["peak_activation_bytes"]
                                + one["buffer_bytes"])
    for message, one in zip(plan.messages, data["messages"], strict=True):
        assert (message.source, message.target) == (one["from"], one["to"])
        assert (message.bytes, message.time) == (one["bytes"], one["time_ns"] / 1e9)
    assert [wire.tensor for wire in plan.wires] == [one["tensor"] for one in data["wires"]]
    assert [load.load for load in plan.loads[:3]] == [0.02] * 3
    assert plan.single_devices[0].bottleneck == 0.06


def test_bounds_are_of_the_objective(given):
    fastest = onnx_split.plan("model.onnx", "cluster.yaml", dims={"batch": 1},
                              objective="latency")
    assert fastest.value == fastest.latency == 0.06 and fastest.is_optimal
    assert fastest.describe().startswith("60.0 ms for one item; optimal among ")
    fewest = onnx_split.plan("model.onnx", "cluster.yaml", dims={"batch": 1},
                             objective="devices", target_rate=30)
    assert fewest.value == fewest.bound == len(fewest.stages) == 2 and fewest.is_optimal
    assert "with 2 devices" in fewest.describe()
    # Four nodes on one device, of which LB1 knows that two would do.
    first = onnx_split.plan("model.onnx", "cluster.yaml", dims={"batch": 1}, strategy="random",
                            seed=5)
    assert (first.bound, first.value, first.gap) == (0.02, 0.04, 0.5) and not first.is_optimal
    assert "25.0 items/s; a better revisiting plan saves 50.0 % at most" in repr(first)
    third = dict(first.data, lower_bound_ns=26_999_999)
    assert "saves 32.6 % at most" in onnx_split.Plan(json.dumps(third)).describe()
    for little, words in ((1, "no useful bound"), (0, "no bound")):
        third["lower_bound_ns"] = little
        assert f"{words}: a better plan may exist" in onnx_split.Plan(json.dumps(third)).describe()


def test_what_is_not_known_is_said(given):
    model = chain("abcd")
    model.graph.node[1].domain = "some.where"
    model.opset_import.append(helper.make_opsetid("some.where", 1))
    model.graph.value_info.append(
        helper.make_tensor_value_info("b", TensorProto.FLOAT, ["batch", 16]))
    plan = onnx_split.plan(model, even(2), assume={"batch": 3})
    assumed, unknown = plan.assumptions
    assert assumed == "batch=3 is assumed; the parts leave it open"
    assert unknown == "1 of 4 nodes have no known cost, and their bytes count: MatMul"
    for text in (str(plan), plan._repr_html_()):
        assert assumed in text and unknown in text and "under 2 assumptions" in text


def keywords_of(function):
    return {field.name for field in dataclasses.fields(function)} - {"arguments"}


def test_every_option_has_a_keyword():
    said = subprocess.run([program.find_program(), "--help"], capture_output=True, text=True)
    flags = set(re.findall(r"^ +--([a-z-]+)", said.stdout, re.MULTILINE))
    other_names = {"shape": "shapes", "dim": "dims", "state": "states", "input": "inputs"}
    elsewhere = {"devices", "plan", "dry-run", "format", "help", "help-mlir", "version",
                 # Of Plan.write, and Plan's questions.
                 "boundary", "weights", "verify", "emit", "report", "force",
                 "explain", "what-if", "why", "pareto"}
    wanted = {other_names.get(flag, flag.replace("-", "_")) for flag in flags - elsewhere}
    assert len(flags) > 30 and wanted == keywords_of(options.Options)
    # What stands in the function's signature.
    assert set(onnx_split.plan.__kwdefaults__) == wanted | {"pareto", "arguments"}
    writing = {"boundary", "weights", "verify", "inputs", "emit", "report", "force"}
    assert set(onnx_split.Plan.write.__kwdefaults__) == writing


def test_options_reach_the_program(scratch):
    """All of them at once, in words, and then by the program."""
    made = options.Options(
        shapes={"x": [1, 3], "s": []}, dims={"a[0]": 2}, assume={"*": 1},
        also=[{"n": 4, "m": 5}, {"n": 6}], states={"in": "out"}, sequences=2, observe=True,
        set={"flag": True, "many": [1, 2.5], "one": numpy.float32(0.1),
             "row": numpy.arange(3), "file": "@f.npy", "table": numpy.ones((2, 2))},
        inputs={"x": "x.npy", "y": numpy.ones(2)}, unknown_op="error",
        allow_linked_weights=True, objective="latency", target_rate=2.5, max_latency=0.05,
        strategy="exact", time_limit="2min", gap=0.1, seed=3, pin={"a*": "d", "a1": "e"},
        cut="t", no_cut=["u", "v"], stages=2, max_stages=3, revisit=True, replicate=True,
        arguments=["--mlir-timing"])
    assert made.as_arguments(scratch) == [
        "--shape=x=1x3", "--shape=s=", "--dim=a[0]=2", "--assume=*=1", "--also=n=4,m=5",
        "--also=n=6", "--set=flag=true", "--set=many=[1,2.5]", "--set=one=0.10000000149011612",
        "--set=row=[0,1,2]", "--set=file=@f.npy", f"--set=table=@{scratch}/set5.npy",
        "--state=in=out", "--sequences=2", "--observe", "--input=x=x.npy",
        f"--input=y={scratch}/input1.npy", "--unknown-op=error", "--allow-linked-weights",
        "--objective=latency", "--target-rate=2.5", "--max-latency=0.05s", "--strategy=exact",
        "--time-limit=2min", "--gap=0.1", "--seed=3", "--pin=a*=d", "--pin=a1=e", "--cut=t",
        "--no-cut=u", "--no-cut=v", "--stages=2", "--max-stages=3", "--revisit", "--replicate",
        "--mlir-timing"]
    assert numpy.array_equal(numpy.load(scratch / "set5.npy"), numpy.ones((2, 2)))
    assert [*options.Options().as_arguments(scratch)] == []


@pytest.mark.parametrize("limit", [0, -1, "0s"])
def test_a_time_limit_is_above_zero(given, limit):
    with pytest.raises(onnx_split.BadInput, match="--time-limit takes a time above 0, such as"):
        onnx_split.plan("model.onnx", "cluster.yaml", time_limit=limit)


def test_demands_and_points(given):
    plan = onnx_split.plan(
        "model.onnx", "cluster.yaml", assume={"batch": 1}, also=[{"batch": 8}], pareto=True,
        pin={"*": "d1", "#0": "d0"}, max_latency=0.5, time_limit=2)
    assert [stage.device for stage in plan.stages] == ["d0", "d1"]
    assert [point.point for point in plan.points] == ["batch=8"]
    assert plan.data["max_latency_ns"] == 500_000_000
    assert plan.demands == ("pin *=d1", "pin #0=d0", "at most 500 ms for one item")
    assert f" plans, with {', '.join(plan.demands)}, under " in plan.describe()
    bound = {"cuts": ["t"], "no_cuts": ["u"], "min_stages": 2, "max_stages": 2}
    for demands, words in (
            (bound, ("cut t", "no cut at u", "exactly 2 stages")),
            ({"max_stages": 1}, ("at most 1 stage",)), ({}, ())):
        other = {**plan.data, "demands": demands}
        del other["max_latency_ns"]
        assert onnx_split.Plan(json.dumps(other)).demands == words
    assert plan.pareto[0].interval == plan.data["pareto"][0]["interval_ns"] / 1e9


def test_a_set_input_stays_set(given):
    """An array of several axes is a file, which later questions find again."""
    model = onnx.parser.parse_model("""
        <ir_version: 8, opset_import: ["" : 17]>
        g (float[2] x, float[2,2] m, bool flip) => (float[2] y) {
          a = MatMul(x, m)
          b = If (flip) <then_branch = f () => (float[2] c) { c = Neg(a) },
                         else_branch = g () => (float[2] c) { c = Abs(a) }>
          y = Identity(b)
        }""")
    swap = numpy.array([[0, 1], [1, 0]], "float32")
    plan = onnx_split.plan(model, "cluster.yaml", cut="a", set={"m": swap, "flip": True})
    swap[:] = 7  # too late
    assert plan.data["inputs"] == ["x"] and "'a' is cut" in plan.why("a")[0]
    with onnx_split.Pipeline(plan.write("model.split")) as pipeline:
        assert pipeline.run({"x": [2.0, 3.0]})["y"].tolist() == [-3, -2]


# --- Clusters and models that are no files -----------------------------------


def test_clusters_in_python(given):
    text = textwrap.dedent("""
        version: 1
        devices:
          - {name: cam, compute: {f32: 1 MFLOP/s, i8: 2 MOP/s}, memory: 1 MiB, op_overhead: 20 us}
          - {name: rack, compute: 3000000 FLOP/s, count: 2, memory_bandwidth: 1 GB/s,
             unsupported: [NonZero], types: [f32]}
        links:
          default: {bandwidth: 90 Mbit/s, latency: 1 ms, message_time: 5 us}
          between:
            - {devices: [cam, rack-0], bandwidth: 0}
            - {from: rack-0, to: rack-1, bandwidth: 1 Gbit/s, medium: none}
        media: [{name: wifi, devices: [cam, rack], bandwidth: 54 Mbit/s}]
        ingress: cam
        egress: rack-1
        """)
    (given / "other.yaml").write_text(text)
    built = Cluster(
        [Device("cam", {"f32": "1 MFLOP/s", "i8": 2e6}, memory=2**20, op_overhead=2e-5),
         Device("rack", 3_000_000, count=2, memory_bandwidth="1 GB/s",
                unsupported=["NonZero"], types=("f32",))],
        default=Link(bandwidth="90 Mbit/s", latency=numpy.float64(0.001), message_time=5e-6),
        links=[Link(("cam", "rack-0"), 0),
               Link(source="rack-0", target="rack-1", bandwidth=10**9, medium="none")],
        media=[Medium("wifi", ["cam", "rack"], 54e6)], ingress="cam", egress="rack-1")
    wanted = onnx_split.plan("model.onnx", "other.yaml", dims={"batch": 1})
    for cluster in (built, built.as_dict()):
        plan = onnx_split.plan("model.onnx", cluster, dims={"batch": 1})
        differ = {key for key, value in plan.data.items() if value != wanted.data[key]}
        # But for the units that are printed.
        assert differ <= {"cluster", "si_bytes"} and len(plan.stages) > 1


def test_files_of_a_cluster_are_below_the_current_folder(given):
    (given / "measured").mkdir()
    (given / "measured/links.csv").write_text("Mbit/s,a,b\na,,22\nb,fast,\n")
    cluster = {"version": 1, "devices": [{"name": "a"}, {"name": "b"}],
               "links": {"matrix": "measured/links.csv"}}
    with pytest.raises(onnx_split.BadInput) as caught:
        onnx_split.plan("model.onnx", cluster, dims={"batch": 1})
    assert (caught.value.file, caught.value.line) == ("measured/links.csv", 3)
    (given / "measured/links.csv").write_text("Mbit/s,a,b\na,,22\nb,5,\n")
    plan = onnx_split.plan("model.onnx", cluster, dims={"batch": 1}, cut="c")
    assert plan.messages[0].time == pytest.approx(64 * 8 / 22e6, rel=1e-3)
    for outside in ("../links.csv", str(given / "measured/links.csv")):
        cluster["links"]["matrix"] = outside
        with pytest.raises(onnx_split.BadInput, match="must be relative to the folder"):
            onnx_split.plan("model.onnx", cluster, dims={"batch": 1})


@pytest.mark.parametrize("most", [1 << 30, 1000])
def test_models_in_memory(most, given, monkeypatch):
    """Also larger than protobuf writes, with a lower limit for this."""
    monkeypatch.setattr("onnx_split.model._MOST_INLINE", most)
    model = onnx.load("model.onnx")
    model.metadata_props.add(key="kept", value="yes")
    before = model.SerializeToString()
    plan = onnx_split.plan(model, "cluster.yaml", dims={"batch": 1})
    assert model.SerializeToString() == before
    assert nodes_of(plan) == nodes_of(onnx_split.plan("model.onnx", "cluster.yaml",
                                                      dims={"batch": 1}))
    sent = onnx.load(plan._request.model.path, load_external_data=False)
    places = [int(entry.value) for tensor in sent.graph.initializer
              for entry in tensor.external_data if entry.key == "offset"]
    assert places == ([4096 * number for number in range(6)] if most == 1000 else [])
    parts = plan.write("parts", boundary="io")
    part = onnx.load(parts.files[0], load_external_data=False)
    assert ("kept", "yes") in [(one.key, one.value) for one in part.metadata_props]
    assert parts.files[0].with_suffix(".onnx.data").exists() == (most == 1000)
    split.compare(split.run_whole("model.onnx", {"x": numpy.ones((1, 16), "float32")}, False),
                  parts.folder, {"x": numpy.ones((1, 16), "float32")}, False)


def test_an_error_in_a_model_in_memory(given):
    with pytest.raises(onnx_split.BadInput) as caught:
        onnx_split.plan(chain("ab"), even(2), shapes={"z": [1]})
    assert caught.value.file == "<model>" and "tmp" not in str(caught.value)


def test_nothing_stays_behind(given, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(given))
    there = set(os.listdir())
    plan = onnx_split.plan(chain("ab"), even(2), dims={"batch": 1})
    assert set(os.listdir()) - there
    plan.explain()
    del plan
    assert set(os.listdir()) == there


# --- Questions ---------------------------------------------------------------


def test_answers_know_what_was_proven(plan, given):
    said = plan.explain()
    assert any("the bound of 20.0 ms" in sentence for sentence in said)
    assert any(one.change == "one more device like 'd0'" for one in said.advice)
    plan.save("plan.json")
    loaded = onnx_split.Plan.load("plan.json")
    assert loaded.bound == plan.bound and nodes_of(loaded) == nodes_of(plan)
    assert not any("the bound of" in sentence for sentence in loaded.explain())


def test_what_if_and_why(plan):
    said = plan.what_if("+1 d0", "without d2")
    assert [one.change for one in said.advice] == ["+1 d0", "without d2"]
    more, less = said.advice
    assert (more.value, more.now, less.value) == (0.02, 0.02, 0.03) and less.is_proven
    assert less.factor == pytest.approx(2 / 3) and len(said) == 2
    assert "<li>with without d2: 30.0 ms" in said._repr_html_()
    cut, kept = plan.why("b"), plan.why("a")
    assert "'b' is cut" in cut[0] and "'a' is not cut" in kept[0]
    assert tuple(plan.why("b", "a")) == (*cut, *kept) and not cut.advice
    with pytest.raises(onnx_split.BadInput, match="no tensor of the model"):
        plan.why("nothing")


def test_a_plan_that_a_clock_ended_is_applied(plan):
    """It need not be found again, so that answers must not be about another one."""
    other = onnx_split.plan("model.onnx", "cluster.yaml", dims={"batch": 1}, strategy="random",
                            seed=5)
    assert nodes_of(other) != nodes_of(plan)
    hurried = onnx_split.Plan(
        other.text.replace('"stopped_by_clock": false', '"stopped_by_clock": true'), plan._request)
    assert hurried.data["stopped_by_clock"] and not other.data["stopped_by_clock"]
    better = "planned anew, without any change: 20.0 ms (50.0 items/s), 2.00 times as fast"
    assert hurried.what_if("+1 d0")[0] == better
    # And where planning does not find it again although it should.
    forged = onnx_split.Plan(other.text, plan._request)
    assert forged.what_if("+1 d0")[0] == better and better not in plan.what_if("+1 d0")


def test_the_report(plan, given):
    assert plan.report("page.html") == given / "page.html"
    assert '"bottleneck_ns"' in (given / "page.html").read_text()
    plan.report("data.json")
    assert json.loads((given / "data.json").read_text())["model"]["name"] == "model.onnx"


# --- Files -------------------------------------------------------------------


def test_what_was_planned_is_written(given):
    plan = onnx_split.plan("model.onnx", "cluster.yaml", dims={"batch": 1}, strategy="random",
                           seed=5)
    parts = plan.write("model.split", boundary="io", weights="external", emit="mpi", report=True,
                       verify=1e-3)
    written = onnx_split.Plan.load(parts)
    assert nodes_of(written) == nodes_of(plan)
    assert list(parts.files) == [given / "model.split" / stage.file for stage in plan.stages]
    assert {"hostfile", "report.html", "stage0-" + plan.stages[0].device + ".onnx.data"} <= set(
        os.listdir(parts))
    for file in parts.files:
        assert not {node.domain for node in onnx.load(file).graph.node} - {""}
    assert re.match("verified +the parts give the model's 1 output", parts.verification[0])
    with pytest.raises(onnx_split.BadInput, match="--force"):
        plan.write("model.split")
    assert plan.write("model.split", force=True).verification == ()
    # Where the caller has gone elsewhere meanwhile, paths are as they were.
    (given / "below").mkdir()
    os.chdir(given / "below")
    assert plan.write("here").folder == given / "below/here"


@pytest.mark.parametrize("demand", ["replicate", "revisit"])
def test_plans_of_a_file_are_applied_as_they_are(demand, given):
    cluster = {"version": 1, "devices": [{"name": "d", "count": 2, "op_overhead": "10 ms"}],
               "links": {"default": {"bandwidth": "100 Gbit/s"}}}
    (given / "two.yaml").write_text(json.dumps(cluster))
    more = {"stages": 3} if demand == "revisit" else {"max_stages": 1}
    plan = onnx_split.plan("model.onnx", "two.yaml", dims={"batch": 1}, **{demand: True}, **more)
    devices = [name for stage in plan.stages for name in (stage.device, *stage.replicas)]
    assert len(devices) > len(set(devices)) or plan.stages[0].replicas
    plan.save("plan.json")
    loaded = onnx_split.Plan.load("plan.json")
    assert nodes_of(loaded) == nodes_of(plan) and len(loaded.write("parts").files) > 0


BAD_PLANS = {"[]": "version is None", '{"version": 1}': "version is 1", "{\n 1}": "no plan.json",
             '{"version": 2}': "'source' is missing"}


@pytest.mark.parametrize("text", BAD_PLANS)
def test_files_that_are_no_plan(text, given):
    (given / "plan.json").write_text(text)
    with pytest.raises(onnx_split.BadInput, match=BAD_PLANS[text]) as caught:
        onnx_split.Plan.load(given)
    assert caught.value.file == str(given / "plan.json")
    assert caught.value.line == (2 if "\n" in text else None)


def test_a_plan_of_a_file_keeps_its_objective(given):
    onnx_split.plan("model.onnx", "cluster.yaml", dims={"batch": 1}, objective="latency",
                    stages=2).save("plan.json")
    parts = onnx_split.Plan.load("plan.json").write("parts")
    assert onnx_split.Plan.load(parts).objective == "latency"


@pytest.mark.parametrize("name", ["-model.onnx", "@model.onnx"])
def test_names_that_look_like_options(name, given):
    os.rename("model.onnx", name)
    assert len(onnx_split.plan(name, "cluster.yaml", dims={"batch": 1}).stages) == 3


def test_a_stale_plan(plan, given):
    plan.save("plan.json")
    onnx.save(chain("abc"), "model.onnx")
    with pytest.raises(onnx_split.BadInput, match="stale"):
        onnx_split.Plan.load("plan.json").write("parts")
    assert not (given / "parts").exists()


# --- Errors ------------------------------------------------------------------


def test_places_of_errors(given):
    (given / "bad.yaml").write_text("version: 1\ndevices:\n  - {name: a, memory: 4 Gb}\n"
                                    "  - {name: a}\n")
    with pytest.raises(onnx_split.BadInput) as caught:
        onnx_split.plan("model.onnx", "bad.yaml")
    error = caught.value
    assert (error.file, error.line, error.column, error.status) == ("bad.yaml", 3, 23, 1)
    assert error.suggestion == "GB" and "units of memory: B, kB" in error.message
    second = error.diagnostics[1]
    assert second.line == 4 and "'a' appears twice" in second.message
    assert str(error).startswith("bad.yaml:3:23: unknown unit 'Gb'")

    with pytest.raises(onnx_split.BadInput) as caught:
        onnx_split.plan("model.onnx", "cluster.yaml", objective="speed")
    assert caught.value.file is None and "throughput, latency or devices" in str(caught.value)


def test_errors_quote_what_was_built(given):
    devices = [{"name": "a"}, {"name": "b", "memory": "4 Gb"}]
    with pytest.raises(onnx_split.BadInput) as caught:
        onnx_split.plan("model.onnx", {"version": 1, "devices": devices})
    error = caught.value
    assert error.file == "<cluster>" and error.diagnostics[0].excerpt == json.dumps(devices[1])
    assert json.dumps(devices[1])[error.column - 5:].startswith('"4 Gb"')


def test_no_plan(given):
    with pytest.raises(onnx_split.NoPlan) as caught:
        onnx_split.plan("model.onnx", {"version": 1, "devices": [{"name": "a", "memory": "1 KiB"}]},
                        dims={"batch": 1})
    assert caught.value.status == 2 and any("more memory" in note for note in caught.value.notes)


def test_parts_that_differ(given):
    plan = onnx_split.plan(models.unseeded(), even(3), cut=["a", "b"])
    with pytest.raises(onnx_split.NotVerified) as caught:
        plan.write("parts", verify=True, inputs={"x": numpy.ones((8, 8), "float32")})
    assert caught.value.status == 3 and "'y'" in caught.value.output
    assert (given / "parts/plan.json").exists()
    allowed = plan.write("parts", verify=3.5, force=True).verification
    assert allowed[0].startswith("verified") and "allowed 350 %" in " ".join(allowed)


def test_a_folder_that_cannot_be_made(plan, given):
    with pytest.raises(onnx_split.CannotWrite) as caught:
        plan.write("cluster.yaml/parts")
    assert caught.value.status == 4 and "cluster.yaml/parts" in str(caught.value)


def test_warnings_are_kept(given):
    model = chain("ab")
    model.graph.node[0].op_type, model.graph.node[1].op_type = "Identity", "Identity"
    del model.graph.node[0].input[1], model.graph.node[1].input[1]
    nodes = list(model.graph.node)
    del model.graph.node[:]
    model.graph.node.extend(reversed(nodes))
    [warning] = onnx_split.plan(model, even(1), dims={"batch": 1}).warnings
    assert warning.severity == "warning" and warning.file == "<model>"


def test_what_messages_may_hold():
    text = ("a: error: b.yaml:3:4: error: first: note: not one\n"
            "x.yaml: note: second\u2028error: not one\n"
            "m.onnx: node 'a': error: is it\n"
            "model.onnx:7:1: 'n: 1': warning: soft\nverified error: no\n")
    first, second, third = parse_diagnostics(text, {"m.onnx": "<model>"})
    assert (first.file, first.message) == ("a", "b.yaml:3:4: error: first: note: not one")
    assert first.notes == ("second\u2028error: not one",)
    assert (second.file, second.name, second.message) == ("<model>", "node 'a'", "is it")
    assert (third.severity, third.file, third.line, third.name) == (
        "warning", "model.onnx", 7, "'n: 1'")


def test_where_the_program_is(given, monkeypatch):
    real = os.environ["ONNX_SPLIT_PROGRAM"]
    for path in (given / "nothing", given / "cluster.yaml"):
        monkeypatch.setenv("ONNX_SPLIT_PROGRAM", str(path))
        with pytest.raises(onnx_split.ProgramNotFound, match="ONNX_SPLIT_PROGRAM"):
            onnx_split.plan("model.onnx", "cluster.yaml")
    monkeypatch.delenv("ONNX_SPLIT_PROGRAM")
    inside = given / "inside/onnx-split"
    monkeypatch.setattr(program.sysconfig, "get_path", lambda *_: str(given / "inside"))
    for folder in ("path", "inside"):
        (given / folder).mkdir()
    monkeypatch.setenv("PATH", str(given / "path"))
    with pytest.raises(onnx_split.ProgramNotFound) as caught:
        onnx_split.find_program()
    assert "ONNX_SPLIT_PROGRAM=/path/to" in caught.value.notes[0]
    # The one beside Python comes before PATH's.
    os.symlink(real, given / "path/onnx-split")
    assert onnx_split.find_program() == str(given / "path/onnx-split")
    os.symlink(real, inside)
    assert onnx_split.find_program() == str(inside)
    assert onnx_split.version().startswith("onnx-split ")


def test_a_program_that_crashes(given, monkeypatch):
    write_program(given, monkeypatch, "kill -SEGV $$")
    with pytest.raises(onnx_split.OnnxSplitError, match="ended by signal 11") as caught:
        onnx_split.plan("model.onnx", "cluster.yaml")
    assert caught.value.status == -11


# --- Ctrl-C ------------------------------------------------------------------


def write_program(folder, monkeypatch, text):
    """One that stands for onnx-split."""
    (folder / "fake").write_text(f"#!/bin/sh\n{text}\n")
    (folder / "fake").chmod(0o755)
    monkeypatch.setenv("ONNX_SPLIT_PROGRAM", str(folder / "fake"))


def interrupt(folder, times):
    """Ctrl-C for this process once the program is ready, and again when it says so."""
    def send():
        for time in range(times):
            while not (folder / f"ready{time}").exists():
                threading.Event().wait(0.01)
            os.kill(os.getpid(), signal.SIGINT)
    thread = threading.Thread(target=send)
    thread.start()
    return thread


WAITS = "while :; do sleep 0.05; done"


def test_an_interrupt_takes_the_plan(plan, given, monkeypatch):
    """The program hears of it, once, and what it says is taken."""
    plan.save("plan.json")
    write_program(given, monkeypatch, "cut -d' ' -f6 /proc/$$/stat > session\n"
                  "trap 'echo heard >> heard; cat plan.json; echo "
                  "\"m: warning: interrupted: it is the best so far\" >&2; exit 0' INT\n"
                  f"touch ready0\n{WAITS}")
    thread = interrupt(given, 1)
    taken = onnx_split.plan("model.onnx", "cluster.yaml")
    thread.join()
    assert taken.interrupted and nodes_of(taken) == nodes_of(plan)
    assert taken.warnings[0].message.startswith("interrupted: ")
    assert (given / "heard").read_text() == "heard\n"
    # That of a terminal goes to all processes of the session.
    assert int((given / "session").read_text()) != os.getsid(0)


@pytest.mark.parametrize("answer", ["trap - INT; kill -INT $$", "exit 2"])
def test_an_interrupt_without_a_plan(answer, given, monkeypatch):
    write_program(given, monkeypatch, f"trap '{answer}' INT\ntouch ready0\n{WAITS}")
    thread = interrupt(given, 1)
    with pytest.raises(KeyboardInterrupt):
        onnx_split.plan("model.onnx", "cluster.yaml")
    thread.join()


def test_a_second_interrupt_ends_it(given, monkeypatch):
    write_program(given, monkeypatch,
                  f"echo $$ > pid; trap 'touch ready1' INT; touch ready0\n{WAITS}")
    thread = interrupt(given, 2)
    with pytest.raises(KeyboardInterrupt):
        onnx_split.plan("model.onnx", "cluster.yaml")
    thread.join()
    assert split.is_gone(int((given / "pid").read_text()))


def test_an_interrupt_while_it_starts(given, monkeypatch):
    """The program may be there before the call that starts it has returned."""
    write_program(given, monkeypatch, f"echo $$ > pid; trap 'exit 2' INT; touch ready0\n{WAITS}")
    real = subprocess.Popen

    class Slow(real):
        def __init__(self, *arguments, **options):
            super().__init__(*arguments, **options)
            while not (given / "ready0").exists():
                threading.Event().wait(0.01)
            os.kill(os.getpid(), signal.SIGINT)
    monkeypatch.setattr(subprocess, "Popen", Slow)
    with pytest.raises(KeyboardInterrupt):
        onnx_split.plan("model.onnx", "cluster.yaml")
    assert split.is_gone(int((given / "pid").read_text()))
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


# --- Notebooks ---------------------------------------------------------------


HOSTILE = ["</td><script>alert(1)</script>", "a\"b'c", "\u202egnp.exe", "x" * 10000, "&lt;",
           "\x1b[31m", "<img src=x onerror=y>"]


class Tags(html.parser.HTMLParser):
    def __init__(self, text):
        super().__init__()
        self.tags, self.attributes, self.text = set(), [], ""
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        self.tags.add(tag)
        self.attributes += attributes

    def handle_data(self, data):
        self.text += data


def test_names_stay_text_in_notebooks(given):
    model = chain(HOSTILE, batch="<b>\x1b")
    plan = onnx_split.plan(model, even(7), assume={"*": 1})
    assert len(plan.stages) == 7
    page = Tags(plan._repr_html_())
    assert page.tags <= {"div", "p", "b", "table", "thead", "tbody", "tr", "th", "td", "ul", "li"}
    assert not page.attributes and len(page.text) < 2000
    assert HOSTILE[0] in page.text and "&lt;" in page.text and "<b>\\x1b=1 is assumed" in page.text
    for text in (page.text, str(plan), repr(plan)):
        assert "\x1b" not in text and "\u202e" not in text
    assert "\\u202egnp.exe" in page.text
    said = plan.why(HOSTILE[0])
    assert HOSTILE[0] in said[0] and "<script>" not in said._repr_html_()


def test_tables(plan, monkeypatch):
    class Frame:
        def __init__(self, rows):
            self.rows = rows

        def set_index(self, name):
            return {row[name]: row for row in self.rows}

    monkeypatch.setitem(sys.modules, "pandas", None)
    with pytest.raises(ImportError, match="pip install pandas"):
        plan.to_frame()
    monkeypatch.setitem(sys.modules, "pandas", type(sys)("pandas"))
    sys.modules["pandas"].DataFrame = Frame
    frame = plan.to_frame()
    assert [frame[index]["device"] for index in range(3)] == [s.device for s in plan.stages]
    assert frame[1]["compute"] == 0.02 and frame[1]["memory"] == plan.stages[1].memory


def test_nothing_else_is_needed(given):
    """Without any other package, planning works, and Pipeline says what it lacks."""
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-c", textwrap.dedent(f"""
            import sys
            sys.path.insert(0, {str(split.ROOT / 'python')!r})
            import onnx_split
            plan = onnx_split.plan("model.onnx", "cluster.yaml", dims={{"batch": 1}})
            print(plan, plan.write("parts").files)
            try:
                onnx_split.Pipeline("parts")
            except ImportError as error:
                print(error)
            """)], capture_output=True, text=True, cwd=given)
    assert done.returncode == 0, done.stderr
    assert "50.0 items/s" in done.stdout and "pip install 'onnx-split[run]'" in done.stdout


@pytest.mark.parametrize("program", ["run", "profile"])
def test_programs_of_the_runner(given, program):
    call = [sys.executable, "-m", f"onnx_split.{program}"]
    environment = {**os.environ, "PYTHONPATH": str(split.ROOT / "python")}
    done = subprocess.run([*call, "--help"], capture_output=True, text=True, env=environment)
    assert done.returncode == 0 and "python -m onnx_split_run" in done.stdout
    done = subprocess.run([*call, "missing.json"], capture_output=True, text=True,
                          env=environment)
    assert done.returncode == 1 and "missing.json" in done.stderr
    # With the package of plans alone.
    shutil.copytree(split.ROOT / "python/onnx_split", given / "alone/onnx_split")
    done = subprocess.run(
        [sys.executable, "-S", "-m", f"onnx_split.{program}", "plan.json"], capture_output=True,
        text=True, env={**os.environ, "PYTHONPATH": str(given / "alone")}, cwd=given)
    assert done.returncode == 1 and done.stderr.startswith(
        f"onnx_split.{program}: error: this needs the package onnx-split-run, ")


def test_two_wheels_of_one_version():
    """What pip reads: two packages, of which the one that plans names the other."""
    version = re.search(r"project\(onnx-split VERSION (\S+)",
                        (split.ROOT / "CMakeLists.txt").read_text())[1]
    planner, runner = (tomllib.loads((split.ROOT / "python" / path).read_text())
                       for path in ("pyproject.toml", "onnx_split_run/pyproject.toml"))
    assert {planner["project"]["version"], runner["project"]["version"]} == {version}
    extras = planner["project"]["optional-dependencies"]
    assert extras["run"] == [f"onnx-split-run[mpi,onnxruntime] == {version}"]
    assert set(runner["project"]["optional-dependencies"]) == {"mpi", "onnxruntime"}
    assert "dependencies" not in planner["project"]
    for settings in (planner, runner):
        package, = settings["tool"]["setuptools"]["packages"]
        assert (split.ROOT / "python" / package / "__init__.py").exists()


# --- Parts in this process ---------------------------------------------------


def test_parts_give_what_the_model_gives(plan):
    generator = numpy.random.default_rng(7)
    items = [{"x": generator.uniform(-1, 1, (1, 16)).astype("float32")} for _ in range(20)]
    expected = [split.run_whole("model.onnx", item, False)["f"] for item in items]
    with onnx_split.Pipeline(plan.write("model.split"), optimise="off", threads=1) as pipeline:
        assert (pipeline.inputs, pipeline.outputs) == (("x",), ("f",))
        assert split.tools.same_bits(pipeline.run(items[3])["f"], expected[3])
        streamed = list(pipeline.stream(iter(items)))
        for one, other in zip(streamed, expected, strict=True):
            assert list(one) == ["f"] and split.tools.same_bits(one["f"], other)
        # Numbers and lists are arrays of the type that the model takes.
        listed = pipeline.run({"x": items[0]["x"].tolist()})
        assert split.tools.same_bits(listed["f"], expected[0])
    assert not [thread for thread in threading.enumerate() if "onnx-split" in thread.name]
    with pytest.raises(ValueError, match="closed"):
        pipeline.run(items[0])


def test_stages_work_at_once(plan):
    """Items are taken before the first has come out, and not without end."""
    image = numpy.ones((1, 16), "float32")
    taken = []

    def images():
        for number in range(100):
            taken.append(number)
            yield {"x": image}

    with onnx_split.Pipeline(plan.write("model.split")) as pipeline:
        stages = pipeline._stages
        # The last one waits until all others have had an item.
        gate = threading.Event()
        run = stages[-1]._run
        stages[-1]._run = lambda feeds: gate.wait(30) and run(feeds)
        results = pipeline.stream(images())
        threading.Timer(0.3, gate.set).start()
        next(results)
        assert len(taken) == 6
        # Items that nobody waits for any longer are in nobody's way.
        results.close()
        assert list(pipeline.run({"x": image})) == ["f"] and len(taken) < 20


def test_wrong_items(plan):
    image = numpy.ones((1, 16), "float32")
    with onnx_split.Pipeline(plan.write("model.split")) as pipeline:
        for inputs, words in (({"y": image}, "no input 'y'; it has 'x'"), ({}, "'x' has no value"),
                              ({"x": image[0]}, "shape 16 where"),
                              ({"x": image.astype("int8")}, "elements of int8")):
            with pytest.raises(RunError, match=words):
                pipeline.run(inputs)
        # What is no item at all, and what is no array.
        for inputs, words in (
                (None, "an item is a dictionary of arrays by the names of inputs, such as "
                       r"\{'x': array\}, not None"),
                ([image], "not an object of type list"), (image, "not an object of type ndarray"),
                ("x", "not an object of type str"), ({1: image}, "no input '1'; it has 'x'"),
                ({}, r"an item is such as \{'x': array\}"),
                ({"x": None}, "'x' is None where the model takes a NumPy array of float with "
                              "shape 1x16"),
                ({"x": "image.npy"}, "'x' is an object of type str where"),
                ({"x": object()}, "'x' is an object of type object where"),
                ({"x": [[1.0], [1.0, 2.0]]}, "'x' is no array of float: "),
                ({"x": ["a"]}, "'x' is no array of float: "), ({"x": 1}, "has shape scalar where"),
                ({"x": numpy.float32(1)}, "has shape scalar where")):
            with pytest.raises(RunError, match=words):
                pipeline.run(inputs)
            with pytest.raises(RunError, match=words):
                next(pipeline.stream([inputs]))
        with pytest.raises(RunError, match="such as a list of dictionaries, not None"):
            next(pipeline.stream(None))
        for prompt in (None, "text", [None]):
            with pytest.raises(RunError, match="a prompt is a list of token numbers"):
                pipeline.generate(prompt, 4)
        with pytest.raises(RunError, match="not an object of type list"):
            pipeline.generate([1], 4, inputs=[image])
        # The items around it are none the worse.
        stream = pipeline.stream([{"x": image}, {"x": image[0]}, {"x": image}])
        assert list(next(stream)) == ["f"]
        with pytest.raises(RunError, match="shape 16"):
            next(stream)
        assert list(pipeline.run({"x": image})) == ["f"]
    with pytest.raises(RunError, match="cannot read the plan"):
        onnx_split.Pipeline("nowhere")


def test_wrong_numbers(given):
    """A list does not lose its fractions, and no stage has run an item that is wrong
    for a later one."""
    model = onnx.parser.parse_model("""
        <ir_version: 8, opset_import: ["" : 17]>
        g (int64[2] x, uint8[2] k, int64[2] state_in_0) => (int64[2] y, int64[2] state_out_0) {
          state_out_0 = Add(x, state_in_0)
          z = Neg(state_out_0)
          c = Cast<to = 7>(k)
          y = Add(z, c)
        }""")
    plan = onnx_split.plan(model, even(2), cut="z")
    parts = plan.write("parts")
    for settings, words in (({"optimise": "fast"}, "bad optimise 'fast'; use one of 'all'"),
                            ({"threads": 0}, "bad threads 0"),
                            ({"threads": "2"}, "bad threads '2'")):
        with pytest.raises(RunError, match=words):
            onnx_split.Pipeline(parts, **settings)
    with onnx_split.Pipeline(parts) as pipeline:
        assert pipeline.inputs == ("x", "k")
        for inputs, words in (({"x": [1.5, 1], "k": [0, 0]}, "'x' has numbers that are no int64"),
                              ({"x": [1, 1], "k": [0, 0.5]}, "'k' has numbers that are no uint8"),
                              ({"x": [1, 1], "k": [0]}, "'k' has shape 1 where"),
                              ({"x": [1, 1], "k": [0, 300]}, "'k' "),
                              ({"x": [1, 1]}, "'k' has no value")):
            with pytest.raises(RunError, match=words):
                pipeline.run(inputs)
        assert list(pipeline.run({"x": [1.0, 2], "k": [5, 5]})["y"]) == [4, 3]


def test_states_stay_with_their_stages(given):
    model = onnx.parser.parse_model("""
        <ir_version: 8, opset_import: ["" : 17]>
        g (float[4] x, float[4] state_in.0, float[4] state_in.1)
          => (float[4] y, float[4] state_out.0, float[4] state_out.1) {
          state_out.0 = Add(x, state_in.0)
          z = Neg(state_out.0)
          state_out.1 = Add(z, state_in.1)
          y = Identity(state_out.1)
        }""".replace("state_in.", "state_in_").replace("state_out.", "state_out_"))
    plan = onnx_split.plan(model, even(2), cut="z")
    assert [len(stage.states) for stage in plan.stages] == [1, 1]
    items = [{"x": numpy.full(4, number, "float32")} for number in range(1, 6)]
    sums = -numpy.cumsum(numpy.cumsum(range(1, 6)))
    with onnx_split.Pipeline(plan.write("parts")) as pipeline:
        assert pipeline.inputs == ("x",)
        assert [made["y"][0] for made in pipeline.stream(items)] == list(sums)
        pipeline.reset()
        assert [pipeline.run(item)["y"][0] for item in items[:2]] == list(sums[:2])
        begun = pipeline.run({**items[0], "state_in_0": numpy.full(4, 10, "float32")})
        assert begun["state_out_0"][0] == 11


@pytest.fixture(params=["plain", "int4"])
def decoder(request, scratch):
    """With its parts, on two devices."""
    made = decoders.make(request.param, scratch)
    plan = onnx_split.plan(made.path, even(2), stages=2, time_limit=0.5, assume={
        "batch_size": 1, "sequence_length": 1,
        **{name: int(value) for name, value in (one.split("=") for one in made.at(1023))}})
    made.has_positions = "position_ids" in plan.data["inputs"]
    made.parts = plan.write(scratch / "parts")
    return made


def test_tokens_are_those_of_a_loop(decoder):
    wanted, _ = decoders.tokens_of(decoders.Whole(decoder.path), decoder.has_positions, PROMPT, 16)
    with onnx_split.Pipeline(decoder.parts, optimise="off", threads=1) as pipeline:
        assert pipeline.generate(PROMPT, 16) == wanted and len(set(wanted)) > 8
        # Again from the beginning, from an array, and with an end.
        ended = pipeline.generate(numpy.array(PROMPT), 16, stop=wanted[5])
        assert ended == wanted[:wanted.index(wanted[5]) + 1]
        one_by_one = pipeline.stream_tokens(PROMPT, 16)
        assert [next(one_by_one) for _ in range(3)] == wanted[:3]
        assert pipeline.generate(PROMPT, 0) == []
        assert pipeline.generate(PROMPT, 8, top_k=1) == wanted[:8]
        drawn = pipeline.generate(PROMPT, 16, top_k=900, seed=2)
        assert drawn == pipeline.generate(PROMPT, 16, top_k=900, temperature=1, seed=2) != wanted
        with pytest.raises(ValueError, match="empty"):
            pipeline.generate([], 4)


def test_drawn_tokens_are_those_of_the_runner(scratch):
    if not (split.BIN / "onnx-split-run").exists():
        pytest.skip("this build has no onnx-split-run")
    from mpi import run

    made = decoders.make("plain", scratch)
    parts = split.split(made.path, scratch, *made.decoding, "--stages=2",
                        cluster=split.even_cluster(2))
    numpy.save(scratch / "prompt.npy", numpy.array(PROMPT))
    run(2, parts.folder / "plan.json", "--generate=16", f"--prompt={scratch / 'prompt.npy'}",
        "--threads=1", "--optimise=off", "--top-k=20", "--temperature=3", "--seed=11",
        f"--json={scratch / 'run.json'}")
    [sequence] = json.loads((scratch / "run.json").read_text())["sequences"]
    with onnx_split.Pipeline(parts.folder, optimise="off", threads=1) as pipeline:
        drawn = pipeline.generate(PROMPT, 16, top_k=20, temperature=3, seed=11)
        assert drawn == sequence["tokens"] != pipeline.generate(PROMPT, 16)


def test_models_that_score_no_tokens(plan):
    with onnx_split.Pipeline(plan.write("model.split")) as pipeline:
        with pytest.raises(RunError, match="no output 'logits'"):
            pipeline.generate(PROMPT, 4)
