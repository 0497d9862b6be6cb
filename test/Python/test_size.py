"""Models larger than memory and than protobuf allows, in sparse files, so that
nothing of that size is written; and what the process itself takes."""

import os
import subprocess

import numpy
import onnx
import pytest
from onnx import TensorProto, helper

import split

GIB = 1 << 30
MAX_RESIDENT = 150 << 20
MAX_MESSAGE = 2**31 - 1


def run(folder, *options, devices=2):
    """Splits folder/model.onnx and returns exit status, messages and the
    largest resident size in bytes."""
    (folder / "cluster.yaml").write_text(split.even_cluster(devices))
    with open(folder / "stderr", "w+") as errors:
        process = subprocess.Popen(
            [str(split.BIN / "onnx-split"), str(folder / "model.onnx"), "--devices",
             str(folder / "cluster.yaml"), "-o", str(folder / "parts"), "--force",
             *options], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=errors)
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        errors.seek(0)
        return process.returncode, errors.read(), usage.ru_maxrss * 1024


@pytest.mark.parametrize("extension", ["textproto", "onnxtxt"])
def test_text_beyond_what_protobuf_reads(scratch, extension):
    """Sizes are int there, so that 2 GiB of text would be less than none."""
    with open(scratch / f"model.{extension}", "wb") as file:
        file.truncate(2 * GIB)
    (scratch / "cluster.yaml").write_text(split.even_cluster(2))
    done = split.onnx_split(scratch / f"model.{extension}", "--devices",
                            scratch / "cluster.yaml", "--dry-run")
    assert done.returncode == 1
    assert "2147483648 bytes of text" in done.stderr


def weight(name, dims, location, offset, length, dtype=TensorProto.FLOAT):
    tensor = onnx.TensorProto(name=name, dims=dims, data_type=dtype,
                              data_location=TensorProto.EXTERNAL)
    for key, value in (("location", location), ("offset", offset), ("length", length)):
        tensor.external_data.add(key=key, value=str(value))
    return tensor


def chain(weights):
    """x times the first weight times the second and so on, as elements of rows."""
    nodes, last = [], "x"
    for index, tensor in enumerate(weights):
        nodes.append(helper.make_node("Gather", [tensor.name, last], [f"g{index}"], axis=0))
        nodes.append(helper.make_node("Cast", [f"g{index}"], [f"i{index}"],
                                      to=TensorProto.INT64))
        last = f"i{index}"
    graph = helper.make_graph(
        nodes, "g", [helper.make_tensor_value_info("x", TensorProto.INT64, [1])],
        [helper.make_tensor_value_info(last, TensorProto.INT64, [1])], weights)
    return helper.make_model(graph, ir_version=8,
                             opset_imports=[helper.make_opsetid("", 17)])


def sparse(path, size, marks=()):
    """A file of holes, with a few bytes at given offsets."""
    with open(path, "wb") as file:
        for offset, data in marks:
            file.seek(offset)
            file.write(data)
        file.truncate(size)


def allocated(path):
    return path.stat().st_blocks * 512


def external_ranges(model):
    """Name to (offset, length) of a part's weights."""
    result = {}
    for tensor in model.graph.initializer:
        entries = {entry.key: entry.value for entry in tensor.external_data}
        if entries:
            result[tensor.name] = (int(entries["offset"]), int(entries["length"]))
    return result


def test_twenty_gigabytes(scratch):
    """Five weights of 4 GiB in one file, at offsets above 2^32, of which each
    has a mark at its end."""
    marks = [((i + 1) * 4 * GIB - 8, b"mark%04d" % i) for i in range(5)]
    sparse(scratch / "weights.bin", 20 * GIB, marks)
    weights = [weight(f"w{i}", [GIB], "weights.bin", i * 4 * GIB, 4 * GIB)
               for i in range(5)]
    onnx.save(chain(weights), scratch / "model.onnx")
    status, messages, resident = run(scratch, devices=3)
    assert status == 0, messages
    assert resident <= MAX_RESIDENT
    parts = split.load_parts_without_weights(scratch / "parts")
    found = {}
    for file, model in zip(parts.files, parts.models):
        data = file.with_name(file.name + ".data")
        assert allocated(data) < 1 << 20, "the holes are gone"
        with open(data, "rb") as content:
            for name, (offset, length) in external_ranges(model).items():
                assert offset % 4096 == 0 and length == 4 * GIB
                content.seek(offset + length - 8)
                found[name] = content.read(8)
    assert found == {f"w{i}": b"mark%04d" % i for i in range(5)}


def test_dry_run_needs_no_weights(scratch):
    weights = [weight(f"w{i}", [GIB], "missing.bin", i * 4 * GIB, 4 * GIB)
               for i in range(5)]
    onnx.save(chain(weights), scratch / "model.onnx")
    status, messages, resident = run(scratch, "--dry-run")
    assert status == 0, messages
    assert resident <= MAX_RESIDENT


def varint(value):
    result = bytearray()
    while value >= 0x80:
        result.append(value & 0x7F | 0x80)
        value >>= 7
    result.append(value)
    return bytes(result)


def test_eight_gigabytes_inside_the_model(scratch):
    """No program with protobuf could read it, but its wire format goes on
    beyond 2 GiB. The parts have their weights in data files."""
    count, size = 4, 2 * GIB - 4096
    shell = chain([onnx.TensorProto(name=f"w{i}") for i in range(count)])
    del shell.graph.initializer[:]
    graph = shell.graph.SerializeToString()
    heads = [onnx.TensorProto(name=f"w{i}", dims=[size // 4], data_type=1)
             .SerializeToString() + b"\x4a" + varint(size) for i in range(count)]
    heads = [b"\x2a" + varint(len(head) + size) + head for head in heads]
    shell.ClearField("graph")
    with open(scratch / "model.onnx", "wb") as file:
        file.write(shell.SerializeToString())
        file.write(b"\x3a" + varint(len(graph) + sum(map(len, heads)) + count * size))
        file.write(graph)
        for index, head in enumerate(heads):
            file.write(head + b"%04d" % index)
            file.seek(size - 4, os.SEEK_CUR)
        file.truncate(file.tell())
    status, messages, resident = run(scratch, devices=2)
    assert status == 0, messages
    assert resident <= MAX_RESIDENT
    parts = split.load_parts_without_weights(scratch / "parts")
    found = {}
    for file, model in zip(parts.files, parts.models):
        with open(file.with_name(file.name + ".data"), "rb") as content:
            for name, (offset, length) in external_ranges(model).items():
                content.seek(offset)
                found[name] = length, content.read(4)
    assert found == {f"w{i}": (size, b"%04d" % i) for i in range(count)}
    status, messages, _ = run(scratch, "--weights=embed")
    assert status == 4 and "protobuf takes at most 2147483647; use --weights=external" in messages


def test_at_the_limit_of_two_gigabytes(scratch):
    """A part of 2^31 - 1 bytes is embedded, one of a byte more is not."""

    def attempt(length, mode):
        sparse(scratch / "weights.bin", 2 * GIB)
        onnx.save(chain([weight("w", [length], "weights.bin", 0, length,
                                TensorProto.UINT8)]), scratch / "model.onnx")
        status, messages, resident = run(scratch, f"--weights={mode}", devices=1)
        assert resident <= MAX_RESIDENT
        return status, messages

    guess = 2**31 - 1000
    assert attempt(guess, "embed")[0] == 0
    file, = (scratch / "parts").glob("*.onnx")
    fits = guess + MAX_MESSAGE - file.stat().st_size
    assert attempt(fits, "embed")[0] == 0
    assert file.stat().st_size == MAX_MESSAGE
    status, messages = attempt(fits + 1, "embed")
    assert status == 4, messages
    assert f"would have {MAX_MESSAGE + 1} bytes" in messages
    assert attempt(fits + 1, "auto")[0] == 0
    assert len(list((scratch / "parts").glob("*.data"))) == 1


def test_overlapping_ranges_of_one_file(scratch):
    """Tensors that share bytes, in parts of their own and together."""
    values = numpy.arange(4096, dtype="float32")
    (scratch / "weights.bin").write_bytes(values.tobytes())
    ranges = {"a": (0, 1024), "b": (512, 1024), "c": (0, 1024), "d": (1000, 3096)}
    weights = [weight(name, [count], "weights.bin", start * 4, count * 4)
               for name, (start, count) in ranges.items()]
    onnx.save(chain(weights), scratch / "model.onnx")
    for devices in (1, 2, 4):
        status, messages, _ = run(scratch, devices=devices)
        assert status == 0, messages
        seen = {}
        for file in (scratch / "parts").glob("*.onnx"):
            for tensor in onnx.load(file).graph.initializer:
                seen[tensor.name] = onnx.numpy_helper.to_array(tensor)
        for name, (start, count) in ranges.items():
            assert numpy.array_equal(seen[name], values[start:start + count])


@pytest.mark.parametrize("options", [(), ("--weights=external",)])
def test_a_file_with_holes_and_data(scratch, options):
    """Holes and data in turn, at offsets that are no pages."""
    random = numpy.random.default_rng(0)
    marks = [(int(start), random.bytes(int(length))) for start, length in
             zip(numpy.cumsum(random.integers(1, 300_000, 40)), random.integers(1, 9000, 40))]
    size = 16 << 20
    sparse(scratch / "weights.bin", size, marks)
    onnx.save(chain([weight("w", [size - 4096], "weights.bin", 4096, size - 4096,
                            TensorProto.UINT8)]), scratch / "model.onnx")
    status, messages, _ = run(scratch, *options, devices=1)
    assert status == 0, messages
    file, = (scratch / "parts").glob("*.onnx")
    tensor = onnx.load(file).graph.initializer[0]
    assert tensor.raw_data == (scratch / "weights.bin").read_bytes()[4096:]
