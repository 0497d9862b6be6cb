"""Parts merge back into one model with onnx.compose."""

import importlib.util

import onnx
import pytest

import hard_models
import models
import split

_path = split.ROOT / "utils/toolchains/merge_parts.py"
_spec = importlib.util.spec_from_file_location("merge_parts", _path)
merge_parts = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(merge_parts)

# Wires to one stage and to several, over a stage, and together with an output;
# inputs, weights, Constant nodes and functions that several parts have.
MODELS = [models.unet, models.used_by_several_stages, models.skip_over_a_stage,
          models.input_used_late, models.output_sent_on, models.tied_weights,
          models.tied_constant_node, models.captured_late, models.local_functions,
          models.quantised]


@pytest.mark.parametrize("boundary", ["io", "ops"])
@pytest.mark.parametrize("make", MODELS, ids=lambda make: make.__name__)
def test_merged_parts(make, boundary, scratch):
    """Are the whole model again, to the bit, with each weight and input once."""
    model = make()
    parts = split.split(model, scratch, f"--boundary={boundary}",
                        cluster=split.even_cluster(3))
    assert len(parts.stages) > 1
    merged = merge_parts.merge_parts(parts.folder)
    onnx.save(merged, scratch / "merged.onnx")
    for mine, theirs in ((merged.graph.input, model.graph.input),
                         (merged.graph.output, model.graph.output)):
        assert [value.name for value in mine] == [value.name for value in theirs]
    assert sorted(tensor.name for tensor in merged.graph.initializer) == sorted(
        tensor.name for tensor in model.graph.initializer)
    inputs = hard_models.feeds(model)
    expected = split.run_whole(scratch / "whole.onnx", inputs, False)
    actual = split.run_whole(scratch / "merged.onnx", inputs, False)
    for name, value in expected.items():
        assert split.tools.same_bits(value, actual[name]), name
