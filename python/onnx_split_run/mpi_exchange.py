"""A stage that has a process of MPI of its own: a thread computes, the main thread
communicates. Item n + 1 arrives and item n - 1 leaves while item n is computed."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from .clock import now, thread_cpu_ns
from .errors import RunError, describe
from .exchange import SLOTS, Exchange
from .memory import Memory
from .message import check_ports
from .mpi import World
from .mpi_ends import InEnd, OutEnd
from .mpi_tokens import TokenWires
from .plan import Group
from .schedule import TokenSchedule
from .worker import MOST_EVENTS, TraceEvent, Worker, check_scores

# Seconds that a sender waits longer than a receiver, so that of both ends of what has
# stalled one speaks.
_GRACE = 2.0


class MpiExchange(Exchange):
    """What both threads share is under `_lock`; members say which thread has the rest."""

    def __init__(self, world: World, worker: Worker) -> None:
        self._world, self._worker = world, worker
        self._plan, self._options = worker.plan, worker.options
        self._lock = threading.Lock()
        self._can_compute = threading.Condition(self._lock)
        self._waker = world.waker()
        # Counts of local items: all of whose inputs are there, that are computed, and
        # that are sent.
        self._arrived = self._computed = self._sent = 0
        self._tokens: list[int] = []
        self._stop = False
        self._failure: RunError | None = None
        self.schedule: TokenSchedule | None = None
        # Of the communicating thread: when each token was known here, and when the
        # last one was, or the run began.
        self.token_times: list[int] = []
        self._last_token = 0
        self._token_wires: TokenWires | None = None
        # After an error: when what led to it began, on this host's clock.
        self.failed_since = 0
        # Told what is awaited, for a watchdog.
        self.on_wait: Callable[[Group | None], None] = lambda group: None
        self.inputs: list[InEnd] = []
        self.outputs: list[OutEnd] = []
        self.received: list[TraceEvent] = []

    def prepare(self) -> None:
        """Makes the ends of messages; the part is loaded."""
        plan, role, session = self._plan, self._worker.role, self._worker.stage.session
        taken: set[str] = set()
        for index, group in enumerate(plan.groups):
            if group.receiver == role.stage:
                ports = [session.find_input(wire.name) for wire in group.wires]
                check_ports(plan, group, ports, "input")
                end = InEnd(self._world, plan, group, self._rank_of(group.sender),
                            [port.kind for port in ports if port is not None])
                self._prepare_figures(end, index)
                self.inputs.append(end)
            if group.sender == role.stage:
                found = [session.find_output(wire.name) for wire in group.wires]
                check_ports(plan, group, found, "output")
                self.outputs.append(OutEnd(self._world, plan, group,
                                           self._rank_of(group.receiver), taken))
        self._plain = session.is_plain
        generation = self._worker.generation
        if generation.tokens:
            self.schedule = TokenSchedule(generation, self._options.sequences,
                                          self._options.warmup)
            source = plan.stages[check_scores(plan)].ranks[0]
            self._token_wires = TokenWires(self._world, source)

    def _rank_of(self, stage: int) -> Callable[[int], int]:
        ranks = self._plan.stages[stage].ranks
        return lambda item: ranks[item % len(ranks)]

    def _prepare_figures(self, end: InEnd, index: int) -> None:
        end.first_counted = self._worker.first_counted
        if not self._options.trace_file:
            return

        def keep(item: int, sent_ns: int, arrived_ns: int) -> None:
            if len(self.received) < MOST_EVENTS:
                self.received.append(TraceEvent(item, sent_ns, arrived_ns, end.group.sender,
                                                index))

        end.on_receive = keep

    # --- For the thread that computes ---------------------------------------------------

    def await_item(self, local: int) -> tuple[int, int] | None:
        schedule = self.schedule
        before = now()
        with self._lock:
            while not self._stop and not (
                    self._arrived > local if schedule is None or schedule.known > local
                    else schedule.is_over):
                self._can_compute.wait()
            ready = now()
            while not self._stop and not self._sent + SLOTS > local:
                self._can_compute.wait()
            if self._stop or (schedule is not None and schedule.known <= local):
                return None
            return ready - before, now() - ready

    def receive(self, local: int) -> Mapping[str, Any]:
        values: dict[str, Any] = {}
        for end in self.inputs:
            values |= end.take(local % SLOTS)
        return values

    def targets(self, local: int) -> Mapping[str, Memory]:
        if not self._plain:
            return {}
        targets: dict[str, Memory] = {}
        for end in self.outputs:
            targets |= end.targets(local % SLOTS)
        return targets

    def deliver(self, local: int, outputs: Mapping[str, Any], token: int | None) -> None:
        for end in self.outputs:
            end.pack(local % SLOTS, outputs, self._plain)
        with self._lock:
            if token is not None:
                self._tokens.append(token)
            self._computed = local + 1
        self._waker.notify()

    def sequence_of(self, item: int) -> int:
        assert self.schedule is not None
        with self._lock:
            return self.schedule.sequence_of(item)

    def step_of(self, item: int) -> tuple[Sequence[int], int]:
        assert self.schedule is not None
        with self._lock:
            return self.schedule.step_of(item)

    def _compute(self, offset: int, start: int) -> None:
        try:
            self._worker.run(self, offset, start)
        except RunError as error:
            self._failure = error
        except BaseException as error:
            # Whatever it is, the others must not wait for this rank.
            self._failure = RunError(f"{type(error).__name__}: {describe(error)}")
        self._waker.notify()

    # --- The loop that communicates -----------------------------------------------------

    def _learn(self, token: int, offset: int) -> None:
        """A token is known here: there may be a further item."""
        assert self.schedule is not None
        self._last_token = now()
        self.token_times.append(self._last_token + offset)
        with self._lock:
            self.schedule.add(token)
            self._can_compute.notify()

    def _move_tokens(self, done: int, offset: int) -> bool:
        """Tells and hears of tokens. True if something moved."""
        if self._token_wires is None or self.schedule is None:
            return False
        any = False
        if self._token_wires.is_source:
            while self.schedule.tokens < done:
                known = self.schedule.tokens
                self._token_wires.send(known, self._tokens[known])
                self._learn(self._tokens[known], offset)
                any = True
            return self._token_wires.progress() or any
        while not self.schedule.is_over:
            token = self._token_wires.receive(self.schedule.tokens)
            if token is None:
                break
            self._learn(token, offset)
            any = True
        seconds = 2 * self._options.timeout_seconds
        if not self.schedule.is_over and now() - self._last_token > seconds * 1e9:
            raise RunError(f"no token came for {1000 * seconds:.0f} ms; if a step may take that "
                           "long, give more with --timeout")
        return any

    def _check_stalled(self) -> None:
        limit, time = self._options.timeout_seconds, now()
        waiting = [end for end in self.inputs if end.arrived < end.posted]
        self.on_wait(min(waiting, key=lambda end: end.since).group if waiting else None)
        stalled = [(end.since, end.group, "came") for end in waiting
                   if time - end.since > limit * 1e9]
        stalled += [(end.since[end.sent % SLOTS], end.group, "could be sent")
                    for end in self.outputs if end.sent < end.started
                    and time - end.since[end.sent % SLOTS] > (limit + _GRACE) * 1e9]
        for since, group, what in stalled:
            self.failed_since = since
            raise RunError(f"{self._plan.describe_group(group)}: nothing {what} for "
                           f"{1000 * limit:.0f} ms; the link, or the stage at its other end, has "
                           "stalled. If an item may take that long, give more with --timeout")

    def _look(self, begun: int, offset: int) -> tuple[int, bool, bool]:
        """Looks at everything once. Items whose send has begun, whether something moved,
        and whether all is done."""
        with self._lock:
            if self._failure is not None:
                raise self._failure
            done = self._computed
        worker = self._worker
        any = self._move_tokens(done, offset) or begun < done
        end = worker.local_items if self.schedule is None else self.schedule.known
        for one in self.inputs:
            one.post(min(done + SLOTS, end), worker.global_item)
        for local in range(begun, done):
            for out in self.outputs:
                out.send(local, worker.global_item(local), offset)
        for one in self.inputs:
            any |= one.progress(offset, worker.global_item)
        for out in self.outputs:
            any |= out.progress()
        if any:
            with self._lock:
                self._arrived = self._count_arrived()
                self._sent = self._count_sent()
                self._can_compute.notify()
        over = (done == end and self._count_sent() >= end and (
            self.schedule is None or (self.schedule.is_over and self._token_wires is not None
                                      and not self._token_wires.is_sending)))
        return done, any, over

    def _count_arrived(self) -> int:
        return min((end.arrived for end in self.inputs), default=self._worker.local_items)

    def _count_sent(self) -> int:
        return min((end.sent for end in self.outputs), default=self._worker.local_items)

    def run(self, offset: int, start: int, on_progress: Callable[[int], None]) -> None:
        """Runs all items. An error ends the whole run. `on_progress` is called each second
        with the item that was computed last."""
        self._last_token = last_line = last_check = now()
        self._arrived, self._sent = self._count_arrived(), self._count_sent()
        cpu, begun, over = thread_cpu_ns(), 0, False
        thread = threading.Thread(target=self._compute, args=(offset, start), daemon=True)
        thread.start()
        while not over:
            begun, any, over = self._look(begun, offset)
            time = now()
            if time - last_check > 50_000_000:
                self._check_stalled()
                last_check = time
            if time - last_line > 1_000_000_000:
                on_progress(self._worker.global_item(begun))
                last_line = time
            if not over:
                self._waker.wait(any, any_sending(self.outputs))
        with self._lock:
            self._stop = True
            self._can_compute.notify()
        thread.join()
        if self._failure is not None:
            raise self._failure
        count = self.schedule.known if self.schedule is not None else self._worker.local_items
        figures = self._worker.figures
        figures.communication_cpu_ns = (thread_cpu_ns() - cpu) // max(1, count)
        figures.messages_sent = sum(end.messages for end in self.outputs)


def any_sending(outputs: Sequence[OutEnd]) -> bool:
    return any(end.sent < end.started for end in outputs)
