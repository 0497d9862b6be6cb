"""Random nodes of operators that move, choose or reduce elements: for each a function that draws
operands, attributes and the operator set. Some of the cases are wrong on
purpose."""

import numpy
from onnx import TensorProto, helper

from value_draws import ALL, WIDE, Case, longs
from value_elementwise import unary

SUMS = ["float32", "float64", "int32", "int64"]


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
    # The largest integers would have ONNX Runtime make gigabytes.
    start, limit = (d.array(dtype, [], 20) for _ in range(2))
    if numpy.dtype(dtype).kind == "i":
        start, limit = (numpy.clip(end, -50, 50) for end in (start, limit))
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
        data = d.summands(d.pick(dtypes), d.shape(0, 4), 3)
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
    data = d.summands(d.pick(WIDE), d.shape(1))
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
    # ONNX Runtime does not survive slices without elements.
    if data.ndim and data.size and d.chance(50):
        attributes["axis"] = d.axis(data.ndim)
    return Case("Unique", 11, [data], d.integer(1, 4), attributes)


def compress(d):
    data = d.array(d.pick(["float32", "int64", "bool"]), d.shape(1))
    attributes = {"axis": d.integer(-data.ndim, data.ndim - 1)} if d.chance(60) else {}
    extent = data.shape[attributes["axis"]] if attributes else data.size
    return Case("Compress", d.opset(9, 11) if attributes.get("axis", 0) >= 0 else 11,
                [data, d.array("bool", [d.integer(0, extent + d.chance(3))])],
                attributes=attributes)


OPERATORS = {
    "Identity": unary("Identity", ALL, 1, 13, 14),
    "NonZero": unary("NonZero", ["float32", "int64", "int32", "bool", "uint8"], 9, 13, span=1),
    "Size": unary("Size", ALL, 1, 13, 19),
    "Shape": shape_of,
    "Constant": constant,
    "ConstantOfShape": constant_of_shape,
    "EyeLike": eye_like,
    "Range": range_of,
    "Reshape": reshape,
    "Flatten": flatten,
    "Squeeze": squeeze,
    "Unsqueeze": unsqueeze,
    "Dropout": dropout,
    "Transpose": transpose,
    "Expand": expand,
    "Tile": tile,
    "Concat": concat,
    "Trilu": trilu,
    "Slice": slice_of,
    "Split": split,
    "Pad": pad,
    "Gather": gather,
    "GatherElements": gather_elements,
    "GatherND": gather_nd,
    "OneHot": one_hot,
    "ScatterElements": scatter_elements,
    "ScatterND": scatter_nd,
    "ReduceSum": reduce("ReduceSum", SUMS, 13),
    "ReduceProd": reduce("ReduceProd", SUMS, 18),
    "ReduceMean": reduce("ReduceMean", SUMS, 18),
    "ReduceMax": reduce("ReduceMax", SUMS, 18),
    "ReduceMin": reduce("ReduceMin", SUMS, 18),
    "ArgMax": extreme("ArgMax"),
    "ArgMin": extreme("ArgMin"),
    "CumSum": cum_sum,
    "TopK": top_k,
    "Unique": unique,
    "Compress": compress,
}
