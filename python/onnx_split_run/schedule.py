"""The items of a run that generates tokens. Each is a step of one sequence; the first
ones are the prompts, and every token leads to the next step of its sequence or ends
that. A warm-up may come before them: steps of the first prompt, whose tokens are
nobody's. All stages hear of all tokens in the order of the items."""

from __future__ import annotations

from collections.abc import Sequence

from .decoder import Generation


class TokenSchedule:
    def __init__(self, generation: Generation, sequences: int, warmup: int) -> None:
        self._generation, self._warmup = generation, warmup
        # Sequence and step.
        self._items: list[tuple[int, int]] = []
        self._warm: list[int] = []
        self.generated: list[list[int]] = [[] for _ in range(sequences)]
        # How many tokens are known.
        self.tokens = 0
        if warmup > 0:
            self._items.append((0, 0))
        else:
            self._add_prompts()

    def _add_prompts(self) -> None:
        self._items += [(sequence, 0) for sequence in range(len(self.generated))]

    @property
    def known(self) -> int:
        """Items that may begin as soon as their inputs are there."""
        return len(self._items)

    @property
    def is_over(self) -> bool:
        """No further item will come."""
        return self.tokens == len(self._items)

    def sequence_of(self, item: int) -> int:
        return self._items[item][0]

    def step_of(self, item: int) -> tuple[Sequence[int], int]:
        """The new tokens of an item, and how many its sequence had before them."""
        sequence, step = self._items[item]
        prompt = self._generation.prompt_of(sequence)
        if step == 0:
            return prompt, 0
        own = self._warm if item < self._warmup else self.generated[sequence]
        return [own[step - 1]], len(prompt) + step - 1

    def add(self, token: int) -> None:
        """The token that the next item, in their order, has led to."""
        item = self.tokens
        self.tokens += 1
        if item < self._warmup:
            self._warm.append(token)
            if self.tokens < self._warmup:
                self._items.append((0, self.tokens))
            else:
                self._add_prompts()
            return
        sequence = self._items[item][0]
        own = self.generated[sequence]
        own.append(token)
        if len(own) < self._generation.tokens and token != self._generation.stop:
            self._items.append((sequence, len(own)))
