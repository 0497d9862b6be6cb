"""Models that the tests split: small networks with deterministic weights, tiny
graphs for each case of the emission, and pictures of text."""

import copy

import numpy
import onnx
from onnx import TensorProto, helper, numpy_helper

FLOAT = TensorProto.FLOAT


class Builder:
    """Collects nodes and weights of one graph. Every value has a name that
    tells where it comes from."""

    def __init__(self, seed=0):
        self.nodes = []
        self.weights = []
        self.random = numpy.random.default_rng(seed)

    def weight(self, name, shape, centre=0.0):
        """Uniform, scaled so that values neither grow nor vanish."""
        fan_in = numpy.prod(shape[1:]) if len(shape) > 1 else 100
        values = centre + self.random.uniform(-1, 1, shape) * (3 / fan_in) ** 0.5
        return self.constant(name, values.astype("float32"))

    def constant(self, name, values):
        self.weights.append(numpy_helper.from_array(numpy.asarray(values), name))
        return name

    def node(self, op, inputs, name, outputs=None, **attributes):
        """Adds a node and returns the name of its output, or of all of them if
        their names are given."""
        results = outputs or [f"{name}.out"]
        self.nodes.append(
            helper.make_node(op, inputs, results, name=name, **attributes)
        )
        return outputs or results[0]

    def model(self, inputs, outputs, opset=17, ir_version=8, functions=()):
        graph = helper.make_graph(self.nodes, "main", inputs, outputs, self.weights)
        model = helper.make_model(
            graph,
            ir_version=ir_version,
            opset_imports=[helper.make_opsetid("", opset)],
            functions=functions,
            producer_name="test",
        )
        onnx.checker.check_model(model, full_check=True)
        return model


def tensor(name, shape, dtype=FLOAT):
    return helper.make_tensor_value_info(name, dtype, shape)


# --- Networks ----------------------------------------------------------------


def transformer(layers=4, width=32, heads=4, vocabulary=50):
    """Decoder-like blocks. The embedding is used at both ends, so a split has
    it in the first and in the last part (tied weights). The length of the
    sequence is symbolic."""
    g = Builder()
    size = width // heads
    embedding = g.weight("embedding", [vocabulary, width])
    head_shape = g.constant("head_shape", numpy.array([0, 0, heads, size], "int64"))
    flat_shape = g.constant("flat_shape", numpy.array([0, 0, width], "int64"))
    scale = g.constant("scale", numpy.float32(size**-0.5))

    def layer_norm(x, name):
        near_one = g.weight(f"{name}.scale", [width], 1.0)
        near_zero = g.weight(f"{name}.bias", [width])
        return g.node("LayerNormalization", [x, near_one, near_zero], name, axis=-1)

    def linear(x, columns, rows, name):
        product = g.node("MatMul", [x, g.weight(f"{name}.w", [columns, rows])], name)
        bias = g.weight(f"{name}.b", [rows])
        return g.node("Add", [product, bias], f"{name}.add")

    def split_heads(x, name, order):
        reshaped = g.node("Reshape", [x, head_shape], f"{name}.reshape")
        return g.node("Transpose", [reshaped], f"{name}.transpose", perm=order)

    x = g.node("Gather", [embedding, "tokens"], "embed")
    for index in range(layers):
        name = f"block{index}"
        normed = layer_norm(x, f"{name}.norm1")
        query, key, value = (
            split_heads(linear(normed, width, width, f"{name}.{part}"),
                        f"{name}.{part}", order)
            for part, order in (
                ("q", [0, 2, 1, 3]), ("k", [0, 2, 3, 1]), ("v", [0, 2, 1, 3]))
        )
        scores = g.node("MatMul", [query, key], f"{name}.scores")
        scaled = g.node("Mul", [scores, scale], f"{name}.scaled")
        attention = g.node("Softmax", [scaled], f"{name}.softmax", axis=-1)
        mixed = g.node("MatMul", [attention, value], f"{name}.mix")
        joined = g.node("Transpose", [mixed], f"{name}.join", perm=[0, 2, 1, 3])
        flat = g.node("Reshape", [joined, flat_shape], f"{name}.flat")
        x = g.node("Add", [x, linear(flat, width, width, f"{name}.o")], f"{name}.res1")
        hidden = linear(layer_norm(x, f"{name}.norm2"), width, 4 * width, f"{name}.up")
        active = g.node("Relu", [hidden], f"{name}.relu")
        down = linear(active, 4 * width, width, f"{name}.down")
        x = g.node("Add", [x, down], f"{name}.res2")
    x = layer_norm(x, "norm")
    turned = g.node("Transpose", [embedding], "unembed.transpose", perm=[1, 0])
    g.node("MatMul", [x, turned], "unembed", outputs=["logits"])
    return g.model(
        [tensor("tokens", [1, "sequence"], TensorProto.INT64)],
        [tensor("logits", [1, "sequence", vocabulary])],
    )


def unet(depth=3, width=8, size=32):
    """Down `depth` levels and up again; the output of each level on the way
    down is also read at the same level on the way up."""
    g = Builder()

    def conv(x, name, channels, filters, **attributes):
        inputs = [x, g.weight(f"{name}.w", [filters, channels, 3, 3]),
                  g.weight(f"{name}.b", [filters])]
        out = g.node("Conv", inputs, name, pads=[1, 1, 1, 1], **attributes)
        return g.node("Relu", [out], f"{name}.relu")

    scales = g.constant("scales", numpy.array([1, 1, 2, 2], "float32"))
    x = conv("image", "stem", 3, width)
    skips = []
    for level in range(depth):
        channels = width << level
        x = conv(x, f"down{level}.a", channels, channels)
        skips.append(x)
        x = conv(x, f"down{level}.b", channels, 2 * channels, strides=[2, 2])
    x = conv(x, "middle", width << depth, width << depth)
    for level in reversed(range(depth)):
        channels = width << level
        bigger = g.node("Resize", [x, "", scales], f"up{level}.resize", mode="nearest")
        x = conv(bigger, f"up{level}.a", 2 * channels, channels)
        x = g.node("Concat", [skips[level], x], f"up{level}.concat", axis=1)
        x = conv(x, f"up{level}.b", 2 * channels, channels)
    inputs = [x, g.weight("head.w", [2, width, 1, 1])]
    g.node("Conv", inputs, "head", outputs=["mask"])
    return g.model([tensor("image", [1, 3, size, size])],
                   [tensor("mask", [1, 2, size, size])])


def branching(width=16):
    """An If whose branches read a value and a weight from outside, one of them
    from inside a second If, between two chains of layers."""
    g = Builder()

    def layers(x, name, count):
        for index in range(count):
            w = g.weight(f"{name}{index}.w", [width, width])
            x = g.node("MatMul", [x, w], f"{name}{index}")
            x = g.node("Tanh", [x], f"{name}{index}.tanh")
        return x

    early = layers("x", "before", 3)
    late = layers(early, "more", 3)
    outer_weight = g.weight("outer_weight", [width, width])
    mean = g.node("ReduceMean", [late], "mean", keepdims=0)
    zero = g.constant("zero", numpy.float32(0))
    positive = g.node("Greater", [mean, zero], "positive")

    def body(name, nodes, output):
        return helper.make_graph(nodes, name, [], [tensor(output, [4, width])])

    inner_then = body("inner_then", [
        helper.make_node("Sub", [early, late], ["it"], name="then.sub")], "it")
    inner_else = body("inner_else", [
        helper.make_node("Add", [early, late], ["ie"], name="else.add")], "ie")
    then_branch = body("then", [
        helper.make_node("MatMul", [early, outer_weight], ["t"], name="then.matmul"),
    ], "t")
    else_branch = body("else", [
        helper.make_node("If", ["flag"], ["e0"], name="else.if",
                         then_branch=inner_then, else_branch=inner_else),
        helper.make_node("MatMul", ["e0", outer_weight], ["e"], name="else.matmul"),
    ], "e")
    chosen = g.node("If", [positive], "if",
                    then_branch=then_branch, else_branch=else_branch)
    after = layers(chosen, "after", 3)
    g.node("MatMul", [after, outer_weight], "last", outputs=["y"])
    return g.model(
        [tensor("x", [4, width]), tensor("flag", [], TensorProto.BOOL)],
        [tensor("y", [4, width])],
    )


def filled(model):
    """A copy of a model in which ConstantOfShape nodes that stand for weights
    are replaced by random weights, so that its outputs are not constant."""
    result = onnx.ModelProto()
    result.CopyFrom(model)
    graph = result.graph
    shapes = {t.name: numpy_helper.to_array(t) for t in graph.initializer}
    g = Builder()
    kept = []
    for node in graph.node:
        if node.op_type != "ConstantOfShape" or node.input[0] not in shapes:
            kept.append(node)
            continue
        shape = [int(dim) for dim in shapes[node.input[0]]]
        readers = [n for n in graph.node if node.output[0] in n.input]
        # Scale and variance of a normalisation are near 1.
        near_one = all(n.op_type == "BatchNormalization"
                       and list(n.input).index(node.output[0]) in (1, 4)
                       for n in readers)
        g.weight(node.output[0], shape, 1.0 if near_one else 0.0)
    used = {name for node in kept for name in node.input}
    weights = [t for t in graph.initializer if t.name in used] + g.weights
    inputs = [v for v in graph.input if v.name not in shapes or v.name in used]
    if result.ir_version < 4:  # every initializer is an input there
        inputs += [tensor(w.name, w.dims) for w in g.weights]
    for field, values in (
        (graph.node, kept), (graph.initializer, weights), (graph.input, inputs)):
        values = list(map(copy.deepcopy, values))  # before the originals go
        del field[:]
        field.extend(values)
    return result


# --- Tiny graphs: names of nodes start with the stage that they belong in ----


def tiny(g, inputs, outputs, **options):
    return g.model([tensor(name, [2, 3]) for name in inputs],
                   [tensor(name, [2, 3]) for name in outputs], **options)


def multi_tensor_cut():
    g = Builder()
    g.node("Relu", ["x"], "s0_a", outputs=["a"])
    g.node("Neg", ["x"], "s0_b", outputs=["b"])
    g.node("Add", ["a", "b"], "s1_add", outputs=["c"])
    g.node("Mul", ["c", "b"], "s1_mul", outputs=["y"])
    return tiny(g, ["x"], ["y"])


def many_tensor_cut(count=30):
    """That many small tensors from one stage to the next."""
    g = Builder()
    for index in range(count):
        g.node("Mul", ["x", g.weight(f"w{index}", [2, 3], 1.0)], f"s0_mul{index}",
               outputs=[f"m{index}"])
        g.node("Relu", [f"m{index}"], f"s0_relu{index}", outputs=[f"r{index}"])
    # Each counts differently, so that none can stand for another.
    g.constant("half", numpy.float32(0.5))
    result = "r0"
    for index in range(1, count):
        g.node("Mul", [result, "half"], f"s1_half{index}", outputs=[f"h{index}"])
        result = g.node("Sub", [f"r{index}", f"h{index}"], f"s1_sub{index}",
                        outputs=[f"d{index}" if index + 1 < count else "y"])[0]
    return tiny(g, ["x"], ["y"])


def used_by_several_stages():
    g = Builder()
    g.node("Tanh", ["x"], "s0_a", outputs=["a"])
    g.node("Neg", ["a"], "s1_b", outputs=["b"])
    g.node("Add", ["a", "b"], "s1_c", outputs=["c"])
    g.node("Mul", ["a", "c"], "s2_d", outputs=["d"])
    g.node("Sub", ["d", "a"], "s2_y", outputs=["y"])
    return tiny(g, ["x"], ["y"])


def skip_over_a_stage():
    g = Builder()
    g.node("Split", ["x"], "s0_split", outputs=["a", "b"], axis=0)
    g.node("Exp", ["b"], "s1_exp", outputs=["c"])
    g.node("Concat", ["a", "c"], "s2_concat", outputs=["y"], axis=0)
    return tiny(g, ["x"], ["y"])


def input_used_late():
    g = Builder()
    g.node("Tanh", ["x"], "s0_a", outputs=["a"])
    g.node("Neg", ["a"], "s1_b", outputs=["b"])
    g.node("Add", ["b", "late"], "s2_y", outputs=["y"])
    return tiny(g, ["x", "late"], ["y"])


def output_sent_on():
    g = Builder()
    g.node("Tanh", ["x"], "s0_a", outputs=["early"])
    g.node("Neg", ["early"], "s1_b", outputs=["b"])
    g.node("Mul", ["b", "early"], "s2_y", outputs=["y"])
    return tiny(g, ["x"], ["y", "early"])


def output_is_input_or_weight():
    g = Builder()
    g.weight("w", [2, 3])
    g.node("Add", ["x", "w"], "s0_a", outputs=["a"])
    g.node("Neg", ["a"], "s1_b", outputs=["b"])
    g.node("Tanh", ["b"], "s2_y", outputs=["y"])
    return tiny(g, ["x"], ["x", "y", "w"])


def tied_weights():
    g = Builder()
    g.weight("w", [2, 3])
    g.node("Add", ["x", "w"], "s0_a", outputs=["a"])
    g.node("Neg", ["a"], "s1_b", outputs=["b"])
    g.node("Mul", ["b", "w"], "s2_y", outputs=["y"])
    return tiny(g, ["x"], ["y"])


def tied_constant_node():
    """The same with the weight in a Constant node."""
    g = Builder()
    value = numpy_helper.from_array(numpy.arange(6, dtype="float32").reshape(2, 3))
    g.node("Constant", [], "constant", outputs=["w"], value=value)
    g.node("Add", ["x", "w"], "s0_a", outputs=["a"])
    g.node("Neg", ["a"], "s1_b", outputs=["b"])
    g.node("Mul", ["b", "w"], "s2_y", outputs=["y"])
    return tiny(g, ["x"], ["y"])


def omitted_input():
    """Clip without a lower limit: an empty name between two others."""
    g = Builder()
    g.constant("limit", numpy.float32(0.25))
    g.node("Tanh", ["x"], "s0_a", outputs=["a"])
    g.node("Clip", ["a", "", "limit"], "s1_clip", outputs=["b"])
    g.node("Neg", ["b"], "s2_y", outputs=["y"])
    return tiny(g, ["x"], ["y"])


def captured_late():
    """What the body of an If reads comes from two earlier stages."""
    g = Builder()
    g.weight("w", [2, 3])
    g.node("Tanh", ["x"], "s0_a", outputs=["a"])
    g.node("Add", ["a", "w"], "s1_b", outputs=["b"])
    branches = {
        name: helper.make_graph(
            [helper.make_node(op, [left, right], [name], name=name)],
            name, [], [tensor(name, [2, 3])])
        for name, op, left, right in (
            ("then_branch", "Add", "a", "w"), ("else_branch", "Sub", "b", "a"))
    }
    g.node("If", ["flag"], "s2_if", outputs=["y"], **branches)
    return g.model([tensor("x", [2, 3]), tensor("flag", [], TensorProto.BOOL)],
                   [tensor("y", [2, 3])])


def local_functions():
    """Two stages use a model-local function, one of them through another."""
    double = helper.make_function(
        "local", "Double", ["x"], ["y"],
        [helper.make_node("Add", ["x", "x"], ["y"])],
        [helper.make_opsetid("", 17)])
    quadruple = helper.make_function(
        "local", "Quadruple", ["x"], ["y"],
        [helper.make_node("Double", ["x"], ["d"], domain="local"),
         helper.make_node("Double", ["d"], ["y"], domain="local")],
        [helper.make_opsetid("", 17), helper.make_opsetid("local", 1)])
    g = Builder()
    g.node("Double", ["x"], "s0_a", outputs=["a"], domain="local")
    g.node("Neg", ["a"], "s1_b", outputs=["b"])
    g.node("Quadruple", ["b"], "s2_y", outputs=["y"], domain="local")
    graph = helper.make_graph(
        g.nodes, "main", [tensor("x", [2, 3])], [tensor("y", [2, 3])],
        value_info=[tensor("a", [2, 3]), tensor("b", [2, 3])])
    model = helper.make_model(
        graph, ir_version=8, functions=[double, quadruple],
        opset_imports=[helper.make_opsetid("", 17), helper.make_opsetid("local", 1)])
    onnx.checker.check_model(model)
    return model


def quantised():
    """Between two convolutions stand a QuantizeLinear and a DequantizeLinear,
    which belong to no stage: where to cut is for the planner to find."""
    g = Builder()
    scale = g.constant("scale", numpy.float32(0.02))
    zero = g.constant("zero", numpy.uint8(128))
    g.weight("w0", [4, 3, 3, 3])
    g.weight("w1", [2, 4, 3, 3])
    a = g.node("Conv", ["x", "w0"], "s0_conv")
    q = g.node("QuantizeLinear", [a, scale, zero], "quantise")
    d = g.node("DequantizeLinear", [q, scale, zero], "dequantise")
    g.node("Conv", [d, "w1"], "s1_conv", outputs=["y"])
    return g.model([tensor("x", [1, 3, 16, 16])], [tensor("y", [1, 2, 12, 12])])


TINY = [
    multi_tensor_cut, used_by_several_stages, skip_over_a_stage, input_used_late,
    output_sent_on, output_is_input_or_weight, tied_weights, tied_constant_node,
    omitted_input, captured_late, local_functions,
]  # fmt: skip


def unseeded():
    """Numbers that are drawn anew: without a seed they go by a node's position, which
    is another one in a part. The parts from 'a' on differ from the whole."""
    return onnx.parser.parse_model("""
        <ir_version: 8, opset_import: ["" : 17]>
        g (float[8,8] x) => (float[8,8] y) {
          c = Neg(x)
          d = Abs(c)
          a = Sin(d)
          r = RandomNormalLike(a)
          b = Add(a, r)
          y = Tanh(b)
        }""")


# --- Pictures ----------------------------------------------------------------

# Capital letters on a grid of five by seven.
LETTERS = {
    "I": "01110 00100 00100 00100 00100 00100 01110",
    "L": "10000 10000 10000 10000 10000 10000 11111",
    "N": "10001 11001 10101 10101 10011 10001 10001",
    "O": "01110 10001 10001 10001 10001 10001 01110",
    "P": "11110 10001 10001 11110 10000 10000 10000",
    "S": "01111 10000 10000 01110 00001 00001 11110",
    "T": "11111 00100 00100 00100 00100 00100 00100",
    "X": "10001 10001 01010 00100 01010 10001 10001",
}


def text_image(text, height, width, scale=4):
    """Dark letters on light grey, centred: 1 x 3 x height x width in -1 ... 1."""
    image = numpy.full((height, width), 0.8, "float32")
    row = (height - 7 * scale) // 2
    column = (width - (6 * len(text) - 1) * scale) // 2
    for letter in text:
        if letter != " ":
            dots = numpy.array([[int(dot) for dot in line]
                                for line in LETTERS[letter].split()])
            dots = numpy.kron(dots, numpy.ones((scale, scale)))
            patch = image[row : row + 7 * scale, column : column + 5 * scale]
            patch[dots == 1] = -0.9
        column += 6 * scale
    return numpy.repeat(image[None, None], 3, axis=1)
