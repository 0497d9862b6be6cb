"""utils/bench/equal-blocks makes the same graphs from the same seed, which are
problems that the planner takes, and sums up what comes of them."""

import importlib.machinery
import importlib.util
import json
import re
import subprocess
import sys

import pytest

import split
from test_problem import PROBLEM

SCRIPT = split.ROOT / "utils/bench/equal-blocks"


def load():
    loader = importlib.machinery.SourceFileLoader("equal_blocks", str(SCRIPT))
    spec = importlib.util.spec_from_loader("equal_blocks", loader)
    module = importlib.util.module_from_spec(spec)
    sys.dont_write_bytecode = True
    loader.exec_module(module)
    return module


BLOCKS = load()


@pytest.mark.parametrize("family", BLOCKS.FAMILIES, ids=lambda f: f.__name__)
def test_graphs(family):
    """Acyclic by their numbers, each with something to send."""
    for seed in range(20):
        graph = BLOCKS.make_graph(family, seed)
        assert graph == BLOCKS.make_graph(family, seed)
        assert graph != BLOCKS.make_graph(family, seed + 1)
        problem = BLOCKS.problem(graph, 4, "x")
        PROBLEM.validate(problem)
        assert 10 < len(problem["tasks"]) <= 160 and problem["tensors"]
        for tensor in problem["tensors"]:
            assert min(tensor["consumers"]) > tensor["producer"]
            assert max(tensor["consumers"]) < len(problem["tasks"])


def test_table(scratch):
    done = subprocess.run(
        [SCRIPT, scratch / "graphs", "--graphs", "7", "--blocks", "2", "4", "--time-limit",
         "100ms", "--bin", split.BIN], capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    assert len(list((scratch / "graphs").glob("*.json"))) == 14
    lines = done.stdout.splitlines()
    assert lines[0] == "| graphs | k = 2 | k = 4 |" and len(lines) == 10
    assert lines[2].startswith("| 2 erdos renyi | ")
    for line in lines[2:9]:
        assert all(0 < float(cell) <= 1 for cell in re.findall(r"\d\.\d{4}", line))
    first = json.loads(next((scratch / "graphs").glob("fork*-2.json")).read_text())
    assert len(first["devices"]) == 2
