"""The parts of a split model in this process, one behind the other.

What a part is and how its states are kept is the runner's (onnx_split_run); here is
what runs all of them at once: a thread for each stage, which hands an item on to the
next one.
"""

from __future__ import annotations

import os
import queue
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any

from .runner import need_runner

if TYPE_CHECKING:
    import numpy

    from onnx_split_run.plan import Plan as RunPlan
    from onnx_split_run.session import Port
    from onnx_split_run.stages import Stage

Tensors = Mapping[str, Any]

# For each stage: one that it computes, and one that waits for it.
_ITEMS_PER_STAGE = 2


@dataclass
class _Item:
    """What goes through the stages: tensors by name, or the order to begin anew."""

    tensors: dict[str, Any]
    results: queue.SimpleQueue[_Item] = field(default_factory=queue.SimpleQueue)
    restarts: bool = False
    error: BaseException | None = None

    def outcome(self) -> dict[str, Any]:
        """Waits until it has been through all stages."""
        done = self.results.get()
        if done.error is not None:
            raise done.error
        return done.tensors


class _LoadedStage:
    """A stage, and the thread that runs it."""

    def __init__(self, stage: Stage, dropped: frozenset[str]) -> None:
        from onnx_split_run.stages import Binder

        self.stage = stage
        self.inbox: queue.SimpleQueue[_Item | None] = queue.SimpleQueue()
        self._optional = [port.name for port in stage.session.defaulted]
        # What no later stage reads.
        self._dropped = dropped
        # A part with text or sequences takes Python's values in place of memory.
        self._binder = Binder(stage.session) if stage.session.is_plain else None

    def work(self, following: _LoadedStage | None) -> None:
        """Until None comes in."""
        while (item := self.inbox.get()) is not None:
            if item.error is None:
                try:
                    self._process(item)
                except BaseException as error:  # it is raised where the item is waited for
                    item.error = error
            if following is not None:
                following.inbox.put(item)
            else:
                item.results.put(item)

    def _process(self, item: _Item) -> None:
        if item.restarts:
            self.stage.restart()
            return
        tensors = item.tensors
        given = {name: tensors[name] for name in (*self.stage.input_names, *self._optional)
                 if name in tensors}
        made = self._run(given | {name: value for name, value in tensors.items()
                                  if self.stage.states.owns(name)})
        tensors |= made
        for name in self._dropped:
            tensors.pop(name, None)

    def _run(self, feeds: Tensors) -> dict[str, Any]:
        """As Stage.run, but wires and states stay where ONNX Runtime has them."""
        from onnx_split_run.errors import RunError
        from onnx_split_run.values import check_fit, to_array

        stage = self.stage
        for name, value in feeds.items():
            port = stage.session.find_input(name)
            if port is not None:
                check_fit(value, port, stage.session.path)
        missing = [name for name in stage.input_names if name not in feeds]
        if missing:
            raise RunError(f"{stage.session.path}: input '{missing[0]}' has no value")
        values = {**stage.states.take(0), **feeds}
        if self._binder is None:
            values = {name: to_array(value) for name, value in values.items()}
        made = stage.run_values(values, stage.states.targets(0), self._binder)
        stage.states.keep(made, 0)
        return made


class Pipeline:
    """All parts of an output folder, run on this machine.

        with Pipeline("model.split") as pipeline:
            outputs = pipeline.run({"x": image})

    This shows what the parts compute. It is no measurement of the plan: here all
    stages share one machine, and nothing goes over a link.

    Outputs that come back as inputs (states, such as caches) stay with their stages
    from one item to the next, and begin with zeros, a cache that grows empty;
    `reset` lets them begin anew.
    """

    def __init__(self, folder: str | os.PathLike[str], *, threads: int | None = None,
                 optimise: str = "all", provider: str | None = None) -> None:
        """Loads all parts.

        Args:
          folder: what `Plan.write` or onnx-split wrote.
          threads: of each part; None: the cores of this machine, shared among them.
          optimise: ONNX Runtime's graph optimisations: "all", "extended", "basic" or
            "off". Parts give what the whole model gives to the bit with "off" alone.
          provider: ONNX Runtime's execution provider, with options as in
            "Name,key=value", such as "CPUExecutionProvider" where the boards have
            others; None: what the plan names for each device.

        Raises ImportError without onnx-split-run, ONNX Runtime or NumPy, and
        onnx_split_run.errors.RunError for parts that cannot be loaded and for
        settings that are none.
        """
        need_runner("Pipeline")
        from onnx_split_run.errors import RunError
        from onnx_split_run.plan import read_plan
        from onnx_split_run.providers import parse_provider
        from onnx_split_run.session import OPTIMISE, SessionSettings
        from onnx_split_run.stages import Stage

        if optimise not in OPTIMISE:
            raise RunError(f"bad optimise {optimise!r}; use one of "
                           + ", ".join(map(repr, OPTIMISE)))
        if threads is not None and (not isinstance(threads, int) or threads < 1):
            raise RunError(f"bad threads {threads!r}; use a number from 1 on, or None")
        self._plan = read_plan(Path(folder) / "plan.json")
        count = len(self._plan.stages)
        if threads is None:
            threads = max(1, (os.cpu_count() or 1) // count)
        settings = SessionSettings(optimise=optimise, threads=threads)
        used = None if provider is None else parse_provider(provider)
        stages = [Stage(self._plan, index, settings, used) for index in range(count)]
        self._stages = [_LoadedStage(stage, dropped)
                        for stage, dropped in zip(stages, _dropped(self._plan))]
        wires = {wire.name for wire in self._plan.wires}
        # By name, with the part that takes it first.
        self._known: dict[str, tuple[Port, str]] = {}
        for stage in stages:
            for port in (*stage.session.inputs, *stage.session.defaulted):
                if port.name not in wires:
                    self._known.setdefault(port.name, (port, stage.session.path))
        self._inputs = tuple(name for name in self._plan.inputs
                             if any(name in stage.input_names for stage in stages))
        self._threads = [
            threading.Thread(target=one.work, args=[following], daemon=True,
                             name=f"onnx-split stage {one.stage.index}")
            for one, following in zip(self._stages, [*self._stages[1:], None])]
        for thread in self._threads:
            thread.start()

    # --- Items -----------------------------------------------------------------

    @property
    def inputs(self) -> tuple[str, ...]:
        """Names of the model's inputs that must be given: those without a default
        that are no states."""
        return self._inputs

    @property
    def outputs(self) -> tuple[str, ...]:
        """Names of the model's outputs."""
        return self._plan.outputs

    def run(self, inputs: Tensors) -> dict[str, Any]:
        """One item: the model's outputs by name, from arrays by the names of its
        inputs. An input with a default may be left out; so may a state, which then
        is what the item before left.

        Raises onnx_split_run.errors.RunError for other inputs than the model's, and for
        values that they do not take, before any part has run."""
        return self._as_arrays(self._submit(inputs).outcome())

    def stream(self, items: Iterable[Tensors]) -> Iterator[dict[str, Any]]:
        """Outputs of each item, in their order. All stages work at once, so that up
        to two items for each stage are taken before the first comes out."""
        from onnx_split_run.errors import RunError, describe_kind

        if not isinstance(items, Iterable):
            raise RunError(f"stream takes items one by one, such as a list of dictionaries, "
                           f"not {describe_kind(items)}")
        most = _ITEMS_PER_STAGE * len(self._stages)
        waiting: list[_Item] = []
        for inputs in items:
            waiting.append(self._submit(inputs))
            while len(waiting) >= most or (waiting and not waiting[0].results.empty()):
                yield self._as_arrays(waiting.pop(0).outcome())
        while waiting:
            yield self._as_arrays(waiting.pop(0).outcome())

    def reset(self) -> None:
        """States begin anew: the next item is the first of a sequence. Also needed
        where an item failed behind a stage that had taken it."""
        self._put(_Item({}, restarts=True)).outcome()

    def _submit(self, inputs: Tensors) -> _Item:
        """An item that is wrong goes through as well, so that its error comes in turn."""
        from onnx_split_run.errors import RunError

        self._check_open()
        try:
            return self._put(_Item(self._read(inputs)))
        except RunError as error:
            return self._put(_Item({}, error=error))

    def _read(self, inputs: Tensors) -> dict[str, Any]:
        """The values of an item as the parts take them; an error where they do not."""
        from onnx_split_run.errors import RunError, describe_kind
        from onnx_split_run.values import as_given

        example = "{" + ", ".join(f"'{name}': array" for name in self.inputs) + "}"
        if not isinstance(inputs, Mapping):
            raise RunError(f"an item is a dictionary of arrays by the names of inputs, such as "
                           f"{example}, not {describe_kind(inputs)}")
        for name in inputs:
            if name not in self._known:
                names = ", ".join(f"'{one}'" for one in sorted(self._known))
                raise RunError(f"the model has no input '{name}'; it has {names}")
        for name in self.inputs:
            if name not in inputs:
                raise RunError(f"input '{name}' has no value; an item is such as {example}")
        return {name: as_given(value, *self._known[name]) for name, value in inputs.items()}

    def _put(self, item: _Item) -> _Item:
        self._check_open()
        self._stages[0].inbox.put(item)
        return item

    def _check_open(self) -> None:
        if not self._threads:
            raise ValueError("this pipeline is closed")

    def _as_arrays(self, tensors: Tensors) -> dict[str, Any]:
        from onnx_split_run.errors import RunError
        from onnx_split_run.values import to_array

        made = {}
        for name in self._plan.outputs:
            try:
                made[name] = to_array(tensors[name])
            except RunError:  # no array has such elements
                made[name] = tensors[name]
        return made

    # --- Tokens ----------------------------------------------------------------

    def generate(self, prompt: Sequence[int] | numpy.ndarray[Any, Any], max_tokens: int, *,
                 stop: int | None = None, top_k: int = 0, temperature: float = 0.0,
                 seed: int = 0, inputs: Tensors | None = None) -> list[int]:
        """Tokens behind a prompt, from a decoder with caches.

        Args:
          prompt: token numbers, as a tokenizer gives them.
          max_tokens: how many to generate at most.
          stop: the token that ends the text; it is the last one returned.
          top_k: draw among so many with the largest scores; 0: all of them.
          temperature: draw with probabilities by softmax of scores / temperature; 0:
            1 with `top_k`, otherwise always the token with the largest score.
          seed: of what is drawn. The tokens are those of `onnx-split-run --generate`.
          inputs: what the model takes beside tokens, masks, positions and caches, for
            every step.
        """
        return list(self.stream_tokens(prompt, max_tokens, stop=stop, top_k=top_k,
                                       temperature=temperature, seed=seed, inputs=inputs))

    def stream_tokens(self, prompt: Sequence[int] | numpy.ndarray[Any, Any], max_tokens: int, *,
                      stop: int | None = None, top_k: int = 0, temperature: float = 0.0,
                      seed: int = 0, inputs: Tensors | None = None) -> Iterator[int]:
        """As `generate`, a token at a time."""
        from onnx_split_run.decoder import Sampling, TokenChoice
        from onnx_split_run.errors import RunError, describe_kind

        if inputs is not None and not isinstance(inputs, Mapping):
            raise RunError(f"inputs of a step are a dictionary of arrays by their names, not "
                           f"{describe_kind(inputs)}")
        try:
            tokens = [int(token) for token in prompt]
        except (TypeError, ValueError):
            raise RunError(f"a prompt is a list of token numbers, as a tokenizer gives them, not "
                           f"{describe_kind(prompt)}") from None
        if not tokens:
            raise ValueError("the prompt is empty; it takes one token at least")
        if top_k < 0 or temperature < 0:
            raise ValueError("top_k and temperature are 0 or more")
        sampling = Sampling(top_k, 1.0 if top_k and not temperature else temperature, seed)
        choice = TokenChoice(sampling, 0)
        self.reset()
        past = 0
        for _ in range(max_tokens):
            scores = self._step(tokens, past, inputs or {})
            past += len(tokens)
            tokens = [choice.choose(scores)]
            yield tokens[0]
            if tokens[0] == stop:
                return

    def _step(self, tokens: Sequence[int], past: int, inputs: Tensors) -> Any:
        """Scores of the new tokens behind `past` others."""
        from onnx_split_run.decoder import SCORES, is_step_input, step_input
        from onnx_split_run.errors import RunError

        if SCORES not in self._plan.outputs:
            raise RunError(f"the model has no output '{SCORES}' that scores tokens; its outputs "
                           f"are {', '.join(self._plan.outputs)}")
        ports = {port.name: port for one in self._stages for port in one.stage.session.inputs}
        made = {name: step_input(ports[name], tokens, past)
                for name in self.inputs if is_step_input(name)}
        return self._submit({**made, **inputs}).outcome()[SCORES]

    # --- The end ---------------------------------------------------------------

    def close(self) -> None:
        """Ends the threads and lets the parts go."""
        for one in self._stages:
            one.inbox.put(None)
        for thread in self._threads:
            thread.join()
        self._threads, self._stages = [], []

    def __enter__(self) -> Pipeline:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None,
                 trace: TracebackType | None) -> None:
        self.close()


def _dropped(plan: RunPlan) -> list[frozenset[str]]:
    """For each stage, the tensors that nobody needs once it has run."""
    last: dict[str, int] = {}
    for stage in plan.stages:
        for name in (*stage.outputs, *stage.inputs):
            last[name] = stage.index
    return [frozenset(name for name, index in last.items()
                      if index == stage.index and name not in plan.outputs)
            for stage in plan.stages]
