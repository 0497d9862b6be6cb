"""Plans over MPI on this machine."""

import os
import pathlib
import re
import shutil
import subprocess
import time

import pytest

import split

RUN = split.BIN / "onnx-split-run"
MPI = shutil.which("mpirun")
ENVIRONMENT = os.environ | {
    "OMPI_ALLOW_RUN_AS_ROOT": "1", "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1",
    "OMPI_MCA_rmaps_base_oversubscribe": "1", "OMPI_MCA_hwloc_base_binding_policy": "none",
    # Nothing leaves the machine.
    "OMPI_MCA_btl": "self,vader,tcp", "OMPI_MCA_btl_tcp_if_include": "lo",
    "OMPI_MCA_oob_tcp_if_include": "lo", "OMPI_MCA_btl_vader_single_copy_mechanism": "none",
}

if not MPI:
    pytest.skip("mpirun is not installed", allow_module_level=True)


def command(ranks, *arguments):
    return [MPI, "-np", str(ranks), str(RUN), *map(str, arguments)]


def run(ranks, *arguments, status=0, mca={}):
    environment = ENVIRONMENT | {f"OMPI_MCA_{key}": value for key, value in mca.items()}
    done = subprocess.run(command(ranks, *arguments), stdin=subprocess.DEVNULL,
                          capture_output=True, text=True, timeout=120, env=environment)
    assert (done.returncode == 0) == (status == 0), done.stdout + done.stderr
    return done


def errors(done):
    return re.findall(r"^onnx-split-run: error: (.*)$", done.stderr, re.M)


def start_ranks(count, plan, *options):
    """A run that lasts, once all its ranks compute, and their processes."""
    process = subprocess.Popen(
        command(count, plan, "--progress", *options),
        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
        text=True, env=ENVIRONMENT)
    # Until the first line of progress; libraries may say something before.
    next((line for line in iter(process.stderr.readline, "")
          if line.startswith("onnx-split-run: item")), None)
    ranks = {}
    for folder in pathlib.Path("/proc").iterdir():
        try:
            environment = (folder / "environ").read_bytes().split(b"\0")
            words = (folder / "cmdline").read_bytes().split(b"\0")
            parent = int((folder / "stat").read_text().rsplit(")", 1)[1].split()[1])
        except (OSError, ValueError, IndexError):
            continue
        if words[0].endswith(b"onnx-split-run") and parent == process.pid:
            rank = next(int(e.split(b"=")[1]) for e in environment
                        if e.startswith(b"OMPI_COMM_WORLD_RANK="))
            ranks[rank] = int(folder.name)
    assert sorted(ranks) == list(range(count))
    return process, ranks


def end(process, ranks):
    """The lines of standard error; nothing may be left running."""
    _, text = process.communicate(timeout=30)
    deadline = time.monotonic() + 10
    while any(pathlib.Path(f"/proc/{pid}").exists() for pid in ranks.values()):
        assert time.monotonic() < deadline, "a rank goes on"
        time.sleep(0.05)
    return re.findall(r"^onnx-split-run: error: (.*)$", text, re.M)
