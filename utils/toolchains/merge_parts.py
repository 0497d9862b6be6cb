#!/usr/bin/env python3
"""Make one model of the parts of a split one again, with onnx.compose.

usage: merge_parts.py FOLDER MERGED.onnx

Parts of --boundary=io and of --boundary=ops. What a part has of its own takes
`stageN/` before its name; inputs, outputs, wires and weights keep theirs, and a
weight or an input that several parts have is there once.
"""

import json
import pathlib
import sys

import onnx
from onnx import compose, helper


def value_infos(graph):
    """The declared inputs and the weights of a graph, by name."""
    infos = {
        tensor.name: helper.make_tensor_value_info(
            tensor.name, tensor.data_type, tensor.dims)
        for tensor in graph.initializer
    }
    return infos | {value.name: value for value in graph.input}


def remove(values, names):
    for value in [value for value in values if value.name in names]:
        values.remove(value)


def join(whole, part, needed):
    """Connects the wires between both, and lets the part use the inputs and
    weights that the whole has already: to onnx.compose they are wires too."""
    mine, theirs = value_infos(whole.graph), value_infos(part.graph)
    outputs = {value.name for value in whole.graph.output}
    inputs = {value.name for value in part.graph.input}
    common = [name for name in theirs if name in mine or name in outputs]
    for name in common:
        if name not in outputs:
            whole.graph.output.append(mine[name])
        if name not in inputs:
            part.graph.input.append(theirs[name])
    remove(part.graph.initializer, common)
    remove(part.graph.value_info, {value.name for value in whole.graph.value_info})
    whole.ir_version = part.ir_version = max(whole.ir_version, part.ir_version)
    return compose.merge_models(
        whole, part, [(name, name) for name in common],
        outputs=[value.name for graph in (whole.graph, part.graph) for value in graph.output
                 if value.name in needed])


def merge_parts(folder):
    plan = json.loads((folder / "plan.json").read_text())
    parts = [onnx.load(folder / stage["file"]) for stage in plan["stages"]]
    functions, properties, imports = {}, {}, {}
    for index, part in enumerate(parts):
        for function in part.functions:
            functions[function.domain, function.name, function.overload] = function
        # onnx.compose refuses two functions of one name, and two stages of one model.
        for entry in part.metadata_props:
            if entry.key not in ("onnx_split.stage", "onnx_split.device"):
                properties[entry.key] = entry.value
        for entry in part.opset_import:
            imports[entry.domain] = entry.version
        del part.functions[:], part.metadata_props[:]
        parts[index] = compose.add_prefix(
            part, f"stage{index}/", rename_inputs=False, rename_outputs=False,
            rename_initializers=False, rename_value_infos=False, rename_functions=False)
    whole = parts[0]
    for index, part in enumerate(parts[1:], 1):
        # A tensor for several stages stays an output until the last has it.
        later = {wire["wire"] for wire in plan["wires"] if wire["to"] > index}
        whole = join(whole, part, later | set(plan["outputs"]))
    for values, names in ((whole.graph.input, plan["inputs"]),
                          (whole.graph.output, plan["outputs"])):
        place = {name: index for index, name in enumerate(names)}
        values.sort(key=lambda value: place.get(value.name, len(place)))
    whole.functions.extend(functions.values())
    helper.set_model_props(whole, properties)
    del whole.opset_import[:]
    whole.opset_import.extend(
        helper.make_opsetid(domain, version) for domain, version in imports.items())
    onnx.checker.check_model(whole)
    return whole


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    onnx.save(merge_parts(pathlib.Path(sys.argv[1])), sys.argv[2])


if __name__ == "__main__":
    main()
