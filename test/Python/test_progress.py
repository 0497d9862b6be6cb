"""What a terminal shows while work takes long, and that nothing else does."""

import fcntl
import os
import pty
import re
import signal
import struct
import subprocess
import termios
import time

import onnx
import pytest
from onnx import TensorProto, helper

import split

START_OVER = b"\r\x1b[K"


def long_chain(count, path):
    """A file of so many nodes, made from one by changing the digits of its names."""
    shape = [1, 64]
    graph = helper.make_graph(
        [], "chain", [helper.make_tensor_value_info("t0000000", TensorProto.FLOAT, shape)],
        [helper.make_tensor_value_info(f"t{count:07}", TensorProto.FLOAT, shape)])
    model = helper.make_model(graph, ir_version=8,
                              opset_imports=[helper.make_opsetid("", 17)])
    node = onnx.GraphProto(
        node=[helper.make_node("Relu", ["t0000000"], ["t0000001"])]).SerializeToString()
    nodes = b"".join(
        node.replace(b"t0000001", b"t%07d" % (i + 1)).replace(b"t0000000", b"t%07d" % i)
        for i in range(count))
    body = model.graph.SerializeToString() + nodes
    model.ClearField("graph")
    size, length = len(body), b""
    while size > 127:
        length += bytes([size & 127 | 128])
        size >>= 7
    # ModelProto.graph is field 7.
    path.write_bytes(model.SerializeToString() + b"\x3a" + length + bytes([size]) + body)


@pytest.fixture(scope="module")
def chain(tmp_path_factory):
    folder = tmp_path_factory.mktemp("progress")
    long_chain(70_000, folder / "chain.onnx")
    (folder / "cluster.yaml").write_text(
        "version: 1\n"
        "devices: [{name: p, op_overhead: 10 us}, {name: q, op_overhead: 10 us}]\n"
        "links: {default: {bandwidth: 800 Mbit/s}}\n")
    return folder


def start(folder, *options, stderr, late=True):
    """A run whose first second is over soon after it began, if it is late: then all
    work is shown that begins afterwards, however fast the machine is."""
    process = subprocess.Popen(
        [split.BIN / "onnx-split", folder / "chain.onnx", "--devices",
         folder / "cluster.yaml", "--time-limit=2s", *options],
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=stderr)
    if late:
        time.sleep(0.1)
        process.send_signal(signal.SIGSTOP)
        time.sleep(1)
        process.send_signal(signal.SIGCONT)
    return process


def watch(folder, *options, columns=0, late=True, status=0):
    """What a terminal gets, in all."""
    try:
        terminal, stderr = pty.openpty()
    except OSError as error:
        pytest.skip(f"this machine has no terminals to open: {error}")
    if columns:
        fcntl.ioctl(stderr, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    process = start(folder, *options, stderr=stderr, late=late)
    os.close(stderr)
    shown = b""
    while True:
        # Reading fails once nobody can write any more.
        try:
            shown += os.read(terminal, 65536)
        except OSError:
            break
    os.close(terminal)
    process.stdout.read()
    assert process.wait(timeout=300) == status, shown
    return shown


def test_all_that_takes_long_is_shown(chain, scratch):
    shown = watch(chain, "-o", scratch / "parts", "--verify", "--explain")
    # The line is taken away at the end, and nothing else is left.
    lines = shown.split(START_OVER)
    assert lines[0] == lines[-1] == b""
    assert b"\n" not in shown
    phases = [line.decode() for line in lines]
    place = 0
    for phase in [r"reading .*chain\.onnx, [\d.]+ MiB", "verifying: ONNX Runtime runs the whole",
                  "inferring types and extents", "estimating costs", "planning",
                  "planning: best [^,]*, bound [^,]*, gap", "asking what would help",
                  "checking the plan", "forming the parts", "preparing the parts",
                  r"writing: 0 B of [\d.]+ MiB", "verifying", "verifying: the whole model",
                  "verifying: stage 0 of 2", "verifying: stage 1 of 2"]:
        found = [i for i in range(place, len(phases)) if re.match(phase, phases[i])]
        assert found, (phase, phases)
        place = found[0]
    # Seconds, from the second of each on.
    assert any(re.fullmatch(r"verifying: the whole model, 1 s", phase) for phase in phases)


def test_nothing_is_shown_within_a_second(scratch):
    long_chain(3, scratch / "chain.onnx")
    (scratch / "cluster.yaml").write_text("version: 1\ndevices: [{name: p}]\n")
    assert watch(scratch, "--dry-run", late=False) == b""


def test_nothing_is_shown_in_a_pipe(chain):
    process = start(chain, "--dry-run", stderr=subprocess.PIPE)
    _, errors = process.communicate(timeout=300)
    assert process.returncode == 0
    assert errors == b""


def test_messages_have_lines_of_their_own(chain):
    shown = watch(chain, "--dry-run", "--cut=nowhere", status=1)
    assert b"inferring types" in shown
    # Behind it, what is drawn while the program ends is taken away again.
    assert re.search(rb"\x1b\[K[^\r\n\x1b]*chain\.onnx: error: --cut names 'nowhere'[^\r\n]*\r\n"
                     rb"(\r\x1b\[K[^\r\n]+\r\x1b\[K)*$", shown), shown


@pytest.mark.parametrize("phase", ["inferring types", "checking the plan"])
def test_ctrl_c_leaves_no_line(chain, phase):
    """Where it ends the program, which is before planning and behind it."""
    try:
        terminal, stderr = pty.openpty()
    except OSError as error:
        pytest.skip(f"this machine has no terminals to open: {error}")
    process = start(chain, "--dry-run", stderr=stderr)
    os.close(stderr)
    shown = b""
    while phase.encode() not in shown:
        shown += os.read(terminal, 65536)
    process.send_signal(signal.SIGINT)
    assert process.wait(timeout=60) == -signal.SIGINT
    while True:
        try:
            shown += os.read(terminal, 65536)
        except OSError:
            break
    os.close(terminal)
    assert shown.endswith(START_OVER), shown[-200:]


def test_lines_are_no_longer_than_the_terminal_is_wide(chain):
    shown = watch(chain, "--dry-run", columns=24)
    lines = [line for line in shown.split(START_OVER) if line]
    assert lines and all(len(line) < 24 for line in lines), lines
