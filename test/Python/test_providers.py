"""Execution providers of devices, from the cluster file to both runners: onnx-split-run
and onnx_split_run take the same one, say the same of it, and give the same results."""

import importlib.util
import json

import numpy
import onnx
import pytest

import mpi
import split
from test_python_run import PROGRAM, errors, keys_of, saved, start

from onnx_split import Pipeline
from onnx_split.cluster import Cluster, Device, cluster_file
from onnx_split_run import profile
from onnx_split_run.errors import RunError

AZURE, CPU, OPENVINO = (f"{name}ExecutionProvider" for name in ("Azure", "CPU", "OpenVINO"))

needs_openvino = pytest.mark.skipif(
    not importlib.util.find_spec("onnxruntime_ep_openvino"),
    reason="the package onnxruntime-ep-openvino, the provider that is plugged in, is not "
           "installed: pip install onnxruntime-ep-openvino")


def chain_model():
    """A convolution with its neighbours, twice, in stages of their own."""
    draw = numpy.random.default_rng(3)
    model = onnx.parser.parse_model("""
        <ir_version: 8, opset_import: ["" : 17]>
        g (float[1, 4, 16, 16] x) => (float[1, 4, 16, 16] y) {
          [s0_conv] a = Conv <pads: ints = [1, 1, 1, 1]> (x, w0)
          [s0_act] b = Sigmoid (a)
          [s1_conv] c = Conv <pads: ints = [1, 1, 1, 1]> (b, w1)
          [s1_act] y = Tanh (c)
        }""")
    for name in ("w0", "w1"):
        weights = draw.normal(size=(4, 4, 3, 3)).astype(numpy.float32) / 6
        model.graph.initializer.append(onnx.numpy_helper.from_array(weights, name))
    return model


def cluster(*devices):
    """As split.even_cluster, with what each device says besides."""
    text = split.even_cluster(len(devices))
    for number, more in enumerate(devices):
        text = text.replace(f"name: d{number}, ", f"name: d{number}, {more}")
    return text


def split_chain(folder, *devices):
    return split.split(chain_model(), folder, "--pin=s0_*=d0", "--pin=s1_*=d1",
                       cluster=cluster(*devices))


@pytest.fixture(scope="module")
def azure(tmp_path_factory):
    """ONNX Runtime's provider for remote models has no operator of the second stage."""
    return split_chain(tmp_path_factory.mktemp("azure"), "", f"provider: {AZURE}, ")


def in_cpp(plan, *arguments, status=0):
    return mpi.run(2, plan, *arguments, status=status)


def in_python(plan, *arguments, status=0, **changes):
    done = start(*PROGRAM, plan, "--local", *arguments, **changes)
    assert (done.returncode == 0) == (status == 0), done.stdout + done.stderr
    return done


def refused(plan, *arguments, before_mpi=False):
    """The message that each of the runners gives, which is one."""
    done = (start(mpi.RUN, plan, *arguments) if before_mpi else
            in_cpp(plan, *arguments, status=1))
    assert done.returncode != 0
    cpp, = mpi.errors(done)
    python, = errors(in_python(plan, *arguments, status=1))
    return cpp, python


def outputs(folder):
    """The tensors that a run saved, in order."""
    return [onnx.numpy_helper.to_array(onnx.load_tensor(path))
            for path in sorted(folder.rglob("output_*"))]


# --- One that takes nothing, from the cluster file on ------------------------------


def test_both_runners_take_what_the_plan_says(azure, scratch):
    plan = azure.folder / "plan.json"
    first, second = azure.stages
    assert "provider" not in first and second["provider"] == AZURE
    words = f"stage 1 on 'd1': {AZURE} left 2 of 2 nodes to another provider: 1 Conv, 1 Tanh\n"
    figures = []
    for runner, name in ((in_cpp, "onnx-split-run"), (in_python, "onnx_split_run")):
        done = runner(plan, "--items=2", "--seed=4", f"--save-outputs={scratch / name}",
                      f"--json={scratch / 'run.json'}")
        assert f"{name}: {words}" in done.stderr and words in done.stdout.splitlines(True)
        figures.append(json.loads((scratch / "run.json").read_text()))
    # All is in one process.
    assert keys_of(figures[0]) == keys_of(figures[1]) - {("local",)}
    for run in figures:
        first, second = run["stages"]
        assert "provider" not in first and second["provider"] == AZURE
        assert second["provider_nodes"] == 0
        assert second["other_nodes"] == {"Conv": 1, "Tanh": 1}
    assert saved(scratch / "onnx-split-run") == saved(scratch / "onnx_split_run") != {}


def test_an_option_counts_before_the_plan(azure, scratch):
    for provider in (f"d1={CPU}", CPU, f"d0={CPU}"):
        for runner in (in_cpp, in_python):
            done = runner(azure.folder / "plan.json", "--items=1", f"--provider={provider}",
                          f"--json={scratch / 'run.json'}")
            assert ("left" in done.stderr) == (provider == f"d0={CPU}")
            second = json.loads((scratch / "run.json").read_text())["stages"][1]
            assert ("provider" in second) == (provider == f"d0={CPU}")
    # That of the device before that of all.
    for runner in (in_cpp, in_python):
        done = runner(azure.folder / "plan.json", "--items=1", "--strict", "--provider=Other",
                      f"--provider=d0={CPU}", f"--provider=d1={CPU}")
        assert "left" not in done.stderr


def test_strict(azure):
    plan = azure.folder / "plan.json"
    words = f"--strict: {AZURE} left 2 of 2 nodes to another provider: 1 Conv, 1 Tanh"
    assert refused(plan, "--strict") == (f"stage 1 on 'd1': {words}",) * 2
    in_cpp(plan, "--strict", f"--provider={CPU}", "--items=1")


def test_replicas_have_providers_of_their_own(scratch):
    """Of three devices two share the second stage, and one of them has a provider."""
    text = cluster("", "", f"provider: {AZURE}, ")
    one = split_chain(scratch, "", "", f"provider: {AZURE}, ")
    plan = json.loads((one.folder / "plan.json").read_text())
    plan["stages"][1]["replicas"] = [{"device": "d2", "rank": 2}]
    (scratch / "edited.json").write_text(json.dumps(plan))
    both = split.split(chain_model(), scratch, "--force", "--replicate",
                       f"--plan={scratch / 'edited.json'}", cluster=text)
    assert "provider" not in both.stages[1]
    assert both.stages[1]["replicas"] == [{"device": "d2", "rank": 2, "provider": AZURE}]
    words = f"stage 1 on 'd2': {AZURE} left 2 of 2 nodes to another provider: 1 Conv, 1 Tanh"
    done = mpi.run(3, both.folder / "plan.json", "--items=4", f"--json={scratch / 'cpp.json'}")
    assert words in done.stdout
    assert words in in_python(both.folder / "plan.json", "--items=4").stdout
    providers = [stage.get("provider")
                 for stage in json.loads((scratch / "cpp.json").read_text())["stages"]]
    assert providers == [None, None, AZURE]


def test_planning_does_not_look_at_it(azure, scratch):
    plans = [split_chain(scratch, "", "").plan, json.loads(json.dumps(azure.plan))]
    assert plans[1]["stages"][1].pop("provider") == AZURE
    for plan in plans:
        del plan["cluster"], plan["source"]["file"]
    assert plans[0] == plans[1]


def test_clusters_built_in_python(scratch):
    """An option may have the name of a key that names a file elsewhere."""
    device = Device("d0", provider=AZURE, provider_options={"profile": True, "matrix": 1, "x": "y"})
    assert device.as_dict() == {"name": "d0", "provider": AZURE, "provider_options": {
        "profile": True, "matrix": 1, "x": "y"}}
    assert Device("d0").as_dict() == {"name": "d0"}
    onnx.save(chain_model(), scratch / "chain.onnx")
    given = cluster_file(Cluster([device]))
    done = split.onnx_split(scratch / "chain.onnx", "--devices", given.path, "--dry-run",
                            "--format=json")
    stage, = json.loads(done.stdout)["stages"]
    assert stage["provider_options"] == {"profile": "true", "matrix": "1", "x": "y"}


def test_a_profile_says_how_to_run(capsys, scratch):
    """What it measured with is a line of the cluster file."""
    onnx.save(chain_model(), scratch / "chain.onnx")
    output = scratch / "npu.json"
    assert profile.main([str(scratch / "chain.onnx"), "--device=npu", f"-o{output}", "--time=50ms",
                         f"--provider={AZURE},x=a b"]) == 0
    line, = (line for line in capsys.readouterr().out.splitlines() if 'name: "npu"' in line)
    assert line.endswith(f', provider: {AZURE}, provider_options: {{"x": "a b"}}}}')
    (scratch / "cluster.yaml").write_text(f"version: 1\ndevices:\n{line}\n".replace(
        str(output), output.name))
    done = split.onnx_split(scratch / "chain.onnx", "--devices", scratch / "cluster.yaml",
                            "--dry-run", "--format=json")
    stage, = json.loads(done.stdout)["stages"]
    assert stage["provider"] == AZURE and stage["provider_options"] == {"x": "a b"}


# --- What is wrong -----------------------------------------------------------------


def test_unknown_providers(azure, scratch):
    plan = azure.folder / "plan.json"
    for message in refused(plan, "--provider=d0=Other"):
        assert message.startswith("stage 0 on 'd0': ")
        assert f"there is no execution provider 'Other' here; there are {AZURE}, {CPU}" in message
        assert "library=PATH" in message
    cpp, = mpi.errors(in_cpp(plan, f"--provider={OPENVINO}", status=1))
    assert "does not look for the packages of Python (onnxruntime-ep-...)" in cpp
    # The same where the cluster file says so.
    for message in refused(split_chain(scratch, "provider: Other, ", "").folder / "plan.json"):
        assert "there is no execution provider 'Other' here" in message


def test_options_that_would_do_nothing(azure):
    """The processor has none: nobody is to believe that device=NPU was used."""
    for option in ("device=NPU", "library=/nowhere", "a=b"):
        words = (f"{CPU} takes no options, so that '{option.partition('=')[0]}' would do "
                 "nothing; leave it out")
        for message in refused(azure.folder / "plan.json", f"--provider=d1={CPU},{option}"):
            assert message.startswith("stage 1 on 'd1': ") and message.endswith(words)


def test_parts_in_one_process_take_what_the_plan_says(scratch):
    folder = split_chain(scratch, "provider: Other, ", "").folder
    with pytest.raises(RunError, match="there is no execution provider 'Other' here"):
        Pipeline(folder)
    with Pipeline(folder, provider=CPU) as pipeline:
        assert pipeline.run({"x": numpy.ones((1, 4, 16, 16), "float32")})["y"].shape[1] == 4


def test_libraries_that_are_none(azure, scratch):
    plan = azure.folder / "plan.json"
    (scratch / "text.so").write_text("no library")
    for library in ("/nowhere/plugin.so", scratch / "text.so"):
        for message in refused(plan, f"--provider=d1=X,library={library}"):
            assert message.startswith("stage 1 on 'd1': ")
            assert f"the provider library '{library}' cannot be loaded: " in message


def test_a_library_without_a_path(scratch):
    """In the cluster file, too, it is no library left out."""
    plan = split_chain(scratch, "", "provider: X, provider_options: {library: ''}, ").folder
    for message in refused(plan / "plan.json"):
        assert message.startswith("stage 1 on 'd1': ")
        assert "'library=' of the provider 'X' is empty; name the library" in message


def test_wrong_options(azure):
    plan = azure.folder / "plan.json"
    for arguments, words in (
            (["--provider=d7=X"], "--provider names 'd7', which has no stage; devices with stages "
                                  "are d0, d1"),
            (["--provider=d0=X", "--provider=d0=Y"], "--provider is given twice for 'd0'"),
            (["--provider=X", "--provider=Y"], "--provider is given twice without a device"),
            (["--provider=d0=X,y"], "--provider: 'y' of the provider 'X' is not KEY=VALUE"),
            (["--provider=d0=X,library="], "--provider: 'library=' of the provider 'X' is empty; "
                                           "name the library of its plug-in with library=PATH, "
                                           "or leave it out"),
            (["--provider=d0=X,=1"], "--provider: '=1' of the provider 'X' is not KEY=VALUE"),
            (["--provider=d0="], f"--provider: '' names no provider, such as {CPU}")):
        assert refused(plan, *arguments, before_mpi=True) == (words, words)
    error, = mpi.errors(start(mpi.RUN, "--profile=x.json", "--devices=x.yaml", "--strict"))
    assert error.startswith("--provider and --strict are for running a plan; ")


@pytest.mark.parametrize("change, words", [
    ({"provider_options": {"a": "b"}}, "belong to a provider, of which there is none"),
    ({"provider": "X", "provider_options": {"a": 1}}, "expected"),
    ({"provider": "X", "provider_options": ["a"]}, "expected"),
    ({"provider": 3}, "expected")])
def test_wrong_plans(azure, change, words, scratch):
    plan = json.loads((azure.folder / "plan.json").read_text())
    plan["stages"][0] |= change
    for file in azure.files:
        (scratch / file.name).symlink_to(file)
    (scratch / "plan.json").write_text(json.dumps(plan))
    for message in refused(scratch / "plan.json", before_mpi=True):
        assert "stages[0].provider" in message and words in message


# --- One that is plugged in --------------------------------------------------------


def test_plug_ins_throw_by_the_runtime_that_unwinds_them():
    """That of the system: a copy in the program that they found first would end the
    process where an exception passes a function of C."""
    done = start("nm", "-D", "--defined-only", mpi.RUN)
    assert done.returncode == 0, done.stderr
    names = {line.split()[-1].partition("@")[0] for line in done.stdout.splitlines()}
    assert not names & {"__cxa_throw", "_Unwind_RaiseException"}


@pytest.fixture(scope="module")
def library():
    import onnxruntime_ep_openvino

    return onnxruntime_ep_openvino.get_library_path()


@needs_openvino
def test_a_plug_in_gives_what_the_cpu_gives(library, scratch):
    """From the cluster file, with the library and an option of the provider's own: where
    the processor has bfloat16, it would round to that."""
    plugged = (f"provider: {OPENVINO}, provider_options: {{library: {library}, device: CPU, "
               """load_config: '{"CPU": {"INFERENCE_PRECISION_HINT": "f32"}}'}, """)
    plan = split_chain(scratch, plugged, plugged).folder / "plan.json"
    found = {}
    for runner in (in_cpp, in_python):
        for name, more in ((OPENVINO, ["--strict"]), (CPU, [f"--provider={CPU}"])):
            folder = scratch / f"{runner.__name__}-{name}"
            runner(plan, "--items=3", "--seed=2", f"--save-outputs={folder}",
                   f"--json={folder}.json", *more)
            found[runner, name] = outputs(folder)
            for stage in json.loads((scratch / f"{folder}.json").read_text())["stages"]:
                assert stage.get("provider", CPU) == name
                # Fused, they are fewer than in the file.
                assert stage.get("provider_nodes", 1) >= 1 and not stage.get("other_nodes")
    expected = found[in_cpp, CPU]
    assert len(expected) == 3
    for values in found.values():
        for value, one in zip(values, expected, strict=True):
            numpy.testing.assert_allclose(value, one, rtol=1e-4, atol=1e-5)


@needs_openvino
def test_devices_of_a_plug_in(azure, library):
    plan = azure.folder / "plan.json"
    named = f"--provider=d0={OPENVINO},library={library}"
    for message in refused(plan, f"{named},device=7"):
        assert f"{OPENVINO} has the devices 0 (CPU, " in message
        assert "name one of them with device=NUMBER or device=KIND" in message
    for message in refused(plan, f"--provider=d0=Other,library={library}"):
        assert f"the provider library '{library}' has no 'Other' with a device here" in message
        assert OPENVINO in message.split("providers here are")[1]


@needs_openvino
def test_a_provider_that_does_not_start(azure, library):
    """No run on the CPU in its place."""
    for message in refused(azure.folder / "plan.json", f"--provider=d0={OPENVINO},"
                           f"library={library},load_config=no JSON"):
        assert message.startswith("stage 0 on 'd0': ")
        assert f"with {OPENVINO}: " in message and "JSON parsing error" in message
