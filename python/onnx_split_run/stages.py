"""A stage of a plan in this process: its part in ONNX Runtime, the states that it
keeps, and one run of it.

    plan = read_plan("model.split/plan.json")
    stages = [Stage(plan, index) for index in range(len(plan.stages))]
    tensors = {"image": image}
    for stage in stages:
        tensors |= stage.run({name: tensors[name] for name in stage.input_names})

A wire has one name in the part that sends it and in the part that receives it, and
stages come in an order in which nothing is received before it is sent.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from .errors import RunError, describe
from .inputs import find_shape, zero_value
from .memory import Memory
from .plan import Plan
from .providers import Provider
from .session import Port, Session, SessionSettings
from .settings import InputOptions
from .states import Keeping, States
from .values import check_fit, to_array, to_tensor


class Binder:
    """Binds values to the inputs and outputs of a session for one run at a time.

    Of the runs in flight each needs one of its own. What is bound stays so until it
    is bound anew, so that buffers which never move are bound once.
    """

    def __init__(self, session: Session) -> None:
        self._session = session
        self.raw = session.raw.io_binding()
        self._bound: dict[str, Any] = {}

    def bind_input(self, name: str, value: Any) -> None:
        if self._bound.get(name) is value:
            return
        if isinstance(value, Memory):
            self.raw.bind_input(name, "cpu", 0, value.element_type, value.shape, value.address)
        else:
            value = to_tensor(value)
            self.raw.bind_ortvalue_input(name, value)
        # Keeps the memory alive, too.
        self._bound[name] = value

    def bind_output(self, name: str, target: Any) -> None:
        """Where it goes; None: ONNX Runtime makes room for it in each run."""
        if target is None:
            self.raw.bind_output(name)
            self._bound.pop(name, None)
            return
        if self._bound.get(name) is target:
            return
        if isinstance(target, Memory):
            self.raw.bind_output(name, "cpu", 0, target.element_type, target.shape,
                                 target.address)
        else:
            self.raw.bind_ortvalue_output(name, target)
        self._bound[name] = target


class Stage:
    """One part of a plan, loaded. It runs one item at a time."""

    def __init__(self, plan: Plan, index: int, settings: SessionSettings = SessionSettings(),
                 provider: Provider | None = None, replica: int = 0,
                 keeping: Keeping = Keeping(grows=True),
                 inputs: InputOptions | None = None,
                 make: Callable[[Port], Any] | None = None) -> None:
        """Loads the part and checks that it is the plan's.

        `provider` is by default what the plan names for the device. `inputs` gives
        extents that the part leaves open, and `make` what a state begins with, zeros
        without it.
        """
        self.plan, self.index, self.replica = plan, index, replica
        self.planned = plan.stages[index]
        path = plan.folder / self.planned.file
        if not path.exists():
            raise RunError(f"the part '{path}' is missing; copy the folder of the plan here")
        if provider is None:
            named = self.planned.providers[replica]
            provider = (Provider(named, self.planned.provider_options[replica]) if named
                        else Provider())
        self.session = Session(path, settings, provider)
        self._check_metadata(str(path))
        given = inputs or InputOptions(planned_shapes=plan.input_shapes)

        def shape_of(port: Port) -> tuple[int, ...] | None:
            try:
                return find_shape(port, given)
            except RunError:
                return None

        def zeros(port: Port) -> Any:
            return zero_value(port, given)

        self.states = States(plan, self.planned, self.session, keeping, shape_of, make or zeros)
        self.input_names = [port.name for port in self.session.inputs
                            if not self.states.owns(port.name)]
        self.output_names = [port.name for port in self.session.outputs]
        self._binder: Binder | None = None

    def _check_metadata(self, path: str) -> None:
        for key, wanted in (("onnx_split.stage", str(self.index)),
                            ("onnx_split.source_digest", self.plan.source_digest)):
            found = self.session.metadata(key)
            if found != wanted:
                raise RunError(f"'{path}' is not of this plan: {key} is '{found}' where the "
                               f"plan says '{wanted}'")

    @property
    def device(self) -> str:
        return self.planned.devices[self.replica]

    def describe_placement(self) -> str:
        """What the device's provider did not take; empty where it took all."""
        placement = self.session.placement
        return placement.describe(self.session.provider.name) if placement else ""

    def restart(self) -> None:
        """States of all sequences begin anew."""
        self.states.restart()

    def run(self, feeds: Mapping[str, Any], sequence: int = 0) -> dict[str, Any]:
        """One item: arrays by the names of the outputs, from arrays by the names of the
        inputs. A state that is among the feeds counts in place of the kept one. Outputs
        of types that no array has stay tensors of ONNX Runtime."""
        wanted = {*self.input_names, *(port.name for port in self.session.defaulted)}
        for name in self.input_names:
            if name not in feeds:
                raise RunError(f"{self.session.path}: input '{name}' has no value")
        values = {**self.states.take(sequence),
                  **{name: value for name, value in feeds.items()
                     if name in wanted or self.states.owns(name)}}
        for name, value in values.items():
            port = self.session.find_input(name)
            if port is not None:
                check_fit(value, port, self.session.path)
        results = self.run_values(values, self.states.targets(sequence), self._binder_for_run())
        self.states.keep(results, sequence)
        return {name: self._to_array(value) for name, value in results.items()}

    def _binder_for_run(self) -> Binder | None:
        if self._binder is None and self.session.is_plain:
            self._binder = Binder(self.session)
        return self._binder

    @staticmethod
    def _to_array(value: Any) -> Any:
        try:
            return to_array(value)
        except RunError:
            return value

    def run_values(self, values: Mapping[str, Any], targets: Mapping[str, Any],
                   binder: Binder | None) -> dict[str, Any]:
        """Computes all outputs, by name, from values by name, into `targets` where they
        have one. Without a binder, which a part with text or sequences cannot have,
        values are Python's."""
        if binder is None:
            feeds = {name: to_array(value) if isinstance(value, Memory) else value
                     for name, value in values.items()}
            outputs = self.session.run(self.output_names, feeds)
            return dict(zip(self.output_names, outputs))
        try:
            for name, value in values.items():
                binder.bind_input(name, value)
            for name in self.output_names:
                binder.bind_output(name, targets.get(name))
        except RunError:
            raise
        except Exception as error:
            raise RunError(f"{self.session.path}: cannot bind: {describe(error)}") from None
        self.session.run_bound(binder.raw)
        if not self.output_names:
            return {}
        return dict(zip(self.output_names, binder.raw.get_outputs()))

