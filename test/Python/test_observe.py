"""onnx-split --observe: extents that depend on data, from one run in ONNX Runtime."""

import json
import os
import pathlib
import re
import resource
import signal
import subprocess
import time

import numpy
import onnx
import onnxruntime
import pytest
from onnx import TensorProto, helper, numpy_helper

import models
import split

# Two extents depend on data, and one follows from those.
NON_ZERO = """
    <ir_version: 8, opset_import: ["" : 17]>
    g (float[4,5] x) => (float[P] y) {
      zero = Constant <value = float {0.0}> ()
      positive = Greater(x, zero)
      place = NonZero(positive)
      turned = Transpose <perm = [1, 0]> (place)
      picked = GatherND(x, turned)
      y = Relu(picked)
    }"""

DETECTIONS = """
    <ir_version: 8, opset_import: ["" : 17]>
    g (float[1,50,4] boxes, float[1,3,50] scores) => (int64[N,3] y) {
      most = Constant <value = int64 {20}> ()
      overlap = Constant <value = float {0.3}> ()
      least = Constant <value = float {0.4}> ()
      chosen = NonMaxSuppression(boxes, scores, most, overlap, least)
      doubled = Add(chosen, chosen)
      y = Identity(doubled)
    }"""

# As many trips as the input says, each of which adds a row.
LOOP = """
    <ir_version: 8, opset_import: ["" : 17]>
    g (int64 trips, float[3] x) => (float[R,3] y) {
      go = Constant <value = bool {1}> ()
      last, rows = Loop(trips, go, x) <body = b (int64 i, bool c, float[3] v)
          => (bool again, float[3] w, float[3] row) {
        again = Identity(c)
        w = Add(v, v)
        row = Identity(w)
      }>
      y = Neg(rows)
    }"""

SEQUENCE = """
    <ir_version: 8, opset_import: ["" : 17]>
    g (float[N,2] x, int64 size) => (float[M,2] y) {
      parts = SplitToSequence <axis = 0> (x, size)
      first = Constant <value = int64 {0}> ()
      part = SequenceAt(parts, first)
      z = SequenceLength(parts)
      y = Relu(part)
    }"""

ENDLESS = """
    <ir_version: 8, opset_import: ["" : 17]>
    g (float[3] x) => (float[P] y) {
      go = Constant <value = bool {1}> ()
      most = Constant <value = int64 {9223372036854775807}> ()
      last = Loop(most, go, x) <body = b (int64 i, bool c, float[3] v)
          => (bool again, float[3] w) {
        again = Identity(c)
        w = Neg(v)
      }>
      place = NonZero(last)
      row = Squeeze(place)
      y = Cast <to = 1> (row)
    }"""

HUGE = """
    <ir_version: 8, opset_import: ["" : 17]>
    g (int64[1] size) => (float[P] y) {
      a = ConstantOfShape(size)
      y = Relu(a)
    }"""


def save(model, folder):
    if isinstance(model, str):
        model = onnx.parser.parse_model(model)
    onnx.save(model, folder / "whole.onnx")
    return folder / "whole.onnx"


def feed(folder, inputs):
    options = []
    for name, value in inputs.items():
        numpy.save(folder / f"{name}.npy", value)
        options += ["--input", f"{name}={folder / name}.npy"]
    return options


def command(path, folder, *options):
    (folder / "cluster.yaml").write_text(split.even_cluster(2))
    return [path, "--devices", folder / "cluster.yaml", "--observe",
            "--print-observed", "--dry-run", *options]


def observe(path, folder, *options, **more):
    """What the program did, and the shapes that it says it saw."""
    done = split.onnx_split(*command(path, folder, *options), **more)
    seen = {name: (int(kind), [int(n) for n in dims.split(", ") if n])
            for name, kind, dims in re.findall(
                r"^observed (.*): element type (\d+), extents \[(.*)\]$",
                done.stderr, re.MULTILINE)}
    return done, seen


def run_in_python(path, inputs):
    """Every tensor that a node of the main graph makes, from ONNX Runtime."""
    model = onnx.load(path)
    known = {value.name for value in model.graph.output}
    for node in model.graph.node:
        for name in node.output:
            if name and name not in known:
                model.graph.output.append(onnx.ValueInfoProto(name=name))
    folder = pathlib.Path(path).parent
    onnx.save(model, folder / "shown.onnx")
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    session = onnxruntime.InferenceSession(folder / "shown.onnx", options,
                                           providers=["CPUExecutionProvider"])
    values = session.run(None, inputs)
    (folder / "shown.onnx").unlink()
    return {output.name: (helper.np_dtype_to_tensor_dtype(value.dtype), list(value.shape))
            for output, value in zip(session.get_outputs(), values)
            if isinstance(value, numpy.ndarray)}


def random(*shape, seed=0):
    return numpy.random.default_rng(seed).random(shape, numpy.float32)


def corners(count):
    """Boxes of which some overlap."""
    boxes = random(1, count, 4, seed=3)
    boxes[..., 2:] = boxes[..., :2] + 0.2
    return boxes


CASES = {
    "non-zero": (NON_ZERO, {"x": random(4, 5) - 0.5}, {"place", "turned", "picked", "y"}),
    "none at all": (NON_ZERO, {"x": -random(4, 5)}, {"place", "turned", "picked", "y"}),
    "detections": (DETECTIONS, {"boxes": corners(50), "scores": random(1, 3, 50, seed=1)},
                   {"chosen", "doubled", "y"}),
    "loop": (LOOP, {"trips": numpy.array(7), "x": random(3)}, {"rows", "y"}),
    "no trip": (LOOP, {"trips": numpy.array(0), "x": random(3)}, {"rows", "y"}),
    "sequence": (SEQUENCE, {"x": random(7, 2), "size": numpy.array(3)}, {"part", "y"}),
}


@pytest.mark.parametrize("name", CASES)
def test_sees_what_onnxruntime_shows_in_python(scratch, name):
    model, inputs, open_values = CASES[name]
    path = save(model, scratch)
    done, seen = observe(path, scratch, *feed(scratch, inputs))
    assert done.returncode == 0, done.stderr
    assert open_values <= set(seen)
    assert "parts" not in seen  # a sequence
    expected = run_in_python(path, inputs)
    assert seen == {name: expected[name] for name in seen}


def test_random_inputs_depend_on_the_seed_alone(scratch):
    path = save(NON_ZERO, scratch)
    runs = [observe(path, scratch, f"--seed={seed}") for seed in (5, 5, 6, 7, 8)]
    assert all(done.returncode == 0 for done, _ in runs)
    counts = [seen["place"][1] for _, seen in runs]
    assert counts[0] == counts[1]
    assert len({tuple(count) for count in counts}) > 1
    assert all(rank == 2 and 0 <= count <= 20 for rank, count in counts)


def test_open_inputs(scratch):
    path = save(NON_ZERO.replace("float[4,5] x", "float[A,B] x"), scratch)
    done, seen = observe(path, scratch)
    assert done.returncode == 1 and not seen
    assert "--dim B=1 or --assume B=1" in done.stderr
    for options in (["--shape=x=30x1"], ["--dim=A=30", "--dim=B=1"]):
        done, seen = observe(path, scratch, *options)
        assert done.returncode == 0, done.stderr
        assert 0 < seen["place"][1][1] < 30


@pytest.mark.parametrize("options, batch", [
    ([], 1), (["--assume=A=7"], 7), (["--dim=A=7"], 7), (["--shape=x=7x5"], 7),
    (["--assume=*=7"], 7),
])
def test_an_open_batch(scratch, options, batch):
    """What is seen is for the extents that planning counts with, whether the
    parts declare them or not."""
    path = save(NON_ZERO.replace("float[4,5] x", "float[A,5] x"), scratch)
    done, seen = observe(path, scratch, *options)
    assert done.returncode == 0, done.stderr
    expected = onnx.parser.parse_model(NON_ZERO.replace("4,5", f"{batch},5"))
    (scratch / "fixed").mkdir()
    _, fixed = observe(save(expected, scratch / "fixed"), scratch / "fixed")
    assert 0 < fixed["place"][1][1] < 5 * batch
    assert {name: seen[name] for name in fixed} == fixed


def large():
    """Detection behind weights that are too large to stay in the skeleton, a
    large one in a body, and one that is stored element by element."""
    weight = numpy_helper.from_array(random(128, 256, seed=1) - 0.5, "w")
    floats = helper.make_tensor("f", TensorProto.FLOAT, [256, 128],
                                random(256 * 128, seed=2) - 0.5)
    places = helper.make_tensor("i", TensorProto.INT64, [20000], [k % 4 for k in range(20000)])
    inner = numpy_helper.from_array(random(4, 128 * 200, seed=4), "inner")
    branch = helper.make_graph(
        [helper.make_node("MatMul", ["b", "inner"], ["t"])], "then", [],
        [helper.make_tensor_value_info("t", TensorProto.FLOAT, None)], [inner])
    other = helper.make_graph(
        [helper.make_node("Identity", ["b"], ["e"])], "else", [],
        [helper.make_tensor_value_info("e", TensorProto.FLOAT, None)])
    nodes = [
        helper.make_node("MatMul", ["x", "w"], ["a"]),
        helper.make_node("MatMul", ["a", "f"], ["aa"]),
        helper.make_node("MatMul", ["aa", "c"], ["b"]),
        helper.make_node("If", ["flag"], ["d"], then_branch=branch, else_branch=other),
        helper.make_node("Gather", ["d", "i"], ["g"], axis=1),
        helper.make_node("NonZero", ["g"], ["y"]),
        helper.make_node("Constant", [], ["c"], value=numpy_helper.from_array(
            random(128, 4, seed=5) - 0.5)),
    ]
    nodes.insert(0, nodes.pop())
    graph = helper.make_graph(
        nodes, "large",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, [4, 128]),
         helper.make_tensor_value_info("flag", TensorProto.BOOL, [])],
        [helper.make_tensor_value_info("y", TensorProto.INT64, [2, "N"])],
        [weight, floats, places])
    return helper.make_model(graph, ir_version=8,
                             opset_imports=[helper.make_opsetid("", 17)])


def write_as(kind, model, folder):
    """The model in one of the ways in which weights are kept."""
    path = folder / "whole.onnx"
    if kind == "external":
        onnx.save(model, path, save_as_external_data=True, size_threshold=64,
                  convert_attribute=True)
    elif kind == "linked":
        # As a model hub's cache: names that are links to blobs.
        (folder / "blobs").mkdir()
        (folder / "snapshot").mkdir()
        onnx.save(model, folder / "blobs/whole.onnx", save_as_external_data=True,
                  size_threshold=64, location="weights")
        for name in ("whole.onnx", "weights"):
            (folder / "snapshot" / name).symlink_to(folder / "blobs" / name)
        path = folder / "snapshot/whole.onnx"
    elif kind == "textproto":
        path = folder / "whole.textproto"
        onnx.save(model, path)
    elif kind == "onnxtxt":
        path = folder / "whole.onnxtxt"
        path.write_text(onnx.printer.to_text(model))
    else:
        onnx.save(model, path)
    return path


@pytest.mark.parametrize("kind", ["embedded", "external", "linked", "textproto"])
def test_weights_wherever_they_lie(scratch, kind):
    inputs = {"x": random(4, 128, seed=9) - 0.5, "flag": numpy.array(True)}
    onnx.save(large(), scratch / "reference.onnx")
    expected = run_in_python(scratch / "reference.onnx", inputs)
    path = write_as(kind, large(), scratch)
    options = feed(scratch, inputs)
    if kind == "linked":
        done, _ = observe(path, scratch, *options)
        assert done.returncode == 1 and "--allow-linked-weights" in done.stderr
        options.append("--allow-linked-weights")
    # From another folder, by a relative path.
    path = pathlib.Path("..") / path.relative_to(scratch)
    (scratch / "elsewhere").mkdir()
    done, seen = observe(path, scratch, *options, cwd=scratch / "elsewhere")
    assert done.returncode == 0, done.stderr
    assert seen["y"] == expected["y"]
    assert seen["y"][1][1] > 1000


def test_text_syntax(scratch):
    (scratch / "whole.onnxtxt").write_text(LOOP)
    done, seen = observe(scratch / "whole.onnxtxt", scratch,
                         *feed(scratch, {"trips": numpy.array(3)}))
    assert done.returncode == 0, done.stderr
    assert seen["rows"] == (TensorProto.FLOAT, [3, 3])


def test_absent_weights(scratch):
    path = write_as("external", large(), scratch)
    data = [file for file in scratch.iterdir() if file != path]
    for file in data:
        file.unlink()
    done, seen = observe(path, scratch)
    assert done.returncode == 1 and not seen
    assert "error: cannot be read: its external data is in '" in done.stderr


def temporary(folder):
    """An environment in which what is left behind would be seen."""
    (folder / "tmp").mkdir(exist_ok=True)
    return {**os.environ, "TMPDIR": str(folder / "tmp")}


@pytest.mark.parametrize("model, inputs, words", [
    (NON_ZERO.replace('"" : 17', '"" : 17, "my.own" : 1').replace("Relu(", "my.own.Frob("),
     {}, "Frob"),
    (NON_ZERO, {"x": random(3, 3)}, "input 'x' has shape 3x3 where the model takes 4x5"),
    (NON_ZERO, {"z": random(3, 3)}, "the model has no input 'z'; it has 'x'"),
    # No such row: an error of a kernel.
    (NON_ZERO.replace("GatherND(x, turned)", "GatherND(x, wrong)").replace(
        "turned =", "wrong = Constant <value = int64[1,2] {9, 9}> ()\n turned ="),
     {}, "Non-zero status code"),
])
def test_refusals_name_the_model_and_the_reason(scratch, model, inputs, words):
    path = save(model, scratch)
    done, seen = observe(path, scratch, *feed(scratch, inputs), env=temporary(scratch))
    assert done.returncode == 1 and not seen
    assert f"{path}: error: cannot observe a run in ONNX Runtime: " in done.stderr
    assert words in done.stderr
    assert done.stdout == ""
    assert list((scratch / "tmp").iterdir()) == []


def test_memory_that_runs_out(scratch):
    def limit():
        resource.setrlimit(resource.RLIMIT_AS, (6 << 30, 6 << 30))

    path = save(HUGE, scratch)
    options = feed(scratch, {"size": numpy.array([1 << 20])})
    done, seen = observe(path, scratch, *options, preexec_fn=limit)
    assert done.returncode == 0, done.stderr
    assert seen["a"] == (TensorProto.FLOAT, [1 << 20])
    options = feed(scratch, {"size": numpy.array([1 << 32])})
    done, seen = observe(path, scratch, *options, preexec_fn=limit,
                         env=temporary(scratch))
    assert done.returncode == 1 and not seen
    assert f"{path}: error: cannot observe a run in ONNX Runtime: " in done.stderr
    assert "lloc" in done.stderr  # "Failed to allocate memory", "bad allocation"
    assert list((scratch / "tmp").iterdir()) == []


def test_nothing_is_sent_or_kept(scratch):
    """ONNX Runtime's own telemetry is off, whatever the user's environment."""
    environment = {**temporary(scratch), "HOME": str(scratch / "tmp"),
                   "XDG_CACHE_HOME": str(scratch / "tmp"), "ORT_DISABLE_TELEMETRY": ""}
    calls = scratch / "calls"
    done = subprocess.run(
        ["strace", "-f", "-e", "trace=connect,sendto", "-o", calls, split.BIN / "onnx-split",
         *command(save(NON_ZERO, scratch), scratch)],
        capture_output=True, text=True, timeout=120, env=environment)
    assert done.returncode == 0, done.stderr
    assert "AF_INET" not in calls.read_text()
    assert list((scratch / "tmp").iterdir()) == []


def children(pid):
    try:
        return [int(child) for child in
                pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except FileNotFoundError:
        return []


@pytest.fixture
def endless(scratch):
    """A run that never ends by itself, and the process that it is in."""
    path = save(ENDLESS, scratch)
    process = subprocess.Popen(
        [split.BIN / "onnx-split", *command(path, scratch)], env=temporary(scratch),
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        text=True, start_new_session=True)
    deadline = time.monotonic() + 60
    while not (found := children(process.pid)):
        assert process.poll() is None and time.monotonic() < deadline
        time.sleep(0.02)
    time.sleep(0.5)
    yield path, process, found[0]
    process.kill()
    process.communicate()


@pytest.mark.parametrize("number, words", [
    (signal.SIGKILL, "the child process was killed, perhaps because the machine's memory ran out"),
    (signal.SIGSEGV, "the child process crashed (Segmentation fault)"),
    (signal.SIGABRT, "the child process crashed (Aborted)"),
])
def test_a_child_that_dies(scratch, endless, number, words):
    path, process, child = endless
    os.kill(child, number)
    output, errors = process.communicate(timeout=60)
    assert process.returncode == 1
    assert f"{path}: error: cannot observe a run in ONNX Runtime: " in errors and words in errors
    # No stack, no request for a bug report.
    assert len(errors.splitlines()) == 1
    assert output == ""
    assert list((scratch / "tmp").iterdir()) == []
    assert not list(scratch.glob("core*"))


@pytest.mark.parametrize("whom", ["both", "parent"])
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_a_parent_that_is_ended(scratch, endless, whom, number):
    """Ctrl-C reaches both; a kill reaches only one, and the other follows."""
    _, process, child = endless
    if whom == "both":
        os.killpg(process.pid, number)
    else:
        process.send_signal(number)
    output, _ = process.communicate(timeout=60)
    assert process.returncode != 0 and output == ""
    assert split.is_gone(child)
    assert list((scratch / "tmp").iterdir()) == []


def test_standard_output_holds_the_summary_alone(scratch):
    """Whatever the runtime prints: it warns of a wrong declaration."""
    path = save(NON_ZERO.replace("float[P] y", "float[3,P] y"), scratch)
    plain = split.onnx_split(*[word for word in command(path, scratch)
                               if word not in ("--observe", "--print-observed")],
                             "--format=json")
    done, _ = observe(path, scratch, "--format=json")
    assert done.returncode == plain.returncode == 0
    plan, without = json.loads(done.stdout), json.loads(plain.stdout)
    assert plan["options"]["observed"] and not without["options"]["observed"]
    # What was seen is planned with, and what may be is what memory has room for.
    assert plan["observed"] and not without["observed"]
    assert plan["at_most"] == without["at_most"] != []


def test_real_detector(scratch):
    """Text detection has no such extents: nothing to see, and nothing wrong."""
    path = split.MODELS / "ch_PP-OCRv4_det_infer.onnx"
    if not path.exists():
        pytest.skip("the model's package is not installed")
    done, seen = observe(path, scratch, "--shape=x=1x3x64x96")
    assert done.returncode == 0, done.stderr
    expected = run_in_python_of(path, scratch, {"x": random(1, 3, 64, 96)})
    assert seen == {name: expected[name] for name in seen}


def run_in_python_of(path, folder, inputs):
    copy = folder / path.name
    copy.write_bytes(path.read_bytes())
    return run_in_python(copy, inputs)


def test_input_is_for_verify_or_observe(scratch):
    done = split.onnx_split(save(models.unet(), scratch), "--devices", "none.yaml",
                            "--input", "x=x.npy", "--dry-run")
    assert done.returncode == 1
    assert "--input says what --verify and --observe feed; add one of them" in done.stderr
