"""Waiting on sockets, which a runner does where no peer is on its own host."""

import os
import socket
import sys

import split

sys.path.insert(0, str(split.ROOT / "python"))

from onnx_split_run.waker import Waker  # noqa: E402


def count_open():
    return len(os.listdir("/proc/self/fd"))


def test_a_search_for_sockets_opens_nothing(tmp_path):
    with open(tmp_path / "file", "w"):
        waker, before = Waker(over_sockets=True), count_open()
        for _ in range(5):
            waker._find_sockets()
        assert count_open() == before


def test_what_a_waker_opened_ends_with_it():
    before = count_open()
    waker = Waker(over_sockets=True)
    assert count_open() > before
    del waker
    assert count_open() == before


def test_connections_are_found():
    with socket.create_server(("127.0.0.1", 0)) as server, \
            socket.create_connection(server.getsockname()) as one, server.accept()[0] as other:
        waker = Waker(over_sockets=True)
        waker._find_sockets()
        # The server itself has no peer.
        assert {one.fileno(), other.fileno()} <= waker._known
        assert server.fileno() not in waker._known
