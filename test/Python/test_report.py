"""report.json and the page that --report writes: the data follows its schema
and adds up to plan.json, and whatever a model's names are, they stay text."""

import html.parser
import json

import jsonschema
import numpy
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

import decoders
import split

SCHEMA = json.loads((split.ROOT / "docs/report.schema.json").read_text())
# What could end a script, a tag or a string, turn the direction of writing, or
# fill a page.
HOSTILE = ["</script><script>alert(1)</script>", "<!--<script>", "a\"b'c\\",
           "\u202egnp.exe", "\U0001f600", "x" * 10000, "\u2028line", "&lt;",
           "{{x}}", "__proto__", "constructor"]


def report(model, folder, *options, cluster):
    """The plan, and report.json behind a check against its schema."""
    parts = split.split(model, folder, "--report", *options, cluster=cluster)
    data = json.loads((parts.folder / "report.json").read_text())
    jsonschema.validate(data, SCHEMA)
    return parts, data


def chain(names, weight=(16, 16)):
    """A product with a weight of its own for each name."""
    nodes, weights, last = [], [], "input"
    for number, name in enumerate(names):
        values = numpy.full(weight, 1 / 16, "float32")
        weights.append(numpy_helper.from_array(values, f"w{number}"))
        nodes.append(helper.make_node("MatMul", [last, f"w{number}"], [name],
                                      name=name))
        last = name
    graph = helper.make_graph(
        nodes, "chain", [helper.make_tensor_value_info("input", TensorProto.FLOAT, [1, 16])],
        [helper.make_tensor_value_info(last, TensorProto.FLOAT, [1, 16])], weights)
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)


def check_sums(parts, data):
    """What the nodes of a stage cost is what the stage costs, and what is sent
    is what the tensors have."""
    total = lambda nodes, key: sum(node.get(key, 0) for node in nodes)
    bytes_of = {tensor["name"]: tensor.get("bytes") for tensor in data["tensors"]}
    assert len(bytes_of) == len(data["tensors"]), "a tensor is listed twice"
    for stage in parts.stages:
        nodes = [node for node in data["nodes"] if node["stage"] == stage["index"]]
        assert ([node["index"] for node in nodes]
                == [node["index"] for node in stage["nodes"]])
        for key in ("macs", "flops", "bytes", "weight_bytes"):
            assert total(nodes, key) == stage[key], (stage["index"], key)
        assert (total(nodes, "time_ns")
                == stage["compute_ns"] - stage.get("overhead_ns", 0)), stage["index"]
    for message in parts.plan["messages"]:
        assert sum(bytes_of[name] for name in message["tensors"]) == message["bytes"]


def check_edges(data):
    """Every tensor that a node reads is made before it, or comes from outside."""
    for stage in {node["stage"] for node in data["nodes"]}:
        made = set()
        for node in (node for node in data["nodes"] if node["stage"] == stage):
            made.update(node["outputs"])
        for node in (node for node in data["nodes"] if node["stage"] == stage):
            for tensor in node["inputs"]:
                assert -1 <= tensor < len(data["tensors"])
    names = {tensor["name"] for tensor in data["tensors"]}
    assert not any(name.startswith("wire") for name in names), "a wire's own name"


@pytest.mark.parametrize("boundary", ["ops", "io", "opaque"])
def test_nodes_add_up_to_stages(scratch, boundary):
    parts, data = report(chain([f"t{i}" for i in range(9)]), scratch,
                         f"--boundary={boundary}", cluster=split.even_cluster(3))
    assert len(parts.stages) == 3
    check_sums(parts, data)
    check_edges(data)
    assert data["model"] == {"name": "whole.onnx", "opset": 17}
    assert [device["name"] for device in data["devices"]] == ["d0", "d1", "d2"]
    assert len(data["links"]) == 6


@pytest.mark.parametrize("model, shape", [
    ("ch_PP-OCRv4_rec_infer.onnx", "x=1x3x48x320"),
    ("silero_vad_16k_op15.onnx", "input=1x576"),
])
def test_trained_models_add_up(scratch, model, shape):
    """With constants that are shared, folded shapes and bodies with weights."""
    parts, data = report(split.MODELS / model, scratch, "--shape", shape,
                         "--assume", "*=1", cluster=split.even_cluster(4))
    check_sums(parts, data)
    check_edges(data)


def test_states_and_points_of_a_decoder(scratch):
    """Times at a further point; caches cannot be cut, and say why."""
    decoder = decoders.make("plain", scratch)
    parts, data = report(decoder.path, scratch, *decoder.decoding,
                         "--also=sequence_length=16,past_sequence_length=1",
                         cluster=split.even_cluster(2))
    check_sums(parts, data)
    point, = data["points"]
    assert point["name"] == parts.plan["points"][0]["point"]
    assert len(point["stage_ns"]) == len(parts.stages)
    assert len(point["message_ns"]) == len(parts.plan["messages"])
    assert max(point["stage_ns"]) <= parts.plan["points"][0]["bottleneck_ns"]
    caches = {state["output"] for stage in parts.stages
              for state in stage.get("states", [])}
    assert caches
    reasons = {tensor["name"]: tensor.get("no_cut", "") for tensor in data["tensors"]}
    assert all("state" in reasons[name] for name in caches)


def test_advice_is_that_of_the_explanation(scratch):
    parts, data = report(chain([f"t{i}" for i in range(6)]), scratch, "--explain",
                         "--what-if", "+1 d0",
                         cluster=split.even_cluster(2))
    asked = [entry for entry in data["advice"] if entry["is_asked"]]
    assert [entry["change"] for entry in asked] == ["+1 d0"]
    assert asked[0]["value"] == 20_000_000 < asked[0]["now"] == 30_000_000
    said = " ".join(parts.plan["explanation"])
    for entry in data["advice"]:
        better = entry.get("value", entry["now"]) < 0.99 * entry["now"]
        assert (f"with {entry['change']}:" in said) == (better or entry["is_asked"])


def test_unknown_costs_and_kept_tensors_have_reasons(scratch):
    model = chain(["a", "b", "c"])
    model.graph.node[1].domain = "some.where"
    model.opset_import.append(helper.make_opsetid("some.where", 1))
    model.graph.value_info.append(
        helper.make_tensor_value_info("b", TensorProto.FLOAT, [1, 16]))
    _, data = report(model, scratch, "--no-cut", "a", cluster=split.even_cluster(2))
    unknown = [node for node in data["nodes"] if "unknown" in node]
    assert [(node["name"], node["domain"]) for node in unknown] == [("b", "some.where")]
    assert unknown[0]["unknown"]
    kept = {tensor["name"] for tensor in data["tensors"] if "no_cut" in tensor}
    assert kept == {"a"}


def test_open_inputs_have_their_planned_size(scratch):
    """The parts keep the dimension open; the figures count with its value."""
    model = chain(["a", "b", "c"])
    for value in (*model.graph.input, *model.graph.output):
        value.type.tensor_type.shape.dim[0].dim_param = "N"
    cluster = split.even_cluster(2) + "ingress: d0\negress: d1\n"
    parts, data = report(model, scratch, "--assume=N=3", cluster=cluster)
    check_sums(parts, data)
    entry, = (tensor for tensor in data["tensors"] if tensor["name"] == "input")
    assert entry["shape"] == ["N", 16] and entry["bytes"] == 3 * 16 * 4


def test_replicas_have_the_times_of_the_slowest(scratch):
    cluster = """
version: 1
devices:
  - {name: slow, op_overhead: 12 ms}
  - {name: fast, op_overhead: 10 ms}
  - {name: other, op_overhead: 10 ms}
links: {default: {bandwidth: 100 Gbit/s}}
"""
    parts, data = report(chain(["a"]), scratch, "--replicate", cluster=cluster)
    assert parts.stages[0].get("replicas")
    check_sums(parts, data)


class Page(html.parser.HTMLParser):
    """Scripts of a page by id, and what would leave it."""

    def __init__(self):
        super().__init__()
        self.scripts, self.current, self.references = {}, None, []

    def handle_starttag(self, tag, attributes):
        attributes = dict(attributes)
        self.references += [value for key, value in attributes.items()
                            if key in ("src", "href") and value != "data:,"]
        self.current = attributes.get("id", "") if tag == "script" else None
        if tag == "script":
            assert self.current not in self.scripts
            self.scripts[self.current] = ""

    def handle_endtag(self, tag):
        self.current = None

    def handle_data(self, data):
        if self.current is not None:
            self.scripts[self.current] += data


def test_a_page_holds_its_data_and_nothing_else(scratch):
    """Names that are markup stay in the data, as they are."""
    parts, data = report(chain(HOSTILE), scratch, cluster=split.even_cluster(2))
    assert {tensor["name"] for tensor in data["tensors"]} >= set(HOSTILE)
    text = (parts.folder / "report.html").read_text()
    page = Page()
    page.feed(text)
    assert set(page.scripts) == {"plan", "report", ""}
    assert json.loads(page.scripts["plan"]) == parts.plan
    assert json.loads(page.scripts["report"]) == data
    assert not page.references
    own = len(text) - len(page.scripts["plan"]) - len(page.scripts["report"])
    assert own <= 3 << 20
    # Node's packages are named with their licences.
    assert "MIT" in page.scripts[""]


def test_names_need_not_be_text(scratch):
    """Bytes that are no UTF-8 are replaced, as in plan.json."""
    content = chain(["first", "secnd", "third"]).SerializeToString()
    (scratch / "odd.onnx").write_bytes(content.replace(b"secnd", b"s\xff\xfend"))
    parts, data = report(scratch / "odd.onnx", scratch, cluster=split.even_cluster(2))
    assert any("\ufffd" in tensor["name"] for tensor in data["tensors"])


def test_the_same_bytes_each_time(scratch):
    model = chain([f"t{i}" for i in range(6)])
    texts = []
    for _ in range(2):
        parts, _ = report(model, scratch, "--force", cluster=split.even_cluster(2))
        texts.append((parts.folder / "report.json").read_bytes())
    assert texts[0] == texts[1]


def test_large_clusters_list_the_links_in_use(scratch):
    parts, data = report(chain([f"t{i}" for i in range(20)]), scratch,
                         cluster=split.even_cluster(20))
    used = {(link["from"], link["to"]) for link in parts.plan["links"]}
    assert {(link["from"], link["to"]) for link in data["links"]} == used
