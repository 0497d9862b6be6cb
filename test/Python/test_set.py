"""onnx-split --set: inputs become constants, and an If on them its branch."""

import random
import subprocess

import numpy
import onnx
import onnxruntime
import pytest
from onnx import TensorProto, helper, numpy_helper

import split

OPSET = [helper.make_opsetid("", 17)]
SCALAR = [helper.make_tensor_value_info("f", TensorProto.BOOL, []),
          helper.make_tensor_value_info("g", TensorProto.BOOL, [])]
X = helper.make_tensor_value_info("x", TensorProto.FLOAT, [3])


def fold(path, folder, *settings):
    """The model after the two passes."""
    to_mlir, opt, to_onnx = (
        [split.BIN / "onnx-split-translate", "--onnx-to-mlir", path],
        [split.BIN / "onnx-split-opt", folder / "whole.mlir", "-o", folder / "folded.mlir",
         "--onnx-set-inputs=" + " ".join(f"set={text}" for text in settings),
         "--onnx-fold-branches"],
        [split.BIN / "onnx-split-translate", "--mlir-to-onnx", folder / "folded.mlir"])
    (folder / "whole.mlir").write_bytes(subprocess.run(
        to_mlir, check=True, capture_output=True).stdout)
    subprocess.run(opt, check=True)
    (folder / "folded.onnx").write_bytes(subprocess.run(
        to_onnx, check=True, capture_output=True).stdout)
    return onnx.load(folder / "folded.onnx")


def run(path, inputs):
    session = split.tools.session(path, optimise=False)
    names = {value.name for value in session.get_inputs()}
    return session.run(None, {name: value for name, value in inputs.items() if name in names})


class Graphs:
    """Random graphs of nested Ifs that use few names, so that branches and
    bodies share them, and return what is theirs, outer, constant or double."""

    def __init__(self, seed):
        self.random = random.Random(seed)
        self.ifs = 0

    def body(self, outer, depth, taken):
        """No name of the graphs around it, also of what comes later in them."""
        nodes, weights, own = [], [], []
        free = self.random.sample([f"v{k}" for k in range(16) if f"v{k}" not in taken], 3)
        taken = taken + free
        while free and self.random.random() < 0.8:
            output = free.pop()
            values = outer + own
            kind = self.random.randrange(7)
            if kind == 6:
                weights.append(numpy_helper.from_array(
                    numpy.array([self.ifs, 2, depth], "float32"), output))
            elif kind < 2 and depth < 4:
                others = [free.pop()] if len(free) > 1 and self.random.random() < 0.4 else []
                nodes += self.branching([output] + others, values, depth, taken)
                own += others
            elif kind == 2:
                loop = helper.make_graph(
                    [helper.make_node("Identity", ["c"], ["c2"]),
                     helper.make_node("Add", ["s", self.random.choice(values)], ["s2"])],
                    "loop", [helper.make_tensor_value_info("i", TensorProto.INT64, []),
                             helper.make_tensor_value_info("c", TensorProto.BOOL, []),
                             helper.make_tensor_value_info("s", TensorProto.FLOAT, [3])],
                    [helper.make_tensor_value_info("c2", TensorProto.BOOL, []),
                     helper.make_tensor_value_info("s2", TensorProto.FLOAT, [3])])
                nodes.append(helper.make_node(
                    "Loop", ["two", "", self.random.choice(values)], [output], body=loop))
            elif kind == 3:
                nodes.append(helper.make_node("Clip", [self.random.choice(values), "", "top"],
                                              [output]))
            else:
                nodes.append(helper.make_node(
                    "Sub", [self.random.choice(values), self.random.choice(values)], [output]))
            own.append(output)
        return nodes, weights, own

    def branching(self, outputs, values, depth, taken):
        """An If and what it needs."""
        self.ifs += 1
        branches = {}
        for name in ("then_branch", "else_branch"):
            nodes, weights, own = self.body(values, depth + 1, taken)
            returned = []
            for _ in outputs:
                value = self.random.choice(own * 3 + values)
                # ONNX Runtime wants outputs of a branch to be its own values,
                # each once.
                if value in values or value in returned or value in {w.name for w in weights}:
                    inner = f"r{depth}_{len(returned)}"
                    nodes.append(helper.make_node("Identity", [value], [inner]))
                    value = inner
                returned.append(value)
            branches[name] = helper.make_graph(
                nodes, name, [],
                [helper.make_tensor_value_info(v, TensorProto.FLOAT, [3]) for v in returned],
                weights)
        order = list(branches)
        self.random.shuffle(order)
        return [helper.make_node("If", [self.random.choice("fg")], outputs,
                                 name=f"if{self.ifs}", **{n: branches[n] for n in order})]

    def model(self):
        nodes, weights, own = [], [], []
        while self.ifs < 5:
            self.ifs = 0
            nodes, weights, own = self.body(["x"], 0, [])
        weights += [numpy_helper.from_array(numpy.array(2), "two"),
                    numpy_helper.from_array(numpy.float32(40), "top")]
        outputs = [name for name in own if name not in {w.name for w in weights}]
        graph = helper.make_graph(
            nodes, "main", SCALAR + [X],
            [helper.make_tensor_value_info(v, TensorProto.FLOAT, [3]) for v in outputs], weights)
        return helper.make_model(graph, ir_version=8, opset_imports=OPSET)


@pytest.mark.parametrize("seed", range(40))
def test_folded_model_computes_the_same(scratch, seed):
    """Both flags known, or one; the folded model is checked, and runs as before."""
    graphs = Graphs(seed)
    onnx.save(graphs.model(), scratch / "whole.onnx")
    x = numpy.array([1, -2, 30], "float32")
    for f in (False, True):
        settings = [f"f={str(f).lower()}"] + ([f"g={str(not f)}"] if seed % 2 else [])
        folded = fold(scratch / "whole.onnx", scratch, *settings)
        onnx.checker.check_model(folded, full_check=True)
        left = [value.name for value in folded.graph.input]
        assert left == (["x"] if seed % 2 else ["g", "x"])
        assert not [node for node in folded.graph.node if node.op_type == "If"
                    and node.input[0] == "f"]
        if seed % 2:
            assert not [node for node in folded.graph.node if node.op_type == "If"]
        for g in ([not f] if seed % 2 else [False, True]):
            inputs = {"x": x, "f": numpy.array(f), "g": numpy.array(g)}
            expected = run(scratch / "whole.onnx", inputs)
            actual = run(scratch / "folded.onnx", inputs)
            assert len(expected) == len(actual) > 0
            for a, b in zip(expected, actual):
                assert split.tools.same_bits(a, b)


def merged_decoder():
    """As optimum merges two decoders: one If, whose branches share names and
    the large weights of the main graph."""
    generator = numpy.random.default_rng(1)
    weights = [numpy_helper.from_array(
        generator.random((64, 64), numpy.float32) / 8 - 0.05, f"w{i}") for i in range(6)]
    branches = {}
    for name, activation in (("then_branch", "Tanh"), ("else_branch", "Sigmoid")):
        nodes, last = [], "x"
        for i in range(6):
            nodes += [helper.make_node("MatMul", [last, f"w{i}"], [f"m{i}"], name=f"/mm{i}"),
                      helper.make_node(activation, [f"m{i}"], [f"a{i}"], name=f"/act{i}")]
            last = f"a{i}"
        nodes.append(helper.make_node("Identity", [last], ["y"], name="/out"))
        nodes.append(helper.make_node("Identity", ["past"], ["present"], name="/keep"))
        branches[name] = helper.make_graph(
            nodes, name, [],
            [helper.make_tensor_value_info("y", TensorProto.FLOAT, [4, 64]),
             helper.make_tensor_value_info("present", TensorProto.FLOAT, [4])])
    graph = helper.make_graph(
        [helper.make_node("If", ["use_cache_branch"], ["y", "present"], name="optimum::if",
                          **branches)], "merged",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, [4, 64]),
         helper.make_tensor_value_info("past", TensorProto.FLOAT, [4]),
         helper.make_tensor_value_info("use_cache_branch", TensorProto.BOOL, [1])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, [4, 64]),
         helper.make_tensor_value_info("present", TensorProto.FLOAT, [4])], weights)
    return helper.make_model(graph, ir_version=8, opset_imports=OPSET)


def split_merged(folder, *options):
    onnx.save(merged_decoder(), folder / "whole.onnx")
    (folder / "cluster.yaml").write_text(split.even_cluster(3))
    return split.onnx_split(folder / "whole.onnx", "--devices", folder / "cluster.yaml",
                            "-o", folder / "parts", *options)


@pytest.mark.parametrize("value", ["true", "false"])
def test_merged_decoder_can_be_cut(scratch, value):
    done = split_merged(scratch)
    assert done.returncode == 0, done.stderr
    assert len(split.load_parts(scratch / "parts").stages) == 1
    done = split_merged(scratch, "--set", f"use_cache_branch={value}", "--verify", "--force")
    assert done.returncode == 0, done.stderr
    assert "the parts give the model's 2 outputs" in done.stdout
    parts = split.load_parts(scratch / "parts")
    assert len(parts.stages) == 3
    for model in parts.models:
        assert "use_cache_branch" not in {value.name for value in model.graph.input}
    inputs = {"x": numpy.random.default_rng(2).random((4, 64), numpy.float32),
              "past": numpy.arange(4, dtype="float32")}
    expected = split.run_whole(scratch / "whole.onnx", {
        **inputs, "use_cache_branch": numpy.array([value == "true"])}, optimise=False)
    split.compare(expected, scratch / "parts", inputs, optimise=False)


def test_verification_feeds_what_is_set(scratch):
    """An If that stays: the whole model gets the value as its input."""
    model = onnx.parser.parse_model("""
        <ir_version: 8, opset_import: ["" : 17]>
        g (float[2,3] x, int64[2] k, float s) => (float[2,3] y) <float s = {3.0}> {
          a = Neg(x)
          b = Reshape(a, k)
          c = Mul(b, s)
          y = Tanh(c)
        }""")
    onnx.save(model, scratch / "whole.onnx")
    numpy.save(scratch / "k.npy", numpy.array([2, 3]))
    (scratch / "cluster.yaml").write_text(split.even_cluster(2))
    for index, setting in enumerate(["2,3", "[2, 3]", f"@{scratch / 'k.npy'}"]):
        done = split.onnx_split(
            scratch / "whole.onnx", "--devices", scratch / "cluster.yaml", "-o",
            scratch / f"parts{index}", "--set", f"k={setting}", "--set", "s=-0.5", "--verify")
        assert done.returncode == 0, done.stderr
        parts = split.load_parts(scratch / f"parts{index}")
        inputs = {value.name for model in parts.models for value in model.graph.input}
        assert not inputs & {"k", "s"}
        x = numpy.arange(6, dtype="float32").reshape(2, 3) / 8
        session = onnxruntime.InferenceSession(scratch / "whole.onnx")
        expected, = session.run(None, {"x": x, "k": numpy.array([2, 3]),
                                       "s": numpy.array(-0.5, "float32")})
        actual = split.tools.run_parts(scratch / f"parts{index}", {"x": x}, False)["y"]
        assert numpy.allclose(expected, actual, rtol=1e-6)


@pytest.mark.parametrize("options, words", [
    (["--set", "use_cache_branch=2"], "holds '2', which is no value of type bool"),
    (["--set", "cache=true"], "--set names 'cache', which is no input of the model; the model "
                              "has the inputs 'x', 'past', 'use_cache_branch'"),
    (["--set", "x=@none.npy"], "cannot be read from 'none.npy'"),
])
def test_refused(scratch, options, words):
    done = split_merged(scratch, *options)
    assert done.returncode == 1 and words in done.stderr
    assert "whole.onnx: error: " in done.stderr
    assert not (scratch / "parts").exists()


def test_set_and_input_contradict(scratch):
    numpy.save(scratch / "f.npy", numpy.array([True]))
    done = split_merged(scratch, "--set", "use_cache_branch=true", "--verify",
                        "--input", f"use_cache_branch={scratch / 'f.npy'}")
    assert done.returncode == 1
    assert "the input 'use_cache_branch' is given with --set and with --input" in done.stderr
