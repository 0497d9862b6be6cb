"""Types of ONNX Runtime's operators for attention: what is inferred for random
nodes is what ONNX Runtime makes of them."""

import itertools

import numpy as np
from onnx import TensorProto

from schema_models import Case, Const, check, compare_schemas
from test_schemas import chance, dims, floats, integers, maybe, number, weight

COUNT = 4
FILES = ("Attention.cpp", "PackedAttention.cpp", "RecurrentAttention.cpp")


def int32(*values):
    return np.array(values, "int32")


class Sizes:
    """Random, but all different, so that mistaking one for another shows."""

    def __init__(self):
        self.batch, self.length, self.past, self.heads = (
            number(1, 2), number(3, 4), number(5, 6), number(2, 3) * 2)
        self.size = 8
        self.width = self.heads * self.size
        self.total = self.past + self.length

    def cache(self, length, heads=None):
        return floats(self.batch, heads or self.heads, length, self.size)


# --- Attention ---------------------------------------------------------------


def attention():
    s = Sizes()
    given, value_width = number(7, 9), s.width
    attributes = {"num_heads": s.heads}
    with_past = chance()
    if chance() and not with_past:
        value_width = 2 * s.width
        attributes.update(qkv_hidden_sizes=[s.width, s.width, value_width])
    columns = 2 * s.width + value_width
    past = floats(2, s.batch, s.heads, s.past, s.size) if with_past else None
    return Case("Attention",
                [floats(s.batch, s.length, given), weight(given, columns),
                 maybe(weight(columns)), None, past],
                2 if with_past or (value_width == s.width and chance()) else 1,
                unidirectional=number(0, 1), **attributes)


def multi_head():
    """Keys and values of their own, of another length, or a cache before them."""
    s = Sizes()
    keys = number(5, 7)
    width = s.heads * number(3, 5)
    key, value = floats(s.batch, keys, s.width), floats(s.batch, keys, width)
    inputs = [floats(s.batch, s.length, s.width), key, value]
    outputs, declared = 3, {}
    if chance():
        outputs, declared = [True, False, False, True], {3: TensorProto.FLOAT}
    if chance():
        inputs[1], inputs[2] = s.cache(keys), s.cache(keys)
        outputs, declared = 1, {}
    elif chance():
        inputs[2] = floats(s.batch, keys, s.width)
        inputs += [None, None, None, s.cache(s.past), s.cache(s.past)]
    return Case("MultiHeadAttention", inputs, outputs, declared=declared,
                num_heads=s.heads)


def decoder_masked():
    s = Sizes()
    row = lambda: floats(s.batch, 1, s.width)  # noqa: E731
    room = 9
    return Case("DecoderMaskedMultiHeadAttention",
                [row(), row(), row(), None, None, s.cache(room), s.cache(room),
                 int32(s.past)], 3, num_heads=s.heads, past_present_share_buffer=1)


# --- Groups of queries -------------------------------------------------------


def group_query(known, packed, past, room=0):
    """`room`: caches are buffers with space for so many more tokens."""
    s = Sizes()
    if past:  # the CPU wants it so
        s.batch, s.length = (1, s.length) if chance() else (2, 1)
    key_heads = s.heads // 2
    before = s.past if past else 0
    total = before + s.length
    lengths = np.full(s.batch, total - 1, "int32")
    inputs = [floats(s.batch, s.length, s.width)]
    if packed:
        columns = (s.heads + 2 * key_heads) * s.size
        inputs = [floats(s.batch, s.length, columns), None, None]
    else:
        inputs += [floats(s.batch, s.length, key_heads * s.size) for _ in range(2)]
    inputs += ([s.cache(before + room, key_heads) for _ in range(2)] if past
               else [None, None])
    total = np.array(total, "int32")
    inputs += [lengths, Const(total) if known else total]
    depends = () if known else ((1, 2), (2, 2))
    return Case("GroupQueryAttention", inputs, 3, depends=depends,
                num_heads=s.heads, kv_num_heads=key_heads)


def grouped():
    for known, packed in itertools.product((True, False), repeat=2):
        yield group_query(known, packed, past=False)
        yield group_query(known, packed, past=True)
        yield group_query(known, packed, past=True, room=7)


def test_attention():
    check(make() for make in (attention, multi_head, decoder_masked)
          for _ in range(2 * COUNT))
    check(case for _ in range(COUNT) for case in grouped())
