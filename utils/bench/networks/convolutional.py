"""Networks of convolutions at their published sizes."""

from .network import INPUT, RELU, SWISH, image


def same_pads(kernel, stride, size):
    """Keras pads an even extent by one less at its start if the stride is 2."""
    after = kernel // 2
    before = after - (1 - size % 2) if stride == 2 else after
    return [before, before, after, after]


def halved(size, stride):
    return (size + stride - 1) // stride


def mobilenet_v2(net, size=224):
    """Sandler et al. 2018, width 1.0, as in Keras."""
    x = net.conv("image", "stem", 3, 32, 3, 2, same_pads(3, 2, size), square=INPUT)
    x = net.relu6(x, "stem")
    channels, extent, index = 32, halved(size, 2), 0
    for expansion, filters, repeats, first_stride in (
            (1, 16, 1, 1), (6, 24, 2, 2), (6, 32, 3, 2), (6, 64, 4, 2),
            (6, 96, 3, 1), (6, 160, 3, 2), (6, 320, 1, 1)):
        for repeat in range(repeats):
            name, stride = f"block{index}", first_stride if repeat == 0 else 1
            start, inner, square = x, channels * expansion, RELU
            if expansion > 1:
                x = net.conv(x, f"{name}.expand", channels, inner)
                x = net.relu6(x, f"{name}.expand")
            x = net.conv(x, f"{name}.depthwise", inner, inner, 3, stride,
                         same_pads(3, stride, extent), inner, square)
            x = net.relu6(x, f"{name}.depthwise")
            skip = stride == 1 and channels == filters
            # What is added to the skip is small, so that sums do not grow.
            x = net.conv(x, f"{name}.project", inner, filters, square=RELU,
                         gain=0.4 if skip else 1.0)
            if skip:
                x = net.node("Add", [start, x], f"{name}.add")
            channels, extent, index = filters, halved(extent, stride), index + 1
    x = net.conv(x, "head", channels, 1280)
    x = net.relu6(x, "head")
    net.classifier(x, 1280, 0.5)
    return net.model(image(size), "scores", [1, 1000])


def resnet50(net, size=224):
    """He et al. 2015, as in Keras: strides are on the 1 x 1 convolutions, and
    convolutions have biases besides their batch normalisation."""
    x = net.conv("image", "stem", 3, 64, 7, 2, square=INPUT, bias=True)
    x = net.relu(x, "stem")
    x = net.node("MaxPool", [x], "stem.pool", kernel_shape=[3, 3], strides=[2, 2],
                 pads=[1, 1, 1, 1])
    channels = 64
    for stage, (width, blocks) in enumerate(((64, 3), (128, 4), (256, 6), (512, 3))):
        for block in range(blocks):
            name = f"stage{stage}.block{block}"
            stride = 2 if block == 0 and stage > 0 else 1
            skip, first = x, stage + block == 0
            square = 2.0 if first else RELU  # the largest of nine is not small
            if block == 0:
                skip = net.conv(x, f"{name}.skip", channels, 4 * width, 1, stride,
                                square=square, bias=True)
            x = net.conv(x, f"{name}.reduce", channels, width, 1, stride,
                         square=square, bias=True)
            x = net.relu(x, f"{name}.reduce")
            x = net.conv(x, f"{name}.middle", width, width, 3, square=RELU, bias=True)
            x = net.relu(x, f"{name}.middle")
            x = net.conv(x, f"{name}.expand", width, 4 * width, square=RELU,
                         bias=True, gain=0.4)
            x = net.node("Add", [skip, x], f"{name}.add")
            x = net.relu(x, name)
            channels = 4 * width
    net.classifier(x, channels, 4.0)
    return net.model(image(size), "scores", [1, 1000])


def efficientnet_b1(net, size=240):
    """Tan and Le 2019, width 1.0, depth 1.1, as in Keras without the layers
    that normalise the image."""
    x = net.conv("image", "stem", 3, 32, 3, 2, same_pads(3, 2, size), square=INPUT)
    x = net.swish(x, "stem")
    channels, extent, index, square = 32, halved(size, 2), 0, SWISH
    for kernel, repeats, filters, expansion, first_stride in (
            (3, 2, 16, 1, 1), (3, 3, 24, 6, 2), (5, 3, 40, 6, 2), (3, 4, 80, 6, 2),
            (5, 4, 112, 6, 1), (5, 5, 192, 6, 2), (3, 2, 320, 6, 1)):
        for repeat in range(repeats):
            name, stride = f"block{index}", first_stride if repeat == 0 else 1
            start, inner = x, channels * expansion
            if expansion > 1:
                x = net.conv(x, f"{name}.expand", channels, inner, square=square)
                x, square = net.swish(x, f"{name}.expand"), SWISH
            x = net.conv(x, f"{name}.depthwise", inner, inner, kernel, stride,
                         same_pads(kernel, stride, extent), inner, square)
            x = net.swish(x, f"{name}.depthwise")
            # Squeeze and excitation: a gate for each channel, near one half.
            squeezed = channels // 4
            gate = net.node("GlobalAveragePool", [x], f"{name}.squeeze")
            gate = net.conv(gate, f"{name}.squeeze.reduce", inner, squeezed,
                            square=0.1, bias=True, norm=False)
            gate = net.swish(gate, f"{name}.squeeze")
            gate = net.conv(gate, f"{name}.squeeze.expand", squeezed, inner,
                            square=SWISH, bias=True, norm=False)
            gate = net.node("Sigmoid", [gate], f"{name}.gate")
            x = net.node("Mul", [x, gate], f"{name}.excite")
            skip = stride == 1 and channels == filters
            x = net.conv(x, f"{name}.project", inner, filters,
                         square=0.12, gain=0.4 if skip else 1.0)
            if skip:
                x = net.node("Add", [start, x], f"{name}.add")
            channels, extent, index, square = (
                filters, halved(extent, stride), index + 1, 1.2)
    x = net.conv(x, "head", channels, 1280)
    x = net.swish(x, "head")
    net.classifier(x, 1280, 0.02)
    return net.model(image(size), "scores", [1, 1000])


def shuffle(net, x, name, channels, groups=2):
    """Channels of the groups in turn. Batch and extents are read from the tensor,
    as exporters do where they leave them open."""
    batch, height, width = (net.extent(x, f"{name}.{part}", axis)
                            for part, axis in (("batch", 0), ("height", 2), ("width", 3)))
    x = net.reshape(x, f"{name}.split", [batch, groups, channels // groups, height, width])
    x = net.node("Transpose", [x], f"{name}.turn", perm=[0, 2, 1, 3, 4])
    return net.reshape(x, f"{name}.join", [batch, channels, height, width])


def shufflenet_v2(net, size=224):
    """Ma et al. 2018, width 1.0, as in torchvision."""
    x = net.conv("image", "stem", 3, 24, 3, 2, square=INPUT)
    x = net.relu(x, "stem")
    x = net.node("MaxPool", [x], "stem.pool", kernel_shape=[3, 3], strides=[2, 2],
                 pads=[1, 1, 1, 1])
    channels, square = 24, 1.0
    for stage, (filters, units) in enumerate(((116, 4), (232, 8), (464, 4))):
        half = filters // 2
        for unit in range(units):
            name, stride = f"stage{stage}.unit{unit}", 2 if unit == 0 else 1
            if unit == 0:
                left = net.conv(x, f"{name}.left.depthwise", channels, channels, 3, 2,
                                groups=channels, square=square)
                left = net.conv(left, f"{name}.left.point", channels, half)
                left, right, inner = net.relu(left, f"{name}.left"), x, channels
            else:
                left, right = net.split(x, f"{name}.halves", [half, half], axis=1)
                inner = half
            right = net.conv(right, f"{name}.expand", inner, half, square=square)
            right = net.relu(right, f"{name}.expand")
            right = net.conv(right, f"{name}.depthwise", half, half, 3, stride, groups=half,
                             square=RELU)
            right = net.conv(right, f"{name}.point", half, half)
            right = net.relu(right, name)
            x = net.node("Concat", [left, right], f"{name}.concat", axis=1)
            x = shuffle(net, x, f"{name}.shuffle", filters)
            channels, square = filters, RELU
    x = net.conv(x, "head", channels, 1024, square=RELU)
    x = net.relu(x, "head")
    net.classifier(x, 1024, 0.2)
    return net.model(image(size), "scores", [1, 1000])
