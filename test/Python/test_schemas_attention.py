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
    depends = ((1, 2), (2, 2)) if past and not known else ()
    return Case("GroupQueryAttention", inputs, 3, depends=depends,
                num_heads=s.heads, kv_num_heads=key_heads)


def windowed():
    """A buffer shorter than the sequence, which forgets its beginning."""
    s = Sizes()
    lengths = np.full(1, 20, "int32")
    return Case("GroupQueryAttention",
                [floats(1, 1, s.width), floats(1, 1, s.width), floats(1, 1, s.width),
                 *(floats(1, s.heads, s.past, s.size) for _ in range(2)), lengths,
                 np.array(21, "int32")], 3, num_heads=s.heads, kv_num_heads=s.heads,
                sliding_window_cache=1, local_window_size=4)


def scores():
    """The products of queries and keys are an output, too."""
    case = group_query(known=True, packed=False, past=True)
    case.outputs, case.attributes["qk_output"] = [True] * 4, 1
    return case


def grouped():
    for known, packed in itertools.product((True, False), repeat=2):
        yield group_query(known, packed, past=False)
        yield group_query(known, packed, past=True)
        yield group_query(known, packed, past=True, room=7)
    yield windowed()
    yield scores()


# --- States of fixed size ----------------------------------------------------


def linear():
    s = Sizes()
    heads, key_heads = ((4, 2), (2, 4), (2, 2))[number(0, 2)]
    width = 5
    state = floats(s.batch, key_heads, s.size, width)
    gate = floats(s.batch, s.length, key_heads)
    return Case("LinearAttention",
                [floats(s.batch, s.length, heads * s.size),
                 floats(s.batch, s.length, key_heads * s.size),
                 floats(s.batch, s.length, key_heads * width), maybe(state), gate,
                 gate], 2, q_num_heads=heads, kv_num_heads=key_heads)


def causal():
    s = Sizes()
    channels, kernel, last = 4, number(2, 3), number(0, 1)
    shape = [s.batch, s.past, channels] if last else [s.batch, channels, s.past]
    return Case("CausalConvWithState",
                [floats(*shape), weight(channels, 1, kernel), maybe(weight(channels))],
                2, channels_last=last, dilation=number(1, 2))


def varlen_causal():
    channels, kernel, dilation = 4, number(2, 3), number(1, 2)
    tokens = number(6, 8)
    return Case("VarlenCausalConvWithState",
                [floats(tokens, channels), weight(channels, 1, kernel),
                 int32(0, 3, tokens), None,
                 floats(2, channels, (kernel - 1) * dilation)], 2, dilation=dilation)


def hashes():
    longest, heads = number(2, 4), number(1, 3)
    return Case("NGramHashMapping",
                [integers(9, *dims(2)), 1 + integers(9, longest),
                 2 + integers(9, (longest - 1) * heads)], 2, max_ngram_size=longest,
                n_head_per_ngram=heads, pad_id=0)


def rotary(op):
    s = Sizes()
    shape = ([s.batch, s.length, s.width] if chance() else
             [s.batch, s.heads, s.length, s.size])
    attributes = {"num_heads": s.heads}
    places = integers(3, s.batch, s.length)
    if op == "MRotaryEmbedding":
        places = np.stack([places] * 3)
        attributes.update(mrope_section=[2, 1, 1])
    return Case(op, [floats(*shape), places, floats(9, 4), floats(9, 4)], **attributes)


# --- What the CPU cannot run -------------------------------------------------


def packed():
    """Tokens without padding."""
    tokens, offsets = floats(7, 16), integers(8, 2, 5, dtype="int32")
    ends = int32(0, 3, 7)
    bias = floats(48)
    yield Case("PackedAttention", [tokens, floats(16, 48), bias, offsets, ends],
               num_heads=2, expected=[("float", [7, 16])])
    yield Case("PackedAttention", [tokens, floats(16, 56), floats(56), offsets, ends],
               num_heads=2, qkv_hidden_sizes=[16, 16, 24],
               expected=[("float", [7, 24])])
    yield Case("PackedMultiHeadAttention",
               [tokens, tokens, floats(7, 24), None, offsets, ends], num_heads=2,
               expected=[("float", [7, 24])])
    yield Case("PackedMultiHeadAttention",
               [floats(7, 2, 3, 8), None, None, None, offsets, ends], num_heads=2,
               expected=[("float", [7, 16])])
    yield Case("RemovePadding", [floats(2, 5, 16), int32(3, 4)], 4, depends=[(0, 0)],
               expected=[("float", [7, 16]), ("int32", [2, 5]), ("int32", [3]),
                         ("int32", [1])])
    yield Case("RestorePadding", [tokens, offsets], expected=[("float", [2, 5, 16])])
    yield from paged(tokens, ends)


def paged(tokens, ends):
    cache = floats(6, 4, 1, 8)
    where = [ends, int32(0, 2), integers(6, 2, 3, dtype="int32")]
    heads = {"num_heads": 2, "kv_num_heads": 1}
    same = [("float", [6, 4, 1, 8])]
    yield Case("PagedAttention", [tokens, floats(7, 8), floats(7, 8), cache, cache,
                                  *where], 3, **heads,
               expected=[("float", [7, 16])] + 2 * same)
    yield Case("PagedAttention", [floats(7, 32), None, None, cache, cache, *where], 3,
               **heads, expected=[("float", [7, 16])] + 2 * same)
    yield Case("PagedAttention", [tokens, None, None, cache, None, *where], 2, **heads,
               kv_cache_layout="LATENT", v_head_size=6,
               expected=[("float", [7, 12])] + same)


def masked_self():
    """Caches of attention with weights of its own: they grow, or are buffers."""
    inputs = [floats(2, 1, 16), floats(16, 48), floats(48), None,
              floats(2, 2, 4, 9, 4), None, int32(3)]
    for shared, length in ((0, 10), (1, 9)):
        yield Case("DecoderMaskedSelfAttention", inputs, 2, num_heads=4,
                   past_present_share_buffer=shared,
                   expected=[("float", [2, 1, 16]), ("float", [2, 2, 4, length, 4])])


def sparse():
    """The CPU's kernel wants caches bound to the same memory on both sides."""
    rows, columns = int32(0, 1, 2)[None], int32(0, 1)[None]
    caches = [floats(2, 2, 32, 8), floats(2, 2, 32, 8)]
    yield Case("SparseAttention",
               [floats(2, 3, 64), None, None, *caches, rows, columns, int32(3),
                int32(3, 3)], 3, num_heads=4, kv_num_heads=2, sparse_block_size=16,
               expected=[("float", [2, 3, 32])] + 2 * [("float", [2, 2, 32, 8])])


def biases():
    table = floats(32, 4)
    known = [Const(np.int64(5)), Const(np.int64(5))]
    yield Case("RelativePositionBias", [table, *known], max_distance=9,
               expected=[("float", [1, 4, 5, 5])])
    yield Case("RelativePositionBias", [table, np.array([5]), known[1]],
               max_distance=9, depends=[(0, 2)], expected=[("float", [1, 4, 5, 5])])
    gate = [floats(16), floats(1, 4, 5, 5), floats(4, 8), floats(8),
            floats(1, 4, 1, 1)]
    yield Case("GatedRelativePositionBias", [floats(2, 5, 16), *gate], num_heads=4,
               expected=[("float", [2, 4, 5, 5])])
    yield Case("GatedRelativePositionBias",
               [floats(7, 16), *gate, integers(8, 2, 5, dtype="int32")], num_heads=4,
               expected=[("float", [2, 4, 5, 5])])


def elsewhere():
    """Nodes that ONNX Runtime has for other devices only, or runs only there with
    these attributes: expectations are what docs/ContribOperators.md says."""
    yield from packed()
    yield from masked_self()
    yield from biases()
    yield from sparse()
    q = floats(2, 5, 16)
    yield Case("MultiHeadAttention", [floats(2, 5, 4, 3, 8)], num_heads=4,
               expected=[("float", [2, 5, 32])])
    yield Case("MultiHeadAttention", [floats(2, 3, 32), floats(2, 5, 4, 2, 8)],
               num_heads=4, expected=[("float", [2, 3, 32])])
    yield Case("LongformerAttention", [q, floats(16, 48), floats(48), floats(2, 5),
                                       floats(16, 48), floats(48),
                                       integers(2, 2, 5, dtype="int32")],
               num_heads=4, window=1, expected=[("float", [2, 5, 16])])
    flag = np.array([True])
    yield Case("DecoderAttention",
               [floats(5, 2, 16), floats(5, 2, 16), floats(16, 16), floats(16, 32),
                floats(48), None, None, None, flag, flag, flag, flag], 3, num_heads=4,
               depends=[(1, 2), (2, 2)],
               expected=[("float", [5, 2, 16])] + 2 * [("float", [2, 4, 5, 4])])
    half = lambda *s: floats(*s, dtype="float16")  # noqa: E731
    query, key = half(2, 4, 5, 8), half(2, 1, 5, 8)
    yield Case("GemmaRotaryEmbedding", [floats(2, 5, 8), query, query, key, key], 2,
               expected=[("float16", [2, 4, 5, 8]), ("float16", [2, 1, 5, 8])])
    yield from states()


def states():
    """Windows of states, and images."""
    yield Case("LinearAttention", [floats(2, 3, 16), floats(2, 3, 16), floats(2, 3, 12)],
               2, q_num_heads=2, kv_num_heads=2, state_window=3,
               expected=[("float", [2, 3, 12]), ("float", [3, 2, 2, 8, 6])])
    yield Case("CausalConvWithState", [floats(2, 4, 6, 7), floats(4, 1, 3, 3)], 2,
               ndim=2, expected=[("float", [2, 4, 6, 7]), ("float", [2, 4, 6, 2])])
    yield Case("CausalConvWithState", [floats(2, 4, 7), floats(4, 1, 3)], 2,
               state_window=5,
               expected=[("float", [2, 4, 7]), ("float", [5, 2, 4, 2])])


KINDS = (attention, multi_head, decoder_masked)
RECURRENT = (linear, causal, varlen_causal, hashes)


def test_attention():
    check(make() for make in KINDS for _ in range(2 * COUNT))


def test_grouped():
    check(case for _ in range(COUNT) for case in grouped())


def rotations():
    return [rotary(op) for op in ("RotaryEmbedding", "MRotaryEmbedding")]


def test_recurrent():
    check([make() for make in RECURRENT for _ in range(COUNT)]
          + [case for _ in range(COUNT) for case in rotations()])


def test_other_devices():
    check(elsewhere())


def test_tables():
    check_by = [make() for make in KINDS + RECURRENT]
    compare_schemas(FILES, [*check_by, *grouped(), *rotations(), *elsewhere()],
                    {"SparseAttention": "see its case"})
