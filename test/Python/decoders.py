"""Decoders with made weights, and the loop that a user would write around one."""

import dataclasses
import sys

import numpy
import onnx

import split

sys.path.insert(0, str(split.ROOT / "utils/bench"))

from networks import decoder  # noqa: E402
from networks.network import Network  # noqa: E402

SIZE = decoder.SIZES["1m"]
# A point of decoding; the parts leave all of it open. No test needs the best plan.
DECODING = ["--assume=batch_size=1", "--assume=sequence_length=1", "--time-limit=500ms"]
CACHE = 4 * SIZE.kv_heads * SIZE.head * 1023  # bytes of one cache at that point
ALL_PAIRS = [(f"past_key_values.{layer}.{part}", f"present.{layer}.{part}")
             for layer in range(SIZE.layers) for part in ("key", "value")]


class Decoder:
    def __init__(self, kind, path):
        self.path = path
        # One convention has a name of its own for the sum.
        self.total = kind == "int4"

    def at(self, past):
        values = [f"past_sequence_length={past}"]
        return values + [f"total_sequence_length={past + 1}"] * self.total

    @property
    def decoding(self):
        return [*DECODING, *(f"--assume={value}" for value in self.at(1023))]


def make(kind, folder):
    """As an exporter of that kind writes it."""
    path = folder / f"{kind}.onnx"
    onnx.save(getattr(decoder, kind)(Network(kind, fold=True), SIZE), path)
    return Decoder(kind, path)


class Shape:
    """Weights that need no memory: nothing but how many there are."""

    def __init__(self, shape):
        self.shape = list(shape) if isinstance(shape, (list, tuple)) else [shape]
        self.size = numpy.prod(self.shape, dtype=int)

    def __rmul__(self, factor):
        return self


class Skeleton(Network):
    """A network for planning, whose weights would be in a file that there is not."""

    def spread(self, shape, variance):
        return Shape(shape)

    def constant(self, name, values, dtype="float32"):
        if not isinstance(values, Shape):
            return super().constant(name, values, dtype)
        weight = onnx.TensorProto(name=name, dims=values.shape, data_location="EXTERNAL",
                                  data_type=onnx.TensorProto.FLOAT)
        weight.external_data.add(key="location", value="absent.data")
        weight.external_data.add(key="length", value=str(4 * values.size))
        self.weights.append(weight)
        return name


def make_large(folder):
    """0.84 billion parameters in the convention of Optimum: the first 16 of the 22
    layers of the billion. Returns the path and the bytes of the weights."""
    size = dataclasses.replace(decoder.SIZES["1b"], layers=16)
    net = Skeleton("large", fold=True)
    onnx.save(decoder.plain(net, size), folder / "large.onnx")
    return Decoder("plain", folder / "large.onnx"), 4 * net.parameters


class Whole:
    def __init__(self, path):
        self.session = split.tools.session(path, False)
        self.outputs = [value.name for value in self.session.get_outputs()]

    def start(self, states):
        self.states = dict(states)

    def run(self, inputs):
        made = dict(zip(self.outputs, self.session.run(self.outputs, {**inputs, **self.states})))
        self.states = {one: made[other] for one, other in ALL_PAIRS}
        return made


def tokens_of(runner, has_positions, prompt, count):
    """Greedy tokens, and the logits of each step."""
    empty = numpy.zeros([1, SIZE.kv_heads, 0, SIZE.head], "float32")
    runner.start({name: empty for name, _ in ALL_PAIRS})
    given, total, tokens, scores = numpy.array([prompt], "int64"), 0, [], []
    for _ in range(count):
        total += given.shape[1]
        inputs = {"input_ids": given, "attention_mask": numpy.ones([1, total], "int64")}
        if has_positions:
            inputs["position_ids"] = numpy.arange(total - given.shape[1], total)[None]
        scores.append(runner.run(inputs)["logits"])
        tokens.append(int(scores[-1][0, -1].argmax()))
        given = numpy.array([[tokens[-1]]], "int64")
    return tokens, scores
