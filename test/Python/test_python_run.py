"""onnx_split_run, the runner in Python: the same results as onnx-split-run, in one
process and over MPI; execution providers; what it says when something is wrong; and
profiles of one board."""

import importlib.util
import itertools
import json
import os
import pathlib
import signal
import subprocess
import sys
import time

import jsonschema
import numpy
import onnx
import pytest
from onnx import numpy_helper

import split
from decoders import SIZE, Whole, make, tokens_of
from mpi import ENVIRONMENT, MPI, RUN

sys.path.insert(0, str(split.ROOT / "python"))

from onnx_split_run import arrivals, core_share, dim_expression, model_file  # noqa: E402
from onnx_split_run import node_times, options, profile, random_values, values  # noqa: E402
from onnx_split_run.errors import RunError  # noqa: E402
from onnx_split_run.main import main  # noqa: E402
from onnx_split_run.plan import read_plan  # noqa: E402
from onnx_split_run.samples import percentile  # noqa: E402
from onnx_split_run.session import SessionSettings  # noqa: E402
from onnx_split_run.stages import Stage  # noqa: E402

PYTHON = ENVIRONMENT | {"PYTHONPATH": str(split.ROOT / "python"), "PYTHONDONTWRITEBYTECODE": "1"}
PROGRAM = [sys.executable, "-m", "onnx_split_run"]

needs_openvino = pytest.mark.skipif(
    not importlib.util.find_spec("onnxruntime_ep_openvino"),
    reason="the package onnxruntime-ep-openvino, the provider that is plugged in, is not "
           "installed: pip install onnxruntime-ep-openvino")


def start(*arguments, **changes):
    """Runs a command, whatever its exit status."""
    return subprocess.run([*map(str, arguments)], stdin=subprocess.DEVNULL, capture_output=True,
                          text=True, timeout=60, env=PYTHON | changes)


def errors(done):
    return [line.removeprefix("onnx_split_run: error: ") for line in done.stderr.splitlines()
            if line.startswith("onnx_split_run: error: ")]


def over_mpi(ranks, *arguments):
    """Which must succeed."""
    done = start(MPI, "-np", ranks, *PROGRAM, *arguments)
    assert done.returncode == 0, done.stdout + done.stderr
    return done


def locally(*arguments):
    """In this process, which must succeed."""
    assert main([*map(str, arguments), "--local"]) == 0


def refused(capsys, *arguments):
    """The message of a run that cannot begin."""
    assert main([*map(str, arguments)]) == 1
    error, = capsys.readouterr().err.splitlines()
    assert error.startswith("onnx_split_run: error: ")
    return error.removeprefix("onnx_split_run: error: ")


def pinned(count):
    """Options that put nodes into the stage that their names begin with."""
    return [f"--pin=s{stage}_*=d{stage}" for stage in range(count)]


def saved(folder):
    """By path below the folder."""
    return {str(path.relative_to(folder)): path.read_bytes()
            for path in sorted(folder.rglob("output_*"))}


def keys_of(value):
    """The keys of JSON, as paths without the numbers of list entries."""
    if isinstance(value, list):
        return set().union(set(), *map(keys_of, value))
    if not isinstance(value, dict):
        return set()
    return {(key, *path) for key, inner in value.items() for path in {(), *keys_of(inner)}}


# --- The same as onnx-split-run -----------------------------------------------


def mixed_model():
    """Inputs of several types, with names of all lengths that the hash tells apart, which
    two stages pass on; what a later stage takes is one message."""
    types = {"b": "float", "short": "float16", "name of ten": "double", "n" * 20: "int64",
             "m" * 150: "uint8", "attention_mask": "int32", "x/" * 150: "float"}
    taken = ", ".join(f"{kind}[2, 3] v{index}" for index, kind in enumerate(types.values()))
    given = ", ".join(f"{kind}[2, 3] y{index}" for index, kind in enumerate(types.values()))
    nodes = "".join(f"[s0_{index}] a{index} = Identity (v{index})\n"
                    f"[s1_{index}] y{index} = Identity (a{index})\n"
                    for index in range(len(types)))
    model = onnx.parser.parse_model(
        f'<ir_version: 8, opset_import: ["" : 17]> g ({taken}) => ({given}) {{ {nodes} }}')
    for index, name in enumerate(types):
        model.graph.input[index].name = name
        model.graph.node[2 * index].input[0] = name
    return model


@pytest.fixture(scope="module")
def mixed(tmp_path_factory):
    folder = tmp_path_factory.mktemp("mixed")
    return split.split(mixed_model(), folder, *pinned(2), cluster=split.even_cluster(2))


def test_local_run_is_the_runner_in_cpp(mixed, scratch):
    """Random inputs, outputs and JSON."""
    plan = mixed.folder / "plan.json"
    shared = ["--items=3", "--warmup=1", "--sequences=2"]
    done = start(MPI, "-np", "2", RUN, plan, *shared, "--seed=5",
                 f"--save-outputs={scratch / 'cpp'}", f"--json={scratch / 'cpp.json'}")
    assert done.returncode == 0, done.stderr
    locally(plan, *shared, "--seed=5", f"--save-outputs={scratch / 'local'}",
            f"--json={scratch / 'local.json'}")
    assert len(saved(scratch / "cpp")) == 3 * 7
    assert saved(scratch / "local") == saved(scratch / "cpp")
    ours, theirs = (json.loads((scratch / f"{name}.json").read_text())
                    for name in ("local", "cpp"))
    assert keys_of(ours) == keys_of(theirs) | {("local",)}
    for key in ("version", "plan_digest", "runtime", "items", "warmup"):
        assert ours[key] == theirs[key]
    assert [m["bytes"] for m in ours["messages"]] == [m["bytes"] for m in theirs["messages"]]
    locally(plan, *shared, "--seed=6", f"--save-outputs={scratch / 'other'}")
    assert saved(scratch / "other") != saved(scratch / "cpp")


def test_run_over_mpi_is_the_local_one(mixed, scratch):
    plan = mixed.folder / "plan.json"
    done = over_mpi(2, plan, "--items=4", "--warmup=2", f"--save-outputs={scratch / 'mpi'}",
                    f"--json={scratch / 'run.json'}", f"--trace={scratch / 'trace.json'}")
    locally(plan, "--items=4", f"--save-outputs={scratch / 'local'}")
    assert len(saved(scratch / "mpi")) == 4 * 7
    assert saved(scratch / "mpi") == saved(scratch / "local")
    figures = json.loads((scratch / "run.json").read_text())
    assert figures["one_host"] and "local" not in figures
    # One message for the seven wires of each item.
    assert [stage["messages_sent"] for stage in figures["stages"]] == [4 + 2, 0]
    message, = figures["messages"]
    assert message["wires"] == [wire["tag"] for wire in sorted(
        mixed.wires, key=lambda wire: wire["seq"])]
    assert message["bytes"]["measured"] == sum(wire["bytes"] for wire in mixed.wires)
    assert "all ranks are on this host" in done.stdout
    assert "items        4 in order, none lost or twice" in done.stdout
    events = json.loads((scratch / "trace.json").read_text())["traceEvents"]
    assert sum(event.get("cat") == "compute" for event in events) == 2 * 6
    assert sum(event.get("cat") == "receive" for event in events) == 6


KINDS = """
    <ir_version: 8, opset_import: ["" : 18]>
    g (float[2,3] x, string[4] t) => (float[2,3] y, string[4] u, float[N,M] v, float[2,3] w) {
      [s0_a] a = Tanh (x)
      [s0_s] s = SequenceConstruct (a, x)
      [s0_text] text = Identity (t)
      [s0_found] found = NonZero (x)
      [s0_o] o = Optional (a)
      [s1_u] u = Identity (text)
      [s1_zero] zero = Constant <value_int: int = 0> ()
      [s1_y] y = SequenceAt (s, zero)
      [s1_v] v = Cast <to = 1> (found)
      [s1_c] c = OptionalGetElement (o)
      [s1_w] w = Sub (c, a)
    }"""


def write_set(folder, model, inputs):
    """As ONNX's tests have them."""
    folder.mkdir()
    for index, value in enumerate(model.graph.input):
        onnx.save_tensor(numpy_helper.from_array(inputs[value.name], value.name),
                         folder / f"input_{index}.pb")


@pytest.mark.parametrize("how", ["local", "mpi"])
def test_values_of_all_kinds(how, scratch):
    """Text, a sequence, an optional, and a tensor whose extents depend on data."""
    model = onnx.parser.parse_model(KINDS)
    parts = split.split(model, scratch, *pinned(2), cluster=split.even_cluster(2))
    inputs = {"x": numpy.array([[1, 0, 2], [0, 0, 3]], "float32"),
              "t": numpy.array(["one", "", "drei", "\N{SNOWMAN}"], object)}
    write_set(scratch / "set", model, inputs)
    arguments = [parts.folder / "plan.json", "--items=2", f"--inputs={scratch / 'set'}",
                 f"--save-outputs={scratch / 'saved'}"]
    locally(*arguments) if how == "local" else over_mpi(2, *arguments)
    expected = split.run_whole(scratch / "whole.onnx", inputs, optimise=False)
    for item, (index, name) in itertools.product(range(2), enumerate(parts.plan["outputs"])):
        tensor = onnx.load_tensor(scratch / f"saved/item_{item}/output_{index}.pb")
        actual = numpy_helper.to_array(tensor)
        assert actual.shape == expected[name].shape
        assert (actual.astype(str) == expected[name].astype(str)).all(), name


def test_replicas_take_turns(scratch):
    """Two sets of inputs, of which replicas get every second item."""
    g = """<ir_version: 8, opset_import: ["" : 17]> g (float[2] x) => (float[2] y) {
        [s0_a] a = Neg (x) [s1_b] b = Exp (a) [s2_y] y = Tanh (b) }"""
    model = onnx.parser.parse_model(g)
    plan = split.split(model, scratch, *pinned(3), cluster=split.even_cluster(4)).plan
    plan["stages"][1]["replicas"] = [{"device": "d3", "rank": 3}]
    (scratch / "edited.json").write_text(json.dumps(plan))
    done = split.onnx_split(scratch / "whole.onnx", "--devices", scratch / "cluster.yaml", "-o",
                            scratch / "again", f"--plan={scratch / 'edited.json'}", "--replicate")
    assert done.returncode == 0, done.stderr
    for number in range(3):
        write_set(scratch / f"set{number}", model, {"x": numpy.float32([number, -number])})
    locally(scratch / "again/plan.json", "--items=7", "--warmup=2",
            *(f"--inputs={scratch / f'set{number}'}" for number in range(3)),
            f"--save-outputs={scratch / 'saved'}", "--npy", f"--json={scratch / 'run.json'}")
    for item in range(7):
        actual = numpy.load(scratch / f"saved/item_{item}/output_0.npy")
        x = numpy.float32([item % 3, -(item % 3)])
        assert numpy.allclose(actual, numpy.tanh(numpy.exp(-x)), rtol=1e-6)
    figures = json.loads((scratch / "run.json").read_text())
    assert [(s["index"], s["device"]) for s in figures["stages"]] == [
        (0, "d0"), (1, "d1"), (2, "d2"), (1, "d3")]


# --- Tokens and states ----------------------------------------------------------


PROMPTS = [[5, 77, 300, 9, 41], [800, 2, 2, 610, 33]]


@pytest.fixture(scope="module")
def decoder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("decoder")
    model = make("plain", folder)
    cluster = ("version: 1\ndevices:\n  - {name: d0, op_overhead: 10 us}\n"
               "  - {name: d1, op_overhead: 10 us}\n"
               "links: {default: {bandwidth: 1 Gbit/s, latency: 0 s}}\n")
    parts = split.split(model.path, folder, *model.decoding, "--stages=2", cluster=cluster)
    numpy.save(folder / "prompts.npy", numpy.array(PROMPTS, "int64"))
    parts.prompts, parts.whole = folder / "prompts.npy", model.path
    return parts


def generate(decoder, scratch, *options, run=locally):
    run(decoder.folder / "plan.json", f"--prompt={decoder.prompts}", "--threads=1",
        "--optimise=off", f"--json={scratch / 'run.json'}", *options)
    return json.loads((scratch / "run.json").read_text())


def test_tokens(decoder, scratch):
    """Of sequences that do not mix, those of a loop around the whole model; a stop token
    ends its sequence."""
    expected = [tokens_of(Whole(decoder.whole), "position_ids" in decoder.plan["inputs"],
                          prompt, 12)[0] for prompt in PROMPTS]
    figures = generate(decoder, scratch, "--generate=12", "--sequences=2", "--warmup=2")
    assert [one["tokens"] for one in figures["sequences"]] == expected
    assert figures["items"] == 2 * 11 and figures["tokens_per_s"]["measured"] > 0
    for one in figures["sequences"]:
        assert one["prompt_tokens"] == 5 and one["times_ns"] == sorted(one["times_ns"])
    # What each of two sequences keeps, in float32: keys and values of 5 + 10 tokens, the
    # last of 12 not being read.
    kept = sum(stage["state_bytes"]["measured"] for stage in figures["stages"]
               if "state_bytes" in stage)
    assert kept == 2 * SIZE.layers * 2 * 4 * SIZE.kv_heads * SIZE.head * (5 + 11)
    stop = expected[0][4]
    figures = generate(decoder, scratch, "--generate=12", f"--stop={stop}")
    assert figures["sequences"][0]["tokens"] == expected[0][:expected[0].index(stop) + 1]


def test_drawn_tokens_are_those_of_the_runner_in_cpp(decoder, scratch):
    how = ["--generate=10", "--sequences=2", "--top-k=20", "--temperature=2.5", "--seed=7"]

    def cpp(*arguments):
        done = start(MPI, "-np", "2", RUN, *arguments)
        assert done.returncode == 0, done.stderr

    figures = [generate(decoder, scratch, *how, run=run)
               for run in (cpp, lambda *arguments: over_mpi(2, *arguments), locally)]
    tokens = [[one["tokens"] for one in made["sequences"]] for made in figures]
    assert tokens[0] == tokens[1] == tokens[2] and tokens[0][0] != tokens[0][1]
    assert keys_of(figures[0]) == keys_of(figures[1]) == keys_of(figures[2]) - {("local",)}


def test_states_stay_between_items(scratch):
    """Each sequence has its own, which begin with zeros at the first measured item."""
    model = onnx.parser.parse_model("""<ir_version: 8, opset_import: ["" : 17]>
        g (float[2] x, float[2] state) => (float[2] y, float[2] stateN) {
          [s0_sum] sum = Add (x, state)
          [s0_turn] stateN = Tanh (sum)
          [s0_a] a = Neg (stateN)
          [s1_y] y = Exp (a) }""")
    parts = split.split(model, scratch, *pinned(2), cluster=split.even_cluster(2))
    chunks = numpy.random.default_rng(1).uniform(-1, 1, [6, 2]).astype("float32")
    for number, chunk in enumerate(chunks):
        (scratch / f"set{number}").mkdir()
        numpy.save(scratch / f"set{number}/input_{parts.plan['inputs'].index('x')}.npy", chunk)
    locally(parts.folder / "plan.json", "--items=6", "--warmup=3", "--sequences=2", "--npy",
            *(f"--inputs={scratch / f'set{number}'}" for number in range(6)),
            f"--save-outputs={scratch / 'saved'}")
    states = numpy.zeros([2, 2], "float32")
    place = parts.plan["outputs"].index("y")
    for number, chunk in enumerate(chunks):
        states[number % 2] = numpy.tanh(chunk + states[number % 2])
        actual = numpy.load(scratch / f"saved/item_{number}/output_{place}.npy")
        assert numpy.allclose(actual, numpy.exp(-states[number % 2]), rtol=1e-5)
    # By hand, without a runner.
    plan = read_plan(parts.folder / "plan.json")
    stage = Stage(plan, 0)
    assert stage.input_names == ["x"]
    first = stage.run({"x": chunks[0]})["stateN"]
    assert numpy.allclose(first, numpy.tanh(chunks[0]), rtol=1e-5)
    second = stage.run({"x": chunks[2]})["stateN"]
    assert numpy.allclose(second, numpy.tanh(chunks[2] + first), rtol=1e-5)
    stage.restart()
    assert (stage.run({"x": chunks[0]})["stateN"] == first).all()


def test_stages_by_hand(mixed):
    """Elements that NumPy has types for or not, and what a stage refuses."""
    plan = read_plan(mixed.folder / "plan.json")
    stages = [Stage(plan, index, SessionSettings(optimise="off")) for index in range(2)]
    inputs = split.tools.random_inputs(stages[0].session.raw.get_inputs(), {}, {}, 0)
    tensors = dict(inputs)
    for stage in stages:
        tensors |= stage.run({name: tensors[name] for name in stage.input_names})
    for index, name in enumerate(plan.inputs):
        assert split.tools.same_bits(tensors[f"y{index}"], inputs[name])
    name = plan.inputs[0]
    with pytest.raises(RunError, match=f"input '{name}' has no value"):
        stages[0].run({})
    with pytest.raises(RunError, match="elements of double where the model takes float"):
        stages[0].run(inputs | {name: inputs[name].astype("float64")})
    with pytest.raises(RunError, match="shape 3x2 where the model takes 2x3"):
        stages[0].run(inputs | {name: inputs[name].T.copy()})
    bits = values.to_tensor(numpy.float32([1, -2]))
    assert (values.to_array(bits) == [1, -2]).all()


# --- Items that come ------------------------------------------------------------


def test_arrivals():
    periodic = arrivals.ArrivalTimes("periodic", 1000, 0)
    assert [periodic.at(item) for item in range(3)] == [0, 1_000_000, 2_000_000]
    poisson = arrivals.ArrivalTimes("poisson", 1000, 3)
    times = [poisson.at(item) for item in range(4000)]
    gaps = numpy.diff(times)
    # Exponential: the deviation is the mean.
    assert 0.94e6 < gaps.mean() < 1.06e6 and 0.9e6 < gaps.std() < 1.1e6
    queue = arrivals.ArrivalQueue(arrivals.ArrivalTimes("periodic", 1000, 0), 2)
    # Free at 0; then 4.5 ms later, when items 1 to 4 have come, of which two waited.
    assert queue.take(0) == 0
    assert queue.take(4_500_000) == 1_000_000 and queue.lost == 2
    assert queue.take(4_600_000) == 2_000_000
    assert queue.take(4_700_000) == 5_000_000 and queue.lost == 2


def test_a_rate(mixed, scratch):
    locally(mixed.folder / "plan.json", "--rate=100", "--items=20", "--warmup=2", "--queue=3",
            f"--json={scratch / 'run.json'}")
    figures = json.loads((scratch / "run.json").read_text())
    assert figures["arrivals"] == {"kind": "periodic", "rate_per_s": 100.0, "queue": 3, "lost": 0}
    # Not faster than they come; on a busy machine they may be late.
    assert figures["items_per_s"] < 130


# --- Execution providers --------------------------------------------------------


def test_a_provider_that_takes_nothing(mixed, capsys, scratch):
    """ONNX Runtime's own for remote models has none of these operators."""
    plan = mixed.folder / "plan.json"
    locally(plan, "--items=2", "--provider=d1=AzureExecutionProvider",
            f"--json={scratch / 'run.json'}")
    said = capsys.readouterr()
    words = "AzureExecutionProvider left 7 of 7 nodes to another provider: 7 Identity"
    assert f"onnx_split_run: stage 1 on 'd1': {words}\n" == said.err
    assert f"stage 1 on 'd1': {words}\n" in said.out
    first, second = json.loads((scratch / "run.json").read_text())["stages"]
    assert "provider" not in first and second["provider"] == "AzureExecutionProvider"
    assert second["provider_nodes"] == 0 and second["other_nodes"] == {"Identity": 7}
    message = refused(capsys, plan, "--local", "--provider=AzureExecutionProvider", "--strict")
    assert message == f"stage 0 on 'd0': --strict: {words}"


def test_a_plan_names_providers(mixed, capsys, scratch):
    """In the stage; an option counts before it."""
    plan = json.loads((mixed.folder / "plan.json").read_text())
    plan["stages"][0] |= {"provider": "OtherExecutionProvider", "provider_options": {"a": "b"}}
    for stage in plan["stages"]:
        (scratch / stage["file"]).symlink_to(mixed.folder / stage["file"])
    (scratch / "plan.json").write_text(json.dumps(plan))
    message = refused(capsys, scratch / "plan.json", "--local")
    assert message.startswith("stage 0 on 'd0': ")
    assert "there is no execution provider 'OtherExecutionProvider' here; there are " in message
    assert "CPUExecutionProvider" in message.split("there are")[1]
    locally(scratch / "plan.json", "--items=1", "--provider=d0=CPUExecutionProvider")


@needs_openvino
def test_a_provider_that_is_plugged_in(mixed, scratch):
    """In a process of its own, for a plug-in stays loaded."""
    done = start(*PROGRAM, mixed.folder / "plan.json", "--local", "--items=3", "--strict",
                 "--provider=OpenVINOExecutionProvider,num_of_threads=1",
                 f"--json={scratch / 'run.json'}")
    assert done.returncode == 0, done.stderr
    for stage in json.loads((scratch / "run.json").read_text())["stages"]:
        assert stage["provider"] == "OpenVINOExecutionProvider" and stage["other_nodes"] == {}


# --- What is wrong ----------------------------------------------------------------


def test_wrong_options(mixed, capsys, scratch):
    plan = mixed.folder / "plan.json"
    for arguments, words in (
            ([], "required: PLAN.json"), ([plan, "--tokens=4"], "unrecognized arguments"),
            ([plan, "--items=0"], "--items takes a number from 1"),
            ([plan, "--stop=4"], "--stop needs --generate=N"),
            ([plan, "--queue=4"], "--queue needs --rate=R"),
            ([plan, "--npy"], "--npy needs --save-outputs=DIR"),
            ([plan, "--items=4", "--items", "5"], "--items is given more than once, but counts "
                                                  "once"),
            ([plan, "--strict", "--strict"], "--strict is given more than once"),
            ([plan.parent], f"it is a folder; name the file in it, {plan}"),
            ([scratch], "it is a folder, and no plan.json is in it"),
            ([plan, "--timeout=0"], "--timeout takes a time above 0, such as 60s, not '0'"),
            ([plan, "--emulate=links"], "only onnx-split-run, the runner in C++,"),
            ([plan, "--provider=d7=X"], "'d7', which has no stage; devices with stages are d0"),
            ([plan, "--shape=q=2"], "--shape names 'q', which is none of the model's inputs"),
            ([plan, "--json=/nowhere/x"], "there is no folder '/nowhere'"),
            ([plan, "--local", "--dim=N=2"], "--dim names 'N', which is no open dimension"),
            ([plan, "--local", "--input=q=x.npy"], "the model has no input 'q'"),
            ([plan, "--local", "--generate=2", f"--prompt={plan}"], "plan.json: "),
            ([plan, "--local", "--inputs=/nowhere"], "'/nowhere' is neither NAME=FILE nor"),
            ([scratch / "none.json"], "cannot read the plan: No such file")):
        assert words in refused(capsys, *arguments), arguments


@pytest.mark.parametrize("change, words", [
    (lambda plan: plan.pop("stages"), "plan.json: stages: missing value"),
    (lambda plan: plan.update(version=3), "plan.json: version: must be 1 or 2"),
    (lambda plan: plan["stages"][1].update(file="../x.onnx"), "'../x.onnx' is no file beside"),
    (lambda plan: plan["stages"][1].update(rank=0), "rank 0 of stage 1 is not one of 0 to"),
    (lambda plan: plan["wires"][0].update(to=9), "goes to stage 9, which there is not"),
    (lambda plan: plan["wires"][0].update(wire="none"), "is no output of stage 0, or no input"),
    (lambda plan: plan["wires"][1].update(tag=plan["wires"][0]["tag"]), "is taken"),
    (lambda plan: plan["source"].update(digest="0" * 64), "is not of this plan: onnx_split.source"),
    (lambda plan: plan["wires"][0].update(dtype="int32"), "has no such output for wire"),
    (lambda plan: plan["stages"][0].update(file="other.onnx"), "other.onnx' is missing; copy"),
    (lambda plan: plan["stages"][0].update(file="plan.json"), "plan.json: "),
])
def test_wrong_plans(mixed, change, words, capsys, scratch):
    plan = json.loads((mixed.folder / "plan.json").read_text())
    change(plan)
    for file in mixed.files:
        (scratch / file.name).symlink_to(file)
    (scratch / "plan.json").write_text(json.dumps(plan))
    assert words in refused(capsys, scratch / "plan.json", "--local")


def test_a_stage_that_fails(scratch):
    """A run in one process ends at once, with the stage and the item."""
    model = onnx.parser.parse_model("""<ir_version: 8, opset_import: ["" : 17]>
        g (float[2] x, int64[1] at) => (float[1] y) {
          [s0_a] a = Neg (x) [s1_y] y = Gather (a, at) }""")
    parts = split.split(model, scratch, *pinned(2), cluster=split.even_cluster(2))
    for number, place in enumerate([0, 0, 7]):
        write_set(scratch / f"set{number}", model,
                  {"x": numpy.float32([1, 2]), "at": numpy.int64([place])})
    done = start(*PROGRAM, parts.folder / "plan.json", "--local", "--warmup=0",
                 *(f"--inputs={scratch / f'set{number}'}" for number in range(3)))
    error, = errors(done)
    assert done.returncode == 1 and error.startswith("stage 1 on 'd1': item 2: ")
    assert "Gather" in error or "indices element out of data bounds" in error


LONG = """<ir_version: 8, opset_import: ["" : 17]>
    g (float[64,64] x) => (float[64,64] y) <int64 trips = {100000000}, bool going = {1}> {
      [s0_a] a = Neg (x)
      [s1_loop] y = Loop (trips, going, a) <body = step
        (int64 i, bool c, float[64,64] s) => (bool c1, float[64,64] s1) {
          c1 = Identity (c)
          s1 = Tanh (s) }> }"""


@pytest.fixture(scope="module")
def long(tmp_path_factory):
    return split.split(onnx.parser.parse_model(LONG), tmp_path_factory.mktemp("long"), *pinned(2),
                       cluster=split.even_cluster(2)).folder / "plan.json"


def test_a_stage_that_hangs(long):
    done = start(*PROGRAM, long, "--local", "--timeout=300ms")
    error, = errors(done)
    assert done.returncode == 1 and error.startswith("no item left a stage for 300 ms; stage ")
    assert "give more with --timeout" in error


def test_an_interrupt(long):
    process = subprocess.Popen([*PROGRAM, str(long), "--local", "--progress"], text=True,
                               stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, env=PYTHON)
    next(line for line in process.stderr if line.startswith("onnx_split_run: item "))
    process.send_signal(signal.SIGINT)
    _, text = process.communicate(timeout=20)
    assert process.returncode == 130 and "Traceback" not in text and "terminate" not in text


def test_it_forks_before_there_are_threads():
    """The watchdog is a copy of the process, which NumPy's threads would not be in."""
    done = start(sys.executable, "-c", "import onnx_split_run.main, sys\n"
                 "print({'numpy', 'onnxruntime', 'mpi4py'} & set(sys.modules))")
    assert done.stdout == "set()\n", done.stderr


def test_without_mpi(mixed, scratch):
    """Neither mpi4py, nor the library that it loads; --local needs none."""
    for text, words in (("raise ImportError('no mpi4py')", "mpi4py is not installed"),
                        ("class rc: pass", "mpi4py finds no MPI library")):
        folder = scratch / words.replace(" ", "_")
        (folder / "mpi4py").mkdir(parents=True)
        (folder / "mpi4py/__init__.py").write_text(text)
        (folder / "mpi4py/MPI.py").write_text("raise RuntimeError('cannot load MPI library')")
        done = start(*PROGRAM, mixed.folder / "plan.json",
                     PYTHONPATH=f"{folder}:{PYTHON['PYTHONPATH']}")
        error, = errors(done)
        assert done.returncode == 1 and words in error and "--local" in error


def test_wrong_number_of_ranks(mixed):
    """As without mpirun."""
    done = start(*PROGRAM, mixed.folder / "plan.json")
    error, = errors(done)
    assert done.returncode == 1
    assert "plan.json needs 2 processes" in error and "but there is 1" in error


def test_another_version_on_one_rank(mixed, scratch):
    (scratch / "older.py").write_text(
        "import sys\nfrom onnx_split_run import main, mpi_run\n"
        "mpi_run.runtime_version = lambda: '1.31.0'\nsys.exit(main.main())\n")
    plan = mixed.folder / "plan.json"
    done = start(MPI, "-np", "1", *PROGRAM, plan, ":", "-np", "1", sys.executable,
                 scratch / "older.py", plan)
    error, = errors(done)
    assert done.returncode != 0 and error.startswith(
        "stage 1 on 'd1' has the runtime 'ONNX Runtime 1.31.0', but stage 0 on 'd0' has ")


@pytest.mark.parametrize("first", ["python", "cpp"])
def test_mixed_with_the_runner_in_cpp(first, mixed):
    plan = mixed.folder / "plan.json"
    programs = {"python": [*PROGRAM, plan], "cpp": [RUN, plan]}
    other, = {"python", "cpp"} - {first}
    done = start(MPI, "-np", "1", *programs[first], ":", "-np", "1", *programs[other])
    assert done.returncode != 0 and done.stderr.count("error: stage 1 on 'd1'") == 1
    assert ("is run by another program (onnx-split-run?)" if first == "python"
            else "in onnx_split_run', but stage 0 on 'd0' has") in done.stderr


def children_of(pid):
    """Processes that run the runner and were started by this one."""
    found = []
    for folder in pathlib.Path("/proc").glob("[0-9]*"):
        try:
            parent = int((folder / "stat").read_text().rsplit(")", 1)[1].split()[1])
            words = (folder / "cmdline").read_bytes().split(b"\0")
        except (OSError, ValueError, IndexError):
            continue
        if parent == pid and b"onnx_split_run" in words:
            found.append(int(folder.name))
    return found


def test_a_rank_that_is_killed(mixed):
    process = subprocess.Popen(
        [MPI, "-np", "2", *PROGRAM, str(mixed.folder / "plan.json"), "--items=10000000",
         "--progress"], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE, text=True, env=PYTHON)
    next(line for line in process.stderr if line.startswith("onnx_split_run: item "))
    ranks = children_of(process.pid)
    assert len(ranks) == 2
    os.kill(ranks[0], signal.SIGKILL)
    _, text = process.communicate(timeout=30)
    error, = [line for line in text.splitlines() if line.startswith("onnx_split_run: error")]
    assert process.returncode != 0 and "ended without a word: it was killed" in error
    for pid in ranks:
        assert split.is_gone(pid)


# --- Profiles ---------------------------------------------------------------------


def nameless(model):
    """Two nodes without a name, and two with one."""
    for node, name in zip(model.graph.node, ("same", "", "same", "")):
        node.name = name
    return model


def test_profile_of_a_board(mixed, capsys, scratch):
    """By the schema, for the model that the plan is of, and taken by onnx-split."""
    model = nameless(mixed_model())
    onnx.save(model, scratch / "model.onnx")
    output = scratch / "board.json"
    assert profile.main([str(scratch / "model.onnx"), "--device=d1", f"-o{output}",
                         "--time=20ms", "--threads=1"]) == 0
    said = capsys.readouterr().out
    _, lines = said.split(f"for a cluster file in the folder of {output}:\n\n")
    measured = json.loads(output.read_text())
    jsonschema.validate(measured, json.loads((split.ROOT / "docs/profile.schema.json").read_text()))
    device, = measured["devices"]
    assert device["device"] == "d1" and device["item_ns"] > 0
    assert device["inputs"]["b"] == [2, 3]
    assert [node["index"] for node in device["nodes"]] == list(range(14))
    assert [node["name"] for node in device["nodes"]][:4] == ["same", "", "same", ""]
    # Shares of the time of an item.
    assert sum(node["ns"] for node in device["nodes"]) == pytest.approx(device["item_ns"], rel=0.01)
    # The lines that it prints are a cluster file beside the profile.
    (scratch / "cluster.yaml").write_text("version: 1\n" + lines)
    done = split.onnx_split(scratch / "model.onnx", "--devices", scratch / "cluster.yaml",
                            "-o", scratch / "parts")
    assert done.returncode == 0 and "warning" not in done.stderr, done.stderr
    plan = json.loads((scratch / "parts/plan.json").read_text())
    assert plan["source"]["digest"] == measured["model"]["digest"]
    assert plan["stages"][0]["compute_ns"] == sum(node["ns"] for node in device["nodes"])


def test_profile_of_parts(mixed, capsys, scratch):
    """Where the whole model does not fit; a part that does not run is left out."""
    output, plan = scratch / "board.json", mixed.folder / "plan.json"
    words = [str(plan), "--device=d1", f"-o{output}", "--time=10ms", "--optimise=off"]
    assert profile.main(words) == 0
    device, = json.loads(output.read_text())["devices"]
    assert [node["index"] for node in device["nodes"]] == list(range(14))
    assert "item_ns" not in device and "one by one" in capsys.readouterr().out
    assert json.loads(output.read_text())["model"]["digest"] == mixed.plan["source"]["digest"]
    for file in (plan, mixed.files[1]):
        (scratch / file.name).symlink_to(file)
    assert profile.main([str(scratch / "plan.json"), *words[1:]]) == 0
    device, = json.loads(output.read_text())["devices"]
    assert [node["index"] for node in device["nodes"]] == list(range(1, 14, 2))
    assert "note: stage 0 is left out: " in capsys.readouterr().out


def test_profile_that_cannot_be(capsys, scratch):
    (scratch / "text.onnx").write_text("no model")
    onnx.save(nameless(mixed_model()), scratch / "good.onnx")
    for words, message in ((["none.onnx"], "cannot read the model"),
                           (["text.onnx"], "this is no ONNX model"),
                           ([".."], "it is a folder; name the file in it"),
                           (["text.onnx", "--time=4"], "--time takes a time"),
                           (["text.onnx", "--seed=4", "--seed=4"], "--seed is given more than"),
                           (["text.onnx", "-ox", "-oy"], "-o is given more than once"),
                           (["text.onnx", "--items=4"], "unrecognized arguments: --items=4"),
                           (["text.onnx", "--dim=N"], "--dim takes NAME=EXTENT"),
                           (["good.onnx", "--shape=y=2"], "--shape names 'y', which is none of"),
                           (["good.onnx", "--provider=CPUExecutionProvider,device=NPU"],
                            "takes no options, so that 'device' would do nothing"),
                           *((["good.onnx", f"--device={name}"], f"bad name '{name}' of a device")
                             for name in ("../up", "#c", "a b", "x: y", ".a", "\u00fc", ""))):
        words = [str(scratch / words[0]), *words[1:], "--time=10ms", f"-o{scratch / 'x.json'}"]
        if any(word == "--time=4" for word in words):
            words.remove("--time=10ms")
        assert profile.main(words) == 1
        assert message in capsys.readouterr().err
    assert not (scratch / "x.json").exists()


def test_kernels_count_to_nodes():
    """The names of ONNX Runtime's kernels: a node's, that of its result in another layout,
    and others, which count to the next one that is known."""
    nodes = [model_file.Node(name, "Conv", "", (f"{name}.out",)) for name in ("a", "b", "c")]

    def event(ts, name, us, provider="CPUExecutionProvider"):
        return {"cat": "Node", "name": f"{name}_kernel_time", "ts": ts, "dur": us,
                "args": {"provider": provider}}

    cpu = [event(5, "b.out_nchwc_token_7", 30), event(1, "a", 10), event(3, "reorder", 4),
           {"cat": "Session", "name": "model_run", "ts": 0, "dur": 99}]
    times = node_times.attribute_kernels(cpu, ["a", "b", "c"], nodes)
    assert times.nodes == [10_000, 34_000, 0] and times.total_ns == 44_000
    # What stands for many nodes tells nothing of any of them.
    other = node_times.attribute_kernels([*cpu, event(9, "Fused_1", 50, "Other")],
                                         ["a", "b", "c"], nodes)
    assert other.nodes == [10_000, 34_000, None]
    assert (other.opaque_ns, other.opaque_kernels) == (50_000, 1)


def test_share_of_a_core():
    assert core_share.parse_limit("max", "100000") is None
    assert core_share.parse_limit("50000", "100000") == 0.5
    assert core_share.warn_of_share(0.7, None, 1).startswith("the board got 0.70 of a core where")
    assert core_share.warn_of_share(0.9, None, 1) == core_share.warn_of_share(None, 1, 1) == ""
    # A quota of one core for two threads.
    assert core_share.warn_of_share(0.45, 1.0, 2) == ""
    watched = core_share.CoreShare()
    end = time.monotonic() + 0.02
    while time.monotonic() < end:
        pass
    share = watched.get()
    assert share is None or 0 < share <= 1


# --- Small things -----------------------------------------------------------------


def test_random_numbers():
    """The standard's own figure for the generator, and the hash's of nothing; names of all
    lengths are compared with the runner in C++ above."""
    assert int(random_values.MersenneTwister64(5489).draw(10000)[-1]) == 9981545732273789042
    assert random_values.hash_name("") == 0x2D06800538D394C2
    generator = random_values.MersenneTwister64(1)
    drawn = [generator.next() for _ in range(700)]
    assert drawn == list(random_values.MersenneTwister64(1).draw(700))


def test_names_of_extents():
    known = {"a": 3, "past.length": 4}
    for name, value in (("a", 3), ("a + past.length", 7), ("2*a", 6), ("(a + 1)/2", 2),
                        ("a/2", None), ("a//2", 1), ("floor(a/2)", 1), ("Max(a, 5)", 5),
                        ("none + 1", None), ("a b", None), ("a/0", None), ("7", 7)):
        assert dim_expression.DimExpression(name).evaluate(known.get) == value, name
    assert dim_expression.DimExpression("a b").terms == ["a b"]
    assert dim_expression.DimExpression("a + past.length").terms == ["a", "past.length"]


def test_amounts():
    assert percentile([1, 2, 3, 4], 50) == 3 and percentile([], 50) == 0
    assert profile.format_time(999_950) == "1.00 ms" and profile.format_time(12_345) == "12.3 us"
    assert profile.format_bytes(1536) == "1.50 KiB" and profile.format_bytes(512) == "512 B"


def test_providers_of_devices():
    read = options._read_providers
    assert read(["A,x=1", "d0=B,y=2", "d1=C"]) == {"": "A,x=1", "d0": "B,y=2", "d1": "C"}
    with pytest.raises(RunError, match="given twice for 'd0'"):
        read(["d0=A", "d0=B"])
