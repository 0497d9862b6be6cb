"""Plans from what ONNX Runtime itself writes when it profiles a session."""

import json
import math

import numpy
import onnx
import onnx.parser
import onnxruntime

import models
import split

CLUSTER = """version: 1
devices: [{name: box, compute: 1 GFLOP/s, profile: box.json}]
"""
LOOP = """<ir_version: 8, opset_import: ["" : 17]>
looping (float[64,64] x) => (float[64,64] y)
<int64 trips = {40}, bool going = {1}>
{
  [before] a = Relu(x)
  [loop] b = Loop(trips, going, a) <body = step
    (int64 i, bool c, float[64,64] s) => (bool c1, float[64,64] s1) {
      [keep] c1 = Identity(c)
      [inside] p = MatMul(s, s)
      [limit] s1 = Tanh(p)
    }>
  [after] y = Sigmoid(b)
}
"""


def measure(model, folder, runs, level):
    """Profiles some runs. Returns each kernel's time for one item in ns,
    rounded up, by the name of its node."""
    onnx.save(model, folder / "model.onnx")
    options = onnxruntime.SessionOptions()
    options.enable_profiling = True
    options.graph_optimization_level = level
    options.profile_file_prefix = str(folder / "ort")
    session = onnxruntime.InferenceSession(
        folder / "model.onnx", options, providers=["CPUExecutionProvider"])
    feeds = {value.name: numpy.zeros(value.shape, "float32")
             for value in session.get_inputs()}
    for _ in range(runs):
        session.run(None, feeds)
    text = open(session.end_profiling()).read()
    (folder / "box.json").write_text(text)
    times = {}
    for event in json.loads(text):
        name = event["name"]
        if event["cat"] == "Node" and name.endswith("_kernel_time"):
            name = name.removesuffix("_kernel_time")
            times[name] = times.get(name, 0) + event["dur"]
    return {name: math.ceil(time * 1000 / runs) for name, time in times.items()}


def planned_time(folder):
    (folder / "cluster.yaml").write_text(CLUSTER)
    done = split.onnx_split("model.onnx", "--devices", "cluster.yaml", "--dry-run",
                            "--format=json", cwd=folder)
    assert done.returncode == 0, done.stderr
    stage, = json.loads(done.stdout)["stages"]
    return stage["compute_ns"]


def test_inputs_that_are_not_there_or_have_no_shape(scratch):
    """A branch that --set has chosen takes the time of its If; an input without a
    shape may have any."""
    text = """<ir_version: 8, opset_import: ["" : 17]>
        g (float[N,64] x, bool flag) => (float[N,64] z)
        { [before] a = Tanh(x)
          [if] y = If(flag) <then_branch = t () => (float[N,64] u) { [p] b = Exp(a)
                                                                     [q] u = Exp(b) },
                             else_branch = e () => (float[N,64] v) { [r] v = Relu(a) }>
          [after] z = Tanh(y) }"""
    model = onnx.parser.parse_model(text)
    onnx.save(model, scratch / "model.onnx")
    (scratch / "plain.yaml").write_text("version: 1\ndevices: [{name: box}]\n")
    (scratch / "cluster.yaml").write_text(
        "version: 1\nprofile: p.json\ndevices: [{name: box, op_overhead: 1 us}]\n")

    def plan(cluster, *options):
        done = split.onnx_split("model.onnx", "--devices", cluster, "--dry-run", "--format=json",
                                *options, cwd=scratch)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    def measured(inputs):
        digest = plan("plain.yaml", "--assume=*=4")["source"]["digest"]
        nodes = [{"index": i, "name": name, "ns": ns}
                 for i, (name, ns) in enumerate([("before", 10), ("if", 100), ("after", 1000)])]
        (scratch / "p.json").write_text(json.dumps(
            {"version": 1, "model": {"digest": digest},
             "devices": [{"device": "box", "inputs": inputs, "nodes": nodes}]}))

    measured({"x": [4, 64], "flag": []})
    for options in ([], ["--set=flag=true"], ["--set=flag=false"]):
        assert plan("cluster.yaml", "--assume=N=4", *options)["bottleneck_ns"] == 1110
    model.graph.input[0].type.tensor_type.ClearField("shape")
    onnx.save(model, scratch / "model.onnx")
    measured({"x": [9], "flag": []})
    assert plan("cluster.yaml")["bottleneck_ns"] == 1110


def test_every_node_is_matched(scratch):
    times = measure(models.unet(), scratch, 3,
                    onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL)
    assert planned_time(scratch) == sum(times.values())


def test_fused_kernels_keep_their_time(scratch):
    times = measure(models.unet(), scratch, 3,
                    onnxruntime.GraphOptimizationLevel.ORT_ENABLE_ALL)
    assert planned_time(scratch) == sum(times.values())


def test_bodies_are_not_counted_twice(scratch):
    times = measure(onnx.parser.parse_model(LOOP), scratch, 2,
                    onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL)
    assert times["inside"] > 0
    whole = planned_time(scratch)
    assert whole == sum(times[name] for name in ("before", "loop", "after"))
    assert whole < sum(times.values())
