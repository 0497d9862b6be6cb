"""The thread of a stage that computes its items, one after the other."""

from __future__ import annotations

import dataclasses
import pathlib
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from .arrivals import ArrivalQueue, ArrivalTimes
from .clock import now, peak_resident_bytes, thread_cpu_ns
from .decoder import (SCORES, Generation, Sampling, TokenChoice, is_step_input, read_prompts,
                      step_input)
from .errors import RunError
from .exchange import SLOTS, Exchange
from .inputs import dim_names, find_files, make_inputs, zero_value
from .options import RunOptions
from .plan import Plan, Role
from .providers import Provider, parse_provider
from .quantities import counted, format_bytes
from .runtime import runtime_version
from .samples import Samples
from .session import Port, SessionSettings
from .settings import InputOptions
from .stages import Binder, Stage
from .states import Keeping
from .tensor_files import write_value
from .values import to_tensor

# Events of one stage that a trace keeps; the first ones, of which a person looks at
# some hundreds.
MOST_EVENTS = 20000


@dataclass
class StageFigures:
    """Times are means for one item in nanoseconds."""

    compute_ns: int = 0
    # Of the thread that runs the part; ONNX Runtime's others are not in it.
    compute_cpu_ns: int = 0
    communication_cpu_ns: int = 0
    wait_ns: int = 0
    send_wait_ns: int = 0
    resident_bytes: int = 0
    # Before the part was loaded.
    base_bytes: int = 0
    # MPI's messages, of which a long one of ours is several.
    messages_sent: int = 0
    lost_items: int = 0
    # The most that was kept of sequences at one time.
    state_bytes: int = 0
    # Empty for the CPU's.
    provider: str = ""
    # Nodes that it did not take, by operator.
    elsewhere: dict[str, int] = field(default_factory=dict)
    nodes: int = 0


@dataclass(frozen=True)
class TraceEvent:
    """One thing that took time, on the clock of rank 0. `sender` is the stage that
    something came from; -1: this stage computed."""

    item: int
    begin_ns: int
    end_ns: int
    sender: int = -1
    group: int = -1


def make_generation(options: RunOptions) -> Generation:
    """What the options say of tokens; reads the prompts."""
    if not options.generate:
        return Generation()
    return Generation(options.generate, read_prompts(options.prompt), options.stop,
                      Sampling(options.top_k, options.temperature, options.inputs.seed))


def input_sets(options: RunOptions, plan: Plan) -> list[InputOptions]:
    """One for each folder; what the other options say holds in each of them."""
    common = dataclasses.replace(options.inputs, planned_shapes=plan.input_shapes)
    return [dataclasses.replace(common, files=(*common.files, folder))
            for folder in options.folders] or [common]


def choose_provider(plan: Plan, role: Role, options: RunOptions) -> Provider:
    """What the options say for the device, or for all, or what the plan says."""
    text = options.providers.get(plan.device_of(role), options.providers.get(""))
    if text is not None:
        return parse_provider(text)
    stage = plan.stages[role.stage]
    named = stage.providers[role.replica]
    return Provider(named, stage.provider_options[role.replica]) if named else Provider()


class Worker:
    """One stage of a run, or one replica of it."""

    def __init__(self, plan: Plan, options: RunOptions, role: Role,
                 generation: Generation) -> None:
        self.plan, self.options, self.role = plan, options, role
        self.generation = generation
        self.planned = plan.stages[role.stage]
        self._replicas = len(self.planned.devices)
        self.local_items = self._count_local(options.items + options.warmup)
        self.local_warmup = self._count_local(options.warmup)
        if generation.tokens:
            # The prompts are not measured, either.
            self.local_warmup = options.warmup + options.sequences
        # The first local item whose messages count in the figures. Prompts have larger
        # ones; but where there is nothing else, they count.
        self.first_counted = (0 if not generation.tokens else options.warmup
                              if generation.tokens == 1 else self.local_warmup)
        self.figures = StageFigures()
        # Told each item before it is computed, for a watchdog.
        self.on_item: Callable[[int], None] = lambda item: None
        # When each local item ended here and, in the first stage, when it was due:
        # without a rate, when it began.
        self.dues: list[int] = []
        self.ends: list[int] = []
        self.trace: list[TraceEvent] = []
        self._compute, self._waits, self._send_waits = Samples(), Samples(), Samples()
        self._compute_cpu_ns = 0
        # Of rank 0's clock against this host's, and when the run began on it.
        self._offset = self._start = 0
        self._binders: list[Binder | None] = []
        self._arrivals: ArrivalTimes | None = None
        self._queue: ArrivalQueue | None = None

    def _count_local(self, items: int) -> int:
        """How many of the first items this replica runs."""
        return (items - self.role.replica + self._replicas - 1) // self._replicas

    def global_item(self, local: int) -> int:
        """The number of a local item in the whole run."""
        return self.role.replica + local * self._replicas

    # --- Before the first item ----------------------------------------------------------

    def prepare(self, threads: int) -> None:
        """Loads the part, checks it against the plan, and makes inputs."""
        self.figures.base_bytes = peak_resident_bytes()
        sets = input_sets(self.options, self.plan)
        provider = choose_provider(self.plan, self.role, self.options)
        keeping = Keeping(self.options.sequences, self.generation.tokens > 0,
                          self.generation.longest if self.generation.tokens else 0,
                          bool(self.options.save_outputs))
        self.stage = Stage(
            self.plan, self.role.stage, SessionSettings(self.options.optimise, threads),
            provider, self.role.replica, keeping, sets[0],
            lambda port: make_inputs([port], self.plan.inputs, sets[0], zero_value)[port.name])
        self._check_placement(provider)
        self._check_states()
        self._make_given(sets)
        plain = self.stage.session.is_plain
        self._binders = [Binder(self.stage.session) if plain else None for _ in range(SLOTS)]
        self._choices = []
        if self.generation.tokens and SCORES in self.planned.outputs:
            self._choices = [TokenChoice(self.generation.sampling, sequence)
                             for sequence in range(self.options.sequences)]
        self._prepare_arrivals()

    def _check_placement(self, provider: Provider) -> None:
        placement = self.stage.session.placement
        if not provider.is_cpu:
            self.figures.provider = provider.name
        if placement is None:
            if self.options.strict and not provider.is_cpu:
                raise RunError(f"--strict: ONNX Runtime {runtime_version()} does not say which "
                               "nodes a provider takes; 1.24 does")
            return
        self.figures.nodes, self.figures.elsewhere = placement.nodes, placement.elsewhere
        if self.options.strict and placement.elsewhere:
            raise RunError(f"--strict: {self.stage.describe_placement()}")

    def _check_states(self) -> None:
        needed = self.stage.states.needed_bytes
        if self.generation.tokens and needed > self.planned.state_bytes:
            si = self.plan.si_bytes
            raise RunError(
                f"the states of {counted(self.options.sequences, 'sequence')} of "
                f"{counted(self.generation.longest, 'token')} take {format_bytes(needed, si)}, "
                f"but the plan counts with {format_bytes(self.planned.state_bytes, si)}; generate "
                "less, or plan with --sequences and, by --assume or --also, the largest length")

    def _make_given(self, sets: list[InputOptions]) -> None:
        """The inputs of the model that neither a wire nor the item before brings. Where
        tokens are generated, random ones would make no sense."""
        wired = {wire.name for wire in self.plan.wires if wire.receiver == self.role.stage}
        ports = [port for port in self.stage.session.inputs
                 if port.name not in wired and not self.stage.states.owns(port.name)]
        self._step_ports: list[Port] = []
        if self.generation.tokens:
            self._step_ports = [port for port in ports if is_step_input(port.name)]
            ports = [port for port in ports if not is_step_input(port.name)]
        self.dim_names = dim_names(ports)
        self._given: list[dict[str, Any]] = []
        for options in sets:
            if self.generation.tokens:
                self._check_all_given(ports, options)
            values = make_inputs(ports, self.plan.inputs, options)
            if self.stage.session.is_plain:
                values = {name: to_tensor(value) for name, value in values.items()}
            self._given.append(values)

    def _check_all_given(self, ports: list[Port], options: InputOptions) -> None:
        there = find_files(self.plan.inputs, options)
        for port in ports:
            if port.name not in there:
                raise RunError(f"--generate does not know what the input '{port.name}' takes: "
                               f"give it with --input {port.name}=FILE or, if it is state, plan "
                               "with --state")

    def _prepare_arrivals(self) -> None:
        if self.role.stage != 0 or self.options.rate <= 0:
            return
        times = ArrivalTimes(self.options.arrivals, self.options.rate,
                             self.options.inputs.seed)
        if self.options.queue is None:
            self._arrivals = times
        else:
            self._queue = ArrivalQueue(times, self.options.queue)

    # --- The items ----------------------------------------------------------------------

    def run(self, exchange: Exchange, offset: int, start: int) -> None:
        """Computes all items. `offset` is added to this host's clock for that of rank 0,
        on which the first item is due at `start`."""
        self._offset, self._start = offset, start
        for local in range(self.local_items):
            waited = exchange.await_item(local)
            if waited is None:
                break
            if local >= self.local_warmup:
                self._waits.add(waited[0])
                self._send_waits.add(waited[1])
            self._await_arrival(local)
            self.on_item(self.global_item(local))
            try:
                self._compute_item(exchange, local)
            except RunError as error:
                raise RunError(f"item {self.global_item(local)}: {error}") from None
        self._finish()

    def _await_arrival(self, local: int) -> None:
        """Waits until the item is due, where items have a rate and this is the first
        stage. The latency of one that was due before counts from then on: whoever
        sent it does not know that the stage was busy."""
        if self._arrivals is not None:
            due = self._arrivals.at(self.global_item(local))
        elif self._queue is not None:
            before = self._queue.lost
            # The stage is free from the start on, before it gets here.
            due = self._queue.take(0 if local == 0 else now() + self._offset - self._start)
            if local >= self.local_warmup:
                self.figures.lost_items += self._queue.lost - before
        else:
            return
        self.dues.append(self._start + due)
        early = self.dues[-1] - self._offset - now()
        if early > 0:
            time.sleep(early / 1e9)

    def _sequence_of(self, exchange: Exchange, local: int) -> int:
        """Items without tokens are of the sequences in turn, beginning with the first
        measured one."""
        if self.generation.tokens:
            return exchange.sequence_of(local)
        return (self.global_item(local) - self.options.warmup) % self.options.sequences

    def _gather_inputs(self, exchange: Exchange, local: int, sequence: int) -> dict[str, Any]:
        # The first timed item takes the first set, whatever went before it.
        turn = (self.global_item(local) - self.options.warmup) % len(self._given)
        values = {**self._given[turn], **exchange.receive(local)}
        if self.stage.states:
            if local == (self.options.warmup if self.generation.tokens else self.local_warmup):
                self.stage.states.restart()
            values |= self.stage.states.take(sequence)
        if self._step_ports:
            tokens, past = exchange.step_of(local)
            values |= {port.name: step_input(port, tokens, past) for port in self._step_ports}
        return values

    def _compute_item(self, exchange: Exchange, local: int) -> None:
        sequence = self._sequence_of(exchange, local) if (
            self.stage.states or self._choices) else 0
        values = self._gather_inputs(exchange, local, sequence)
        targets = {**self.stage.states.targets(sequence), **exchange.targets(local)}
        begin, cpu = now(), thread_cpu_ns()
        outputs = self.stage.run_values(values, targets, self._binders[local % SLOTS])
        end = now()
        if self.role.stage == 0 and self.options.rate <= 0:
            self.dues.append(begin + self._offset)
        self.ends.append(end + self._offset)
        if local >= self.local_warmup:
            self._compute.add(end - begin)
            self._compute_cpu_ns += thread_cpu_ns() - cpu
        if self.options.trace_file and len(self.trace) < MOST_EVENTS:
            self.trace.append(TraceEvent(self.global_item(local), begin + self._offset,
                                         self.ends[-1]))
        token = self._choose(outputs, local, sequence)
        if self.options.save_outputs and self.global_item(local) >= self.options.warmup:
            self._save(outputs, self.global_item(local) - self.options.warmup)
        if self.stage.states:
            self.stage.states.keep(outputs, sequence)
        exchange.deliver(local, outputs, token)

    def _choose(self, outputs: Mapping[str, Any], local: int, sequence: int) -> int | None:
        if not self._choices:
            return None
        token = self._choices[sequence].choose(outputs[SCORES])
        # Draws of the first sequence begin behind the warm-up.
        if local + 1 == self.options.warmup:
            self._choices[0] = TokenChoice(self.generation.sampling, 0)
        return token

    def _save(self, outputs: Mapping[str, Any], item: int) -> None:
        folder = pathlib.Path(self.options.save_outputs) / f"item_{item}"
        end = ".npy" if self.options.save_as_numpy else ".pb"
        for name, value in outputs.items():
            if name not in self.plan.outputs:
                continue
            try:
                folder.mkdir(parents=True, exist_ok=True)
            except OSError as error:
                raise RunError(f"{folder}: cannot create: {error.strerror}") from None
            write_value(folder / f"output_{self.plan.outputs.index(name)}{end}", value, name)

    def _finish(self) -> None:
        self.figures.compute_ns = self._compute.mean
        self.figures.compute_cpu_ns = self._compute_cpu_ns // max(1, self._compute.count)
        self.figures.wait_ns = self._waits.mean
        self.figures.send_wait_ns = self._send_waits.mean
        self.figures.resident_bytes = peak_resident_bytes()
        self.figures.state_bytes = self.stage.states.most_bytes


def check_scores(plan: Plan) -> int:
    """The stage whose part scores tokens; an error where none does."""
    for stage in plan.stages:
        if SCORES in stage.outputs:
            return stage.index
    raise RunError(f"no output '{SCORES}' scores tokens; --generate needs it")
