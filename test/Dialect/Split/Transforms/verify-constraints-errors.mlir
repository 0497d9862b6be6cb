// Every constraint of the user is in the IR, so that a placement that somebody
// edited is held to it.
//
// RUN: onnx-split-opt %s --split-verify-placement --split-input-file \
// RUN:   --verify-diagnostics

// A placement that obeys every constraint but one of the user's, each once.
// First one that obeys all.
#load = #split.load<macs = 0, flops = 0, bytes = 0, weight_bytes = 0, peak_activation_bytes = 0, buffer_bytes = 0, compute_ns = 0>
module attributes {
    split.topology = #split.topology<devices = [<name = "p">, <name = "q">] default = (8000000, 0, 1000)>,
    split.constraints = #split.constraints<pins = ["first=p", "s*d=q"], cuts = ["a"], max_stages = 2, boundary = "io">,
    split.crossings = [#split.crossing<tensor = "a", from = 0, to = 1, time_ns = 17000>],
    split.placement = #split.placement<devices = [0, 1], loads = [#load, #load], objective = "throughput", strategy = "plan", plan_class = "contiguous", seed = 0,
      bottleneck_ns = 17000, lower_bound_ns = 0, lower_bound_name = "", lower_bound_class = "contiguous", latency_ns = 17000>} {
  onnx.model "m" attributes {opset_imports = []} {
    onnx.graph attributes {input_infos = [#onnx.value_info<name = "x">], output_infos = [#onnx.value_info<name = "y">], value_infos = []} {
    ^bb0(%x: !onnx.tensor<float, [4]>):
      %a = onnx.node "Relu"(%x) {node_name = "first", output_names = ["a"], split.stage = 0} : (!onnx.tensor<float, [4]>) -> !onnx.tensor<float, [4]>
      %y = onnx.node "Abs"(%a) {node_name = "second", output_names = ["y"], split.stage = 1} : (!onnx.tensor<float, [4]>) -> !onnx.tensor<float, [4]>
      onnx.return %y : !onnx.tensor<float, [4]>
    }
  }
}

// -----

// A pin.
#load = #split.load<macs = 0, flops = 0, bytes = 0, weight_bytes = 0, peak_activation_bytes = 0, buffer_bytes = 0, compute_ns = 0>
module attributes {
    split.topology = #split.topology<devices = [<name = "p">, <name = "q">] default = (8000000, 0, 1000)>,
    split.constraints = #split.constraints<pins = ["s*d=p"]>,
    split.crossings = [#split.crossing<tensor = "a", from = 0, to = 1, time_ns = 17000>],
    split.placement = #split.placement<devices = [0, 1], loads = [#load, #load], objective = "throughput", strategy = "plan", plan_class = "contiguous", seed = 0,
      bottleneck_ns = 17000, lower_bound_ns = 0, lower_bound_name = "", lower_bound_class = "contiguous", latency_ns = 17000>} {
  // expected-error @below {{the placement is not valid: node 'second' is pinned to device 'p' but is on 'q'}}
  onnx.model "m" attributes {opset_imports = []} {
    onnx.graph attributes {input_infos = [#onnx.value_info<name = "x">], output_infos = [#onnx.value_info<name = "y">], value_infos = []} {
    ^bb0(%x: !onnx.tensor<float, [4]>):
      %a = onnx.node "Relu"(%x) {node_name = "first", output_names = ["a"], split.stage = 0} : (!onnx.tensor<float, [4]>) -> !onnx.tensor<float, [4]>
      %y = onnx.node "Abs"(%a) {node_name = "second", output_names = ["y"], split.stage = 1} : (!onnx.tensor<float, [4]>) -> !onnx.tensor<float, [4]>
      onnx.return %y : !onnx.tensor<float, [4]>
    }
  }
}

// -----

// A pin of a device that the cluster does not have.
#load = #split.load<macs = 0, flops = 0, bytes = 0, weight_bytes = 0, peak_activation_bytes = 0, buffer_bytes = 0, compute_ns = 0>
module attributes {
    split.topology = #split.topology<devices = [<name = "p">, <name = "q">] default = (8000000, 0, 1000)>,
    split.constraints = #split.constraints<pins = ["first=z"]>,
    split.crossings = [#split.crossing<tensor = "a", from = 0, to = 1, time_ns = 17000>],
    split.placement = #split.placement<devices = [0, 1], loads = [#load, #load], objective = "throughput", strategy = "plan", plan_class = "contiguous", seed = 0,
      bottleneck_ns = 17000, lower_bound_ns = 0, lower_bound_name = "", lower_bound_class = "contiguous", latency_ns = 17000>} {
  // expected-error @below {{--pin names the device 'z', which the cluster does not have}}
  onnx.model "m" attributes {opset_imports = []} {
    onnx.graph attributes {input_infos = [#onnx.value_info<name = "x">], output_infos = [#onnx.value_info<name = "y">], value_infos = []} {
    ^bb0(%x: !onnx.tensor<float, [4]>):
      %a = onnx.node "Relu"(%x) {node_name = "first", output_names = ["a"], split.stage = 0} : (!onnx.tensor<float, [4]>) -> !onnx.tensor<float, [4]>
      %y = onnx.node "Abs"(%a) {node_name = "second", output_names = ["y"], split.stage = 1} : (!onnx.tensor<float, [4]>) -> !onnx.tensor<float, [4]>
      onnx.return %y : !onnx.tensor<float, [4]>
    }
  }
}

// -----

// A cut.
#load = #split.load<macs = 0, flops = 0, bytes = 0, weight_bytes = 0, peak_activation_bytes = 0, buffer_bytes = 0, compute_ns = 0>
module attributes {
    split.topology = #split.topology<devices = [<name = "p">, <name = "q">] default = (8000000, 0, 1000)>,
    split.constraints = #split.constraints<cuts = ["a"]>,
    split.crossings = [],
    split.placement = #split.placement<devices = [0], loads = [#load], objective = "throughput", strategy = "plan", plan_class = "contiguous", seed = 0,
      bottleneck_ns = 0, lower_bound_ns = 0, lower_bound_name = "", lower_bound_class = "contiguous", latency_ns = 0>} {
  // expected-error @below {{the placement is not valid: tensor 'a' must be cut but node 'second' reads it in its own stage 0}}
  onnx.model "m" attributes {opset_imports = []} {
    onnx.graph attributes {input_infos = [#onnx.value_info<name = "x">], output_infos = [#onnx.value_info<name = "y">], value_infos = []} {
    ^bb0(%x: !onnx.tensor<float, [4]>):
      %a = onnx.node "Relu"(%x) {node_name = "first", output_names = ["a"], split.stage = 0} : (!onnx.tensor<float, [4]>) -> !onnx.tensor<float, [4]>
      %y = onnx.node "Abs"(%a) {node_name = "second", output_names = ["y"], split.stage = 0} : (!onnx.tensor<float, [4]>) -> !onnx.tensor<float, [4]>
      onnx.return %y : !onnx.tensor<float, [4]>
    }
  }
}

// -----

// No cut.
#load = #split.load<macs = 0, flops = 0, bytes = 0, weight_bytes = 0, peak_activation_bytes = 0, buffer_bytes = 0, compute_ns = 0>
module attributes {
    split.topology = #split.topology<devices = [<name = "p">, <name = "q">] default = (8000000, 0, 1000)>,
    split.constraints = #split.constraints<no_cuts = ["a"]>,
    split.crossings = [#split.crossing<tensor = "a", from = 0, to = 1, time_ns = 17000>],
    split.placement = #split.placement<devices = [0, 1], loads = [#load, #load], objective = "throughput", strategy = "plan", plan_class = "contiguous", seed = 0,
      bottleneck_ns = 17000, lower_bound_ns = 0, lower_bound_name = "", lower_bound_class = "contiguous", latency_ns = 17000>} {
  // expected-error @below {{the placement is not valid: tensor 'a' must not be cut but goes from stage 0 to stage 1}}
  onnx.model "m" attributes {opset_imports = []} {
    onnx.graph attributes {input_infos = [#onnx.value_info<name = "x">], output_infos = [#onnx.value_info<name = "y">], value_infos = []} {
    ^bb0(%x: !onnx.tensor<float, [4]>):
      %a = onnx.node "Relu"(%x) {node_name = "first", output_names = ["a"], split.stage = 0} : (!onnx.tensor<float, [4]>) -> !onnx.tensor<float, [4]>
      %y = onnx.node "Abs"(%a) {node_name = "second", output_names = ["y"], split.stage = 1} : (!onnx.tensor<float, [4]>) -> !onnx.tensor<float, [4]>
      onnx.return %y : !onnx.tensor<float, [4]>
    }
  }
}

// -----

// The number of stages.
#load = #split.load<macs = 0, flops = 0, bytes = 0, weight_bytes = 0, peak_activation_bytes = 0, buffer_bytes = 0, compute_ns = 0>
module attributes {
    split.topology = #split.topology<devices = [<name = "p">, <name = "q">] default = (8000000, 0, 1000)>,
    split.constraints = #split.constraints<max_stages = 1>,
    split.crossings = [#split.crossing<tensor = "a", from = 0, to = 1, time_ns = 17000>],
    split.placement = #split.placement<devices = [0, 1], loads = [#load, #load], objective = "throughput", strategy = "plan", plan_class = "contiguous", seed = 0,
      bottleneck_ns = 17000, lower_bound_ns = 0, lower_bound_name = "", lower_bound_class = "contiguous", latency_ns = 17000>} {
  // expected-error @below {{the placement is not valid: there are 2 stages but at most 1 are allowed}}
  onnx.model "m" attributes {opset_imports = []} {
    onnx.graph attributes {input_infos = [#onnx.value_info<name = "x">], output_infos = [#onnx.value_info<name = "y">], value_infos = []} {
    ^bb0(%x: !onnx.tensor<float, [4]>):
      %a = onnx.node "Relu"(%x) {node_name = "first", output_names = ["a"], split.stage = 0} : (!onnx.tensor<float, [4]>) -> !onnx.tensor<float, [4]>
      %y = onnx.node "Abs"(%a) {node_name = "second", output_names = ["y"], split.stage = 1} : (!onnx.tensor<float, [4]>) -> !onnx.tensor<float, [4]>
      onnx.return %y : !onnx.tensor<float, [4]>
    }
  }
}

// -----

// And the least number.
#load = #split.load<macs = 0, flops = 0, bytes = 0, weight_bytes = 0, peak_activation_bytes = 0, buffer_bytes = 0, compute_ns = 0>
module attributes {
    split.topology = #split.topology<devices = [<name = "p">, <name = "q">] default = (8000000, 0, 1000)>,
    split.constraints = #split.constraints<min_stages = 3>,
    split.crossings = [#split.crossing<tensor = "a", from = 0, to = 1, time_ns = 17000>],
    split.placement = #split.placement<devices = [0, 1], loads = [#load, #load], objective = "throughput", strategy = "plan", plan_class = "contiguous", seed = 0,
      bottleneck_ns = 17000, lower_bound_ns = 0, lower_bound_name = "", lower_bound_class = "contiguous", latency_ns = 17000>} {
  // expected-error @below {{the placement is not valid: there are 2 stages but at least 3 are wanted}}
  onnx.model "m" attributes {opset_imports = []} {
    onnx.graph attributes {input_infos = [#onnx.value_info<name = "x">], output_infos = [#onnx.value_info<name = "y">], value_infos = []} {
    ^bb0(%x: !onnx.tensor<float, [4]>):
      %a = onnx.node "Relu"(%x) {node_name = "first", output_names = ["a"], split.stage = 0} : (!onnx.tensor<float, [4]>) -> !onnx.tensor<float, [4]>
      %y = onnx.node "Abs"(%a) {node_name = "second", output_names = ["y"], split.stage = 1} : (!onnx.tensor<float, [4]>) -> !onnx.tensor<float, [4]>
      onnx.return %y : !onnx.tensor<float, [4]>
    }
  }
}

// -----

// Devices are not to be revisited.
#load = #split.load<macs = 0, flops = 0, bytes = 0, weight_bytes = 0, peak_activation_bytes = 0, buffer_bytes = 0, compute_ns = 0>
module attributes {
    split.topology = #split.topology<devices = [<name = "p">, <name = "q">] default = (8000000, 0, 1000)>,
    split.constraints = #split.constraints<boundary = "ops">,
    split.crossings = [#split.crossing<tensor = "a", from = 0, to = 1, time_ns = 0>],
    split.placement = #split.placement<devices = [0, 0], loads = [#load, #load], objective = "throughput", strategy = "plan", plan_class = "revisiting", seed = 0,
      bottleneck_ns = 0, lower_bound_ns = 0, lower_bound_name = "", lower_bound_class = "contiguous", latency_ns = 0>} {
  // expected-error @below {{the placement is not valid: device 'p' holds both stage 0 and stage 1}}
  onnx.model "m" attributes {opset_imports = []} {
    onnx.graph attributes {input_infos = [#onnx.value_info<name = "x">], output_infos = [#onnx.value_info<name = "y">], value_infos = []} {
    ^bb0(%x: !onnx.tensor<float, [4]>):
      %a = onnx.node "Relu"(%x) {node_name = "first", output_names = ["a"], split.stage = 0} : (!onnx.tensor<float, [4]>) -> !onnx.tensor<float, [4]>
      %y = onnx.node "Abs"(%a) {node_name = "second", output_names = ["y"], split.stage = 1} : (!onnx.tensor<float, [4]>) -> !onnx.tensor<float, [4]>
      onnx.return %y : !onnx.tensor<float, [4]>
    }
  }
}

// -----

// Nor replicated.
#load = #split.load<macs = 0, flops = 0, bytes = 0, weight_bytes = 0, peak_activation_bytes = 0, buffer_bytes = 0, compute_ns = 0>
module attributes {
    split.topology = #split.topology<devices = [<name = "p">, <name = "q">] default = (8000000, 0, 1000)>,
    split.constraints = #split.constraints<boundary = "ops">,
    split.crossings = [],
    split.placement = #split.placement<devices = [0], replicas = [[1]], loads = [#load], objective = "throughput", strategy = "plan", plan_class = "replicating", seed = 0,
      bottleneck_ns = 0, lower_bound_ns = 0, lower_bound_name = "", lower_bound_class = "contiguous", latency_ns = 0>} {
  // expected-error @below {{the placement is not valid: stage 0 has replicas, which are not allowed}}
  onnx.model "m" attributes {opset_imports = []} {
    onnx.graph attributes {input_infos = [#onnx.value_info<name = "x">], output_infos = [#onnx.value_info<name = "y">], value_infos = []} {
    ^bb0(%x: !onnx.tensor<float, [4]>):
      %a = onnx.node "Relu"(%x) {node_name = "first", output_names = ["a"], split.stage = 0} : (!onnx.tensor<float, [4]>) -> !onnx.tensor<float, [4]>
      %y = onnx.node "Abs"(%a) {node_name = "second", output_names = ["y"], split.stage = 0} : (!onnx.tensor<float, [4]>) -> !onnx.tensor<float, [4]>
      onnx.return %y : !onnx.tensor<float, [4]>
    }
  }
}

// -----

// A type that no Identity takes crosses only as a plain input.
#load = #split.load<macs = 0, flops = 0, bytes = 0, weight_bytes = 0, peak_activation_bytes = 0, buffer_bytes = 0, compute_ns = 0>
module attributes {
    split.topology = #split.topology<devices = [<name = "p">, <name = "q">] default = (8000000, 0, 1000)>,
    split.constraints = #split.constraints<boundary = "ops", unknown_sizes = true>,
    split.placement = #split.placement<devices = [0, 1], loads = [#load, #load], objective = "throughput", strategy = "plan", plan_class = "contiguous", seed = 0,
      bottleneck_ns = 3000, lower_bound_ns = 0, lower_bound_name = "", lower_bound_class = "contiguous", latency_ns = 3000>} {
  // expected-error @below {{the placement is not valid: tensor 'a' must not be cut but goes from stage 0 to stage 1}}
  onnx.model "m" attributes {opset_imports = []} {
    onnx.graph attributes {input_infos = [#onnx.value_info<name = "x">], output_infos = [#onnx.value_info<name = "y">], value_infos = []} {
    ^bb0(%x: !onnx.tensor<float, [4]>):
      %a = onnx.node "Relu"(%x) {node_name = "first", output_names = ["a"], split.stage = 0} : (!onnx.tensor<float, [4]>) -> !onnx.tensor<float4e2m1, [4]>
      %y = onnx.node "Abs"(%a) {node_name = "second", output_names = ["y"], split.stage = 1} : (!onnx.tensor<float4e2m1, [4]>) -> !onnx.tensor<float, [4]>
      onnx.return %y : !onnx.tensor<float, [4]>
    }
  }
}

// -----

// A tensor of unknown size crosses where the user cuts it, alone.
#load = #split.load<macs = 0, flops = 0, bytes = 0, weight_bytes = 0, peak_activation_bytes = 0, buffer_bytes = 0, compute_ns = 0>
module attributes {
    split.topology = #split.topology<devices = [<name = "p">, <name = "q">] default = (8000000, 0, 1000)>,
    split.constraints = #split.constraints<boundary = "io">,
    split.placement = #split.placement<devices = [0, 1], loads = [#load, #load], objective = "throughput", strategy = "plan", plan_class = "contiguous", seed = 0,
      bottleneck_ns = 5000, lower_bound_ns = 0, lower_bound_name = "", lower_bound_class = "contiguous", latency_ns = 5000>} {
  // expected-error @below {{the placement is not valid: tensor 'a' must not be cut but goes from stage 0 to stage 1}}
  onnx.model "m" attributes {opset_imports = []} {
    onnx.graph attributes {input_infos = [#onnx.value_info<name = "x">], output_infos = [#onnx.value_info<name = "y">], value_infos = []} {
    ^bb0(%x: !onnx.tensor<float, [4]>):
      %a = onnx.node "Relu"(%x) {node_name = "first", output_names = ["a"], split.stage = 0} : (!onnx.tensor<float, [4]>) -> !onnx.tensor<float, ["N"]>
      %y = onnx.node "Abs"(%a) {node_name = "second", output_names = ["y"], split.stage = 1} : (!onnx.tensor<float, ["N"]>) -> !onnx.tensor<float, [4]>
      onnx.return %y : !onnx.tensor<float, [4]>
    }
  }
}

// -----

// The target rate.
#load = #split.load<macs = 0, flops = 0, bytes = 0, weight_bytes = 0, peak_activation_bytes = 0, buffer_bytes = 0, compute_ns = 0>
module attributes {
    split.topology = #split.topology<devices = [<name = "p">, <name = "q">] default = (8000000, 0, 1000)>,
    split.constraints = #split.constraints<boundary = "ops">,
    split.crossings = [#split.crossing<tensor = "a", from = 0, to = 1, time_ns = 17000>],
    split.placement = #split.placement<devices = [0, 1], loads = [#load, #load], objective = "throughput", strategy = "plan", plan_class = "contiguous", seed = 0,
      bottleneck_ns = 17000, lower_bound_ns = 0, lower_bound_name = "", lower_bound_class = "contiguous", latency_ns = 17000, target_ns = 16999>} {
  // expected-error @below {{the placement has a bottleneck of 17000 ns, but the target rate asks for at most 16999 ns}}
  onnx.model "m" attributes {opset_imports = []} {
    onnx.graph attributes {input_infos = [#onnx.value_info<name = "x">], output_infos = [#onnx.value_info<name = "y">], value_infos = []} {
    ^bb0(%x: !onnx.tensor<float, [4]>):
      %a = onnx.node "Relu"(%x) {node_name = "first", output_names = ["a"], split.stage = 0} : (!onnx.tensor<float, [4]>) -> !onnx.tensor<float, [4]>
      %y = onnx.node "Abs"(%a) {node_name = "second", output_names = ["y"], split.stage = 1} : (!onnx.tensor<float, [4]>) -> !onnx.tensor<float, [4]>
      onnx.return %y : !onnx.tensor<float, [4]>
    }
  }
}

// -----

// The largest latency.
#load = #split.load<macs = 0, flops = 0, bytes = 0, weight_bytes = 0, peak_activation_bytes = 0, buffer_bytes = 0, compute_ns = 0>
module attributes {
    split.topology = #split.topology<devices = [<name = "p">, <name = "q">] default = (8000000, 0, 1000)>,
    split.constraints = #split.constraints<boundary = "ops">,
    split.crossings = [#split.crossing<tensor = "a", from = 0, to = 1, time_ns = 17000>],
    split.placement = #split.placement<devices = [0, 1], loads = [#load, #load], objective = "throughput", strategy = "plan", plan_class = "contiguous", seed = 0,
      bottleneck_ns = 17000, lower_bound_ns = 0, lower_bound_name = "", lower_bound_class = "contiguous", latency_ns = 17000, max_latency_ns = 16999>} {
  // expected-error @below {{the placement takes 17000 ns for one item, but at most 16999 ns are allowed}}
  onnx.model "m" attributes {opset_imports = []} {
    onnx.graph attributes {input_infos = [#onnx.value_info<name = "x">], output_infos = [#onnx.value_info<name = "y">], value_infos = []} {
    ^bb0(%x: !onnx.tensor<float, [4]>):
      %a = onnx.node "Relu"(%x) {node_name = "first", output_names = ["a"], split.stage = 0} : (!onnx.tensor<float, [4]>) -> !onnx.tensor<float, [4]>
      %y = onnx.node "Abs"(%a) {node_name = "second", output_names = ["y"], split.stage = 1} : (!onnx.tensor<float, [4]>) -> !onnx.tensor<float, [4]>
      onnx.return %y : !onnx.tensor<float, [4]>
    }
  }
}

// -----

// What crosses: another tensor, too few, too many, in another time.
#load = #split.load<macs = 0, flops = 0, bytes = 0, weight_bytes = 0, peak_activation_bytes = 0, buffer_bytes = 0, compute_ns = 0>
module attributes {
    split.topology = #split.topology<devices = [<name = "p">, <name = "q">] default = (8000000, 0, 1000)>,
    split.constraints = #split.constraints<boundary = "ops">,
    split.crossings = [#split.crossing<tensor = "b", from = 0, to = 1, time_ns = 17000>],
    split.placement = #split.placement<devices = [0, 1], loads = [#load, #load], objective = "throughput", strategy = "plan", plan_class = "contiguous", seed = 0,
      bottleneck_ns = 17000, lower_bound_ns = 0, lower_bound_name = "", lower_bound_class = "contiguous", latency_ns = 17000>} {
  // expected-error @below {{the evaluation sends 'a' from stage 0 to stage 1 in 17000 ns, but split.crossings does not list that}}
  onnx.model "m" attributes {opset_imports = []} {
    onnx.graph attributes {input_infos = [#onnx.value_info<name = "x">], output_infos = [#onnx.value_info<name = "y">], value_infos = []} {
    ^bb0(%x: !onnx.tensor<float, [4]>):
      %a = onnx.node "Relu"(%x) {node_name = "first", output_names = ["a"], split.stage = 0} : (!onnx.tensor<float, [4]>) -> !onnx.tensor<float, [4]>
      %y = onnx.node "Abs"(%a) {node_name = "second", output_names = ["y"], split.stage = 1} : (!onnx.tensor<float, [4]>) -> !onnx.tensor<float, [4]>
      onnx.return %y : !onnx.tensor<float, [4]>
    }
  }
}

// -----

#load = #split.load<macs = 0, flops = 0, bytes = 0, weight_bytes = 0, peak_activation_bytes = 0, buffer_bytes = 0, compute_ns = 0>
module attributes {
    split.topology = #split.topology<devices = [<name = "p">, <name = "q">] default = (8000000, 0, 1000)>,
    split.constraints = #split.constraints<boundary = "ops">,
    split.crossings = [],
    split.placement = #split.placement<devices = [0, 1], loads = [#load, #load], objective = "throughput", strategy = "plan", plan_class = "contiguous", seed = 0,
      bottleneck_ns = 17000, lower_bound_ns = 0, lower_bound_name = "", lower_bound_class = "contiguous", latency_ns = 17000>} {
  // expected-error @below {{the evaluation sends 'a' from stage 0 to stage 1 in 17000 ns, but split.crossings does not list that}}
  onnx.model "m" attributes {opset_imports = []} {
    onnx.graph attributes {input_infos = [#onnx.value_info<name = "x">], output_infos = [#onnx.value_info<name = "y">], value_infos = []} {
    ^bb0(%x: !onnx.tensor<float, [4]>):
      %a = onnx.node "Relu"(%x) {node_name = "first", output_names = ["a"], split.stage = 0} : (!onnx.tensor<float, [4]>) -> !onnx.tensor<float, [4]>
      %y = onnx.node "Abs"(%a) {node_name = "second", output_names = ["y"], split.stage = 1} : (!onnx.tensor<float, [4]>) -> !onnx.tensor<float, [4]>
      onnx.return %y : !onnx.tensor<float, [4]>
    }
  }
}

// -----

#load = #split.load<macs = 0, flops = 0, bytes = 0, weight_bytes = 0, peak_activation_bytes = 0, buffer_bytes = 0, compute_ns = 0>
module attributes {
    split.topology = #split.topology<devices = [<name = "p">, <name = "q">] default = (8000000, 0, 1000)>,
    split.constraints = #split.constraints<boundary = "ops">,
    split.crossings = [#split.crossing<tensor = "a", from = 0, to = 1, time_ns = 17000>, #split.crossing<tensor = "b", from = 0, to = 1, time_ns = 9>],
    split.placement = #split.placement<devices = [0, 1], loads = [#load, #load], objective = "throughput", strategy = "plan", plan_class = "contiguous", seed = 0,
      bottleneck_ns = 17000, lower_bound_ns = 0, lower_bound_name = "", lower_bound_class = "contiguous", latency_ns = 17000>} {
  // expected-error @below {{split.crossings lists 'b' from stage 0 to stage 1 in 9 ns, but the evaluation does not find that}}
  onnx.model "m" attributes {opset_imports = []} {
    onnx.graph attributes {input_infos = [#onnx.value_info<name = "x">], output_infos = [#onnx.value_info<name = "y">], value_infos = []} {
    ^bb0(%x: !onnx.tensor<float, [4]>):
      %a = onnx.node "Relu"(%x) {node_name = "first", output_names = ["a"], split.stage = 0} : (!onnx.tensor<float, [4]>) -> !onnx.tensor<float, [4]>
      %y = onnx.node "Abs"(%a) {node_name = "second", output_names = ["y"], split.stage = 1} : (!onnx.tensor<float, [4]>) -> !onnx.tensor<float, [4]>
      onnx.return %y : !onnx.tensor<float, [4]>
    }
  }
}

// -----

#load = #split.load<macs = 0, flops = 0, bytes = 0, weight_bytes = 0, peak_activation_bytes = 0, buffer_bytes = 0, compute_ns = 0>
module attributes {
    split.topology = #split.topology<devices = [<name = "p">, <name = "q">] default = (8000000, 0, 1000)>,
    split.constraints = #split.constraints<boundary = "ops">,
    split.crossings = [#split.crossing<tensor = "a", from = 0, to = 1, time_ns = 16000>],
    split.placement = #split.placement<devices = [0, 1], loads = [#load, #load], objective = "throughput", strategy = "plan", plan_class = "contiguous", seed = 0,
      bottleneck_ns = 17000, lower_bound_ns = 0, lower_bound_name = "", lower_bound_class = "contiguous", latency_ns = 17000>} {
  // expected-error @below {{the evaluation sends 'a' from stage 0 to stage 1 in 17000 ns, but split.crossings does not list that}}
  onnx.model "m" attributes {opset_imports = []} {
    onnx.graph attributes {input_infos = [#onnx.value_info<name = "x">], output_infos = [#onnx.value_info<name = "y">], value_infos = []} {
    ^bb0(%x: !onnx.tensor<float, [4]>):
      %a = onnx.node "Relu"(%x) {node_name = "first", output_names = ["a"], split.stage = 0} : (!onnx.tensor<float, [4]>) -> !onnx.tensor<float, [4]>
      %y = onnx.node "Abs"(%a) {node_name = "second", output_names = ["y"], split.stage = 1} : (!onnx.tensor<float, [4]>) -> !onnx.tensor<float, [4]>
      onnx.return %y : !onnx.tensor<float, [4]>
    }
  }
}
