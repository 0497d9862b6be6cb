"""onnx-split --verify: the parts against the whole model, inside the program."""

import json
import os
import pathlib
import re
import signal
import subprocess
import time

import numpy
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

import hard_models
import models
import split

CHAIN = """
    <ir_version: 8, opset_import: ["" : 17]>
    g (float[2,3] x, int64[2] k) => (float[2,3] y, int64[2] j) {
      a = Neg(x)
      b = Tanh(a)
      y = Exp(b)
      j = Add(k, k)
    }"""


def verify(model, folder, *options, count=3, verify="--verify"):
    """Splits over `count` devices and verifies; returns what the program did."""
    if isinstance(model, onnx.ModelProto):
        onnx.save(model, folder / "whole.onnx")
        model = folder / "whole.onnx"
    (folder / "cluster.yaml").write_text(split.even_cluster(count))
    return split.onnx_split(model, "--devices", folder / "cluster.yaml", "-o",
                            folder / "parts", verify, *options)


@pytest.mark.parametrize("boundary", ["ops", "io"])
def test_same(scratch, boundary):
    done = verify(models.unet(), scratch, f"--boundary={boundary}")
    assert done.returncode == 0, done.stderr
    assert "verified     the parts give the model's 1 output, bit-identical\n" in done.stdout
    assert "difference" not in done.stdout
    assert done.stderr == ""
    assert len(list((scratch / "parts").glob("*.onnx"))) == 3


def cases():
    """Models of which the outputs do not hang on chance. Random values must be
    possible: no text, and numbers that are no indices."""
    for name, model, inputs in hard_models.cases():
        kinds = {value.type.WhichOneof("value") for value in model.graph.input}
        elements = {value.type.tensor_type.elem_type for value in model.graph.input}
        closed = all(dim.HasField("dim_value") for value in model.graph.input
                     for dim in value.type.tensor_type.shape.dim)
        if (kinds <= {"tensor_type"} and elements <= {onnx.TensorProto.FLOAT}
                and closed and inputs):
            yield pytest.param(model, id=name)


@pytest.mark.parametrize("model", list(cases()))
def test_hard_models(scratch, model):
    done = verify(model, scratch, count=2)
    if done.returncode != 0 and "no plan" in done.stderr + done.stdout:
        assert done.returncode == 2
        return
    if "does not run the whole model" in done.stderr or "does not run:" in done.stderr:
        # ONNX Runtime lacks something that the model needs, and says what.
        assert done.returncode == 1 and "cannot verify" in done.stderr
        assert "note: nothing was planned; without --verify" in done.stderr
        assert not (scratch / "parts").exists()
        assert not runs(scratch / "whole.onnx")
        return
    assert done.returncode == 0, done.stderr
    assert "the parts give" in done.stdout


def runs(path):
    try:
        session = split.tools.session(path, optimise=False)
        session.run(None, hard_models.feeds(onnx.load(path)))
        return True
    except Exception:
        return False


def test_names_the_first_stage_that_differs(scratch):
    done = verify(models.unseeded(), scratch, "--cut=a", "--cut=b")
    assert done.returncode == 3
    assert "error: output 'y' of the parts is not the whole model's" in done.stderr
    assert re.search(r"largest difference [0-9.]+ \([0-9.]+ % of the largest value "
                     r"[0-9.]+\), allowed 0.01 %", done.stderr)
    assert re.search(r"largest difference .* in output 'y', allowed 0.01 %", done.stdout)
    assert "note: stage 1 on 'd" in done.stderr
    assert "is the first to differ, in wire" in done.stderr and "(tensor 'b')" in done.stderr
    assert "the parts DO NOT give" in done.stdout
    # For whoever looks for the reason.
    assert (scratch / "parts/plan.json").exists()


def test_tolerance(scratch):
    model = onnx.parser.parse_model("""
        <ir_version: 8, opset_import: ["" : 17]>
        g (float[8] x) => (float[8] y) {
          c = Neg(x)
          d = Abs(c)
          a = Sin(d)
          r = RandomUniformLike <high = 0.001, low = 0.0> (a)
          y = Add(a, r)
        }""")
    for tolerance, status in [("1e-6", 3), ("0.1", 0)]:
        done = verify(model, scratch, "--force", "--cut=a", count=2,
                      verify=f"--verify={tolerance}")
        assert done.returncode == status, done.stderr


@pytest.mark.parametrize("last, words", [
    ("y = Relu(b)", "constant"),
    ("y = Sqrt(b)", "NaN everywhere"),
    ("n = Mul(b, huge)\n y = Mul(n, huge)", "infinite everywhere"),
    ("n = Sqrt(b)\n i = Sub(zero, huge)\n j = Mul(i, huge)\n y = Concat<axis = 0>(n, j)",
     "NaN or infinite everywhere"),
    ("y = Slice(b, none, none)", "empty"),
])
def test_warns_of_outputs_that_say_little(scratch, last, words):
    model = onnx.parser.parse_model("""
        <ir_version: 8, opset_import: ["" : 17]>
        g (float[4] x) => (float[N] y)
          <float[1] huge = {3e38}, float[1] zero = {0}, int64[1] none = {0}> {
          a = Exp(x)
          b = Neg(a)
          %s
        }""" % last)
    done = verify(model, scratch)
    assert done.returncode == 0, done.stderr
    assert f"warning: output 'y' is {words} for these inputs, so that comparing it" in done.stderr


def test_warns_once_of_many_outputs(scratch):
    """Single elements are no constants."""
    outputs = ", ".join(f"float[3] y{i}" for i in range(6))
    model = onnx.parser.parse_model(f"""
        <ir_version: 8, opset_import: ["" : 17]>
        g (float[3] x) => ({outputs}, float[1] single, float[3] good) {{
          a = Exp(x)
          b = Neg(a)
          single = ReduceSum(a)
          good = Tanh(b)
          {" ".join(f"y{i} = Relu(b)" for i in range(6))}
        }}""")
    done = verify(model, scratch)
    assert done.returncode == 0, done.stderr
    assert done.stderr.count("warning: ") == 1
    assert "the outputs 'y0', 'y1', 'y2' and 3 more are constant" in done.stderr


def test_given_inputs(scratch):
    x = numpy.arange(6, dtype="float32").reshape(2, 3)
    k = numpy.array([7, 9], dtype="int64")
    numpy.save(scratch / "x.npy", x)
    (scratch / "set").mkdir()
    for index, value in enumerate([x, k]):
        (scratch / f"set/input_{index}.pb").write_bytes(
            numpy_helper.from_array(value, "any").SerializeToString())
    model = onnx.parser.parse_model(CHAIN)
    for given in (["--input", f"x={scratch / 'x.npy'}"], ["--input", scratch / "set"]):
        done = verify(model, scratch, "--force", *given)
        assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("given, words", [
    ("z=x.npy", "the model has no input 'z'; it has 'x', 'k'"),
    ("x=wrong.npy", "input 'x' has shape 3x3 where the model takes 2x3"),
    ("k=x.npy", "input 'k' has elements of float where the model takes int64"),
    ("x=none.npy", "none.npy: cannot read"),
    ("x=text.npy", "text.npy: not a .npy file that can be read"),
    ("x=big.npy", "2^40 elements"),
    ("x=text.pb", "text.pb: "),
    ("empty", "holds no input_0.pb"),
])
def test_wrong_inputs(scratch, given, words):
    numpy.save(scratch / "x.npy", numpy.zeros((2, 3), "float32"))
    numpy.save(scratch / "wrong.npy", numpy.zeros((3, 3), "float32"))
    (scratch / "text.npy").write_text("no array")
    (scratch / "text.pb").write_text("no tensor")
    header = b"{'descr': '<f4', 'fortran_order': False, 'shape': (9999999999, 9999999999), }\n"
    (scratch / "big.npy").write_bytes(
        b"\x93NUMPY\x01\x00" + len(header).to_bytes(2, "little") + header)
    (scratch / "empty").mkdir()
    name, equals, file = given.partition("=")
    given = f"{name}={scratch / file}" if equals else scratch / given
    done = verify(onnx.parser.parse_model(CHAIN), scratch, "--input", given)
    assert done.returncode == 1
    assert words in done.stderr
    assert not (scratch / "parts").exists()


@pytest.mark.parametrize("options, words", [
    (["--dry-run"], "--verify runs the parts, which --dry-run does not write"),
    (["--boundary=opaque"], "does not know the nodes of --boundary=opaque"),
])
def test_refused(scratch, options, words):
    done = verify(models.unet(), scratch, *options)
    assert done.returncode == 1 and words in done.stderr
    assert not (scratch / "parts").exists()


@pytest.mark.parametrize("tolerance", ["--verify=much", "--verify=-1", "--verify=nan"])
def test_wrong_tolerance(scratch, tolerance):
    done = verify(models.unet(), scratch, verify=tolerance)
    assert done.returncode == 1 and "--verify takes a tolerance" in done.stderr


def test_input_without_verify(scratch):
    done = verify(models.unet(), scratch, "--input", "x=x.npy", verify="--seed=1")
    assert done.returncode == 1 and "--input says what --verify and --observe feed" in done.stderr


def test_no_model_to_run(scratch):
    """IR may hold anything."""
    (scratch / "none.mlir").write_text("module {}")
    for options in (["--verify"], ["--observe"], ["--observe", "--dry-run"]):
        done = verify(scratch / "none.mlir", scratch, *options[1:], verify=options[0])
        assert done.returncode == 1, options
        assert "none.mlir:1:1: error: must hold one onnx.model" in done.stderr
    assert not (scratch / "parts").exists()


def test_input_files_are_not_replaced(scratch):
    """The name of an input may hold an `=`; what is behind the last one is read."""
    (scratch / "chain.onnxtxt").write_text(CHAIN)
    assert verify(scratch / "chain.onnxtxt", scratch).returncode == 0
    held = scratch / "parts" / "plan.json"
    done = verify(scratch / "chain.onnxtxt", scratch, "--force", "--input", f"a=b={held}")
    assert done.returncode == 1
    assert f"holds '{held}', which this run reads" in done.stderr
    assert held.exists()


def test_other_formats_and_open_shapes(scratch):
    (scratch / "chain.onnxtxt").write_text(CHAIN.replace("float[2,3] x", "float[N,M] x"))
    # Who says where to cut is not asked for extents, and inputs have none.
    done = verify(scratch / "chain.onnxtxt", scratch, "--cut=a")
    assert done.returncode == 1 and "fix it with --shape or --dim" in done.stderr
    # Random inputs have the extents that planning assumed, or fixed.
    for option in ["--assume=M=3", "--dim=M=3", "--dim=N=2", "--assume=M*2=6"]:
        option = ["--cut=a", "--dim=M=3", option]
        done = verify(scratch / "chain.onnxtxt", scratch, *option, "--force")
        assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("options", [
    ["--dim=x[0]=6"], ["--shape=x=6x3"], ["--dim=s0=6"], ["--assume=s0=6"],
    ["--shape=x=6x3", "--assume=*=5"],
])
def test_inputs_have_the_extents_that_were_planned(scratch, options):
    model = onnx.parser.parse_model("""
        <ir_version: 8, opset_import: ["" : 18]>
        g (float[s0, h] x, float[w, t] z) => (float[n] y) {
          m = constant_of_shape_free (x)
        }""".replace("m = constant_of_shape_free (x)", """
          a = ReduceSum (x)
          b = Relu (z)
          y = Add (a, b)"""))
    for value, names in zip(model.graph.input, [["s0", "s0//2"], ["s0", "2*s0-1"]]):
        for dim, name in zip(value.type.tensor_type.shape.dim, names):
            dim.dim_param = name
    del model.graph.output[0].type.tensor_type.shape.dim[:]
    model.graph.output[0].type.tensor_type.ClearField("shape")
    done = verify(model, scratch, *options)
    assert done.returncode == 0, done.stderr
    parts = split.load_parts(scratch / "parts")
    assert parts.plan["input_shapes"] == ["x=6x3", "z=6x11"]


def test_extents_that_are_expressions(scratch):
    (scratch / "sum.onnxtxt").write_text("""
        <ir_version: 8, opset_import: ["" : 18]>
        g (float["past + seq"] x, float[past] p, float[seq] s) => (float[n] y) {
          both = Concat <axis = 0> (p, s)
          a = Add (both, x)
          y = Relu (a)
        }""".replace('["past + seq"]', "[total]"))
    model = onnx.parser.parse_model((scratch / "sum.onnxtxt").read_text())
    model.graph.input[0].type.tensor_type.shape.dim[0].dim_param = "past + seq"
    done = verify(model, scratch, "--assume=past=3", "--assume=seq=2")
    assert done.returncode == 0, done.stderr


def test_external_weights(scratch):
    model = models.filled(models.unet())
    onnx.save(model, scratch / "whole.onnx", save_as_external_data=True, size_threshold=64)
    assert (scratch / "whole.onnx").stat().st_size < 20000
    done = verify(scratch / "whole.onnx", scratch)
    assert done.returncode == 0, done.stderr


def test_linked_weights(scratch):
    """As a model hub's cache has them; ONNX Runtime does not follow links."""
    (scratch / "blobs").mkdir()
    (scratch / "snapshot").mkdir()
    onnx.save(models.filled(models.unet()), scratch / "snapshot/whole.onnx",
              save_as_external_data=True, size_threshold=64, location="weights")
    for name in ("whole.onnx", "weights"):
        (scratch / "snapshot" / name).rename(scratch / "blobs" / f"hash-of-{name}")
        (scratch / "snapshot" / name).symlink_to(scratch / "blobs" / f"hash-of-{name}")
    done = verify(scratch / "snapshot/whole.onnx", scratch, "--allow-linked-weights")
    assert done.returncode == 0, done.stderr
    assert "bit-identical" in done.stdout


def test_json_leaves_standard_output_alone(scratch):
    done = verify(models.unet(), scratch, "--format=json")
    assert done.returncode == 0
    json.loads(done.stdout)
    assert "verified" in done.stderr


#===------------------------------------------------------------------------===#
# ONNX Runtime in a process of its own
#===------------------------------------------------------------------------===#


def temporary(folder):
    """An environment in which what is left behind would be seen."""
    (folder / "tmp").mkdir(exist_ok=True)
    return {**os.environ, "TMPDIR": str(folder / "tmp")}


def test_a_model_that_crashes_onnx_runtime(scratch):
    """ONNX Runtime 1.32 does not survive a Split with an omitted result."""
    graph = helper.make_graph(
        [helper.make_node("Neg", ["x"], ["a"]), helper.make_node("Split", ["a"], ["b", ""]),
         helper.make_node("Relu", ["b"], ["y"])], "g",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, [4])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, [2])])
    model = helper.make_model(graph, ir_version=8,
                              opset_imports=[helper.make_opsetid("", 17)])
    done = verify(model, scratch)
    if done.returncode == 0:
        pytest.skip("this version of ONNX Runtime runs the model")
    assert done.returncode == 1
    errors = done.stderr.splitlines()
    assert re.search(r"whole.onnx: error: cannot verify: ONNX Runtime [0-9.]+ crashes .*whole model.*: "
                     r"the child process crashed \(Segmentation fault\)$", errors[0])
    # No stack, no request for a bug report.
    assert len(errors) == 2 and "note: nothing was planned" in errors[1]
    assert done.stdout == "" and not (scratch / "parts").exists()


# Runs for minutes.
SLOW = """
    <ir_version: 8, opset_import: ["" : 17]>
    g (float[3] x) => (float[3] y) {
      go = Constant <value = bool {1}> ()
      most = Constant <value = int64 {9223372036854775807}> ()
      y = Loop(most, go, x) <body = b (int64 i, bool c, float[3] v)
          => (bool again, float[3] w) {
        again = Identity(c)
        w = Neg(v)
      }>
    }"""


def children(pid):
    try:
        return [int(child) for child in
                pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except FileNotFoundError:
        return []


@pytest.fixture
def slow(scratch):
    """A verification that never ends by itself, of a model that has to be turned
    into another format first; and the process that runs it."""
    (scratch / "whole.onnxtxt").write_text(SLOW)
    (scratch / "cluster.yaml").write_text(split.even_cluster(1))
    process = subprocess.Popen(
        [split.BIN / "onnx-split", scratch / "whole.onnxtxt", "--devices",
         scratch / "cluster.yaml", "-o", scratch / "parts", "--verify"],
        env=temporary(scratch), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        stderr=subprocess.PIPE, text=True, start_new_session=True)
    deadline = time.monotonic() + 60
    while not (found := children(process.pid)):
        assert process.poll() is None and time.monotonic() < deadline
        time.sleep(0.02)
    time.sleep(0.3)
    yield process, found[0]
    process.kill()
    process.communicate()


@pytest.mark.parametrize("number, words", [
    (signal.SIGKILL, "the child process was killed, perhaps because the machine's memory ran out"),
    (signal.SIGABRT, "the child process crashed (Aborted)"),
])
def test_a_child_that_dies(scratch, slow, number, words):
    process, child = slow
    os.kill(child, number)
    output, errors = process.communicate(timeout=60)
    assert process.returncode == 1 and output == ""
    assert "whole.onnxtxt: error: cannot verify: " in errors and words in errors
    assert list((scratch / "tmp").iterdir()) == [] and not (scratch / "parts").exists()


def test_ctrl_c_ends_the_child(scratch, slow):
    process, child = slow
    os.killpg(process.pid, signal.SIGINT)
    output, _ = process.communicate(timeout=60)
    assert process.returncode != 0 and output == ""
    assert split.is_gone(child)
    assert list((scratch / "tmp").iterdir()) == [] and not (scratch / "parts").exists()


#===------------------------------------------------------------------------===#
# What cannot start
#===------------------------------------------------------------------------===#


def test_absent_weights(scratch):
    model = models.filled(models.unet())
    onnx.save(model, scratch / "whole.onnx", save_as_external_data=True, size_threshold=64,
              location="weights")
    (scratch / "weights").unlink()
    done = verify(scratch / "whole.onnx", scratch)
    assert done.returncode == 1 and "weights', which does not exist" in done.stderr
    assert not (scratch / "parts").exists()


@pytest.mark.parametrize("declared, words", [
    ("string[2] x", "there are no random values of string for input 'x': give it with --input x=FILE"),
    ("seq(float[2]) x", "input 'x' is no tensor, so it cannot be random: give it with --input x=FILE"),
])
def test_inputs_that_cannot_be_made(scratch, declared, words):
    model = onnx.parser.parse_model("""
        <ir_version: 8, opset_import: ["" : 17]>
        g (%s, float[2] z) => (%s, float[2] u) {
          y = Identity(x)
          u = Neg(z)
        }""" % (declared, declared.replace("x", "y")))
    done = verify(model, scratch, count=1)
    assert done.returncode == 1 and words in done.stderr
    assert not (scratch / "parts").exists()


#===------------------------------------------------------------------------===#
# Inputs that a model takes
#===------------------------------------------------------------------------===#


def table(name, rows, columns=4):
    return numpy_helper.from_array(numpy.arange(rows * columns, dtype="float32").reshape(
        rows, columns), name)


# A model in the text syntax, and the tables of weights that it looks up.
INDEXED = {
    "two tables": ("""
        g (int64[1,6] input_ids, int64[1,6] token_type_ids) => (float[1,6,4] y) {
          a = Gather(words, input_ids)
          b = Gather(types, token_type_ids)
          y = Add(a, b)
        }""", {"words": 3, "types": 2}),
    "moved before": ("""
        g (int32[6] ids) => (float[1,6,4] y) <int64[2] shape = {1, 6}, int64[1] one = {1}> {
          wide = Cast <to = 7> (ids)
          flat = Reshape(wide, shape)
          more = Unsqueeze(flat, one)
          less = Squeeze(more, one)
          same = Identity(less)
          y = Gather(words, same)
        }""", {"words": 1}),
    "with an offset": ("""
        g (int64[6] positions) => (float[6,4] y) <int64 two = {2}> {
          moved = Add(positions, two)
          y = Gather(words, moved)
        }""", {"words": 4}),
    "other axis": ("""
        g (int64[6] columns) => (float[9,6] y) {
          y = Gather <axis = -1> (words, columns)
        }""", {"words": 9}),
    "in a body": ("""
        g (int64[6] ids, bool way) => (float[6,4] y) {
          y = If(way) <
            then_branch = t () => (float[6,4] p) { p = Gather(words, ids) },
            else_branch = e () => (float[6,4] q) { q = Gather(few, ids) }
          >
        }""", {"words": 9, "few": 2}),
    "in a function": ("""
        g (int64[6] ids) => (float[6,4] y) {
          y = own.look_up(words, ids)
        }
        <domain: "own", opset_import: ["" : 17]>
        look_up (table, index) => (row) {
          same = Identity(index)
          row = Gather(table, same)
        }""", {"words": 2}),
    "a length": ("""
        g (float[5,2,3] x, int64[2] ends) => (float[5,2,3] y) {
          y = ReverseSequence <time_axis = 0, batch_axis = 1> (x, ends)
        }""", {}),
}


def indexed(name):
    text, tables = INDEXED[name]
    model = onnx.parser.parse_model(
        '<ir_version: 8, opset_import: ["" : 17, "own" : 1]>' + text)
    model.graph.initializer.extend(table(*item) for item in tables.items())
    return model


@pytest.mark.parametrize("name", INDEXED)
@pytest.mark.parametrize("seed", [1, 2])
def test_random_inputs_are_valid(scratch, name, seed):
    done = verify(indexed(name), scratch, f"--seed={seed}", count=1)
    assert done.returncode == 0, done.stderr
    # At the first try.
    assert "fed with" not in done.stdout and "does not run" not in done.stderr


def test_inputs_depend_on_the_seed_alone(scratch):
    """Seen by how far values in float16 are off."""
    found = []
    for seed in (1, 1, 2):
        done = verify(half(12), scratch, f"--seed={seed}", "--force", count=6)
        found += re.findall("largest difference .*", done.stdout)
    assert found[0] == found[1] != found[2]


def test_masks_are_truth_values(scratch):
    """Of what is not 0 or 1, the product is not its own square."""
    model = onnx.parser.parse_model("""
        <ir_version: 8, opset_import: ["" : 17]>
        g (int64[400] attention_mask, int64[400] other) => (bool same, int64[400] y) {
          squared = Mul(attention_mask, attention_mask)
          equal = Equal(squared, attention_mask)
          number = Cast <to = 7> (equal)
          least = ReduceMin <keepdims = 0> (number)
          same = Cast <to = 9> (least)
          zeros = Sub(other, other)
          y = Where(same, other, zeros)
        }""")
    done = verify(model, scratch)
    assert done.returncode == 0
    # `y` would be zeros.
    assert "constant" not in done.stderr, done.stderr


@pytest.mark.parametrize("wanted, told", [(0, "whole numbers that are all 0"),
                                          (1, "whole numbers that are all 1"), (7, None)])
def test_other_inputs_where_the_model_refuses(scratch, wanted, told):
    """What is not `wanted` is an index beyond the table."""
    model = onnx.parser.parse_model("""
        <ir_version: 8, opset_import: ["" : 17]>
        g (int64[16] ids, float[16,4] x) => (float[16,4] y) <int64 wanted = {%d}> {
          equal = Equal(ids, wanted)
          number = Cast <to = 7> (equal)
          zeros = Sub(number, number)
          place = Where(equal, zeros, big)
          row = Gather(words, place)
          y = Add(row, x)
        }""" % wanted)
    model.graph.initializer.append(table("words", 1))
    model.graph.initializer.append(numpy_helper.from_array(numpy.array(999), "big"))
    done = verify(model, scratch, count=2)
    if told:
        assert done.returncode == 0, done.stderr
        assert f"fed with {told}, since the model does not run on random inputs" in done.stdout
        assert f"warning: the whole model does not run on random inputs, and is verified with {told}" in done.stderr
        return
    assert done.returncode == 1
    assert "cannot verify: the whole model does not run on random inputs: " in done.stderr
    assert ("; nor on whole numbers that are all 0, whole numbers that are all 1, "
            "numbers that are all 0, numbers that are all 1; give what it takes with "
            "--input NAME=FILE, for the inputs 'ids', 'x'") in done.stderr
    numpy.save(scratch / "ids.npy", numpy.full(16, 7))
    done = verify(model, scratch, "--input", f"ids={scratch / 'ids.npy'}", count=2)
    assert done.returncode == 0, done.stderr
    numpy.save(scratch / "x.npy", numpy.zeros((16, 4), "float32"))
    numpy.save(scratch / "ids.npy", numpy.full(16, 6))
    done = verify(model, scratch, "--input", f"ids={scratch / 'ids.npy'}",
                  "--input", f"x={scratch / 'x.npy'}", "--force", count=2)
    assert done.returncode == 1
    assert "cannot verify: the whole model does not run: " in done.stderr


#===------------------------------------------------------------------------===#
# Tolerances
#===------------------------------------------------------------------------===#


def half(links, noise=None, result="float"):
    """A chain of Sin in float16, for which ONNX Runtime has no kernel on a CPU,
    between casts; with numbers that are drawn anew in each part."""
    steps = "\n".join(f"t{i + 1} = Sin(t{i})" for i in range(links))
    last = f"t{links}"
    if noise:
        steps += (f"\n r = RandomUniformLike <high = {noise}, low = {noise / 2}> ({last})"
                  f"\n s = Add({last}, r)")
        last = "s"
    steps += f"\n y = {'Cast <to = 1>' if result == 'float' else 'Identity'}({last})"
    return onnx.parser.parse_model("""
        <ir_version: 8, opset_import: ["" : 17]>
        g (float[8,64] x) => (%s[8,64] y) {
          t0 = Cast <to = 10> (x)
          %s
        }""" % (result, steps))


@pytest.mark.parametrize("result", ["float", "float16"])
def test_half_precision(scratch, result):
    """What crosses between the parts is rounded, and what does not is not."""
    done = verify(half(12, result=result), scratch, count=6)
    assert done.returncode == 0, done.stderr
    found = re.search(r"largest difference ([0-9.e-]+) \(([0-9.]+) % of the largest value .*"
                      r"allowed ([0-9.]+) %", done.stdout)
    # More than float32 would be allowed, or the test says nothing.
    assert 0.01 < float(found[2]) < float(found[3]) == 0.78
    done = verify(half(12, result=result), scratch, "--force", count=6, verify="--verify=1e-4")
    assert done.returncode == 3 and "allowed 0.01 %" in done.stderr


def test_half_precision_does_not_hide_what_is_wrong(scratch):
    done = verify(half(3, noise=0.2), scratch, "--cut=t3", count=2)
    assert done.returncode == 3
    assert "allowed 0.78 %" in done.stderr


def test_weights_in_half_precision_do_not_count(scratch):
    """They are the same in whole and parts."""
    model = onnx.parser.parse_model("""
        <ir_version: 8, opset_import: ["" : 17]>
        g (float[8] x) => (float[8] y) {
          h = Constant <value = float16[8] {1, 2, 3, 4, 5, 6, 7, 8}> ()
          w = Cast <to = 1> (h)
          a = Mul(x, w)
          b = Sin(a)
          r = RandomUniformLike <high = 0.01, low = 0.0> (b)
          y = Add(b, r)
        }""")
    done = verify(model, scratch, "--cut=b", count=2)
    assert done.returncode == 3 and "allowed 0.01 %" in done.stderr


def test_double_precision(scratch):
    model = onnx.parser.parse_model("""
        <ir_version: 8, opset_import: ["" : 17]>
        g (double[8] x) => (double[8] y) {
          a = Neg(x)
          b = Sin(a)
          r = RandomUniformLike <high = 0.00001, low = 0.0> (b)
          y = Add(b, r)
        }""")
    done = verify(model, scratch, "--cut=b", count=2)
    assert done.returncode == 3 and "allowed 1e-10 %" in done.stderr


# The last operators, what they make of numbers that are a little off, and what
# is allowed.
WHOLE = {
    "places": ("y = ArgMax <axis = 0, keepdims = 0> (n)", "int64[N] y", 3, "none"),
    "a step": ("y = QuantizeLinear(s, big, zero)", "int8[N,M] y", 0, "0.01 % or 1 step"),
    "many steps": ("y = QuantizeLinear(n, big, zero)", "int8[N,M] y", 3, "0.01 % or 1 step"),
    "moved": ("q = QuantizeLinear(s, big, zero)\n y = Transpose(q)", "int8[N,M] y", 0,
              "0.01 % or 1 step"),
    "cast": ("t = Mul(s, ten)\n y = Cast <to = 7> (t)", "int64[N,M] y", 0, "0.01 % or 1 step"),
    "truth": ("y = Greater(n, half)", "bool[N,M] y", 3, "none"),
}


@pytest.mark.parametrize("name", WHOLE)
def test_whole_numbers(scratch, name):
    last, declared, status, allowed = WHOLE[name]
    model = onnx.parser.parse_model("""
        <ir_version: 8, opset_import: ["" : 17]>
        g (float[64,64] x) => (%s) <float big = {0.01}, int8 zero = {0},
            float half = {0.5}, float ten = {10.0}> {
          c = Neg(x)
          d = Abs(c)
          a = Sin(d)
          r = RandomUniformLike <high = 0.3, low = 0.0> (a)
          u = RandomUniformLike <high = 0.002, low = 0.0> (a)
          n = Add(a, r)
          s = Add(a, u)
          %s
        }""" % (declared, last))
    done = verify(model, scratch, "--cut=a", count=2)
    assert done.returncode == status, done.stderr
    assert f"allowed {allowed}\n" in done.stdout


def test_without_the_library(scratch):
    """Splitting needs no ONNX Runtime; what does says what is missing."""
    onnx.save(models.unet(), scratch / "m.onnx")
    (scratch / "c.yaml").write_text(split.even_cluster(2))
    for named, reason in ((scratch / "none.so", "cannot open shared object file"),
                          ("libm.so.6", "libm.so.6 is not ONNX Runtime")):
        environment = os.environ | {"ONNX_SPLIT_ONNXRUNTIME": str(named)}
        arguments = [scratch / "m.onnx", "--devices", scratch / "c.yaml", "-o",
                     scratch / "parts", "--force"]
        assert split.onnx_split(*arguments, env=environment).returncode == 0
        done = split.onnx_split(*arguments, "--verify", env=environment)
        assert done.returncode == 1
        assert reason in done.stderr and "pip install onnxruntime" in done.stderr
