"""Parts load with ONNX Runtime's default optimisation. It puts the branch of a known
condition in the place of its If, and may remove what the branch reads: whatever
is removed beside that, such as a Shape, must not have been its only other reader."""

import random
import shutil

import numpy
import onnx
import onnxruntime
import pytest
from onnx import TensorProto, helper

import models
import split

SHAPE = [2, 3]


def branches(source):
    """Bodies of an If that read a value from outside."""
    return {name: helper.make_graph([helper.make_node(op, [source], [name])], name, [],
                                    [models.tensor(name, SHAPE)])
            for name, op in (("then_branch", "Exp"), ("else_branch", "Abs"))}


def known_condition(g, source, name):
    """A value that is known before running, by way of the source's shape."""
    g.node("Shape", [source], f"{name}_shape", outputs=[f"{name}_s"])
    g.node("Gather", [f"{name}_s", g.constant(f"{name}_k", [0])], f"{name}_gather",
           outputs=[f"{name}_g"])
    g.node("Equal", [f"{name}_g", g.constant(f"{name}_two", [2])], f"{name}_equal",
           outputs=[f"{name}_c"])
    return f"{name}_c"


def begin():
    g = models.Builder()
    g.node("Neg", ["x"], "s0_neg", outputs=["a"])
    g.node("Sigmoid", ["a"], "s1_sigmoid", outputs=["t"])
    return g


def finish(g, *outputs):
    return g.model([models.tensor("x", SHAPE)], [models.tensor("y", SHAPE), *outputs])


def left_over():
    """The Shape stays where its tensor is made, and nobody there reads it."""
    g = begin()
    condition = known_condition(g, "t", "k")
    g.node("If", [condition], "s1_if", outputs=["y"], **branches("t"))
    return finish(g)


def read_as_well():
    """Somebody does, but is not looked at before the If."""
    g = begin()
    condition = known_condition(g, "t", "k")
    g.node("Reshape", ["x", "k_s"], "s1_reshape", outputs=["z"])
    g.node("If", [condition], "s1_if", outputs=["y"], **branches("t"))
    return finish(g, models.tensor("z", SHAPE))


def behind_another():
    """What the Shape reads is computed from what the branch reads."""
    g = begin()
    g.node("Transpose", ["t"], "s1_transpose", outputs=["q"], perm=[1, 0])
    condition = known_condition(g, "q", "k")
    g.node("If", [condition], "s1_if", outputs=["y"], **branches("t"))
    return finish(g)


def read_later():
    """The condition is a constant; the next stage reads the Shape."""
    g = begin()
    g.node("Shape", ["t"], "k_shape", outputs=["s"])
    g.node("Constant", [], "k_c", outputs=["c"],
           value=helper.make_tensor("c", TensorProto.BOOL, [], [True]))
    g.node("If", ["c"], "s1_if", outputs=["b"], **branches("t"))
    g.node("Reshape", ["b", "s"], "s2_reshape", outputs=["y"])
    return finish(g)


def in_a_function():
    """The If is in a function, whose call ONNX Runtime replaces first."""
    choose = helper.make_function(
        "local", "Choose", ["c", "t"], ["y"],
        [helper.make_node("If", ["c"], ["y"], **branches("t"))],
        [helper.make_opsetid("", 17)])
    g = begin()
    condition = known_condition(g, "t", "k")
    g.node("Choose", [condition, "t"], "s1_choose", outputs=["y"], domain="local")
    graph = helper.make_graph(g.nodes, "main", [models.tensor("x", SHAPE)],
                              [models.tensor("y", SHAPE)], g.weights)
    return helper.make_model(
        graph, ir_version=8, functions=[choose],
        opset_imports=[helper.make_opsetid("", 17), helper.make_opsetid("local", 1)])


CASES = [left_over, read_as_well, behind_another, read_later, in_a_function]


def cut(model, scratch, *options):
    names = [node.name for node in model.graph.node]
    count = 1 + max(int(name[1]) for name in names if name[2:3] == "_" and name[0] == "s")
    pins = [f"--pin=s{index}_*=d{index}" for index in range(count)]
    return split.split(model, scratch, *pins, *options, "--force",
                       cluster=split.even_cluster(count))


def refuses(model):
    try:
        onnxruntime.InferenceSession(model.SerializeToString())
    except onnxruntime.capi.onnxruntime_pybind11_state.InvalidArgument:
        return True
    return False


def check(model, scratch, *options):
    """The parts give what the model gives, without optimisation and with."""
    parts = cut(model, scratch, *options)
    inputs = {"x": numpy.random.default_rng(3).uniform(-1, 1, SHAPE).astype("float32")}
    expected = split.run_whole(scratch / "whole.onnx", inputs, False)
    for optimise in (False, True):
        split.compare(expected, parts.folder, inputs, optimise)
    return parts


@pytest.mark.parametrize("boundary", ["ops", "io"])
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.__name__)
def test_cases(case, boundary, scratch):
    parts = check(case(), scratch, f"--boundary={boundary}")
    # Who reads the shape has it.
    assert not any(node.op_type == "Shape"
                   for node in parts.models[1].graph.node)


def test_saved_plan(scratch):
    """A plan that does not list the node is taken."""
    check(left_over(), scratch)
    shutil.copy(scratch / "parts/plan.json", scratch)
    check(left_over(), scratch, f"--plan={scratch / 'plan.json'}")


def test_without_a_branch(scratch):
    """Nothing is left out where nothing can go wrong: no If there, or one whose
    condition is an input's value."""
    g = begin()
    known_condition(g, "t", "k")
    g.node("Reshape", ["t", "k_s"], "s1_reshape", outputs=["z"])
    g.node("ReduceSum", ["z"], "s1_sum", outputs=["r"], keepdims=0)
    g.node("Cast", ["r"], "s1_cast", outputs=["c"], to=TensorProto.BOOL)
    g.node("If", ["c"], "s1_if", outputs=["y"], **branches("t"))
    parts = check(finish(g), scratch)
    assert any(node.op_type == "Shape" for node in parts.models[1].graph.node)


def random_model(seed):
    """Three stages of unary operators, Ifs on known conditions, and tensors that
    take the shape of another one. Every tensor has the same."""
    draw = random.Random(seed)
    g = models.Builder()
    tensors, conditions, shapes, last = ["x"], [], [], "x"
    for stage in range(3):
        for step in range(draw.randint(2, 5)):
            name = f"s{stage}_n{step}"
            kind = draw.choice(["unary", "unary", "shape", "shape", "if", "reshape"])
            source = draw.choice([last, last, draw.choice(tensors)])
            if kind == "shape":
                known = f"k{stage}{step}"
                conditions.append(known_condition(g, source, known))
                shapes.append(f"{known}_s")
                continue
            if kind == "if" and conditions:
                g.node("If", [draw.choice(conditions)], name, outputs=[name],
                       **{key: rename(body, name) for key, body in
                          branches(source).items()})
            elif kind == "reshape" and shapes:
                g.node("Reshape", [source, draw.choice(shapes)], name, outputs=[name])
            else:
                g.node(draw.choice(["Tanh", "Neg", "Sin"]), [source], name,
                       outputs=[name])
            tensors.append(name)
            last = name
        g.node("Neg", [last], f"s{stage}_end", outputs=[f"s{stage}_end"])
        last = f"s{stage}_end"
        tensors.append(last)
    g.node("Add", [last, draw.choice(tensors)], "s2_y", outputs=["y"])
    return finish(g)


def rename(body, prefix):
    """Names are unique in all graphs."""
    body.node[0].output[0] = f"{prefix}_{body.node[0].output[0]}"
    body.output[0].name = body.node[0].output[0]
    return body


def test_random_models(scratch):
    left_out = branching = 0
    for seed in range(60):
        model = random_model(seed)
        parts = check(model, scratch)
        shapes = {node.output[0] for node in model.graph.node if node.op_type == "Shape"}
        kept = {node.output[0] for part in parts.models for node in part.graph.node
                if node.op_type == "Shape"}
        left_out += len(shapes - kept)
        branching += any(node.op_type == "If" for node in model.graph.node)
    assert left_out > 20
    assert branching > 20


def test_verify_says_so(scratch):
    """A Shape that the model returns is no node to leave out. The parts are right,
    and --verify names the one that ONNX Runtime does not load as it is."""
    g = begin()
    condition = known_condition(g, "t", "k")
    g.node("If", [condition], "s1_if", outputs=["y"], **branches("t"))
    model = finish(g, models.tensor("k_s", [2], TensorProto.INT64))
    onnx.save(model, scratch / "whole.onnx")
    (scratch / "cluster.yaml").write_text(split.even_cluster(2))
    done = split.onnx_split(
        scratch / "whole.onnx", "--devices", scratch / "cluster.yaml", "-o",
        scratch / "parts", "--verify", "--pin=s0_*=d0", "--pin=s1_*=d1",
        "--pin=k_shape=d1")
    assert done.returncode == 0, done.stderr
    assert "verified     the parts give the model's 2 outputs" in done.stdout
    parts = split.load_parts(scratch / "parts")
    refused = [file for file, part in zip(parts.files, parts.models) if refuses(part)]
    if not refused:
        assert done.stderr == ""
        pytest.skip("this ONNX Runtime loads all parts")
    assert refused == [parts.files[1]]
    assert f"{refused[0]}: warning: ONNX Runtime {onnxruntime.__version__} does not " \
        "load this part, stage 1 on 'd1', with its default optimisation: " in done.stderr
    assert "Node input 't' is not a graph input" in done.stderr
    assert "note: it was verified without" in done.stderr
