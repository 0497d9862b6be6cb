"""The parts of utils/experiment that run nothing, and the models it makes."""

import itertools
import json
import math
import subprocess
import sys
import types
import xml.dom.minidom

import numpy
import onnx
import pytest

import split

sys.path.insert(0, str(split.ROOT / "utils"))

from experiments import measure, plans, plots, report  # noqa: E402

make_models = split._load_script(split.ROOT / "utils/bench/make-models")

# Keras 3; EfficientNetB1 without the 7 figures that normalise its image, and
# multiply-accumulates as in docs/CostModel.md. ShuffleNetV2: torchvision, which
# gives operations in millions and does not count the means and variances of the
# 8,090 channels that are normalised. Swin: timm, whose export multiplies and
# convolves as often.
PUBLISHED = {
    "mobilenetv2": (3538984, 300774272),
    "resnet50": (25636712, 3857973248),
    "efficientnetb1": (7856239 - 7, 686802832),
    "shufflenetv2": (2278604 + 2 * 8090, pytest.approx(145e6, abs=0.5e6)),
    "transformer": (None, 654567424),
    "swin": (28288354, 4490566656),
}


# --- Models ------------------------------------------------------------------


@pytest.mark.parametrize("name", PUBLISHED)
def test_models_have_the_published_size(name, scratch):
    model, parameters = make_models.build(name)
    published, macs = PUBLISHED[name]
    assert parameters == published or published is None
    names = [node.name for node in model.graph.node]
    assert all(names) and len(set(names)) == len(names)
    onnx.save(model, scratch / "model.onnx")
    (scratch / "one.yaml").write_text("version: 1\ndevices: [{name: a}]\n")
    done = split.onnx_split(scratch / "model.onnx", "--devices", scratch / "one.yaml",
                            "--dry-run", "--format=json")
    assert done.returncode == 0, done.stderr
    plan = json.loads(done.stdout)
    assert sum(stage["macs"] for stage in plan["stages"]) == macs
    assert plan["unknown"] == []


@pytest.mark.parametrize("name", ["shufflenetv2", "swin"])
def test_models_with_open_batches_vary(name, scratch):
    """And read the batch from a tensor, as exporters write it."""
    model, _ = make_models.build(name)
    assert {"Shape", "Gather", "Concat", "Reshape"} <= {n.op_type for n in model.graph.node}
    onnx.save(model, scratch / "model.onnx")
    session = split.tools.session(scratch / "model.onnx", True)
    outputs = [session.run(None, split.tools.random_inputs(session.get_inputs(), {}, {}, seed))[0]
               for seed in (0, 1)]
    assert split.tools.varies(outputs[0])
    assert split.tools.compare(*outputs)[1] > 0.01


def test_models_vary_and_do_not_change(scratch):
    """Another input gives another output; folding changes rounding alone; the
    same name gives the same bytes."""
    outputs = {}
    for fold in (True, False):
        model, _ = make_models.build("mobilenetv2-160", fold)
        path = scratch / f"{fold}.onnx"
        onnx.save(model, path)
        session = split.tools.session(path, True)
        assert ("BatchNormalization" in {n.op_type for n in model.graph.node}) != fold
        for seed in (0, 1):
            inputs = split.tools.random_inputs(session.get_inputs(), {}, {}, seed)
            outputs[fold, seed] = session.run(None, inputs)[0]
    assert split.tools.varies(outputs[True, 0])
    assert split.tools.compare(outputs[True, 0], outputs[True, 1])[1] > 0.01
    assert split.tools.compare(outputs[True, 0], outputs[False, 0])[1] < 1e-4
    again, _ = make_models.build("mobilenetv2-160")
    assert again.SerializeToString() == (scratch / "True.onnx").read_bytes()


# --- Clusters and pairs ------------------------------------------------------


def test_paper_geometry():
    rates = plans.paper_rates(7)
    assert rates == plans.paper_rates(7) != plans.paper_rates(8)
    assert list(rates) == list(itertools.combinations(range(5), 2))
    # At one metre, the least distance, and across the square.
    assert all(v == 5 * math.log2(283231) for v in plans.paper_rates(1, side=0).values())
    least = 5 * math.log2(1 + 283230 / (2 * 150**2))
    assert all(least <= rate <= 5 * math.log2(283231) for seed in range(50)
               for rate in plans.paper_rates(seed).values())


@pytest.mark.parametrize("name", plans.CLUSTERS)
def test_clusters_fit_the_machine(name, scratch):
    cluster = plans.CLUSTERS[name]
    shares = cluster["devices"].values()
    assert sum(shares) <= 1.8 and max(shares) <= 1.0
    pairs = set(map(frozenset, itertools.combinations(cluster["devices"], 2)))
    assert {frozenset(pair) for pair in cluster["links"]} == pairs
    model, _ = make_models.build("transformer")
    onnx.save(model, scratch / "model.onnx")
    (scratch / "cluster.yaml").write_text(plans.cluster_yaml(cluster, None, 512))
    done = split.onnx_split(scratch / "model.onnx", "--devices", scratch / "cluster.yaml",
                            "--dry-run", "--time-limit=1s")
    assert done.returncode == 0, done.stderr


def test_cluster_files_name_profile_and_memory_for_planning_alone():
    cluster = plans.paper_cluster(1, memory=0.5)
    assert "memory" not in plans.cluster_yaml(cluster)
    assert "profile" not in plans.cluster_yaml(cluster)
    planning = plans.cluster_yaml(cluster, "profile.json", 12)
    assert "profile: profile.json\n" in planning
    assert planning.count("memory: 12 MiB, runtime_memory: 0 B") == 5
    stage = {"weight_bytes": 2**21, "peak_activation_bytes": 2**20, "buffer_bytes": 2**20}
    assert plans.memory_cap(cluster, stage) == 2
    assert plans.memory_cap(plans.CLUSTERS["mixed"], stage) is None


def test_nodes_have_their_shares_of_whole_cores():
    def profile(*devices):
        return {"version": 1, "devices": [
            {"device": f"d{i}", "item_ns": item,
             "nodes": [{"index": 3 * k, "name": "n", "ns": ns} for k, ns in enumerate(times)]}
            for i, (item, times) in enumerate(devices)]}

    shares = plans.node_shares(profile((100, (10, 30)), (100, (15, 5))))
    assert shares == {0: 0.5, 3: 0.5}
    slow = plans.with_shares(profile((1000, (1, 2)), (500, (0, 7))), {0: 0.2, 3: 0.8})
    assert slow == profile((1000, (200, 800)), (500, (100, 400)))


def test_speed_of_the_slowest_core(scratch):
    emulated_cluster = scratch / "emulated-cluster"
    emulated_cluster.write_text('#!/bin/sh\ncp "$1" "$3"\n')
    emulated_cluster.chmod(0o755)
    options = types.SimpleNamespace(work=scratch, emulated_cluster=emulated_cluster, timeout=10)
    speeds = scratch / "given.json"
    speeds.write_text('{"0": {"mean": 5, "slowest": 4}, "1": {"mean": 4.5, "slowest": 4.2}}')
    assert measure.slowest_speed(options, speeds) == 4
    speeds.write_text("{}")
    with pytest.raises(measure.Failed, match="no time"):
        measure.slowest_speed(options, speeds)


def test_pairs():
    assert len(plans.PAIRS) >= 20 and len(set(plans.PAIRS)) == len(plans.PAIRS)
    assert {cluster for _, cluster in plans.PAIRS} == set(plans.CLUSTERS)
    assert {model for model, _ in plans.PAIRS} == set(plans.MODELS)
    assert plans.select_pairs(["*@mixed"]) == ([(model, "mixed") for model in plans.MODELS], [])
    assert plans.select_pairs(["ocr"]) == plans.select_pairs(["ocr@*"]) != ([], [])
    ocr, _ = plans.select_pairs(["ocr"])
    assert plans.select_pairs(["none", "ocr", "*@nowhere"]) == (ocr, ["none", "*@nowhere"])


# --- Equal split -------------------------------------------------------------


def test_equal_boundaries():
    assert plans.equal_boundaries([1, 1, 1, 1], 2) == [2]
    assert plans.equal_boundaries([0, 5, 0, 5, 0, 5], 3) == [2, 4]
    # One heavy node: the other parts still have a node each.
    assert plans.equal_boundaries([0, 0, 0, 9], 4) == [1, 2, 3]
    assert plans.equal_boundaries([9, 0, 0, 0], 3) == [1, 2]
    assert plans.equal_boundaries([0, 0, 0], 2) == [1]  # no weights at all
    assert plans.equal_boundaries([1, 1], 5) == [1]  # more devices than nodes


def test_nearby_boundaries():
    found = list(plans.nearby_boundaries([1, 3], 4))
    assert found[0] == [1, 3]
    assert sorted(found) == [[1, 2], [1, 3], [2, 3]]  # all that there are
    moves = [abs(a - 2) + abs(b - 5) for a, b in plans.nearby_boundaries([2, 5], 9)]
    assert moves == sorted(moves)


def test_node_weights():
    node = onnx.helper.make_node
    value = onnx.numpy_helper.from_array
    constant = node("Constant", [], ["c"], value=onnx.helper.make_tensor("", 1, [2], [1, 2]))
    graph = onnx.helper.make_graph(
        [constant, node("Add", ["x", "w"], ["y"]), node("Mul", ["y", "w"], ["z"]),
         node("Mul", ["z", "c"], ["r"])], "g", [], [],
        [value(numpy.array([1, 2, 3], "float32"), "w")])
    assert plans.node_weights(onnx.helper.make_model(graph)) == [0, 12, 0, 8]


def test_equal_split_is_accepted(scratch):
    """A plan with the few keys that the script writes."""
    model, _ = make_models.build("mobilenetv2-160")
    onnx.save(model, scratch / "model.onnx")
    (scratch / "cluster.yaml").write_text(split.even_cluster(4))
    command = [scratch / "model.onnx", "--devices", scratch / "cluster.yaml"]
    done = split.onnx_split(*command, "--dry-run", "--format=json")
    digest = json.loads(done.stdout)["source"]["digest"]
    weights = plans.node_weights(model)
    boundaries = plans.equal_boundaries(weights, 4)
    (scratch / "plan.json").write_text(json.dumps(plans.contiguous_plan(
        digest, ["d0", "d1", "d2", "d3"], boundaries, len(weights))))
    done = split.onnx_split(*command, "--plan", scratch / "plan.json", "--dry-run",
                            "--format=json")
    assert done.returncode == 0, done.stderr
    plan = json.loads(done.stdout)
    assert [len(stage["nodes"]) for stage in plan["stages"]] == [
        b - a for a, b in itertools.pairwise([0, *boundaries, len(weights)])]
    assert len(plans.plan_key(plan)) == 4


def test_item_count():
    assert plans.item_count(100, 3) == 300
    assert plans.item_count(0.1, 3) == 6
    assert plans.item_count(0, 3) == 6  # nothing takes time


# --- Report ------------------------------------------------------------------


def plan_record(predicted, *measured, stages=2):
    """As utils/experiment keeps it: the slowest stage takes all of the time."""
    devices = [f"d{i}" for i in range(stages)]
    messages = [{"from": i, "to": i + 1, "bytes": 8, "time_ns": 10**6}
                for i in range(stages - 1)]
    return {
        "predicted": {
            "bottleneck_ns": int(1e9 / predicted), "rate_per_s": predicted,
            "stages": [{"device": d, "compute_ns": int(1e9 / predicted)} for d in devices],
            "messages": messages},
        "runs": [{
            "items_per_s": rate,
            "stages": [{"compute_ns": {"predicted": 1, "measured": 1e9 / rate}}] * stages,
            "messages": [{**message, "time_ns": {"predicted": 1, "measured": 2e6}}
                         for message in messages],
        } for rate in measured]}


def some_results():
    return {"version": 1, "machine": {"cpu": "some & any", "cores": 2}, "pairs": {
        "a@x": {"plans": {"ours": plan_record(110, 90, 100, 130),
                          "k-path": plan_record(50, 50, stages=1),
                          "equal": plan_record(60, 80)},
                "strategies": {"ours": {"plan": "ours"}, "k-path": {"plan": "k-path"},
                               "greedy": {"plan": "k-path"}, "equal": {"plan": "equal"},
                               "whole": {"plan": "k-path"}}},
        "b@x": {"plans": {"ours": plan_record(10, 8), "random": plan_record(5, 10),
                          "equal": {**plan_record(3), "failed": ["why"]}},
                "strategies": {"ours": {"plan": "ours"}, "random": {"plan": "random"},
                               "equal": {"plan": "equal"},
                               "whole": {"infeasible": "too big"}},
                "limits": ["latencies are not emulated: no module"]}}}


def test_summary():
    found = report.summary(some_results())
    assert (found["pairs"], found["plans"], found["runs"], found["failed"]) == (2, 5, 7, 1)
    # Ours: +10 % on a, +25 % on b, against medians.
    assert found["median"] == pytest.approx(0.175)
    assert (found["worst"], found["worst_pair"]) == (pytest.approx(0.25), "b@x")
    assert (found["fastest"], found["compared"]) == (1, 2)
    assert found["slower"] == {"b@x": pytest.approx(0.8)}
    assert found["against_mean"] == pytest.approx(math.sqrt(100 / 80 * 0.8))
    assert (found["single"], found["promised"], found["kept"]) == (1, 1, 1)
    assert found["speedup"] == pytest.approx(2)
    assert found["message"] == (0.5, 0.5)
    assert found["spread"] == pytest.approx(0.4)


def test_a_message_keeps_a_link_busy_no_longer_than_an_item_takes():
    plan = plan_record(100, 100)
    plan["runs"][0]["messages"][0]["time_ns"]["measured"] = 5e7  # waits for others
    assert report.parts(plan)[-1] == ("message", "d0 to d1", 10**6, 1e7)


def test_wires_of_older_results_are_messages():
    """Those of a pair share the time, and the last to arrive says when all have."""
    plan = plan_record(100, 100)
    del plan["predicted"]["messages"], plan["runs"][0]["messages"]
    assert {kind for kind, *_ in report.parts(plan)} == {"stage"}
    plan["predicted"]["wires"] = [{"from": 0, "to": 1, "time_ns": time} for time in (10, 5)]
    plan["runs"][0]["wires"] = [
        {"from": 0, "to": 1, "time_ns": {"measured": time}} for time in (9, 17)]
    assert report.parts(plan)[-1] == ("message", "d0 to d1", 15, 17)
    assert ("link", "d0 to d1", 15, 17) in report.busy_parts(plan)


def test_a_stage_that_waits_meets_no_pause():
    """It takes its processor time on a whole core, and four times that of a device
    with a quarter of one, which is what a plan counts."""
    stage = {"compute_ns": {"measured": 100}, "cpu_ns": 80}
    assert report.stage_time(stage, 0.25) == 320
    assert report.stage_time(stage, 1) == 100
    # What others took of a whole core, and results without either figure.
    assert report.stage_time(stage, None) == 100
    assert report.stage_time({"compute_ns": {"measured": 100}}, 0.25) == 100
    assert report.stage_time({"compute_ns": {"measured": None}, "cpu_ns": 0}, 0.25) is None


def test_small_parts_are_told_apart():
    """A stage that takes a thousandth of an item's time is off by a hundred times
    itself, which is nothing."""
    results = some_results()
    plan = results["pairs"]["a@x"]["plans"]["ours"]
    before = report.summary(results)["stage"]
    plan["predicted"]["stages"].append({"device": "d2", "compute_ns": 90000})
    for run in plan["runs"]:
        run["stages"] = [*run["stages"], {"compute_ns": {"measured": 900}}]
    found = report.summary(results)
    assert found["stage"] == before and found["small stage"] == (1, 89100)
    assert ("Without those of less than 1 % of an item's time, 1 of kind stage: they are off "
            "by 0.0891 ms at most") in report.markdown(results, "e")


def test_computing_is_predicted_without_messages():
    """Those are another thread's; the busiest part is the device with both."""
    plan = plan_record(100, 100)
    plan["predicted"]["stages"][0]["overhead_ns"] = 4 * 10**6
    assert report.parts(plan)[0][2] == 10**7
    assert report.parts(plan, computing=True)[0][2] == 6 * 10**6


def test_shares_of_older_results_are_those_of_the_cluster():
    assert report.shares_of({"cluster": "mixed"})["small"] == 0.25
    assert report.shares_of({"cluster": "mixed", "shares": {"a": 1}}) == {"a": 1}
    assert report.shares_of({}) == {}


def test_pairs_of_a_given_model(scratch):
    pairs = plans.pairs_of(["mine"])
    assert [cluster for _, cluster in pairs] == list(plans.CLUSTERS)
    assert plans.quick_pairs(pairs) == [("mine", "mixed")]
    assert plans.select_pairs(["mine@slow*"], pairs) == ([("mine", "slow-links")], [])
    script = split.ROOT / "utils/experiment"
    for words, message in ((["--model", "resnet50.onnx"], "call the file otherwise"),
                           (["--dim", "N=1"], "--dim needs --model")):
        done = subprocess.run([sys.executable, script, scratch, "--list", *words],
                              capture_output=True, text=True)
        assert done.returncode != 0 and message in done.stderr
    done = subprocess.run([sys.executable, script, scratch, "--list", "--model", "a/mine.onnx"],
                          capture_output=True, text=True)
    assert done.stdout.split() == [plans.pair_name(pair) for pair in pairs], done.stderr


def test_wires_of_a_pair_are_one_message():
    wires = [{"from": 0, "to": 1, "bytes": 8, "time_ns": 3},
             {"from": 0, "to": 2, "bytes": 1, "time_ns": 5},
             {"from": 0, "to": 1, "bytes": 4, "time_ns": 2}]
    assert measure.messages({"wires": wires}) == [
        {"from": 0, "to": 1, "bytes": 12, "time_ns": 5},
        {"from": 0, "to": 2, "bytes": 1, "time_ns": 5}]


def test_best_other_is_one_device_where_it_shares_the_plan():
    pair = some_results()["pairs"]["a@x"]
    del pair["strategies"]["equal"]
    assert report.best_other(report.outcomes(pair)).strategy == "whole"


def test_tables_tell_what_happened():
    text = report.markdown(some_results(), "experiments")
    assert "| **110 / 100 (+10 %)** |" in text
    assert "no plan" in text and "3 / not run" in text
    assert "1 of 2 pairs" in text and "b@x (0.80 times)" in text
    assert "Latencies are not emulated: no module." in text
    assert "1.25 (equal split) | 2.00 |" in text
    assert "Runs that failed and are left out: 1" in text
    assert "too slow" not in text
    for block in text.split("\n\n"):  # every row of a table has as many cells
        rows = [line for line in block.splitlines() if line.startswith("|")]
        assert len({row.count("|") for row in rows}) <= 1


def test_runner_delays_what_the_kernel_cannot(scratch):
    (scratch / "log").write_text(
        "emulated-cluster: latencies are not emulated: this kernel has no sch_netem; more\n"
        "emulated-cluster: message times are not emulated\n")
    limits = measure.emulation_limits(scratch / "log")
    assert measure.delays_itself(limits) and not measure.delays_itself(limits[1:])
    assert measure.told_limits(limits) == [measure.DELAYED, "message times are not emulated"]


def test_report_tells_where_cores_were_too_slow(scratch):
    results = some_results()
    for run, too_slow in zip(results["pairs"]["a@x"]["plans"]["ours"]["runs"], (True, False, True)):
        run["too_slow"] = too_slow
    assert "In 2 runs a core was too slow" in report.markdown(results, "experiments")
    (scratch / "log").write_text("$ command\nemulated-cluster: for 10% of the time a core was too "
                                 "slow for --steady=4; state a lower speed, or lower quotas\n")
    assert measure.was_too_slow(scratch / "log")
    (scratch / "log").write_text("emulated-cluster: a: 0.9 CPUs\n")
    assert not measure.was_too_slow(scratch / "log")


needs_drawing = pytest.mark.skipif(not plots.find_program(),
                                   reason="a build without Node draws nothing")


def test_report_without_measurements():
    empty = {"machine": {"cpu": "any", "cores": 1}, "pairs": {}}
    assert report.markdown(empty, "e").startswith("0 pairs")


@needs_drawing
def test_plots_without_measurements():
    for drawing in (plots.scatter([], report.NAMES), plots.bars([], report.NAMES)):
        xml.dom.minidom.parseString(drawing)


@needs_drawing
def test_report_goes_between_the_markers(scratch):
    report.write(some_results(), scratch / "new.md")
    assert "2 pairs" in (scratch / "new.md").read_text()
    document = scratch / "Experiments.md"
    document.write_text(f"before\n{report.BEGIN}\nstale\n{report.END}\nafter\n")
    for _ in range(2):  # the second time from the result of the first
        report.write(some_results(), document)
        text = document.read_text()
        assert text.startswith(f"before\n{report.BEGIN}\n2 pairs") and "stale" not in text
        assert text.endswith(f"{report.END}\nafter\n")
    for kind in ("scatter", "bars"):
        drawing = (scratch / f"experiments-{kind}.svg").read_text()
        xml.dom.minidom.parseString(drawing)
    with pytest.raises(ValueError, match="no lines"):
        report.replaced("nothing", "text")
    assert report.BEGIN in (split.ROOT / "docs/Experiments.md").read_text()


def test_report_without_a_drawing_program(scratch, monkeypatch, capsys):
    monkeypatch.setattr(plots, "find_program", lambda: None)
    (scratch / "new-bars.svg").write_text("of before")
    report.write(some_results(), scratch / "new.md")
    assert "2 pairs" in (scratch / "new.md").read_text()
    assert (scratch / "new-bars.svg").read_text() == "of before"
    assert "utils/bootstrap" in capsys.readouterr().err


@needs_drawing
def test_scatter_places_points():
    """A prediction that holds lies on the diagonal, and strategies keep their shapes."""
    drawing = xml.dom.minidom.parseString(plots.scatter(
        [("ours", 10, 10), ("ours", 100, 100), ("whole", 50, 50)], report.NAMES))
    markers = [path for path in drawing.getElementsByTagName("path")
               if path.getAttribute("class").startswith("marker")]
    places = [tuple(map(float, path.getAttribute("transform")[10:-1].split()))
              for path in markers[:3]]
    assert len({round(x + y) for x, y in places}) == 1
    assert places[0][0] < places[2][0] < places[1][0]
    assert "stage-5" in markers[2].getAttribute("class")
