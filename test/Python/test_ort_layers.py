"""--emit=ort-layers: ONNX Runtime takes the annotated model with its setting."""

import importlib.util
import json

import jsonschema
import numpy
import onnx
import onnxruntime
import pytest

import decoders
import split

CLASSIFIER = split.MODELS / "ch_ppocr_mobile_v2.0_cls_infer.onnx"
# What ONNX Runtime says of a provider that the session does not have.
NOT_THERE = "could not be mapped to any available Execution Provider"


def annotate(model, folder, *options, cluster):
    done = split.split(model, folder, "--emit=ort-layers", *options, cluster=cluster)
    layers = json.loads((done.folder / "ort_layers.json").read_text())
    return done, layers, done.folder / layers["model"]


def settings(layers, level=2):
    made = onnxruntime.SessionOptions()
    made.log_severity_level = level
    made.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    made.intra_op_num_threads = 1
    made.add_session_config_entry("session.record_ep_graph_assignment_info", "1")
    for key, value in layers["session_config_entries"].items():
        made.add_session_config_entry(key, value)
    return made


def load(path, layers):
    return onnxruntime.InferenceSession(
        path, settings(layers), providers=[one["name"] for one in layers["providers"]])


def layer_of(node):
    [layer] = [one.value for one in node.metadata_props if one.key == "layer_ann"]
    return layer


def owners(plan):
    """The stage that owns a node, by its place in the file."""
    return {node["index"]: f"stage{number}" for number, stage in enumerate(plan["stages"])
            for node in stage["nodes"] if not node.get("copied") and "path" not in node}


def same(path, layers, whole, inputs):
    session = load(path, layers)
    expected = split.run_whole(whole, inputs, False)
    for name, value in zip(expected, session.run(list(expected), inputs)):
        assert split.tools.same_bits(expected[name], value), name
    return session


@pytest.mark.parametrize("weights", ["embed", "external"])
def test_the_annotated_model_is_the_model(scratch, capfd, weights):
    done, layers, path = annotate(CLASSIFIER, scratch, "--shape=x=1x3x48x192",
                                  f"--weights={weights}", cluster=split.even_cluster(3))
    assert len(done.stages) == 3
    jsonschema.validate(done.plan,
                        json.loads((split.ROOT / "docs/plan.schema.json").read_text()))
    assert path.with_suffix(".onnx.data").exists() == (weights == "external")
    onnx.checker.check_model(str(path))
    model, owner = onnx.load(path), owners(done.plan)
    assert len(owner) == len(model.graph.node)
    for index, node in enumerate(model.graph.node):
        assert layer_of(node) == owner[index], node.name
    x = numpy.random.default_rng(1).standard_normal([1, 3, 48, 192], "float32")
    session = same(path, layers, CLASSIFIER, {"x": x})
    # As the next test shows, it would be told.
    assert NOT_THERE not in capfd.readouterr().err
    taken = {node.name for part in session.get_provider_graph_assignment_info()
             for node in part.get_nodes()}
    assert taken


def test_a_name_that_is_no_provider_is_told(scratch, capfd):
    cluster = ("version: 1\ndevices:\n  - {name: a, op_overhead: 10 ms}\n"
               "  - {name: b, op_overhead: 10 ms, provider: OddExecutionProvider}\n"
               "links: {default: {bandwidth: 1 Gbit/s, latency: 1 us}}\n")
    _, layers, path = annotate(CLASSIFIER, scratch, "--shape=x=1x3x48x192", "--stages=2",
                               cluster=cluster)
    assert [one["in_cluster_file"] for one in layers["layers"]].count(True) == 1
    onnxruntime.InferenceSession(path, settings(layers), providers=["CPUExecutionProvider"])
    assert NOT_THERE in capfd.readouterr().err


@pytest.mark.parametrize("kind", ["plain", "int4"])
def test_decoders(scratch, capfd, kind):
    """Weights of several kinds, and operators of ONNX Runtime."""
    made = decoders.make(kind, scratch)
    done, layers, path = annotate(made.path, scratch, "--stages=2", *made.decoding,
                                  cluster=split.even_cluster(2))
    tokens = numpy.array([[3, 1, 4, 1, 5]])
    empty = numpy.zeros([1, decoders.SIZE.kv_heads, 0, decoders.SIZE.head], "float32")
    inputs = {"input_ids": tokens, "attention_mask": numpy.ones_like(tokens),
              "position_ids": numpy.arange(5)[None]}
    inputs = {name: value for name, value in inputs.items() if name in done.plan["inputs"]}
    same(path, layers, made.path, inputs | {name: empty for name, _ in decoders.ALL_PAIRS})
    assert NOT_THERE not in capfd.readouterr().err


BRANCHES = """<ir_version: 8, opset_import: ["" : 17]>
branches (bool flag, float[4] x) => (float[4] y) {
  [first] a = Relu(x)
  [choice] b = If(flag) <
    then_branch = t () => (float[4] p) { [second] q = Exp(a) [third] p = Tanh(q) },
    else_branch = e () => (float[4] r) { [other] r = Neg(a) }>
  [last] y = Abs(b)
}"""


def test_nodes_of_branches(scratch):
    """Those of an If that --set folds have stages of their own; in one that stays, they
    are with the If."""
    model, x = onnx.parser.parse_model(BRANCHES), numpy.array([-1, 0, 0.5, 2], "float32")
    for number, options in enumerate(([], ["--set=flag=true", "--cut=q"])):
        folder = scratch / str(number)
        folder.mkdir()
        done, layers, path = annotate(model, folder, "--stages=2", *options,
                                      cluster=split.even_cluster(2))
        annotated = {node.name: layer_of(node) for node in onnx.load(path).graph.node}
        assert set(annotated.values()) == {"stage0", "stage1"}
        for stage, layer in zip(done.stages, layers["layers"]):
            for node in stage["nodes"]:
                assert annotated[node["name"]] == layer["layer_ann"]
        session = load(path, layers)
        inputs = {"x": x, "flag": numpy.array(True)}
        given = {one.name: inputs[one.name] for one in session.get_inputs()}
        expected = split.run_whole(folder / "whole.onnx", inputs, False)["y"]
        assert split.tools.same_bits(session.run(None, given)[0], expected)
    assert {"second": "stage0", "third": "stage1"}.items() <= annotated.items()


@pytest.mark.skipif(not importlib.util.find_spec("onnxruntime_ep_openvino"),
                    reason="the package onnxruntime-ep-openvino is not installed: "
                           "pip install onnxruntime-ep-openvino")
def test_a_plug_in_that_compiles_is_refused(scratch):
    """A limit of ONNX Runtime 1.32: such a provider takes all nodes or none. When this
    fails, docs/Toolchains.md has something to say."""
    import onnxruntime_ep_openvino

    name = "OpenVINOExecutionProvider"
    cluster = ("version: 1\ndevices:\n  - {name: a, op_overhead: 10 ms}\n"
               f"  - {{name: b, op_overhead: 10 ms, provider: {name}}}\n"
               "links: {default: {bandwidth: 1 Gbit/s, latency: 1 us}}\n")
    _, layers, path = annotate(CLASSIFIER, scratch, "--shape=x=1x3x48x192", "--stages=2",
                               cluster=cluster)
    onnxruntime.register_execution_provider_library(
        "layers", onnxruntime_ep_openvino.get_library_path())
    try:
        made = settings(layers, level=4)
        made.add_provider_for_devices(
            [one for one in onnxruntime.get_ep_devices() if one.ep_name == name][:1], {})
        with pytest.raises(Exception, match="num_nodes_processed"):
            onnxruntime.InferenceSession(path, made)
    finally:
        onnxruntime.unregister_execution_provider_library("layers")
