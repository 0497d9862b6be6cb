"""What random nodes are made of: sizes, arrays, choices; with a fixed seed."""

import numpy as np

from schema_models import Const

SEED = 20261128


class Random:
    def __init__(self):
        self.rng = np.random.default_rng(SEED)

    def number(self, low, high):
        return int(self.rng.integers(low, high + 1))

    def chance(self):
        return bool(self.rng.integers(2))

    def choose(self, items):
        return items[self.number(0, len(items) - 1)]

    def dims(self, rank, low=1, high=6):
        return [self.number(low, high) for _ in range(rank)]

    def array(self, dims, dtype=np.float32):
        return np.asarray(self.rng.integers(1, 6, dims), dtype)

    def constant(self, dims, dtype=np.float32):
        return Const(self.array(dims, dtype))

    def scale(self):
        return self.choose((Const(np.float32(0.25)),
                            np.asarray(0.25, np.float32)))

    def maybe(self, value):
        return value if self.chance() else None

    def broadcast(self, count, rank):
        """Shapes that broadcast, one of them of full rank."""
        full = self.dims(rank)
        shapes = [full]
        for _ in range(count - 1):
            shape = [d if self.chance() else 1 for d in full]
            shapes.append(shape[self.number(0, rank):])
        self.rng.shuffle(shapes)
        return shapes


def zero(dtype):
    return Const(np.zeros((), dtype))


def repeat(make, count=4):
    """Cases by a function of a Random."""
    random = Random()
    return [make(random) for _ in range(count)]
