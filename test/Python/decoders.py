"""Decoders with made weights, and the loop that a user would write around one."""

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
