"""A program that was moved to a prefix finds ONNX Runtime beside it."""

import pathlib
import shutil
import subprocess

import onnx
import onnxruntime
import pytest

import models
import split

[LIBRARY] = (pathlib.Path(onnxruntime.__file__).parent / "capi").glob("libonnxruntime.so.*")


@pytest.mark.parametrize("folder", ["lib", "lib/python3.11/site-packages/onnxruntime/capi",
                                    "lib/python3/dist-packages/onnxruntime/capi"])
def test_the_library_is_beside(scratch, folder):
    (scratch / "bin").mkdir()
    shutil.copy(split.BIN / "onnx-split", scratch / "bin")
    onnx.save(models.unet(), scratch / "m.onnx")
    (scratch / "c.yaml").write_text(split.even_cluster(2))

    def verify():
        return subprocess.run(
            [scratch / "bin/onnx-split", scratch / "m.onnx", "--devices", scratch / "c.yaml",
             "-o", scratch / "parts", "--force", "--verify"], capture_output=True, text=True)

    # One that leads nowhere is passed over, and named where there is no other.
    (scratch / folder).mkdir(parents=True)
    link = scratch / folder / "libonnxruntime.so.1"
    link.symlink_to("nowhere")
    done = verify()
    if done.returncode != 0:  # Some systems have a library of their own.
        assert str(link) in done.stderr
    link.unlink()
    link.symlink_to(LIBRARY)
    done = verify()
    assert done.returncode == 0, done.stderr
    assert "verified" in done.stdout
