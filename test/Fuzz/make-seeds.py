"""Writes seeds for the fuzzing harnesses: small valid inputs of every kind.

usage: make-seeds.py FOLDER [MODEL.onnx]...
    writes FOLDER/{cluster,dim,evaluator,importer,plan,problem,profile,splitter,wire}/*; of each
    model, which an exporter wrote, runs of nodes become seeds of the splitter
"""

import json
import pathlib
import sys
import warnings

ROOT = pathlib.Path(__file__).resolve().parents[2]
# Larger ones slow the fuzzer down more than they show it.
MAX_MODEL_BYTES = 4096


def models():
    import onnx
    from onnx.backend.test.case.node import collect_testcases

    warnings.simplefilter("ignore")  # their reference code divides by zero
    for case in collect_testcases(None):
        yield case.model.SerializeToString()
    data = pathlib.Path(onnx.__file__).parent / "backend/test/data/simple"
    for path in sorted(data.rglob("*.onnx")):
        yield path.read_bytes()
    # Fields that no such model has.
    text = (ROOT / "test/Target/Onnx/identity.textproto").read_text()
    from google.protobuf import text_format

    lines = [line for line in text.splitlines() if not line.startswith("#")]
    yield text_format.Parse("\n".join(lines), onnx.ModelProto()).SerializeToString()


def nodes_with_values():
    """ONNX's operator tests with the first inputs of each as initializers."""
    import numpy
    import onnx
    from onnx.backend.test.case.node import collect_testcases

    warnings.simplefilter("ignore")
    for case in collect_testcases(None):
        model = onnx.ModelProto()
        model.CopyFrom(case.model)
        for value, array in zip(model.graph.input, case.data_sets[0][0]):
            if isinstance(array, numpy.ndarray) and array.dtype != object:
                model.graph.initializer.append(
                    onnx.numpy_helper.from_array(array, value.name))
        yield model.SerializeToString()


# Nodes of a run, and elements of an initializer that it keeps.
RUN_NODES = 12
MAX_KEPT_ELEMENTS = 16


def runs(path):
    """Consecutive nodes of a model, as models: what they read becomes inputs
    of the declared types, but for the few elements that shapes come from."""
    import onnx
    from onnx import helper

    model = onnx.load(path, load_external_data=False)
    graph = model.graph
    try:
        graph = onnx.shape_inference.infer_shapes(model).graph
    except Exception as error:  # as good without
        print(f"{path}: types as declared: {error}", file=sys.stderr)
    types = {info.name: info for info in
             [*graph.input, *graph.value_info, *graph.output]}
    small = {}
    for tensor in graph.initializer:
        types[tensor.name] = helper.make_tensor_value_info(
            tensor.name, tensor.data_type, tensor.dims)
        elements = 1
        for extent in tensor.dims:
            elements *= extent
        if (elements <= MAX_KEPT_ELEMENTS
                and tensor.data_location != onnx.TensorProto.EXTERNAL):
            small[tensor.name] = tensor
    for start in range(0, len(graph.node), RUN_NODES):
        nodes = graph.node[start:start + RUN_NODES]
        made = {name for node in nodes for name in node.output if name}
        read = dict.fromkeys(name for node in nodes for name in node.input
                             if name and name not in made)
        used = {name for node in nodes for name in node.input}
        part = onnx.ModelProto()
        part.CopyFrom(model)
        part.ClearField("graph")
        part.graph.name = "run"
        part.graph.node.extend(nodes)
        part.graph.initializer.extend(small[name] for name in read
                                      if name in small)
        part.graph.input.extend(
            types.get(name, onnx.ValueInfoProto(name=name)) for name in read
            if name not in small)
        part.graph.output.extend(
            types.get(name, onnx.ValueInfoProto(name=name))
            for name in sorted(made - used))
        yield part.SerializeToString()


def clusters():
    for path in sorted((ROOT / "examples").glob("*.yaml")):
        yield path.read_bytes()
    yield (b"version: 1\ndevices:\n  - {name: a, count: 3, memory: 1 GiB}\n"
           b"  - {name: b, weight_cache: 2 MB, weight_stream: 9 MB/s}\n"
           b"links:\n  matrix: missing.csv\n")


def dims():
    """Every operator and function, as exporters write them."""
    for text in [
            "past_sequence_length + sequence_length", "s0//2", "2*s0", "1",
            "((s0 - 1)//2) + 1", "Max(1, u0)", "Min(512, seq, 3)", "Mod(s0, 4)",
            "floor(s0/2 + 1)", "ceiling(0.5*s0)", "s0**2 % -7", "-Abs(a - b)",
            "CeilToInt(IntTrueDiv(s0, 2))", "TruncToInt(FloatTrueDiv(s0, 2))",
            "RoundToInt(2.5*ToFloat(s0))", "FloorDiv(s0, 3) - CeilDiv(s0, 3)",
            "PowByNatural(s0, 3)*pow(2, -1)", "PythonMod(s0, CleanDiv(u0, 2))",
            "math.ceil(h/32)*32", "9223372036854775807 + 1", "unk__12:0",
            "((((((((a))))))))", "1**1**1**1**a"]:
        yield text.encode()


def plans():
    stage = {"index": 0, "device": "a", "nodes": [{"index": 0, "name": "n"}]}
    plan = {"version": 1, "source": {"file": "m.onnx", "digest": "00"},
            "objective": "throughput", "strategy": "exact",
            "stages": [stage, {**stage, "index": 1, "device": "b",
                               "replicas": [{"device": "c", "rank": 2}]}]}
    yield json.dumps(plan).encode()
    yield json.dumps(plan, indent=1).encode()
    yield b'{"version": 1e300, "stages": [[]], "source": null}'


def problems():
    """Every key of a problem, and placements of one of two tasks."""
    problem = {
        "version": 1, "name": "p", "source": {"digest": "00"},
        "objective": "latency", "target_ns": 9, "max_latency_ns": None,
        "min_stages": 1, "max_stages": 2, "revisit": True, "replicate": False,
        "sequences": 1,
        "devices": [{"name": "a", "memory_bytes": 99, "runtime_bytes": 1,
                     "speed_class": 0, "message_ns": 1, "byte_ps": 1,
                     "weight_cache_bytes": 9, "stream_bytes_per_second": 9},
                    {"name": "b", "memory_bytes": None, "speed_class": 1}],
        "media": [{"name": "m", "devices": [0, 1]}],
        "links": [{"bits_per_second": 8, "message_time_ns": 1, "latency_ns": 1,
                   "medium": 0}, {"bits_per_second": None}],
        "link_of": [[None, 0], [1, None]], "ingress": 0, "egress": 1,
        "weights": [{"name": "w", "bytes": 1, "is_state": True}],
        "tasks": [{"name": "t", "node": {"index": 0, "path": ["then", "1"]},
                   "time_ns": [1, None], "weights": [0], "pin": 0,
                   "has_state": True, "why_nowhere": "no"},
                  {"name": "n\u00e9", "time_ns": [2, 3]}],
        "tensors": [{"name": "x", "producer": None, "consumers": [0, 1],
                     "bytes": 4},
                    {"name": "y", "producer": 0, "consumers": [1], "bytes": 4,
                     "message_bytes": 2, "can_cut": True, "must_cut": False,
                     "is_output": True, "alias_of": 0}]}
    yield json.dumps(problem).encode()
    yield json.dumps(problem, indent=1).encode()
    stages = [{"device": 0, "tasks": ["n"], "replicas": ["b"]},
              {"device": "b", "nodes": [{"index": 1, "path": ["then", "0"]},
                                        {"index": 0, "copied": True}]}]
    yield json.dumps({"version": 1, "source": {"digest": "00"},
                      "stages": stages}).encode()


def profiles():
    yield json.dumps({
        "version": 1, "runtime": "onnxruntime 1.32.0",
        "model": {"file": "m.onnx", "digest": "0123456789abcdef" * 4},
        "devices": [{"device": "a", "item_ns": 9, "resident_bytes": 8, "runtime_memory_bytes": 3,
                     "message_ns": 7, "byte_ps": 6,
                     "nodes": [{"index": 0, "name": "n\u00e9", "ns": 5}]}],
        "links": [{"from": "a", "to": "b", "bits_per_second": 94100000,
                   "latency_ns": 210000}]}, indent=1).encode()
    kernel = {"cat": "Node", "pid": 1, "tid": 1, "dur": 7, "ts": 3, "ph": "X",
              "name": "n_kernel_time", "args": {"op_name": "Add"}}
    yield json.dumps([kernel, {**kernel, "dur": 2}, {
        "cat": "Session", "name": "model_run", "dur": 9, "ts": 2}]).encode()
    yield json.dumps({"end": {"sum_sent": {"bits_per_second": 9.5e7},
                              "sum_received": {"bits_per_second": 1.5}}}).encode()
    yield b'{"error": "unable to connect", "end": {}}'


def write(folder, inputs):
    folder.mkdir(parents=True, exist_ok=True)
    for index, data in enumerate(inputs):
        if len(data) <= MAX_MODEL_BYTES:
            (folder / f"seed-{index:04}").write_bytes(data)


def main():
    corpus = pathlib.Path(sys.argv[1])
    made = list(models())
    write(corpus / "importer", made)
    exported = [run for path in sys.argv[2:] for run in runs(path)]
    write(corpus / "splitter", made + exported)
    write(corpus / "wire", made)
    write(corpus / "cluster", clusters())
    write(corpus / "dim", dims())
    write(corpus / "evaluator", nodes_with_values())
    write(corpus / "plan", plans())
    write(corpus / "problem", problems())
    write(corpus / "profile", profiles())


if __name__ == "__main__":
    main()
