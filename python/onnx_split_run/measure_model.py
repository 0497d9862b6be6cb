"""Measures one model here: the time of an item, and of each node. Runs as a process of
its own, so that a model which does not fit ends no more than that.

What to measure comes as JSON on standard input (the fields of Task), what was measured
goes as JSON to standard output (those of Measurement, or `error`).
"""

from __future__ import annotations

import dataclasses
import json
import os
import pathlib
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from .clock import now, peak_resident_bytes, resident_bytes
from .core_share import CoreShare, allowed_cores
from .errors import RunError, describe
from .inputs import check_dim_names, dim_names, make_inputs
from .model_file import ModelFile
from .node_times import attribute_kernels
from .providers import parse_provider
from .runtime import load_runtime, runtime_version
from .session import Session, SessionSettings
from .settings import InputOptions, check_shape_names
from .stages import Binder
from .tensor_files import read_value, write_value
from .values import to_tensor

_WARMUP, _LEAST_RUNS = 3, 5
# The profile is read as a whole, so that its length is bounded.
_MOST_EVENTS = 60000


@dataclass
class Task:
    model: str
    # `Name[,key=value...]`.
    provider: str = "CPUExecutionProvider"
    optimise: str = "all"
    threads: int = 1
    # Of running the model as it is, and about as long under the profiler.
    seconds: float = 4.0
    files: list[str] = field(default_factory=list)
    shapes: list[str] = field(default_factory=list)
    dims: list[str] = field(default_factory=list)
    planned_shapes: list[str] = field(default_factory=list)
    # Settings of dims that the model has already.
    fixed: list[str] = field(default_factory=list)
    seed: int = 0
    # The inputs by which files of a folder are numbered; empty: those of the model.
    order: list[str] = field(default_factory=list)
    # Files of inputs that come from other parts, and of outputs to write, by name.
    wires: dict[str, str] = field(default_factory=dict)
    save: dict[str, str] = field(default_factory=dict)


@dataclass
class Measurement:
    """Times in nanoseconds, sizes in bytes."""

    runtime: str
    # Shapes of the inputs that are tensors.
    inputs: dict[str, list[int]]
    item_ns: int
    # By node of the main graph; None where that is not known.
    node_ns: list[int | None]
    # What kernels that stand for many nodes take of an item, and how many there are.
    opaque_ns: int
    opaque_kernels: int
    resident_bytes: int
    # Of the process before any model.
    base_bytes: int
    # See CoreShare and allowed_cores.
    core_share: float | None
    allowed_cores: float | None
    # What the provider did not take.
    placement: str


def _runner(session: Session, values: dict[str, Any]) -> Callable[[], list[Any]]:
    """What runs the model once, and returns the outputs."""
    names = [port.name for port in session.outputs]
    if not session.is_plain:
        return lambda: session.run(names, values)
    binder = Binder(session)
    for name, value in values.items():
        binder.bind_input(name, to_tensor(value))

    def run() -> list[Any]:
        for name in names:
            binder.bind_output(name, None)
        session.run_bound(binder.raw)
        return list(binder.raw.get_outputs()) if names else []

    return run


def _time_runs(run: Callable[[], list[Any]], seconds: float) -> int:
    """The mean of one, over at least so many seconds and five runs."""
    for _ in range(_WARMUP):
        run()
    start, runs = now(), 0
    while runs < _LEAST_RUNS or now() - start < seconds * 1e9:
        run()
        runs += 1
    return (now() - start) // runs


def _make_values(session: Session, task: Task) -> dict[str, Any]:
    options = InputOptions(tuple(task.files), tuple(task.shapes), tuple(task.dims),
                           tuple(task.planned_shapes), task.seed)
    ports = [port for port in session.inputs if port.name not in task.wires]
    check_dim_names(options, dim_names(session.inputs), task.fixed)
    # Those of a plan's other parts are inputs of the model as well.
    check_shape_names(options, task.order or [port.name for port in ports])
    values = make_inputs(ports, task.order or [port.name for port in session.inputs], options)
    for port in session.inputs:
        if port.name in task.wires:
            values[port.name] = read_value(task.wires[port.name], port.kind)
    return values


def _shapes_of(values: dict[str, Any]) -> dict[str, list[int]]:
    shapes = {}
    for name, value in values.items():
        shape = getattr(value, "shape", None)
        if shape is not None:
            shapes[name] = list(shape() if callable(shape) else shape)
    return shapes


def _profile(task: Task, session_of: Callable[[str], Session], values: dict[str, Any],
             item_ns: int, count: int) -> list[Any]:
    """The events of ONNX Runtime's profile of many runs."""
    with tempfile.TemporaryDirectory() as folder:
        session = session_of(os.path.join(folder, "kernels"))
        run = _runner(session, values)
        most = max(_LEAST_RUNS, _MOST_EVENTS // (2 * count + 1))
        for _ in range(min(max(int(task.seconds * 1e9 / max(1, item_ns)), _LEAST_RUNS), most)):
            run()
        return list(json.loads(pathlib.Path(session.raw.end_profiling()).read_text()))


def measure(task: Task) -> Measurement:
    load_runtime()
    base = resident_bytes()
    provider = parse_provider(task.provider)
    model = ModelFile(task.model)
    names = model.unique_names()
    content = model.with_names(names)
    folder = str(pathlib.Path(task.model).resolve().parent) if content is not None else ""

    def session_of(prefix: str) -> Session:
        settings = SessionSettings(task.optimise, task.threads, prefix, folder)
        return Session(task.model, settings, provider, content)

    session = session_of("")
    values = _make_values(session, task)
    run = _runner(session, values)
    share = CoreShare()
    item_ns = _time_runs(run, task.seconds)
    core_share = share.get()
    resident = peak_resident_bytes()
    outputs = {port.name: value for port, value in zip(session.outputs, run())}
    for name, path in task.save.items():
        write_value(pathlib.Path(path), outputs[name], name)
    placement = session.placement.describe(provider.name) if session.placement else ""
    del session, run, outputs
    times = attribute_kernels(_profile(task, session_of, values, item_ns, len(names)),
                              names, model.nodes)
    scale = item_ns / times.total_ns if times.total_ns else 0.0
    return Measurement(
        runtime=f"onnxruntime {runtime_version()}", inputs=_shapes_of(values), item_ns=item_ns,
        node_ns=[None if one is None else round(one * scale) for one in times.nodes],
        opaque_ns=round(times.opaque_ns * scale), opaque_kernels=times.opaque_kernels,
        resident_bytes=resident, base_bytes=base, core_share=core_share,
        allowed_cores=allowed_cores(), placement=placement)


def main() -> int:
    try:
        result = dataclasses.asdict(measure(Task(**json.load(sys.stdin))))
    except RunError as error:
        result = {"error": str(error)}
    except MemoryError:
        result = {"error": "there is not enough memory for it"}
    except Exception as error:
        result = {"error": f"{type(error).__name__}: {describe(error)}"}
    json.dump(result, sys.stdout)
    return 0


if __name__ == "__main__":
    sys.exit(main())
