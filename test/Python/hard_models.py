"""Models with what operator tests lack: captures at any depth, local functions
in every form, values that are no tensors, old and new ways to declare weights,
names of all kinds, random operators. Each is small and runs in ONNX Runtime."""

import numpy
import onnx
from onnx import TensorProto, helper, numpy_helper

# In ONNX's text syntax.
TEXTS = {
    "nested-captures": """
        <ir_version: 8, opset_import: ["" : 17]>
        g (float[2,3] x, bool flag, int64 trips) => (float[2,3] y, float[2,3] z)
        <float[2,3] w = {1, 2, 3, 4, 5, 6}, bool yes = {1}> {
          a = Tanh(x)
          b = Neg(a)
          c = Add(b, w)
          y = If (flag) <
            then_branch = t () => (float[2,3] ty) {
              ty = Loop (trips, yes, c) <body = l (int64 i, bool go, float[2,3] s)
                => (bool still, float[2,3] next) {
                still = Identity(go)
                m = If (go) <
                  then_branch = tt () => (float[2,3] ttm) { ttm = Add(a, w) },
                  else_branch = te () => (float[2,3] tem) { tem = Mul(b, s) }>
                next = Sub(s, m)
              }>
            },
            else_branch = e () => (float[2,3] ey) { ey = Mul(a, c) }>
          z = Relu(y)
        }""",
    "scan-captures": """
        <ir_version: 8, opset_import: ["" : 17]>
        g (float[4,3] x, float[3] start) => (float[3] last, float[4,3] all) {
          a = Tanh(x)
          bias = Neg(start)
          s, r = Scan <num_scan_inputs = 1, body = b (float[3] sum, float[3] row)
            => (float[3] next, float[3] out) {
              t = Add(sum, row)
              next = Add(t, bias)
              out = Identity(next)
            }> (start, a)
          last = Neg(s)
          all = Neg(r)
        }""",
    "sequence-map-captures": """
        <ir_version: 8, opset_import: ["" : 17]>
        g (float[2,3] x, float[2,3] w) => (seq(float[2,3]) y, float[2,3] first) {
          a = Tanh(x)
          b = Neg(x)
          s = SequenceConstruct(a, b)
          scaled = Relu(w)
          m = SequenceMap <body = f (float[2,3] v) => (float[2,3] r) {
            r = Add(v, scaled) }> (s)
          y = Identity(m)
          zero = Constant <value_int: int = 0> ()
          first = SequenceAt(y, zero)
        }""",
    "sequence-across": """
        <ir_version: 8, opset_import: ["" : 17]>
        g (float[2,3] x) => (float[4,3] y, int64 n) {
          a = Tanh(x)
          b = Exp(x)
          s = SequenceConstruct(a, b)
          c = Neg(b)
          t = SequenceInsert(s, c)
          one = Constant <value_int: int = 1> ()
          u = SequenceErase(t, one)
          n = SequenceLength(u)
          y = ConcatFromSequence <axis = 0> (u)
        }""",
    "sequence-before-identity-takes-it": """
        <ir_version: 7, opset_import: ["" : 12]>
        g (float[2,3] x) => (float[4,3] y) {
          a = Tanh(x)
          s = SequenceConstruct(a, x)
          t = SequenceInsert(s, a)
          one = Constant <value_int: int = 1> ()
          u = SequenceErase(t, one)
          y = ConcatFromSequence <axis = 0> (u)
        }""",
    "optional-across": """
        <ir_version: 8, opset_import: ["" : 18]>
        g (float[2,3] x) => (float[2,3] y, bool has) {
          a = Tanh(x)
          o = Optional(a)
          has = OptionalHasElement(o)
          b = OptionalGetElement(o)
          y = Neg(b)
        }""",
    "optional-sequence-across": """
        <ir_version: 8, opset_import: ["" : 18]>
        g (float[2,3] x) => (float[4,3] y) {
          a = Tanh(x)
          s = SequenceConstruct(a, x)
          o = Optional(s)
          t = OptionalGetElement(o)
          y = ConcatFromSequence <axis = 0> (t)
        }""",
    "strings-across": """
        <ir_version: 8, opset_import: ["" : 17]>
        g (string[4] words) => (string[2,2] y) {
          a = Identity(words)
          shape = Constant <value_ints: ints = [2, 2]> ()
          b = Reshape(a, shape)
          y = Transpose <perm = [1, 0]> (b)
        }""",
    "functions": """
        <ir_version: 10, opset_import: ["" : 21, "local" : 1]>
        g (float[2,3] x) => (float[2,3] y) {
          a = local.Scale <factor = 3.0> (x)
          b = Neg(a)
          c = local.Twice(b)
          d = local.Scale <factor = 0.5> (c)
          e = local.Bounded(d)
          y = Tanh(e)
        }
        <opset_import: ["" : 21], domain: "local">
        Scale <factor> (v) => (r) {
          f = Constant <value_float: float = @factor> ()
          r = Mul(v, f)
        }
        <opset_import: ["" : 21, "local" : 1], domain: "local">
        Twice (v) => (r) {
          s = local.Scale <factor = 2.0> (v)
          r = local.Scale <factor = 2.0> (s)
        }
        <opset_import: ["" : 21], domain: "local">
        Bounded <low: float = -0.5, high: float = 0.5> (v) => (r) {
          l = Constant <value_float: float = @low> ()
          h = Constant <value_float: float = @high> ()
          r = Clip(v, l, h)
        }""",
    "function-with-body-that-calls": """
        <ir_version: 10, opset_import: ["" : 21, "local" : 1]>
        g (float[2,3] x, bool flag) => (float[2,3] y) {
          a = Tanh(x)
          b = local.Choose(a, flag)
          y = Neg(b)
        }
        <opset_import: ["" : 21, "local" : 1], domain: "local">
        Choose (v, flag) => (r) {
          r = If (flag) <
            then_branch = t () => (tr) { tr = local.Half(v) },
            else_branch = e () => (er) { er = Neg(v) }>
        }
        <opset_import: ["" : 21], domain: "local">
        Half (v) => (r) {
          two = Constant <value_float: float = 2.0> ()
          r = Div(v, two)
        }""",
    "function-called-in-a-body": """
        <ir_version: 10, opset_import: ["" : 21, "local" : 1]>
        g (float[2,3] x, bool flag) => (float[2,3] y) {
          a = Tanh(x)
          b = If (flag) <
            then_branch = t () => (float[2,3] tr) { tr = local.Half(a) },
            else_branch = e () => (float[2,3] er) { er = Neg(a) }>
          y = Neg(b)
        }
        <opset_import: ["" : 21], domain: "local">
        Half (v) => (r) {
          two = Constant <value_float: float = 2.0> ()
          r = Div(v, two)
        }""",
    "overridable-in-several-stages": """
        <ir_version: 8, opset_import: ["" : 17]>
        g (float[2,3] x, float[2,3] w) => (float[2,3] y)
        <float[2,3] w = {1, 2, 3, 4, 5, 6}> {
          a = Add(x, w)
          b = Tanh(a)
          c = Mul(b, w)
          y = Sub(c, w)
        }""",
    "initializers-as-inputs": """
        <ir_version: 3, opset_import: ["" : 8]>
        g (float[2,3] x, float[2,3] w) => (float[2,3] y)
        <float[2,3] w = {1, 2, 3, 4, 5, 6}> {
          a = Add(x, w)
          b = Tanh(a)
          y = Mul(b, w)
        }""",
    "scalars-and-empty": """
        <ir_version: 8, opset_import: ["" : 17]>
        g (float s, float[0,3] nothing) => (float t, float[0,3] y, float[0] f)
        <float[0,3] none = {}> {
          a = Neg(s)
          b = Add(nothing, none)
          t = Tanh(a)
          c = Mul(b, a)
          y = Neg(c)
          minus = Constant <value_ints: ints = [-1]> ()
          f = Reshape(y, minus)
        }""",
    "symbolic": """
        <ir_version: 8, opset_import: ["" : 17]>
        g (float[batch, 3, n] x) => (float[n, batch, 3] y) {
          a = Tanh(x)
          b = Transpose <perm = [2, 0, 1]> (a)
          y = Neg(b)
        }""",
    "microsoft-domain": """
        <ir_version: 8, opset_import: ["" : 17, "com.microsoft" : 1]>
        g (float[2,4] x, float[4,2] w) => (float[2,2] y)
        <float[2,2] g, float[2,2] m> {
          a = Neg(x)
          m = com.microsoft.FusedMatMul <alpha = 0.5> (a, w)
          g = com.microsoft.Gelu(m)
          y = Neg(g)
        }""",
    "several-outputs-some-omitted": """
        <ir_version: 8, opset_import: ["" : 17]>
        g (float[2,6] x) => (float[2,2] y, int64[2,2] i) {
          a = Neg(x)
          k = Constant <value_ints: ints = [2]> ()
          v, p = TopK(a, k)
          y = Tanh(v)
          i = Abs(p)
        }""",
    "pass-through": """
        <ir_version: 8, opset_import: ["" : 17]>
        g (float[2,3] x, float[2,3] z) => (float[2,3] x, float[2,3] y, float[2,3] w)
        <float[2,3] w = {1, 2, 3, 4, 5, 6}> {
          a = Neg(x)
          b = Tanh(a)
          y = Add(b, z)
        }""",
}  # fmt: skip


def parsed(name):
    model = onnx.parser.parse_model(TEXTS[name])
    # The text syntax has no names of nodes; half of them remain without.
    for index, node in enumerate(model.graph.node):
        if index % 2:
            node.name = f"node{index}"
    return model


def odd_names():
    """Names of any bytes that UTF-8 allows, and nodes without a name."""
    nodes = [
        helper.make_node("Tanh", ["x:0"], ["/model/α β\n"], name="a name"),
        helper.make_node("Neg", ["/model/α β\n"], ["\"quoted\\\""], name="*"),
        helper.make_node("Exp", ["\"quoted\\\""], ["%wire0_x"], name=""),
        helper.make_node("Abs", ["%wire0_x"], ["wire0_x_0"], name="日本"),
        helper.make_node("Relu", ["wire0_x_0"], ["y y"]),
    ]
    graph = helper.make_graph(
        nodes, "名", [helper.make_tensor_value_info("x:0", TensorProto.FLOAT, [2, 3])],
        [helper.make_tensor_value_info("y y", TensorProto.FLOAT, [2, 3])])
    return helper.make_model(graph, ir_version=8, opset_imports=[helper.make_opsetid("", 17)])


def duplicate_node_names():
    model = parsed("several-outputs-some-omitted")
    for node in model.graph.node:
        node.name = "same"
    return model


def outer_value_as_branch_output():
    """A branch whose output is a value from outside, as exporters write it."""
    model = onnx.parser.parse_model("""
        <ir_version: 8, opset_import: ["" : 17]>
        g (float[2,3] x, bool flag) => (float[2,3] y) {
          a = Tanh(x)
          b = Neg(a)
          c = If (flag) <
            then_branch = t () => (float[2,3] tr) { tr = Identity(a) },
            else_branch = e () => (float[2,3] er) { er = Mul(b, a) }>
          y = Neg(c)
        }""")
    then = model.graph.node[2].attribute[0].g
    del then.node[:]
    then.output[0].name = "a"
    return model


def overloads():
    """Two functions of one name that differ by their overload."""
    model = onnx.parser.parse_model("""
        <ir_version: 10, opset_import: ["" : 21, "local" : 1]>
        g (float[2,3] x) => (float[2,3] y) {
          a = local.F(x)
          b = Neg(a)
          y = local.F(b)
        }
        <opset_import: ["" : 21], domain: "local">
        F (v) => (r) { r = Tanh(v) }
        <opset_import: ["" : 21], domain: "local">
        F (v) => (r) { r = Exp(v) }""")
    model.functions[1].overload = "exp"
    model.graph.node[2].overload = "exp"
    return model


def shadowing_function():
    """A local function with the name of a standard operator."""
    function = helper.make_function(
        "", "HardSwish", ["v"], ["r"],
        [helper.make_node("Tanh", ["v"], ["r"])], [helper.make_opsetid("", 17)])
    model = onnx.parser.parse_model("""
        <ir_version: 8, opset_import: ["" : 17]>
        g (float[2,3] x) => (float[2,3] y) {
          a = Neg(x)
          b = HardSwish(a)
          y = Neg(b)
        }""")
    model.functions.append(function)
    return model


def output_listed_twice():
    model = parsed("pass-through")
    model.graph.output.append(model.graph.output[1])
    return model


def sparse_initializer():
    model = onnx.parser.parse_model("""
        <ir_version: 8, opset_import: ["" : 17]>
        g (float[2,3] x) => (float[2,2] y) {
          a = Neg(x)
          b = MatMul(a, w)
          y = Tanh(b)
        }""")
    values = numpy_helper.from_array(numpy.array([1, 2], "float32"), "w")
    indices = numpy_helper.from_array(numpy.array([1, 4], "int64"), "w.indices")
    model.graph.sparse_initializer.append(helper.make_sparse_tensor(values, indices, [3, 2]))
    return model


def quantisation_annotation():
    """Each annotation goes with its tensor and the parameters that it names."""
    model = onnx.parser.parse_model("""
        <ir_version: 8, opset_import: ["" : 17]>
        g (float[2,3] x) => (float[2,3] y)
        <float[2,3] w = {1, 2, 3, 4, 5, 6}, float a_scale = {0.5}, float w_scale = {0.25}> {
          a = Tanh(x)
          b = Mul(a, w)
          y = Neg(b)
        }""")
    for tensor in ("a", "w"):
        annotation = model.graph.quantization_annotation.add(tensor_name=tensor)
        annotation.quant_parameter_tensor_names.add(key="SCALE_TENSOR", value=f"{tensor}_scale")
    return model


def metadata_everywhere():
    """Metadata and device configurations at every level that has them."""
    model = onnx.parser.parse_model(TEXTS["functions"].replace("ir_version: 10", "ir_version: 11"))
    holders = [model, model.graph, *model.graph.node, *model.graph.input,
               *model.functions, *model.functions[0].node]
    for index, holder in enumerate(holders):
        holder.metadata_props.add(key="k", value=str(index))
    model.configuration.add(name="boards", num_devices=2).device.extend(["a", "b"])
    for node in model.graph.node:
        node.device_configurations.add(configuration_id="boards", pipeline_stage=1)
    return model


def random_operators():
    """Random values are made once, whoever reads them. Their sum with their
    negative is zero only then."""
    return onnx.parser.parse_model("""
        <ir_version: 8, opset_import: ["" : 17]>
        g (float[2,3] x) => (float[2,3] y) {
          r = RandomNormal <shape = [2, 3]> ()
          l = RandomUniformLike <seed = 1.0> (x)
          n = Neg(r)
          m = Neg(l)
          a = Add(r, x)
          b = Add(a, n)
          c = Add(b, l)
          d = Add(c, m)
          s = Sub(d, x)
          t = Round(s)
          y = Abs(t)
        }""")


def maps():
    """A map, which no part can take as an input."""
    nodes = [
        helper.make_node("Neg", ["x"], ["a"]),
        helper.make_node("Softmax", ["a"], ["p"]),
        helper.make_node("ZipMap", ["p"], ["m"], domain="ai.onnx.ml",
                         classlabels_int64s=[10, 20, 30]),
    ]
    float_map = onnx.TypeProto()
    float_map.map_type.key_type = TensorProto.INT64
    float_map.map_type.value_type.tensor_type.elem_type = TensorProto.FLOAT
    output = helper.make_value_info("m", helper.make_sequence_type_proto(float_map))
    graph = helper.make_graph(
        nodes, "g", [helper.make_tensor_value_info("x", TensorProto.FLOAT, [2, 3])], [output])
    return helper.make_model(
        graph, ir_version=8,
        opset_imports=[helper.make_opsetid("", 17), helper.make_opsetid("ai.onnx.ml", 3)])


def newest():
    """IR version 14 with operator set 28, and elements of six bits, which no
    runtime can pass through an Identity."""
    weight = onnx.TensorProto(name="w", dims=[4], data_type=TensorProto.FLOAT6E2M3,
                              raw_data=bytes([0x08, 0x82, 0x20]))
    nodes = [
        helper.make_node("Neg", ["x"], ["a"]),
        helper.make_node("Cast", ["w"], ["f"], to=TensorProto.FLOAT),
        helper.make_node("Add", ["a", "f"], ["b"]),
        helper.make_node("Cast", ["b"], ["q"], to=TensorProto.FLOAT6E3M2),
        helper.make_node("Cast", ["q"], ["r"], to=TensorProto.FLOAT),
        helper.make_node("Sub", ["r", "a"], ["y"]),
    ]
    ends = [helper.make_tensor_value_info(name, TensorProto.FLOAT, [4]) for name in "xy"]
    graph = helper.make_graph(nodes, "g", ends[:1], ends[1:], [weight])
    return helper.make_model(graph, ir_version=14, opset_imports=[helper.make_opsetid("", 28)])


BUILT = [
    odd_names, duplicate_node_names, outer_value_as_branch_output, overloads, shadowing_function,
    output_listed_twice, sparse_initializer, quantisation_annotation, metadata_everywhere,
    random_operators, maps, newest,
]  # fmt: skip


def feeds(model):
    """A value for each input that has no initializer."""
    random = numpy.random.default_rng(0)
    have = {tensor.name for tensor in model.graph.initializer}
    result = {}
    for value in model.graph.input:
        if value.name in have:
            continue
        tensor = value.type.tensor_type
        shape = [dim.dim_value if dim.HasField("dim_value") else 2
                 for dim in tensor.shape.dim]
        if tensor.elem_type == TensorProto.STRING:
            result[value.name] = numpy.array(["a", "bc", "", "ü"], dtype=object).reshape(shape)
        elif tensor.elem_type == TensorProto.BOOL:
            result[value.name] = numpy.array(True)
        elif tensor.elem_type == TensorProto.INT64:
            result[value.name] = numpy.array(3)
        else:
            result[value.name] = random.uniform(-1, 1, shape).astype("float32")
    return result


def cases():
    """(name, model, inputs) of each."""
    for name in TEXTS:
        model = parsed(name)
        yield name, model, feeds(model)
    name = "overridable-in-several-stages"
    other = numpy.full([2, 3], 0.5, "float32")
    yield f"{name}, overridden", parsed(name), feeds(parsed(name)) | {"w": other}
    for build in BUILT:
        model = build()
        yield build.__name__, model, feeds(model)
