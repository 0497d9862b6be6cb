"""Types of ONNX Runtime's normalisations, activations, matrix products and other
operators that nobody else claims: what is inferred for random nodes is what ONNX
Runtime makes of them. Attention is in test_schemas_attention.py."""

import numpy as np
from onnx import TensorProto, helper

from schema_models import Case, Const, check, compare_schemas

SEED = 20261128
COUNT = 4  # random nodes of each kind
FILES = ("Elementwise.cpp", "Generation.cpp", "Images.cpp", "Normalization.cpp",
         "Products.cpp", "Tensors.cpp")

rng = np.random.default_rng(SEED)


# --- Random arrays -----------------------------------------------------------


def number(low, high):
    return int(rng.integers(low, high + 1))


def chance():
    return bool(rng.integers(2))


def dims(rank, low=1, high=6):
    return [number(low, high) for _ in range(rank)]


def floats(*shape, dtype="float32"):
    return rng.uniform(-1, 1, shape).astype(dtype)


def integers(high, *shape, dtype="int64"):
    return rng.integers(0, high, shape).astype(dtype)


def maybe(value):
    return value if chance() else None


def weight(*shape, dtype="float32"):
    """Known or not: both occur in models."""
    values = floats(*shape, dtype=dtype)
    return Const(values) if chance() else values


def outputs(*optional):
    """The first output and, at random, those that may be left out."""
    there = [True] + [one and chance() for one in optional]
    while not there[-1]:
        there.pop()
    return there


# --- Normalisations ----------------------------------------------------------


def layer_norm(op, has_bias, statistics):
    shape = dims(number(1, 4))
    axis = number(-len(shape), len(shape) - 1)
    dtype = ("float32", "float64", "float16")[number(0, 2)]
    norm = shape[axis:]
    inputs = [floats(*shape, dtype=dtype), weight(*norm, dtype=dtype)]
    if has_bias and chance():
        inputs.append(weight(*norm, dtype=dtype))
    return Case(op, inputs, outputs(*statistics), domain="", axis=axis)


def skip_norm(op):
    shape = dims(number(2, 3), 2)
    skip = shape if chance() else [1] * (len(shape) == 3) + shape[-2:]
    inputs = [floats(*shape), floats(*skip), weight(shape[-1])]
    inputs += [maybe(weight(shape[-1]))
               for _ in range(2 if op == "SkipLayerNormalization" else 1)]
    return Case(op, inputs, outputs(False, False, True))


def embed_norm():
    batch, length, width = dims(3, 2)
    ids = lambda: integers(3, batch, length, dtype="int32")  # noqa: E731
    has_segments, has_mask = chance(), chance()
    inputs = [ids(), ids() if has_segments else None, weight(7, width),
              weight(9, width), weight(3, width) if has_segments else None,
              weight(width), weight(width), ids() if has_mask else None, maybe(ids())]
    # Without the mask's index ONNX Runtime 1.32 refuses the node.
    return Case("EmbedLayerNormalization", inputs, 2 + chance())


def grouped():
    shape = dims(number(1, 2)) + [3, 4]
    return floats(*shape), shape


def branchwise_norm():
    value, shape = grouped()
    return Case("BranchwiseRMSNorm", [value, maybe(weight(*shape[-2:]))])


def normalisations():
    for _ in range(COUNT):
        yield layer_norm("LayerNormalization", True, (True, True))
        yield layer_norm("SimplifiedLayerNormalization", False, (True,))
        yield skip_norm("SkipLayerNormalization")
        yield skip_norm("SkipSimplifiedLayerNormalization")
        yield embed_norm()
        yield branchwise_norm()
        shape = dims(3)
        yield Case("GatedRMSNorm", [floats(*shape), weight(shape[-1]), floats(*shape)])


def test_normalisations():
    check(normalisations())
    check([layer_norm("LayerNormalization", True, (True, True))
           for _ in range(2 * COUNT)], opset=16)


# --- Activations and other elementwise operators -----------------------------


def elementwise():
    for _ in range(COUNT):
        shape = dims(number(1, 4))
        x = floats(*shape)
        row = weight(shape[-1])
        yield Case("BiasGelu", [x, row])
        yield Case("FastGelu", [x] + [row] * chance())
        yield Case("Gelu", [x])
        yield Case("QuickGelu", [x], alpha=1.7)
        yield Case("SampleOp", [x])
        yield Case("ScaledSiLU", [x], alpha=0.5)
        yield Case("MurmurHash3", [x], positive=number(0, 1))
        yield Case("Inverse", [floats(*dims(number(0, 2)), 3, 3)])
        yield Case("Trilu", [floats(*dims(number(0, 2)), 3, 5)], upper=number(0, 1))
        yield Case("GatedAdd", [x, x, floats(*shape[:-1], 1)])
        yield from hyper_connections()
        yield from gates()


def hyper_connections():
    lead = dims(2)
    branches, width = 3, 4
    streams = floats(*lead, branches, width)
    gate = floats(*lead, branches)
    flat = streams.reshape(*lead, branches * width)
    yield Case("HyperConnectionPreMix", [streams, gate])
    yield Case("HyperConnectionPreMix", [flat, gate], num_branches=branches)
    yield Case("HyperConnectionPostMix", [streams, floats(*lead, width), gate])


def gates():
    batch, length, heads, width = dims(4, 2)
    x = floats(batch, length, heads)
    inputs = [x, weight(heads), weight(heads)]
    yield Case("LinearAttentionGate", inputs)
    yield Case("LinearAttentionGate", inputs + [x], 2)
    keys = floats(batch, length, heads, width)
    scale = weight(heads, width)
    inputs = [keys, keys, floats(batch, length, width), scale, scale]
    yield Case("EngramGate", inputs)
    yield Case("EngramGate", inputs + [scale], 2)


def test_elementwise():
    check(elementwise())


# --- Matrix products ---------------------------------------------------------


def place(batch, rows, columns, transposed, batch_last):
    """How a factor is stored."""
    if transposed:
        rows, columns = columns, rows
    return [rows, *batch, columns] if batch_last else [*batch, rows, columns]


def fused_matmul(op="FusedMatMul", has_batches=True):
    batch = dims(number(0, 2), 2)
    rows, inner, columns = dims(3)
    flags = {"transA": number(0, 1), "transB": number(0, 1)}
    last = [0, 0]
    if has_batches and batch and flags and chance():
        last = [number(0, 1), number(0, 1)]
        flags.update(transBatchA=last[0], transBatchB=last[1])
    a = place(batch, rows, inner, flags["transA"], last[0])
    b = place(batch, inner, columns, flags["transB"], last[1])
    if not any(last) and chance():
        a, b = (a, b[-2:]) if chance() else (a[-2:], b)
    return Case(op, [floats(*a), weight(*b)], **flags)


def vector_products():
    yield Case("FusedMatMul", [floats(5), floats(2, 5, 3)])
    yield Case("FusedMatMul", [floats(2, 3, 5), floats(5)])


def packed_products():
    n, k, block = number(1, 4) * 8, 32, 32
    a = floats(*dims(number(1, 2)), k)
    packed = Const(integers(256, n, k // block, block // 2, dtype="uint8"))
    scales = Const(floats(n, k // block))
    yield Case("MatMulNBits", [a, packed, scales, None, None, maybe(weight(n))],
               K=k, N=n, bits=4, block_size=block)
    quantised = Const(integers(256, n * k // 2, dtype="uint8"))
    yield Case("MatMulBnb4", [a, quantised, Const(floats(n * k // block))], K=k, N=n,
               block_size=block, quant_type=number(0, 1))


def block_quantised_lookup():
    indices = integers(3, *dims(number(0, 2)))
    table = Const(integers(256, 5, 32, dtype="uint8"))
    bits = (4, 8)[number(0, 1)]
    columns = 32 * 8 // bits
    yield Case("GatherBlockQuantized",
               [table, indices, Const(floats(5, columns // 16))], bits=bits,
               block_size=16, gather_axis=0, quantize_axis=1)


def mixtures():
    tokens, width, experts, inner = number(1, 5), 8, 3, 16
    shape = [tokens, width] if chance() else [1, tokens, width]
    yield Case("MoE", [floats(*shape), floats(tokens, experts),
                       weight(experts, inner, width), None,
                       weight(experts, width, inner)], k=2)
    packed = lambda *s: Const(integers(256, *s, dtype="uint8"))  # noqa: E731
    yield Case("QMoE", [floats(*shape), floats(tokens, experts),
                        packed(experts, inner, width // 2), weight(experts, inner),
                        None, packed(experts, width, inner // 2),
                        weight(experts, width)], k=2, expert_weight_bits=4)


def products():
    yield from vector_products()
    for _ in range(COUNT):
        for _ in range(3):
            yield fused_matmul()
        yield fused_matmul("TransposeMatMul", has_batches=False)
        yield from packed_products()
        yield from block_quantised_lookup()
        yield from mixtures()


def test_products():
    check(products())


# --- Images ------------------------------------------------------------------


def transposed_convolution():
    axes = number(1, 2)
    group, channels, filters = number(1, 2), number(1, 3), number(1, 3)
    kernel = dims(axes, 1, 3)
    attributes = {"group": group}
    if chance():
        attributes.update(strides=dims(axes, 2, 3), output_padding=[1] * axes)
    if chance():
        attributes.update(dilations=dims(axes, 1, 2))
    if chance():
        attributes.update(kernel_shape=kernel)
    return Case("ConvTransposeWithDynamicPads",
                [floats(number(1, 2), group * channels, *dims(axes, 4, 6)),
                 weight(group * channels, filters, *kernel),
                 Const(integers(2, 2 * axes))], **attributes)


def crop():
    batch, channels = dims(2)
    regions = number(1, 4)
    size = np.int32(dims(2))
    known = chance()
    return Case("CropAndResize",
                [floats(batch, channels, 6, 7), rng.uniform(0, 1, (regions, 4))
                 .astype("float32"), integers(batch, regions, dtype="int32"),
                 Const(size) if known else size],
                depends=() if known else ((0, 2), (0, 3)))


def grid_sample():
    batch, channels = dims(2)
    return Case("GridSample", [floats(batch, channels, *dims(2, 2)),
                               floats(batch, *dims(2), 2)])


def masked_pool():
    shape = dims(2) + dims(2, 5, 9)
    attributes = {"kernel_shape": dims(2, 2, 3)}
    if chance():
        attributes.update(strides=dims(2, 1, 3))
    if chance():
        attributes.update(pads=[1, 0, 1, 1])
    elif chance():
        attributes.update(auto_pad="SAME_UPPER")
    return Case("MaxpoolWithMask",
                [floats(*shape), integers(2, *shape, dtype="int32")], **attributes)


def test_images():
    check(make() for make in
          (transposed_convolution, crop, grid_sample, masked_pool)
          for _ in range(2 * COUNT))


# --- Tensors -----------------------------------------------------------------


def gather_nd():
    data = dims(number(1, 4), 3)
    depth = number(1, len(data))
    return Case("GatherND", [floats(*data),
                             integers(3, *dims(number(0, 2)), depth)])


def expand_dims():
    rank = number(0, 3)
    axis = np.int32(number(-rank - 1, rank))
    return Case("ExpandDims", [floats(*dims(rank)), Const(axis)])


def padding():
    rank = number(1, 4)
    pads = rng.integers(-1, 3, 2 * rank)
    return Case("Pad", [floats(*dims(rank, 3)), Const(pads)]
                + [Const(np.float32([0.5]))] * chance())


def counting():
    dtype = ("int32", "int64", "float32", "float64", "int16")[number(0, 4)]
    start, limit, step = number(-4, 4), number(-4, 9), number(1, 3)
    inputs = [Const(start, dtype), Const(limit, dtype)]
    if chance():
        inputs.append(Const(step, dtype))
        if chance():
            inputs[:2] = inputs[1::-1]
            inputs[2] = Const(-step, dtype)
    return Case("Range", inputs)


def windows():
    shape = dims(number(1, 3), 3, 7)
    return Case("UnfoldTensor", [floats(*shape)],
                dim=number(-len(shape), len(shape) - 1), size=number(1, 3),
                step=number(1, 2))


def words():
    width = number(2, 4)
    filters = number(1, 4)
    return Case("WordConvEmbedding",
                [1 + integers(5, number(1, 5), 6, dtype="int32"),
                 weight(filters, 1, 2, width), weight(filters), weight(7, width)])


def repeats():
    batch = number(1, 3)
    return Case("NGramRepeatBlock", [integers(5, batch, 6), floats(batch, 5)],
                ngram_size=2)


def on_data():
    """Operators whose results are as long as the data say."""
    yield Case("Unique", [np.float32([1, 2, 1, 3])], 3, depends=[(0, 0), (2, 0)])
    yield Case("Range", [np.array(0), Const(np.int64(5))], depends=[(0, 0)])
    yield Case("DynamicTimeWarping", [floats(4, 6)], depends=[(0, 1)])
    yield Case("Tokenizer", [np.array([["a b", "c"]])], depends=[(0, 2)], mark=0,
               mincharnum=1, pad_value="#", separators=[" "])
    yield Case("BifurcationDetector",
               [integers(9, 5), integers(9, 3), np.array(0),
                integers(9, 6)], 2, depends=[(0, 0)])


def test_tensors():
    cases = [make() for make in (gather_nd, expand_dims, padding, counting, windows,
                                 words, repeats) for _ in range(2 * COUNT)]
    for _ in range(COUNT):
        width = number(1, 5)
        cases.append(Case("CDist", [floats(number(1, 5), width),
                                    floats(number(1, 5), width)]))
    check(cases + list(on_data()))


# --- What the CPU cannot run -------------------------------------------------


def body():
    """A graph that no rule reads."""
    return helper.make_graph([], "decoder", [], [])


def on_other_devices():
    """Operators that ONNX Runtime has for other devices only: expectations are
    what docs/ContribOperators.md says of their outputs."""
    image, row = floats(2, 4, 6, 8), floats(8)
    yield Case("GroupNorm", [image, row, row], groups=2, activation=0,
               expected=[("float", [2, 4, 6, 8])])
    yield Case("SkipGroupNorm", [image, row, row, floats(2, 8)], 2, groups=2,
               activation=1, expected=[("float", [2, 4, 6, 8])] * 2)
    x = floats(2, 3, 8)
    same = [("float", [2, 3, 8])]
    yield Case("BiasAdd", [x, row, x], expected=same)
    yield Case("BiasSplitGelu", [x, row], expected=[("float", [2, 3, 4])])
    yield Case("BiasSoftmax", [x, floats(1, 3, 8)], axis=2, is_inner_broadcast=0,
               expected=same)
    yield Case("BiasDropout", [x, row, x], 2, expected=same + [("bool", [2, 3, 8])])
    yield Case("SwiGLU", [x, x], expected=same)
    yield Case("SwiGLU", [x], expected=[("float", [2, 3, 4])])
    yield Case("ComplexMul", [x, floats(3, 8)], expected=same)
    yield Case("ComplexMulConj", [floats(3, 8), x], expected=same)
    yield Case("FusedMatMulActivation", [x, floats(5, 8)], transB=1,
               activation="Relu", expected=[("float", [2, 3, 5])])
    yield Case("GemmFastGelu", [x, floats(8, 5), floats(5)],
               expected=[("float", [2, 3, 5])])
    yield Case("GemmFloat8", [floats(4, 6), floats(5, 6)], transB=1,
               dtype=TensorProto.FLOAT16, expected=[("float16", [4, 5])])
    yield Case("SparseToDenseMatMul", [floats(4, 6), floats(4, 5)], transA=1,
               expected=[("float", [6, 5])])
    yield Case("TorchEmbedding", [floats(9, 4), integers(9, 2, 3)],
               expected=[("float", [2, 3, 4])])
    yield Case("Rfft", [floats(2, 6)], signal_ndim=1, expected=[("float", [2, 4, 2])])
    yield Case("Rfft", [floats(2, 6)], onesided=0, expected=[("float", [2, 6, 2])])
    yield Case("Irfft", [floats(2, 4, 2)], signal_ndim=1, expected=[("float", [2, 6])])
    yield from packed_elsewhere()


def packed_elsewhere():
    """Packed matrices for other devices; only K, N and the first input count."""
    a, packed, scales = floats(2, 3, 32), integers(9, 8, dtype="uint8"), floats(8)
    sizes = {"K": 32, "block_size": 32}
    skip = [("float", [2, 3, 32])]
    yield Case("MatMulNBitsMlp", [a, a, scales, packed, scales, None, packed, scales],
               2, N=8, activation="silu", **sizes,
               expected=[("float", [2, 3, 8])] + skip)
    yield Case("MatMulNBitsQkv",
               [a, a, scales, packed, scales, None, packed, scales, None, packed,
                scales], 4, Nq=16, Nkv=8, **sizes,
               expected=[("float", [2, 3, n]) for n in (16, 8, 8)] + skip)
    yield Case("MatMulNBitsQLoRA",
               [a, packed, scales, packed, scales, packed, scales], N=8, **sizes,
               expected=[("float", [2, 3, 8])])
    yield Case("MatMulFpQ4", [a, packed, Const(np.int64([32, 8]))],
               expected=[("float", [2, 3, 8])])
    yield Case("GatherPacked", [integers(9, 5, 34, dtype="uint8"), integers(5, 2, 3)],
               K=32, packed_type=1, expected=[("bfloat16", [2, 3, 32])])


def generation():
    """Loops that need a whole decoder; what comes out is as long as the input
    says that it may get."""
    prompts = integers(9, 2, 5, dtype="int32")
    one = lambda n: Const(np.int32([n]))  # noqa: E731
    graph = {"decoder": body(), "eos_token_id": 1, "pad_token_id": 0}
    yield Case("GreedySearch", [prompts, one(12)], **graph,
               expected=[("int32", [2, 12])])
    yield Case("Sampling", [prompts, one(12)], 2, vocab_size=50, **graph,
               expected=[("int32", [2, 12]), ("float", [2, 50])])
    beams = [prompts, one(12), None, one(4), one(3), floats(1)]
    found = [("int32", [2, 3, 12]), ("float", [2, 3]), ("float", [7, 2, 4, 50])]
    depends = [(2, 0), (2, 3)]
    yield Case("BeamSearch", beams, 3, depends=depends, expected=found, **graph)
    yield Case("WhisperBeamSearch", beams, [True, True, True, False, True],
               depends=depends, **graph, expected=found + [None, ("float", [2])])


def test_other_devices():
    check([*on_other_devices(), *generation()])


# --- The tables --------------------------------------------------------------

# Why operators that the CPU has are not run here.
NOT_RUN = {
    "BeamSearch": "needs a decoder", "GreedySearch": "needs a decoder",
    "Sampling": "needs a decoder", "WhisperBeamSearch": "needs a decoder",
    "GatherPacked": "needs rows in a format of its own",
    "MatMulFpQ4": "needs a blob that only ONNX Runtime's own tool packs",
    "SparseToDenseMatMul": "needs a sparse initializer",
}


def all_cases():
    yield from normalisations()
    yield from elementwise()
    yield from products()
    for make in (transposed_convolution, crop, grid_sample, masked_pool, gather_nd,
                 expand_dims, padding, counting, windows, words, repeats):
        yield make()
    yield Case("CDist", [])
    yield from on_data()
    yield from on_other_devices()
    yield from generation()


def test_tables():
    """Every operator is as ONNX Runtime declares it, has a case above, and is
    run where the CPU can."""
    compare_schemas(FILES, all_cases(), NOT_RUN)
