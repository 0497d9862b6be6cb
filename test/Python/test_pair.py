"""Plans on an emulated cluster: one pair of the experiment, which is a model made, a
cluster emulated, measured, planned for, split, and run over MPI in all its plans (how
fast it is says nothing here); and a link that fails during a run."""

import json
import re
import subprocess
import sys

import pytest

import models
import split
from test_emulation import command_line, emulates  # noqa: F401, a fixture

# Runs a plan on two devices, and once items go through cuts the way from the first
# to the second one: packets vanish, as on a radio link, and nobody is told.
CUT = """
mpirun --host {first},{second} -np 2 {run} {plan} --items=3000000 --progress --timeout=3s \
  --threads=1 >run.log 2>&1 &
until grep -q '^onnx-split-run: item' run.log || ! kill -0 $! 2>/dev/null; do sleep 0.1; done
address=$($ONNX_SPLIT_ON_DEVICE {first} "getent hosts {second}" | cut -d ' ' -f 1)
$ONNX_SPLIT_ON_DEVICE {first} "ip route add blackhole $address/32" || exit 99
wait $!
"""


def test_emulated_pair(scratch, emulates):  # noqa: F811
    work = scratch / "work"
    done = subprocess.run(
        [sys.executable, str(split.ROOT / "utils/experiment"), str(work), "--quick", "--seconds=1",
         "--strategies", "ours", "equal", "--bin", str(split.BIN)], stdin=subprocess.DEVNULL, capture_output=True, text=True,
        timeout=400)
    assert done.returncode == 0, done.stdout + done.stderr
    (pair, record), = json.loads((work / "results.json").read_text())["pairs"].items()
    assert pair == "mobilenetv2@mixed"
    assert "ours" in record["plans"] and len(record["plans"]) >= 2
    for plan in record["plans"].values():
        assert not plan.get("failed")
        figures, = plan["runs"]
        assert figures["items_per_s"] > 0
        # The profile was used: the estimate of this cluster has other figures.
        assert figures["rate_per_s"]["predicted"] == pytest.approx(
            plan["predicted"]["rate_per_s"])
    assert len(record["plans"]["ours"]["predicted"]["stages"]) > 1


def test_link_fails(scratch, emulates):  # noqa: F811
    """Every rank ends, with one message that names stage, device and wire."""
    parts = split.split(models.unet(), scratch,
                        cluster=split.even_cluster(2).replace("100 Gbit/s", "100 Mbit/s"))
    devices = [stage["device"] for stage in parts.stages]
    assert sorted(devices) == ["d0", "d1"]
    script = CUT.format(run=split.BIN / "onnx-split-run", plan=parts.folder / "plan.json",
                        first=devices[0], second=devices[1])
    done = subprocess.run(
        command_line("cluster.yaml", "--bin", split.BIN, "--", "sh", "-c", script),
        cwd=scratch, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60)
    text = (scratch / "run.log").read_text()
    assert done.returncode not in (0, 99), done.stderr + text
    message, = re.findall(r"^onnx-split-run: error: (.*)$", text, re.M)
    assert message.startswith(tuple(
        f"stage {stage} on '{device}'" for stage, device in enumerate(devices)))
    assert "for 3000 ms" in message
    assert any(f"tensor '{wire['tensor']}'" in message for wire in parts.wires)
