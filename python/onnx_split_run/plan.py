"""plan.json as a runner needs it: checked, so that whatever an index, a rank or a
path in it is used for can be relied on."""

from __future__ import annotations

import hashlib
import json
import pathlib
from dataclasses import dataclass, field
from typing import Any

from .errors import RunError

# Of ranks and tags: MPI promises that tags up to this exist.
MOST = 32767


@dataclass(frozen=True)
class State:
    """An output that is an input for the next item of its sequence."""

    input: str
    output: str
    # Of the inputs of all sequences and of one output.
    bytes: int
    # Both may be one buffer of the final length.
    in_place: bool = False


@dataclass(frozen=True)
class NodePlan:
    """A node of the source in a stage."""

    # Its position in the source graph; in the branch of an If that was folded that of
    # the If.
    index: int
    name: str
    # Another stage owns it.
    copied: bool = False


@dataclass(frozen=True)
class StagePlan:
    """A part, and what it asks of its devices. Sizes in bytes, times in ns."""

    index: int
    file: str
    # By replica; the first is the stage's own.
    devices: tuple[str, ...]
    ranks: tuple[int, ...]
    # In the order of the part.
    nodes: tuple[NodePlan, ...]
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    memory_bytes: int
    compute_ns: int
    flops: int
    states: tuple[State, ...]
    state_bytes: int
    # By replica: what the cluster file says, or empty.
    providers: tuple[str, ...] = ("",)
    provider_options: tuple[dict[str, str], ...] = ({},)


@dataclass(frozen=True)
class Wire:
    """A tensor from one stage to a later one."""

    name: str
    tensor: str
    sender: int
    receiver: int
    dtype: str
    # "sequence", "optional" or both; empty for a tensor alone.
    container: str
    # -1 where open before the model runs.
    shape: tuple[int, ...]
    open_rank: bool
    bytes: int
    tag: int
    seq: int
    time_ns: int


@dataclass(frozen=True)
class Group:
    """The wires of two stages, which travel as one message for each item."""

    sender: int
    receiver: int
    # In the order of `seq`; one at least.
    wires: tuple[Wire, ...]
    # How much longer than its time a message is on its way.
    latency_ns: int = 0

    @property
    def tag(self) -> int:
        """No other message has it."""
        return self.wires[0].tag

    @property
    def bytes(self) -> int:
        return sum(wire.bytes for wire in self.wires)

    @property
    def delivery_ns(self) -> int:
        """From the hand-over to the arrival, as a receiver measures it."""
        return sum(wire.time_ns for wire in self.wires) + self.latency_ns


@dataclass(frozen=True)
class Role:
    """What a rank runs: of the r devices of a stage, number `replica`, which has the
    items i with i mod r = replica."""

    stage: int
    replica: int


@dataclass(frozen=True)
class Plan:
    path: pathlib.Path
    # SHA-256 of the text.
    digest: str
    source_digest: str
    # As most amounts in the cluster file, for what is printed.
    si_bytes: bool
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    bottleneck_ns: int
    latency_ns: int
    # After how long the next item of a sequence can begin; 0: at once.
    round_trip_ns: int
    stages: tuple[StagePlan, ...]
    wires: tuple[Wire, ...]
    # By sender and receiver.
    groups: tuple[Group, ...]
    # By rank.
    roles: tuple[Role, ...]
    # Settings NAME=1x3 and NAME=1 that the plan was made for.
    input_shapes: tuple[str, ...] = ()
    dims: tuple[str, ...] = ()
    # In flight; 0: items do not wait for each other.
    sequences: int = 0
    source_file: str = field(default="", compare=False)

    @property
    def folder(self) -> pathlib.Path:
        return self.path.parent

    def device_of(self, role: Role) -> str:
        return self.stages[role.stage].devices[role.replica]

    def interval_ns(self, sequences: int) -> int:
        """Predicted time between two items of so many sequences in flight."""
        return max(self.bottleneck_ns, -(-self.round_trip_ns // max(1, sequences)))

    def describe_rank(self, rank: int) -> str:
        """"stage 1 on 'box'"."""
        if not 0 <= rank < len(self.roles):
            return f"rank {rank}"
        role = self.roles[rank]
        return f"stage {role.stage} on '{self.device_of(role)}'"

    def describe_wire(self, wire: Wire, others: int = 0) -> str:
        """With what it connects; `others` travel with it."""
        ends = ["', '".join(self.stages[one].devices) for one in (wire.sender, wire.receiver)]
        more = {0: "", 1: " and 1 other"}.get(others, f" and {others} others")
        return (f"wire '{wire.name}' (tensor '{wire.tensor}'){more} from stage "
                f"{wire.sender} on '{ends[0]}' to stage {wire.receiver} on '{ends[1]}'")

    def describe_group(self, group: Group) -> str:
        return self.describe_wire(group.wires[0], len(group.wires) - 1)


class _Reader:
    """Takes values out of one JSON object, and says where one is wrong."""

    def __init__(self, value: Any, place: str) -> None:
        self.place = place
        if not isinstance(value, dict):
            raise RunError(f"{place or 'the file'}: expected an object")
        self.object = value

    def fail(self, key: str, what: str) -> RunError:
        return RunError(f"{self.place}{'.' if self.place else ''}{key}: {what}")

    def take(self, key: str, kind: type, default: Any = None) -> Any:
        """The value of `key`; an error if it is missing and has no default."""
        if key not in self.object:
            if default is None:
                raise self.fail(key, "missing value")
            return default
        value = self.object[key]
        # Python counts booleans among the integers.
        if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
            names = {int: "a whole number", str: "a text", bool: "true or false",
                     list: "a list", dict: "an object"}
            raise self.fail(key, f"expected {names[kind]}")
        return value

    def number(self, key: str, default: int | None = None, most: int = 2**63 - 1) -> int:
        value: int = self.take(key, int, default)
        if not 0 <= value <= most:
            raise self.fail(key, f"must be from 0 to {most}")
        return value

    def items(self, key: str, kind: type, default: list[Any] | None = None) -> list[Any]:
        values: list[Any] = self.take(key, list, default)
        for index, value in enumerate(values):
            if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
                raise self.fail(f"{key}[{index}]", "is of another type")
        return values

    def objects(self, key: str, default: list[Any] | None = None) -> list[_Reader]:
        dot = "." if self.place else ""
        return [_Reader(value, f"{self.place}{dot}{key}[{index}]")
                for index, value in enumerate(self.take(key, list, default))]


def _read_states(stage: _Reader) -> tuple[State, ...]:
    return tuple(
        State(one.take("input", str), one.take("output", str), one.number("bytes"),
              one.take("in_place", bool, False))
        for one in stage.objects("states", []))


def _read_provider_options(device: _Reader) -> dict[str, str]:
    options: dict[str, str] = device.take("provider_options", dict, {})
    for key, value in options.items():
        if not isinstance(value, str):
            raise device.fail(f"provider_options.{key}", "expected a text")
    if options and not device.take("provider", str, ""):
        raise device.fail("provider_options", "belong to a provider, of which there is none")
    return options


def _read_stage(index: int, stage: _Reader) -> StagePlan:
    file = stage.take("file", str)
    # A plan from elsewhere must not make a rank open any other file.
    if pathlib.PurePath(file).name != file or file in ("", ".."):
        raise stage.fail("file", f"'{file}' is no file beside the plan")
    replicas = [stage, *stage.objects("replicas", [])]
    return StagePlan(
        index=index,
        file=file,
        devices=tuple(one.take("device", str) for one in replicas),
        ranks=tuple(one.number("rank", most=MOST) for one in replicas),
        nodes=tuple(NodePlan(one.number("index"), one.take("name", str, ""),
                             one.take("copied", bool, False))
                    for one in stage.objects("nodes", [])),
        inputs=tuple(stage.items("inputs", str)),
        outputs=tuple(stage.items("outputs", str)),
        memory_bytes=sum(stage.number(key, default) for key, default in (
            ("weight_bytes", None), ("peak_activation_bytes", None), ("buffer_bytes", None),
            ("runtime_bytes", 0), ("state_bytes", 0))),
        compute_ns=stage.number("compute_ns"),
        flops=stage.number("flops", 0),
        states=_read_states(stage),
        state_bytes=stage.number("state_bytes", 0),
        providers=tuple(one.take("provider", str, "") for one in replicas),
        provider_options=tuple(map(_read_provider_options, replicas)),
    )


def _read_wire(wire: _Reader, stages: tuple[StagePlan, ...]) -> Wire:
    made = Wire(
        name=wire.take("wire", str), tensor=wire.take("tensor", str),
        sender=wire.number("from"), receiver=wire.number("to", most=MOST),
        dtype=wire.take("dtype", str), container=wire.take("container", str, ""),
        shape=tuple(wire.items("shape", int)),
        open_rank=wire.take("open_rank", bool, False), bytes=wire.number("bytes"),
        tag=wire.number("tag", most=MOST), seq=wire.number("seq", 0),
        time_ns=wire.number("time_ns"))
    if made.receiver >= len(stages):
        raise RunError(f"wire '{made.name}' goes to stage {made.receiver}, which there is not")
    if made.sender >= made.receiver:
        raise wire.fail("to", "must be a later stage than from")
    if (made.name not in stages[made.sender].outputs
            or made.name not in stages[made.receiver].inputs):
        raise RunError(f"wire '{made.name}' is no output of stage {made.sender}, or no "
                       f"input of stage {made.receiver}")
    return made


def _check_wires(wires: tuple[Wire, ...]) -> None:
    tags: set[int] = set()
    ends: set[tuple[int, str]] = set()
    # One output of a stage may be several wires, which then have one type.
    types: dict[tuple[int, str], Wire] = {}
    for wire in wires:
        if wire.tag in tags:
            raise RunError(f"tag {wire.tag} of wire '{wire.name}' is taken")
        tags.add(wire.tag)
        if (wire.receiver, wire.name) in ends:
            raise RunError(f"wire '{wire.name}' reaches stage {wire.receiver} twice")
        ends.add((wire.receiver, wire.name))
        first = types.setdefault((wire.sender, wire.name), wire)
        if ((first.dtype, first.container, first.shape, first.open_rank)
                != (wire.dtype, wire.container, wire.shape, wire.open_rank)):
            raise RunError(f"wire '{wire.name}' to stage {wire.receiver} has another type "
                           f"or shape than to stage {first.receiver}")


def _group_wires(wires: tuple[Wire, ...], messages: list[_Reader]) -> tuple[Group, ...]:
    """One group for each pair of stages. Wires without `seq` keep their order."""
    latencies = {(one.object.get("from"), one.object.get("to")): one.number("latency_ns", 0)
                 for one in messages}
    pairs: dict[tuple[int, int], list[Wire]] = {}
    for wire in sorted(wires, key=lambda one: (one.sender, one.receiver, one.seq)):
        pairs.setdefault((wire.sender, wire.receiver), []).append(wire)
    return tuple(Group(sender, receiver, tuple(own), latencies.get((sender, receiver), 0))
                 for (sender, receiver), own in pairs.items())


def _assign_roles(stages: tuple[StagePlan, ...]) -> tuple[Role, ...]:
    count = sum(len(stage.devices) for stage in stages)
    roles: list[Role | None] = [None] * count
    for stage in stages:
        for replica, rank in enumerate(stage.ranks):
            if rank >= count or roles[rank] is not None:
                raise RunError(f"rank {rank} of stage {stage.index} is not one of 0 to the "
                               "number of stages and replicas, each once")
            roles[rank] = Role(stage.index, replica)
    return tuple(role for role in roles if role is not None)


def _make_plan(path: pathlib.Path, text: bytes) -> Plan:
    top = _Reader(json.loads(text), "")
    if top.number("version") not in (1, 2):
        raise top.fail("version", "must be 1 or 2")
    source = _Reader(top.take("source", dict), "source")
    options = _Reader(top.take("options", dict, {}), "options")
    stages = tuple(_read_stage(index, stage)
                   for index, stage in enumerate(top.objects("stages")))
    if not stages:
        raise RunError("has no stages")
    wires = tuple(_read_wire(wire, stages) for wire in top.objects("wires"))
    _check_wires(wires)
    return Plan(
        path=path, digest=hashlib.sha256(text).hexdigest(),
        source_digest=source.take("digest", str), source_file=source.take("file", str, ""),
        si_bytes=top.take("si_bytes", bool, False),
        inputs=tuple(top.items("inputs", str)), outputs=tuple(top.items("outputs", str)),
        bottleneck_ns=top.number("bottleneck_ns"), latency_ns=top.number("latency_ns"),
        round_trip_ns=top.number("round_trip_ns", 0),
        stages=stages, wires=wires,
        groups=_group_wires(wires, top.objects("messages", [])),
        roles=_assign_roles(stages),
        input_shapes=tuple(top.items("input_shapes", str, [])),
        dims=tuple(options.items("dim", str, [])), sequences=options.number("sequences", 0))


def _describe_folder(path: pathlib.Path) -> str:
    """What is said of a folder in the place of a plan."""
    file = path / "plan.json"
    return (f"it is a folder; name the file in it, {file}" if file.is_file() else
            "it is a folder, and no plan.json is in it")


def read_plan(path: str | pathlib.Path) -> Plan:
    """Reads a plan.json. The error names the file and what is wrong."""
    path = pathlib.Path(path)
    try:
        return _make_plan(path, path.read_bytes())
    except IsADirectoryError:
        raise RunError(f"{path}: cannot read the plan: {_describe_folder(path)}") from None
    except OSError as error:
        raise RunError(f"{path}: cannot read the plan: {error.strerror}") from None
    except (ValueError, RecursionError) as error:
        raise RunError(f"{path}: this is no plan.json: {error}") from None
    except RunError as error:
        raise RunError(f"{path}: {error}") from None
