"""What utils/experiment runs: clusters, pairs of a model and a cluster, and the
equal split. Nothing here starts a program, so that all of it can be tested."""

import fnmatch
import heapq
import itertools
import math
import random

from onnx import TensorProto

# --- Clusters ----------------------------------------------------------------

# What one whole core is taken to compute before a profile says better. Only
# tells how long a run may take; no plan that is measured rests on it.
GUESSED_GFLOPS = 40

# The figures of the base paper: a rate in Mbit/s for each MHz of a channel over
# d metres is log2(1 + 283230 / d^2), and the largest square has 150 m. Five MHz
# make 16 to 46 Mbit/s for the three seeds, about what small boards reach by Wi-Fi.
PAPER_SIGNAL = 283230
PAPER_SIDE_M = 150
CHANNEL_MHZ = 5


def paper_rates(seed, count=5, side=PAPER_SIDE_M, channel=CHANNEL_MHZ):
    """Mbit/s for each pair (i, j), i < j, of devices at random places of a
    square. A distance counts as a metre at least, so that rates are finite."""
    source = random.Random(seed)
    places = [(source.uniform(0, side), source.uniform(0, side)) for _ in range(count)]
    return {
        (i, j): channel * math.log2(
            1 + PAPER_SIGNAL / max(1.0, math.dist(places[i], places[j])) ** 2)
        for i, j in itertools.combinations(range(count), 2)
    }


def paper_cluster(seed, memory=None):
    """Five equal devices. The sum of the shares leaves room for the transfers."""
    devices = {f"d{i}": 0.3 for i in range(5)}
    links = {(f"d{i}", f"d{j}"): (round(rate, 1), 1.0)
             for (i, j), rate in paper_rates(seed).items()}
    return {"devices": devices, "links": links, "memory": memory}


def full_mesh(devices, rate, latency, **own):
    """Every pair at one rate in Mbit/s and latency in ms, but for `own`: pairs
    that are named 'first_second'."""
    links = {pair: (rate, latency) for pair in itertools.combinations(devices, 2)}
    links |= {tuple(pair.split("_")): figures for pair, figures in own.items()}
    return {"devices": devices, "links": links, "memory": None}


# Devices with their shares of a core, in the order in which the equal split
# takes them; links with Mbit/s and ms, both directions alike. `memory`: what a
# device has, as a share of what the whole model takes. In the paper models do
# not fit one device; its strategies look at links alone, and would leave a
# model that fits in one piece.
CLUSTERS = {
    "paper-1": paper_cluster(1, memory=0.65),
    "paper-2": paper_cluster(2, memory=0.65),
    "paper-3": paper_cluster(3),
    "mixed": full_mesh({"big": 1.0, "middle": 0.5, "small": 0.25}, 100, 1.0,
                       big_small=(40, 2.0), middle_small=(10, 2.0)),
    "fast-links": full_mesh({"a": 0.6, "b": 0.4, "c": 0.4, "d": 0.2}, 1000, 0.2),
    "slow-links": full_mesh({"a": 0.5, "b": 0.5, "c": 0.5}, 15, 3.0, a_c=(25, 3.0)),
}


# Where the shares of a model's nodes in its time are measured.
WHOLE_CORES = full_mesh({"one": 1.0, "other": 1.0}, 1000, 0.2)


def cluster_yaml(cluster, profile=None, memory_mib=None, counts_process=False):
    """The cluster file, with the names of profiles and a memory cap for each
    device where it is for planning. The profile itself is taken without cap:
    every device then runs the whole model. The process counts apart, unless
    `counts_process`."""
    lines = ["version: 1"]
    if profile:
        lines.append(f"profile: {profile}")
    memory = f", memory: {memory_mib} MiB" if memory_mib else ""
    if memory and not counts_process:
        memory += ", runtime_memory: 0 B"
    lines.append("devices:")
    for name, share in cluster["devices"].items():
        lines.append(f"  - {{name: {name}, compute: {share * GUESSED_GFLOPS:g} "
                     f"GFLOP/s{memory}}}")
    lines += ["links:", "  between:"]
    for (one, other), (rate, latency) in cluster["links"].items():
        lines.append(f"    - {{devices: [{one}, {other}], bandwidth: {rate:g} Mbit/s, "
                     f"latency: {latency:g} ms}}")
    return "\n".join(lines) + "\n"


def memory_cap(cluster, stage):
    """Whole MiB for each device, or None; `stage` is that of the whole model."""
    if cluster["memory"] is None:
        return None
    needed = sum(stage[key] for key in
                 ("weight_bytes", "peak_activation_bytes", "buffer_bytes"))
    return max(1, int(cluster["memory"] * needed / 2**20))


# --- Profiles ----------------------------------------------------------------


def node_shares(profile):
    """{index: part of the model's time} by a profile of nodes; the mean of its
    devices."""
    totals = [sum(node["ns"] for node in device["nodes"]) for device in profile["devices"]]
    shares = {}
    for device, total in zip(profile["devices"], totals):
        for node in device["nodes"]:
            shares[node["index"]] = (shares.get(node["index"], 0)
                                     + node["ns"] / total / len(totals))
    return shares


def with_shares(profile, shares):
    """The profile with each device's own time for the whole model, of which each
    node has its share."""
    devices = [{**device, "nodes": [
        {**node, "ns": round(shares[node["index"]] * device["item_ns"])}
        for node in device["nodes"]]} for device in profile["devices"]]
    return {**profile, "devices": devices}


# --- Pairs -------------------------------------------------------------------

MODELS = ["mobilenetv2", "resnet50", "efficientnetb1", "shufflenetv2", "ocr",
          "transformer", "swin"]

# The paper's three models on all three of its random clusters, all models on
# one of each kind.
PAIRS = [(model, cluster) for cluster in ("paper-1", "mixed", "fast-links", "slow-links")
         for model in MODELS]
PAIRS += [(model, cluster) for cluster in ("paper-2", "paper-3")
          for model in ("mobilenetv2", "resnet50", "efficientnetb1")]


def pairs_of(models):
    """Every model on each cluster."""
    return [(model, cluster) for cluster in CLUSTERS for model in models]


def quick_pairs(pairs):
    """One of the pairs."""
    return [pair for pair in pairs if pair[1] == "mixed"][:1]


def pair_name(pair):
    return "@".join(pair)


def select_pairs(patterns, pairs=None):
    """The pairs that match one of the patterns, such as `resnet50@*`, `*@mixed`
    or `ocr`, which is `ocr@*`; and the patterns that match none."""
    pairs = PAIRS if pairs is None else pairs
    matches = {
        pattern: {pair for pair in pairs if fnmatch.fnmatchcase(
            pair_name(pair), pattern if "@" in pattern else f"{pattern}@*")}
        for pattern in patterns
    }
    selected = set().union(*matches.values())
    return ([pair for pair in pairs if pair in selected],
            [pattern for pattern, matching in matches.items() if not matching])


# --- Strategies --------------------------------------------------------------

# In the order of tables. None: the plan comes from `equal_boundaries`.
STRATEGIES = {
    "ours": ["--strategy=auto"],
    "k-path": ["--strategy=k-path"],
    "greedy": ["--strategy=greedy"],
    "random": ["--strategy=random"],
    "equal": None,
    "whole": ["--strategy=auto", "--max-stages=1"],
}


def plan_key(plan):
    """Equal for plans that run the same nodes on the same devices."""
    return tuple((stage["device"], tuple(sorted(node["index"] for node in stage["nodes"])))
                 for stage in plan["stages"])


def node_weights(model):
    """Bytes of constants of each node, in the order of the file. What several
    nodes use counts at the first one."""
    sizes = {}
    for tensor in model.graph.initializer:
        sizes[tensor.name] = tensor_bytes(tensor)
    for node in model.graph.node:
        if node.op_type == "Constant":
            for attribute in node.attribute:
                if attribute.name == "value":
                    sizes[node.output[0]] = tensor_bytes(attribute.t)
    return [sum(sizes.pop(name, 0) for name in node.input) for node in model.graph.node]


def tensor_bytes(tensor):
    """Enough for balance: elements of 64 bits count as such, all others as 32."""
    wide = (TensorProto.INT64, TensorProto.UINT64, TensorProto.DOUBLE)
    return math.prod(tensor.dims) * (8 if tensor.data_type in wide else 4)


def equal_boundaries(weights, parts):
    """Where to cut nodes in their given order, so that each part has about the
    same weight: the sorted first nodes of all parts but the first. Each part has
    a node, so there are fewer parts where nodes are fewer."""
    parts = min(parts, len(weights))
    total, sums = sum(weights), list(itertools.accumulate(weights, initial=0))
    boundaries, last = [], 0
    for part in range(1, parts):
        goal = total * part / parts
        allowed = range(last + 1, len(weights) - (parts - part) + 1)
        last = min(allowed, key=lambda place: (abs(sums[place] - goal), place))
        boundaries.append(last)
    return boundaries


def nearby_boundaries(boundaries, count):
    """The boundaries, and then others in the order of how many nodes they are
    moved by in total. For cuts that a plan must not have."""
    start = tuple(0 for _ in boundaries)
    heap, seen = [(0, 0, start)], {start}
    number = 0
    while heap:
        _, _, moves = heapq.heappop(heap)
        moved = [b + m for b, m in zip(boundaries, moves)]
        if all(0 < b < count for b in moved) and all(
                a < b for a, b in itertools.pairwise(moved)):
            yield moved
        for index, step in itertools.product(range(len(moves)), (1, -1)):
            more = list(moves)
            more[index] += step
            more = tuple(more)
            # Away from the start only, and no further than the graph goes.
            if abs(more[index]) > abs(moves[index]) and more not in seen and (
                    abs(more[index]) < count):
                seen.add(more)
                number += 1
                heapq.heappush(heap, (sum(map(abs, more)), number, more))


def contiguous_plan(digest, devices, boundaries, count):
    """What --plan needs of a plan.json. Stages are contiguous in the given order
    of the nodes, so no edge runs backwards."""
    edges = [0, *boundaries, count]
    return {
        "version": 1,
        "source": {"digest": digest},
        "stages": [
            {"device": device, "nodes": [{"index": i} for i in range(first, end)]}
            for device, (first, end) in zip(devices, itertools.pairwise(edges))
        ],
    }


def item_count(rate_per_s, seconds, least=6):
    """How many items to measure for about that long."""
    return max(least, math.ceil(rate_per_s * seconds)) if rate_per_s else least
