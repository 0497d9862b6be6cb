"""What a stage keeps from one item of a sequence to the next: outputs that are inputs
again. They stay where ONNX Runtime made them, and nothing is copied."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from .element_types import tensor_bytes
from .errors import RunError
from .plan import Plan, StagePlan, State
from .session import Port, Session
from .values import empty_tensor, to_tensor


@dataclass(frozen=True)
class Keeping:
    """What to keep. A cache, which grows, is kept only if `grows`, and begins empty;
    otherwise nobody says how long it is, and each item is given one."""

    sequences: int = 1
    grows: bool = False
    # Of the longest sequence at its end; 0: not known.
    tokens: int = 0
    # Outputs are wanted with the length that the model gives them, so that none is
    # the buffer of the final length.
    saves: bool = False


@dataclass
class _Pair:
    input: str
    output: str
    # What a sequence begins with.
    initial: Any
    # Of one buffer for input and output; empty where they have none.
    shared_shape: tuple[int, ...] = ()
    # The axis along which the output is longer, or -1.
    growth: int = -1


def find_growth(taken: Port, given: Port) -> int:
    """The axis along which the output is longer than the input, by the names of open
    extents, or by their places where they have none: the first is the batch. -1
    where there is none."""
    for axis, extent in enumerate(taken.dims):
        if extent >= 0:
            continue
        names = (taken.symbols[axis], given.symbols[axis] if axis < len(given.symbols) else "")
        if all(names):
            if names[0] != names[1]:
                return axis
        elif axis > 0:
            return axis
    return -1


def _bytes_at(pair: _Pair, tokens: int) -> int:
    shape = [tokens if axis == pair.growth else extent
             for axis, extent in enumerate(pair.initial.shape())]
    return tensor_bytes(pair.initial.element_type(), tuple(shape))


# Makes the value that a state begins with, of the port with these extents.
Maker = Callable[[Port], Any]
# The extents of an input as planned, or None where they are open.
ShapeOf = Callable[[Port], "tuple[int, ...] | None"]


class States:
    """The states of one stage, by sequence."""

    def __init__(self, plan: Plan, stage: StagePlan, session: Session, keeping: Keeping,
                 shape_of: ShapeOf, make: Maker) -> None:
        self._keeping = keeping
        self._pairs: list[_Pair] = []
        copies = max(1, plan.sequences) + 1
        for state in stage.states:
            pair = self._make_pair(state, session, copies, shape_of, make)
            if pair is not None:
                self._pairs.append(pair)
        self.needed_bytes = sum(
            keeping.sequences * _bytes_at(pair, keeping.tokens - 1)
            + _bytes_at(pair, keeping.tokens) for pair in self._pairs)
        self.most_bytes = 0
        self.restart()

    def _make_pair(self, state: State, session: Session, copies: int, shape_of: ShapeOf,
                   make: Maker) -> _Pair | None:
        taken, given = session.find_input(state.input), session.find_output(state.output)
        if taken is None or given is None or not taken.is_plain:
            raise RunError(f"the plan keeps '{state.output}' for '{state.input}', which the "
                           "part has not as output and input")
        shape = shape_of(taken)
        # The plan counts an input for each sequence and one output.
        fixed = (shape is not None
                 and state.bytes == copies * tensor_bytes(taken.element_type, shape))
        if not fixed and not self._keeping.grows:
            return None
        growth = -1 if fixed else find_growth(taken, given)
        dims = list(taken.dims)
        if growth >= 0:
            dims[growth] = 0
        if self._keeping.grows and dims and dims[0] < 0:
            dims[0] = 1
        initial = to_tensor(make(Port(taken.name, taken.kind, taken.element_type, tuple(dims),
                                      taken.symbols)))
        pair = _Pair(state.input, state.output, initial, growth=growth)
        if state.in_place and growth >= 0 and self._keeping.tokens and not self._keeping.saves:
            shared = list(initial.shape())
            shared[growth] = self._keeping.tokens
            pair.shared_shape = tuple(shared)
        return pair

    def __bool__(self) -> bool:
        return bool(self._pairs)

    def owns(self, name: str) -> bool:
        """Whether that input of the part comes from here."""
        return any(pair.input == name for pair in self._pairs)

    def restart(self) -> None:
        """Every sequence is at its beginning again."""
        self._current: list[list[Any]] = [
            [None] * len(self._pairs) for _ in range(self._keeping.sequences)]
        self._bytes = 0

    def take(self, sequence: int) -> dict[str, Any]:
        """What the sequence has, or begins with, by input."""
        values = {}
        current = self._current[sequence]
        for index, pair in enumerate(self._pairs):
            if current[index] is None and pair.shared_shape:
                current[index] = empty_tensor(pair.initial.element_type(), pair.shared_shape)
                self._bytes += current[index].tensor_size_in_bytes()
            values[pair.input] = pair.initial if current[index] is None else current[index]
        return values

    def targets(self, sequence: int) -> dict[str, Any]:
        """Where outputs go that share a buffer with their input, by output."""
        return {pair.output: value
                for pair, value in zip(self._pairs, self._current[sequence])
                if pair.shared_shape}

    def keep(self, outputs: Mapping[str, Any], sequence: int) -> None:
        """Takes what the sequence has now out of the outputs, by name."""
        current = self._current[sequence]
        for index, pair in enumerate(self._pairs):
            if pair.shared_shape:
                continue
            if current[index] is not None:
                self._bytes -= current[index].tensor_size_in_bytes()
            current[index] = to_tensor(outputs[pair.output])
            self._bytes += current[index].tensor_size_in_bytes()
        self.most_bytes = max(self.most_bytes, self._bytes)
