"""What the parts look like: one tiny graph for each case, with every node
pinned to the stage that its name starts with."""

import numpy
import onnx
import pytest

import models
import split
from split import DOMAIN

PINS = [f"--pin=s{index}_*=d{index}" for index in range(3)]
ATTRIBUTES = {
    "tensor_name": onnx.AttributeProto.STRING,
    "send_device": onnx.AttributeProto.STRING,
    "recv_device": onnx.AttributeProto.STRING,
    "src_rank": onnx.AttributeProto.INT,
    "dst_rank": onnx.AttributeProto.INT,
    "tag": onnx.AttributeProto.INT,
    "seq": onnx.AttributeProto.INT,
    "element_type": onnx.AttributeProto.INT,
    "shape": onnx.AttributeProto.INTS,
}


def cut(model, scratch, *options):
    """Splits along the pins. Returns parts and plan."""
    names = [node.name for node in model.graph.node]
    count = 1 + max(int(name[1]) for name in names if name[2:3] == "_")
    parts = split.split(model, scratch, *PINS[:count], *options,
                        cluster=split.even_cluster(count))
    assert [stage["device"] for stage in parts.stages] == [
        f"d{index}" for index in range(count)]
    for stage in parts.stages:
        for node in stage["nodes"]:
            if node["name"][2:3] == "_":
                assert node["name"].startswith(f"s{stage['index']}_")
    return parts


def routes(parts):
    """Each wire as (tensor, from, to)."""
    return sorted((w["tensor"], w["from"], w["to"]) for w in parts.wires)


def check_same(model, parts, scratch):
    random = numpy.random.default_rng(2)
    for flag in (True, False):
        inputs = {}
        for value in model.graph.input:
            shape = [dim.dim_value for dim in value.type.tensor_type.shape.dim]
            inputs[value.name] = (
                numpy.array(flag)
                if value.type.tensor_type.elem_type == onnx.TensorProto.BOOL
                else random.uniform(-1, 1, shape).astype("float32"))
        expected = split.run_whole(scratch / "whole.onnx", inputs, False)
        assert any(split.tools.varies(value) for value in expected.values())
        split.compare(expected, parts.folder, inputs, False)


def own_nodes(part):
    """The nodes that come from the model: no boundary nodes."""
    return [node for node in part.graph.node if node.domain != DOMAIN]


def boundary_nodes(part, op):
    return [node for node in part.graph.node
            if node.domain == DOMAIN and node.op_type == op]


@pytest.mark.parametrize("boundary", ["ops", "io"])
@pytest.mark.parametrize("case", models.TINY, ids=lambda case: case.__name__)
def test_every_case(case, boundary, scratch):
    """What holds for each case in both modes that run everywhere."""
    model = case()
    parts = cut(model, scratch, f"--boundary={boundary}")
    check_same(model, parts, scratch)

    # No node is lost, changed or (but for constants) copied.
    source = [node.SerializeToString() for node in model.graph.node]
    copies = [node.SerializeToString() for part in parts.models
              for node in own_nodes(part)]
    assert set(copies) == set(source)
    constants = [node.SerializeToString() for node in model.graph.node
                 if node.op_type == "Constant"]
    assert sorted(set(copies) - set(constants)) == sorted(
        copy for copy in copies if copy not in constants)

    weights = {t.name: t.SerializeToString() for t in model.graph.initializer}
    for stage, part, file in zip(parts.stages, parts.models, parts.files):
        split.check_part(part, file, full=True)
        assert part.ir_version == model.ir_version
        assert [v.name for v in part.graph.input] == stage["inputs"]
        assert [v.name for v in part.graph.output] == stage["outputs"]
        for tensor in part.graph.initializer:
            assert tensor.SerializeToString() == weights[tensor.name]
        imports = {o.domain: o.version for o in part.opset_import}
        for opset in model.opset_import:
            assert imports.get(opset.domain, opset.version) == opset.version
        properties = {p.key: p.value for p in part.metadata_props}
        assert properties["onnx_split.stage"] == str(stage["index"])
        assert properties["onnx_split.device"] == stage["device"]
        assert properties["onnx_split.source_digest"] == parts.plan["source"]["digest"]
        assert properties["onnx_split.version"]

    # A wire is an output of the sender and an input of the receiver, of one
    # type; tags are unique, and seq orders the wires of a pair.
    assert len({w["tag"] for w in parts.wires}) == len(parts.wires)
    orders = {}
    for wire in parts.wires:
        assert wire["from"] < wire["to"]
        orders.setdefault((wire["from"], wire["to"]), []).append(wire["seq"])
        sent, received = (
            next(v for v in values if v.name == wire["wire"]) for values in (
                parts.models[wire["from"]].graph.output,
                parts.models[wire["to"]].graph.input))
        assert sent.type == received.type
        shape = [dim.dim_value for dim in sent.type.tensor_type.shape.dim]
        assert shape == wire["shape"]
        assert wire["bytes"] == 4 * numpy.prod(shape)
    assert all(len(set(seqs)) == len(seqs) for seqs in orders.values())


def test_multi_tensor_cut(scratch):
    parts = cut(models.multi_tensor_cut(), scratch)
    assert routes(parts) == [("a", 0, 1), ("b", 0, 1)]


def test_tensor_used_by_several_stages_has_a_wire_to_each(scratch):
    parts = cut(models.used_by_several_stages(), scratch)
    assert routes(parts) == [("a", 0, 1), ("a", 0, 2), ("c", 1, 2)]


def test_skip_goes_past_the_stage_between(scratch):
    parts = cut(models.skip_over_a_stage(), scratch)
    assert routes(parts) == [("a", 0, 2), ("b", 0, 1), ("c", 1, 2)]


def test_input_used_late_keeps_its_name(scratch):
    parts = cut(models.input_used_late(), scratch)
    assert routes(parts) == [("a", 0, 1), ("b", 1, 2)]
    assert "late" in parts.stages[2]["inputs"]
    assert "late" not in parts.stages[0]["inputs"] + parts.stages[1]["inputs"]


def test_output_produced_early_is_also_sent(scratch):
    parts = cut(models.output_sent_on(), scratch)
    assert routes(parts) == [("b", 1, 2), ("early", 0, 1), ("early", 0, 2)]
    assert "early" in parts.stages[0]["outputs"]


def test_output_that_is_an_input_or_a_weight(scratch):
    parts = cut(models.output_is_input_or_weight(), scratch)
    assert routes(parts) == [("a", 0, 1), ("b", 1, 2)]
    outputs = [name for stage in parts.stages for name in stage["outputs"]]
    assert {"x", "y", "w"} <= set(outputs)


@pytest.mark.parametrize("case", [models.tied_weights, models.tied_constant_node],
                         ids=lambda case: case.__name__)
def test_tied_weights_are_copied_and_never_sent(case, scratch):
    parts = cut(case(), scratch)
    assert routes(parts) == [("a", 0, 1), ("b", 1, 2)]
    assert parts.plan["copied"] == [{"tensor": "w", "bytes": 24, "stages": [0, 2]}]
    assert [stage["weight_bytes"] for stage in parts.stages] == [24, 0, 24]


def test_captures_cross_like_any_input(scratch):
    parts = cut(models.captured_late(), scratch)
    assert routes(parts) == [("a", 0, 1), ("a", 0, 2), ("b", 1, 2)]
    # The body reads the weight from outside, so the part has it.
    assert [t.name for t in parts.models[2].graph.initializer] == ["w"]


def test_functions_go_where_they_are_called(scratch):
    parts = cut(models.local_functions(), scratch, "--boundary=io")
    called = [[f.name for f in part.functions] for part in parts.models]
    assert [sorted(names) for names in called] == [
        ["Double"], [], ["Double", "Quadruple"]]
    domains = [{o.domain for o in part.opset_import} for part in parts.models]
    assert ["local" in names for names in domains] == [True, False, True]


def test_small_integers_travel(scratch):
    """Between QuantizeLinear and DequantizeLinear a tensor is a quarter."""
    model = models.quantised()
    parts = split.split(
        model, scratch, *PINS[:2],
        cluster=split.even_cluster(2).replace("100 Gbit/s", "1 Mbit/s"))
    wire, = parts.wires
    assert wire["dtype"] == "uint8"
    check_same(model, parts, scratch)


def test_ops_have_declared_attributes_and_a_body(scratch):
    parts = cut(models.used_by_several_stages(), scratch)
    for wire in parts.wires:
        ends = [
            (parts.models[wire["from"]], "Send"), (parts.models[wire["to"]], "Recv")]
        for part, op in ends:
            node, = [n for n in boundary_nodes(part, op)
                     if wire["wire"] in (*n.input, *n.output)]
            values = {a.name: onnx.helper.get_attribute_value(a)
                      for a in node.attribute}
            kinds = {a.name: a.type for a in node.attribute}
            assert kinds == ATTRIBUTES
            assert values["tensor_name"].decode() == wire["tensor"]
            assert values["send_device"].decode() == f"d{wire['from']}"
            assert values["recv_device"].decode() == f"d{wire['to']}"
            assert values["src_rank"] == parts.stages[wire["from"]]["rank"]
            assert values["dst_rank"] == parts.stages[wire["to"]]["rank"]
            assert values["tag"] == wire["tag"]
            assert values["seq"] == wire["seq"]
            assert values["element_type"] == onnx.TensorProto.FLOAT
            assert values["shape"] == wire["shape"]
            function, = [f for f in part.functions
                         if (f.domain, f.name) == (DOMAIN, op)]
            declared = [*function.attribute, *(a.name for a in function.attribute_proto)]
            assert set(declared) == set(ATTRIBUTES)
            assert [n.op_type for n in function.node] == ["Identity"]
    for part in parts.models:
        needed = {n.op_type for n in part.graph.node if n.domain == DOMAIN}
        assert {f.name for f in part.functions} == needed


def test_io_has_no_trace_of_the_domain(scratch):
    parts = cut(models.used_by_several_stages(), scratch, "--boundary=io")
    for part in parts.models:
        assert not part.functions
        assert all(o.domain != DOMAIN for o in part.opset_import)
        assert all(n.domain != DOMAIN for n in part.graph.node)


def test_opaque_has_nodes_without_bodies(scratch):
    parts = cut(models.used_by_several_stages(), scratch, "--boundary=opaque")
    assert sum(len(boundary_nodes(part, "Send")) for part in parts.models) == 3
    assert sum(len(boundary_nodes(part, "Recv")) for part in parts.models) == 3
    for part, file in zip(parts.models, parts.files):
        assert not part.functions
        assert {o.domain for o in part.opset_import} >= {DOMAIN}
        onnx.checker.check_model(str(file))


def extents(part, name):
    """Each extent of an input or output: a number or a symbol."""
    value, = [v for v in (*part.graph.input, *part.graph.output) if v.name == name]
    return [dim.dim_param or dim.dim_value for dim in value.type.tensor_type.shape.dim]


def test_symbolic_dimensions_keep_their_names(scratch):
    parts = split.split(models.transformer(layers=1), scratch, "--assume", "sequence=9",
                        cluster=split.even_cluster(2))
    assert extents(parts.models[0], "tokens") == [1, "sequence"]
    assert extents(parts.models[1], "logits") == [1, "sequence", 50]
    for wire in parts.wires:
        sent = extents(parts.models[wire["from"]], wire["wire"])
        assert "sequence" in sent
        assert extents(parts.models[wire["to"]], wire["wire"]) == sent
        assert wire["shape"] == [-1 if dim == "sequence" else dim for dim in sent]


def test_fixed_dimensions_are_fixed_in_the_parts(scratch):
    parts = split.split(models.transformer(layers=1), scratch, "--dim", "sequence=9",
                        cluster=split.even_cluster(2))
    assert extents(parts.models[0], "tokens") == [1, 9]
    assert extents(parts.models[1], "logits") == [1, 9, 50]
    for wire in parts.wires:
        assert extents(parts.models[wire["to"]], wire["wire"]) == wire["shape"]
        assert 9 in wire["shape"]


@pytest.mark.parametrize("weights", ["embed", "external"])
def test_weights_go_where_they_are_asked_to(weights, scratch):
    model = models.unet()
    parts = split.split(model, scratch, f"--weights={weights}",
                        cluster=split.even_cluster(3))
    outside = [t for file in parts.files
               for t in onnx.load(file, load_external_data=False).graph.initializer
               if t.data_location == onnx.TensorProto.EXTERNAL]
    data_files = sorted(file.name for file in parts.folder.glob("*.data"))
    if weights == "external":
        assert outside and data_files
        assert set(data_files) <= {f"{stage['file']}.data" for stage in parts.stages}
    else:
        assert not outside and not data_files
    # The values are the same in either place.
    values = {t.name: onnx.numpy_helper.to_array(t) for t in model.graph.initializer}
    for part in parts.models:
        for tensor in part.graph.initializer:
            assert numpy.array_equal(
                onnx.numpy_helper.to_array(tensor), values[tensor.name])


@pytest.mark.parametrize("weights", ["auto", "embed", "external"])
def test_external_weights_are_followed(weights, scratch):
    model = models.unet()
    # Not the scales of Resize, which ONNX Runtime wants in the model.
    onnx.save(models.unet(), scratch / "whole.onnx", save_as_external_data=True,
              location="whole.data", size_threshold=100)
    parts = split.split(scratch / "whole.onnx", scratch, f"--weights={weights}",
                        cluster=split.even_cluster(3))
    assert bool(list(parts.folder.glob("*.data"))) == (weights != "embed")
    check_same(model, parts, scratch)


def test_apply_a_saved_plan(scratch):
    """plan.json given back gives the same parts."""
    model = models.unet()
    first = split.split(model, scratch, cluster=split.even_cluster(3))
    second = scratch / "again"
    done = split.onnx_split(
        scratch / "whole.onnx", "--devices", scratch / "cluster.yaml",
        "--plan", first.folder / "plan.json", "-o", second)
    assert done.returncode == 0, done.stderr
    for file in first.files:
        assert file.read_bytes() == (second / file.name).read_bytes()


@pytest.mark.parametrize("boundary", ["ops", "io"])
def test_device_comes_back(boundary, scratch):
    """d0 runs the first and the last stage: three parts on two devices, and a
    tensor that goes from d0 to d0 is a wire like others."""
    model = models.skip_over_a_stage()
    parts = split.split(
        model, scratch, "--pin=s0_*=d0", "--pin=s1_*=d1", "--pin=s2_*=d0",
        "--revisit", f"--boundary={boundary}", cluster=split.even_cluster(2))
    assert [stage["device"] for stage in parts.stages] == ["d0", "d1", "d0"]
    assert parts.plan["class"] == "revisiting"
    assert [stage["rank"] for stage in parts.stages] == [0, 1, 2]
    home = [wire for wire in parts.wires if (wire["from"], wire["to"]) == (0, 2)]
    assert home and all(wire["time_ns"] == 0 for wire in home)
    check_same(model, parts, scratch)


def test_replicas_share_a_part(scratch):
    """Three nodes of 10 ms and two devices more than stages: the plan says who
    takes turns, and there is one part for each stage all the same."""
    model = models.skip_over_a_stage()
    parts = split.split(model, scratch, "--replicate", "--time-limit=2s",
                        cluster=split.even_cluster(5))
    assert parts.plan["class"] == "replicating"
    used = [[stage["device"]] + [r["device"] for r in stage.get("replicas", [])]
            for stage in parts.stages]
    assert len(set(sum(used, []))) == sum(map(len, used)) == 5
    ranks = [stage["rank"] for stage in parts.stages] + [
        replica["rank"] for stage in parts.stages
        for replica in stage.get("replicas", [])]
    assert ranks == list(range(5))
    check_same(model, parts, scratch)
