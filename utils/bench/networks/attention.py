"""Networks of attention: a small transformer, and Swin at its published size."""

import numpy
from onnx import TensorProto, helper

from .network import INPUT, image


def linear(net, x, name, rows, columns, square=1.0, gain=1.0, bias=True):
    weight = gain * net.spread([rows, columns], 1 / (rows * square))
    x = net.node("MatMul", [x, net.parameter(f"{name}.weight", weight)], name)
    if not bias:
        return x
    bias = net.parameter(f"{name}.bias", net.spread(columns, 0.01))
    return net.node("Add", [x, bias], f"{name}.add")


def norm(net, x, name, width):
    inputs = [x, net.parameter(f"{name}.scale", net.uniform(width, 0.8, 1.2)),
              net.parameter(f"{name}.shift", net.spread(width, 0.01))]
    return net.node("LayerNormalization", inputs, name, axis=-1, epsilon=1e-5)


def gelu(net, x, name):
    """As exporters write it where the operator set has no Gelu."""
    root, half, one = (net.shared(name, value) for name, value in
                       (("root_two", 2**0.5), ("half", 0.5), ("one", 1.0)))
    y = net.node("Div", [x, root], f"{name}.gelu.div")
    y = net.node("Erf", [y], f"{name}.gelu.erf")
    y = net.node("Add", [y, one], f"{name}.gelu.add")
    y = net.node("Mul", [x, y], f"{name}.gelu.mul")
    return net.node("Mul", [y, half], f"{name}.gelu")


def feed_forward(net, x, name, width):
    y = norm(net, x, f"{name}.norm", width)
    y = gelu(net, linear(net, y, f"{name}.up", width, 4 * width), name)
    y = linear(net, y, f"{name}.down", 4 * width, width, square=0.4, gain=0.4)
    return net.node("Add", [x, y], f"{name}.residual")


def transformer(net, layers=6, width=256, heads=4, length=128, words=8192):
    """An encoder with the norm before each sublayer, and one matrix of
    embeddings for its tokens; scores for 1000 classes from the mean."""
    size = width // heads
    split_shape = net.constant("split_shape", [1, length, heads, size], "int64")
    joined_shape = net.constant("joined_shape", [1, length, width], "int64")
    scale = net.constant("scale", size**-0.5)

    def by_head(x, name, order):
        x = net.node("Reshape", [x, split_shape], f"{name}.split")
        return net.node("Transpose", [x], f"{name}.turn", perm=order)

    words = net.parameter("embedding", net.spread([words, width], 1.0))
    places = net.parameter("positions", net.spread([1, length, width], 0.25))
    x = net.node("Gather", [words, "tokens"], "embed", axis=0)
    x = net.node("Add", [x, places], "embed.position")
    for layer in range(layers):
        name = f"layer{layer}"
        y = norm(net, x, f"{name}.attention.norm", width)
        query, key, value = (
            by_head(linear(net, y, f"{name}.{part}", width, width), f"{name}.{part}", order)
            for part, order in (("query", [0, 2, 1, 3]), ("key", [0, 2, 3, 1]),
                                ("value", [0, 2, 1, 3])))
        y = net.node("MatMul", [query, key], f"{name}.scores")
        y = net.node("Mul", [y, scale], f"{name}.scores.scaled")
        y = net.node("Softmax", [y], f"{name}.attention", axis=-1)
        y = net.node("MatMul", [y, value], f"{name}.mix")
        y = net.node("Transpose", [y], f"{name}.mix.turn", perm=[0, 2, 1, 3])
        y = net.node("Reshape", [y, joined_shape], f"{name}.mix.join")
        y = linear(net, y, f"{name}.output", width, width, square=0.1, gain=0.4)
        x = net.node("Add", [x, y], f"{name}.attention.residual")
        x = feed_forward(net, x, f"{name}.feed", width)
    x = norm(net, x, "norm", width)
    x = net.node("ReduceMean", [x], "mean", axes=[1], keepdims=0)
    x = net.dense(x, "classifier", width, 1000, 0.1)
    net.node("Softmax", [x], "probabilities", axis=1)
    tokens = helper.make_tensor_value_info("tokens", TensorProto.INT64, [1, length])
    return net.model(tokens, "scores", [1, 1000])


# --- Swin --------------------------------------------------------------------

WINDOW = 7
HEAD = 32  # width of one head


def by_windows(net, x, name, extent, width):
    """[N, E, E, C] to [N * windows, 49, C]. The batch is read from the tensor, as
    exporters do where they leave it open."""
    batch, along = net.extent(x, f"{name}.batch", 0), extent // WINDOW
    x = net.reshape(x, f"{name}.split", [batch, along, WINDOW, along, WINDOW, width])
    x = net.node("Transpose", [x], f"{name}.turn", perm=[0, 1, 3, 2, 4, 5])
    return net.reshape(x, name, [-1, WINDOW * WINDOW, width])


def from_windows(net, x, name, extent, width):
    """The inverse of by_windows."""
    along = extent // WINDOW
    x = net.reshape(x, f"{name}.split", [-1, along, along, WINDOW, WINDOW, width])
    batch = net.extent(x, f"{name}.batch", 0)
    x = net.node("Transpose", [x], f"{name}.turn", perm=[0, 1, 3, 2, 4, 5])
    return net.reshape(x, name, [batch, extent, extent, width])


def rolled(net, x, name, by, extent):
    """Moved by that many places towards the start in rows and columns, around the
    end; a negative `by` moves back."""
    place = by % extent
    for axis in (1, 2):
        ends = [(place, extent), (0, place)]
        parts = [net.node("Slice", [x, net.integers(start), net.integers(end),
                                    net.integers(axis)], f"{name}.{axis}.{part}")
                 for part, (start, end) in enumerate(ends)]
        x = net.node("Concat", parts, f"{name}.{axis}", axis=axis)
    return x


def relative_positions():
    """For each pair of places of a window: the row of the table of biases."""
    places = numpy.stack(numpy.meshgrid(range(WINDOW), range(WINDOW), indexing="ij"))
    places = places.reshape(2, -1)
    apart = places[:, :, None] - places[:, None, :] + WINDOW - 1
    return apart[0] * (2 * WINDOW - 1) + apart[1]


def shift_mask(extent, shift):
    """[windows, 1, 49, 49]: -100 where a rolled window joins places that are not
    neighbours in the picture."""
    region = numpy.zeros([extent, extent])
    bounds = (slice(0, -WINDOW), slice(-WINDOW, -shift), slice(-shift, None))
    for number, (rows, columns) in enumerate((r, c) for r in bounds for c in bounds):
        region[rows, columns] = number
    along = extent // WINDOW
    region = region.reshape(along, WINDOW, along, WINDOW).transpose(0, 2, 1, 3)
    region = region.reshape(along * along, WINDOW * WINDOW)
    return numpy.where(region[:, None, None, :] != region[:, None, :, None], -100.0, 0.0)


def window_attention(net, x, name, width, mask):
    """Self-attention inside windows [N * windows, 49, C]."""
    heads, places = width // HEAD, WINDOW * WINDOW
    windows = net.extent(x, f"{name}.windows", 0)
    y = linear(net, x, f"{name}.qkv", width, 3 * width)
    y = net.reshape(y, f"{name}.heads", [windows, places, 3, heads, HEAD])
    y = net.node("Transpose", [y], f"{name}.heads.turn", perm=[2, 0, 3, 1, 4])
    query, key, value = (
        net.node("Squeeze", [part, net.integers(0)], f"{name}.{which}")
        for which, part in zip(("query", "key", "value"),
                               net.split(y, f"{name}.parts", [1, 1, 1], axis=0)))
    query = net.node("Mul", [query, net.shared("scale", HEAD**-0.5)], f"{name}.query.scaled")
    key = net.node("Transpose", [key], f"{name}.key.turn", perm=[0, 1, 3, 2])
    y = net.node("MatMul", [query, key], f"{name}.scores")
    rows = (2 * WINDOW - 1) ** 2
    table = net.parameter(f"{name}.table", net.spread([rows, heads], 0.01))
    where = net.shared("places", relative_positions(), "int64")
    bias = net.node("Gather", [table, where], f"{name}.bias", axis=0)
    bias = net.node("Transpose", [bias], f"{name}.bias.turn", perm=[2, 0, 1])
    y = net.node("Add", [y, bias], f"{name}.biased")
    if mask is not None:
        y = net.reshape(y, f"{name}.masked.split", [-1, len(mask), heads, places, places])
        mask = net.constant(f"{name}.mask", mask[None])
        y = net.node("Add", [y, mask], f"{name}.masked")
        y = net.reshape(y, f"{name}.masked.join", [windows, heads, places, places])
    y = net.node("Softmax", [y], f"{name}.softmax", axis=-1)
    y = net.node("MatMul", [y, value], f"{name}.mix")
    y = net.node("Transpose", [y], f"{name}.mix.turn", perm=[0, 2, 1, 3])
    y = net.reshape(y, f"{name}.join", [windows, places, width])
    return linear(net, y, f"{name}.output", width, width, square=0.1, gain=0.4)


def merged(net, x, name, width):
    """Four neighbours become one place of twice the width."""
    corners = []
    for column in (0, 1):
        for row in (0, 1):
            starts = net.integers(row, column)
            corners.append(net.node(
                "Slice", [x, starts, net.shared("ends", [2**31, 2**31], "int64"),
                          net.integers(1, 2), net.integers(2, 2)],
                f"{name}.corner{row}{column}"))
    x = net.node("Concat", corners, f"{name}.corners", axis=-1)
    x = norm(net, x, f"{name}.norm", 4 * width)
    return linear(net, x, name, 4 * width, 2 * width, bias=False)


def swin(net, size=224):
    """Liu et al. 2021, Swin-T, as in timm."""
    width, extent = 96, size // 4
    x = net.conv("image", "patches", 3, width, 4, 4, pads=[0] * 4, square=INPUT,
                 bias=True, norm=False)
    x = net.node("Transpose", [x], "patches.turn", perm=[0, 2, 3, 1])
    x = norm(net, x, "patches.norm", width)
    for stage, blocks in enumerate((2, 2, 6, 2)):
        if stage > 0:
            x = merged(net, x, f"stage{stage}.merge", width)
            width, extent = 2 * width, extent // 2
        for block in range(blocks):
            name = f"stage{stage}.block{block}"
            shift = WINDOW // 2 if block % 2 and extent > WINDOW else 0
            y = norm(net, x, f"{name}.norm", width)
            if shift:
                y = rolled(net, y, f"{name}.roll", shift, extent)
            y = by_windows(net, y, f"{name}.windows", extent, width)
            y = window_attention(net, y, f"{name}.attention", width,
                                 shift_mask(extent, shift) if shift else None)
            y = from_windows(net, y, f"{name}.back", extent, width)
            if shift:
                y = rolled(net, y, f"{name}.unroll", -shift, extent)
            x = net.node("Add", [x, y], f"{name}.residual")
            x = feed_forward(net, x, f"{name}.feed", width)
    x = norm(net, x, "norm", width)
    x = net.node("ReduceMean", [x], "mean", axes=[1, 2], keepdims=0)
    x = net.dense(x, "classifier", width, 1000, 0.1)
    net.node("Softmax", [x], "probabilities", axis=1)
    return net.model(image(size), "scores", [1, 1000])
