"""Spiking networks, as a step and unrolled over several."""

import numpy
from onnx import TensorProto, helper, numpy_helper


def spiking_nodes(step, weights):
    """Layers of leaky neurons, which lose 1 where they spike; names end with the
    step."""
    nodes, given = [], f"x{step}"
    for layer in range(len(weights)):
        def add(op, inputs, output):
            nodes.append(helper.make_node(op, inputs, [output], f"n_{output}"))
            return output

        end = f"{layer}{step}"
        rest = add("Mul", ["leak", f"mem_in_{end}"], f"rest_{end}")
        current = add("MatMul", [given, f"w{layer}"], f"current_{end}")
        potential = add("Add", [rest, current], f"potential_{end}")
        spikes = add("Greater", [potential, "threshold"], f"fires_{end}")
        given = add("Cast", [spikes], f"spikes_{end}" if layer + 1 < len(weights) else f"y{step}")
        nodes[-1].attribute.append(helper.make_attribute("to", TensorProto.FLOAT))
        add("Sub", [potential, given], f"mem_out_{end}")
    return nodes


def spiking_model(steps, weights):
    """One step, with potentials as inputs and outputs, or several, each of which has
    those of the one before."""
    nodes, names = [], [str(step) for step in range(steps)] if steps > 1 else [""]
    for index, step in enumerate(names):
        for node in spiking_nodes(f"_{step}" if steps > 1 else "", weights):
            for place, name in enumerate(node.input):
                if name.startswith("mem_in") and index > 0:
                    before = name.replace("_in_", "_out_").removesuffix(step)
                    node.input[place] = before + names[index - 1]
            nodes.append(node)
    size = weights[0].shape[0]
    made = {name for node in nodes for name in node.output}
    read = {name for node in nodes for name in node.input}
    constants = [numpy_helper.from_array(numpy.float32(0.9), "leak"),
                 numpy_helper.from_array(numpy.float32(1.0), "threshold"),
                 *(numpy_helper.from_array(w, f"w{i}") for i, w in enumerate(weights))]
    fixed = {constant.name for constant in constants}

    def values(which):
        return [helper.make_tensor_value_info(name, TensorProto.FLOAT, [1, size])
                for name in sorted(which)]

    spikes = {name for name in made if name.startswith("y")}
    graph = helper.make_graph(nodes, "g", values(read - made - fixed),
                              values(made - read | spikes), constants)
    return helper.make_model(graph, ir_version=8, opset_imports=[helper.make_opsetid("", 17)])
