"""All stages in one process, a thread for each: what one computes is handed to the
others as it is, without a copy."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from typing import Any

from .clock import now
from .errors import RunError, describe
from .exchange import SLOTS, Exchange
from .memory import Memory
from .message import check_ports
from .plan import Plan, Role
from .schedule import TokenSchedule
from .values import to_array
from .worker import Worker


class LocalHub:
    """What all threads share, under one lock."""

    def __init__(self, plan: Plan, schedule: TokenSchedule | None) -> None:
        self.plan, self.schedule = plan, schedule
        self.changed = threading.Condition()
        # By group and item: what was computed, and not yet taken.
        self.waiting: list[dict[int, dict[str, Any]]] = [{} for _ in plan.groups]
        self.failure: RunError | None = None
        self.stopped = False
        # On the host's clock.
        self.moved = now()
        self.token_times: list[int] = []
        # By group: how many messages count, and their bytes.
        self.counts = [0] * len(plan.groups)
        self.bytes = [0] * len(plan.groups)
        self.finished = 0

    def fail(self, error: RunError) -> None:
        with self.changed:
            self.failure = self.failure or error
            self.stopped = True
            self.changed.notify_all()


class LocalExchange(Exchange):
    """The part that one stage, or one replica of it, has in the hub."""

    def __init__(self, hub: LocalHub, worker: Worker) -> None:
        self._hub, self._worker = hub, worker
        stage, session = worker.role.stage, worker.stage.session
        # Numbers of groups.
        self._inputs, self._outputs = [], []
        for number, group in enumerate(hub.plan.groups):
            if group.receiver == stage:
                self._inputs.append(number)
                check_ports(hub.plan, group,
                            [session.find_input(wire.name) for wire in group.wires], "input")
            if group.sender == stage:
                self._outputs.append(number)
                check_ports(hub.plan, group,
                            [session.find_output(wire.name) for wire in group.wires], "output")
        self._plain = session.is_plain

    def _is_mine(self, item: int) -> bool:
        """Whether this replica sends it."""
        return item % len(self._worker.planned.devices) == self._worker.role.replica

    def _can_begin(self, item: int) -> bool:
        """Its inputs are there, or no further item will come."""
        schedule = self._hub.schedule
        if schedule is not None and schedule.known <= item:
            return schedule.is_over
        return all(item in self._hub.waiting[group] for group in self._inputs)

    def _has_room(self) -> bool:
        return all(sum(map(self._is_mine, self._hub.waiting[group])) < SLOTS
                   for group in self._outputs)

    def await_item(self, local: int) -> tuple[int, int] | None:
        hub, item = self._hub, self._worker.global_item(local)
        before = now()
        with hub.changed:
            hub.changed.wait_for(lambda: hub.stopped or self._can_begin(item))
            ready = now()
            hub.changed.wait_for(lambda: hub.stopped or self._has_room())
            if hub.stopped or (hub.schedule is not None and hub.schedule.known <= item):
                return None
            return ready - before, now() - ready

    def receive(self, local: int) -> Mapping[str, Any]:
        item = self._worker.global_item(local)
        values: dict[str, Any] = {}
        with self._hub.changed:
            for group in self._inputs:
                values |= self._hub.waiting[group].pop(item)
            self._hub.moved = now()
            self._hub.changed.notify_all()
        if self._plain:
            return values
        return {name: to_array(value) for name, value in values.items()}

    def targets(self, local: int) -> Mapping[str, Memory]:
        return {}

    def deliver(self, local: int, outputs: Mapping[str, Any], token: int | None) -> None:
        hub, item = self._hub, self._worker.global_item(local)
        with hub.changed:
            for group in self._outputs:
                values = {wire.name: outputs[wire.name]
                          for wire in hub.plan.groups[group].wires}
                hub.waiting[group][item] = values
                if local >= self._worker.first_counted:
                    hub.counts[group] += 1
                    hub.bytes[group] += sum(map(_count_bytes, values.values()))
            hub.moved = now()
            if token is not None and hub.schedule is not None:
                hub.token_times.append(hub.moved)
                hub.schedule.add(token)
            hub.changed.notify_all()

    def sequence_of(self, item: int) -> int:
        assert self._hub.schedule is not None
        with self._hub.changed:
            return self._hub.schedule.sequence_of(item)

    def step_of(self, item: int) -> tuple[Sequence[int], int]:
        assert self._hub.schedule is not None
        with self._hub.changed:
            return self._hub.schedule.step_of(item)

    def run(self, start: int) -> None:
        """The thread of this stage."""
        try:
            self._worker.run(self, 0, start)
        except BaseException as error:
            what = str(error) if isinstance(error, RunError) else (
                f"{type(error).__name__}: {describe(error)}")
            self._hub.fail(RunError(f"{describe_role(self._hub.plan, self._worker.role)}: {what}"))
        with self._hub.changed:
            self._hub.finished += 1
            self._hub.changed.notify_all()


def describe_role(plan: Plan, role: Role) -> str:
    return f"stage {role.stage} on '{plan.device_of(role)}'"


def _count_bytes(value: Any) -> int:
    """Of a tensor without text; of others nobody counts them here."""
    if hasattr(value, "tensor_size_in_bytes"):
        return int(value.tensor_size_in_bytes()) if value.is_tensor() else 0
    return int(getattr(value, "nbytes", 0))
