"""Checks what is inferred for single nodes against what ONNX Runtime makes of
them. A Case is a node and the arrays that it gets; many cases go into one model,
so that few processes are started."""

import pathlib
import re
import subprocess
import tempfile

import numpy
import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper

from onnxruntime.capi import onnxruntime_pybind11_state as runtime

from split import BIN, ROOT

MICROSOFT = "com.microsoft"
OPSETS = {MICROSOFT: 1, "com.microsoft.nchwc": 1, "ai.onnx.ml": 3}


class Const:
    """An input that is known before the model runs: an initializer."""

    def __init__(self, values, dtype=None):
        self.values = numpy.asarray(values, dtype)


class Case:
    """One node.

    inputs     arrays (inputs of the graph), Const or None (left out)
    outputs    how many, or for each whether it is there
    depends    (output, axis) of extents that depend on data, and must stay open
    declared   element types of outputs that ONNX Runtime wants to be told
    expected   (element type, shape) of each output where ONNX Runtime cannot run
               the node: made by hand from its documentation
    """

    def __init__(self, op, inputs, outputs=1, domain=MICROSOFT, depends=(),
                 declared=None, expected=None, **attributes):
        self.op, self.domain, self.attributes = op, domain, attributes
        self.inputs = list(inputs)
        self.outputs = [True] * outputs if isinstance(outputs, int) else outputs
        self.depends = set(depends)
        self.declared = declared or {}
        self.expected = expected

    def __str__(self):
        shapes = [None if i is None else array_of(i).shape for i in self.inputs]
        attributes = {k: v for k, v in self.attributes.items()
                      if not isinstance(v, onnx.GraphProto)}
        return f"{self.domain}:{self.op}{shapes} -> {self.outputs} {attributes}"


def array_of(value):
    return value.values if isinstance(value, Const) else value


class _Model:
    """Cases side by side in one graph, with nothing in common."""

    def __init__(self, cases, opset, ml):
        self.cases = cases
        self.opsets = {**OPSETS, "": opset, "ai.onnx.ml": ml}
        self.feeds, self.weights, self.nodes, self.results = {}, [], [], {}
        for index, case in enumerate(cases):
            self._add(f"c{index}", case)

    def _add(self, prefix, case):
        names = []
        for i, value in enumerate(case.inputs):
            names.append("" if value is None else f"{prefix}_i{i}")
            if isinstance(value, Const):
                tensor = numpy_helper.from_array(value.values, names[-1])
                self.weights.append(tensor)
            elif value is not None:
                self.feeds[names[-1]] = value
        outputs = [f"{prefix}_o{i}" if there else ""
                   for i, there in enumerate(case.outputs)]
        for i, name in enumerate(outputs):
            if name:
                self.results[name] = (case, i)
        self.nodes.append(helper.make_node(
            case.op, names, outputs, domain=case.domain, **case.attributes))

    def proto(self, extent):
        """The model; `extent` says how an input declares an extent."""
        inputs = [
            helper.make_tensor_value_info(
                name, helper.np_dtype_to_tensor_dtype(value.dtype),
                [extent(size) for size in value.shape])
            for name, value in self.feeds.items()
        ]
        outputs = [onnx.ValueInfoProto(name=name) for name in self.results]
        for info, (case, index) in zip(outputs, self.results.values()):
            if index in case.declared:
                info.type.tensor_type.elem_type = case.declared[index]
        graph = helper.make_graph(self.nodes, "g", inputs, outputs, self.weights)
        return helper.make_model(graph, ir_version=8, opset_imports=[
            helper.make_opsetid(*pair) for pair in self.opsets.items()])

    def run(self):
        """(element type, shape) of every output, by ONNX Runtime or by hand."""
        truth = {name: case.expected[i]
                 for name, (case, i) in self.results.items() if case.expected}
        if len(truth) == len(self.results):
            return truth
        options = onnxruntime.SessionOptions()
        options.graph_optimization_level = (
            onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL)
        options.intra_op_num_threads = 1
        session = onnxruntime.InferenceSession(
            self.proto(lambda size: size).SerializeToString(), options,
            providers=["CPUExecutionProvider"])
        names = list(self.results)
        for output, value, name in zip(
                session.get_outputs(), session.run(names, self.feeds), names):
            truth[name] = _describe(output.type, value)
        return truth


def _describe(declared, value):
    """ONNX Runtime's name of a type is 'tensor(float)' or, for what is no
    tensor, 'map(...)' and the like."""
    match = re.fullmatch(r"tensor\((\w+)\)", declared)
    return (match[1], list(numpy.shape(value))) if match else (declared, None)


def infer(model, dims):
    """(element type, extents) of every node's outputs, by onnx-split-opt; an
    extent is a number, a name or None."""
    with tempfile.TemporaryDirectory() as folder:
        file = pathlib.Path(folder) / "model.onnx"
        onnx.save(model, file)
        text = subprocess.run(
            [BIN / "onnx-split-translate", "--onnx-to-mlir", file],
            capture_output=True, text=True, check=True).stdout
    options = "dim=" + ",".join(f"{k}={v}" for k, v in dims.items())
    done = subprocess.run(
        [BIN / "onnx-split-opt", "--onnx-infer-types=" + options * bool(dims)],
        input=text, capture_output=True, text=True, check=False)
    assert done.returncode == 0 and not done.stderr, done.stderr[:500]
    types = {}
    for line in done.stdout.splitlines():
        match = re.search(r"= onnx\.node .*output_names = \[([^]]*)\]", line)
        if not match:
            continue
        results = line.rpartition(" -> ")[2]
        names = re.findall(r'"([^"]*)"', match[1])
        found = re.findall(
            r"!onnx\.(tensor<\w+(?:, \[[^]]*\])?>|unknown|omitted|\w+<.*)", results)
        types.update(zip(names, map(_parse, found), strict=True))
    return types


def _parse(text):
    match = re.fullmatch(r"tensor<(\w+)(?:, \[(.*)\])?>", text)
    if not match:
        return text, None
    if match[2] is None:
        return match[1], None
    extents = [int(e) if e.isdigit() else None if e == "?" else e.strip('"')
               for e in match[2].split(", ") if e]
    return match[1], extents


def _differences(model, truth, inferred, open_allowed):
    """What is wrong, a line each. Inputs call an extent of 7 "d7", so names that
    are inferred can be checked as well as numbers."""
    for name, (case, output) in model.results.items():
        element, shape = truth[name]
        got_element, got = inferred[name]
        wrong = got_element != element and not (
            open_allowed and got_element == "unknown")
        if shape is not None and got is None:
            wrong = wrong or not open_allowed
        elif shape is not None and not wrong:
            wrong = len(got) != len(shape) or any(
                not _agrees(g, s, (output, axis) in case.depends, open_allowed)
                for axis, (g, s) in enumerate(zip(got, shape)))
        if wrong:
            yield (f"{case} output {output}: {element}{shape}, "
                   f"but inferred {got_element}{got}")


def _agrees(got, size, depends, open_allowed):
    if got is None:
        return depends or open_allowed
    return not depends and got in (size, f"d{size}")


def check(cases, opset=17, ml=3):
    """Compares with ONNX Runtime (optimisations off): equal where inputs declare
    all extents, and where names of extents are fixed by options; where names
    stay open, extents may be open but not wrong."""
    model = _Model([case for case in cases if not case.expected], opset, ml)
    by_hand = _Model([case for case in cases if case.expected], opset, ml)
    wrong = []
    for part in (model, by_hand):
        if not part.cases:
            continue
        truth = part.run()
        sizes = {size for value in part.feeds.values() for size in value.shape}
        named = part.proto("d{}".format)
        fixed = {f"d{size}": size for size in sizes}
        for mode, inferred, open_allowed in (
                ("fixed", infer(part.proto(lambda size: size), {}), False),
                ("named", infer(named, fixed), False),
                ("open", infer(named, {}), True)):
            wrong += (f"{mode}: {line}" for line in _differences(
                part, truth, inferred, open_allowed))
    assert not wrong, "\n".join(wrong)


def failing(cases, opset=17, ml=3):
    """Cases that ONNX Runtime refuses, with its message: for writing tests."""
    refused = []
    for case in cases:
        try:
            _Model([case], opset, ml).run()
        except Exception as error:  # pylint: disable=broad-except
            refused.append((case, str(error)))
    return refused


# --- The tables of operators -------------------------------------------------

_TEXT = r'((?:"[^"]*"\s*)+)'
_ROW = re.compile(r"\{\s*" + r",\s*".join([_TEXT] * 4) + r",\s*\w+\}")


def registered(files):
    """Operators that the tables of some files of lib/Inference/Schemas have: the
    words of inputs, outputs and attributes, by name."""
    tables = {}
    for file in files:
        source = (ROOT / "lib/Inference/Schemas" / file).read_text()
        rows = [["".join(re.findall(r'"([^"]*)"', part)) for part in row]
                for row in _ROW.findall(source)]
        assert len(rows) == len(re.findall(r'^ {4}\{"', source, re.M)) > 0, file
        tables.update((row[0], [text.split() for text in row[1:]]) for row in rows)
    return tables


def _words(parameters):
    marks = {"Single": "", "Optional": "?", "Variadic": "*"}
    return [p.name + marks[str(p.option).rpartition(".")[2]] for p in parameters]


def compare_schemas(files, cases, not_run, domains=("", *OPSETS)):
    """Compares the tables with the schemas that ONNX Runtime itself has, and
    wants a case for each operator: one to run where the CPU's provider has a
    kernel, one made by hand elsewhere. `not_run` says which are made by hand all
    the same."""
    tables = registered(files)
    schemas = {s.name: s for s in sorted(runtime.get_all_operator_schema(),
                                         key=lambda s: -s.since_version)
               if s.domain in domains and s.name in tables
               and (s.domain or s.since_version < 17)}
    kernels = {k.op_name for k in runtime.get_all_opkernel_def()
               if k.provider == "CPUExecutionProvider" and k.domain in domains}
    run, by_hand = set(), set()
    for case in cases:
        (by_hand if case.expected else run).add(case.op)
    for name, (inputs, outputs, attributes) in tables.items():
        schema = schemas[name]
        assert inputs == _words(schema.inputs), name
        assert outputs == _words(schema.outputs), name
        assert ({a.split(":")[0] for a in attributes if a.endswith("!")}
                == {n for n, a in schema.attributes.items() if a.required}), name
        assert ({a.split(":")[0] for a in attributes}
                <= set(schema.attributes)), name
        is_run = name in kernels and name not in not_run
        assert name in (run if is_run else by_hand), name
