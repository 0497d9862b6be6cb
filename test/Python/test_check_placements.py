"""utils/check-placements reads instances and placements without any of the
planner's code, and finds the values that onnx-split-bench writes; and it finds
what is wrong with a placement."""

import json
import random
import subprocess
import sys

import pytest

import models
import split
from test_problem import CLUSTER, bench, emit


def check(placements, *instances, status=0):
    """A line for each placement."""
    done = subprocess.run(
        [sys.executable, split.ROOT / "utils/check-placements", placements, *instances],
        capture_output=True, text=True, timeout=300)
    assert done.returncode == status, done.stdout + done.stderr
    return done.stdout.splitlines()


def training_graph(rng):
    """A random forward pass and its mirror image; most nodes share a class with
    their mirror image, and some have none."""
    count = rng.randrange(3, 9)
    nodes, edges = [], []

    def add(place, is_backward, colour):
        node = {"id": place, "supportedOnFpga": int(rng.random() < 0.95),
                "cpuLatency": round(rng.uniform(1, 9), 3),
                "fpgaLatency": round(rng.uniform(0, 3), 3), "size": rng.randrange(5),
                "isBackwardNode": is_backward}
        if colour is not None:
            node["colorClass"] = colour
        nodes.append(node)

    colours = [rng.choice([None, place, place // 2]) for place in range(count)]
    for place, colour in enumerate(colours):
        add(place, 0, colour)
    for place, colour in enumerate(colours):
        add(100 + place, 1, colour)
    cost = {node["id"]: round(rng.uniform(0, 2), 3) for node in nodes}
    for target in range(1, count):
        for source in rng.sample(range(target), min(target, rng.randrange(1, 3))):
            edges.append((source, target))
            edges.append((100 + target, 100 + source))
    edges.append((count - 1, 99 + count))
    return {"maxSizePerFPGA": 18, "maxFPGAs": rng.randrange(1, 4), "maxCPUs": 1,
            "nodes": nodes,
            "edges": [{"sourceId": a, "destId": b, "cost": cost[a]} for a, b in edges]}


@pytest.mark.parametrize("kind", ["contiguous", "revisiting"])
def test_training_graphs(kind, scratch):
    rng = random.Random(kind)
    files = []
    for number in range(30):
        files.append(scratch / f"g{number}.json")
        files[-1].write_text(json.dumps(training_graph(rng)))
    written = scratch / "written.json"
    rows, _ = bench(*files, "--class", kind, "--time-limit=50ms",
                    "--placements", written)
    lines = check(written, *files)
    assert len(lines) == len(rows) == 30
    for row, line in zip(rows, lines):
        assert line.startswith(f"{row['instance']}: {row['objective']} ms ({kind})")
        assert line.endswith(": ok")


def test_graphs_with_the_largest(scratch):
    rng = random.Random(2)
    files = []
    for number in range(20):
        graph = training_graph(rng)
        graph["nodes"] = [node for node in graph["nodes"] if not node["isBackwardNode"]]
        graph["edges"] = [edge for edge in graph["edges"] if edge["destId"] < 100]
        files.append(scratch / f"g{number}.json")
        files[-1].write_text(json.dumps(graph))
    written = scratch / "written.json"
    bench(*files, "--objective=max", "--placements", written)
    lines = check(written, *files)
    assert len(lines) == 20 and all(line.endswith(": ok") for line in lines)


ROW = {"maxSizePerFPGA": 2, "maxFPGAs": 2, "maxCPUs": 0, "nodes": [
    {"id": i, "supportedOnFpga": 1, "cpuLatency": 9, "fpgaLatency": 2, "size": 1,
     "isBackwardNode": 0, "colorClass": i // 2} for i in range(4)],
    "edges": [{"sourceId": i, "destId": i + 1, "cost": 0.5} for i in range(3)]}


def swap(entry):
    """The second and the third node."""
    first, second = entry["stages"]
    first["names"], second["names"] = ["0", "2"], ["1", "3"]


WRONG = {
    "value": (lambda entry: entry.update(value=4), "the value is 4.5, not 4"),
    "bound": (lambda entry: entry.update(lower_bound=5), "the bound 5 is above"),
    "lost": (lambda entry: entry["stages"][0]["names"].pop(), "no device has the nodes [1]"),
    "twice": (lambda entry: entry["stages"][0]["names"].append("3"), "node 3 is placed twice"),
    "unknown": (lambda entry: entry["stages"][0]["names"].append("9"), "there are no nodes [9]"),
    "order": (swap, "have no order"),
    "class": (swap, "the class of node 1 is on two devices"),
    "device": (lambda entry: entry["stages"][0].update(device="cpu-0"), "no device cpu-0"),
    "memory": (lambda entry: (entry["stages"][1]["names"].remove("2"),
                              entry["stages"][0]["names"].append("2")),
               "accelerator-0 holds 3 bytes"),
}


@pytest.mark.parametrize("name", WRONG)
def test_what_is_wrong(name, scratch):
    file, written = scratch / "row.json", scratch / "written.json"
    file.write_text(json.dumps(ROW))
    rows, _ = bench(file, "--placements", written)
    assert rows[0]["objective"] == rows[0]["lower_bound"] == "4.5"
    check(written, file)
    document = json.loads(written.read_text())
    change, text = WRONG[name]
    change(document["placements"][0])
    written.write_text(json.dumps(document))
    line = check(written, file, status=1)[0]
    assert text in line
    # Of what is not placed there is no value to compare.
    if name in ("lost", "twice", "unknown", "device"):
        assert "computed nothing: " in line and "the value is" not in line


def test_an_instance_that_is_missing(scratch):
    file, written = scratch / "row.json", scratch / "written.json"
    file.write_text(json.dumps(ROW))
    bench(file, "--placements", written)
    other = scratch / "other.json"
    other.write_text(json.dumps(ROW))
    assert "not checked: no file" in check(written, other, status=1)[0]


PROFILE = "".join(
    f"node{i} -- Layer -- forward_compute_time={t}, backward_compute_time=1, "
    f"activation_size={a}, parameter_size={w}\n"
    for i, (t, a, w) in enumerate([(1.5, 4e6, 9e9), (2.25, "[1e6; 2e6]", 5e9),
                                   (0.5, 3e6, 8e9), (3, 1e5, 7e9), (1, 1e3, 4e9)], 2)
) + "node1 -- Input0 -- forward_compute_time=5, backward_compute_time=0, " \
    "activation_size=100, parameter_size=0\n" + "".join(
        f"\tnode{a} -- node{b}\n" for a, b in [(1, 2), (2, 3), (2, 4), (3, 5), (4, 5), (5, 6)])


def test_profiles(scratch):
    file, written = scratch / "net.graph.txt", scratch / "written.json"
    file.write_text(PROFILE)
    for kind in ["fixed-order", "contiguous", "revisiting"]:
        bench(file, "--class", kind, "--time-limit=1s", "--placements", written)
        assert check(written, file)[0].endswith(": ok")
    # Memory: 9 + 8 GB do not fit 16 GiB.
    document = json.loads(written.read_text())
    document["placements"][0]["stages"] = [
        {"device": "device-0", "names": ["node2", "node3", "node4"]},
        {"device": "device-1", "names": ["node5", "node6"]}]
    written.write_text(json.dumps(document))
    assert "device-0 needs" in check(written, file, status=1)[0]
    for change, text in [({"device": "device-9"}, "no device device-9"),
                         ({"names": ["node2", "node3", "node9"]}, "not every task is placed")]:
        wrong = json.loads(json.dumps(document))
        wrong["placements"][0]["stages"][0].update(change)
        written.write_text(json.dumps(wrong))
        assert text in check(written, file, status=1)[0]
    # Neither of node3 and node4 reads the other.
    document["placements"][0].update({"class": "fixed-order", "stages": [
        {"device": "device-0", "names": ["node2"]},
        {"device": "device-1", "names": ["node4"]},
        {"device": "device-2", "names": ["node3"]},
        {"device": "device-3", "names": ["node5", "node6"]}]})
    written.write_text(json.dumps(document))
    assert "not in the order of the file" in check(written, file, status=1)[0]


@pytest.mark.parametrize("options", [[], ["--revisit"], ["--objective=devices",
                                                         "--target-rate=0.1"]])
@pytest.mark.parametrize("model", [models.branching, models.captured_late,
                                   models.quantised])
def test_problems_of_models(model, options, scratch):
    """Media, an ingress device, overheads and memory of the runtime among it."""
    done, _ = emit(model(), scratch, *options, cluster=CLUSTER)
    problem, written = done.folder / "problem.json", scratch / "written.json"
    bench(problem, "--placements", written, "--time-limit=2s")
    assert check(written, problem)[0].endswith(": ok")
    document = json.loads(written.read_text())
    document["placements"][0]["value"] += 1
    written.write_text(json.dumps(document))
    check(written, problem, status=1)


def test_generated_problems(scratch):
    written = scratch / "written.json"
    bench("--synthetic=200x5", "--write-problems", scratch, "--placements", written)
    assert check(written, *scratch.glob("*.problem.json"))[0].endswith(": ok")


def test_command_line(scratch):
    file = scratch / "row.json"
    file.write_text(json.dumps(ROW))
    _, text = bench(file, "--placements", scratch / "no" / "folder.json", status=4)
    assert "cannot write" in text
    _, text = bench(file, "--placements", scratch / "x.json", "--placement", file, status=1)
    assert "--placement makes none" in text
