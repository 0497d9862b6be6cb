"""Finds the files that a placement is of."""

import json
from decimal import Decimal
from pathlib import Path


class CannotCheck(Exception):
    """Why a placement is not checked; `is_wrong` where it should have been."""

    def __init__(self, text, is_wrong=False):
        super().__init__(text)
        self.is_wrong = is_wrong


def graph_name(path):
    """resnet50 for resnet50.graph.txt, and for resnet50/graph.txt."""
    name = path.name.removesuffix(".txt")
    if name == "graph":
        name = path.resolve().parent.name
    return name.removesuffix(".graph")


class Instances:
    """The files of the command line, by the names of their instances."""

    def __init__(self, paths):
        self.graphs, self.texts = {}, {}
        for path in map(Path, paths):
            if path.suffix == ".json":
                self.add_json(path)
            else:
                self.texts[graph_name(path)] = path.read_text()

    def add_json(self, path):
        graph = json.loads(path.read_text(), parse_float=Decimal)
        # Layers and operators of one network have files of one name.
        name = path.stem if "maxFPGAs" in graph else graph.get("name") or path.stem
        self.graphs.setdefault(name, []).append(graph)

    def find(self, entry):
        """The instance of an entry, and what it is: "graph", "profile" or
        "problem"."""
        name, kind = entry["instance"], entry["format"]
        if kind == "pipedream" and name in self.texts:
            return self.texts[name], "profile"
        found = self.graphs.get(name, [])
        if len(found) > 1:
            size = sum(len(stage["names"]) for stage in entry["stages"])
            found = [graph for graph in found if size == len(graph.get("nodes", []))]
        if found:
            return found[0], "graph" if "maxFPGAs" in found[0] else "problem"
        if kind in ("dnn-partitioning", "pipedream", "problem") and "@" not in name:
            raise CannotCheck("no file of that name was given", is_wrong=True)
        raise CannotCheck("give the problem.json that --write-problems writes for it")
