"""The nodes of an ONNX file's main graph, and its digest as onnx-split counts it,
without the package onnx."""

from __future__ import annotations

import hashlib
import mmap
import pathlib
from dataclasses import dataclass

from .errors import RunError
from .wire_format import (DELIMITED, Field, WireError, delimited_field, delimited_header, fields,
                          varint_field)

# Numbers of fields in onnx.proto.
_GRAPH, _FUNCTION, _NODE = 7, 25, 1
_NODE_OUTPUT, _NODE_NAME, _NODE_OPERATOR, _NODE_DOMAIN = 2, 3, 4, 7

# A tensor's only payload of at least so many bytes is no part of the digest; the last
# field number that there is takes its place, with the payload's number.
_PAYLOAD_BYTES, _MARKER = 1024, 2**29 - 1
_PAYLOADS = (4, 5, 7, 9, 10, 11)

# The messages on the way from a model to its tensors, by field.
_CHILDREN = {
    "model": {_GRAPH: "graph", _FUNCTION: "function"},
    "graph": {_NODE: "node", 5: "tensor", 15: "sparse"},
    "function": {7: "node"},
    "node": {5: "attribute"},
    "attribute": {5: "tensor", 10: "tensor", 6: "graph", 11: "graph", 22: "sparse",
                  23: "sparse"},
    "sparse": {1: "tensor", 2: "tensor"},
    "tensor": {},
}


@dataclass(frozen=True)
class Node:
    name: str
    operator: str
    domain: str
    outputs: tuple[str, ...]


class _Skeleton:
    """A model without its large payloads."""

    def __init__(self, data: memoryview) -> None:
        self._data, self._payloads = data, 0

    def _payload(self, start: int, end: int) -> Field | None:
        """The only one of a tensor, or none where it has several."""
        found = [field for field in fields(self._data, start, end) if field.number in _PAYLOADS]
        large = [field for field in found if field.wire_type == DELIMITED
                 and field.end - field.contents_start >= _PAYLOAD_BYTES]
        return large[0] if len(found) == 1 and large else None

    def strip(self, kind: str, start: int, end: int) -> bytes:
        """The message between two places. Lengths around a payload change, so that they
        are written anew."""
        payload = self._payload(start, end) if kind == "tensor" else None
        number = self._payloads
        if payload is not None:
            self._payloads += 1
        out = bytearray()
        for field in fields(self._data, start, end):
            if payload is not None and field.start == payload.start:
                continue
            child = (_CHILDREN[kind].get(field.number) if field.wire_type == DELIMITED else None)
            if child is None:
                out += self._data[field.start:field.end]
                continue
            contents = self.strip(child, field.contents_start, field.end)
            out += delimited_header(field.number, len(contents)) + contents
        if payload is not None:
            out += varint_field(_MARKER, number)
        return bytes(out)


def _read_node(data: memoryview, field: Field) -> Node:
    texts: dict[int, str] = {}
    outputs = []
    for one in fields(data, field.contents_start, field.end):
        if one.number in (_NODE_OUTPUT, _NODE_NAME, _NODE_OPERATOR, _NODE_DOMAIN):
            texts[one.number] = bytes(data[one.contents_start:one.end]).decode(errors="replace")
            if one.number == _NODE_OUTPUT:
                outputs.append(texts[one.number])
    return Node(texts.get(_NODE_NAME, ""), texts.get(_NODE_OPERATOR, ""),
                texts.get(_NODE_DOMAIN, ""), tuple(outputs))


class ModelFile:
    """A binary ONNX file, mapped and not loaded."""

    def __init__(self, path: str | pathlib.Path) -> None:
        self.path = pathlib.Path(path)
        try:
            with self.path.open("rb") as file:
                self._data = memoryview(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ))
        except IsADirectoryError:
            raise RunError(f"{path}: cannot read the model: it is a folder; name the file in "
                           "it") from None
        except OSError as error:
            raise RunError(f"{path}: cannot read the model: {error.strerror}") from None
        except ValueError:
            raise RunError(f"{path}: the file is empty, so it is no ONNX model") from None
        try:
            self._graph = [field for field in fields(self._data) if field.number == _GRAPH]
            if len(self._graph) != 1 or self._graph[0].wire_type != DELIMITED:
                raise WireError("it has no graph")
            self.nodes = tuple(_read_node(self._data, field) for field in self._node_fields())
        except (WireError, RecursionError) as error:
            raise RunError(f"{path}: this is no ONNX model: {error}") from None

    def _node_fields(self) -> list[Field]:
        graph = self._graph[0]
        return [field for field in fields(self._data, graph.contents_start, graph.end)
                if field.number == _NODE and field.wire_type == DELIMITED]

    def digest(self) -> str:
        """What onnx-split calls source.digest."""
        return hashlib.sha256(_Skeleton(self._data).strip("model", 0, len(self._data))
                              ).hexdigest()

    def unique_names(self) -> list[str]:
        """A name for each node that no other has: its own, where it has one first."""
        taken: set[str] = set()
        names = []
        for index, node in enumerate(self.nodes):
            name = node.name if node.name and node.name not in taken else f"node#{index}"
            taken.add(name)
            names.append(name)
        return names

    def with_names(self, names: list[str]) -> bytes | None:
        """The file's content with these names of nodes; None where they are those that it
        has. Of a field that stands twice the last one counts, so that a name is put
        behind the node's own."""
        if names == [node.name for node in self.nodes]:
            return None
        graph = self._graph[0]
        inner = bytearray()
        place = graph.contents_start
        for field, node, name in zip(self._node_fields(), self.nodes, names):
            inner += self._data[place:field.start]
            contents = bytes(self._data[field.contents_start:field.end])
            if name != node.name:
                contents += delimited_field(_NODE_NAME, name.encode())
            inner += delimited_header(_NODE, len(contents)) + contents
            place = field.end
        inner += self._data[place:graph.end]
        return (bytes(self._data[:graph.start]) + delimited_header(_GRAPH, len(inner))
                + bytes(inner) + bytes(self._data[graph.end:]))
