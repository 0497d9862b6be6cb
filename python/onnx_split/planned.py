"""A plan: the figures of plan.json, and what can be asked and made of it."""

from __future__ import annotations

import json
import math
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, overload

from . import notebook
from .cluster import cluster_file
from .errors import BadInput, Diagnostic
from .files import GivenFile, TemporaryFolder
from .model import model_file
from .options import Inputs, Options, Strings, input_arguments
from .quantities import first_of, format_bytes, format_rate, format_time, harmless
from .records import (Advice, Load, Message, ParetoPlan, Point, SingleDevice, Stage, Wire,
                      seconds)
from .request import AnyCluster, Model, Request

if TYPE_CHECKING:
    import pandas

# Of plan.json; older files lack what this package reads.
_VERSION = 2
# Edited files may lack anything.
_NEEDED = ("source", "cluster", "objective", "bottleneck_ns", "latency_ns", "rate_per_s",
           "lower_bound_ns", "lower_bound_class", "stages", "wires", "messages", "devices",
           "links", "media", "idle", "single_devices", "options", "assumed", "at_most",
           "observed", "open", "unknown", "points")
# Above this a bound says nothing.
_USEFUL_GAP = 0.5


class Explanation(Sequence[str]):
    """Sentences, and the figures behind those about changes of the cluster."""

    def __init__(self, sentences: Sequence[str], advice: Sequence[Advice] = ()) -> None:
        self.sentences = tuple(sentences)
        self.advice = tuple(advice)

    @overload
    def __getitem__(self, index: int) -> str: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[str]: ...
    def __getitem__(self, index: int | slice) -> str | Sequence[str]:
        return self.sentences[index]

    def __len__(self) -> int:
        return len(self.sentences)

    def __str__(self) -> str:
        return "\n".join(self.sentences)

    def __repr__(self) -> str:
        return f"Explanation({list(self.sentences)!r})"

    def _repr_html_(self) -> str:
        return notebook.as_list(self.sentences)


@dataclass(frozen=True)
class Parts:
    """An output folder. It can be used where a path can."""

    folder: Path
    files: tuple[Path, ...]
    """One ONNX model for each stage, in their order."""
    verification: tuple[str, ...]
    """What `verify` found, a line each; empty where it was not asked for."""

    def __fspath__(self) -> str:
        return str(self.folder)


def _checked(file: Path) -> str:
    """The text of a plan.json with what this package needs of it."""
    text = file.read_text(encoding="utf-8")

    def wrong(what: str, line: int | None = None, column: int | None = None) -> BadInput:
        return BadInput([Diagnostic("error", what, str(file), line, column)])

    try:
        data = json.loads(text)
    except json.JSONDecodeError as error:
        raise wrong(f"no plan.json: {error.msg}", error.lineno, error.colno) from None
    version = data.get("version") if isinstance(data, dict) else None
    if version != _VERSION:
        raise wrong(f"version is {version!r}, but this package reads plan.json of version "
                    f"{_VERSION}")
    for key in _NEEDED:
        if key not in data:
            raise wrong(f"'{key}' is missing; a plan.json that onnx-split writes has it")
    return text


class Plan:
    """Which stage of the pipeline runs on which device, and what is sent.

    All figures are predictions for one item (one inference), by the figures of the
    cluster; `assumptions` says what else they rest on. Times are seconds, rates
    items/s, amounts bytes. `data` has all of plan.json, with its own units.
    """

    def __init__(self, text: str, request: Request | None = None, *,
                 warnings: Sequence[Diagnostic] = (), interrupted: bool = False) -> None:
        self.text = text
        """plan.json, as the program wrote it."""
        self.data: dict[str, Any] = json.loads(text)
        """The same, read."""
        self.warnings = tuple(warnings)
        """What the program warned of."""
        self.interrupted = interrupted
        """Whether Ctrl-C ended the search."""
        self._request = request
        # A plan that was found here is found again, unless a clock ended the search.
        self._can_repeat = not interrupted and not self.data.get("stopped_by_clock", True)

    @classmethod
    def load(cls, path: str | os.PathLike[str], *, model: Model | None = None,
             cluster: AnyCluster | None = None, options: Options | None = None) -> Plan:
        """Reads a plan.json, or that of an output folder.

        `model` and `cluster` are only needed to ask more or to write parts; left
        out, they are the files that the plan names, from the current folder. What
        the plan was made with stands in the file, but for demands that a plan can
        be checked against; `options` takes those.

        A model or cluster that was given as Python objects is no file, and has to be
        given again.

        Raises OSError and, for a file that is no plan.json, BadInput.
        """
        file = Path(path)
        if file.is_dir():
            file /= "plan.json"
        plan = cls(_checked(file))
        plan._can_repeat = False
        plan._request = Request(
            GivenFile(plan.data["source"]["file"]) if model is None else model_file(model),
            GivenFile(plan.data["cluster"]["file"]) if cluster is None else cluster_file(cluster),
            plan._complete(options or Options()), Path.cwd())
        return plan

    def _complete(self, options: Options) -> Options:
        """With what the program needs to be told of this plan."""
        devices = [stage.device for stage in self.stages]
        return replace(
            options, objective=options.objective or self.objective,
            revisit=options.revisit or len(set(devices)) < len(devices),
            replicate=options.replicate or any(stage.replicas for stage in self.stages))

    # --- Figures ---------------------------------------------------------------

    @property
    def bottleneck(self) -> float:
        """Seconds for each item that the slowest device, link or medium takes."""
        return seconds(self.data["bottleneck_ns"])

    @property
    def rate(self) -> float:
        """Items/s; 0 where nothing takes time."""
        return float(self.data["rate_per_s"])

    @property
    def latency(self) -> float:
        """Seconds for one item from end to end."""
        return seconds(self.data["latency_ns"])

    @property
    def interval(self) -> float:
        """Seconds between two items: the bottleneck or, where items wait for their
        predecessors, the round trip over the sequences."""
        return seconds(self._interval_ns)

    @property
    def round_trip(self) -> float | None:
        """Seconds after which the next item of a sequence can begin; None where
        items do not wait for their predecessors."""
        return seconds(self.data["round_trip_ns"]) if "round_trip_ns" in self.data else None

    @property
    def _interval_ns(self) -> int:
        sequences = self.data["options"].get("sequences", 1)
        # Rounded up, as the program does.
        waiting = -(-self.data.get("round_trip_ns", 0) // sequences)
        return int(max(self.data["bottleneck_ns"], waiting))

    @property
    def objective(self) -> str:
        """"throughput", "latency" or "devices"."""
        return str(self.data["objective"])

    @property
    def value(self) -> float:
        """The objective's figure: `interval`, `latency`, or how many devices."""
        return self._value if self.objective == "devices" else seconds(self._value)

    @property
    def _value(self) -> int:
        if self.objective == "devices":
            return len({name for stage in self.stages for name in (stage.device, *stage.replicas)})
        return int(self.data["latency_ns"]) if self.objective == "latency" else self._interval_ns

    @property
    def bound(self) -> float:
        """No plan of `bound_class` has a smaller `value`, within `demands` and
        by what is in `assumptions`: seconds, or devices. 0: nothing is proven."""
        return self._bound if self.objective == "devices" else seconds(self._bound)

    @property
    def _bound(self) -> int:
        key = "lower_bound_devices" if self.objective == "devices" else "lower_bound_ns"
        return int(self.data.get(key, 0))

    @property
    def bound_class(self) -> str:
        """Which plans the bound is about: "fixed-order" (stages contiguous in the
        file's order), "contiguous" (one stage on each device), "revisiting" (any
        number), "replicated" (one on each, which may be on several), or
        "replicating" (any plan). Each includes those before it, but "replicated"
        has no plan of "revisiting" with two stages on a device."""
        return str(self.data["lower_bound_class"])

    @property
    def gap(self) -> float:
        """(value - bound) / value: what a better plan could save at most, of 1."""
        return max(0.0, (self._value - self._bound) / self._value) if self._value else 0.0

    @property
    def is_optimal(self) -> bool:
        """Whether it is proven that no plan of `bound_class` that meets `demands` is
        better, by the given figures and by what is in `assumptions`."""
        return self._bound >= self._value

    @cached_property
    def assumptions(self) -> tuple[str, ...]:
        """What figures and bound rest on beside model and cluster file, a sentence
        each."""
        data = self.data
        nodes = sum(len(stage.nodes) for stage in self.stages)
        copied = sum(node.is_copied for stage in self.stages for node in stage.nodes)

        def listed(text: str, names: Sequence[str]) -> list[str]:
            tensors = f"{len(names)} tensor{'s' * (len(names) != 1)}"
            return [f"{text}: {tensors}, {first_of(names)}"] if names else []

        return (
            *(f"{harmless(value)} is assumed; the parts leave it open"
              for value in data["assumed"]),
            *map(harmless, data.get("assumed_speeds", ())),
            *listed("extents depend on data and count with upper bounds", data["at_most"]),
            *listed("extents are those of one run", data["observed"]),
            *listed("sizes are not known, and open extents count as 1", data["open"]),
            *(f"{harmless(node)} does not take what it is given with these extents, and "
              "what follows is in no figure" for node in data.get("refused", ())),
            *([f"{len(data['unknown'])} of {nodes} nodes have no known cost, and their bytes "
               f"count: {first_of(sorted({one['op'] for one in data['unknown']}))}"]
              if data["unknown"] else []),
            *(f"messages from {harmless(limit['from'])} to {harmless(limit['to'])} are "
              f"{format_time(limit['round_trip_ns'])} there and back, which allows "
              f"{format_rate(1e9 / limit['interval_ns'])} with two on their way; rate and bound "
              "leave that out" for limit in data.get("message_limits", ())),
            *(["nodes are computed in several stages, and the bound is of plans that compute "
               f"none twice: {copied} copies"] if copied else []))

    @cached_property
    def demands(self) -> tuple[str, ...]:
        """What was demanded of plans, a few words each: the bound says nothing about
        plans that do not obey."""
        data = self.data.get("demands", {})
        least, most = data.get("min_stages", 0), data.get("max_stages", 0)

        def stages(words: str, number: int) -> list[str]:
            return [f"{words} {number} stage{'s' * (number != 1)}"]

        return (
            *(f"pin {harmless(pin)}" for pin in data.get("pins", ())),
            *(f"cut {harmless(tensor)}" for tensor in data.get("cuts", ())),
            *(f"no cut at {harmless(tensor)}" for tensor in data.get("no_cuts", ())),
            *(stages("exactly", least) if 1 < least == most else
              (stages("at least", least) if least > 1 else [])
              + (stages("at most", most) if most else [])),
            *([f"at most {format_time(self.data['max_latency_ns'])} for one item"]
              if "max_latency_ns" in self.data else []),
            *([f"at most {format_time(self.data['target_ns'])} between items"]
              if self.data.get("target_ns") and self.objective != "throughput" else []))

    @cached_property
    def stages(self) -> tuple[Stage, ...]:
        """In the order of the pipeline."""
        return tuple(map(Stage.of, self.data["stages"]))

    @cached_property
    def messages(self) -> tuple[Message, ...]:
        """What stages send each other for each item."""
        return tuple(map(Message.of, self.data["messages"]))

    @cached_property
    def wires(self) -> tuple[Wire, ...]:
        """One for each tensor and each stage that receives it."""
        return tuple(map(Wire.of, self.data["wires"]))

    @property
    def loads(self) -> tuple[Load, ...]:
        """Of devices, links and media that do something."""
        data = self.data
        return (
            *(Load(one["name"], seconds(one["load_ns"])) for one in data["devices"]),
            *(Load(f"{one['from']} -> {one['to']}", seconds(one["load_ns"]))
              for one in data["links"]),
            *(Load(one["name"], seconds(one["load_ns"])) for one in data["media"]))

    @property
    def single_devices(self) -> tuple[SingleDevice, ...]:
        """The whole model on one device of each kind, for comparison."""
        return tuple(map(SingleDevice.of, self.data["single_devices"]))

    @property
    def idle(self) -> tuple[str, ...]:
        """Devices without a stage."""
        return tuple(self.data["idle"])

    @property
    def points(self) -> tuple[Point, ...]:
        """Further operating points (`also`)."""
        return tuple(map(Point.of, self.data["points"]))

    @property
    def pareto(self) -> tuple[ParetoPlan, ...]:
        """Plans that no other beats in both figures, the fastest first; empty
        without `pareto=True`."""
        return tuple(map(ParetoPlan.of, self.data.get("pareto", ())))

    # --- Questions -------------------------------------------------------------

    def explain(self) -> Explanation:
        """What limits the plan, and how much a better device or link would help.
        Takes up to twice the time limit."""
        return self._ask("--explain", only_asked=False)

    def what_if(self, *changes: str) -> Explanation:
        """The best plan after each change of the cluster, such as "+1 pi4",
        "without pi4-1", "device nano compute x2", "device nano memory=8 GiB",
        "link a,b=1 Gbit/s" or "medium wifi=300 Mbit/s"."""
        return self._ask(*(f"--what-if={change}" for change in changes), only_asked=True)

    def why(self, *tensors: str) -> Explanation:
        """Why each tensor is cut or is not, and what the plan would be the other
        way."""
        done = self._again(*(f"--why={tensor}" for tensor in tensors))
        return Explanation(json.loads(done)["explanation"])

    def report(self, path: str | os.PathLike[str]) -> Path:
        """Writes a page that shows the plan; its data alone where `path` ends in
        .json. Takes as long as `explain`. Returns the path."""
        file = Path(path).absolute()
        self._again(f"--report={file}")
        return file

    def _ask(self, *questions: str, only_asked: bool) -> Explanation:
        with TemporaryFolder() as folder:
            file = folder / "report.json"
            done = self._again(*questions, f"--report={file}")
            report = json.loads(file.read_text(encoding="utf-8"))
        advice = [Advice.of(one, self.objective) for one in report.get("advice", ())]
        return Explanation(json.loads(done).get("explanation", ()),
                           [one for one in advice if one.is_asked or not only_asked])

    def _again(self, *arguments: str) -> str:
        """plan.json of this plan with further arguments, without writing parts.

        Where planning finds the same plan once more, it is repeated: then the answer
        knows what was proven, which a plan.json that is applied says nothing about.
        """
        request = self._need_request()
        always = ("--dry-run", "--format=json", *arguments)
        if self._can_repeat:
            output = request.run(*always).output
            # A search that took almost the time limit may pass it this time.
            if json.loads(output)["stages"] == self.data["stages"]:
                return output
        return request.run(*always, plan=self.text).output

    def _need_request(self) -> Request:
        if self._request is None:
            raise ValueError("this plan does not know its model and cluster; read it with "
                             "Plan.load(path, model=..., cluster=...)")
        return self._request

    # --- Files -----------------------------------------------------------------

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Writes plan.json alone, which Plan.load and --plan read. Returns the path."""
        file = Path(path)
        file.write_text(self.text, encoding="utf-8")
        return file

    def write(self, folder: str | os.PathLike[str], *, boundary: str | None = None,
              weights: str | None = None, verify: bool | float = False,
              inputs: Inputs | None = None, emit: Strings = (), report: bool = False,
              force: bool = False) -> Parts:
        """Writes the parts of this plan, and plan.json, into a new folder.

        Args:
          folder: appears complete or not at all.
          boundary: "ops" (Send and Recv with bodies), "io" (plain graph inputs and
            outputs, as converters need), "opaque" (Send and Recv without bodies).
          weights: "auto" (as in the model), "embed" (inside the parts), "external"
            (in a file beside each).
          verify: run whole and parts on the same inputs and compare; a number is
            what is allowed, relative to the largest absolute value.
          inputs: what `verify` feeds: a folder, or files or arrays by name; random
            where nothing is given.
          emit: "mpi", "problem", "compose", "genai" and "ort-layers", for what is written
            beside the parts.
          report: also write a page that shows the plan.
          force: replace a folder that onnx-split wrote.

        The plan is applied, not searched again, so that the plan.json in the folder
        states a bound that needs no search; `bound` of this object stays.

        Raises NotVerified where the parts do not give what the model gives (the
        folder stays), CannotWrite, BadInput, or another OnnxSplitError.
        """
        target = Path(folder).absolute()
        arguments = ["-o", str(target), "--format=json"]
        arguments += [f"--boundary={boundary}"] if boundary is not None else []
        arguments += [f"--weights={weights}"] if weights is not None else []
        arguments += [f"--emit={what}" for what in ([emit] if isinstance(emit, str) else emit)]
        arguments += (["--report"] if report else []) + (["--force"] if force else [])
        verifies = verify is not False
        if verifies:
            arguments.append("--verify" if verify is True else f"--verify={verify}")
        with TemporaryFolder() as scratch:
            arguments += input_arguments(inputs, scratch)
            done = self._need_request().run(*arguments, plan=self.text)
        files = tuple(target / stage["file"] for stage in json.loads(done.output)["stages"])
        said = done.errors.partition("verified ")
        lines = "".join(said[1:]).splitlines() if verifies else []
        return Parts(target, files, tuple(line.strip() for line in lines if line.strip()))

    # --- People ----------------------------------------------------------------

    def to_frame(self) -> pandas.DataFrame:
        """The stages as a table of pandas, with a row each; times in seconds, amounts
        in bytes."""
        try:
            import pandas
        except ImportError:
            raise ImportError("Plan.to_frame needs pandas: pip install pandas") from None
        return pandas.DataFrame(list(self._rows())).set_index("stage")

    def _rows(self) -> Iterator[dict[str, Any]]:
        for stage in self.stages:
            yield {"stage": stage.index, "device": stage.device, "nodes": len(stage.nodes),
                   "macs": stage.macs, "flops": stage.flops, "compute": stage.compute,
                   "weight_bytes": stage.weight_bytes, "memory": stage.memory,
                   "memory_is_lower_bound": stage.memory_is_lower_bound}

    def describe(self) -> str:
        """One line: how fast, and what is known of better plans."""
        if self.objective == "latency":
            figure = f"{format_time(self.data['latency_ns'])} for one item"
        else:
            figure = format_rate(self.rate) if self.rate else "nothing takes time"
            if self.objective == "devices":
                figure += f" with {self._value} device{'s' * (self._value != 1)}"
        if self.is_optimal:
            known = f"optimal among {self.bound_class} plans"
        elif self._bound:
            # Rounded up, so that it stays true.
            known = (f"a better {self.bound_class} plan saves "
                     f"{math.ceil(1000 * self.gap) / 10} % at most"
                     if self.gap <= _USEFUL_GAP else "no useful bound: a better plan may exist")
        else:
            known = "no bound: a better plan may exist"
        if self.demands and self._bound:
            known += f", with {', '.join(self.demands)}"
        rests = len(self.assumptions)
        if rests:
            known += f", under {rests} assumption{'s' * (rests != 1)}"
        return f"{figure}; {known}"

    def __str__(self) -> str:
        is_si = self.data.get("si_bytes", False)
        lines = [
            f"stage {stage.index} on {', '.join([stage.device, *stage.replicas])}: "
            f"{len(stage.nodes)} node{'s' * (len(stage.nodes) != 1)}, "
            f"{format_time(data['compute_ns'])}, {'at least ' * stage.memory_is_lower_bound}"
            f"{format_bytes(stage.memory, is_si)}"
            for stage, data in zip(self.stages, self.data["stages"])]
        return "\n".join([self.describe(), *lines, *self.assumptions])

    def __repr__(self) -> str:
        devices = " -> ".join(stage.device for stage in self.stages)
        return f"<Plan: {self.describe()}; {devices}>"

    def _repr_html_(self) -> str:
        return notebook.as_page(self)
