"""Random single-node models for the evaluator of known values: for each operator
a function that draws operands, attributes and the operator set. Some of the
cases are wrong on purpose, but none divides integers by zero, which ends ONNX
Runtime."""

import dataclasses

import ml_dtypes
import numpy
from onnx import TensorProto, helper

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


# --- Element by element ------------------------------------------------------


def binary(op, dtypes, old=7, new=13, floor=None, second=None, attributes=None):
    def draw(d):
        dtype = d.pick(dtypes)
        shape = d.shape()
        other = d.broadcast(shape)
        make = second or (lambda dtype, shape: d.array(dtype, shape))
        operands = [d.array(dtype, shape), make(dtype, other) if not second
                    else second(d, dtype, other)]
        if d.chance(30) and not second:
            operands.reverse()
        opset = d.opset(old, new) if dtype in (floor or dtypes) else new
        return Case(op, opset, operands, attributes=attributes(d, dtype) if attributes else {})
    return draw


def nonzero(d, dtype, shape):
    sign = numpy.where(numpy.asarray(d.random.random(shape)) < 0.4, -1, 1)
    if numpy.dtype(dtype).kind in "ub":
        return d.positive(dtype, shape)
    return numpy.asarray(d.positive("int64", shape) * sign, dtype)


def divide(d):
    case = binary("Div", FLOATS + ["int32", "int64", "uint64", "int8", "uint8"], new=14,
                  floor=WIDE, second=nonzero)(d)
    # The smallest number by -1 ends ONNX Runtime like zero.
    if case.inputs[0].dtype.kind == "i":
        case.inputs[0] = numpy.clip(case.inputs[0], -100, 100)
    return case


def modulo(d):
    fmod = d.integer(0, 1)
    dtype = d.pick(INTEGERS + (["float32", "float64"] if fmod else []))
    shape = d.shape()
    first = d.array(dtype, shape)
    if first.dtype.kind == "i":
        first = numpy.clip(first, -100, 100)
    second = nonzero(d, dtype, d.broadcast(shape))
    return Case("Mod", d.opset(10, 13), [first, second], attributes={"fmod": fmod})


def power(d):
    dtype = d.pick(["float32", "float64", "int32", "int64"])
    shape = d.shape()
    exponent = d.pick(["float32", "int64", "int32", dtype])
    second = d.array(exponent, d.broadcast(shape), span=3)
    if numpy.dtype(dtype).kind == "i":
        second = abs(second)
    opset = d.opset(12, 13, 15) if exponent != dtype or dtype.startswith("int") else d.opset(7, 13)
    return Case("Pow", opset, [d.array(dtype, shape, span=6), second])


def variadic(op, dtypes):
    def draw(d):
        dtype = d.pick(dtypes)
        shape = d.shape()
        operands = [d.array(dtype, shape)]
        operands += [d.array(dtype, d.broadcast(shape)) for _ in range(d.integer(0, 3))]
        old = dtype in ("float32", "float64") and op in ("Max", "Min") or op in ("Sum", "Mean")
        return Case(op, d.opset(8, 13) if old else 13, operands)
    return draw


def unary(op, dtypes, *versions, span=9):
    def draw(d):
        return Case(op, d.opset(*versions), [d.array(d.pick(dtypes), d.shape(), span)])
    return draw


def positive_unary(op, dtypes, *versions):
    def draw(d):
        dtype = d.pick(dtypes)
        values = d.array(dtype, d.shape())
        return Case(op, d.opset(*versions), [abs(values) + values.dtype.type(d.integer(0, 1))])
    return draw


def shift(d):
    dtype = d.pick(["uint8", "uint16", "uint32", "uint64"])
    shape = d.shape()
    count = numpy.asarray(d.random.integers(0, 8, d.broadcast(shape)), dtype)
    return Case("BitShift", 11, [d.array(dtype, shape, 200), count],
                attributes={"direction": d.pick(["LEFT", "RIGHT"])})


def clip(d):
    opset = d.opset(6, 11, 12, 13)
    dtype = "float32" if opset < 12 else d.pick(["float32", "float64", "int32", "int64", "uint8"])
    data = d.array(dtype, d.shape())
    low, high = d.array(dtype, [], 5), d.array(dtype, [], 5)
    if opset < 11:
        attributes = {}
        if d.chance(60):
            attributes["min"] = float(low)
        if d.chance(60):
            attributes["max"] = float(high)
        return Case("Clip", opset, [data], attributes=attributes)
    bounds = [low if d.chance(70) else None, high if d.chance(70) else None]
    return Case("Clip", opset, [data, *bounds])


def cast(d):
    target = d.pick(ALL + ["bfloat16"])
    source = d.pick(ALL + ["bfloat16"])
    data = d.array("float32" if source == "bfloat16" else source, d.shape(), d.pick([9, 300]))
    if source == "bfloat16":
        data = data.astype(ml_dtypes.bfloat16)
    if d.chance(25):
        return Case("CastLike", d.opset(15, 19), [data, d.array("float32", [1]).astype(
            ml_dtypes.bfloat16 if target == "bfloat16" else target)])
    dtype = ml_dtypes.bfloat16 if target == "bfloat16" else target
    to = helper.np_dtype_to_tensor_dtype(numpy.dtype(dtype))
    bfloat = "bfloat16" in (source, target)
    return Case("Cast", 13 if bfloat else d.opset(6, 9, 13, 19), [data], attributes={"to": to})


def where(d):
    shape = d.shape()
    dtype = d.pick(["float32", "int64", "int32", "uint8", "bool"])
    return Case("Where", d.opset(9, 16), [d.array("bool", d.broadcast(shape)),
                d.array(dtype, shape), d.array(dtype, d.broadcast(shape))])


# --- Shapes ------------------------------------------------------------------


def shape_of(d):
    opset = d.opset(1, 13, 15, 19)
    attributes = {}
    if opset >= 15 and d.chance(60):
        attributes["start"] = d.integer(-4, 4)
    if opset >= 15 and d.chance(60):
        attributes["end"] = d.integer(-4, 4)
    return Case("Shape", opset, [d.array(d.pick(ALL), d.shape(0, 4))], attributes=attributes)


def constant(d):
    kind = d.pick(["value", "value_int", "value_ints", "value_float", "value_floats"])
    value = {"value_int": d.integer(-9, 9), "value_float": d.integer(-9, 9) / 4,
             "value_ints": [d.integer(-9, 9) for _ in range(d.integer(1, 4))],
             "value_floats": [d.integer(-9, 9) / 4 for _ in range(d.integer(1, 4))]}.get(kind)
    if kind == "value":
        array = d.array(d.pick(ALL), d.shape())
        raw = d.chance(50)
        dtype = helper.np_dtype_to_tensor_dtype(array.dtype)
        value = helper.make_tensor("v", dtype, array.shape,
                                   array.tobytes() if raw else array.ravel(), raw=raw)
    return Case("Constant", d.opset(1, 9) if kind == "value" else d.opset(12, 13, 19), [],
                attributes={kind: value})


def constant_of_shape(d):
    attributes = {}
    if d.chance(80):
        dtype = helper.np_dtype_to_tensor_dtype(numpy.dtype(d.pick(ALL)))
        attributes["value"] = helper.make_tensor("v", dtype, [1], [d.integer(0, 9) % 2])
    return Case("ConstantOfShape", d.opset(9, 20), [longs(d.shape())], attributes=attributes)


def eye_like(d):
    attributes = {"k": d.integer(-4, 4)} if d.chance(60) else {}
    if d.chance(50):
        attributes["dtype"] = d.pick([TensorProto.FLOAT, TensorProto.INT64, TensorProto.INT32,
                                      TensorProto.DOUBLE])
    data = d.array(d.pick(["float32", "int64", "int32", "float64"]), d.shape(2, 2))
    return Case("EyeLike", d.opset(9, 22), [data], attributes=attributes)


def range_of(d):
    dtype = d.pick(["int16", "int32", "int64", "float32", "float64"])
    step = d.pick([1, 1, 2, 3, -1, -2, 0.5 if dtype.startswith("f") else 5])
    start, limit = (d.array(dtype, d.pick([[], []]), 20) for _ in range(2))
    return Case("Range", 11, [start, limit, numpy.asarray(step, dtype)])


# --- The same elements under other extents -----------------------------------


def reshape(d):
    opset = d.opset(5, 13, 14, 19)
    data = d.array(d.pick(ALL), d.shape())
    shape = list(data.shape)
    if len(shape) > 1 and d.chance(50):
        shape[:2] = [shape[0] * shape[1]]
    d.random.shuffle(shape)
    if shape and d.chance(40):
        shape[d.integer(0, len(shape) - 1)] = d.pick([-1, -1, 0])
    if d.chance(20):
        shape.append(1)
    attributes = {"allowzero": d.integer(0, 1)} if opset >= 14 and d.chance(50) else {}
    return Case("Reshape", opset, [data, longs(shape)], attributes=attributes)


def flatten(d):
    data = d.array(d.pick(["float32", "int64"]), d.shape())
    opset = d.opset(9, 11, 13)
    axis = d.integer(0 if opset < 11 else -data.ndim, data.ndim + d.chance(3))
    return Case("Flatten", opset, [data], attributes={"axis": axis} if d.chance(80) else {})


def with_axes(op, opset, data, axes):
    if axes is None:
        return Case(op, opset, [data])
    if opset >= 13:
        return Case(op, opset, [data, longs(axes)])
    return Case(op, opset, [data], attributes={"axes": axes})


def squeeze(d):
    shape = [1 if d.chance(50) else d.integer(0, 3) for _ in range(d.integer(0, 4))]
    opset = d.opset(1, 11, 13, 21)
    ones = [axis for axis, dim in enumerate(shape) if dim == 1]
    axes = ones[d.integer(0, len(ones)):] + ([d.axis(4)] if d.chance(5) else [])
    if opset >= 11 and d.chance(40):
        axes = [axis - len(shape) for axis in axes]
    return with_axes("Squeeze", opset, d.array(d.pick(ALL), shape),
                     None if d.chance(25) or not axes else axes)


def unsqueeze(d):
    shape = d.shape(0, 2)
    rank = len(shape) + d.integer(1, 3)
    opset = d.opset(1, 11, 13, 21)
    axes = [int(axis) for axis in d.random.permutation(rank)[:rank - len(shape)]]
    if opset >= 11:
        axes = [axis - rank if d.chance(40) else axis for axis in axes]
    if d.chance(5):
        axes[0] = rank
    return with_axes("Unsqueeze", opset, d.array(d.pick(ALL), shape), axes)


def dropout(d):
    data = d.array(d.pick(["float32", "float64", "float16"]), d.shape())
    opset = d.opset(7, 10, 12, 13)
    if opset < 12:
        return Case("Dropout", opset, [data], attributes={"ratio": 0.5})
    operands = [data, numpy.float32(0.4)]
    if d.chance(40):
        operands.append(numpy.array(False))
    return Case("Dropout", opset, operands, outputs=2)


# --- In another order, repeated, joined, cut ---------------------------------


def transpose(d):
    data = d.array(d.pick(ALL), d.shape(0, 4))
    order = [int(axis) for axis in d.random.permutation(data.ndim)]
    if order and d.chance(4):
        order[0] = order[-1]
    return Case("Transpose", d.opset(1, 13, 21), [data],
                attributes={"perm": order} if order and d.chance(80) else {})


def expand(d):
    data = d.array(d.pick(ALL), d.shape())
    shape = [d.integer(1, 3) if dim == 1 else d.pick([dim, 1, dim, dim])
             for dim in data.shape]
    if shape and d.chance(5):
        shape[0] = d.integer(0, 5)
    shape = [d.integer(1, 3)] * d.chance(30) + shape[d.integer(0, len(shape)) // 2:]
    return Case("Expand", d.opset(8, 13), [data, longs(shape)])


def tile(d):
    data = d.array(d.pick(["float32", "float64", "int64", "int32", "bool", "uint8"]), d.shape(1))
    repeats = [d.integer(0 if d.chance(10) else 1, 3) for _ in range(data.ndim + d.chance(3))]
    return Case("Tile", d.opset(6, 13), [data, longs(repeats)])


def concat(d):
    dtype = d.pick(ALL)
    shape = d.shape(1)
    axis = d.axis(len(shape))
    parts = []
    for _ in range(d.integer(1, 4)):
        own = list(shape)
        if d.chance(4):
            own[0] += 1
        if -len(own) <= axis < len(own):
            own[axis] = d.integer(0, 3)
        parts.append(d.array(dtype, own))
    opset = d.opset(11, 13) if axis < 0 else d.opset(4, 11, 13)
    return Case("Concat", opset, parts, attributes={"axis": axis})


def trilu(d):
    operands = [d.array(d.pick(["float32", "float64", "int64", "int32", "bool"]), d.shape(2, 4))]
    if d.chance(70):
        operands.append(longs(d.integer(-4, 4)))
    return Case("Trilu", 14, operands, attributes={"upper": d.integer(0, 1)})


def slice_of(d):
    data = d.array(d.pick(ALL), d.shape(1, 4))
    opset = d.opset(1, 10, 11, 13)
    axes = d.axes(data.ndim, opset >= 11) or [0]
    ends = [d.pick([d.integer(-5, 5), 2**31 - 1, 2**63 - 1, -2**63]) for _ in axes]
    starts = [d.pick([d.integer(-5, 5), 0]) for _ in axes]
    if opset < 10:
        return Case("Slice", opset, [data],
                    attributes={"starts": starts, "ends": ends, "axes": axes})
    operands = [data, longs(starts), longs(ends), longs(axes)]
    if d.chance(60):
        steps = [d.pick([1, 2, 3, -1, -2, 2**62, -2**63]) for _ in axes]
        operands.append(longs(steps if d.chance(95) else [0] * len(steps)))
    elif len(axes) == data.ndim and d.chance(30):
        del operands[3]
    return Case("Slice", opset, operands)


def split(d):
    opset = d.opset(2, 11, 13, 18)
    data = d.array(d.pick(["float32", "int64", "int32", "uint8", "bool"]), d.shape(1))
    axis = d.axis(data.ndim) if opset >= 11 else d.integer(0, data.ndim - 1)
    count = d.integer(1, 3)
    attributes = {"axis": axis}
    operands = [data]
    extent = data.shape[axis] if -data.ndim <= axis < data.ndim else 1
    if d.chance(60):
        cuts = sorted(d.integer(0, extent) for _ in range(count - 1))
        sizes = [b - a for a, b in zip([0, *cuts], [*cuts, extent])]
        sizes[0] += d.chance(4)
        if opset < 13:
            attributes["split"] = sizes
        else:
            operands.append(longs(sizes))
    elif opset >= 18:
        attributes["num_outputs"] = count
    return Case("Split", opset, operands, count, attributes)


def pad(d):
    opset = d.opset(2, 11, 13, 18)
    dtype = "float32" if opset < 11 else d.pick(["float32", "float64", "int64", "int32"])
    data = d.array(dtype, d.shape(1))
    axes = d.axes(data.ndim) if opset >= 18 and d.chance(60) else None
    pads = [d.integer(-1, 2) for _ in range(2 * (data.ndim if axes is None else len(axes)))]
    if opset < 11:
        return Case("Pad", opset, [data], attributes={"pads": pads, "value": 1.5})
    operands = [data, longs(pads)]
    value = numpy.asarray(7, dtype) if d.chance(50) else None
    if value is not None or axes is not None:
        operands.append(value)
    if axes is not None:
        operands.append(longs(axes))
    return Case("Pad", opset, operands,
                attributes={} if d.chance(70) else {"mode": "constant"})


# --- By index ----------------------------------------------------------------


def gather(d):
    data = d.array(d.pick(ALL), d.shape(1))
    axis = d.axis(data.ndim)
    extent = data.shape[axis] if -data.ndim <= axis < data.ndim else 1
    indices = d.indices(extent, d.shape(0, 2), d.pick(["int64", "int32"]))
    return Case("Gather", d.opset(1, 11, 13), [data, indices], attributes={"axis": axis})


def gather_elements(d):
    data = d.array(d.pick(ALL), d.shape(1))
    axis = d.integer(-data.ndim, data.ndim - 1)
    shape = [d.integer(0 if d.chance(20) else min(dim, 1), dim) for dim in data.shape]
    shape[axis] = d.integer(0, 4)
    return Case("GatherElements", d.opset(11, 13),
                [data, d.indices(data.shape[axis], shape)], attributes={"axis": axis})


def tuples(d, data, batch):
    """Indices into the axes from `batch` on, the last axis being a tuple."""
    length = d.integer(1, data.ndim - batch)
    shape = list(data.shape[:batch]) + d.shape(0, 2)
    columns = [d.indices(data.shape[batch + i], shape) for i in range(length)]
    return numpy.stack(columns, -1)


def gather_nd(d):
    data = d.array(d.pick(["float32", "int64", "bool"]), d.shape(1, 4))
    batch = d.integer(0, min(data.ndim - 1, 2)) if d.chance(40) else 0
    opset = d.opset(12, 13) if batch else d.opset(11, 12, 13)
    return Case("GatherND", opset, [data, tuples(d, data, batch)],
                attributes={"batch_dims": batch} if batch else {})


def one_hot(d):
    dtype = d.pick(["int64", "int32", "float32"])
    depth = d.integer(1, 5)
    indices = d.random.integers(-7, 8, d.shape(1)).astype(dtype)
    values = d.array(dtype if dtype == "float32" else d.pick(["int64", "float32"]), [2])
    if dtype == "int32":
        dtype, indices = "int64", indices.astype("int64")
    return Case("OneHot", d.opset(9, 11), [indices, numpy.asarray(depth, dtype), values],
                attributes={"axis": d.axis(indices.ndim + 1)} if d.chance(60) else {})


def reduction_word(d, opset):
    if opset < 16 or d.chance(30):
        return {}
    return {"reduction": d.pick(["none", "add", "mul"] + ["max", "min"] * (opset >= 18))}


def scatter_elements(d):
    dtype = d.pick(["float32", "int64", "int32", "float64", "bool"])
    data = d.array(dtype, d.shape(1))
    axis = d.integer(-data.ndim, data.ndim - 1)
    shape = [d.integer(min(dim, 1), dim) for dim in data.shape]
    opset = d.opset(9, 11, 13, 16, 18)
    op = "Scatter" if opset < 11 else "ScatterElements"
    indices = d.indices(data.shape[axis], shape)
    if op == "Scatter":
        indices = abs(indices) % max(data.shape[axis], 1)
    return Case(op, opset, [data, indices, d.array(dtype, shape)],
                attributes={"axis": axis, **reduction_word(d, opset)})


def scatter_nd(d):
    dtype = d.pick(["float32", "int64", "int32", "float64", "bool"])
    data = d.array(dtype, d.shape(1))
    indices = tuples(d, data, 0)
    shape = indices.shape[:-1] + data.shape[indices.shape[-1]:]
    opset = d.opset(11, 13, 16, 18)
    return Case("ScatterND", opset, [data, indices, d.array(dtype, shape)],
                attributes=reduction_word(d, opset))


# --- Reductions and selections -----------------------------------------------


def reduce(op, dtypes, since):
    def draw(d):
        opset = d.opset(1, 11, 13, 18)
        if opset == 12:
            opset = 13
        data = d.array(d.pick(dtypes), d.shape(0, 4), 3)
        attributes = {"keepdims": d.integer(0, 1)} if d.chance(70) else {}
        axes = d.axes(data.ndim, opset >= 11) if d.chance(80) else None
        if axes and d.chance(4):
            axes[0] = data.ndim
        if opset >= since and d.chance(40):
            attributes["noop_with_empty_axes"] = d.integer(0, 1)
        if axes is None:
            return Case(op, opset, [data], attributes=attributes)
        if opset >= since:
            return Case(op, opset, [data, longs(axes)], attributes=attributes)
        if axes:
            attributes["axes"] = axes
        return Case(op, opset, [data], attributes=attributes)
    return draw


def extreme(op):
    def draw(d):
        opset = d.opset(1, 11, 12, 13)
        data = d.array(d.pick(["float32", "int32", "float64", "int64", "uint8"]), d.shape(1), 3)
        axis = d.axis(data.ndim) if opset >= 11 else d.integer(0, data.ndim - 1)
        attributes = {"axis": axis, "keepdims": d.integer(0, 1)}
        if opset >= 12:
            attributes["select_last_index"] = d.integer(0, 1)
        return Case(op, opset, [data], attributes=attributes)
    return draw


def cum_sum(d):
    data = d.array(d.pick(WIDE), d.shape(1))
    axis = numpy.asarray(d.axis(data.ndim), d.pick(["int32", "int64"]))
    return Case("CumSum", d.opset(11, 14), [data, axis],
                attributes={"exclusive": d.integer(0, 1), "reverse": d.integer(0, 1)})


def top_k(d):
    opset = d.opset(1, 10, 11)
    dtype = "float32" if opset < 11 else d.pick(["float32", "int64", "int32", "float64"])
    data = d.array(dtype, d.shape(1), 3)
    axis = d.axis(data.ndim) if opset >= 11 else d.integer(0, data.ndim - 1)
    extent = data.shape[axis] if -data.ndim <= axis < data.ndim else 1
    k = d.integer(0 if d.chance(10) else 1, max(extent, 1) + d.chance(5))
    attributes = {"axis": axis} if d.chance(80) else {}
    if opset < 10:
        return Case("TopK", opset, [data], 2, {**attributes, "k": k})
    if opset >= 11:
        attributes |= {"largest": d.integer(0, 1), "sorted": int(d.chance(90))}
    return Case("TopK", opset, [data, longs([k])], 2, attributes)


def unique(d):
    data = d.array(d.pick(["float32", "int64", "int8", "float64"]), d.shape(0, 3), 1)
    attributes = {"sorted": d.integer(0, 1)}
    if data.ndim and d.chance(50):
        attributes["axis"] = d.axis(data.ndim)
    return Case("Unique", 11, [data], d.integer(1, 4), attributes)


def compress(d):
    data = d.array(d.pick(["float32", "int64", "bool"]), d.shape(1))
    attributes = {"axis": d.integer(-data.ndim, data.ndim - 1)} if d.chance(60) else {}
    extent = data.shape[attributes["axis"]] if attributes else data.size
    return Case("Compress", d.opset(9, 11) if attributes.get("axis", 0) >= 0 else 11,
                [data, d.array("bool", [d.integer(0, extent + d.chance(3))])],
                attributes=attributes)


LOGICAL = ["bool"]
SUMS = ["float32", "float64", "int32", "int64"]

OPERATORS = {
    "Add": binary("Add", FLOATS + INTEGERS, new=14, floor=WIDE),
    "Sub": binary("Sub", FLOATS + INTEGERS, new=14, floor=WIDE),
    "Mul": binary("Mul", FLOATS + INTEGERS, new=14, floor=WIDE),
    "Div": divide,
    "Mod": modulo,
    "Pow": power,
    "And": binary("And", LOGICAL), "Or": binary("Or", LOGICAL), "Xor": binary("Xor", LOGICAL),
    "Equal": binary("Equal", WIDE + LOGICAL, 11),
    "Less": binary("Less", WIDE, 9), "Greater": binary("Greater", WIDE, 9),
    "LessOrEqual": binary("LessOrEqual", WIDE, 12, 16),
    "GreaterOrEqual": binary("GreaterOrEqual", WIDE, 12, 16),
    "BitwiseAnd": binary("BitwiseAnd", INTEGERS, 18, 18),
    "BitwiseOr": binary("BitwiseOr", INTEGERS, 18, 18),
    "BitwiseXor": binary("BitwiseXor", INTEGERS, 18, 18),
    "BitwiseNot": unary("BitwiseNot", INTEGERS, 18),
    "BitShift": shift,
    "Max": variadic("Max", WIDE + ["uint32", "uint64", "float16", "int8"]),
    "Min": variadic("Min", WIDE + ["uint32", "uint64", "float16", "int8"]),
    "Sum": variadic("Sum", ["float32", "float64"]),
    "Mean": variadic("Mean", ["float32"]),
    "Neg": unary("Neg", ["float32", "float64", "int8", "int32", "int64"], 6, 13),
    "Abs": unary("Abs", FLOATS + INTEGERS, 6, 13),
    "Sign": unary("Sign", ["float32", "float64", "int32", "int64", "uint8"], 9, 13),
    "Floor": unary("Floor", FLOATS, 6, 13), "Ceil": unary("Ceil", FLOATS, 6, 13),
    "Round": unary("Round", FLOATS, 11, 22),
    "Sqrt": positive_unary("Sqrt", ["float32", "float64"], 6, 13),
    "Reciprocal": unary("Reciprocal", ["float32", "float64"], 6, 13),
    "Exp": unary("Exp", ["float32", "float64"], 6, 13),
    "Log": positive_unary("Log", ["float32", "float64"], 6, 13),
    "Not": unary("Not", LOGICAL, 1),
    "IsNaN": unary("IsNaN", ["float32", "float64"], 9, 13),
    "Identity": unary("Identity", ALL, 1, 13, 14),
    "NonZero": unary("NonZero", ["float32", "int64", "int32", "bool", "uint8"], 9, 13, span=1),
    "Size": unary("Size", ALL, 1, 13, 19),
    "Clip": clip, "Cast": cast, "Where": where,
    "Shape": shape_of, "Constant": constant, "ConstantOfShape": constant_of_shape,
    "EyeLike": eye_like, "Range": range_of,
    "Reshape": reshape, "Flatten": flatten, "Squeeze": squeeze, "Unsqueeze": unsqueeze,
    "Dropout": dropout,
    "Transpose": transpose, "Expand": expand, "Tile": tile, "Concat": concat, "Trilu": trilu,
    "Slice": slice_of, "Split": split, "Pad": pad,
    "Gather": gather, "GatherElements": gather_elements, "GatherND": gather_nd,
    "OneHot": one_hot, "ScatterElements": scatter_elements, "ScatterND": scatter_nd,
    "ReduceSum": reduce("ReduceSum", SUMS, 13), "ReduceProd": reduce("ReduceProd", SUMS, 18),
    "ReduceMean": reduce("ReduceMean", SUMS, 18), "ReduceMax": reduce("ReduceMax", SUMS, 18),
    "ReduceMin": reduce("ReduceMin", SUMS, 18),
    "ArgMax": extreme("ArgMax"), "ArgMin": extreme("ArgMin"),
    "CumSum": cum_sum, "TopK": top_k, "Unique": unique, "Compress": compress,
}
