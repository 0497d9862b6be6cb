"""Import followed by export gives the bytes that protobuf's own parse and
serialise gives, for every model that the installed packages bring."""

import os
import pathlib
import subprocess

import onnx
import pytest

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


def translate(direction, source, target):
    subprocess.run(
        [BIN / "onnx-split-translate", direction, source, "-o", target],
        check=True,
        timeout=120,
    )


def test_there_are_models():
    assert len(MODELS) >= 140


@pytest.mark.parametrize("model", MODELS, ids=lambda path: path.name)
def test_identity(model, tmp_path):
    translate("--onnx-to-mlir", model, tmp_path / "model.mlir")
    translate("--mlir-to-onnx", tmp_path / "model.mlir", tmp_path / "model.onnx")
    proto = onnx.ModelProto()
    proto.ParseFromString(model.read_bytes())
    assert (tmp_path / "model.onnx").read_bytes() == proto.SerializeToString()
