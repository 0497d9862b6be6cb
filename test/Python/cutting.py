"""Cuts a model at every place and compares the chain of parts with the whole.

A place is a position in the order of the nodes: what comes before runs on one
device, what comes after on the next. Each cut is asked for by a plan.json, so
that nothing depends on what the planner prefers."""

import collections
import ctypes
import itertools
import json
import random
import re
import warnings

import numpy
import onnx
import onnx.reference
import onnxruntime

import split

# Reasons for which onnx-split refuses a cut, and the words that it uses.
REFUSALS = {
    "type unknown": "its type is unknown",
    "map, sparse or opaque": "no runtime takes maps, sparse tensors and opaque",
    "no Identity for the type": "runtimes have no Identity for",
    "Identity takes the type later": "takes .* since operator set",
    "quantisation": "the small integers travel",
    "a stage of known values alone": "stage [0-9]+ has no node",
}
# Compared in the reference evaluator, because of ONNX Runtime's float32 between
# float16 nodes.
FLOAT16 = "same (float16, in the reference evaluator)"
RANDOM = {"RandomNormal", "RandomNormalLike", "RandomUniform", "RandomUniformLike",
          "Bernoulli", "Multinomial", "Dropout"}


class Unrunnable(Exception):
    """Neither ONNX Runtime nor the reference evaluator runs the whole model."""


def same(expected, actual):
    """Equality to the bit of any value that runtimes return."""
    if isinstance(expected, (list, tuple)):
        return (isinstance(actual, (list, tuple)) and len(expected) == len(actual)
                and all(map(same, expected, actual)))
    if isinstance(expected, dict):
        return (isinstance(actual, dict) and list(expected) == list(actual)
                and all(same(expected[key], actual[key]) for key in expected))
    if expected is None or actual is None:
        return expected is None and actual is None
    if isinstance(expected, onnxruntime.OrtValue) or isinstance(actual, onnxruntime.OrtValue):
        expected, actual = as_ort_value(expected), as_ort_value(actual)
        return (expected.element_type() == actual.element_type()
                and expected.shape() == actual.shape()
                and bytes_of(expected) == bytes_of(actual))
    expected, actual = numpy.asarray(expected), numpy.asarray(actual)
    if expected.dtype.kind in "OU" or actual.dtype.kind in "OU":
        return expected.shape == actual.shape and expected.tolist() == actual.tolist()
    return split.tools.same_bits(expected, actual)


def bytes_of(value):
    return ctypes.string_at(value.data_ptr(), value.tensor_size_in_bytes())


def feeds_of(model, values):
    """Inputs of a test case, which may be protobuf messages, by name."""
    names = [value.name for value in model.graph.input]
    return {name: onnx.numpy_helper.to_array(value)
            if isinstance(value, onnx.TensorProto) else value
            for name, value in zip(names, values)}


def run_in_onnxruntime(model, feeds):
    session = split.tools.session(model, optimise=False)
    names = [value.name for value in session.get_outputs()]
    if not names:  # a part whose nodes nobody reads
        return {}
    types = {v.name: v.type for v in [*session.get_inputs(), *session.get_outputs()]}
    if any("float8" in kind or "bfloat16" in kind for kind in types.values()):
        # NumPy has no such types, so the values stay ONNX Runtime's.
        feeds = {name: as_ort_value(feeds[name]) for name in feeds}
        return dict(zip(names, session.run_with_ort_values(names, feeds)))
    feeds = {name: as_array(value) for name, value in feeds.items()}
    return dict(zip(names, session.run(names, feeds)))


def as_ort_value(value):
    if isinstance(value, onnxruntime.OrtValue):
        return value
    kind = onnx.helper.np_dtype_to_tensor_dtype(value.dtype)
    return onnxruntime.OrtValue.ortvalue_from_numpy_with_onnx_type(value, kind)


def as_array(value):
    return value.numpy() if isinstance(value, onnxruntime.OrtValue) else value


def run_in_reference(model, feeds):
    with warnings.catch_warnings(), numpy.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        evaluator = onnx.reference.ReferenceEvaluator(str(model))
        return dict(zip(evaluator.output_names, evaluator.run(None, feeds)))


def run_chain(folder, feeds, run):
    """The parts in the order of their stages, in one dictionary by name."""
    plan = json.loads((folder / "plan.json").read_text())
    tensors = dict(feeds)
    for stage in plan["stages"]:
        # What has a default is fed where the whole model is fed it.
        part = onnx.load(folder / stage["file"])
        names = {value.name for value in part.graph.input}
        assert names.issuperset(stage["inputs"])
        tensors |= run(folder / stage["file"],
                       {name: tensors[name] for name in names
                        if name in stage["inputs"] or name in feeds})
    return tensors


def run_whole(model, feeds):
    """What the whole model gives, and the runtime that gives it."""
    reasons = []
    for run in (run_in_onnxruntime, run_in_reference):
        try:
            return run(model, feeds), run
        except Exception as error:  # theirs have no common class
            reasons.append(f"{type(error).__name__}: {error}")
    raise Unrunnable(" / ".join(reasons))


class Cutter:
    """Cuts one model. `folder` is empty and belongs to it."""

    def __init__(self, model, feeds, folder):
        self.model, self.feeds, self.folder = model, feeds, folder
        self.path = folder / "whole.onnx"
        onnx.save(model, self.path)
        self.expected, self.run = run_whole(self.path, feeds)
        if self.has_random_values() or not self.is_repeatable():
            raise Unrunnable("gives other values at each run, or where a node stands elsewhere")
        try:
            onnx.checker.check_model(model)
            self.valid = True
        except onnx.checker.ValidationError:
            self.valid = False
        (folder / "cluster.yaml").write_text(split.even_cluster(3))
        (folder / "one.yaml").write_text("version: 1\ndevices: [{name: d0}]\n")
        done = split.onnx_split(self.path, "--devices", folder / "one.yaml",
                                "--dry-run", "--format=json", "--assume=*=1")
        assert done.returncode == 0, done.stderr
        self.plan = json.loads(done.stdout)

    def has_random_values(self):
        """Without a seed, ONNX Runtime takes the position of the node for one."""
        return any(node.op_type in RANDOM and any(node.input)
                   and all(attribute.name != "seed" for attribute in node.attribute)
                   for node in self.model.graph.node)

    def is_repeatable(self):
        again = self.run(self.path, self.feeds)
        return all(same(value, again[name]) for name, value in self.expected.items())

    def places(self, stages, limit):
        """Positions to cut at, all of them or `limit` seeded ones, and the nodes
        of each stage."""
        tasks = list(computing_nodes(self.model))
        places = list(itertools.islice(
            itertools.combinations(range(1, len(tasks)), stages - 1), 20_000))
        if len(places) > limit:
            places = random.Random(0).sample(places, limit)
        for place in places:
            bounds = [0, *place, len(tasks)]
            yield place, [tasks[a:b] for a, b in itertools.pairwise(bounds)]

    def cut(self, groups, *options):
        """None where the parts give the whole's outputs, or the refusal."""
        plan = self.plan | {"stages": [
            {"index": i, "device": f"d{i}", "nodes": [{"index": n} for n in nodes]}
            for i, nodes in enumerate(groups)]}
        (self.folder / "cut.json").write_text(json.dumps(plan))
        done = split.onnx_split(
            self.path, "--devices", self.folder / "cluster.yaml", "--plan",
            self.folder / "cut.json", "-o", self.folder / "parts", "--force", *options)
        if done.returncode in (1, 2):
            return classify(done.stderr)
        assert done.returncode == 0, f"{done.returncode}: {done.stderr}"
        check_union(self.model, self.folder / "parts", self.valid)
        if self.differing(self.expected, self.run):
            # Between two float16 nodes for which it has no kernel, ONNX Runtime
            # keeps float32, which no wire can carry.
            assert self.has_float16(), self.differing(self.expected, self.run)
            expected = run_in_reference(self.path, self.feeds)
            assert not self.differing(expected, run_in_reference)
            return FLOAT16
        return None

    def differing(self, expected, run):
        """The outputs in which the parts differ from the whole."""
        actual = run_chain(self.folder / "parts", self.feeds, run)
        return [name for name, value in expected.items()
                if not same(value, actual[name])]

    def has_float16(self):
        return any(isinstance(value, numpy.ndarray) and value.dtype == numpy.float16
                   for value in [*self.feeds.values(), *self.expected.values()])


def computing_nodes(model):
    """Indices of the nodes that are no constants: those go where they are read."""
    constants = {"", *(tensor.name for tensor in model.graph.initializer)}
    constants |= {tensor.values.name for tensor in model.graph.sparse_initializer}
    if model.ir_version >= 4:
        constants -= {value.name for value in model.graph.input}
    for index, node in enumerate(model.graph.node):
        if (node.domain in ("", "ai.onnx") and node.op_type not in RANDOM
                and constants.issuperset(node.input)
                and not any(a.HasField("g") or a.graphs for a in node.attribute)):
            constants.update(node.output)
        else:
            yield index


def wrapped(model):
    """The model between Identity nodes, so that its inputs and outputs can be
    cut as well. Values of types that Identity does not take stay as they are."""
    result = onnx.ModelProto()
    result.CopyFrom(model)
    graph = result.graph
    version = next((o.version for o in model.opset_import if o.domain in ("", "ai.onnx")), 0)
    taken = set()
    if version:
        schema = onnx.defs.get_schema("Identity", version, "")
        for constraint in schema.type_constraints:
            taken.update(constraint.allowed_type_strs)
    initializers = {tensor.name for tensor in graph.initializer}
    before, after = [], []
    for value in graph.input:
        if type_string(value.type) in taken and value.name not in initializers:
            before.append(onnx.helper.make_node("Identity", [value.name + "/in"], [value.name]))
            graph.value_info.add().CopyFrom(value)
            value.name += "/in"
    for value in graph.output:
        if type_string(value.type) in taken:
            after.append(onnx.helper.make_node("Identity", [value.name], [value.name + "/out"]))
            graph.value_info.add().CopyFrom(value)
            value.name += "/out"
    nodes = [*before, *graph.node, *after]
    del graph.node[:]
    graph.node.extend(nodes)
    return result


def type_string(value):
    """A type as operator schemas write it: seq(tensor(float))."""
    kind = value.WhichOneof("value")
    if kind == "tensor_type":
        names = {"FLOAT": "float", "DOUBLE": "double"}
        name = onnx.TensorProto.DataType.Name(value.tensor_type.elem_type)
        return f"tensor({names.get(name, name.lower())})"
    if kind in ("sequence_type", "optional_type"):
        inner = type_string(getattr(value, kind).elem_type)
        return f"{'seq' if kind == 'sequence_type' else 'optional'}({inner})"
    return kind or ""


def classify(message):
    for reason, pattern in REFUSALS.items():
        if re.search(pattern, message):
            return reason
    raise AssertionError(f"refused without a known reason: {message}")


def check_union(model, folder, valid):
    """The parts hold exactly the nodes of the model, each once, boundary nodes,
    copied constants and the copies that the plan lists; every part holds only
    what it needs, and is valid if the model is."""
    plan = json.loads((folder / "plan.json").read_text())
    kept, constants = [], set()
    for stage in plan["stages"]:
        part = onnx.load(folder / stage["file"])
        for node in part.graph.node:
            if node.domain == split.DOMAIN:
                continue
            text = node.SerializeToString(deterministic=True)
            if text in constants:
                continue
            kept.append(text)
            if not any(node.input):
                constants.add(text)
        check_nothing_needless(part)
        # The checker wants a shape of everything that goes in or out; a tensor of
        # unknown rank has none, and runtimes take it.
        if valid and all(has_shape(value) for value in (*part.graph.input, *part.graph.output)):
            onnx.checker.check_model(part)
    whole = [node.SerializeToString(deterministic=True) for node in model.graph.node]
    assert set(kept) <= set(whole), "a part has a node that the model has not"
    missing = collections.Counter(whole) - collections.Counter(kept)
    listed = [whole[node["index"]] for stage in plan["stages"]
              for node in stage["nodes"] if node.get("copied")]
    twice = collections.Counter(kept) - collections.Counter(whole)
    assert twice == collections.Counter(listed), "copies other than those listed"
    for node in model.graph.node:
        if node.SerializeToString(deterministic=True) in missing:
            # Constants are copied, and dropped where nothing reads them.
            assert not any(node.input), f"no part has the node of {list(node.output)}"


def has_shape(value):
    kind = value.type.WhichOneof("value")
    return kind != "tensor_type" or value.type.tensor_type.HasField("shape")


def check_nothing_needless(part):
    graph = part.graph
    read = {name for node in graph.node for name in names_read(node)}
    read |= {value.name for value in graph.output}
    read |= {entry.value for annotation in graph.quantization_annotation
             for entry in annotation.quant_parameter_tensor_names}
    for tensor in graph.initializer:
        assert tensor.name in read, f"unused initializer '{tensor.name}'"
    for value in graph.input:
        assert value.name in read, f"unused input '{value.name}'"
    made = {name for node in graph.node for name in node.output}
    made |= {tensor.name for tensor in graph.initializer}
    made |= {value.name for value in graph.input}
    for value in graph.value_info:
        assert value.name in made, f"value_info of '{value.name}', which is elsewhere"
    for annotation in graph.quantization_annotation:
        assert annotation.tensor_name in made, annotation.tensor_name

    functions = {(f.domain, f.name, f.overload): f for f in part.functions}
    called, worklist, domains = set(), [*graph.node], {""}
    while worklist:
        node = worklist.pop()
        domains.add("" if node.domain == "ai.onnx" else node.domain)
        worklist += [inner for attribute in node.attribute
                     for body in [attribute.g, *attribute.graphs] for inner in body.node]
        key = node.domain, node.op_type, node.overload
        if key in functions and key not in called:
            called.add(key)
            worklist += functions[key].node
    assert called == set(functions), f"functions that nothing calls: {set(functions) - called}"
    for opset in part.opset_import:
        domain = "" if opset.domain == "ai.onnx" else opset.domain
        assert domain in domains, f"imports '{domain}', which nothing uses"


def names_read(node):
    yield from node.input
    for attribute in node.attribute:
        for graph in [attribute.g, *attribute.graphs]:
            yield from (value.name for value in graph.output)
            for inner in graph.node:
                yield from names_read(inner)
