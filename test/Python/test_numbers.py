"""Split models compute what the whole model computes: real trained models,
real architectures and generated networks, cut into several parts, with and
without boundary nodes."""

import functools
import pathlib
import types

import numpy
import onnx
import pytest

import models
import split

LIGHT = pathlib.Path(onnx.__file__).parent / "backend/test/data/light"


def picture(text, height, width, scale=4):
    return {"x": models.text_image(text, height, width, scale)}


def noise(name, shape):
    random = numpy.random.default_rng(1)
    return {name: random.uniform(-1, 1, shape).astype("float32")}


def light(name):
    return onnx.load(LIGHT / f"{name}.onnx")


# For each: the model or its file, inputs, options, and whether the outputs say
# something about the numbers. Weights of the light models are all equal, so
# theirs do not; `filled` gives them others.
CASES = {
    "ppocr-rec": lambda: (
        split.MODELS / "ch_PP-OCRv4_rec_infer.onnx",
        picture("ONNX SPLIT", 48, 320), ["--shape", "x=1x3x48x320"], True),
    "ppocr-det": lambda: (
        split.MODELS / "ch_PP-OCRv4_det_infer.onnx",
        picture("SPLIT", 128, 256, 6), ["--shape", "x=1x3x128x256"], True),
    "ppocr-cls": lambda: (
        split.MODELS / "ch_ppocr_mobile_v2.0_cls_infer.onnx",
        picture("SPLIT", 48, 192), ["--shape", "x=1x3x48x192"], True),
    "light-resnet50": lambda: (
        light("light_resnet50"), noise("gpu_0/data_0", [1, 3, 224, 224]), [], False),
    "resnet50": lambda: (
        models.filled(light("light_resnet50")),
        noise("gpu_0/data_0", [1, 3, 224, 224]), [], True),
    "squeezenet": lambda: (
        models.filled(light("light_squeezenet")),
        noise("data_0", [1, 3, 224, 224]), [], True),
    "transformer": lambda: (
        models.transformer(), {"tokens": numpy.arange(12).reshape(1, 12) * 7 % 50},
        ["--dim", "sequence=12"], True),
    "unet": lambda: (
        models.unet(), noise("image", [1, 3, 32, 32]), [], True),
    "branching": lambda: (
        models.branching(),
        {**noise("x", [4, 16]), "flag": numpy.array(True)}, [], True),
}  # fmt: skip


@pytest.fixture(scope="module")
def case(request, tmp_path_factory):
    """One model with its inputs, and what the whole of it computes."""
    model, inputs, options, telling = CASES[request.param]()
    if isinstance(model, onnx.ModelProto):
        path = tmp_path_factory.mktemp("whole") / "whole.onnx"
        onnx.save(model, path)
    else:
        path = model
    try:
        onnx.checker.check_model(str(path), full_check=True)
        full = True
    except Exception:
        full = False
    expected = functools.cache(
        lambda optimise: split.run_whole(path, inputs, optimise))
    for name, value in expected(False).items():
        assert split.tools.varies(value) or not telling, f"{name} is constant"
    yield types.SimpleNamespace(
        path=path, inputs=inputs, options=options, full=full, expected=expected)
    if path != model:
        path.unlink()


@pytest.mark.parametrize("boundary", ["ops", "io"])
@pytest.mark.parametrize("stages", [2, 3, 5])
@pytest.mark.parametrize("case", CASES, indirect=True, scope="module")
def test_parts_compute_what_the_whole_computes(case, stages, boundary, scratch):
    parts = split.split(
        case.path, scratch, f"--boundary={boundary}", *case.options,
        cluster=split.even_cluster(stages))
    assert len(parts.stages) >= stages
    for model, file in zip(parts.models, parts.files):
        split.check_part(model, file, case.full)
    for optimise in (False, True):
        split.compare(case.expected(optimise), parts.folder, case.inputs, optimise)


def test_the_other_branch(scratch):
    """The branches of the If read different values from outside."""
    model = models.branching()
    parts = split.split(model, scratch, cluster=split.even_cluster(4))
    assert len(parts.stages) >= 4
    results = set()
    for sign in (1, -1):
        for flag in (True, False):
            inputs = {"x": numpy.full([4, 16], sign * 0.5, "float32"),
                      "flag": numpy.array(flag)}
            expected = split.run_whole(scratch / "whole.onnx", inputs, False)
            split.compare(expected, parts.folder, inputs, False)
            results.add(expected["y"].tobytes())
    assert len(results) == 3, "not all three branches were taken"


def test_parts_read_the_text(scratch):
    """Not only equal numbers: the parts still recognise what is written."""
    path = split.MODELS / "ch_PP-OCRv4_rec_infer.onnx"
    parts = split.split(path, scratch, "--shape", "x=1x3x48x320",
                        cluster=split.even_cluster(4))
    tensors = split.tools.run_parts(parts.folder, picture("ONNX SPLIT", 48, 320))
    metadata = {p.key: p.value for p in onnx.load(path).metadata_props}
    letters = ["", *metadata["character"].splitlines(), " "]
    best = tensors["softmax_11.tmp_0"][0].argmax(-1)
    text = "".join(letters[i] if i < len(letters) else " " for i in best)
    assert text.split() == ["ONNX", "SPLIT"]
