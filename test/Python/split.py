"""How the tests call onnx-split and run what it wrote."""

import importlib.machinery
import importlib.util
import json
import os
import pathlib
import subprocess
import time
import types

import onnx
import onnxruntime

ROOT = pathlib.Path(__file__).resolve().parents[2]
BIN = pathlib.Path(os.environ.get("ONNX_SPLIT_BIN", ROOT / "build/bin"))
MODELS = pathlib.Path(os.environ.get("ONNX_SPLIT_MODELS", ROOT / ".deps/models"))
DOMAIN = "dev.onnxsplit"

onnxruntime.set_default_logger_severity(4)  # what fails is raised as well


def _load_script(path):
    """A script without .py as a module: the tests run parts just as users do."""
    name = path.name.replace("-", "_")
    loader = importlib.machinery.SourceFileLoader(name, str(path))
    module = importlib.util.module_from_spec(
        importlib.util.spec_from_loader(name, loader))
    loader.exec_module(module)
    return module


tools = _load_script(ROOT / "utils/run-parts")


def onnx_split(*arguments, **options):
    """Runs onnx-split and returns what it did, whatever its exit status."""
    return subprocess.run(
        [str(BIN / "onnx-split"), *map(str, arguments)],
        stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=300,
        **options,
    )


def is_gone(pid):
    """Also where nobody has waited for it yet."""
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        try:
            if ") Z" in pathlib.Path(f"/proc/{pid}/stat").read_text():
                return True
        except (FileNotFoundError, ProcessLookupError):
            return True
        time.sleep(0.02)
    return False


def even_cluster(count):
    """A cluster on which the best plan uses every device: a node costs 10 ms
    wherever it runs, and links cost next to nothing."""
    devices = "".join(f"  - {{name: d{i}, op_overhead: 10 ms}}\n" for i in range(count))
    return ("version: 1\ndevices:\n" + devices
            + "links:\n  default: {bandwidth: 100 Gbit/s, latency: 1 us}\n")


def split(model, folder, *options, cluster):
    """Splits a model (a file or a ModelProto) into folder/parts; returns the
    parts and the plan."""
    folder = pathlib.Path(folder)
    if isinstance(model, onnx.ModelProto):
        onnx.save(model, folder / "whole.onnx")
        model = folder / "whole.onnx"
    (folder / "cluster.yaml").write_text(cluster)
    done = onnx_split(model, "--devices", folder / "cluster.yaml",
                      "-o", folder / "parts", *options)
    assert done.returncode == 0, f"exit status {done.returncode}\n{done.stderr}"
    return load_parts(folder / "parts")


def load_parts_without_weights(folder):
    return load_parts(folder, load_external_data=False)


def load_parts(folder, **options):
    """plan.json, the parts as written, and where they are."""
    plan = json.loads((folder / "plan.json").read_text())
    files = [folder / stage["file"] for stage in plan["stages"]]
    return types.SimpleNamespace(
        folder=folder, plan=plan, stages=plan["stages"], wires=plan["wires"],
        files=files, models=[onnx.load(file, **options) for file in files])


def run_whole(path, inputs, optimise):
    whole = tools.session(path, optimise)
    names = [value.name for value in whole.get_outputs()]
    return dict(zip(names, whole.run(names, inputs)))


def compare(expected, folder, inputs, optimise):
    """Asserts that the parts give the whole model's outputs: to the bit
    without ONNX Runtime's optimisations, and nearly so with them."""
    actual = tools.run_parts(folder, inputs, optimise)
    for name, value in expected.items():
        if optimise:
            difference, relative = tools.compare(value, actual[name])
            assert relative <= 1e-4, f"{name} is off by {difference}"
        else:
            assert tools.same_bits(value, actual[name]), f"{name} differs"


def check_part(model, path, full):
    """The checks that every part must pass."""
    onnx.checker.check_model(str(path), full_check=full)
    used = {node.domain for node in model.graph.node}
    assert DOMAIN not in {o.domain for o in model.opset_import} - used
