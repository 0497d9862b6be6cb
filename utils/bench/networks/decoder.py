"""Decoders of language models with key/value caches, as two exporters write them:
`plain` as Optimum does, all in standard operators, and `int4` as the model
builder of ONNX Runtime's generation library does, with GroupQueryAttention and
weights of four bits. The architecture is that of Llama (Touvron et al. 2023)
with grouped queries."""

import dataclasses

import numpy
from onnx import TensorProto, helper

BLOCK = 32  # weights of four bits that share a scale
CONTEXT = 4096  # positions that the tables of int4 hold


@dataclasses.dataclass(frozen=True)
class Size:
    layers: int
    width: int
    heads: int
    kv_heads: int
    hidden: int
    words: int

    @property
    def head(self):
        return self.width // self.heads

    @property
    def kv_width(self):
        return self.kv_heads * self.head


SIZES = {
    "1m": Size(layers=4, width=64, heads=4, kv_heads=2, hidden=192, words=1024),
    "10m": Size(layers=8, width=256, heads=8, kv_heads=4, hidden=704, words=8192),
    "100m": Size(layers=12, width=768, heads=12, kv_heads=4, hidden=2048, words=16384),
    # As TinyLlama: 1,100,048,384 parameters.
    "1b": Size(layers=22, width=2048, heads=32, kv_heads=4, hidden=5632, words=32000),
}


def tensor(name, shape, dtype=TensorProto.FLOAT):
    return helper.make_tensor_value_info(name, dtype, shape)


def cache_values(size, prefix, length):
    """What a model declares of the caches of all layers."""
    return [tensor(f"{prefix}.{layer}.{part}",
                   ["batch_size", size.kv_heads, length, size.head])
            for layer in range(size.layers) for part in ("key", "value")]


def rotations(size, positions):
    """Angles of rotary embeddings [positions, head / 2] (Su et al. 2021)."""
    steps = 10000.0 ** (-numpy.arange(0, size.head, 2) / size.head)
    return numpy.outer(positions, steps)


# --- Standard operators ------------------------------------------------------


def root_mean_square(net, x, name, width):
    square = net.node("Pow", [x, net.shared("two", 2.0)], f"{name}.square")
    mean = net.node("ReduceMean", [square], f"{name}.mean", axes=[-1], keepdims=1)
    mean = net.node("Add", [mean, net.shared("epsilon", 1e-6)], f"{name}.epsilon")
    root = net.node("Sqrt", [mean], f"{name}.root")
    x = net.node("Div", [x, root], f"{name}.div")
    return net.node("Mul", [x, net.parameter(f"{name}.scale", net.uniform(width, 0.8, 1.2))],
                    name)


def product(net, x, name, rows, columns, gain=1.0):
    weight = gain * net.spread([rows, columns], 1 / rows)
    return net.node("MatMul", [x, net.parameter(f"{name}.weight", weight)], name)


def silu(net, x, name):
    gate = net.node("Sigmoid", [x], f"{name}.sigmoid")
    return net.node("Mul", [x, gate], f"{name}.silu")


def causal_mask(net, past):
    """[batch, 1, sequence, total]: 0 where a token may look, else a number that
    Softmax makes nothing of."""
    zero, one = net.shared("zero", 0, "int64"), net.shared("one", 1, "int64")
    length = net.node("Squeeze", [net.extent("input_ids", "mask.length", 1)], "mask.count")
    total = net.node("Add", [past, length], "mask.total")
    columns = net.node("Range", [zero, total, one], "mask.columns")
    rows = net.node("Range", [past, total, one], "mask.rows")
    rows = net.node("Unsqueeze", [rows, net.integers(1)], "mask.rows.up")
    seen = net.node("LessOrEqual", [columns, rows], "mask.causal")
    given = net.node("Cast", ["attention_mask"], "mask.given", to=TensorProto.BOOL)
    given = net.node("Unsqueeze", [given, net.integers(1, 2)], "mask.given.up")
    seen = net.node("And", [seen, given], "mask.seen")
    return net.node("Where", [seen, net.shared("nothing", 0.0), net.shared("least", -1e9)],
                    "mask")


def rotary(net, size):
    """(cosine, sine), each [batch, 1, sequence, head / 2], of position_ids."""
    steps = net.constant("rotary.steps", rotations(size, [1.0])[0])
    places = net.node("Cast", ["position_ids"], "rotary.places", to=TensorProto.FLOAT)
    places = net.node("Unsqueeze", [places, net.integers(1, 3)], "rotary.places.up")
    angles = net.node("Mul", [places, steps], "rotary.angles")
    return net.node("Cos", [angles], "rotary.cos"), net.node("Sin", [angles], "rotary.sin")


def rotated(net, x, name, tables):
    cosine, sine = tables
    halves = [f"{name}.half0", f"{name}.half1"]
    net.nodes.append(helper.make_node("Split", [x], halves, name=f"{name}.halves", axis=-1))
    turned = []
    for part, (one, other, op) in enumerate(((0, 1, "Sub"), (1, 0, "Add"))):
        along = net.node("Mul", [halves[one], cosine], f"{name}.cos{part}")
        across = net.node("Mul", [halves[other], sine], f"{name}.sin{part}")
        turned.append(net.node(op, [along, across], f"{name}.turned{part}"))
    return net.node("Concat", turned, name, axis=-1)


def repeated(net, x, name, size):
    """Each key or value head for the query heads that share it."""
    times = size.heads // size.kv_heads
    if times == 1:
        return x
    batch, total = net.extent(x, f"{name}.batch", 0), net.extent(x, f"{name}.total", 2)
    x = net.node("Unsqueeze", [x, net.integers(2)], f"{name}.up")
    shape = net.node("Concat", [batch, net.integers(size.kv_heads), net.integers(times), total,
                                net.integers(size.head)], f"{name}.wide", axis=0)
    x = net.node("Expand", [x, shape], f"{name}.expand")
    return net.reshape(x, name, [batch, size.heads, total, size.head])


def by_head(net, x, name, heads, size):
    x = net.reshape(x, f"{name}.split", [0, -1, heads, size.head])
    return net.node("Transpose", [x], name, perm=[0, 2, 1, 3])


def attention(net, x, name, layer, size, mask, tables):
    query, key, value = (
        by_head(net, product(net, x, f"{name}.{part}", size.width, heads * size.head),
                f"{name}.{part}.heads", heads, size)
        for part, heads in (("query", size.heads), ("key", size.kv_heads),
                            ("value", size.kv_heads)))
    query = rotated(net, query, f"{name}.query.rotary", tables)
    key = rotated(net, key, f"{name}.key.rotary", tables)
    caches = []
    for part, new in (("key", key), ("value", value)):
        present = f"present.{layer}.{part}"
        net.nodes.append(helper.make_node(
            "Concat", [f"past_key_values.{layer}.{part}", new], [present],
            name=f"{name}.{part}.cache", axis=2))
        caches.append(repeated(net, present, f"{name}.{part}.shared", size))
    key = net.node("Transpose", [caches[0]], f"{name}.key.turn", perm=[0, 1, 3, 2])
    y = net.node("MatMul", [query, key], f"{name}.scores")
    y = net.node("Mul", [y, net.shared("scale", size.head**-0.5)], f"{name}.scaled")
    y = net.node("Add", [y, mask], f"{name}.masked")
    y = net.node("Softmax", [y], f"{name}.softmax", axis=-1)
    y = net.node("MatMul", [y, caches[1]], f"{name}.mix")
    y = net.node("Transpose", [y], f"{name}.mix.turn", perm=[0, 2, 1, 3])
    y = net.reshape(y, f"{name}.join", [0, -1, size.width])
    return product(net, y, f"{name}.output", size.width, size.width, gain=0.4)


def plain(net, size):
    embedding = net.parameter("embedding", net.spread([size.words, size.width], 1.0))
    x = net.node("Gather", [embedding, "input_ids"], "embed", axis=0)
    past = net.node("Squeeze", [net.extent("past_key_values.0.key", "past", 2)], "past.count")
    mask, tables = causal_mask(net, past), rotary(net, size)
    for layer in range(size.layers):
        name = f"layer{layer}"
        y = root_mean_square(net, x, f"{name}.attention.norm", size.width)
        y = attention(net, y, f"{name}.attention", layer, size, mask, tables)
        x = net.node("Add", [x, y], f"{name}.attention.residual")
        y = root_mean_square(net, x, f"{name}.feed.norm", size.width)
        gate = silu(net, product(net, y, f"{name}.gate", size.width, size.hidden), f"{name}.gate")
        up = product(net, y, f"{name}.up", size.width, size.hidden)
        y = net.node("Mul", [gate, up], f"{name}.gated")
        y = product(net, y, f"{name}.down", size.hidden, size.width, gain=0.4)
        x = net.node("Add", [x, y], f"{name}.feed.residual")
    x = root_mean_square(net, x, "norm", size.width)
    product(net, x, "head", size.width, size.words)
    total = "past_sequence_length + sequence_length"
    return net.finish(
        [tensor("input_ids", ["batch_size", "sequence_length"], TensorProto.INT64),
         tensor("attention_mask", ["batch_size", total], TensorProto.INT64),
         tensor("position_ids", ["batch_size", "sequence_length"], TensorProto.INT64),
         *cache_values(size, "past_key_values", "past_sequence_length")],
        [tensor("logits", ["batch_size", "sequence_length", size.words]),
         *cache_values(size, "present", total)])


# --- Operators of ONNX Runtime -----------------------------------------------


def product_4bit(net, x, name, rows, columns, gain=1.0):
    """A matrix product whose weights are in blocks of four bits with a scale
    each; 8 stands for 0."""
    blocks = rows // BLOCK
    net.parameters += rows * columns
    packed = net.random.integers(0, 256, [columns, blocks, BLOCK // 2], "uint8")
    # The mean square of a number from -8 to 7 is 21.5.
    deviation = gain * (1 / (rows * 21.5)) ** 0.5
    scales = deviation * net.uniform([columns * blocks], 0.8, 1.2)
    inputs = [x, net.constant(f"{name}.packed", packed, "uint8"),
              net.constant(f"{name}.scales", scales)]
    return net.node("MatMulNBits", inputs, name, domain="com.microsoft", K=rows, N=columns,
                    bits=4, block_size=BLOCK)


def int4(net, size):
    embedding = net.parameter("embedding", net.spread([size.words, size.width], 1.0))
    x = net.node("Gather", [embedding, "input_ids"], "embed", axis=0)
    count = net.node("ReduceSum", ["attention_mask", net.integers(1)], "mask.sum", keepdims=1)
    count = net.node("Sub", [count, net.integers(1)], "mask.last")
    count = net.node("Cast", [count], "mask.last.cast", to=TensorProto.INT32)
    total = net.node("Squeeze", [net.extent("attention_mask", "total", 1)], "total.count")
    total = net.node("Cast", [total], "total.cast", to=TensorProto.INT32)
    angles = rotations(size, numpy.arange(CONTEXT))
    tables = [net.constant("cos_cache", numpy.cos(angles)),
              net.constant("sin_cache", numpy.sin(angles))]

    def norm(x, skip, name):
        """The normalised sum, and the sum, which the next one takes."""
        scale = net.parameter(f"{name}.scale", net.uniform(size.width, 0.8, 1.2))
        if skip is None:
            return net.node("SimplifiedLayerNormalization", [x, scale], name, axis=-1,
                            epsilon=1e-6, stash_type=1), x
        outputs = [f"{name}.out", "", "", f"{name}.sum"]
        net.nodes.append(helper.make_node("SkipSimplifiedLayerNormalization", [x, skip, scale],
                                          outputs, name=name, domain="com.microsoft",
                                          epsilon=1e-6))
        return outputs[0], outputs[3]

    y = None
    for layer in range(size.layers):
        name = f"layer{layer}"
        y, x = norm(x, y, f"{name}.attention.norm")
        y = product_4bit(net, y, f"{name}.qkv", size.width, size.width + 2 * size.kv_width)
        caches = [f"{{}}.{layer}.{part}" for part in ("key", "value")]
        net.nodes.append(helper.make_node(
            "GroupQueryAttention",
            [y, "", "", *(c.format("past_key_values") for c in caches), count, total, *tables],
            [f"{name}.attention.out", *(c.format("present") for c in caches)],
            name=f"{name}.attention", domain="com.microsoft", num_heads=size.heads,
            kv_num_heads=size.kv_heads, scale=size.head**-0.5, do_rotary=1,
            rotary_interleaved=0))
        y = product_4bit(net, f"{name}.attention.out", f"{name}.output", size.width, size.width,
                         gain=0.4)
        y, x = norm(x, y, f"{name}.feed.norm")
        gate = silu(net, product_4bit(net, y, f"{name}.gate", size.width, size.hidden),
                    f"{name}.gate")
        up = product_4bit(net, y, f"{name}.up", size.width, size.hidden)
        y = net.node("Mul", [gate, up], f"{name}.gated")
        y = product_4bit(net, y, f"{name}.down", size.hidden, size.width, gain=0.4)
    x, _ = norm(x, y, "norm")
    product_4bit(net, x, "head", size.width, size.words)
    return net.finish(
        [tensor("input_ids", ["batch_size", "sequence_length"], TensorProto.INT64),
         tensor("attention_mask", ["batch_size", "total_sequence_length"], TensorProto.INT64),
         *cache_values(size, "past_key_values", "past_sequence_length")],
        [tensor("logits", ["batch_size", "sequence_length", size.words]),
         *cache_values(size, "present", "total_sequence_length")])
