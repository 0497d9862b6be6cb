"""Names of dimensions that are expressions have the value that Python gives
them: random ones, in one model whose terms are fixed."""

import ast
import json
import math
import operator
import random
import subprocess
from fractions import Fraction

import onnx
from onnx import TensorProto, helper

from split import BIN

TERMS = {"s0": 7, "u1": 12, "past_length": 127, "h.w": 30, "zero": 0}
INT64 = range(-(2**63), 2**63)


class NoValue(Exception):
    pass


def checked(function):
    """The function on fractions, which may pass 64 bits in no step."""

    def call(*arguments):
        try:
            result = Fraction(function(*arguments))
        except ZeroDivisionError:
            raise NoValue
        if result.numerator not in INT64 or result.denominator not in INT64:
            raise NoValue
        return result

    return call


def power(base, exponent):
    if exponent.denominator != 1 or abs(exponent) > 64:
        raise NoValue
    return base**exponent.numerator


OPERATORS = {
    ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul,
    ast.Div: operator.truediv, ast.FloorDiv: operator.floordiv,
    ast.Mod: operator.mod, ast.Pow: power, ast.USub: operator.neg,
    ast.UAdd: operator.pos,
}
ONE, TWO, MANY = [1], [2], [1, 2, 3, 4]
FUNCTIONS = {
    "floor": (ONE, math.floor), "ceiling": (ONE, math.ceil), "ceil": (ONE, math.ceil),
    "math.floor": (ONE, math.floor), "FloorToInt": (ONE, math.floor),
    "CeilToInt": (ONE, math.ceil), "TruncToInt": (ONE, math.trunc),
    "int": (ONE, math.trunc), "RoundToInt": (ONE, round), "Abs": (ONE, abs),
    "ToFloat": (ONE, operator.pos),
    "Mod": (TWO, operator.mod), "PythonMod": (TWO, operator.mod),
    "FloorDiv": (TWO, operator.floordiv), "CleanDiv": (TWO, operator.truediv),
    "IntTrueDiv": (TWO, operator.truediv), "FloatTrueDiv": (TWO, operator.truediv),
    "CeilDiv": (TWO, lambda a, b: -(-a // b)), "PowByNatural": (TWO, power),
    "Min": (MANY, min), "Max": (MANY, max), "min": (MANY, min), "max": (MANY, max),
}


def evaluate(node):
    """The value of what Python's parser read."""
    if isinstance(node, ast.Expression):
        return evaluate(node.body)
    if isinstance(node, ast.Constant):
        return Fraction(node.value)  # exact, also of a binary fraction
    if isinstance(node, (ast.Name, ast.Attribute)):
        return Fraction(TERMS[ast.unparse(node)])
    if isinstance(node, ast.UnaryOp):
        return checked(OPERATORS[type(node.op)])(evaluate(node.operand))
    if isinstance(node, ast.BinOp):
        return checked(OPERATORS[type(node.op)])(
            evaluate(node.left), evaluate(node.right))
    arguments = [evaluate(argument) for argument in node.args]
    return checked(FUNCTIONS[ast.unparse(node.func)][1])(*arguments)


def make(rng, depth):
    """Random text. Brackets are as often missing as not, so that precedence
    counts."""
    kind = rng.random()
    if depth == 0 or kind < 0.15:
        return rng.choice([*TERMS, *"1234", "0.5", "2.0", "17", "100"])
    if kind < 0.3:
        name, (counts, _) = rng.choice(list(FUNCTIONS.items()))
        count = rng.choice(counts)
        if count == 1 and name.lower() in ("min", "max"):
            count = 2  # Python's own take one argument as a list
        return f"{name}({', '.join(make(rng, depth - 1) for _ in range(count))})"
    if kind < 0.36:
        return "-" + make(rng, depth - 1)
    sign = rng.choice(["+", "-", "*", "*", "/", "/", "//", "//", "%", "**"])
    space = rng.choice(["", " "])
    left, right = make(rng, depth - 1), make(rng, depth - 1)
    if sign == "**":
        right = rng.choice(["2", "3", "-1"])
    text = left + space + sign + space + right
    return f"({text})" if rng.random() < 0.5 else text


def value_of(text):
    """The extent, or None where the text has a value that is none."""
    try:
        value = evaluate(ast.parse(text, mode="eval"))
    except NoValue:
        return None
    return int(value) if value.denominator == 1 and value >= 0 else None


def tensors(prefix, names):
    return [helper.make_tensor_value_info(f"{prefix}{i}", TensorProto.FLOAT, [name])
            for i, name in enumerate(names)]


def make_model(good, bad):
    """Extents in inputs, and what is none in a body, where it is no error."""
    terms = helper.make_tensor_value_info("terms", TensorProto.FLOAT, list(TERMS))
    branches = {}
    for name in ("then_branch", "else_branch"):
        result = helper.make_tensor_value_info(name, TensorProto.FLOAT, None)
        branches[name] = helper.make_graph(
            [helper.make_node("Abs", ["terms"], [name])], name, [], [result],
            value_info=tensors("bad", bad))
    condition = helper.make_tensor_value_info("c", TensorProto.BOOL, [])
    graph = helper.make_graph(
        [helper.make_node("If", ["c"], ["y"], name="if", **branches)], "main",
        [terms, condition, *tensors("good", good)],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, None)])
    return helper.make_model(graph, ir_version=8,
                             opset_imports=[helper.make_opsetid("", 17)])


def infer(scratch, model, *dims):
    """The model after type inference, written again."""
    onnx.save(model, scratch / "m.onnx")
    options = "--onnx-infer-types=" + " ".join(f"dim={dim}" for dim in dims)
    for program, *arguments in [
            ["onnx-split-translate", "--onnx-to-mlir", "m.onnx", "-o", "m.mlir"],
            ["onnx-split-opt", options, "m.mlir", "-o", "inferred.mlir"],
            ["onnx-split-translate", "--mlir-to-onnx", "inferred.mlir", "-o",
             "inferred.onnx"]]:
        subprocess.run([BIN / program, *arguments], cwd=scratch, check=True,
                       timeout=60)
    return onnx.load(scratch / "inferred.onnx")


def extents(infos, prefix):
    dims = [info.type.tensor_type.shape.dim[0] for info in infos
            if info.name.startswith(prefix)]
    return [dim.dim_value if dim.HasField("dim_value") else dim.dim_param
            for dim in dims]


def test_random_expressions(scratch):
    rng = random.Random(1)
    values = {}
    while sum(value is not None for value in values.values()) < 500:
        text = make(rng, rng.randint(1, 4))
        values[text] = value_of(text)
    good = [text for text, value in values.items() if value is not None]
    # A number in quotes that is none, "-1", is open rather than bad; both stay.
    bad = [text for text, value in values.items() if value is None]
    assert len(bad) > 100 and len(set(values[text] for text in good)) > 50

    model = infer(scratch, make_model(good, bad),
                  *(f"{name}={value}" for name, value in TERMS.items()))
    found = extents(model.graph.input, "good")
    assert len(found) == len(good)
    wrong = [(text, value, values[text]) for text, value in zip(good, found)
             if value != values[text]]
    assert not wrong, wrong[:10]
    for branch in model.graph.node[0].attribute:
        assert extents(branch.g.value_info, "bad") == bad


def test_extents_at_which_the_model_cannot_run(tmp_path):
    """A table of positions has so many rows; a longer sequence does not fit."""
    graph = helper.make_graph(
        [helper.make_node("Add", ["x", "table"], ["y"])], "g",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["batch", "seq"])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, None)],
        [helper.make_tensor("table", TensorProto.FLOAT, [1, 4], [0] * 4)])
    onnx.save(helper.make_model(graph, ir_version=8,
                                opset_imports=[helper.make_opsetid("", 17)]),
              tmp_path / "model.onnx")
    (tmp_path / "one.yaml").write_text("version: 1\ndevices: [{name: a}]\n")

    def plan(*options):
        done = subprocess.run(
            [BIN / "onnx-split", tmp_path / "model.onnx", "--devices",
             tmp_path / "one.yaml", "--dry-run", *options],
            capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        return done

    def warnings(*options):
        done = plan(*options)
        return [line for line in done.stderr.splitlines() if "warning:" in line]

    assert warnings("--assume=seq=4") == []
    assert "Add does not take what it is given with the assumed extents" in \
        warnings("--assume=seq=5")[0]
    assert "Add does not take what it is given at --also number 2" in \
        warnings("--assume=seq=4", "--also=seq=1", "--also=seq=5")[0]
    assert len(warnings("--dim=seq=5")) == 1

    # What is proven is proven under that reservation, wherever it is said.
    assert "refused" not in plan("--assume=seq=4").stdout
    said = plan("--assume=seq=5").stdout
    assert "some costs or sizes are not known" in said.split("\n\n")[0]
    proven, = (line for line in said.splitlines() if line.startswith("optimal"))
    assert "leaving out what follows 1 refused node" in proven
    assert "refused      1 node does not take what it is given" in said
    written = json.loads(plan("--assume=seq=5", "--format=json").stdout)
    assert written["refused"] == ["Add"]
    proven, = (line for line in plan("--dim=seq=5").stdout.splitlines()
               if line.startswith("optimal"))
    assert "as far as costs and sizes are known" in proven
