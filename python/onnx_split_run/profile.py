"""The program `python -m onnx_split_run.profile`: measures one board alone, and writes
what a cluster file takes as `profile:`.

The model runs here as a whole, or, where that does not fit, each part of a plan by
itself: with a plan.json in the place of the model, all parts are measured on this
board, one after the other, whatever devices they were meant for.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import os
import pathlib
import re
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from .clock import count_cores
from .command_line import Parser
from .core_share import warn_of_share
from .errors import RunError
from .measure_model import Measurement, Task
from .model_file import ModelFile
from .plan import Plan, read_plan
from .providers import parse_provider
from .quantities import counted, format_bytes, format_time, parse_duration
from .settings import InputOptions, check_settings

_BOUNDARY = "dev.onnxsplit"


def _arguments() -> argparse.ArgumentParser:
    parser = Parser(prog="python -m onnx_split_run.profile",
                    description="Measure how long each node of a model takes on this board, and "
                                "write what a cluster file takes as 'profile:'.",
                    epilog="exit status: 0 done; 1 wrong usage, or the model does not run here; "
                           "4 could not write")
    add = parser.add_argument
    add("model", metavar="MODEL.onnx|PLAN.json", type=pathlib.Path,
        help="the model, or a plan whose parts are measured one by one where the whole model "
             "does not fit")
    add("--device", metavar="NAME",
        help="the board's name in the cluster file (default: this host's)")
    add("-o", dest="output", default="", metavar="FILE", help="profile (default: NAME.json)")
    add("--provider", default="CPUExecutionProvider", metavar="PROVIDER[,KEY=VALUE...]")
    add("--threads", type=int, default=0, metavar="N",
        help="of ONNX Runtime (default: the board's cores)")
    add("--optimise", choices=("all", "extended", "basic", "off"), default="all")
    add("--time", default="4s", metavar="4s",
        help="how long the model runs, twice (default: 4s)")
    add("--inputs", action="append", default=[], metavar="FOLDER")
    add("--input", action="append", default=[], metavar="NAME=FILE")
    add("--shape", action="append", default=[], metavar="NAME=1x3x224x224")
    add("--dim", action="append", default=[], metavar="NAME=1")
    add("--also", action="append", default=[], metavar="NAME=1[,NAME=1...]",
        help="a further operating point at which nodes are measured (repeatable)")
    add("--seed", type=int, default=0)
    return parser


@dataclass
class _Point:
    """What was measured with inputs of one set of shapes. Times in nanoseconds."""

    inputs: dict[str, list[int]]
    # By index in the source graph.
    nodes: dict[int, tuple[str, int]]
    # Of the whole model; 0 where it was measured in parts.
    item_ns: int = 0
    resident_bytes: int = 0
    base_bytes: int = 0
    runtime: str = ""
    # Of kernels that stand for many nodes.
    opaque_ns: int = 0
    # Sums over the parts that ran.
    sum_ns: int = 0
    flops: int = 0
    notes: list[str] = field(default_factory=list)


def _measure(task: Task) -> Measurement:
    """In a process of its own; an error where it does not run."""
    # It finds this package wherever this process did.
    places = [str(pathlib.Path(__file__).resolve().parents[1]), os.environ.get("PYTHONPATH", "")]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, places))}
    done = subprocess.run([sys.executable, "-m", "onnx_split_run.measure_model"],
                          input=json.dumps(dataclasses.asdict(task)), capture_output=True,
                          text=True, env=environment)
    if done.returncode < 0:
        name = signal.Signals(-done.returncode).name
        raise RunError(f"{task.model} did not run here: its process was ended by {name}"
                       + (", as where memory runs out" if name == "SIGKILL" else ""))
    try:
        result: dict[str, Any] = json.loads(done.stdout)
    except ValueError:
        raise RunError(f"{task.model} did not run here: {done.stderr.strip()[-400:]}") from None
    if "error" in result:
        raise RunError(str(result["error"]))
    return Measurement(**result)


def _notes(measured: Measurement, task: Task) -> list[str]:
    notes = [measured.placement] if measured.placement else []
    if measured.opaque_kernels:
        notes.append(f"{counted(measured.opaque_kernels, 'kernel')} of the provider "
                     f"{'stands' if measured.opaque_kernels == 1 else 'stand'} for many nodes and "
                     f"took {format_time(measured.opaque_ns)} of "
                     f"{format_time(measured.item_ns)}: of none of these nodes is the time known, "
                     "and the profile has none of them")
    elif not any(measured.node_ns):
        notes.append("no kernel of ONNX Runtime bears the name of a node: of none is the time "
                     "known, and the profile has no nodes")
    share = warn_of_share(measured.core_share, measured.allowed_cores, task.threads)
    return [*notes, *([share] if share else [])]


def _measure_whole(task: Task, path: pathlib.Path) -> _Point:
    measured = _measure(task)
    names = [node.name for node in ModelFile(path).nodes]
    nodes = {index: (name, ns) for index, (name, ns) in enumerate(zip(names, measured.node_ns))
             if ns is not None}
    return _Point(measured.inputs, nodes, measured.item_ns, measured.resident_bytes,
                  measured.base_bytes, measured.runtime, measured.opaque_ns, measured.item_ns,
                  notes=_notes(measured, task))


def _own_places(plan: Plan, stage: int) -> list[int]:
    """Where the plan's nodes stand in the part, which has boundary nodes besides."""
    planned = plan.stages[stage]
    path = plan.folder / planned.file
    places = [place for place, node in enumerate(ModelFile(path).nodes)
              if node.domain != _BOUNDARY]
    if len(places) != len(planned.nodes):
        raise RunError(f"'{path}' has {len(places)} nodes where the plan has "
                       f"{len(planned.nodes)}, so that it is not the one that was planned")
    return places


def _measure_parts(task: Task, plan: Plan, folder: pathlib.Path) -> _Point:
    """One after the other, each on what the ones before gave. A part that does not run is
    left out, and what it would have given is random."""
    point = _Point({}, {})
    wires: dict[str, str] = {}
    for stage in plan.stages:
        given = [wire for wire in plan.wires if wire.sender == stage.index]
        save = {wire.name: str(folder / f"{stage.index}-{wire.tag}.pb") for wire in given}
        own = dataclasses.replace(
            task, model=str(plan.folder / stage.file), order=list(plan.inputs),
            wires={name: wires[name] for name in stage.inputs if name in wires}, save=save)
        try:
            places = _own_places(plan, stage.index)
            measured = _measure(own)
        except RunError as error:
            point.notes.append(f"stage {stage.index} is left out: {error}")
            continue
        wires |= save
        point.inputs |= {name: shape for name, shape in measured.inputs.items()
                         if name in plan.inputs}
        for place, node in zip(places, stage.nodes):
            ns = measured.node_ns[place]
            if ns is not None and not node.copied:
                before = point.nodes.get(node.index, ("", 0))[1]
                point.nodes[node.index] = (node.name, before + ns)
        point.base_bytes, point.runtime = measured.base_bytes, measured.runtime
        point.opaque_ns += measured.opaque_ns
        point.sum_ns += measured.item_ns
        point.flops += stage.flops
        point.notes += [f"stage {stage.index}: {note}" for note in _notes(measured, own)]
    if not point.runtime:
        raise RunError("no part runs here: " + "; ".join(point.notes))
    return point


def _profile_json(device: str, file: str, digest: str, points: Sequence[_Point]) -> str:
    """By docs/profile.schema.json. What was not measured is left out."""
    devices = []
    for point in points:
        entry: dict[str, Any] = {"device": device}
        if point.item_ns:
            entry |= {"item_ns": point.item_ns, "resident_bytes": point.resident_bytes}
        entry |= {"runtime_memory_bytes": point.base_bytes, "inputs": point.inputs}
        if point.nodes:
            entry["nodes"] = [{"index": index, "name": name, "ns": ns}
                              for index, (name, ns) in sorted(point.nodes.items())]
        devices.append(entry)
    return json.dumps({"version": 1, "runtime": points[0].runtime,
                       "model": {"file": file, "digest": digest}, "devices": devices},
                      indent=1) + "\n"


def _free_memory() -> str:
    """What the system could give to processes now, for a cluster file; empty if it does
    not say."""
    try:
        lines = pathlib.Path("/proc/meminfo").read_text().splitlines()
        free = next(int(line.split()[1]) for line in lines if line.startswith("MemAvailable:"))
    except (OSError, StopIteration, ValueError):
        return ""
    return f"{free // 1024} MiB"


def _describe(device: str, output: str, provider: str, points: Sequence[_Point]) -> str:
    """For people: what was found, and the lines of the cluster file."""
    first = points[0]
    text = ""
    for number, point in enumerate(points):
        shapes = ", ".join(f"{name} {'x'.join(map(str, shape)) or 'scalar'}"
                           for name, shape in point.inputs.items())
        item = (f"{format_time(point.item_ns)} for an item" if point.item_ns else
                f"{format_time(point.sum_ns)} for an item in all parts that ran, one by one")
        text += f"{'at' if number == 0 else 'also at'}   {shapes or 'no inputs'}: {item}\n"
        text += "".join(f"note: {note}\n" for note in point.notes)
        slowest = sorted(point.nodes.items(), key=lambda one: -one[1][1])[:3]
        if slowest:
            text += "      slowest nodes: " + ", ".join(
                f"{name or f'number {index}'} {format_time(ns)}"
                for index, (name, ns) in slowest) + "\n"
    text += (f"memory of this Python process: {format_bytes(first.base_bytes)} before the model"
             + (f", {format_bytes(first.resident_bytes)} with it" if first.resident_bytes else "")
             + f"\n\nfor a cluster file in the folder of {output}:\n\ndevices:\n")
    # What JSON quotes is a scalar of YAML. A cluster file takes no path that leaves its folder.
    settings = [f"name: {json.dumps(device)}",
                f"profile: {json.dumps(pathlib.Path(output).name)}"]
    if first.opaque_ns and first.flops and first.sum_ns:
        settings.append(f"compute: {first.flops * 1000 // first.sum_ns} MFLOP/s")
    memory = _free_memory()
    if memory:
        settings.append(f"memory: {memory}")
    named = parse_provider(provider)
    if not named.is_cpu:
        settings.append(f"provider: {named.name}")
        if named.options:
            settings.append(f"provider_options: {json.dumps(named.options)}")
    text += f"  - {{{', '.join(settings)}}}\n# profile: the path from the cluster file's folder\n"
    if first.opaque_ns and first.flops:
        text += ("# compute: the mean over these parts, as no time of a single node is known; a "
                 "split elsewhere may find other figures\n")
    if memory:
        text += "# memory: what was free here now\n"
    return text


def _make_points(given: argparse.Namespace, task: Task) -> tuple[str, str, list[_Point]]:
    """File and digest of the source, and what was measured at each point."""
    plan = read_plan(given.model) if given.model.suffix == ".json" else None
    if plan is None:
        digest, file = ModelFile(given.model).digest(), str(given.model)
    else:
        digest, file = plan.source_digest, plan.source_file
        task = dataclasses.replace(task, planned_shapes=list(plan.input_shapes),
                                   fixed=list(plan.dims))
    points: list[_Point] = []
    for also in [None, *given.also]:
        own = task
        if also is not None:
            # Of two values of a dimension, the later one counts.
            own = dataclasses.replace(task, dims=[*task.dims, *also.split(",")])
        if plan is None:
            point = _measure_whole(own, given.model)
        else:
            with tempfile.TemporaryDirectory() as folder:
                point = _measure_parts(own, plan, pathlib.Path(folder))
        if any(point.inputs == other.inputs for other in points):
            raise RunError("two operating points have inputs of the same shapes; each --also "
                           "needs others than --dim and --shape give")
        points.append(point)
    return file, digest, points


def _check_name(device: str) -> None:
    """As the cluster file will: the name is part of file names."""
    if not re.fullmatch(r"[A-Za-z0-9_-][A-Za-z0-9._-]{0,63}", device):
        raise RunError(f"bad name '{device}' of a device; allowed are letters, digits, '.', '_' "
                       "and '-', not starting with '.', at most 64 characters; --device gives one")


def _run(arguments: Sequence[str] | None) -> int:
    given = _arguments().parse_args(arguments)
    seconds = parse_duration(given.time)
    if seconds == 0:
        raise RunError(f"--time takes a time above 0, such as 4s, not '{given.time}'")
    if not 0 <= given.threads <= 1024:
        raise RunError("--threads takes a number up to 1024")
    check_settings(InputOptions(shapes=tuple(given.shape), dims=tuple(given.dim)))
    for also in given.also:
        check_settings(InputOptions(dims=tuple(also.split(","))))
    device = socket.gethostname().split(".")[0] if given.device is None else given.device
    _check_name(device)
    output = given.output or f"{device}.json"
    if not pathlib.Path(output).parent.is_dir():
        raise RunError(f"{output}: there is no folder to write it into")
    task = Task(str(given.model), given.provider, given.optimise,
                given.threads or count_cores(), seconds, [*given.input, *given.inputs],
                given.shape, given.dim, seed=given.seed)
    file, digest, points = _make_points(given, task)
    try:
        pathlib.Path(output).write_text(_profile_json(device, file, digest, points))
    except OSError as error:
        sys.stderr.write(f"onnx_split_run: error: {output}: cannot write: {error.strerror}\n")
        return 4
    sys.stdout.write(_describe(device, output, given.provider, points))
    return 0


def main(arguments: Sequence[str] | None = None) -> int:
    """Returns the exit status."""
    try:
        return _run(arguments)
    except RunError as error:
        sys.stderr.write(f"onnx_split_run: error: {error}\n")
        return 1
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(main())
