"""The command line: exit status, what is written and what is not."""

import collections
import ctypes
import json
import os
import random
import re
import resource
import signal

import jsonschema
import numpy
import onnx
import pytest
from onnx import TensorProto, helper

import models
import split
from split import onnx_split


@pytest.fixture
def given(scratch):
    """A folder with a model and a cluster that go together."""
    onnx.save(models.unet(), scratch / "unet.onnx")
    (scratch / "cluster.yaml").write_text(split.even_cluster(3))
    return scratch


def run(folder, *options, model="unet.onnx", **settings):
    return onnx_split(model, "--devices", "cluster.yaml", *options,
                      cwd=folder, **settings)


def files_in(folder):
    return {str(p.relative_to(folder)): p.read_bytes()
            for p in sorted(folder.rglob("*")) if p.is_file()}


def check_refused(done, status, folder, before, *words):
    """One clear message on standard error, the right status, nothing left."""
    assert done.returncode == status, done.stderr
    assert len(re.findall(r"\berror:", done.stderr)) >= 1, done.stderr
    assert done.stdout == ""
    for word in words:
        assert word in done.stderr
    assert files_in(folder) == before


def test_version():
    done = onnx_split("--version")
    assert done.returncode == 0
    for what in (r"onnx-split", r"LLVM\D*22\.", r"(?i)ONNX\D*1\.23\.2", r"(?i)protobuf\D*\d"):
        assert re.search(what, done.stdout), what


def test_done(given):
    done = run(given)
    assert done.returncode == 0, done.stderr
    parts = split.load_parts(given / "unet.split")  # the default folder
    names = {"plan.json", *(stage["file"] for stage in parts.stages)}
    assert set(files_in(given / "unet.split")) == names
    for stage in parts.stages:
        assert stage["file"] == f"stage{stage['index']}-{stage['device']}.onnx"
        assert stage["device"] in done.stdout


SCHEMA = jsonschema.Draft202012Validator(
    json.loads((split.ROOT / "docs/plan.schema.json").read_text()))


@pytest.mark.parametrize("boundary", ["ops", "io"])
def test_plan_follows_its_schema(boundary, given):
    assert run(given, "-o", "parts", f"--boundary={boundary}").returncode == 0
    plan = json.loads((given / "parts/plan.json").read_text())
    SCHEMA.validate(plan)
    assert plan["wires"] and plan["copied"]
    assert plan["lower_bound_ns"] <= plan["bottleneck_ns"] <= plan["latency_ns"]
    # Every node is in one stage, but for constants, which may be in several.
    indices = [node["index"] for stage in plan["stages"] for node in stage["nodes"]]
    assert sorted(indices) == list(range(len(models.unet().graph.node)))


@pytest.mark.parametrize("options", [
    ["ch_PP-OCRv4_rec_infer.onnx", "--shape=x=1x3x48x320"],
    ["ch_PP-OCRv4_rec_infer.onnx", "--shape=x=1x3x48x320", "--strategy=greedy"],
    ["ch_PP-OCRv4_det_infer.onnx", "--shape=x=1x3x96x96", "--strategy=random"],
], ids=" ".join)  # fmt: skip
def test_plans_of_trained_models_follow_the_schema(options):
    done = onnx_split(split.MODELS / options[0], *options[1:], "--devices",
                      split.ROOT / "examples/four-devices.yaml",
                      "--dry-run", "--format=json")
    assert done.returncode == 0, done.stderr
    SCHEMA.validate(json.loads(done.stdout))


@pytest.mark.parametrize("change", [
    lambda plan: plan.update(extra=1),
    lambda plan: plan.update(version=3),
    lambda plan: plan.update({"class": "optimal"}),
    lambda plan: plan.update(bottleneck_ns=-1),
    lambda plan: plan.update(bottleneck_ns=1.5),
    lambda plan: plan.update(stages=[]),
    lambda plan: plan.pop("copied"),
    lambda plan: plan["source"].update(digest="abc"),
    lambda plan: plan["stages"][0].update(device=0),
    lambda plan: plan["stages"][0].update(note="mine"),
    lambda plan: plan["stages"][0]["nodes"][0].pop("index"),
    lambda plan: plan["wires"][0].update(dtype="float"),
    lambda plan: plan["wires"][0].update(shape=["batch"]),
    lambda plan: plan["copied"][0].update(stages=[1]),
])  # fmt: skip
def test_schema_refuses_a_broken_plan(change, given):
    done = run(given, "--dry-run", "--format=json")
    plan = json.loads(done.stdout)
    SCHEMA.validate(plan)
    change(plan)
    assert not SCHEMA.is_valid(plan)


def test_json_summary_is_the_plan(given):
    done = run(given, "-o", "parts", "--format=json")
    assert done.returncode == 0, done.stderr
    plan = json.loads((given / "parts/plan.json").read_text())
    assert json.loads(done.stdout)["bottleneck_ns"] == plan["bottleneck_ns"]


def test_same_bytes_every_time(given):
    for folder, options in (("a", []), ("b", []), ("c", ["--mlir-disable-threading"])):
        assert run(given, "-o", folder, *options).returncode == 0
    first = files_in(given / "a")
    assert len(first) == 4
    assert files_in(given / "b") == first
    assert files_in(given / "c") == first


def test_dry_run_writes_nothing(given):
    before = files_in(given)
    done = run(given, "--dry-run")
    assert done.returncode == 0, done.stderr
    assert "d2" in done.stdout
    assert files_in(given) == before


def test_dry_run_needs_no_weights(given):
    onnx.save(models.unet(), given / "far.onnx", save_as_external_data=True,
              location="far.data", size_threshold=0)
    with_weights = run(given, "--dry-run", model="far.onnx")
    (given / "far.data").unlink()
    done = run(given, "--dry-run", model="far.onnx")
    assert done.returncode == 0, done.stderr
    assert done.stdout == with_weights.stdout
    # But writing parts does.
    before = files_in(given)
    check_refused(run(given, model="far.onnx"), 1, given, before, "far.data")


# --- The output folder -------------------------------------------------------


def test_existing_folder_is_refused(given):
    (given / "parts").mkdir()
    (given / "parts/mine.txt").write_text("mine")
    before = files_in(given)
    check_refused(run(given, "-o", "parts"), 1, given, before, "parts", "--force")


def test_force_replaces_the_folder(given):
    assert run(given, "-o", "parts").returncode == 0
    first = files_in(given / "parts")
    done = run(given, "-o", "parts", "--force", "--max-stages=1")
    assert done.returncode == 0, done.stderr
    done = run(given, "-o", "parts", "--force")
    assert done.returncode == 0, done.stderr
    assert files_in(given / "parts") == first


def test_force_keeps_what_is_foreign(given):
    assert run(given, "-o", "parts").returncode == 0
    (given / "parts/mine.txt").write_text("mine")
    before = files_in(given)
    check_refused(run(given, "-o", "parts", "--force"), 1, given, before, "parts", "mine.txt")


@pytest.mark.parametrize("name, words", [
    ("weights.bin", "no run has written 'weights.bin'"),
    ("stage0-d0.onnx.data", "/stage0-d0.onnx.data', which this run reads")])
def test_force_keeps_the_weights_of_the_model(name, words, given):
    """Also where they have the name of a part's."""
    assert run(given, "-o", "parts").returncode == 0
    onnx.save(models.unet(), given / "parts/far.onnx", save_as_external_data=True,
              location=name, size_threshold=0)
    model = onnx.load(given / "parts/far.onnx", load_external_data=False)
    for tensor in model.graph.initializer:
        for entry in tensor.external_data:
            if entry.key == "location":
                entry.value = f"parts/{name}"
    onnx.save(model, given / "far.onnx")
    (given / "parts/far.onnx").unlink()
    before = files_in(given)
    done = run(given, "-o", "parts", "--force", model="far.onnx")
    check_refused(done, 1, given, before, words)


def test_folder_follows_the_umask(given):
    for mask, mode in ((0o022, 0o755), (0o077, 0o700)):
        done = run(given, "-o", f"parts{mode}", preexec_fn=lambda: os.umask(mask))
        assert done.returncode == 0, done.stderr
        assert (given / f"parts{mode}").stat().st_mode & 0o777 == mode
        assert (given / f"parts{mode}/plan.json").stat().st_mode & 0o777 == mode & 0o666


def test_folder_that_cannot_be_made(given):
    before = files_in(given)
    done = run(given, "-o", "cluster.yaml/parts")
    check_refused(done, 4, given, before, "cluster.yaml/parts")


def test_full_disk(given):
    """Files that cannot grow stand for a disk without room."""
    def no_room():
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (5000, 5000))
    before = files_in(given)
    done = run(given, "-o", "parts", preexec_fn=no_room)
    check_refused(done, 4, given, before)
    assert sorted(p.name for p in given.iterdir()) == ["cluster.yaml", "unet.onnx"]


def test_failed_force_keeps_the_old_folder(given):
    """--force replaces the old parts by complete new ones or not at all."""
    assert run(given, "-o", "parts").returncode == 0
    before = files_in(given)
    def no_room():
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (5000, 5000))
    done = run(given, "-o", "parts", "--force", preexec_fn=no_room)
    check_refused(done, 4, given, before)


# --- Saved plans and constraints ---------------------------------------------


def dry_plan(folder, *options):
    done = run(folder, "--dry-run", "--format=json", *options)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def move_a_node(plan):
    moved = plan["stages"][0]["nodes"].pop()
    plan["stages"][1]["nodes"].insert(0, moved)


def test_edited_plan_is_applied(given):
    plan = dry_plan(given)
    move_a_node(plan)
    (given / "plan.json").write_text(json.dumps(plan))
    applied = dry_plan(given, "--plan=plan.json")
    SCHEMA.validate(applied)
    assert [s["nodes"] for s in applied["stages"]] == [s["nodes"] for s in plan["stages"]]
    # A node more takes 10 ms more; the proof was for the plan before.
    assert applied["bottleneck_ns"] > plan["bottleneck_ns"]
    assert applied["lower_bound_ns"] < applied["bottleneck_ns"]


def test_plan_needs_only_what_it_decides(given):
    plan = dry_plan(given)
    (given / "plan.json").write_text(json.dumps({
        "version": 1, "source": {"digest": plan["source"]["digest"]},
        "stages": [{"device": stage["device"],
                    "nodes": [{"index": node["index"]} for node in stage["nodes"]]}
                   for stage in plan["stages"]]}))
    assert dry_plan(given, "--plan=plan.json")["wires"] == plan["wires"]


def test_plan_brings_the_extents_that_it_was_made_with(given):
    model = onnx.load(given / "unet.onnx")
    model.graph.input[0].type.tensor_type.shape.dim[0].dim_param = "N"
    onnx.save(model, given / "unet.onnx")
    fixed = dry_plan(given, "--dim=N=2")
    (given / "plan.json").write_text(json.dumps(fixed))
    again = dry_plan(given, "--plan=plan.json")
    assert again["options"] == fixed["options"] and again["wires"] == fixed["wires"]
    assert again["wires"][0]["shape"][0] == 2
    assert dry_plan(given, "--plan=plan.json", "--dim=N=2")["wires"] == fixed["wires"]
    done = run(given, "--dry-run", "--plan=plan.json", "--dim=N=3")
    assert done.returncode == 1
    assert "the plan 'plan.json' was made with --dim N=2, which is taken from it" in done.stderr
    # What is assumed leaves the parts as they are, and may be asked anew.
    (given / "plan.json").write_text(json.dumps(dry_plan(given, "--assume=N=2")))
    assert dry_plan(given, "--plan=plan.json")["assumed"] == ["N=2"]
    assert dry_plan(given, "--plan=plan.json", "--assume=N=3")["assumed"] == ["N=3"]
    model.graph.input[0].type.tensor_type.shape.dim[1].dim_param = "C"
    onnx.save(model, given / "unet.onnx")
    (given / "plan.json").write_text(json.dumps(
        dry_plan(given, "--assume=N=2", "--assume=C=1")))
    assert dry_plan(given, "--plan=plan.json", "--assume=N=3")["assumed"] == ["C=1", "N=3"]


# For each: an edit, and what the message says.
BAD_PLANS = {
    "stale": (lambda plan: plan["source"].update(digest="0" * 64), "stale"),
    "unknown-device": (lambda plan: plan["stages"][0].update(device="moon"), "'moon'"),
    "one-device-twice": (lambda plan: plan["stages"][0].update(device="d1"), "'d1'"),
    "node-missing": (lambda plan: plan["stages"][1]["nodes"].pop(), "in no stage"),
    "node-twice": (
        lambda plan: plan["stages"][1]["nodes"].append({"index": 0, "name": ""}),
        "stages 0 and 1"),
    "no-such-node": (
        lambda plan: plan["stages"][1]["nodes"].append({"index": 999, "name": ""}),
        "999"),
    "backwards": (lambda plan: plan["stages"].reverse(), "goes back"),
    "cyclic": (
        lambda plan: plan["stages"][1]["nodes"].append(plan["stages"][0]["nodes"].pop(0)),
        "goes back"),
    "version": (lambda plan: plan.update(version=3), "version"),
    "wrong-type": (lambda plan: plan.update(stages=3), "stages"),
}


@pytest.mark.parametrize("change, words", BAD_PLANS.values(), ids=BAD_PLANS)
def test_bad_plan(change, words, given):
    plan = dry_plan(given)
    change(plan)
    (given / "plan.json").write_text(json.dumps(plan))
    before = files_in(given)
    check_refused(run(given, "-o", "parts", "--plan=plan.json"), 1, given, before, words)


def test_plan_that_does_not_fit(given):
    """The same plan on devices with less memory."""
    (given / "plan.json").write_text(json.dumps(dry_plan(given)))
    (given / "cluster.yaml").write_text(
        split.even_cluster(3).replace("op_overhead", "memory: 100 KiB, op_overhead"))
    before = files_in(given)
    check_refused(run(given, "-o", "parts", "--plan=plan.json"), 1, given, before,
                  "'d0' has 102400 bytes", "too little")


def test_cut_and_no_cut(given):
    def crossing(*options):
        return {wire["tensor"] for wire in dry_plan(given, *options)["wires"]}
    free = crossing()
    assert "stem.relu.out" not in free
    assert "stem.relu.out" in crossing("--cut=stem.relu.out")
    for tensor in free:
        assert tensor not in crossing(f"--no-cut={tensor}")
    before = files_in(given)
    done = run(given, "-o", "parts", "--cut=stem.relu.out", "--no-cut=stem.relu.out")
    check_refused(done, 1, given, before, "stem.relu.out")


@pytest.mark.parametrize("strategy", ["auto", "exact", "k-path", "greedy", "random"])
def test_max_stages(strategy, given):
    for most in (1, 2):
        options = ["--max-stages", most, f"--strategy={strategy}"]
        assert len(dry_plan(given, *options)["stages"]) <= most


def test_unknown_operators(given):
    model = models.unet()
    stem = model.graph.node[0]
    stem.op_type, stem.domain = "Strange", "my.ops"
    model.opset_import.add(domain="my.ops", version=1)
    model.graph.value_info.append(models.tensor(stem.output[0], [1, 8, 32, 32]))
    onnx.save(model, given / "unet.onnx")
    assert dry_plan(given)["unknown"] == [
        {"node": "stem", "op": "Strange", "reason": "no cost formula for my.ops:Strange"}]
    before = files_in(given)
    check_refused(run(given, "--unknown-op=error"), 1, given, before, "'stem'", "Strange")


# --- No plan -----------------------------------------------------------------


def test_no_plan_fits(given):
    (given / "cluster.yaml").write_text(
        "version: 1\ndevices:\n"
        "  - {name: small, memory: 10 KiB}\n  - {name: tiny, memory: 1 KiB}\n"
        "links:\n  default: {bandwidth: 1 Gbit/s}\n")
    before = files_in(given)
    # Which device is short, and that it is memory.
    check_refused(run(given, "-o", "parts"), 2, given, before, "memory", "small")


def test_pins_that_contradict(given):
    """A later node on an earlier device than an earlier node, with no way back."""
    before = files_in(given)
    done = run(given, "-o", "parts", "--pin=stem=d0", "--pin=middle=d1", "--pin=head=d0")
    check_refused(done, 2, given, before)


# --- Wrong usage -------------------------------------------------------------


@pytest.mark.parametrize("arguments", [
    [], ["unet.onnx"], ["--devices", "cluster.yaml"],
    ["unet.onnx", "--devices", "cluster.yaml", "--no-such-option"],
    ["unet.onnx", "--devices", "cluster.yaml", "--boundary=other"],
    ["unet.onnx", "--devices", "cluster.yaml", "--shape", "image"],
    ["unet.onnx", "--devices", "cluster.yaml", "--shape", "image=1xthree"],
    ["unet.onnx", "--devices", "cluster.yaml", "--shape", "nobody=1x3"],
    ["unet.onnx", "--devices", "cluster.yaml", "--shape", "image=1x4x32x32"],
    ["unet.onnx", "--devices", "cluster.yaml", "--dim", "nobody=1"],
    ["unet.onnx", "--devices", "cluster.yaml", "--pin", "stem=nobody"],
    ["unet.onnx", "--devices", "cluster.yaml", "--pin", "nothing*=d0"],
    ["unet.onnx", "--devices", "cluster.yaml", "--cut", "nobody"],
    ["unet.onnx", "--devices", "cluster.yaml", "--max-stages", "0"],
    ["unet.onnx", "--devices", "cluster.yaml", "--plan", "nothing.json"],
    ["unet.onnx", "--devices", "nothing.yaml"],
    ["nothing.onnx", "--devices", "cluster.yaml"],
], ids=" ".join)  # fmt: skip
def test_wrong_usage(arguments, given):
    before = files_in(given)
    done = onnx_split(*arguments, cwd=given)
    assert done.returncode == 1, (done.returncode, done.stderr)
    assert done.stderr and done.stdout == ""
    assert files_in(given) == before


# --- Bad models --------------------------------------------------------------


def valid():
    return models.multi_tensor_cut()


def changed(change):
    model = valid()
    change(model.graph)
    return model.SerializeToString()


def cyclic(graph):
    graph.node[0].input[0] = "y"


def duplicate_name(graph):
    graph.node[1].output[0] = graph.node[0].output[0]


def missing_input(graph):
    graph.node[0].input[0] = "nobody_makes_this"


def unknown_opset():
    model = valid()
    model.opset_import[0].version = 4711
    return model.SerializeToString()


def future_ir():
    model = valid()
    model.ir_version = 4711
    return model.SerializeToString()


def no_graph():
    model = valid()
    model.ClearField("graph")
    return model.SerializeToString()


BAD_MODELS = {
    "empty": lambda: b"",
    "truncated": lambda: valid().SerializeToString()[:-20],
    "truncated-header": lambda: valid().SerializeToString()[:3],
    "not-protobuf": lambda: b"This is not a model.\n" * 50,
    "zeros": lambda: bytes(4096),
    "no-graph": no_graph,
    "cyclic": lambda: changed(cyclic),
    "duplicate-name": lambda: changed(duplicate_name),
    "missing-input": lambda: changed(missing_input),
    "unknown-opset": unknown_opset,
    "future-ir": future_ir,
}


@pytest.mark.parametrize("make", BAD_MODELS.values(), ids=BAD_MODELS)
def test_bad_model(make, given):
    (given / "bad.onnx").write_bytes(make())
    before = files_in(given)
    check_refused(run(given, "-o", "parts", model="bad.onnx"), 1, given, before,
                  "bad.onnx")


def test_message_names_the_missing_tensor(given):
    (given / "bad.onnx").write_bytes(changed(missing_input))
    assert "nobody_makes_this" in run(given, model="bad.onnx").stderr


def test_truncated_anywhere(given):
    """No prefix of a model crashes the program."""
    whole = models.tied_weights().SerializeToString()
    before = None
    for length in range(0, len(whole), 7):
        (given / "bad.onnx").write_bytes(whole[:length])
        before = files_in(given)
        done = run(given, "-o", "parts", model="bad.onnx")
        assert done.returncode == 1, (length, done.returncode, done.stderr)
        assert files_in(given) == before


def test_folder_as_model(given):
    before = files_in(given)
    (given / "folder.onnx").mkdir()
    check_refused(run(given, model="folder.onnx"), 1, given, before, "folder.onnx")


def like_others():
    """Takes from root the right to read every file."""
    PR_CAPBSET_DROP, CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH = 24, 1, 2
    libc = ctypes.CDLL(None)
    for capability in (CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH):
        libc.prctl(PR_CAPBSET_DROP, capability, 0, 0, 0)


def test_unreadable_model(given):
    (given / "unet.onnx").chmod(0)
    done = run(given, "-o", "parts", preexec_fn=like_others)
    assert done.returncode == 1, done.stderr
    assert "unet.onnx" in done.stderr and "ermission denied" in done.stderr
    assert not (given / "parts").exists()


def external(location, **entries):
    """A model with one external weight of 24 bytes."""
    tensor = TensorProto(name="w", data_type=TensorProto.FLOAT, dims=[2, 3],
                         data_location=TensorProto.EXTERNAL)
    for key, value in {"location": location, **entries}.items():
        tensor.external_data.add(key=key, value=str(value))
    graph = helper.make_graph(
        [helper.make_node("Add", ["x", "w"], ["a"], name="add"),
         helper.make_node("Neg", ["a"], ["y"], name="neg")],
        "main", [models.tensor("x", [2, 3])], [models.tensor("y", [2, 3])], [tensor])
    return helper.make_model(graph, ir_version=8,
                             opset_imports=[helper.make_opsetid("", 17)])


EXTERNAL = {
    "missing": dict(location="nothing.data"),
    "parent": dict(location="../secret.data"),
    "parent-within": dict(location="sub/../../secret.data"),
    "absolute": dict(location="/etc/passwd"),
    "folder": dict(location="sub"),
    "empty": dict(location=""),
    "link-outside": dict(location="link.data"),
    "past-the-end": dict(location="good.data", offset=8, length=24),
    "negative-offset": dict(location="good.data", offset=-8, length=24),
    "huge-offset": dict(location="good.data", offset=2**63 - 4, length=24),
    "wrong-length": dict(location="good.data", offset=0, length=20),
    "not-a-number": dict(location="good.data", offset="eight"),
}


@pytest.mark.parametrize("entries", EXTERNAL.values(), ids=EXTERNAL)
def test_bad_external_data(entries, scratch):
    (scratch / "secret.data").write_bytes(bytes(24))
    folder = scratch / "here"
    (folder / "sub").mkdir(parents=True)
    (folder / "good.data").write_bytes(bytes(24))
    (folder / "link.data").symlink_to("../secret.data")
    (folder / "cluster.yaml").write_text(split.even_cluster(2))
    onnx.save(external("good.data"), folder / "good.onnx")
    onnx.save(external(**entries), folder / "bad.onnx")
    assert run(folder, "-o", "parts", model="good.onnx").returncode == 0
    before = files_in(folder)
    check_refused(run(folder, "-o", "bad-parts", model="bad.onnx"), 1, folder, before,
                  "bad.onnx", "'w'")


def test_unknown_shape_suggests_a_flag(given):
    """PP-OCR leaves height and width open; without them nothing can be costed."""
    done = run(given, "-o", "parts",
               model=split.MODELS / "ch_PP-OCRv4_rec_infer.onnx")
    assert done.returncode == 1
    assert "--assume '*=1'" in done.stderr and "--dim " in done.stderr


# --- Bad clusters ------------------------------------------------------------

DEVICES = "version: 1\ndevices:\n  - {name: a}\n  - {name: b}\n"
LINKS = "links:\n  default: {bandwidth: 1 Gbit/s}\n"

# For each: the text, and line and column of what is wrong with it.
BAD_CLUSTERS = {
    "empty": ("", None),
    "not-yaml": ("version: [1\n", None),
    "wrong-key": ("version: 1\ndevices:\n  - {name: a, colour: red}\n", "3:"),
    "wrong-version": ("version: 7\ndevices:\n  - {name: a}\n", "1:"),
    "no-devices": ("version: 1\ndevices: []\n", None),
    "bad-unit": ("version: 1\ndevices:\n  - {name: a, memory: 3 parsecs}\n", "3:"),
    "bits-for-bytes": ("version: 1\ndevices:\n  - {name: a, memory: 3 Mbit}\n", "3:"),
    "negative": ("version: 1\ndevices:\n  - {name: a, memory: -3 GiB}\n", "3:"),
    "duplicate-device": ("version: 1\ndevices:\n  - {name: a}\n  - {name: a}\n", "4:"),
    "unknown-type": ("version: 1\ndevices:\n  - {name: a, type: moon}\n", "3:"),
    "unknown-device": (
        DEVICES + "links:\n  between:\n    - {devices: [a, c], bandwidth: 1 Gbit/s}\n",
        "7:"),
    "bad-link-unit": (DEVICES + "links:\n  default: {bandwidth: 1 GiB}\n", "6:"),
    "missing-matrix": (DEVICES + "links:\n  matrix: nothing.csv\n", None),
}


@pytest.mark.parametrize("text, place", BAD_CLUSTERS.values(), ids=BAD_CLUSTERS)
def test_bad_cluster(text, place, given):
    (given / "cluster.yaml").write_text(text)
    before = files_in(given)
    done = run(given, "-o", "parts")
    check_refused(done, 1, given, before, "cluster.yaml")
    if place:
        assert f"cluster.yaml:{place}" in done.stderr, done.stderr


def test_no_links(given):
    """Several devices without any link are a mistake in the file."""
    (given / "cluster.yaml").write_text(DEVICES)
    before = files_in(given)
    check_refused(run(given, "-o", "parts"), 1, given, before, "cluster.yaml", "link")


def test_needed_link_is_missing(given):
    """The two devices that must work together are not linked."""
    (given / "cluster.yaml").write_text(
        "version: 1\ndevices:\n  - {name: a}\n  - {name: b}\n  - {name: c}\n"
        "links:\n  between:\n    - {devices: [a, c], bandwidth: 1 Gbit/s}\n")
    before = files_in(given)
    check_refused(run(given, "-o", "parts", "--pin=stem=a", "--pin=head=b"), 2,
                  given, before, "no plan")


def test_numbers_in_messages_are_readable(given):
    """No control characters, such as an integer printed as a character."""
    (given / "cluster.yaml").write_text(
        "version: 1\ndevices:\n  - {name: small, memory: 10 KiB}\n")
    done = run(given, "-o", "parts")
    assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f]", done.stderr)


def mutations(value, random):
    """A JSON value with one thing in it replaced by something odd."""
    odd = [None, True, -1, 0, 2**31, 2**63, -2**63, 1e308, 0.5, "", "p", "d0", [], {},
           [[]], "x" * 10_000, list(range(1000)), {"index": 0}]
    if isinstance(value, (dict, list)) and value and random.random() < 0.9:
        copy = dict(value) if isinstance(value, dict) else list(value)
        key = random.choice(sorted(copy) if isinstance(copy, dict) else range(len(copy)))
        if random.random() < 0.1:
            del copy[key]
        else:
            copy[key] = mutations(copy[key], random)
        return copy
    return random.choice(odd)


def test_hostile_plans(scratch):
    """Whatever a plan says, it is applied or refused with a reason."""
    generator = random.Random(0)
    onnx.save(models.used_by_several_stages(), scratch / "whole.onnx")
    (scratch / "cluster.yaml").write_text(split.even_cluster(3))
    arguments = [scratch / "whole.onnx", "--devices", scratch / "cluster.yaml"]
    plan = json.loads(split.onnx_split(*arguments, "--dry-run", "--format=json").stdout)
    # Only what is read: the rest are figures.
    plan = {key: plan[key] for key in ("version", "source", "stages")}
    plan["stages"] = [{key: stage[key] for key in ("device", "nodes")}
                      for stage in plan["stages"]]
    statuses = collections.Counter()
    for _ in range(200):
        (scratch / "odd.json").write_text(json.dumps(mutations(plan, generator)))
        done = split.onnx_split(*arguments, "--plan", scratch / "odd.json",
                                "-o", scratch / "parts", "--force")
        statuses[done.returncode] += 1
        assert done.returncode in (0, 1), done.stderr
        assert (done.returncode == 0) == (": error: " not in done.stderr), done.stderr
    assert statuses[0] > 5 and statuses[1] > 100, statuses
