"""Networks that repeat in time: unrolled over steps, every step reads every weight,
and nodes stand in the order of time."""

import json
import random

import numpy
import onnx
import pytest

import split
from spiking import spiking_model

CLUSTER = """version: 1
devices:
  - {name: d, count: 4, compute: 10 GFLOP/s, memory: 6 MiB, op_overhead: 2 us}
links: {default: {bandwidth: 1 Gbit/s, latency: 100 us}}
"""
LAYERS = 8


def weights(layers, size=512):
    draw = numpy.random.default_rng(3)
    return [draw.normal(0.1, 0.4, [size, size]).astype("float32") for _ in range(layers)]


def plan(model, cluster, tmp_path, *options):
    onnx.save(model, tmp_path / "model.onnx")
    (tmp_path / "cluster.yaml").write_text(cluster)
    done = split.onnx_split(tmp_path / "model.onnx", "--devices", tmp_path / "cluster.yaml",
                            "-o", tmp_path / "parts", "--format=json", *options)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def shuffled(model, seed):
    """The same nodes in another order in which each stands behind what it reads."""
    draw, nodes = random.Random(seed), list(model.graph.node)
    known = {value.name for value in [*model.graph.input, *model.graph.initializer]}
    del model.graph.node[:]
    while nodes:
        at = draw.choice([i for i, node in enumerate(nodes) if known.issuperset(node.input)])
        known |= set(nodes[at].output)
        model.graph.node.append(nodes.pop(at))
    return model


@pytest.mark.parametrize("steps", [16, 100])
def test_each_weight_is_on_one_device(tmp_path, steps):
    """Two layers go to each device and stay there over all steps, and the parts
    compute what the whole does."""
    made = plan(spiking_model(steps, weights(LAYERS)), CLUSTER, tmp_path,
                *(["--verify"] if steps == 16 else ["--dry-run"]))
    assert made["bottleneck_ns"] <= 1.002 * made["lower_bound_ns"]
    held = sum(stage["weight_bytes"] for stage in made["stages"])
    assert held <= 1.01 * LAYERS * 512 * 512 * 4
    assert len(made["stages"]) == 4


@pytest.mark.parametrize("seed", range(2))
def test_the_order_of_the_nodes_is_no_matter(tmp_path, seed):
    model = spiking_model(16, weights(LAYERS))
    first = plan(model, CLUSTER, tmp_path, "--dry-run")
    again = plan(shuffled(model, seed), CLUSTER, tmp_path, "--dry-run")
    assert abs(again["bottleneck_ns"] / first["bottleneck_ns"] - 1) <= 0.001


def test_states_cost_no_link_of_the_ingress(tmp_path):
    """A step with its potentials as inputs and outputs, and one device that gives and
    takes all: no message has a potential, and two layers are what each device does."""
    made = plan(spiking_model(1, weights(LAYERS)), CLUSTER + "ingress: d-0\negress: d-0\n",
                tmp_path, "--dry-run", "--state=mem_in_*=mem_out_*")
    assert sum(len(stage["states"]) for stage in made["stages"]) == LAYERS
    sent = {name for message in made["messages"] for name in message["tensors"]}
    assert not {name for name in sent if name.startswith("mem_")}
    # A product takes 512 x 512 x 2 / 10 GFLOP/s, and each of six nodes 2 us more.
    layer = 512 * 512 * 2 / 10 + 6 * 2000
    assert made["bottleneck_ns"] == pytest.approx(2 * layer, rel=0.01)
