"""--emit=compose: what is written is what Compose takes, and runs the plan."""

import json
import os
import re
import shutil
import subprocess
import sys

import pytest

import mpi
import split

CLASSIFIER = split.MODELS / "ch_ppocr_mobile_v2.0_cls_infer.onnx"
SHAPE = "--shape=x=1x3x48x192"
# What images are made from; another one may know a proxy.
BASE = os.environ.get("ONNX_SPLIT_COMPOSE_BASE", "debian:12-slim")
CLUSTER = """version: 1
devices:
  - {name: box, op_overhead: 10 ms, memory: 512 MiB}
  - {name: nuc, op_overhead: 10 ms}
links: {default: {bandwidth: 100 Gbit/s, latency: 1 us}}
"""


def succeeds(*command):
    try:
        return subprocess.run(command, capture_output=True, timeout=60).returncode == 0
    except (FileNotFoundError, subprocess.TimeoutExpired):
        return False


def find_compose():
    for command in (["docker", "compose"], ["docker-compose"]):
        if succeeds(*command, "version"):
            return command
    return None


COMPOSE = find_compose()
needs_compose = pytest.mark.skipif(not COMPOSE, reason="Compose is not installed: apt-get install "
                                          "docker-compose; nothing else here needs it")


def why_nothing_starts():
    if not COMPOSE:
        return "Compose is not installed"
    if not succeeds("docker", "info"):
        return "there is no Docker daemon that answers"
    return ("" if succeeds("docker", "image", "inspect", BASE) else
            f"there is no image {BASE}: docker pull {BASE}, or name another in "
            "ONNX_SPLIT_COMPOSE_BASE")


def emit(scratch, *options):
    """Three stages on two devices, of which one has two."""
    return split.split(CLASSIFIER, scratch, SHAPE, "--emit=compose", "--revisit", "--stages=3",
                       "--pin=op:GlobalAveragePool=box", "--pin=op:Softmax=box",
                       "--pin=op:MatMul=nuc", *options, cluster=CLUSTER)


def compose(folder, *arguments, **environment):
    return subprocess.run([*COMPOSE, "-f", folder / "compose.yaml", *arguments],
                          capture_output=True, text=True, timeout=900,
                          env=os.environ | environment)


@needs_compose
def test_compose_takes_it(scratch):
    done = emit(scratch)
    taken = compose(done.folder, "config")
    assert taken.returncode == 0, taken.stderr
    # Versions write numbers with and without quotes.
    assert re.search(r'mem_limit: "?536870912"?\n', taken.stdout)
    assert f"{done.folder}:/plan:ro" in taken.stdout or str(done.folder) in taken.stdout
    assert "is not set" not in taken.stderr


def test_the_command_of_the_containers(scratch):
    """Without containers: each host is this one."""
    done = emit(scratch)
    text = (done.folder / "compose.yaml").read_text()
    [command] = re.findall(r"^        (mpirun .*?)\n    environment:", text, re.M | re.S)
    hosts = re.search(r"--host (\S+)", command)[1]
    assert sorted(hosts.split(",")) == ["box", "box", "nuc"]
    command = command.replace(hosts, ",".join(["localhost"] * 3)).replace("$$", "$")
    command = command.replace("/opt/runner/bin/python", sys.executable)
    ran = subprocess.run(
        ["sh", "-c", command], cwd=done.folder, capture_output=True, text=True, timeout=120,
        env=mpi.ENVIRONMENT | {"PYTHONPATH": str(split.ROOT / "python"), "RUN_OPTIONS": "--items=7"})
    assert ran.returncode == 0, ran.stderr
    assert "7 in order, none lost or twice" in ran.stdout


@pytest.mark.skipif(why_nothing_starts() != "", reason=why_nothing_starts())
def test_containers_run_the_plan(scratch):
    """Builds the image, with the network, from the runner of this source."""
    done = emit(scratch)
    shutil.copytree(split.ROOT / "python/onnx_split_run", scratch / "runner")
    subprocess.run([sys.executable, "-m", "pip", "wheel", "-q", "--no-deps", "-w", done.folder,
                    scratch / "runner"], check=True)
    project = ["-p", f"onnx-split-test-{os.getpid()}"]
    built = compose(done.folder, *project, "build", "--build-arg", f"BASE={BASE}", "run")
    assert built.returncode == 0, built.stdout + built.stderr
    try:
        ran = compose(done.folder, *project, "up", "--no-build", "--exit-code-from", "run",
                      RUN_OPTIONS="--items=7")
        assert ran.returncode == 0, ran.stdout + ran.stderr
        assert "7 in order, none lost or twice" in ran.stdout
        limits = {}
        for container in compose(done.folder, *project, "ps", "-a", "-q").stdout.split():
            [seen] = json.loads(subprocess.run(["docker", "inspect", container],
                                               capture_output=True, check=True).stdout)
            limits[seen["Config"]["Hostname"]] = (seen["HostConfig"]["Memory"],
                                                  seen["HostConfig"]["MemorySwap"])
        assert limits["box"] == (512 << 20, 512 << 20) and limits["nuc"] == (0, 0)
    finally:
        compose(done.folder, *project, "down")
