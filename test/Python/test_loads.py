"""What loads something has a row: in every plan some device, link or medium is
at 100 %, and messages, wires and loads add up."""

import itertools
import json
import re
import subprocess

import onnx
import pytest

import models
from split import BIN, MODELS, ROOT, onnx_split

CLUSTERS = sorted((ROOT / "examples").glob("*.yaml"))
SHAPES = {"ch_PP-OCRv4_rec_infer": "x=1x3x48x320",
          "ch_ppocr_mobile_v2.0_cls_infer": "x=1x3x48x192"}
WAYS = [[], ["--revisit"], ["--replicate"], ["--objective=latency"],
        ["--strategy=greedy"], ["--max-stages=2"]]


def plan_and_table(model, cluster, folder, *options):
    """plan.json and the table beside it; None where there is no plan."""
    done = onnx_split(model, "--devices", cluster, "--seed=1", "--force",
                      "--time-limit=200ms", "-o", folder / "parts", *options)
    if done.returncode == 2:
        return None
    assert done.returncode == 0, done.stderr
    return json.loads((folder / "parts/plan.json").read_text()), done.stdout


def read_cluster(path):
    return json.loads(subprocess.check_output(
        [BIN / "onnx-split-translate", "--cluster-to-json", path]))


def check(plan, cluster):
    media = {medium["name"] for medium in cluster["media"]}
    assert {medium["name"] for medium in plan["media"]} == media
    loads = [load["load_ns"] for kind in ("devices", "links", "media")
             for load in plan[kind]]
    assert max(loads) == plan["bottleneck_ns"]
    # A message has the time of its wires, and a link that of its messages,
    # unless replicas take turns.
    by_tag = {wire["tag"]: wire for wire in plan["wires"]}
    sent = [tag for message in plan["messages"] for tag in message["wires"]]
    assert sorted(sent) == sorted(by_tag)
    for message in plan["messages"]:
        wires = [by_tag[tag] for tag in message["wires"]]
        assert [wire["seq"] for wire in wires] == list(range(len(wires)))
        if wires:
            assert message["time_ns"] == sum(wire["time_ns"] for wire in wires)
            assert message["bytes"] == sum(wire["bytes"] for wire in wires)
            assert message["tensors"] == [wire["tensor"] for wire in wires]
        else:
            assert cluster["ingress" if isinstance(message["from"], str) else
                           "egress"] in (message["from"], message["to"])
    if any("replicas" in stage for stage in plan["stages"]):
        return

    def device(end):
        return end if isinstance(end, str) else plan["stages"][end]["device"]
    for link in plan["links"]:
        ends = link["from"], link["to"]
        assert link["load_ns"] == sum(
            message["time_ns"] for message in plan["messages"]
            if (device(message["from"]), device(message["to"])) == ends)
    for medium in plan["media"]:
        assert medium["load_ns"] == sum(
            link["load_ns"] for link in plan["links"]
            if link.get("medium") == medium["name"])
    for load in plan["devices"]:
        assert load["load_ns"] == sum(
            stage["compute_ns"] for stage in plan["stages"]
            if stage["device"] == load["name"])


@pytest.mark.parametrize("cluster", CLUSTERS, ids=lambda path: path.stem)
@pytest.mark.parametrize("model", sorted(SHAPES))
def test_something_is_at_its_limit(model, cluster, tmp_path):
    planned = 0
    described = read_cluster(cluster)
    for way in WAYS:
        found = plan_and_table(MODELS / f"{model}.onnx", cluster, tmp_path,
                               "--shape", SHAPES[model], *way)
        if found is None:
            continue
        planned += 1
        plan, table = found
        check(plan, described)
        assert re.search(r"\b100 %", table), table
    assert planned > 0


def test_small_networks(tmp_path):
    """Random links, media, ends and ways to plan."""
    network = tmp_path / "network.onnx"
    onnx.save(models.branching(), network)
    planned = 0
    for number, (ends, medium, way) in enumerate(itertools.product(
            ["", "ingress: a\n", "egress: c\n", "ingress: b\negress: b\n"],
            ["", "media: [{name: air, devices: [a, b, c], bandwidth: 9 Mbit/s}]\n"],
            WAYS)):
        cluster = tmp_path / f"{number}.yaml"
        cluster.write_text(
            "version: 1\ndevices:\n"
            "  - {name: a, compute: 30 MFLOP/s, op_overhead: 9 us}\n"
            "  - {name: b, compute: 50 MFLOP/s}\n"
            "  - {name: c, compute: 90 MFLOP/s, op_overhead: 1 us}\n"
            "links:\n  default: {bandwidth: 20 Mbit/s, latency: 3 ms, "
            "message_time: 50 us}\n"
            "  between: [{from: a, to: c, bandwidth: 3 Mbit/s, medium: none}]\n"
            + medium + ends)
        found = plan_and_table(network, cluster, tmp_path, *way)
        if found is None:
            continue
        planned += 1
        plan, table = found
        check(plan, read_cluster(cluster))
        assert re.search(r"\b100 %", table), table
    assert planned > 40


def test_a_plan_without_times_says_so(tmp_path):
    network = tmp_path / "network.onnx"
    onnx.save(models.branching(), network)
    cluster = tmp_path / "free.yaml"
    cluster.write_text("version: 1\ndevices: [{name: a}]\n")
    plan, table = plan_and_table(network, cluster, tmp_path)
    assert plan["bottleneck_ns"] == 0
    assert table.startswith("nothing that this plan does takes time")
    assert "bottleneck   0 ns for each item: nothing takes time" in table
