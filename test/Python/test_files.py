"""Files as other programs write them: external data without a length, weights
that are not here, nodes that are not sorted, and wrong declarations."""

import json
import subprocess

import numpy
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

import split

WIDTH = 32
X = numpy.linspace(-1, 1, WIDTH, dtype="float32").reshape(1, WIDTH)


def value(name, shape=(1, WIDTH), kind=TensorProto.FLOAT):
    return helper.make_tensor_value_info(name, kind, list(shape))


def weight(name):
    draw = numpy.random.default_rng([*map(ord, name)])
    return numpy_helper.from_array(
        (draw.standard_normal((WIDTH, WIDTH)) * 0.1).astype("float32"), name)


def model_of(nodes, weights=(), outputs=("y",), **options):
    graph = helper.make_graph(nodes, "g", [value("x")], [value(name) for name in outputs],
                              list(weights))
    options.setdefault("opset_imports", [helper.make_opsetid("", 17)])
    return helper.make_model(graph, ir_version=8, **options)


def products():
    return [helper.make_node("MatMul", ["x", "w0"], ["a"], "first"),
            helper.make_node("MatMul", ["a", "w1"], ["y"], "second")]


BYTES = 4 * WIDTH * WIDTH


def externalise(model, file, lengths):
    """Moves the weights to one file; `lengths` are what their entries state."""
    data = b""
    for tensor, length in zip(model.graph.initializer, lengths, strict=True):
        entries = {"location": file.name, "offset": str(len(data)), "length": length}
        data += tensor.raw_data
        tensor.ClearField("raw_data")
        tensor.data_location = TensorProto.EXTERNAL
        for key, entry in entries.items():
            if entry is not None:
                tensor.external_data.add(key=key, value=entry)
    file.write_bytes(data)


# --- External data --------------------------------------------------------------


@pytest.mark.parametrize("lengths", [(None, None), ("0", "0"), ("0", None), (str(BYTES), "0")])
def test_external_data_without_a_length(lengths, tmp_path):
    """Has what the type says, as in ONNX Runtime: the parts are those of the
    same model with its weights inside."""
    whole = model_of(products(), [weight("w0"), weight("w1")])
    cluster, pins = split.even_cluster(2), ("--pin=first=d0", "--pin=second=d1")
    (tmp_path / "inside").mkdir()
    inside = split.split(whole, tmp_path / "inside", *pins, cluster=cluster)
    externalise(whole, tmp_path / "w.bin", lengths)
    done = split.split(whole, tmp_path, "--weights=embed", *pins, cluster=cluster)
    for one, other in zip(inside.models, done.models, strict=True):
        assert [(each.name, each.raw_data) for each in one.graph.initializer] == [
            (each.name, each.raw_data) for each in other.graph.initializer]
    if lengths[-1] is None:  # ONNX reads up to the end, so only the last is right there
        last = onnx.load(tmp_path / "whole.onnx", load_external_data=False).graph.initializer[1]
        onnx.external_data_helper.load_external_data_for_tensor(last, str(tmp_path))
        assert last.raw_data == done.models[1].graph.initializer[0].raw_data
    expected = split.run_whole(tmp_path / "whole.onnx", {"x": X}, False)
    split.compare(expected, done.folder, {"x": X}, False)


POINTER = (b"version https://git-lfs.github.com/spec/v1\n"
           b"oid sha256:4d7a214614ab2935c943f9e0ff69d22eadbb8f32b1258daaa5e2ca24d17e2393\n"
           b"size 8192\n")


@pytest.mark.parametrize("contents, what", [
    (None, "which does not exist"),
    (b"", "which is empty"),
    (POINTER, "which is a pointer of Git LFS to the data; fetch it by `git lfs pull`"),
])
@pytest.mark.parametrize("lengths", [(str(BYTES), str(BYTES)), (None, "0")])
def test_weights_that_are_not_here(contents, what, lengths, tmp_path):
    """A plan rests on types alone, so that --dry-run does without; everything
    else says which file it misses, and why."""
    whole = model_of(products(), [weight("w0"), weight("w1")])
    externalise(whole, tmp_path / "w.bin", lengths)
    onnx.save(whole, tmp_path / "whole.onnx")
    (tmp_path / "cluster.yaml").write_text(split.even_cluster(2))
    arguments = (tmp_path / "whole.onnx", "--devices", tmp_path / "cluster.yaml")
    dry = (*arguments, "--dry-run", "--format=json")
    with_weights = split.onnx_split(*dry)
    if contents is None:
        (tmp_path / "w.bin").unlink()
    else:
        (tmp_path / "w.bin").write_bytes(contents)
    without = split.onnx_split(*dry)
    assert without.returncode == 0, without.stderr
    assert without.stdout == with_weights.stdout
    for options in (("-o", tmp_path / "parts"), ("--dry-run", "--observe")):
        done = split.onnx_split(*arguments, *options)
        assert done.returncode == 1
        assert "graph.initializer[0] 'w0': error: cannot be read" in done.stderr
        assert f"'{tmp_path}/w.bin', {what}" in done.stderr
    assert not (tmp_path / "parts").exists()


def test_weights_that_are_cut_off(tmp_path):
    """Are damaged, not missing."""
    whole = model_of(products(), [weight("w0"), weight("w1")])
    externalise(whole, tmp_path / "w.bin", (str(BYTES), "0"))
    (tmp_path / "w.bin").write_bytes((tmp_path / "w.bin").read_bytes()[:-1])
    onnx.save(whole, tmp_path / "whole.onnx")
    (tmp_path / "cluster.yaml").write_text(split.even_cluster(1))
    done = split.onnx_split(tmp_path / "whole.onnx", "--devices", tmp_path / "cluster.yaml",
                            "--dry-run")
    assert done.returncode == 1
    assert f"has {BYTES - 1} bytes, but its shape and type take {BYTES}" in done.stderr


# --- Unsorted nodes -------------------------------------------------------------


def scrambled(outer_output=False):
    """A graph that no order but one fits, written backwards. An If reads a value
    of the main graph from inside, perhaps as its output alone."""
    then = helper.make_graph([helper.make_node("Tanh", ["b"], ["t"], "inner")], "then", [],
                             [value("t")])
    other = helper.make_graph([], "else", [], [value("b")])
    if outer_output:
        then.CopyFrom(other)
    else:
        other.node.append(helper.make_node("Neg", ["b"], ["n"], "inner too"))
        other.output[0].name = "n"
    nodes = [
        helper.make_node("Relu", ["x"], ["a"], "first"),
        helper.make_node("Neg", ["a"], ["b"], "second"),
        helper.make_node("ReduceMax", ["x"], ["m"], "top", keepdims=0),
        helper.make_node("Cast", ["m"], ["c"], "cast", to=TensorProto.BOOL),
        helper.make_node("If", ["c"], ["d"], "if", then_branch=then, else_branch=other),
        helper.make_node("Exp", ["d"], ["y"], "last"),
    ]
    return model_of(nodes[::-1])


def test_unsorted_nodes(tmp_path):
    """Are sorted for the parts, with a warning; plan.json keeps their positions
    in the file."""
    whole = scrambled()
    onnx.save(whole, tmp_path / "whole.onnx")
    (tmp_path / "cluster.yaml").write_text(split.even_cluster(3))
    arguments = (tmp_path / "whole.onnx", "--devices", tmp_path / "cluster.yaml")
    done = split.onnx_split(*arguments, "--verify", "-o", tmp_path / "parts")
    assert done.returncode == 0, done.stderr
    assert ("graph.node[0] 'last' (Exp): warning: reads 'd' before node 1 'if' (If) makes it"
            in done.stderr)
    assert done.stderr.count("warning") == 1
    parts = split.load_parts(tmp_path / "parts")
    assert len(parts.stages) == 3
    listed = [node for stage in parts.stages for node in stage["nodes"]]
    names = [node.name for node in whole.graph.node]
    assert all(names[node["index"]] == node["name"] for node in listed)
    assert sorted(node["index"] for node in listed) == list(range(len(names)))
    for model, file in zip(parts.models, parts.files):
        split.check_part(model, file, full=True)
    split.compare(split.run_whole(tmp_path / "whole.onnx", {"x": X}, False), parts.folder,
                  {"x": X}, False)
    # The saved plan names the nodes by these positions.
    again = split.onnx_split(*arguments, "--plan", tmp_path / "parts/plan.json",
                             "-o", tmp_path / "again")
    assert again.returncode == 0, again.stderr
    assert [[node["index"] for node in stage["nodes"]]
            for stage in split.load_parts(tmp_path / "again").stages] == [
        [node["index"] for node in stage["nodes"]] for stage in parts.stages]


def test_a_profile_of_unsorted_nodes(tmp_path):
    """Names them by their positions in the file, too."""
    whole = scrambled()
    onnx.save(whole, tmp_path / "whole.onnx")
    (tmp_path / "cluster.yaml").write_text(split.even_cluster(1))
    arguments = (tmp_path / "whole.onnx", "--devices", tmp_path / "cluster.yaml", "--dry-run",
                 "--format=json")
    digest = json.loads(split.onnx_split(*arguments).stdout)["source"]["digest"]
    times = {node.name: 1000 * 10**place for place, node in enumerate(whole.graph.node)}
    nodes = [{"index": place, "name": node.name, "ns": times[node.name]}
             for place, node in enumerate(whole.graph.node)]
    (tmp_path / "profile.json").write_text(json.dumps({
        "version": 1, "model": {"digest": digest}, "devices": [{"device": "d0", "nodes": nodes}]}))
    (tmp_path / "cluster.yaml").write_text(
        "version: 1\ndevices: [{name: d0, profile: profile.json}]\n")
    done = split.onnx_split(*arguments)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["bottleneck_ns"] == sum(times.values())


@pytest.mark.parametrize("outer_output", [False, True])
def test_translation_keeps_the_order(outer_output, tmp_path):
    """There and back again gives the bytes of the file."""
    onnx.save(scrambled(outer_output), tmp_path / "whole.onnx")
    tool = split.BIN / "onnx-split-translate"
    subprocess.run([tool, "--onnx-to-mlir", tmp_path / "whole.onnx", "-o", tmp_path / "m.mlir"],
                   check=True, capture_output=True, timeout=60)
    subprocess.run([tool, "--mlir-to-onnx", tmp_path / "m.mlir", "-o", tmp_path / "back.onnx"],
                   check=True, capture_output=True, timeout=60)
    assert (tmp_path / "back.onnx").read_bytes() == (tmp_path / "whole.onnx").read_bytes()


# --- Declarations that are wrong --------------------------------------------------


def declared(output=None, inside=None, default=None):
    model = model_of([helper.make_node("Relu", ["x"], ["a"], "first"),
                      helper.make_node("Neg", ["a"], ["y"], "second")])
    if output:
        model.graph.output[0].CopyFrom(output)
    if inside:
        model.graph.value_info.append(inside)
    if default is not None:
        model.graph.initializer.append(numpy_helper.from_array(default, "x"))
    return model


@pytest.mark.parametrize("model, words", [
    (declared(value("y", (1, 4))), "warning: 'y' is declared float32[1, 4], but is float32[1, 32]"),
    (declared(value("y", (1, WIDTH, 1))), "warning: 'y' is declared float32[1, 32, 1]"),
    (declared(inside=value("a", (2, WIDTH))), "warning: 'a' is declared float32[2, 32]"),
    (declared(value("y", kind=TensorProto.INT64)), "error: 'y' is declared int64[1, 32]"),
    (declared(inside=value("a", kind=TensorProto.INT64)), "error: 'a' is declared int64[1, 32]"),
    (declared(helper.make_tensor_sequence_value_info("y", TensorProto.FLOAT, None)),
     "error: 'y' is declared"),
    (declared(default=numpy.zeros((1, WIDTH), "int64")), "error: 'x' is declared float32[1, 32]"),
    (declared(default=numpy.zeros((1, 3), "float32")), "error: 'x' is declared float32[1, 32]"),
])
def test_declarations_that_are_wrong(model, words, tmp_path):
    """Are refused where ONNX Runtime refuses them, and a warning where it runs
    the model."""
    onnx.save(model, tmp_path / "whole.onnx")
    (tmp_path / "cluster.yaml").write_text(split.even_cluster(2))
    done = split.onnx_split(tmp_path / "whole.onnx", "--devices", tmp_path / "cluster.yaml",
                            "-o", tmp_path / "parts")
    assert words in done.stderr
    assert done.stderr.count("warning:") + done.stderr.count("error:") == 1
    try:
        expected = split.run_whole(tmp_path / "whole.onnx", {"x": X}, False)
    except Exception:
        assert "which ONNX Runtime refuses" in done.stderr
        assert done.returncode == 1 and not (tmp_path / "parts").exists()
        return
    assert done.returncode == 0, done.stderr
    split.compare(expected, tmp_path / "parts", {"x": X}, False)


# --- Parts of parts ---------------------------------------------------------------


@pytest.mark.parametrize("boundary", ["ops", "io"])
def test_a_part_is_split_again(boundary, tmp_path):
    """The functions of its boundary nodes are ours, and serve the new ones."""
    nodes = [helper.make_node(op, [one], [other], op) for op, one, other in (
        ("Relu", "x", "a"), ("Neg", "a", "b"), ("Exp", "b", "c"), ("Tanh", "c", "d"),
        ("Abs", "d", "e"), ("Cos", "e", "y"))]
    first = split.split(model_of(nodes), tmp_path, "--pin=Relu=d0", "--pin=Neg=d1",
                        "--pin=Exp=d1", "--pin=Tanh=d1", "--pin=Abs=d1", "--pin=Cos=d2",
                        cluster=split.even_cluster(3))
    part = first.models[1]
    (tmp_path / "again").mkdir()
    again = split.split(part, tmp_path / "again", f"--boundary={boundary}", "--pin=Neg=d0",
                        "--pin=Exp=d0", "--pin=Tanh=d1", "--pin=Abs=d1",
                        cluster=split.even_cluster(2))
    assert len(again.stages) == 2
    for model in again.models:
        assert len(model.functions) == len({each.name for each in model.functions})
    inputs = {part.graph.input[0].name: X}
    split.compare(split.run_whole(first.files[1], inputs, False), again.folder, inputs, False)
