"""Placements of dnn-partitioning's graphs: in the load model of their authors,
where an accelerator computes and communicates in turn (Tarnawski et al., NeurIPS
2020), or with the largest of devices and links."""

from collections import defaultdict
from fractions import Fraction


def devices_of(graph):
    return ([f"accelerator-{i}" for i in range(graph["maxFPGAs"])]
            + [f"cpu-{i}" for i in range(graph["maxCPUs"])])


def is_accelerator(device):
    return device.startswith("accelerator")


def place(entry, graph):
    """The stage and the device of each node by its id, and what is wrong."""
    wrong, stage_of, device_of = [], {}, {}
    known = set(devices_of(graph))
    for number, stage in enumerate(entry["stages"]):
        if stage["device"] not in known:
            wrong.append(f"there is no device {stage['device']}")
        for name in stage["names"]:
            if int(name) in stage_of:
                wrong.append(f"node {name} is placed twice")
            stage_of[int(name)] = number
            device_of[int(name)] = stage["device"]
    nodes = {node["id"] for node in graph["nodes"]}
    if set(stage_of) - nodes:
        wrong.append(f"there are no nodes {sorted(set(stage_of) - nodes)[:5]}")
    missing = nodes - set(stage_of)
    if missing:
        wrong.append(f"no device has the nodes {sorted(missing)[:5]}")
    return stage_of, device_of, wrong


def colour(node):
    """Its class, or a class of its own."""
    value = node.get("colorClass", -1)
    return ("node", node["id"]) if value == -1 else ("class", value)


def find_limits(graph, device_of):
    wrong, held, home = [], defaultdict(Fraction), {}
    for node in graph["nodes"]:
        device = device_of[node["id"]]
        held[device] += Fraction(node["size"])
        if is_accelerator(device) and not node.get("supportedOnFpga", 1):
            wrong.append(f"node {node['id']} cannot run on {device}")
        if home.setdefault(colour(node), device) != device:
            wrong.append(f"the class of node {node['id']} is on two devices")
    for device, size in held.items():
        if is_accelerator(device) and size > Fraction(graph["maxSizePerFPGA"]):
            wrong.append(f"{device} holds {float(size):.0f} bytes")
    return wrong


def costs_of(graph):
    """What each node's output costs, and who reads it."""
    cost, readers = {}, defaultdict(set)
    for edge in graph["edges"]:
        source = edge["sourceId"]
        cost[source] = max(cost.get(source, Fraction(0)), Fraction(edge["cost"]))
        readers[source].add(edge["destId"])
    return cost, readers


def computing_loads(graph, device_of):
    """What the nodes on each device take."""
    load = defaultdict(Fraction)
    for node in graph["nodes"]:
        device = device_of[node["id"]]
        load[device] += Fraction(
            node["fpgaLatency" if is_accelerator(device) else "cpuLatency"])
    return load


def sum_loads(graph, device_of):
    """Computing, and each output once for each accelerator that it touches."""
    load = computing_loads(graph, device_of)
    cost, readers = costs_of(graph)
    for source, targets in readers.items():
        touched = {device_of[node] for node in targets} | {device_of[source]}
        if len(touched) > 1:
            for device in filter(is_accelerator, touched):
                load[device] += cost[source]
    return load


def max_loads(graph, device_of):
    """Devices compute, and the link between two of them carries each output
    once."""
    load = computing_loads(graph, device_of)
    cost, readers = costs_of(graph)
    for source, targets in readers.items():
        home = device_of[source]
        for device in {device_of[node] for node in targets} - {home}:
            load[home, device] += cost[source]
    return load


def must_not_go_back(graph):
    """Edges between classes that a contiguous plan keeps in order: those of the
    forward pass, and for classes without a forward node the mirror images of
    those of the backward pass."""
    nodes = {node["id"]: node for node in graph["nodes"]}
    forward = {colour(node) for node in graph["nodes"] if not node.get("isBackwardNode")}
    for edge in graph["edges"]:
        source, target = nodes[edge["sourceId"]], nodes[edge["destId"]]
        ends = bool(source.get("isBackwardNode")), bool(target.get("isBackwardNode"))
        if ends == (False, False):
            yield source["id"], target["id"]
        elif ends == (True, True) and not {colour(source), colour(target)} <= forward:
            yield target["id"], source["id"]


def is_contiguous(graph, device_of):
    """Whether the devices have an order: whether what leads from device to device
    can be taken away from its sources on."""
    arcs = {(device_of[a], device_of[b]) for a, b in must_not_go_back(graph)}
    arcs = {(a, b) for a, b in arcs if a != b}
    while arcs:
        targets = {b for _, b in arcs}
        left = {(a, b) for a, b in arcs if a in targets}
        if left == arcs:
            return False
        arcs = left
    return True


def check(entry, graph):
    stage_of, device_of, wrong = place(entry, graph)
    if wrong:
        return None, None, wrong
    wrong = find_limits(graph, device_of)
    if entry["class"] != "revisiting" and not is_contiguous(graph, device_of):
        wrong.append("the devices have no order in which nothing goes back")
    if entry["load_model"] == "sum":
        load, digits = sum_loads(graph, device_of), 9
    else:
        load, digits = max_loads(graph, device_of), 6
        for edge in graph["edges"]:
            if stage_of[edge["sourceId"]] > stage_of[edge["destId"]]:
                wrong.append(f"the stages run back at node {edge['destId']}")
                break
    # The planner rounds each figure to so many digits.
    slack = Fraction(len(graph["nodes"]) + len(graph["edges"]), 10 ** digits)
    return max(load.values()), slack, wrong
