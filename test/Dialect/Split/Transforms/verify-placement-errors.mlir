// Each rule of a placement is broken once: what the pass refuses, no later pass
// needs to expect. The first case differs from verify-placement.mlir in that
// the devices compute for nothing; the others differ from it in one thing.
//
// RUN: onnx-split-opt %s --split-verify-placement --split-input-file \
// RUN:   --verify-diagnostics

// expected-error @below {{must hold one onnx.model to be split, not 0}}
module {
}

// -----

// expected-error @below {{has no placement; run split-place first}}
module attributes {split.topology = #split.topology<devices = [<name = "p">]>} {
  onnx.model "m" attributes {opset_imports = []} {
    onnx.graph attributes {input_infos = [], output_infos = [], value_infos = []} {
      onnx.return
    }
  }
}

// -----

// The wrong figures: 1 us for the message and 16 bytes at 1 us each are 17 us.
#load = #split.load<macs = 0, flops = 0, bytes = 0, weight_bytes = 0, peak_activation_bytes = 0, buffer_bytes = 0, compute_ns = 0>
module attributes {
    split.topology = #split.topology<devices = [<name = "p">, <name = "q">] default = (8000000, 0, 1000)>,
    split.placement = #split.placement<devices = [0, 1], loads = [#load, #load], objective = "throughput", strategy = "plan", plan_class = "contiguous", seed = 0,
      bottleneck_ns = 16000, lower_bound_ns = 0, lower_bound_name = "", lower_bound_class = "contiguous", latency_ns = 17000>} {
  // expected-error @below {{the placement states a bottleneck of 16000 ns and a latency of 17000 ns, but they are 17000 ns and 17000 ns}}
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
    split.placement = #split.placement<devices = [0, 1], loads = [#load, #load], objective = "throughput", strategy = "plan", plan_class = "contiguous", seed = 0,
      bottleneck_ns = 17000, lower_bound_ns = 0, lower_bound_name = "", lower_bound_class = "contiguous", latency_ns = 17001>} {
  // expected-error @below {{the placement states a bottleneck of 17000 ns and a latency of 17001 ns, but they are 17000 ns and 17000 ns}}
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
    split.placement = #split.placement<devices = [0, 1], loads = [#load, #load], objective = "throughput", strategy = "plan", plan_class = "contiguous", seed = 0,
      bottleneck_ns = 17000, lower_bound_ns = 0, lower_bound_name = "", lower_bound_class = "contiguous", latency_ns = 17000>} {
  onnx.model "m" attributes {opset_imports = []} {
    onnx.graph attributes {input_infos = [#onnx.value_info<name = "x">], output_infos = [#onnx.value_info<name = "y">], value_infos = []} {
    ^bb0(%x: !onnx.tensor<float, [4]>):
      // expected-error @below {{has no stage}}
      %a = onnx.node "Relu"(%x) {node_name = "first", output_names = ["a"]} : (!onnx.tensor<float, [4]>) -> !onnx.tensor<float, [4]>
      %y = onnx.node "Abs"(%a) {node_name = "second", output_names = ["y"], split.stage = 1} : (!onnx.tensor<float, [4]>) -> !onnx.tensor<float, [4]>
      onnx.return %y : !onnx.tensor<float, [4]>
    }
  }
}

// -----

#load = #split.load<macs = 0, flops = 0, bytes = 0, weight_bytes = 0, peak_activation_bytes = 0, buffer_bytes = 0, compute_ns = 0>
module attributes {
    split.topology = #split.topology<devices = [<name = "p">, <name = "q">] default = (8000000, 0, 1000)>,
    split.placement = #split.placement<devices = [0, 1], loads = [#load, #load], objective = "throughput", strategy = "plan", plan_class = "contiguous", seed = 0,
      bottleneck_ns = 17000, lower_bound_ns = 0, lower_bound_name = "", lower_bound_class = "contiguous", latency_ns = 17000>} {
  // expected-error @below {{the placement is not valid: node 'second' is in stage 2 but there are 2 stages}}
  onnx.model "m" attributes {opset_imports = []} {
    onnx.graph attributes {input_infos = [#onnx.value_info<name = "x">], output_infos = [#onnx.value_info<name = "y">], value_infos = []} {
    ^bb0(%x: !onnx.tensor<float, [4]>):
      %a = onnx.node "Relu"(%x) {node_name = "first", output_names = ["a"], split.stage = 0} : (!onnx.tensor<float, [4]>) -> !onnx.tensor<float, [4]>
      %y = onnx.node "Abs"(%a) {node_name = "second", output_names = ["y"], split.stage = 2} : (!onnx.tensor<float, [4]>) -> !onnx.tensor<float, [4]>
      onnx.return %y : !onnx.tensor<float, [4]>
    }
  }
}

// -----

#load = #split.load<macs = 0, flops = 0, bytes = 0, weight_bytes = 0, peak_activation_bytes = 0, buffer_bytes = 0, compute_ns = 0>
module attributes {
    split.topology = #split.topology<devices = [<name = "p">, <name = "q">] default = (8000000, 0, 1000)>,
    split.placement = #split.placement<devices = [0, 1], loads = [#load, #load], objective = "throughput", strategy = "plan", plan_class = "contiguous", seed = 0,
      bottleneck_ns = 17000, lower_bound_ns = 0, lower_bound_name = "", lower_bound_class = "contiguous", latency_ns = 17000>} {
  onnx.model "m" attributes {opset_imports = []} {
    onnx.graph attributes {input_infos = [#onnx.value_info<name = "x">], output_infos = [#onnx.value_info<name = "y">], value_infos = []} {
    ^bb0(%x: !onnx.tensor<float, [4]>):
      // expected-error @below {{has a copy in stage 2, which is no later one than its own}}
      %a = onnx.node "Relu"(%x) {node_name = "first", output_names = ["a"], split.stage = 0, split.copies = array<i32: 2>} : (!onnx.tensor<float, [4]>) -> !onnx.tensor<float, [4]>
      %y = onnx.node "Abs"(%a) {node_name = "second", output_names = ["y"], split.stage = 1} : (!onnx.tensor<float, [4]>) -> !onnx.tensor<float, [4]>
      onnx.return %y : !onnx.tensor<float, [4]>
    }
  }
}

// -----

// With a copy of the first node nothing travels.
//
#load = #split.load<macs = 0, flops = 0, bytes = 0, weight_bytes = 0, peak_activation_bytes = 0, buffer_bytes = 0, compute_ns = 0>
module attributes {
    split.topology = #split.topology<devices = [<name = "p">, <name = "q">] default = (8000000, 0, 1000)>,
    split.placement = #split.placement<devices = [0, 1], loads = [#load, #load], objective = "throughput", strategy = "plan", plan_class = "contiguous", seed = 0,
      bottleneck_ns = 17000, lower_bound_ns = 0, lower_bound_name = "", lower_bound_class = "contiguous", latency_ns = 17000>} {
  // expected-error @below {{the placement states a bottleneck of 17000 ns and a latency of 17000 ns, but they are 0 ns and 0 ns}}
  onnx.model "m" attributes {opset_imports = []} {
    onnx.graph attributes {input_infos = [#onnx.value_info<name = "x">], output_infos = [#onnx.value_info<name = "y">], value_infos = []} {
    ^bb0(%x: !onnx.tensor<float, [4]>):
      %a = onnx.node "Relu"(%x) {node_name = "first", output_names = ["a"], split.stage = 0, split.copies = array<i32: 1>} : (!onnx.tensor<float, [4]>) -> !onnx.tensor<float, [4]>
      %y = onnx.node "Abs"(%a) {node_name = "second", output_names = ["y"], split.stage = 1} : (!onnx.tensor<float, [4]>) -> !onnx.tensor<float, [4]>
      onnx.return %y : !onnx.tensor<float, [4]>
    }
  }
}

// -----

#load = #split.load<macs = 0, flops = 0, bytes = 0, weight_bytes = 0, peak_activation_bytes = 0, buffer_bytes = 0, compute_ns = 0>
// expected-error @below {{which must be a #split.placement on a module, on devices of its split.topology}}
module attributes {
    split.topology = #split.topology<devices = [<name = "p">, <name = "q">] default = (8000000, 0, 1000)>,
    split.placement = #split.placement<devices = [0, 7], loads = [#load, #load], objective = "throughput", strategy = "plan", plan_class = "contiguous", seed = 0,
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

#load = #split.load<macs = 0, flops = 0, bytes = 0, weight_bytes = 0, peak_activation_bytes = 0, buffer_bytes = 0, compute_ns = 0>
module attributes {
    split.topology = #split.topology<devices = [<name = "p">, <name = "q">] default = (8000000, 0, 1000)>,
    split.placement = #split.placement<devices = [0, 1], loads = [#load, #load], objective = "throughput", strategy = "plan", plan_class = "contiguous", seed = 0,
      bottleneck_ns = 17000, lower_bound_ns = 0, lower_bound_name = "", lower_bound_class = "contiguous", latency_ns = 17000>} {
  onnx.model "m" attributes {opset_imports = []} {
    onnx.graph attributes {input_infos = [#onnx.value_info<name = "x">], output_infos = [#onnx.value_info<name = "y">], value_infos = []} {
    ^bb0(%x: !onnx.tensor<float, [4]>):
      // expected-error @below {{has a copy in stage 2, which is no later one than its own}}
      %a = onnx.node "Relu"(%x) {node_name = "first", output_names = ["a"], split.stage = 0, split.copies = array<i32: 2>} : (!onnx.tensor<float, [4]>) -> !onnx.tensor<float, [4]>
      %y = onnx.node "Abs"(%a) {node_name = "second", output_names = ["y"], split.stage = 1} : (!onnx.tensor<float, [4]>) -> !onnx.tensor<float, [4]>
      onnx.return %y : !onnx.tensor<float, [4]>
    }
  }
}

// -----

// With a copy of the first node nothing travels.
//
#load = #split.load<macs = 0, flops = 0, bytes = 0, weight_bytes = 0, peak_activation_bytes = 0, buffer_bytes = 0, compute_ns = 0>
module attributes {
    split.topology = #split.topology<devices = [<name = "p">, <name = "q">] default = (8000000, 0, 1000)>,
    split.placement = #split.placement<devices = [0, 1], loads = [#load, #load], objective = "throughput", strategy = "plan", plan_class = "contiguous", seed = 0,
      bottleneck_ns = 17000, lower_bound_ns = 0, lower_bound_name = "", lower_bound_class = "contiguous", latency_ns = 17000>} {
  // expected-error @below {{the placement states a bottleneck of 17000 ns and a latency of 17000 ns, but they are 0 ns and 0 ns}}
  onnx.model "m" attributes {opset_imports = []} {
    onnx.graph attributes {input_infos = [#onnx.value_info<name = "x">], output_infos = [#onnx.value_info<name = "y">], value_infos = []} {
    ^bb0(%x: !onnx.tensor<float, [4]>):
      %a = onnx.node "Relu"(%x) {node_name = "first", output_names = ["a"], split.stage = 0, split.copies = array<i32: 1>} : (!onnx.tensor<float, [4]>) -> !onnx.tensor<float, [4]>
      %y = onnx.node "Abs"(%a) {node_name = "second", output_names = ["y"], split.stage = 1} : (!onnx.tensor<float, [4]>) -> !onnx.tensor<float, [4]>
      onnx.return %y : !onnx.tensor<float, [4]>
    }
  }
}

// -----

#load = #split.load<macs = 0, flops = 0, bytes = 0, weight_bytes = 0, peak_activation_bytes = 0, buffer_bytes = 0, compute_ns = 0>
// expected-error @below {{which must be a #split.placement on a module, on devices of its split.topology}}
module attributes {
    split.topology = #split.topology<devices = [<name = "p">, <name = "q">] default = (8000000, 0, 1000)>,
    split.placement = #split.placement<devices = [0, -1], loads = [#load, #load], objective = "throughput", strategy = "plan", plan_class = "contiguous", seed = 0,
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

#load = #split.load<macs = 0, flops = 0, bytes = 0, weight_bytes = 0, peak_activation_bytes = 0, buffer_bytes = 0, compute_ns = 0>
module attributes {
    split.topology = #split.topology<devices = [<name = "p">, <name = "q">] default = (8000000, 0, 1000)>,
    split.placement = #split.placement<devices = [0, 1], loads = [#load, #load], objective = "throughput", strategy = "plan", plan_class = "contiguous", seed = 0,
      bottleneck_ns = 0, lower_bound_ns = 0, lower_bound_name = "", lower_bound_class = "contiguous", latency_ns = 0>} {
  // expected-error @below {{the placement is not valid: stage 1 has no node}}
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

#load = #split.load<macs = 0, flops = 0, bytes = 0, weight_bytes = 0, peak_activation_bytes = 0, buffer_bytes = 0, compute_ns = 0>
module attributes {
    split.topology = #split.topology<devices = [<name = "p">, <name = "q">] default = (8000000, 0, 1000)>,
    split.placement = #split.placement<devices = [0, 0], loads = [#load, #load], objective = "throughput", strategy = "plan", plan_class = "contiguous", seed = 0,
      bottleneck_ns = 17000, lower_bound_ns = 0, lower_bound_name = "", lower_bound_class = "contiguous", latency_ns = 17000>} {
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

// The one that a cycle between parts would come from.
#load = #split.load<macs = 0, flops = 0, bytes = 0, weight_bytes = 0, peak_activation_bytes = 0, buffer_bytes = 0, compute_ns = 0>
module attributes {
    split.topology = #split.topology<devices = [<name = "p">, <name = "q">] default = (8000000, 0, 1000)>,
    split.placement = #split.placement<devices = [0, 1], loads = [#load, #load], objective = "throughput", strategy = "plan", plan_class = "contiguous", seed = 0,
      bottleneck_ns = 17000, lower_bound_ns = 0, lower_bound_name = "", lower_bound_class = "contiguous", latency_ns = 17000>} {
  // expected-error @below {{the placement is not valid: tensor 'a' goes back from stage 1 to stage 0}}
  onnx.model "m" attributes {opset_imports = []} {
    onnx.graph attributes {input_infos = [#onnx.value_info<name = "x">], output_infos = [#onnx.value_info<name = "y">], value_infos = []} {
    ^bb0(%x: !onnx.tensor<float, [4]>):
      %a = onnx.node "Relu"(%x) {node_name = "first", output_names = ["a"], split.stage = 1} : (!onnx.tensor<float, [4]>) -> !onnx.tensor<float, [4]>
      %y = onnx.node "Abs"(%a) {node_name = "second", output_names = ["y"], split.stage = 0} : (!onnx.tensor<float, [4]>) -> !onnx.tensor<float, [4]>
      onnx.return %y : !onnx.tensor<float, [4]>
    }
  }
}

// -----

// x + a = 32 bytes and two buffers of 16, in 60 and in 63 bytes. Every violation is
// reported.
#load = #split.load<macs = 0, flops = 0, bytes = 0, weight_bytes = 0, peak_activation_bytes = 0, buffer_bytes = 0, compute_ns = 0>
module attributes {
    split.topology = #split.topology<devices = [<name = "p", memory = 60>, <name = "q", memory = 63>] default = (8000000, 0, 1000)>,
    split.placement = #split.placement<devices = [0, 1], loads = [#load, #load], objective = "throughput", strategy = "plan", plan_class = "contiguous", seed = 0,
      bottleneck_ns = 17000, lower_bound_ns = 0, lower_bound_name = "", lower_bound_class = "contiguous", latency_ns = 17000>} {
  // expected-error @+2 {{the placement is not valid: stage 0 needs 64 bytes but device 'p' has 60 bytes, 4 bytes too little: weights 0 bytes, activations 32 bytes, buffers 32 bytes}}
  // expected-error @below {{the placement is not valid: stage 1 needs 64 bytes but device 'q' has 63 bytes, 1 byte too little}}
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
    split.topology = #split.topology<devices = [<name = "p">, <name = "q">] links = [<from = 1, to = 0, bits_per_second = 8000000, latency_ns = 1000>]>,
    split.placement = #split.placement<devices = [0, 1], loads = [#load, #load], objective = "throughput", strategy = "plan", plan_class = "contiguous", seed = 0,
      bottleneck_ns = 17000, lower_bound_ns = 0, lower_bound_name = "", lower_bound_class = "contiguous", latency_ns = 17000>} {
  // expected-error @below {{the placement is not valid: there is no link from device 'p' to 'q' for tensor 'a' of 16 bytes}}
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
    split.topology = #split.topology<devices = [<name = "p">, <name = "q", unsupported = ["Abs"]>] default = (8000000, 0, 1000)>,
    split.placement = #split.placement<devices = [0, 1], loads = [#load, #load], objective = "throughput", strategy = "plan", plan_class = "contiguous", seed = 0,
      bottleneck_ns = 17000, lower_bound_ns = 0, lower_bound_name = "", lower_bound_class = "contiguous", latency_ns = 17000>} {
  // expected-error @below {{the placement is not valid: node 'second' cannot run on device 'q'}}
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
    split.placement = #split.placement<devices = [0, 1], loads = [#load, #load], objective = "throughput", strategy = "plan", plan_class = "contiguous", seed = 0,
      bottleneck_ns = 17000, lower_bound_ns = 0, lower_bound_name = "", lower_bound_class = "contiguous", latency_ns = 17000>} {
  // expected-error @below {{the placement is not valid: tensor 'a' must not be cut but goes from stage 0 to stage 1}}
  onnx.model "m" attributes {opset_imports = []} {
    onnx.graph attributes {input_infos = [#onnx.value_info<name = "x">], output_infos = [#onnx.value_info<name = "y">], value_infos = []} {
    ^bb0(%x: !onnx.tensor<float, [4]>):
      %a = onnx.node "Relu"(%x) {node_name = "first", output_names = ["a"], split.stage = 0} : (!onnx.tensor<float, [4]>) -> !onnx.unknown
      %y = onnx.node "Abs"(%a) {node_name = "second", output_names = ["y"], split.stage = 1} : (!onnx.unknown) -> !onnx.tensor<float, [4]>
      onnx.return %y : !onnx.tensor<float, [4]>
    }
  }
}
