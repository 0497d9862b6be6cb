"""Steps of a model that generates tokens: what it takes for a step, by the names that
exporters give its inputs, and the token that its scores lead to. A step is of one
sequence: the batch is 1."""

from __future__ import annotations

import math
import pathlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy

from . import element_types
from .errors import RunError
from .random_values import seeded
from .session import Port, describe_shape
from .tensor_files import read_value
from .values import to_array

# The output that scores tokens.
SCORES = "logits"

_PROMPT = "a prompt is a list of tokens, int64 or int32, and several are the rows of a matrix"


@dataclass(frozen=True)
class Sampling:
    """How the next token is chosen."""

    # Among so many with the largest scores; 0: all.
    top_k: int = 0
    # Scores are divided by it; 0: the token with the largest score, always.
    temperature: float = 0.0
    seed: int = 0


@dataclass(frozen=True)
class Generation:
    """What to generate."""

    # For each sequence; 0: nothing is generated.
    tokens: int = 0
    # Sequence s begins with prompt s modulo their number.
    prompts: tuple[tuple[int, ...], ...] = ()
    # A sequence ends with this token.
    stop: int | None = None
    sampling: Sampling = field(default_factory=Sampling)

    def prompt_of(self, sequence: int) -> tuple[int, ...]:
        return self.prompts[sequence % len(self.prompts)]

    @property
    def longest(self) -> int:
        """How many tokens the longest sequence has at the end, of which the last was
        not read."""
        return max(map(len, self.prompts), default=0) + self.tokens - 1


def read_prompts(path: str | pathlib.Path) -> tuple[tuple[int, ...], ...]:
    """The prompts in a .npy or .pb file. The error begins with the path."""
    value = read_value(path)
    if not isinstance(value, numpy.ndarray) or value.dtype.name not in ("int64", "int32"):
        raise RunError(f"{path}: the elements are no int64 or int32; {_PROMPT}")
    if value.ndim not in (1, 2) or value.size == 0:
        raise RunError(f"{path}: the shape is {describe_shape(value.shape)}; {_PROMPT}")
    if (value < 0).any():
        raise RunError(f"{path}: a token is below 0; {_PROMPT}")
    return tuple(tuple(map(int, row)) for row in numpy.atleast_2d(value))


def _elements(name: str, tokens: Sequence[int], past: int) -> Sequence[int] | None:
    """What the input counts or lists in a step of new tokens behind `past` others."""
    total = past + len(tokens)
    match name:
        case "input_ids" | "decoder_input_ids":
            return tokens
        case "attention_mask" | "decoder_attention_mask":
            return [1] * total
        case "position_ids" | "cache_position":
            return range(past, total)
        case "total_sequence_length":
            return [total]
        case "past_sequence_length":
            return [past]
        case "seqlens_k":
            return [total - 1]
        case "use_cache_branch":
            return [int(past > 0)]
    return None


def is_step_input(name: str) -> bool:
    """Whether an input of that name is made from the step alone."""
    return _elements(name, (0,), 0) is not None


def step_input(port: Port, tokens: Sequence[int], past: int) -> numpy.ndarray:
    """An error where the model does not take as many tokens."""
    elements = _elements(port.name, tokens, past) or ()
    # All axes but the last are of the batch.
    shape = (1,) * (len(port.dims) - 1) + ((len(elements),) if port.dims else ())
    fits = bool(port.dims) or len(elements) == 1
    if not fits or any(0 <= taken != wanted for taken, wanted in zip(port.dims, shape)):
        raise RunError(f"input '{port.name}' takes {describe_shape(port.dims)}, but this step "
                       f"has {describe_shape(shape)}; leave extents of tokens open in the "
                       "parts, with --assume in place of --dim")
    element = element_types.by_number(port.element_type)
    if element.name not in ("int64", "int32", "float", "bool"):
        raise RunError(f"input '{port.name}' has elements of {element.name}, of which "
                       "--generate makes none")
    return numpy.array(elements, element.array_name).reshape(shape)


class TokenChoice:
    """Chooses tokens of one sequence. Equal seeds give equal tokens."""

    def __init__(self, sampling: Sampling, sequence: int) -> None:
        self._sampling = sampling
        self._random = seeded(sampling.seed, sequence)

    def choose(self, scores: Any) -> int:
        """By the scores [1, tokens, words] of the last token."""
        array = to_array(scores)
        if array.ndim == 0 or array.size == 0:
            raise RunError(f"'{SCORES}' has the shape {describe_shape(array.shape)}, in which "
                           "no token is")
        if array.dtype.name not in ("float32", "float16"):
            raise RunError(f"'{SCORES}' has elements of {array.dtype.name} where float or "
                           "float16 can be read")
        last = array.reshape(-1, array.shape[-1])[-1].astype("float32")
        if numpy.isnan(last).any():
            raise RunError(f"'{SCORES}' has scores that are not a number")
        if self._sampling.temperature > 0:
            return self._draw(last)
        return int(last.argmax())

    def _draw(self, scores: numpy.ndarray) -> int:
        """One of the largest, with probabilities by softmax of scores / temperature."""
        count = min(self._sampling.top_k or scores.size, scores.size)
        # Of equal scores the first; the sort is stable.
        order = numpy.argsort(-scores, kind="stable")[:count]
        largest = float(scores[order[0]])
        sums, total = [], 0.0
        for token in order:
            total += math.exp((float(scores[token]) - largest) / self._sampling.temperature)
            sums.append(total)
        place = total * float(self._random.next() >> 11) / 2.0**53
        found = next((index for index, one in enumerate(sums) if one > place), count - 1)
        return int(order[found])
