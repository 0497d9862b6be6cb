"""problem.json: it fits its schema, and whoever plans on it gets the plan and
the figures of onnx-split itself. Placements of others are evaluated by the same
definitions, and can be split by."""

import copy
import csv
import io
import json
import subprocess

import jsonschema
import onnx
import pytest

import models
import split
from decoders import make
from test_quantised import Residual
from test_quantised import CLUSTER as QUANTISED_CLUSTER

CLUSTER = """version: 1
device_types:
  slow: {compute: 2 MFLOP/s, memory: 1 MiB, op_overhead: 2 us, memory_bandwidth: 1 GB/s}
devices:
  - {name: cam, type: slow, runtime_memory: 4 KiB}
  - {name: box, compute: {f32: 5 MFLOP/s}, op_overhead: 1 us}
  - {name: rack, type: slow, count: 2, unsupported: [Softmax]}
links:
  default: {bandwidth: 10 Mbit/s, latency: 10 us, message_time: 3 us}
  between:
    - {from: cam, to: box, bandwidth: 30 Mbit/s}
    - {devices: [cam, rack-1], bandwidth: 0}
media: [{name: wifi, devices: [cam, box], bandwidth: 20 Mbit/s}]
ingress: cam
"""


def schema(name):
    loaded = json.loads((split.ROOT / f"docs/{name}.schema.json").read_text())
    jsonschema.Draft202012Validator.check_schema(loaded)
    return jsonschema.Draft202012Validator(loaded)


PROBLEM, PLACEMENT = schema("problem"), schema("placement")


def bench(*arguments, status=0, cwd=None):
    """The rows that onnx-split-bench prints, and what it says."""
    done = subprocess.run([split.BIN / "onnx-split-bench", *map(str, arguments)],
                          capture_output=True, text=True, timeout=300, cwd=cwd)
    assert done.returncode == status, done.stderr
    return list(csv.DictReader(io.StringIO(done.stdout))), done.stderr


def emit(model, scratch, *options, cluster=CLUSTER):
    """The parts, and the problem."""
    done = split.split(model, scratch, "--emit=problem", *options, cluster=cluster)
    problem = json.loads((done.folder / "problem.json").read_text())
    PROBLEM.validate(problem)
    return done, problem


def fixed(model):
    """With 8 for whatever is open."""
    for value in [*model.graph.input, *model.graph.output]:
        for dim in value.type.tensor_type.shape.dim:
            if dim.dim_param:
                dim.dim_value = 8
    return model


MODELS = {
    "transformer": lambda: fixed(models.transformer(layers=2)),
    "unet": lambda: models.unet(depth=2),
    "branching": models.branching,
    "tied": models.tied_weights,
    "functions": models.local_functions,
    "bodies": models.captured_late,
    "quantised": models.quantised,
}
OPTIONS = {
    "plain": [],
    "latency": ["--objective=latency"],
    "devices": ["--objective=devices", "--target-rate=0.1"],
    "stages": ["--stages=2"],
    "revisit": ["--revisit"],
    "limits": ["--max-latency=60s", "--max-stages=3", "--target-rate=0.1"],
}


@pytest.mark.parametrize("options", OPTIONS)
@pytest.mark.parametrize("name", MODELS)
def test_plans_are_the_same(name, options, scratch):
    """Also where it says what is asked for, and whatever wrote it."""
    model = MODELS[name]()
    if options == "stages" and len(model.graph.node) < 3:
        pytest.skip("no two stages")
    # Shares of a minute end no search here, while some with revisits never end.
    limit = "--time-limit=" + ("1s" if options == "revisit" else "60s")
    done, problem = emit(model, scratch, limit, *OPTIONS[options])
    plan = done.plan
    problem_file = done.folder / "problem.json"
    rows, _ = bench(problem_file, limit, "--write-placements", scratch / "placed")
    objective = {"latency": plan["latency_ns"], "devices": len(plan["devices"])}.get(
        plan["objective"], plan["bottleneck_ns"])
    # What ends with the clock depends on the machine; its proofs hold all the same.
    bound = plan.get("lower_bound_devices", plan["lower_bound_ns"])
    struck = plan["stopped_by_clock"]
    if not struck:
        assert int(rows[0]["objective"]) == objective
        assert rows[0]["method"] == plan["method"]
        assert int(rows[0]["lower_bound"]) == bound
    assert int(rows[0]["objective"]) >= bound and int(rows[0]["lower_bound"]) <= objective
    planned = [plan["bottleneck_ns"], plan["bottleneck_ns"]]
    if struck and plan["objective"] == "throughput":
        planned[1] = int(rows[0]["objective"])

    # Both plans, as a placement each, have the figures of the summary.
    placed = next((scratch / "placed").iterdir())
    PLACEMENT.validate(json.loads(placed.read_text()))
    PLACEMENT.validate(plan)
    rows, _ = bench(problem_file, "--placement", done.folder / "plan.json",
                    "--placement", placed)
    for row, bottleneck in zip(rows, planned, strict=True):
        assert row["feasible"] == "yes" and row["violations"] == "0"
        assert int(row["bottleneck"]) == bottleneck
        assert struck or int(row["stages"]) == len(plan["stages"])
    assert int(rows[0]["latency"]) == plan["latency_ns"]
    # Among plans of one bottleneck the search for less latency ends with the
    # clock on a busy machine; what is asked for is the same.
    if plan["objective"] == "latency":
        assert int(rows[1]["latency"]) == plan["latency_ns"]

    # The placement is a plan that can be split by.
    again = split.onnx_split(
        scratch / "whole.onnx", "--devices", scratch / "cluster.yaml", *OPTIONS[options],
        "--plan", placed, "--dry-run", "--format=json")
    assert again.returncode == 0, again.stderr
    assert json.loads(again.stdout)["bottleneck_ns"] == planned[1]


def test_bench_writes_the_same(scratch):
    """Without weights, too; and where the model has no plan."""
    done, problem = emit(fixed(models.transformer(layers=2)), scratch)
    for name, text in {"cluster": CLUSTER, "small": CLUSTER.replace("memory: 1 MiB", "memory: 9 B")}.items():
        (scratch / f"{name}.yaml").write_text(text)
    bench(scratch / "whole.onnx", "--devices", scratch / "cluster.yaml",
          "--write-problems", scratch / "out")
    written = (scratch / "out/whole@cluster.problem.json").read_bytes()
    assert written == (done.folder / "problem.json").read_bytes()

    model = onnx.load(scratch / "whole.onnx")
    onnx.save(model, scratch / "bare.onnx", save_as_external_data=True, location="bare.data",
              size_threshold=0)
    (scratch / "bare.data").unlink()
    text = (scratch / "small.yaml").read_text().replace("name: box, ", "name: box, memory: 9 B, ")
    (scratch / "small.yaml").write_text(text)
    rows, messages = bench(scratch / "bare.onnx", "--devices", scratch / "small.yaml",
                           "--write-problems", scratch / "out", status=2)
    assert rows[0]["objective"] == "" and "error: no plan exists" in messages
    bare = json.loads((scratch / "out/bare@small.problem.json").read_text())
    assert [task["name"] for task in bare["tasks"]] == [task["name"] for task in problem["tasks"]]
    rows, messages = bench(scratch / "out/bare@small.problem.json", status=2)
    assert "error: no plan exists" in messages


def test_what_it_says(scratch):
    """The figures of the cluster file and of the options, each in its place."""
    model = models.branching()
    cut = next(node.output[0] for node in model.graph.node)
    last = model.graph.node[-1]
    done, problem = emit(model, scratch, "--cut", cut, "--pin", f"tensor:{last.output[0]}=box",
                         "--max-latency=1s")
    assert problem["name"] == "whole@cluster"
    assert problem["source"]["digest"] == done.plan["source"]["digest"]
    assert problem["max_latency_ns"] == 10**9 and problem["target_ns"] is None
    names = [device["name"] for device in problem["devices"]]
    assert names == ["cam", "box", "rack-0", "rack-1"]
    assert [device["memory_bytes"] for device in problem["devices"]] == [2**20, None, 2**20, 2**20]
    assert problem["devices"][0]["runtime_bytes"] == 4096
    assert problem["ingress"] == 0 and problem["egress"] is None
    assert problem["link_of"][0][3] is None and problem["link_of"][0][0] is None
    link = problem["links"][problem["link_of"][0][1]]
    assert link == {"bits_per_second": 30_000_000, "message_time_ns": 3000,
                    "latency_ns": 10_000, "medium": 0}
    assert problem["links"][problem["link_of"][1][0]]["bits_per_second"] == 20_000_000
    assert problem["media"] == [{"name": "wifi", "devices": [0, 1]}]
    tensor, = [tensor for tensor in problem["tensors"] if tensor["name"] == cut]
    assert tensor["must_cut"] and tensor["can_cut"]
    pinned, = [task for task in problem["tasks"] if task["pin"] is not None]
    assert pinned["pin"] == 1
    assert model.graph.node[pinned["node"]["index"]].output[0] == last.output[0]
    for task in problem["tasks"]:
        node = model.graph.node[task["node"]["index"]]
        made = [tensor["name"] for tensor in problem["tensors"]
                if tensor["producer"] == problem["tasks"].index(task)]
        assert made == list(node.output)


def test_tokens_and_operating_points(tmp_path):
    """States are weights; memory is that of the largest point."""
    made = make("plain", tmp_path)
    figures = {}
    for name, also in {"one": [], "two": ["--also", "past_sequence_length=2000"]}.items():
        folder = tmp_path / name
        folder.mkdir()
        done, problem = emit(made.path, folder, *made.decoding, *also)
        assert problem["sequences"] == 1
        assert any(weight["is_state"] for weight in problem["weights"])
        assert any(task["has_state"] for task in problem["tasks"])
        rows, _ = bench(done.folder / "problem.json", "--placement", done.folder / "plan.json")
        assert rows[0]["feasible"] == "yes"
        assert int(rows[0]["bottleneck"]) == done.plan["bottleneck_ns"]
        assert int(rows[0]["interval"]) == max(done.plan["bottleneck_ns"],
                                               done.plan["round_trip_ns"])
        figures[name] = (sum(tensor["bytes"] for tensor in problem["tensors"]),
                         sum(tensor["message_bytes"] for tensor in problem["tensors"]))
    assert figures["two"][0] > figures["one"][0]
    assert figures["two"][1] == figures["one"][1]


def test_integers_travel(scratch):
    """What several nodes dequantise counts in messages as the integers: each
    receiver dequantises it, and these copies are no part of the problem."""
    done, problem = emit(Residual(1, 7).model(), scratch, cluster=QUANTISED_CLUSTER)
    shared = [tensor for tensor in problem["tensors"]
              if tensor["name"].endswith("_d") and len(tensor["consumers"]) > 1]
    assert shared
    assert all(tensor["bytes"] == 4 * tensor["message_bytes"] for tensor in shared)
    rows, _ = bench(done.folder / "problem.json")
    assert int(rows[0]["objective"]) <= done.plan["bottleneck_ns"]
    assert int(rows[0]["lower_bound"]) == done.plan["lower_bound_ns"]


def test_violations_are_named(scratch):
    done, problem = emit(fixed(models.transformer(layers=2)), scratch)
    count = len(problem["tasks"])
    softmax = next(index for index, task in enumerate(problem["tasks"])
                   if task["time_ns"][problem["devices"][2]["speed_class"]] is None)
    placements = {
        "order": [{"device": "cam", "tasks": [count - 1]},
                  {"device": "box", "tasks": list(range(count - 1))}],
        "twice": [{"device": "box", "tasks": list(range(count - 1))},
                  {"device": "box", "tasks": [count - 1]}],
        "ability": [{"device": "rack-0", "tasks": list(range(count))}],
        "link": [{"device": "cam", "tasks": list(range(softmax))},
                 {"device": "rack-1", "tasks": list(range(softmax, count))}],
    }
    said = {}
    for name, stages in placements.items():
        file = scratch / f"{name}.json"
        file.write_text(json.dumps({"stages": stages}))
        rows, said[name] = bench(done.folder / "problem.json", "--placement", file, status=2)
        assert rows[0]["feasible"] == "no" and int(rows[0]["violations"]) > 0
    assert "goes back from stage 1 to stage 0" in said["order"]
    assert "device 'box' holds both stage 0 and stage 1" in said["twice"]
    assert "cannot run on device 'rack-0'" in said["ability"]
    assert "there is no link from device 'cam' to 'rack-1'" in said["link"]
    # What a device has room for.
    tight = copy.deepcopy(problem)
    for device in tight["devices"]:
        device["memory_bytes"] = 5000
    (scratch / "tight.json").write_text(json.dumps(tight))
    rows, messages = bench(scratch / "tight.json", "--placement", done.folder / "plan.json",
                           status=2)
    assert "has 5000 bytes (4.883 KiB)" in messages
    # Revisiting is what the class allows.
    rows, _ = bench(done.folder / "problem.json", "--class=revisiting", "--placement",
                    scratch / "twice.json")
    assert rows[0]["feasible"] == "yes"


def test_streamed_weights(scratch):
    """The problem has the caches, and its plan streams as much."""
    cluster = CLUSTER.replace("{name: box,", "{name: box, weight_cache: 2 KiB, "
                              "weight_stream: 9 MB/s,")
    done, problem = emit(MODELS["transformer"](), scratch, "--pin=*=box", cluster=cluster)
    box = problem["devices"][1]
    assert (box["weight_cache_bytes"], box["stream_bytes_per_second"]) == (2048, 9 * 10**6)
    assert not any("weight_cache_bytes" in device for device in problem["devices"][:1])
    stage = done.plan["stages"][0]
    left, streamed = 2048, 0
    for weight in dict.fromkeys(w for task in problem["tasks"] for w in task["weights"]):
        size = problem["weights"][weight]["bytes"]
        left, streamed = (left - size, streamed) if size <= left else (left, streamed + size)
    assert streamed > 0
    assert (stage["cached_bytes"], stage["streamed_bytes"]) == (2048 - left, streamed)
    assert stage["stream_ns"] == -(-streamed * 1000 // 9)
    assert stage["first_item_ns"] == stage["compute_ns"] + -(-(2048 - left) * 1000 // 9)
    rows, _ = bench(done.folder / "problem.json")
    assert int(rows[0]["objective"]) == done.plan["bottleneck_ns"]


def test_schema_and_reader_agree(scratch):
    """On every figure of a small problem that has each key: what is missing, of
    another kind or out of range."""
    problem = {
        "version": 1, "name": "p", "source": {"digest": "00"}, "objective": "latency",
        "target_ns": 9, "max_latency_ns": None, "min_stages": 0, "max_stages": 2,
        "revisit": True, "replicate": False, "sequences": None,
        "devices": [{"name": "a", "memory_bytes": 99, "runtime_bytes": 1, "speed_class": 0,
                     "message_ns": 1, "byte_ps": 1, "weight_cache_bytes": 0,
                     "stream_bytes_per_second": 1}],
        "media": [{"name": "m", "devices": [0]}],
        "links": [{"bits_per_second": 8, "message_time_ns": 1, "latency_ns": 1, "medium": 0}],
        "link_of": [[None]], "ingress": 0, "egress": None,
        "weights": [{"name": "w", "bytes": 1, "is_state": False}],
        "tasks": [{"name": "t", "node": {"index": 0, "path": ["then", "1"]}, "time_ns": [1],
                   "weights": [0], "pin": 0, "has_state": True, "why_nowhere": "no"}],
        "tensors": [{"name": "x", "producer": None, "consumers": [0], "bytes": 4,
                     "message_bytes": 2, "can_cut": True, "must_cut": False,
                     "is_output": True, "alias_of": None}]}

    def places(value, path=()):
        yield path
        for key, inner in (value.items() if isinstance(value, dict) else
                           enumerate(value) if isinstance(value, list) else ()):
            yield from places(inner, (*path, key))

    def changed(path, value):
        made = copy.deepcopy(problem)
        place = made
        for step in path[:-1]:
            place = place[step]
        if value is KeyError:
            del place[path[-1]]
        else:
            place[path[-1]] = value
        return made

    changes = []
    for path in places(problem):
        if path and isinstance(path[-1], str):
            changes.append((path, KeyError))
        if path:
            changes += [(path, value) for value in
                        (None, True, "text", -1, 1.5, 2**63 - 1, [], {}, 0)]
    changes += [(path, 1) for path in (
        ("extra",), ("devices", 0, "extra"), ("tasks", 0, "node", "extra"),
        ("tensors", 0, "extra"))]
    # What the schema cannot say: lists whose entries fit other lists.
    beyond = ("takes the position", "rows, but there", "row of 'link_of'",
              "a time for each speed class", "tasks stand behind", "the task that makes an alias",
              "'min_stages' is above", "is a list of")
    refused = 0
    file = scratch / "p.json"
    for change in [(("version",), 1), *changes]:
        case = changed(*change)
        file.write_text(json.dumps(case))
        done = subprocess.run(
            [split.BIN / "onnx-split-bench", file, "--time-limit=10ms"],
            capture_output=True, text=True, timeout=60)
        # Without a row nothing was read.
        read, valid = done.stdout != "", PROBLEM.is_valid(case)
        refused += not read
        if read != valid:
            assert valid and any(words in done.stderr for words in beyond), (
                change, done.stderr)
    assert refused > 200
