"""Planning that takes long: progress on a terminal, and Ctrl-C."""

import os
import pty
import re
import signal
import subprocess
import time

import numpy
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

import split


def branches(count, length):
    """Parallel chains between one input and a sum: many orders of the nodes."""
    nodes, weights, ends = [], [], []
    for branch in range(count):
        last = "x"
        for step in range(length):
            name = f"{branch}_{step}"
            weights.append(numpy_helper.from_array(
                numpy.full((64, 64), branch + step, numpy.float32), f"w{name}"))
            nodes.append(helper.make_node("MatMul", [last, f"w{name}"], [f"t{name}"]))
            last = f"t{name}"
        ends.append(last)
    nodes.append(helper.make_node("Sum", ends, ["y"]))
    graph = helper.make_graph(
        nodes, "branches",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, [32, 64])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, [32, 64])], weights)
    return helper.make_model(graph, ir_version=8,
                             opset_imports=[helper.make_opsetid("", 17)])


@pytest.fixture
def hard(scratch):
    """Far from proven after a minute: twelve devices of which no two are equal."""
    onnx.save(branches(4, 12), scratch / "hard.onnx")
    devices = "".join(
        f"  - {{name: d{i}, compute: {100 + 7 * i * i} MFLOP/s,"
        f" memory: {150 + 3 * i} KiB}}\n" for i in range(12))
    (scratch / "hard.yaml").write_text(
        "version: 1\ndevices:\n" + devices
        + "links:\n  default: {bandwidth: 100 Mbit/s, latency: 100 us}\n"
          "  between:\n"
          "    - {devices: [d0, d1], bandwidth: 30 Mbit/s}\n"
          "    - {devices: [d2, d5], bandwidth: 20 Mbit/s}\n")
    return scratch


def start(folder, limit, **streams):
    return subprocess.Popen(
        [str(split.BIN / "onnx-split"), str(folder / "hard.onnx"),
         "--devices", str(folder / "hard.yaml"), "-o", str(folder / "parts"),
         f"--time-limit={limit}"],
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, **streams)


def read_until(terminal, pattern):
    """What the terminal shows until the pattern appears."""
    shown = b""
    while not re.search(pattern, shown):
        shown += os.read(terminal, 4096)
    return shown


def test_ctrl_c_takes_the_best_plan_so_far(hard):
    try:
        terminal, stderr = pty.openpty()
    except OSError as error:
        pytest.skip(f"this machine has no terminals to open: {error}")
    process = start(hard, "1000min", stderr=stderr)
    os.close(stderr)
    # So planning has begun, and no limit ends it.
    read_until(terminal, rb"planning: best \d[^\r\n]*, bound \d[^\r\n]*, gap \d")
    process.send_signal(signal.SIGINT)
    shown = read_until(terminal, rb"interrupted: the plan is the best one so far")
    summary = process.stdout.read().decode()
    assert process.wait(timeout=120) == 0, shown
    assert "bound  " in summary and "optimal" not in summary
    assert re.search(r"\nstopped +by the time limit of .*, or an interrupt; more time", summary)
    plan = split.load_parts(hard / "parts").plan
    assert 0 < plan["lower_bound_ns"] < plan["bottleneck_ns"]
    os.close(terminal)


def test_no_progress_in_a_pipe(hard):
    process = start(hard, "2s", stderr=subprocess.PIPE)
    _, errors = process.communicate(timeout=120)
    assert process.returncode == 0
    assert errors == b""


def test_ctrl_c_ends_generated_problems():
    """The one that runs ends with what it has, if anything, and no other follows."""
    process = subprocess.Popen(
        [split.BIN / "onnx-split-bench", "--synthetic=3000x40", "--synthetic=3000x40",
         "--shape-of-synthetic=layers", "--strategy=exact", "--time-limit=1000min"],
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    # The head of the table is there before the first one begins.
    assert process.stdout.readline().startswith("instance,")
    time.sleep(2)
    process.send_signal(signal.SIGINT)
    rows, errors = process.communicate(timeout=120)
    # On a busy machine there may be no plan yet.
    assert process.returncode in (0, 2), errors
    assert rows.count("\n") == 1, rows
