"""Writing the output folder when something goes wrong: the old output stays or
the new one is complete, nothing else is left, and the exit status is 4. Also
what the program does not do: use the network, start programs, or write
anywhere else."""

import contextlib
import hashlib
import os
import pathlib
import random
import re
import shutil
import subprocess
import threading
import time

import numpy
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

import split

CANNOT_WRITE = 4
WEIGHT_BYTES = 4 << 20


@pytest.fixture
def model(scratch):
    """Two products with 4 MiB of weights each, and clusters of one device and
    of two, for outputs that differ."""
    weights = [numpy_helper.from_array(
        numpy.full((1024, WEIGHT_BYTES // 4096), i, "float32"), f"w{i}") for i in (1, 2)]
    nodes = [helper.make_node("MatMul", ["x", "w1"], ["a"]),
             helper.make_node("MatMul", ["a", "w2"], ["y"])]
    graph = helper.make_graph(
        nodes, "g", [helper.make_tensor_value_info("x", TensorProto.FLOAT, [1, 1024])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, [1, 1024])], weights)
    onnx.save(helper.make_model(
        graph, ir_version=8, opset_imports=[helper.make_opsetid("", 17)]),
        scratch / "model.onnx")
    for count in (1, 2):
        (scratch / f"{count}.yaml").write_text(split.even_cluster(count))
    return scratch


def command(model, devices, out, *options):
    return [split.BIN / "onnx-split", model / "model.onnx", "--devices",
            model / f"{devices}.yaml", "-o", out, "--weights=external", *options]


def run(arguments, **options):
    return subprocess.run(list(map(str, arguments)), stdin=subprocess.DEVNULL,
                          capture_output=True, text=True, timeout=120, **options)


def content(folder):
    """Name and digest of each file."""
    return {path.name: hashlib.sha256(path.read_bytes()).digest()
            for path in folder.iterdir()}


def expect_failure(done, pattern):
    assert done.returncode == CANNOT_WRITE, (done.returncode, done.stderr)
    assert re.search(pattern, done.stderr), done.stderr
    assert done.stdout == ""


def test_killed_at_any_moment(model):
    """A hundred times by a signal that cannot be caught."""
    out = model / "work/parts"
    out.parent.mkdir()
    references = {}
    for devices in (1, 2):
        start = time.monotonic()
        assert run(command(model, devices, model / f"{devices}")).returncode == 0
        duration = time.monotonic() - start
        references[devices] = content(model / f"{devices}")
    shutil.copytree(model / "1", out)
    moments = random.Random(0)
    seen = {"old": 0, "new": 0, "leftovers": 0}
    for attempt in range(100):
        old, new = ((1, 2), (2, 1))[attempt % 2]
        if content(out) != references[old]:
            old, new = new, old
        process = subprocess.Popen(
            list(map(str, command(model, new, out, "--force"))),
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        time.sleep(moments.uniform(0, duration))
        process.kill()
        process.wait()
        now = content(out)
        assert now in (references[old], references[new]), "neither old nor new"
        seen["new" if now == references[new] else "old"] += 1
        seen["leftovers"] += len(list(out.parent.iterdir())) > 1
    # Otherwise the moments were not where they matter.
    assert all(seen.values()), seen
    assert run(command(model, 1, out, "--force")).returncode == 0
    assert list(out.parent.iterdir()) == [out], "the next run cleans up"


def test_two_runs_at_once(model):
    """A run does not take the folder of one that is still writing for garbage."""
    (model / "work").mkdir()
    processes = [subprocess.Popen(
        list(map(str, command(model, 1 + i % 2, model / f"work/parts{i // 2}", "--force"))),
        stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True) for i in range(6)]
    for process in processes:
        error = process.communicate(timeout=120)[1]
        assert process.returncode == 0, error
    for i in range(3):
        split.load_parts(model / f"work/parts{i}")
    assert len(list((model / "work").iterdir())) == 3


def test_neighbours_stay(model):
    """Only folders with exactly the temporary name are removed."""
    (model / "work").mkdir()
    kept = ["parts.partial", "parts.12345.partial", "parts.1234567g.partial",
            "other.01234567.partial", "parts.01234567.partial.old"]
    for name in [*kept, "parts.01234567.partial"]:
        (model / "work" / name).mkdir()
    assert run(command(model, 1, model / "work/parts")).returncode == 0
    assert {p.name for p in (model / "work").iterdir()} == {*kept, "parts"}


@contextlib.contextmanager
def mounted(folder, *options):
    """A small file system of its own. Needs root."""
    if os.geteuid() != 0:
        pytest.skip("mounting a small file system needs root")
    folder.mkdir()
    done = run(["mount", "-t", "tmpfs", *options, "tmpfs", folder])
    if done.returncode:
        pytest.skip(f"this machine mounts no tmpfs: {done.stderr}")
    try:
        yield folder
    finally:
        subprocess.run(["umount", str(folder)], check=True)


def test_disk_full(model):
    assert run(command(model, 2, model / "fits")).returncode == 0
    with mounted(model / "small", "-o", "size=6m") as folder:
        (folder / "parts").mkdir()
        shutil.copy(model / "fits/plan.json", folder / "parts")
        for options in ((), ("--weights=embed",)):
            done = run(command(model, 2, folder / "parts", "--force", *options))
            expect_failure(done, "cannot write .*: No space left on device")
            assert [p.name for p in folder.iterdir()] == ["parts"]
            assert [p.name for p in (folder / "parts").iterdir()] == ["plan.json"]


def test_disk_full_but_for_the_plan(model):
    """The parts fit, plan.json does not."""
    assert run(command(model, 1, model / "fits")).returncode == 0
    pages = sum(-(-p.stat().st_size // 4096) for p in (model / "fits").iterdir()
                if p.name != "plan.json")
    with mounted(model / "small", "-o", f"size={pages * 4096}") as folder:
        done = run(command(model, 1, folder / "parts"))
        expect_failure(done, "plan.json: error: cannot write: No space left on device")
        assert list(folder.iterdir()) == []


def test_read_only(model):
    with mounted(model / "small", "-o", "ro") as folder:
        done = run(command(model, 1, folder / "parts"))
        expect_failure(done, "cannot create the output folder: Read-only file system")


def run_while_removing(model):
    """Splits while whatever is being written is removed."""
    stop = threading.Event()

    def remove():
        while not stop.is_set():
            for path in (model / "work").glob("*.partial"):
                shutil.rmtree(path, ignore_errors=True)

    thread = threading.Thread(target=remove)
    thread.start()
    try:
        return run(command(model, 2, model / "work/parts"))
    finally:
        stop.set()
        thread.join()


def test_folder_removed_meanwhile(model):
    (model / "work").mkdir()
    # Now and then the folder gets its name before it is found.
    for _ in range(20):
        done = run_while_removing(model)
        if done.returncode:
            break
        shutil.rmtree(model / "work/parts", ignore_errors=True)
    expect_failure(done, "error: cannot .*: No such file or directory")
    assert list((model / "work").iterdir()) == []


# --- Under strace ------------------------------------------------------------


def trace(arguments, *options):
    log = pathlib.Path(arguments[arguments.index("-o") + 1]).parent / "strace.log"
    done = run(["strace", "-f", "-o", log, *options, *arguments])
    lines = log.read_text().splitlines()
    assert any("renameat2" in line for line in lines), "strace shows nothing"
    return done, lines


@pytest.mark.parametrize("error", ["EIO", "EACCES"])
def test_rename_fails(model, error):
    assert run(command(model, 2, model / "parts")).returncode == 0
    before = content(model / "parts")
    done, _ = trace(command(model, 1, model / "parts", "--force"),
                    "-e", f"inject=renameat2:error={error}")
    expect_failure(done, "cannot name the output folder so: ")
    assert content(model / "parts") == before
    assert not list(model.glob("parts.*"))


@pytest.mark.parametrize("exists", [False, True])
def test_file_system_that_cannot_exchange(model, exists):
    if exists:
        assert run(command(model, 2, model / "parts")).returncode == 0
        before = content(model / "parts")
    done, _ = trace(command(model, 1, model / "parts", "--force"),
                    "-e", "inject=renameat2:error=EINVAL")
    assert done.returncode == 0, done.stderr
    assert "plan.json" in content(model / "parts")
    assert not exists or content(model / "parts") != before
    assert not list(model.glob("parts.*"))


@pytest.mark.parametrize("force", [False, True])
def test_what_comes_late_stays(model, force):
    """Somebody writes into the folder just before it gets its name."""
    parts = model / "late/parts"
    parts.parent.mkdir()
    if force:
        assert run(command(model, 2, parts)).returncode == 0
    process = subprocess.Popen(
        list(map(str, ["strace", "-f", "-o", model / "strace.log",
                       "-e", "inject=renameat2:delay_enter=700000",
                       *command(model, 1, parts, *["--force"] * force)])),
        stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    while not list(parts.parent.glob("parts.*/plan.json")):
        assert process.poll() is None, process.stderr.read()
        time.sleep(0.01)
    parts.mkdir(exist_ok=True)
    (parts / "mine").write_text("mine")
    before = content(parts)
    error = process.communicate(timeout=60)[1]
    assert process.returncode == CANNOT_WRITE, error
    assert "cannot name the output folder so: " in error
    assert content(parts) == before and "mine" in before
    assert list(parts.parent.iterdir()) == [parts]


def test_reaches_nothing_else(model):
    """No network, no programs, and nothing opened for writing but the output."""
    done, lines = trace(command(model, 2, model / "parts"))
    assert done.returncode == 0, done.stderr
    written = set()
    for line in lines:
        match = re.match(r"\d+ +(\w+)\((.*)", line)
        if not match:
            continue
        name, rest = match.groups()
        assert name not in ("socket", "connect", "bind", "sendto", "fork", "vfork"), line
        assert name != "execve" or "onnx-split" in rest, line
        if name in ("open", "openat", "creat") and re.search(r"O_WRONLY|O_RDWR|O_CREAT", rest):
            written.add(pathlib.Path(re.search(r'"([^"]*)"', rest)[1]))
        if name in ("mkdir", "mkdirat", "unlink", "unlinkat", "rename", "link", "symlink"):
            written.add(pathlib.Path(re.search(r'"([^"]*)"', rest)[1]))
    written.discard(pathlib.Path("/dev/null"))
    outside = {path for path in written
               if not str(path).startswith(f"{model}/parts.")}
    assert written and not outside, outside
