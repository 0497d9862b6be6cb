"""Import followed by export gives the bytes that protobuf's own parse and
serialise gives, for every model that the installed packages bring."""

import os
import pathlib
import subprocess

import onnx
import pytest
from onnx.backend.test.case.node import collect_testcases

import hard_models

BIN = pathlib.Path(os.environ["ONNX_SPLIT_BIN"])
PACKAGE = pathlib.Path(onnx.__file__).parent / "backend" / "test" / "data"
MODELS = sorted(PACKAGE.rglob("*.onnx")) + sorted(
    pathlib.Path(os.environ["ONNX_SPLIT_MODELS"]).glob("*.onnx")
)
# More models, where a developer has some.
if "ONNX_SPLIT_MORE_MODELS" in os.environ:
    MODELS += sorted(
        pathlib.Path(os.environ["ONNX_SPLIT_MORE_MODELS"]).glob("*.onnx")
    )


def check(model, folder):
    """There and back in one process; the IR between is text."""
    subprocess.run(
        [BIN / "onnx-split-translate", "--onnx-to-mlir", "--mlir-to-onnx", model,
         "-o", folder / "model.onnx"], check=True, timeout=120)
    proto = onnx.ModelProto.FromString(model.read_bytes())
    assert (folder / "model.onnx").read_bytes() == proto.SerializeToString()


def test_there_are_models():
    assert len(MODELS) >= 140


@pytest.mark.parametrize("model", MODELS, ids=lambda path: path.name)
def test_identity(model, tmp_path):
    check(model, tmp_path)


@pytest.mark.filterwarnings("ignore")  # reference code that divides by zero
def test_operator_tests(tmp_path):
    """ONNX's own tests of all operators, which its package generates."""
    models = {tmp_path / f"{index}.onnx": case.model.SerializeToString()
              for index, case in enumerate(collect_testcases(None))}
    assert len(models) >= 1800
    for path, model in models.items():
        path.write_bytes(model)
    subprocess.run([BIN / "round-trip"], input="\n".join(map(str, models)), text=True,
                   check=True, timeout=300)
    for path, model in models.items():
        assert path.with_suffix(".onnx.again").read_bytes() == model, path


@pytest.mark.parametrize("case", list(hard_models.cases()), ids=lambda case: case[0])
def test_hard_models(case, tmp_path):
    onnx.save(case[1], tmp_path / "case.onnx")
    check(tmp_path / "case.onnx", tmp_path)
