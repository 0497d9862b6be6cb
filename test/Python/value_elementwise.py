"""Random nodes of operators that work element by element: for each a function that draws
operands, attributes and the operator set. Some of the cases are wrong on
purpose, but
none divides integers by zero, which ends ONNX Runtime."""

import ml_dtypes
import numpy
from onnx import helper

from value_draws import ALL, FLOATS, INTEGERS, WIDE, Case, Draw

LOGICAL = ["bool"]


def binary(op, dtypes, old=7, new=13, floor=None, second=None):
    """From `old` on with the types `floor`, from `new` on with all. The second
    operand, unless drawn by `second`, may also be the larger one."""
    def draw(d):
        dtype = d.pick(dtypes)
        shape = d.shape()
        draw_second = second or Draw.array
        operands = [d.array(dtype, shape), draw_second(d, dtype, d.broadcast(shape))]
        if d.chance(30) and not second:
            operands.reverse()
        opset = d.opset(old, new) if dtype in (floor or dtypes) else new
        return Case(op, opset, operands)
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
        sums = op in ("Sum", "Mean")
        shapes = [shape] + [d.broadcast(shape) for _ in range(d.integer(0, 3))]
        operands = [d.array(dtype, each) for each in shapes]
        # As `summands`, but all operands alike.
        if sums and d.chance(75):
            operands = [numpy.trunc(operand) for operand in operands]
        old = sums or dtype in ("float32", "float64")
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


def cast_operands(d):
    """A tensor and the type to cast it to."""
    source, target = (d.pick(ALL + ["bfloat16"]) for _ in range(2))
    data = d.array("float32" if source == "bfloat16" else source, d.shape(), d.pick([9, 300]))
    if source == "bfloat16":
        data = data.astype(ml_dtypes.bfloat16)
    return data, numpy.dtype(ml_dtypes.bfloat16 if target == "bfloat16" else target)


def cast(d):
    data, dtype = cast_operands(d)
    newer = ml_dtypes.bfloat16 in (data.dtype, dtype)
    return Case("Cast", 13 if newer else d.opset(6, 9, 13, 19), [data],
                attributes={"to": helper.np_dtype_to_tensor_dtype(dtype)})


def cast_like(d):
    data, dtype = cast_operands(d)
    return Case("CastLike", d.opset(15, 19), [data, numpy.ones(1, dtype)])


def where(d):
    shape = d.shape()
    dtype = d.pick(["float32", "int64", "int32", "uint8", "bool"])
    return Case("Where", d.opset(9, 16), [d.array("bool", d.broadcast(shape)),
                d.array(dtype, shape), d.array(dtype, d.broadcast(shape))])


OPERATORS = {
    "Add": binary("Add", FLOATS + INTEGERS, new=14, floor=WIDE),
    "Sub": binary("Sub", FLOATS + INTEGERS, new=14, floor=WIDE),
    "Mul": binary("Mul", FLOATS + INTEGERS, new=14, floor=WIDE),
    "Div": divide,
    "Mod": modulo,
    "Pow": power,
    "And": binary("And", LOGICAL),
    "Or": binary("Or", LOGICAL),
    "Xor": binary("Xor", LOGICAL),
    "Equal": binary("Equal", WIDE + LOGICAL, 11),
    "Less": binary("Less", WIDE, 9),
    "Greater": binary("Greater", WIDE, 9),
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
    "Floor": unary("Floor", FLOATS, 6, 13),
    "Ceil": unary("Ceil", FLOATS, 6, 13),
    "Round": unary("Round", FLOATS, 11, 22),
    "Sqrt": positive_unary("Sqrt", ["float32", "float64"], 6, 13),
    "Reciprocal": unary("Reciprocal", ["float32", "float64"], 6, 13),
    "Exp": unary("Exp", ["float32", "float64"], 6, 13),
    "Log": positive_unary("Log", ["float32", "float64"], 6, 13),
    "Not": unary("Not", LOGICAL, 1),
    "IsNaN": unary("IsNaN", ["float32", "float64"], 9, 13),
    "Clip": clip,
    "Cast": cast,
    "CastLike": cast_like,
    "Where": where,
}
