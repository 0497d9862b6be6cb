"""What a generated network is made of: nodes with names, and random weights."""

import zlib

import numpy
import onnx
from onnx import TensorProto, helper, numpy_helper

# Mean square of what an activation passes on for unit variance; the weights
# behind it are scaled up by its inverse.
LINEAR, RELU, SWISH = 1.0, 0.5, 0.356
INPUT = 1 / 3  # uniform in [-1, 1), as utils/run-parts makes inputs


class Network:
    """Collects nodes and weights of one graph. Every node and every weight has
    a name that tells the layer. `parameters` counts as Keras does, with four
    figures a channel for a batch normalisation, also where it is folded."""

    def __init__(self, name, fold):
        self.name = name
        self.fold = fold
        self.nodes = []
        self.weights = []
        self.parameters = 0
        self.random = numpy.random.default_rng(zlib.crc32(name.encode()))

    def uniform(self, shape, low, high):
        return low + (high - low) * self.random.random(shape)

    def spread(self, shape, variance):
        """Random numbers around 0 with that variance."""
        return self.uniform(shape, -1, 1) * (3 * variance) ** 0.5

    def constant(self, name, values, dtype="float32"):
        array = numpy.asarray(values, dtype=dtype, order="C")
        self.weights.append(numpy_helper.from_array(array, name))
        return name

    def parameter(self, name, values):
        self.parameters += values.size
        return self.constant(name, values)

    def node(self, op, inputs, name, **attributes):
        self.nodes.append(
            helper.make_node(op, inputs, [f"{name}.out"], name=name, **attributes))
        return f"{name}.out"

    def extent(self, x, name, axis):
        """That extent of x as a tensor of one element, as exporters write what
        they leave open."""
        shape = self.node("Shape", [x], f"{name}.shape")
        axis = self.integers(axis)
        return self.node("Gather", [shape, axis], f"{name}.extent", axis=0)

    def reshape(self, x, name, sizes):
        """To these extents: numbers, or what `extent` returns."""
        parts = [size if isinstance(size, str) else self.integers(size) for size in sizes]
        shape = self.node("Concat", parts, f"{name}.shape", axis=0)
        return self.node("Reshape", [x, shape], name)

    def split(self, x, name, sizes, axis):
        outputs = [f"{name}.out{i}" for i in range(len(sizes))]
        self.nodes.append(helper.make_node("Split", [x, self.integers(*sizes)], outputs,
                                           name=name, axis=axis))
        return outputs

    def shared(self, name, values, dtype="float32"):
        """A constant that several nodes read; there is one of the name."""
        if name not in (weight.name for weight in self.weights):
            self.constant(name, values, dtype)
        return name

    def integers(self, *values):
        return self.shared("integers_" + "_".join(map(str, values)), values, "int64")

    def conv(self, x, name, channels, filters, kernel=1, stride=1, pads=None,
             groups=1, square=LINEAR, bias=False, norm=True, gain=1.0):
        """A convolution and, with `norm`, its batch normalisation. `square` is
        the mean square of the input; `gain` the deviation of the output."""
        fan_in = channels // groups * kernel * kernel
        shape = [filters, channels // groups, kernel, kernel]
        weight = self.spread(shape, 1 / (fan_in * square))
        offset = self.spread(filters, 0.01) if bias else None
        self.parameters += weight.size + (filters if bias else 0)
        if norm:
            scale = gain * self.uniform(filters, 0.8, 1.2)
            shift = gain * self.spread(filters, 0.01)
            mean = self.spread(filters, 0.01)
            variance = self.uniform(filters, 0.8, 1.2)
            self.parameters += 4 * filters
            if self.fold:
                # y = scale (x - mean) / sqrt(variance) + shift
                factor = scale / numpy.sqrt(variance + 1e-3)
                weight = weight * factor[:, None, None, None]
                before = offset if bias else 0
                offset = (before - mean) * factor + shift
        else:
            weight = weight * gain
        inputs = [x, self.constant(f"{name}.weight", weight)]
        if offset is not None:
            inputs.append(self.constant(f"{name}.bias", offset))
        pads = pads or [kernel // 2] * 4
        out = self.node("Conv", inputs, name, kernel_shape=[kernel, kernel],
                        strides=[stride, stride], pads=pads, group=groups)
        if norm and not self.fold:
            inputs = [out] + [
                self.constant(f"{name}.norm.{part}", values) for part, values in
                (("scale", scale), ("shift", shift), ("mean", mean),
                 ("variance", variance))]
            out = self.node("BatchNormalization", inputs, f"{name}.norm", epsilon=1e-3)
        return out

    def relu(self, x, name):
        return self.node("Relu", [x], f"{name}.relu")

    def relu6(self, x, name):
        limits = [self.shared("zero", 0.0), self.shared("six", 6.0)]
        return self.node("Clip", [x, *limits], f"{name}.relu6")

    def swish(self, x, name):
        gate = self.node("Sigmoid", [x], f"{name}.sigmoid")
        return self.node("Mul", [x, gate], f"{name}.swish")

    def classifier(self, x, channels, square, classes=1000):
        """Global average, one fully connected layer, Softmax. Averages are
        small, hence the logits are scaled up."""
        x = self.node("GlobalAveragePool", [x], "pool")
        x = self.node("Flatten", [x], "flatten", axis=1)
        x = self.dense(x, "classifier", channels, classes, square)
        return self.node("Softmax", [x], "probabilities", axis=1)

    def dense(self, x, name, rows, columns, square):
        weight = self.spread([rows, columns], 1 / (rows * square))
        inputs = [x, self.parameter(f"{name}.weight", weight),
                  self.parameter(f"{name}.bias", self.spread(columns, 0.01))]
        return self.node("Gemm", inputs, name)

    def model(self, input_value, output, output_shape):
        result = helper.make_tensor_value_info(output, TensorProto.FLOAT, output_shape)
        model = self.finish([input_value], [result])
        onnx.checker.check_model(model)
        return model

    def finish(self, inputs, outputs):
        """The last node makes the first of the outputs."""
        self.nodes[-1].output[0] = outputs[0].name
        graph = helper.make_graph(self.nodes, self.name, inputs, outputs, self.weights)
        domains = {"": 17, "com.microsoft": 1}
        used = sorted({node.domain for node in self.nodes} | {""})
        return helper.make_model(
            graph, ir_version=8, producer_name="onnx-split make-models",
            opset_imports=[helper.make_opsetid(name, domains[name]) for name in used])


def image(size):
    return helper.make_tensor_value_info("image", TensorProto.FLOAT, [1, 3, size, size])
