"""onnx-split --verify: the parts against the whole model, inside the program."""

import json

import numpy
import onnx
import pytest
from onnx import numpy_helper

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
    assert "verified     the parts give the model's 1 output within 0.0001" in done.stdout
    assert "largest difference 0," in done.stdout
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
        assert done.returncode == 3 and "cannot verify" in done.stderr
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
    """Numbers without a seed are drawn anew in each run."""
    model = onnx.parser.parse_model("""
        <ir_version: 8, opset_import: ["" : 17]>
        g (float[8,8] x) => (float[8,8] y) {
          c = Neg(x)
          d = Abs(c)
          a = Sin(d)
          r = RandomNormalLike(a)
          b = Add(a, r)
          y = Tanh(b)
        }""")
    # The seed comes from a node's position, which is another one in the part.
    done = verify(model, scratch, "--cut=a", "--cut=b")
    assert done.returncode == 3
    assert "error: output 'y' of the parts is not the whole model's" in done.stderr
    assert "relative to the largest value" in done.stderr
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


def test_warns_of_constant_outputs(scratch):
    model = onnx.parser.parse_model("""
        <ir_version: 8, opset_import: ["" : 17]>
        g (float[4] x) => (float[4] y) {
          a = Abs(x)
          b = Neg(a)
          y = Relu(b)
        }""")
    done = verify(model, scratch)
    assert done.returncode == 0
    assert "warning: output 'y' is constant for these inputs" in done.stderr


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
    assert done.returncode == 3
    assert words in done.stderr


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
    assert done.returncode == 3 and "fix it with --shape or --dim" in done.stderr
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


def test_json_leaves_standard_output_alone(scratch):
    done = verify(models.unet(), scratch, "--format=json")
    assert done.returncode == 0
    json.loads(done.stdout)
    assert "verified" in done.stderr
