"""Plans over MPI on this machine."""

import os
import re
import shutil
import subprocess

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
