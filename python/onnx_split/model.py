"""Models that are in memory."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, BinaryIO

from .files import GivenFile, TemporaryFolder

if TYPE_CHECKING:
    import onnx

# Protobuf writes no message of 2 GiB, and what a model has beside its weights is
# small. Above this its weights go to a file of their own.
_MOST_INLINE = 1 << 30
# Of weights that go there; smaller ones hold shapes and the like.
_LEAST_EXTERNAL = 1 << 10
# Runtimes map the data, which needs the alignment of a page.
_ALIGNMENT = 4096


def model_file(model: str | os.PathLike[str] | onnx.ModelProto) -> GivenFile:
    """The file of a model; one is written where there is none yet.

    Weights that an onnx.ModelProto only refers to are not found from there: plans
    need none, but to write the parts give the model as a file.
    """
    if isinstance(model, (str, os.PathLike)):
        return GivenFile(os.fspath(model))
    folder = TemporaryFolder()
    path = folder.path / "model.onnx"
    # One by one: of a whole that is too large there is no size.
    if sum(tensor.ByteSize() for tensor in model.graph.initializer) > _MOST_INLINE:
        with open(path.with_suffix(".data"), "wb") as data:
            model = _without_weights(model, data)
    path.write_bytes(model.SerializeToString())
    return GivenFile.made(folder, path.name, "<model>")


def _without_weights(model: onnx.ModelProto, data: BinaryIO) -> onnx.ModelProto:
    """A copy with its large weights in `data`. These are never copied in memory."""
    small = type(model)()
    for descriptor, value in model.ListFields():
        if descriptor.name != "graph":
            _copy(small, descriptor.name, value)
    for descriptor, value in model.graph.ListFields():
        if descriptor.name != "initializer":
            _copy(small.graph, descriptor.name, value)
    for tensor in model.graph.initializer:
        copy = small.graph.initializer.add()
        if len(tensor.raw_data) < _LEAST_EXTERNAL:
            copy.CopyFrom(tensor)
            continue
        copy.name, copy.data_type = tensor.name, tensor.data_type
        copy.dims.extend(tensor.dims)
        copy.data_location = copy.EXTERNAL
        data.write(bytes(-data.tell() % _ALIGNMENT))
        for key, value in (("location", "model.data"), ("offset", str(data.tell())),
                           ("length", str(len(tensor.raw_data)))):
            copy.external_data.add(key=key, value=value)
        data.write(tensor.raw_data)
    return small


def _copy(message: object, name: str, value: object) -> None:
    """Sets a field of any kind, without knowing which there are."""
    if hasattr(value, "CopyFrom"):
        getattr(message, name).CopyFrom(value)
    elif isinstance(value, (bool, int, float, str, bytes)):
        setattr(message, name, value)
    else:
        getattr(message, name).extend(value)
