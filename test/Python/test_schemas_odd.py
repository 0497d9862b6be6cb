"""Nodes that make no sense: no rule may end the program, or infer an extent that
no tensor has."""

import random
import subprocess

import onnx
from onnx import TensorProto, helper
from onnxruntime.capi import onnxruntime_pybind11_state as runtime

from random_nodes import Random
from schema_models import MICROSOFT, registered
from split import BIN
from test_schemas import FILES
from test_schemas_attention import FILES as ATTENTION

NUMBERS = (-(2**63), -1, 0, 1, 2, 3, 5, 8, 2**31, 2**62, 2**63 - 1)
EXTENTS = (0, 1, 2, 3, 4, 8, 24, 2**40, "N", "M")
TYPES = (TensorProto.FLOAT, TensorProto.UINT8, TensorProto.INT8, TensorProto.INT32,
         TensorProto.INT64, TensorProto.FLOAT16)
STANDARD = ("LayerNormalization", "SimplifiedLayerNormalization")


class OddModel:
    """Random nodes with inputs of any type, or of none, and any attributes."""

    def __init__(self, seed):
        self.random = random.Random(seed)
        self.inputs, self.weights, self.nodes, self.count = [], [], [], 0

    def name(self):
        self.count += 1
        return f"v{self.count}"

    def tensor_type(self):
        rank = self.random.choice((None, 0, 1, 2, 3, 3, 4, 5))
        return helper.make_tensor_type_proto(
            self.random.choice(TYPES),
            None if rank is None else self.random.choices(EXTENTS, k=rank))

    def input(self):
        name, kind = self.name(), self.random.randrange(20)
        if kind < 3:
            values = self.random.choices(range(-1, 9), k=self.random.choice((0, 1, 2, 6)))
            self.weights.append(helper.make_tensor(
                name, self.random.choice((TensorProto.INT32, TensorProto.INT64)),
                [len(values)], values))
        elif kind < 5:
            self.inputs.append(onnx.ValueInfoProto(name=name))
        elif kind == 5:
            self.inputs.append(helper.make_value_info(
                name, helper.make_sequence_type_proto(self.tensor_type())))
        elif kind == 6:
            self.inputs.append(helper.make_value_info(
                name, helper.make_sparse_tensor_type_proto(TensorProto.FLOAT, [2, "N"])))
        else:
            self.inputs.append(helper.make_value_info(name, self.tensor_type()))
        return name

    def attribute(self, letter):
        if letter in "iI":
            numbers = self.random.choices(NUMBERS, k=self.random.randint(1, 4))
            return numbers[0] if letter == "i" else numbers
        if letter == "g":
            return helper.make_graph([], "body", [], [])
        return self.random.choice(("LATENT", "NOTSET", "SAME_UPPER", "none"))

    def add(self, op, table):
        inputs, outputs, attributes = table
        leave_out = lambda word: word[-1] == "?" and self.random.random() < 0.4  # noqa: E731
        given = {}
        for word in attributes:
            name, letter = word.rstrip("!").split(":")
            if word[-1] == "!" or self.random.random() < 0.6:
                given[name] = self.attribute(letter)
        self.nodes.append(helper.make_node(
            op, ["" if leave_out(w) else self.input() for w in inputs],
            ["" if leave_out(w) else self.name() for w in outputs],
            domain="" if op in STANDARD else MICROSOFT, **given))

    def proto(self):
        graph = helper.make_graph(self.nodes, "g", self.inputs, [], self.weights)
        return helper.make_model(graph, ir_version=8, opset_imports=[
            helper.make_opsetid("", 16), helper.make_opsetid(MICROSOFT, 1)])


def test_odd_nodes(scratch):
    tables = registered(FILES + ATTENTION)
    for seed in range(8):
        model = OddModel(seed)
        for op, table in tables.items():
            model.add(op, table)
        onnx.save(model.proto(), scratch / "odd.onnx")
        text = subprocess.run(
            [BIN / "onnx-split-translate", "--onnx-to-mlir", scratch / "odd.onnx"],
            capture_output=True, text=True, check=True).stdout
        done = subprocess.run([BIN / "onnx-split-opt", "--onnx-infer-types"], input=text,
                              capture_output=True, text=True, timeout=60, check=False)
        # A node that its rule refuses is a warning.
        assert done.returncode == 0, (seed, done.stderr[:500])
        for line in done.stdout.splitlines():
            types = line.rpartition(" -> ")[2]
            assert "onnx.node" not in line or ", -" not in types, (seed, line)


# --- Every operator of ONNX Runtime, with types past all bounds ---------------

HUGE = 2 ** 62
TENSORS = [None, [], [0], [HUGE], [0, -3], [HUGE, HUGE], [1, 2, 3], [3, HUGE, 1],
           ["n", None, 8, HUGE], [1] * 9]


def odd_types():
    """Types that are missing, no tensors, or have extents past all bounds."""
    tensor = [helper.make_tensor_type_proto(element, shape)
              for element in (TensorProto.FLOAT, TensorProto.INT8,
                              TensorProto.STRING, 99) for shape in TENSORS]
    return [onnx.TypeProto(), *tensor, helper.make_sequence_type_proto(tensor[0]),
            helper.make_optional_type_proto(tensor[2]),
            helper.make_map_type_proto(TensorProto.STRING, tensor[1])]


ODD = {"INT": [0, -1, 2, HUGE, -HUGE], "FLOAT": [float("nan")],
       "STRING": ["SAME_UPPER", ""],
       "INTS": [[0], [-1, HUGE], [HUGE] * 2, [0, 1, 2, 1]], "FLOATS": [[1.0]],
       "STRINGS": [["a"], ["", "a"]],
       "TENSOR": [TensorProto(), helper.make_tensor("t", TensorProto.INT8, [1],
                                                    [1])]}


def odd_nodes(operators):
    """For each operator a node for each odd type, with random attributes."""
    r = Random()
    for k, (domain, name, inputs, outputs, attributes) in enumerate(operators):
        for i in range(len(odd_types())):
            count = r.number(1, max(1, inputs))
            yield helper.make_node(
                name, [r.choose(("", f"t{i}", f"t{i}", f"t{r.number(0, 9)}"))
                       for _ in range(count)],
                [f"{name}{k}_{i}_{j}" for j in range(outputs)],
                domain=domain, **{
                    attribute: r.choose(ODD[kind])
                    for attribute, kind in attributes
                    if kind in ODD and r.number(0, 3)})


def test_odd_types(scratch):
    """Rules look before they read: no node ends the program."""
    operators = [
        (s.domain, s.name, len(s.inputs), len(s.outputs),
         [(n, str(a.type).rpartition(".")[2]) for n, a in s.attributes.items()])
        for s in runtime.get_all_operator_schema()
        if s.domain in (MICROSOFT, "com.microsoft.nchwc", "ai.onnx.ml")]
    types = [onnx.ValueInfoProto(name=f"t{i}", type=t)
             for i, t in enumerate(odd_types())]
    graph = helper.make_graph(list(odd_nodes(operators)), "g", types, [])
    onnx.save(helper.make_model(graph, ir_version=8, opset_imports=[
        helper.make_opsetid(domain, version) for domain, version in (
            ("", 17), (MICROSOFT, 1), ("com.microsoft.nchwc", 1), ("ai.onnx.ml", 5))]),
        scratch / "odd.onnx")
    for program, *arguments in (
            ("onnx-split-translate", "--onnx-to-mlir", "odd.onnx", "-o", "odd.mlir"),
            ("onnx-split-opt", "--onnx-infer-types", "odd.mlir", "-o", "out.mlir")):
        done = subprocess.run([BIN / program, *arguments], cwd=scratch,
                              capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr[-2000:]
