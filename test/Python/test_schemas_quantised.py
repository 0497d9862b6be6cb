"""Types of quantised, blocked and fused operators of ONNX Runtime: what is
inferred for random nodes is what ONNX Runtime makes."""

import ml_dtypes
import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper

from random_nodes import Random, repeat, zero
from schema_models import (MICROSOFT, Case, Const, check, compare_schemas,
                           infer)

NCHWC = "com.microsoft.nchwc"
INT8 = (np.int8, np.uint8)


# ---------------------------------------------------------------------------
# Elementwise, concat, reductions
# ---------------------------------------------------------------------------

def binary(op):
    def make(r):
        dtype = r.choose(INT8)
        a, b = r.broadcast(2, r.number(1, 4))
        return Case(op, [
            r.array(a, dtype), r.scale(), zero(dtype), r.array(b, dtype),
            r.scale(), zero(dtype), r.scale(), *r.choose(([], [zero(dtype)]))])
    return make


def unary(op, **attributes):
    def make(r):
        dtype = r.choose(INT8)
        return Case(op, [r.array(r.dims(r.number(1, 4)), dtype), r.scale(),
                         r.maybe(zero(dtype)), r.scale(),
                         r.maybe(zero(dtype))], **attributes)
    return make


def softmax(r):
    dtype, rank = r.choose(INT8), r.number(1, 4)
    return Case("QLinearSoftmax", [
        r.array(r.dims(rank), dtype), Const(np.float32(0.25)), zero(dtype),
        Const(np.float32(0.25)), zero(dtype)],
        axis=r.number(-rank, rank - 1), opset=r.choose((11, 13)))


def where(r):
    dtype = r.choose(INT8)
    c, x, y = r.broadcast(3, r.number(1, 4))
    return Case("QLinearWhere", [
        r.array(c, bool), r.array(x, dtype), r.scale(), zero(dtype),
        r.array(y, dtype), r.scale(), zero(dtype), r.scale(), zero(dtype)])


def concat(r):
    dtype, rank = r.choose(INT8), r.number(1, 4)
    axis, dims = r.number(-rank, rank - 1), r.dims(rank)
    inputs = [Const(np.float32(0.25)), zero(dtype)]
    for _ in range(r.number(1, 4)):
        dims = dims.copy()
        dims[axis] = r.number(1, 5)
        inputs += [r.array(dims, dtype), Const(np.float32(0.25)), zero(dtype)]
    return Case("QLinearConcat", inputs, axis=axis)


def quantize(r):
    dtype = r.choose((*INT8, np.int16, np.uint16, None))
    dims = r.dims(r.number(1, 4))
    return Case("QuantizeLinear", [
        r.array(dims), Const(np.float32(0.25)),
        None if dtype is None else zero(dtype)])


def dequantize(r):
    dtype, dims = r.choose((*INT8, np.int16, np.uint16, np.int32)), r.dims(3)
    axis = r.choose((None, 0, 1, -1))
    if axis is None:
        return Case("DequantizeLinear", [
            r.array(dims, dtype), Const(np.float32(0.25)),
            r.maybe(zero(dtype))])
    return Case("DequantizeLinear", [
        r.array(dims, dtype), r.constant([dims[axis]]),
        Const(np.zeros([dims[axis]], dtype))], axis=axis)


def elementwise():
    return [
        *repeat(binary("QLinearAdd"), 6),
        *repeat(binary("QLinearMul")),
        *repeat(unary("QLinearSigmoid")),
        *repeat(unary("QLinearLeakyRelu", alpha=0.1)),
        *repeat(softmax), *repeat(where, 6), *repeat(concat, 6),
        *repeat(quantize, 8), *repeat(dequantize, 8),
    ]


# ---------------------------------------------------------------------------
# Convolution and pooling
# ---------------------------------------------------------------------------

def window(r, rank, kernel, dilations=True):
    """Attributes of a window that fits into an extent of 8 or more."""
    attributes = {"strides": r.dims(rank, 1, 3)}
    if dilations and r.chance():
        attributes["dilations"] = r.dims(rank, 1, 2)
    padding = r.choose((None, "pads", "SAME_UPPER", "SAME_LOWER", "VALID"))
    if padding == "pads":
        attributes["pads"] = [r.number(0, k - 1) for k in kernel * 2]
    elif padding:
        attributes["auto_pad"] = padding
    if padding and padding.startswith("SAME"):
        attributes.pop("dilations", None)
    return attributes


def last(dims):
    """The same with the channels last."""
    return [dims[0], *dims[2:], dims[1]]


def conv_sizes(r, rank, channels=None):
    """Shapes of an image and of weights, and attributes."""
    group = r.choose((1, 1, 2)) if channels is None else 1
    inside, outside = channels or (group * r.number(1, 3), group * r.number(1, 3))
    kernel = r.dims(rank, 1, 3)
    image = [r.number(1, 3), inside, *r.dims(rank, 8, 12)]
    attributes = window(r, rank, kernel)
    if group > 1:
        attributes["group"] = group
    if r.chance():
        attributes["kernel_shape"] = kernel
    return image, [outside, inside // group, *kernel], attributes


def qlinear_conv(r):
    in_type, weight_type, out_type = np.uint8, r.choose(INT8), np.uint8
    image, weight, attributes = conv_sizes(r, r.number(1, 3))
    is_last = r.chance()
    if is_last:
        image, attributes["channels_last"] = last(image), 1
    per_channel = [weight[0]] if r.chance() else []
    return Case("QLinearConv", [
        r.array(image, in_type), Const(np.float32(0.25)), zero(in_type),
        r.constant(weight, weight_type), r.constant(per_channel),
        Const(np.zeros(per_channel, weight_type)), Const(np.float32(0.25)),
        zero(out_type), r.maybe(r.constant([weight[0]], np.int32))],
        **attributes)


def pool(r, rank, dilations):
    kernel = r.dims(rank, 1, 3)
    attributes = window(r, rank, kernel, dilations)
    if attributes.get("auto_pad", "NOTSET") == "NOTSET":
        attributes["ceil_mode"] = r.number(0, 1)
    return {"kernel_shape": kernel, **attributes}


def average_pool(r):
    dtype, rank = r.choose(INT8), r.number(1, 3)
    image = [r.number(1, 3), r.number(1, 4), *r.dims(rank, 8, 12)]
    attributes = pool(r, rank, dilations=False)
    if r.chance():
        image, attributes["channels_last"] = last(image), 1
    return Case("QLinearAveragePool", [
        r.array(image, dtype), Const(np.float32(0.25)), zero(dtype),
        Const(np.float32(0.25)), zero(dtype)],
        count_include_pad=r.number(0, 1), **attributes)


def global_average_pool(r):
    dtype = r.choose(INT8)
    return Case("QLinearGlobalAveragePool", [
        r.array(r.dims(4), dtype), r.scale(), zero(dtype), r.scale(),
        zero(dtype)], channels_last=r.number(0, 1))


def nhwc_max_pool(r):
    rank = r.number(1, 3)
    image = [r.number(1, 3), *r.dims(rank, 8, 12), r.number(1, 4)]
    return Case("NhwcMaxPool", [r.array(image, r.choose(INT8))],
                **pool(r, rank, dilations=True))


def fused_conv(r):
    image, weight, attributes = conv_sizes(r, 2)
    activation = r.choose(({"activation": "Relu"}, {
        "activation": "HardSigmoid", "activation_params": [0.2, 0.5]}))
    return Case("FusedConv", [
        r.array(image), r.constant(weight), r.constant([weight[0]])],
        **attributes, **activation)


def fused_gemm(r):
    m, k, n = r.dims(3)
    trans_a, trans_b = r.chance(), r.chance()
    c = r.choose((None, [n], [m, n], [1, n]))
    return Case("FusedGemm", [
        r.array([k, m] if trans_a else [m, k]),
        r.array([n, k] if trans_b else [k, n]), c and r.array(c)],
        transA=int(trans_a), transB=int(trans_b), activation="Relu")


def convolutions():
    return [
        *repeat(qlinear_conv, 16), *repeat(average_pool, 16),
        *repeat(global_average_pool), *repeat(nhwc_max_pool, 10),
        *repeat(fused_conv, 8), *repeat(fused_gemm, 6),
    ]


# ---------------------------------------------------------------------------
# Channels in blocks
# ---------------------------------------------------------------------------

def blocked_image(r):
    return [r.number(1, 3), 16 * r.number(1, 2), *r.dims(2, 8, 12)]


def blocked_conv(r):
    channels = (r.choose((1, 3, 16, 32)), r.choose((16, 32)))
    image, weight, attributes = conv_sizes(r, 2, channels)
    bias = r.maybe(r.constant([weight[0]]))
    return Case("Conv", [r.array(image), r.constant(weight), bias],
                domain=NCHWC, **attributes)


def blocked_depthwise(r):
    image = blocked_image(r)
    return Case("Conv", [r.array(image), r.constant([image[1], 1, 3, 3])],
                domain=NCHWC, group=image[1], pads=[1, 1, 1, 1])


def blocked_pool(op):
    return lambda r: Case(op, [r.array(blocked_image(r))], domain=NCHWC,
                          **pool(r, 2, dilations=op == "MaxPool"))


def reorder_input(r):
    image = blocked_image(r)
    is_last = r.number(0, 1)
    return Case("ReorderInput", [r.array(last(image) if is_last else image)],
                domain=NCHWC, channels_last=is_last)


def reorder_odd(r):
    """Whether 20 channels become 24 or 32 is the processor's matter."""
    return Case("ReorderInput", [r.array([1, 20, *r.dims(2)])], domain=NCHWC,
                depends=[(0, 1)])


def reorder_output(r):
    image = blocked_image(r)
    return Case("ReorderOutput", [r.array(image)], domain=NCHWC,
                channels=image[1] - 4 * r.number(0, 1),
                channels_last=r.number(0, 1))


def upsample(r):
    return Case("Upsample", [r.array(blocked_image(r))], domain=NCHWC,
                scales=[1, 1, *r.dims(2, 1, 3)],
                mode=r.choose(("nearest", "linear")))


def blocked():
    return [
        *repeat(blocked_conv, 12), *repeat(blocked_depthwise, 2),
        *repeat(blocked_pool("MaxPool"), 8),
        *repeat(blocked_pool("AveragePool"), 8),
        *(Case(f"Global{kind}Pool", [np.ones((2, 16, 5, 4), np.float32)],
               domain=NCHWC) for kind in ("Max", "Average")),
        *repeat(reorder_input), reorder_odd(Random()), *repeat(reorder_output),
        *repeat(upsample),
    ]


# ---------------------------------------------------------------------------
# Matrix products, recurrences, transformers
# ---------------------------------------------------------------------------

def qgemm(r):
    a_type = r.choose(INT8)
    b_type = np.int8 if a_type == np.int8 else r.choose(INT8)
    m, k, n = r.dims(3)
    trans_a, trans_b, is_quantised = r.chance(), r.chance(), r.chance()
    y_scale, y_zero = ((Const(np.float32(0.25)), zero(a_type))
                       if is_quantised else (None, None))
    return Case("QGemm", [
        r.array([k, m] if trans_a else [m, k], a_type), Const(np.float32(0.25)),
        zero(a_type), r.array([n, k] if trans_b else [k, n], b_type),
        Const(np.float32(0.25)), zero(b_type),
        r.maybe(r.constant([n], np.int32)), y_scale, y_zero],
        transA=int(trans_a), transB=int(trans_b))


def matrices(r):
    """Shapes of two matrices, with batches in front of one or both."""
    m, k, n = r.dims(3)
    batch = r.dims(r.number(0, 2))
    return [*batch, m, k], [*(batch if r.chance() else []), k, n]


def dynamic_quantize_matmul(r):
    a, b = matrices(r)
    dtype = r.choose(INT8)
    return Case("DynamicQuantizeMatMul", [
        r.array(a), r.constant(b, dtype), Const(np.float32(0.25)),
        r.maybe(zero(dtype)), r.maybe(r.constant(b[-1:]))])


def matmul_integer_to_float(r):
    a, b = matrices(r)
    a_type, b_type = np.uint8, r.choose(INT8)
    return Case("MatMulIntegerToFloat", [
        r.array(a, a_type), r.constant(b, b_type), Const(np.float32(0.25)),
        Const(np.float32(0.25)), r.maybe(zero(a_type)), r.maybe(zero(b_type)),
        r.maybe(r.constant(b[-1:]))])


def matmul_integer16(r):
    return Case("MatMulInteger16",
                [r.array(shape, np.int16) for shape in matrices(r)])


def lstm(r):
    length, batch, size, hidden = r.dims(4, 2, 6)
    direction = r.choose(("forward", "reverse", "bidirectional"))
    directions = 2 if direction == "bidirectional" else 1
    dtype = r.choose(INT8)
    state = [directions, batch, hidden]
    return Case("DynamicQuantizeLSTM", [
        r.array([length, batch, size]),
        r.constant([directions, size, 4 * hidden], dtype),
        r.constant([directions, hidden, 4 * hidden], dtype),
        r.maybe(r.constant([directions, 8 * hidden])), None,
        r.maybe(r.array(state)), r.maybe(r.array(state)), None,
        r.constant([directions]), Const(np.zeros([directions], dtype)),
        r.constant([directions]), Const(np.zeros([directions], dtype))],
        outputs=[r.chance(), r.chance(), True],
        hidden_size=hidden, direction=direction)


def qattention(r):
    batch, length, heads, head = r.dims(4, 1, 4)
    size, hidden = r.number(1, 8), heads * head
    with_past = r.chance()
    past = r.array([2, batch, heads, r.number(1, 4), head])
    return Case("QAttention", [
        r.array([batch, length, size], np.uint8),
        r.constant([size, 3 * hidden], np.uint8), r.constant([3 * hidden]),
        Const(np.float32(0.25)), Const(np.float32(0.25)), None,
        zero(np.uint8), zero(np.uint8), past if with_past else None],
        outputs=2 if with_past else r.number(1, 2),
        num_heads=heads, unidirectional=int(with_past))


def qembed(r):
    batch, length, hidden = r.dims(3, 2, 8)
    ids = [batch, length]
    dtype = np.uint8
    segments, mask = r.chance(), r.chance()
    scale, no = Const(np.float32(0.25)), None
    return Case("QEmbedLayerNormalization", [
        r.array(ids, np.int32), r.array(ids, np.int32) if segments else no,
        r.constant([9, hidden], dtype), r.constant([9, hidden], dtype),
        r.constant([9, hidden], dtype) if segments else no,
        r.constant([hidden], dtype), r.constant([hidden], dtype),
        r.array(ids, np.int32) if mask else no,
        scale, scale, scale if segments else no, scale, scale,
        zero(dtype), zero(dtype), zero(dtype) if segments else no,
        zero(dtype), zero(dtype)], outputs=2)


def products():
    return [
        *repeat(qgemm, 8), *repeat(dynamic_quantize_matmul, 6),
        *repeat(matmul_integer_to_float, 6), *repeat(matmul_integer16),
        *repeat(lstm, 6), *repeat(qattention, 8), *repeat(qembed),
    ]


# ---------------------------------------------------------------------------
# What only other devices run
# ---------------------------------------------------------------------------

def reduced(op, dtype, element):
    """Not run: the CPU has no kernel. numpy has the same reduction."""
    def make(r):
        rank = r.number(1, 4)
        axes = list(range(rank))
        r.rng.shuffle(axes)
        axes = [int(a) - rank * r.chance() for a in axes[:r.number(1, rank)]]
        x, keepdims = r.array(r.dims(rank), dtype), r.chance()
        shape = np.mean(x, axis=tuple(axes), keepdims=keepdims).shape
        scale = Const(np.float32(0.25))
        inputs = ([x] if op == "ReduceSumInteger" else
                  [x, scale, zero(dtype), scale, *r.choose(([], [zero(dtype)]))])
        return Case(op, inputs, axes=axes, keepdims=int(keepdims),
                    expected=[(element, list(shape))])
    return make


def by_hand():
    """Not run: the CPU has no kernels for them. Expectations follow from ONNX
    Runtime's docs/ContribOperators.md."""
    r = Random()
    image = r.array([2, 9, 8, 4])
    int8 = r.array([2, 3, 4], np.int8)
    scale = Const(np.float32(0.25))
    orders = {"order_input": 1, "order_output": 1}
    return [
        Case("MulInteger", [r.array([3, 1], np.int8), None,
                            r.array([2, 1, 4], np.int8)],
             expected=[("int32", [2, 3, 4])]),
        *repeat(reduced("QLinearReduceMean", np.uint8, "uint8"), 8),
        *repeat(reduced("ReduceSumInteger", np.int8, "int32")),
        *repeat(reduced("ReduceSumInteger", np.uint8, "uint32")),
        Case("NhwcConv", [image, r.constant([6, 2, 3, 3])], group=2,
             strides=[2, 1], expected=[("float", [2, 4, 6, 6])]),
        Case("NhwcFusedConv", [image.astype(np.float16),
                               r.constant([6, 4, 3, 3], np.float16)],
             activation="Relu", pads=[1, 1, 1, 1],
             expected=[("float16", [2, 9, 8, 6])]),
        Case("QuantizeBFP", [image], outputs=3, bfp_type=1, depends=[(0, 0)],
             expected=[("uint8", [99]), ("int64", [4]), ("int64", [4])]),
        Case("DequantizeBFP", [r.array([99], np.uint8), np.array([2, 3]),
                               np.array([3, 1])],
             bfp_type=1, dtype=TensorProto.BFLOAT16,
             expected=[("bfloat16", None)]),
        Case("QuantizeWithOrder", [image, scale], **orders,
             expected=[("int8", [2, 9, 8, 4])]),
        Case("DequantizeWithOrder", [int8, scale], to=TensorProto.FLOAT16,
             **orders, expected=[("float16", [2, 3, 4])]),
        Case("QOrderedMatMul", [int8, scale, r.array([4, 5], np.int8), scale,
                                scale],
             order_A=1, order_B=1, order_Y=1, expected=[("int8", [2, 3, 5])]),
        Case("QOrderedGelu", [int8, scale, scale],
             expected=[("int8", [2, 3, 4])]),
        Case("QOrderedLayerNormalization", [int8, scale, r.constant([4]), None,
                                            scale],
             expected=[("int8", [2, 3, 4])]),
        Case("QOrderedAttention", [
            int8, *[scale] * 4, *[r.constant([4, 6], np.int8)] * 3,
            *[scale] * 3, *[r.constant([6])] * 3, None, None, scale],
            num_heads=2, order_weight=1, **orders,
            expected=[("int8", [2, 3, 6])]),
        Case("QOrderedLongformerAttention", [
            int8, scale, r.constant([4, 12], np.int8), scale, r.constant([12]),
            scale, scale, r.array([2, 3], np.float16),
            r.constant([4, 12], np.int8), scale, r.constant([12]), scale,
            r.array([2, 3], np.int32), scale],
            num_heads=2, window=1, order_weight=1, order_global_weight=1,
            **orders, expected=[("int8", [2, 3, 4])]),
    ]


def test_elementwise():
    check(elementwise())


def test_convolutions():
    check(convolutions())


def test_blocked():
    check(blocked())


def test_products():
    check(products())


def test_other_devices():
    check(by_hand())


def test_tables():
    """Inputs, outputs and attributes are those of ONNX Runtime's own schemas,
    and each operator is in a test."""
    compare_schemas(
        ["Quantised.cpp", "QuantisedProducts.cpp", "Fused.cpp"],
        elementwise() + convolutions() + products() + by_hand(), {},
        domains=[MICROSOFT])
    compare_schemas(["Blocked.cpp"], blocked(), {}, domains=[NCHWC])


def network(r, channels):
    """Convolutions with an operator between them that has no blocked form, so
    that channels are put into blocks again behind it."""
    nodes, weights, value, inside = [], [], "x", 3
    for i, outside in enumerate(channels):
        weights.append(onnx.numpy_helper.from_array(
            r.array([outside, inside, 3, 3]), f"w{i}"))
        nodes += [
            helper.make_node("Conv", [value, f"w{i}"], [f"c{i}"], pads=[1] * 4),
            helper.make_node("Sin", [f"c{i}"], [f"s{i}"]),
            helper.make_node("MaxPool", [f"s{i}"], [f"p{i}"],
                             kernel_shape=[2, 2], pads=[1] * 4)]
        value, inside = (f"p{i}" if r.chance() else f"s{i}"), outside
    graph = helper.make_graph(
        nodes, "g",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, [1, 3, 12, 12])],
        [onnx.ValueInfoProto(name=nodes[-2].output[0])], weights)
    return helper.make_model(graph, ir_version=8, opset_imports=[
        helper.make_opsetid("", 17)])


def saved_by_onnxruntime(model, path):
    """The model as ONNX Runtime optimises it, with all values as outputs, and
    their shapes."""
    options = onnxruntime.SessionOptions()
    options.optimized_model_filepath = str(path)
    options.log_severity_level = 3
    run = lambda m, o: onnxruntime.InferenceSession(
        m.SerializeToString(), o, providers=["CPUExecutionProvider"])
    run(model, options)
    saved = onnx.load(path)
    del saved.graph.value_info[:]
    del saved.graph.output[:]
    names = [name for node in saved.graph.node for name in node.output]
    saved.graph.output.extend(onnx.ValueInfoProto(name=n) for n in names)
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = (
        onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL)
    values = run(saved, options).run(
        None, {"x": np.ones((1, 3, 12, 12), np.float32)})
    return saved, {n: list(v.shape) for n, v in zip(names, values)}


def test_blocks_of_a_saved_network(tmp_path):
    """20, 24 or 40 channels become whole blocks of 8 or of 16; which, the
    weights of the next convolution tell."""
    reordered = 0
    r = Random()
    for _ in range(3):
        channels = [r.choose((16, 20, 24, 40)) for _ in range(4)]
        saved, shapes = saved_by_onnxruntime(network(r, channels),
                                             tmp_path / "saved.onnx")
        types = infer(saved, {})
        assert {n: types[n][1] for n in shapes} == shapes
        reordered += sum(n.op_type == "ReorderInput" for n in saved.graph.node)
    assert reordered > 0


# ---------------------------------------------------------------------------
# Four bits
# ---------------------------------------------------------------------------

def test_narrow_integers():
    """numpy has no type of 4 bits, so that ONNX Runtime cannot give such a
    result to Python. Its own rule says that the zero point has the type."""
    x, scale = np.ones((3, 4), np.float32), Const(np.float32(0.25))
    check([Case("QuantizeLinear", [x, scale, zero(ml_dtypes.int4)],
                expected=[("int4", [3, 4])]),
           Case("QuantizeLinear", [x, scale, zero(ml_dtypes.uint4)],
                expected=[("uint4", [3, 4])]),
           Case("DequantizeLinear", [
               Const(np.ones((3, 4), ml_dtypes.int4)), scale,
               zero(ml_dtypes.int4)])])
