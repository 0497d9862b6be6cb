"""Draws random operands and attributes of single nodes, for the evaluator of known
values."""

import dataclasses

import numpy

FLOATS = ["float32", "float64", "float16"]
INTEGERS = ["int32", "int64", "int8", "uint8", "int16", "uint16", "uint32", "uint64"]
WIDE = ["int32", "int64", "float32", "float64"]
ALL = FLOATS + INTEGERS + ["bool"]
NEWEST = 28


@dataclasses.dataclass
class Case:
    op: str
    opset: int
    inputs: list  # of arrays, None where an optional one is omitted
    outputs: int = 1
    attributes: dict = dataclasses.field(default_factory=dict)


class Draw:
    """Draws the parts of a case."""

    def __init__(self, seed):
        self.random = numpy.random.default_rng(seed)

    def integer(self, low, high):
        """From low to high, both included."""
        return int(self.random.integers(low, high, endpoint=True))

    def chance(self, percent):
        return self.random.random() * 100 < percent

    def pick(self, choices):
        return choices[self.integer(0, len(choices) - 1)]

    def opset(self, *versions):
        """One of the versions in which an operator changed, or one after."""
        version = self.pick(versions)
        return self.pick([version, min(version + 1, NEWEST)])

    def shape(self, low=0, high=3):
        """Small extents, seldom zero."""
        return [0 if self.chance(4) else self.integer(1, 4)
                for _ in range(self.integer(low, high))]

    def array(self, dtype, shape, span=9):
        """Numbers from -span to span, and seldom the largest ones."""
        dtype = numpy.dtype(dtype)
        if dtype == bool:
            return self.random.integers(0, 2, shape).astype(bool)
        if dtype.kind in "iu":
            limits = numpy.iinfo(dtype)
            low = -span if dtype.kind == "i" else 0
            values = self.random.integers(low, span + 1, shape).astype(dtype)
            if values.size and self.chance(10):
                values.flat[0] = self.pick([limits.min, limits.max])
            return values
        values = self.random.integers(-4 * span, 4 * span + 1, shape) / 4
        if values.size and self.chance(30):
            values = values * self.random.random(shape)
        if values.size and self.chance(5):
            values = numpy.asarray(values)
            values.flat[0] = self.pick([numpy.inf, -numpy.inf, numpy.nan, 1e30])
        with numpy.errstate(over="ignore"):
            return numpy.asarray(values, dtype)

    def summands(self, dtype, shape, span=9):
        """Mostly whole numbers: of several others the sum depends on their order,
        and is not known."""
        values = self.array(dtype, shape, span)
        return numpy.trunc(values).astype(dtype) if self.chance(75) else values

    def positive(self, dtype, shape, span=9):
        values = self.random.integers(1, span + 1, shape)
        return numpy.asarray(values, dtype)

    def broadcast(self, shape):
        """Extents that broadcast with others, or seldom not."""
        part = shape[self.integer(0, len(shape)):]
        return [1 if self.chance(25) else self.integer(1, 4) if self.chance(5) else dim
                for dim in part]

    def axis(self, rank):
        """Counted from either end, seldom out of range."""
        beyond = int(self.chance(4))
        return self.integer(-rank - beyond, rank - 1 + beyond)

    def axes(self, rank, negative=True):
        count = self.integer(0, rank)
        chosen = [int(axis) for axis in self.random.permutation(rank)[:count]]
        return [axis - rank if negative and self.chance(40) else axis for axis in chosen]

    def indices(self, extent, shape, dtype="int64"):
        """Counted from either end, seldom out of range."""
        low, high = -extent, max(extent - 1, 0)
        values = numpy.asarray(self.random.integers(low, high + 1, shape), dtype)
        if values.size and self.chance(6):
            values.flat[0] = self.pick([extent, -extent - 1])
        return values


def longs(values):
    return numpy.array(values, "int64")
