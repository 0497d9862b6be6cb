"""Random numbers that are the same everywhere: those of the C++ standard's
`mt19937_64`, seeded with a hash (XXH3, 64 bits) of a name, as onnx-split-run has them.

NumPy's generators have other sequences for the same seeds.
"""

from __future__ import annotations

import numpy

_MASK = 2**64 - 1

# --- The generator: parameters as the C++ standard names them ---------------------------

_N, _M = 312, 156
_UPPER, _LOWER = numpy.uint64(_MASK & ~0x7FFFFFFF), numpy.uint64(0x7FFFFFFF)
_A = numpy.uint64(0xB5026F5AA96619E9)
_F = 6364136223846793005
_TEMPERING = tuple(numpy.uint64(one) for one in (
    29, 0x5555555555555555, 17, 0x71D67FFFEDA60000, 37, 0xFFF7EEE000000000, 43))


class MersenneTwister64:
    """`std::mt19937_64`."""

    def __init__(self, seed: int) -> None:
        words = [seed & _MASK]
        for index in range(1, _N):
            last = words[-1]
            words.append((_F * (last ^ (last >> 62)) + index) & _MASK)
        self._state = numpy.array(words, "uint64")
        self._ready = numpy.empty(0, "uint64")

    def _next_block(self) -> numpy.ndarray:
        """The next 312 numbers. Each word depends on two old ones and on one that is
        156 places further, so that halves can be computed at once."""
        old = self._state
        state = old.copy()

        def twist(first: numpy.ndarray, second: numpy.ndarray,
                  far: numpy.ndarray) -> numpy.ndarray:
            mixed = (first & _UPPER) | (second & _LOWER)
            odd = (mixed & numpy.uint64(1)) * _A
            return numpy.asarray(far ^ (mixed >> numpy.uint64(1)) ^ odd)

        half = _N - _M
        state[:half] = twist(old[:half], old[1:half + 1], old[_M:])
        state[half:-1] = twist(old[half:-1], old[half + 1:], state[:_M - 1])
        state[-1:] = twist(old[-1:], state[:1], state[_M - 1:_M])
        self._state = state
        u, d, s, b, t, c, last = _TEMPERING
        out = state ^ ((state >> u) & d)
        out ^= (out << s) & b
        out ^= (out << t) & c
        return numpy.asarray(out ^ (out >> last))

    def draw(self, count: int) -> numpy.ndarray:
        """The next so many numbers, as uint64."""
        blocks = [self._ready]
        there = self._ready.size
        while there < count:
            blocks.append(self._next_block())
            there += _N
        numbers = numpy.concatenate(blocks)
        self._ready = numbers[count:]
        return numbers[:count]

    def next(self) -> int:
        return int(self.draw(1)[0])


# --- The hash: https://github.com/Cyan4973/xxHash, doc/xxhash_spec.md -------------------

_SECRET = bytes.fromhex(
    "b8fe6c3923a44bbe7c01812cf721ad1cded46de9839097db7240a4a4b7b3671f"
    "cb79e64eccc0e578825ad07dccff7221b8084674f743248ee03590e6813a264c"
    "3c2852bb91c300cb88d0658b1b532ea371644897a20df94e3819ef46a9deacd8"
    "a8fa763fe39c343ff9dcbbc7c70b4f1d8a51e04bcdb45931c89f7ec9d9787364"
    "eac5ac8334d3ebc3c581a0fffa1363eb170ddd51b7f0da49d316552629d4689e"
    "2b16be587d47a1fc8ff8b8d17ad031ce45cb3a8f95160428afd7fbcabb4b407e")
_P32 = (0x9E3779B1, 0x85EBCA77, 0xC2B2AE3D)
_P64 = (0x9E3779B185EBCA87, 0xC2B2AE3D27D4EB4F, 0x165667B19E3779F9, 0x85EBCA77C2B2AE63,
        0x27D4EB2F165667C5)
_PMX = (0x165667919E3779F9, 0x9FB21C651E98DF25)


def _word(data: bytes, place: int, size: int = 8) -> int:
    return int.from_bytes(data[place:place + size], "little")


def _fold(one: int, other: int) -> int:
    product = one * other
    return (product & _MASK) ^ (product >> 64)


def _avalanche(value: int, shift: int = 37, factor: int = _PMX[0], last: int = 32) -> int:
    value ^= value >> shift
    value = value * factor & _MASK
    return value ^ (value >> last)


def _avalanche_old(value: int) -> int:
    value = (value ^ (value >> 33)) * _P64[1] & _MASK
    value = (value ^ (value >> 29)) * _P64[2] & _MASK
    return value ^ (value >> 32)


def _hash_short(data: bytes) -> int:
    """Of 16 bytes at most."""
    size = len(data)
    if size == 0:
        return _avalanche_old(_word(_SECRET, 56) ^ _word(_SECRET, 64))
    if size <= 3:
        mixed = data[0] << 16 | data[size >> 1] << 24 | data[-1] | size << 8
        return _avalanche_old(mixed ^ _word(_SECRET, 0, 4) ^ _word(_SECRET, 4, 4))
    if size <= 8:
        mixed = _word(data, size - 4, 4) + (_word(data, 0, 4) << 32)
        value = mixed ^ _word(_SECRET, 8) ^ _word(_SECRET, 16)
        value ^= (value << 49 | value >> 15) & _MASK ^ (value << 24 | value >> 40) & _MASK
        value = value * _PMX[1] & _MASK
        value ^= (value >> 35) + size
        value = value * _PMX[1] & _MASK
        return value ^ (value >> 28)
    low = _word(data, 0) ^ _word(_SECRET, 24) ^ _word(_SECRET, 32)
    high = _word(data, size - 8) ^ _word(_SECRET, 40) ^ _word(_SECRET, 48)
    swapped = int.from_bytes(low.to_bytes(8, "little"), "big")
    return _avalanche((size + swapped + high + _fold(low, high)) & _MASK)


def _mix16(data: bytes, place: int, secret: int) -> int:
    return _fold(_word(data, place) ^ _word(_SECRET, secret),
                 _word(data, place + 8) ^ _word(_SECRET, secret + 8))


def _hash_middle(data: bytes) -> int:
    """Of 17 to 240 bytes."""
    size = len(data)
    total = size * _P64[0]
    if size <= 128:
        for step in range((size - 1) // 32, -1, -1):
            total += _mix16(data, 16 * step, 32 * step)
            total += _mix16(data, size - 16 * (step + 1), 32 * step + 16)
        return _avalanche(total & _MASK)
    for step in range(8):
        total += _mix16(data, 16 * step, 16 * step)
    total = _avalanche(total & _MASK)
    for step in range(8, size // 16):
        total += _mix16(data, 16 * step, 16 * (step - 8) + 3)
    total += _mix16(data, size - 16, 136 - 17)
    return _avalanche(total & _MASK)


def _accumulate(lanes: list[int], data: bytes, place: int, secret: int) -> None:
    for lane in range(8):
        value = _word(data, place + 8 * lane)
        key = value ^ _word(_SECRET, secret + 8 * lane)
        lanes[lane ^ 1] = (lanes[lane ^ 1] + value) & _MASK
        lanes[lane] = (lanes[lane] + (key & 0xFFFFFFFF) * (key >> 32)) & _MASK


def _hash_long(data: bytes) -> int:
    """Of more than 240 bytes: stripes of 64 bytes in blocks of 1024."""
    lanes = [_P32[2], _P64[0], _P64[1], _P64[2], _P64[3], _P32[1], _P64[4], _P32[0]]
    size = len(data)
    per_block = (len(_SECRET) - 64) // 8
    for number in range((size - 1) // 64):
        step = number % per_block
        _accumulate(lanes, data, 64 * number, 8 * step)
        if step == per_block - 1:
            for lane in range(8):
                key = _word(_SECRET, len(_SECRET) - 64 + 8 * lane)
                value = lanes[lane] ^ (lanes[lane] >> 47) ^ key
                lanes[lane] = value * _P32[0] & _MASK
    _accumulate(lanes, data, size - 64, len(_SECRET) - 64 - 7)
    total = size * _P64[0]
    for pair in range(4):
        total += _fold(lanes[2 * pair] ^ _word(_SECRET, 11 + 16 * pair),
                       lanes[2 * pair + 1] ^ _word(_SECRET, 19 + 16 * pair))
    return _avalanche(total & _MASK)


def hash_name(name: str) -> int:
    """XXH3 of the name's UTF-8, 64 bits."""
    data = name.encode("utf-8", "surrogateescape")
    if len(data) <= 16:
        return _hash_short(data)
    return _hash_middle(data) if len(data) <= 240 else _hash_long(data)


def seeded(seed: int, number: int) -> MersenneTwister64:
    """For one of many streams of a seed, which differ by a number."""
    return MersenneTwister64(seed * 0x9E3779B97F4A7C15 + number)


def uniform(numbers: numpy.ndarray) -> numpy.ndarray:
    """Doubles in [-1, 1)."""
    return numpy.asarray((numbers >> numpy.uint64(11)).astype("float64") / 2**52 - 1)
