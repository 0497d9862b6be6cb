"""One pair of the experiment: a model made, a cluster emulated, measured, planned
for, split, and run over MPI in all its plans. How fast it is says nothing here."""

import json
import shutil
import subprocess
import sys

import pytest

import split
from test_emulation import emulates  # noqa: F401, a fixture


@pytest.mark.skipif(not shutil.which("mpirun"), reason="mpirun is not installed")
def test_emulated_pair(scratch, emulates):  # noqa: F811
    work = scratch / "work"
    done = subprocess.run(
        [sys.executable, str(split.ROOT / "utils/experiment"), str(work), "--quick",
         "--bin", str(split.BIN)], stdin=subprocess.DEVNULL, capture_output=True, text=True,
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
