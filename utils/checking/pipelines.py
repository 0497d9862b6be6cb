"""Placements in onnx-split's own load model, by docs/Planner.md: of problem.json, and
of PipeDream's profiles, which are read here once more."""

import math
import re
from collections import defaultdict
from fractions import Fraction

from sources import CannotCheck

SECOND = 10 ** 9


class Problem:
    """What a placement is checked against: lists as in problem.json, and
    time(task, device), None where that cannot be."""

    def __init__(self, devices, tasks, tensors, weights, time, link, **rest):
        self.devices, self.tasks, self.tensors = devices, tasks, tensors
        self.weights, self.time, self.link = weights, time, link
        self.media = rest.get("media", [])
        self.ingress, self.egress = rest.get("ingress"), rest.get("egress")
        self.revisit = rest.get("revisit", False)
        self.stages = rest.get("min_stages") or 0, rest.get("max_stages")


# Instances ------------------------------------------------------------------


def from_problem(file):
    if file.get("objective", "throughput") == "latency":
        raise CannotCheck("latency is not computed here")
    if file.get("sequences") or file.get("replicate"):
        raise CannotCheck("it has sequences or replicas")
    if any(device.get("weight_cache_bytes") is not None for device in file["devices"]):
        raise CannotCheck("it has weights that are streamed")
    links = file.get("links", [])
    link_of = file.get("link_of")

    def link(a, b):
        place = link_of[a][b] if link_of else None
        return None if place is None else links[place]

    def time(task, device):
        return file["tasks"][task]["time_ns"][file["devices"][device].get("speed_class", 0)]

    rest = {key: file.get(key) for key in
            ("ingress", "egress", "min_stages", "max_stages", "revisit")}
    return Problem(file["devices"], file["tasks"], file.get("tensors", []),
                   file.get("weights", []), time, link,
                   media=file.get("media", []), **rest)


FIGURE = r"=(\[[^\]]*\]|[^,\s]+)"


def figure(text, key):
    """The number after the key, or the sum of its list."""
    value = re.search(key + FIGURE, text).group(1)
    return sum(Fraction(part.strip()) for part in value.strip("[]").split(";"))


def from_pipedream(text):
    """On four equal devices, as onnx-split-bench without --devices."""
    nodes, edges = {}, []
    for line in filter(str.strip, text.splitlines()):
        if line[0].isspace():
            edges.append([part.strip() for part in line.split(" -- ")])
        else:
            name, rest = line.split(" -- ", 1)
            description, figures = rest.rsplit(" -- ", 1)
            nodes[name.strip()] = (description.startswith("Input"), figures)
    readers = defaultdict(set)
    for source, target in edges:
        readers[source].add(target)
    place = {name: i for i, name in
             enumerate(name for name, (is_input, _) in nodes.items() if not is_input)}
    tasks, tensors, weights, times = [], [], [], []
    for name, (is_input, figures) in nodes.items():
        if not is_input:
            tasks.append({"name": name, "weights": [len(weights)]})
            weights.append({"bytes": math.ceil(figure(figures, "parameter_size"))})
            times.append(math.ceil(figure(figures, "forward_compute_time") * 10 ** 6))
        tensors.append({"producer": place.get(name),
                        "consumers": [place[reader] for reader in readers[name]],
                        "is_output": not readers[name] and not is_input,
                        "bytes": math.ceil(figure(figures, "activation_size"))})
    devices = [{"name": f"device-{i}", "memory_bytes": 16 << 30} for i in range(4)]
    return Problem(devices, tasks, tensors, weights, lambda task, device: times[task],
                   lambda a, b: {"bits_per_second": 10 ** 10})


# Placements -----------------------------------------------------------------


class Plan:
    """The stages of an entry over a problem: what each holds, in the order in
    which it runs, and what is wrong with it."""

    def __init__(self, problem, entry, by_name):
        self.problem, self.wrong = problem, []
        place = {task.get("name"): i for i, task in enumerate(problem.tasks)}
        device_of = {device["name"]: i for i, device in enumerate(problem.devices)}
        self.tasks, self.device, self.stage_of = [], [], {}
        for number, stage in enumerate(entry["stages"]):
            if stage.get("replicas"):
                raise CannotCheck("it has replicas")
            tasks = ([place.get(name, name) for name in stage["names"]] if by_name
                     else stage["tasks"])
            self.tasks.append(tasks)
            self.device.append(device_of.get(stage["device"]))
            if self.device[-1] is None:
                self.wrong.append(f"there is no device {stage['device']}")
            for task in tasks:
                if task in self.stage_of:
                    self.wrong.append(f"task {task} is placed twice")
                self.stage_of[task] = number
        if set(self.stage_of) != set(range(len(problem.tasks))):
            self.wrong.append("not every task is placed, or some that there are not")
        if self.wrong:
            return
        self.step = {task: i for tasks in self.tasks for i, task in enumerate(tasks)}
        self.find_violations(entry)

    def find_violations(self, entry):
        least, most = self.problem.stages
        if len(self.tasks) < least or (most and len(self.tasks) > most):
            self.wrong.append("too few or too many stages")
        if len(set(self.device)) < len(self.device) and entry["class"] != "revisiting":
            self.wrong.append("a device holds several stages")
        if entry["class"] == "fixed-order":
            order = [task for tasks in self.tasks for task in tasks]
            if order != sorted(order):
                self.wrong.append("the tasks are not in the order of the file")
        for task, stage in self.stage_of.items():
            pin = self.problem.tasks[task].get("pin")
            if pin is not None and pin != self.device[stage]:
                self.wrong.append(f"task {task} is not where it is pinned")
        for tensor in self.problem.tensors:
            maker = tensor.get("producer")
            if maker is None:
                continue
            home = self.stage_of[maker]
            for reader in tensor.get("consumers", []):
                stage = self.stage_of[reader]
                if (stage, self.step[reader]) <= (home, self.step[maker]):
                    self.wrong.append(f"task {reader} runs before task {maker}")
                if stage == home and tensor.get("must_cut"):
                    self.wrong.append("a tensor is not cut that must be")
                if stage != home and not tensor.get("can_cut", True):
                    self.wrong.append("a tensor is cut that must not be")

    def messages(self):
        """(sending stage or None, receiving stage or None, tensors): None is the
        ingress or the egress device."""
        carried = defaultdict(list)
        ingress, egress = self.problem.ingress, self.problem.egress
        for tensor in self.problem.tensors:
            maker = tensor.get("producer")
            home = None if maker is None else self.stage_of[maker]
            for stage in {self.stage_of[reader] for reader in tensor.get("consumers", [])}:
                if home is not None and stage != home:
                    carried[home, stage].append(tensor)
                if home is None and ingress not in (None, self.device[stage]):
                    carried[None, stage].append(tensor)
            if tensor.get("is_output") and home is not None:
                if egress not in (None, self.device[home]):
                    carried[home, None].append(tensor)
        return carried

    def peak(self, stage):
        """Bytes of the tensors that are alive at the worst step. One storage for a
        tensor and the others that are views of it, as far as they are made
        here."""
        tensors = self.problem.tensors
        steps = len(self.tasks[stage])

        def is_made_here(tensor):
            maker = tensor.get("producer")
            return maker is not None and self.stage_of[maker] == stage

        spans = {}
        for i, tensor in enumerate(tensors):
            here = [self.step[reader] for reader in tensor.get("consumers", [])
                    if self.stage_of[reader] == stage]
            made = is_made_here(tensor)
            if not here and not made:
                continue
            first = self.step[tensor["producer"]] if made else 0
            last = max([first, *here])
            if made and tensor.get("is_output"):
                last = steps - 1
            root = i
            while tensors[root].get("alias_of") is not None and is_made_here(tensors[root]):
                root = tensors[root]["alias_of"]
            size, low, high = spans.get(root, (0, first, last))
            spans[root] = (max(size, tensor["bytes"]), min(low, first), max(high, last))
        change = [0] * (steps + 1)
        for size, first, last in spans.values():
            change[first] += size
            change[last + 1] -= size
        live = most = 0
        for step in change:
            live += step
            most = max(most, live)
        return most

    def loads(self):
        """Nanoseconds of devices, links and media for each item."""
        load, carrying = defaultdict(int), defaultdict(int)
        buffers = defaultdict(int)
        for stage, tasks in enumerate(self.tasks):
            device = self.device[stage]
            for task in tasks:
                time = self.problem.time(task, device)
                if time is None:
                    self.wrong.append(f"task {task} cannot run on its device")
                else:
                    load["device", device] += time
        for (source, target), tensors in self.messages().items():
            a = self.problem.ingress if source is None else self.device[source]
            b = self.problem.egress if target is None else self.device[target]
            size = sum(tensor["bytes"] for tensor in tensors)
            sent = sum(tensor.get("message_bytes", tensor["bytes"]) for tensor in tensors)
            for stage, device in ((source, a), (target, b)):
                if stage is None:
                    continue
                buffers[device] += 2 * size
                own = self.problem.devices[device]
                if a != b:
                    load["device", device] += own.get("message_ns", 0) + math.ceil(
                        Fraction(sent * own.get("byte_ps", 0), 1000))
            if a == b:
                continue
            link = self.problem.link(a, b)
            if link is None:
                self.wrong.append(f"no link leads from device {a} to device {b}")
                continue
            time = link.get("message_time_ns", 0)
            if link.get("bits_per_second") is not None:
                time += math.ceil(Fraction(8 * sent * SECOND, link["bits_per_second"]))
            load["link", a, b] += time
            if link.get("medium") is not None:
                carrying["medium", link["medium"]] += time
        self.find_memory(buffers)
        return {**load, **carrying}

    def find_memory(self, buffers):
        for device in set(self.device):
            own = self.problem.devices[device]
            stages = [s for s in range(len(self.tasks)) if self.device[s] == device]
            held = {weight for s in stages for task in self.tasks[s]
                    for weight in self.problem.tasks[task].get("weights", [])}
            needed = (sum(self.problem.weights[weight]["bytes"] for weight in held)
                      + max(self.peak(s) for s in stages) + buffers[device]
                      + len(stages) * own.get("runtime_bytes", 0))
            cap = own.get("memory_bytes")
            if cap is not None and needed > cap:
                self.wrong.append(f"{own['name']} needs {needed} bytes and has {cap}")


NS_PER = {"ns": 1, "ms": 10 ** 6, "s": 10 ** 9}


def check(entry, source, kind):
    is_profile = kind == "profile"
    problem = from_pipedream(source) if is_profile else from_problem(source)
    plan = Plan(problem, entry, by_name=is_profile)
    if plan.wrong:
        return None, None, plan.wrong
    load = plan.loads()
    if entry["unit"] == "devices":
        return Fraction(len(set(plan.device))), Fraction(0), plan.wrong
    return Fraction(max(load.values()), NS_PER[entry["unit"]]), Fraction(0), plan.wrong
