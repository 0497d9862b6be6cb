// What goes from stage to stage must be what the placement lists, where it lists
// anything: its figures are of that.
//
// RUN: onnx-split-opt %s --split-input-file --verify-diagnostics \
// RUN:   --pass-pipeline='builtin.module(split-form-stages,split-insert-transfers)'

#load = #split.load<macs = 0, flops = 0, bytes = 0, weight_bytes = 0, peak_activation_bytes = 0, buffer_bytes = 0, compute_ns = 0>
module attributes {
    split.topology = #split.topology<devices = [<name = "p">, <name = "q">] default = (8000000, 1000)>,
    split.placement = #split.placement<devices = [0, 1], loads = [#load, #load], objective = "throughput", strategy = "exact", plan_class = "contiguous", seed = 0, bottleneck_ns = 0, lower_bound_ns = 0, lower_bound_name = "", lower_bound_class = "contiguous", latency_ns = 0>, split.crossings = []} {
  onnx.model "m" attributes {opset_imports = []} {
    onnx.graph attributes {input_infos = [#onnx.value_info<name = "x">], output_infos = [#onnx.value_info<name = "y">], value_infos = []} {
    ^bb0(%x: !onnx.unknown):
      // expected-error @below {{'a' goes from stage 0 to stage 1, but the placement does not list that among its crossings}}
      %a = onnx.node "Relu"(%x) {output_names = ["a"], split.stage = 0} : (!onnx.unknown) -> !onnx.unknown
      %y = onnx.node "Relu"(%a) {output_names = ["y"], split.stage = 1} : (!onnx.unknown) -> !onnx.unknown
      onnx.return %y : !onnx.unknown
    }
  }
}

// -----

#load = #split.load<macs = 0, flops = 0, bytes = 0, weight_bytes = 0, peak_activation_bytes = 0, buffer_bytes = 0, compute_ns = 0>
module attributes {
    split.topology = #split.topology<devices = [<name = "p">, <name = "q">] default = (8000000, 1000)>,
    split.placement = #split.placement<devices = [0, 1], loads = [#load, #load], objective = "throughput", strategy = "exact", plan_class = "contiguous", seed = 0, bottleneck_ns = 0, lower_bound_ns = 0, lower_bound_name = "", lower_bound_class = "contiguous", latency_ns = 0>, split.crossings = [#split.crossing<tensor = "b", from = 0, to = 1, time_ns = 1>]} {
  onnx.model "m" attributes {opset_imports = []} {
    onnx.graph attributes {input_infos = [#onnx.value_info<name = "x">], output_infos = [#onnx.value_info<name = "y">], value_infos = []} {
    ^bb0(%x: !onnx.unknown):
      // expected-error @below {{'a' goes from stage 0 to stage 1, but the placement does not list that among its crossings}}
      %a = onnx.node "Relu"(%x) {output_names = ["a"], split.stage = 0} : (!onnx.unknown) -> !onnx.unknown
      %y = onnx.node "Relu"(%a) {output_names = ["y"], split.stage = 1} : (!onnx.unknown) -> !onnx.unknown
      onnx.return %y : !onnx.unknown
    }
  }
}

// -----

#load = #split.load<macs = 0, flops = 0, bytes = 0, weight_bytes = 0, peak_activation_bytes = 0, buffer_bytes = 0, compute_ns = 0>
module attributes {
    split.topology = #split.topology<devices = [<name = "p">, <name = "q">] default = (8000000, 1000)>,
    split.placement = #split.placement<devices = [0, 1], loads = [#load, #load], objective = "throughput", strategy = "exact", plan_class = "contiguous", seed = 0, bottleneck_ns = 0, lower_bound_ns = 0, lower_bound_name = "", lower_bound_class = "contiguous", latency_ns = 0>, split.crossings = [#split.crossing<tensor = "a", from = 0, to = 1, time_ns = 1>, #split.crossing<tensor = "b", from = 0, to = 1, time_ns = 1>]} {
  onnx.model "m" attributes {opset_imports = []} {
    // expected-error @below {{the placement lists 'b' from stage 0 to stage 1 among its crossings, but no stage 1 reads it from there}}
    onnx.graph attributes {input_infos = [#onnx.value_info<name = "x">], output_infos = [#onnx.value_info<name = "y">], value_infos = []} {
    ^bb0(%x: !onnx.unknown):
      %a = onnx.node "Relu"(%x) {output_names = ["a"], split.stage = 0} : (!onnx.unknown) -> !onnx.unknown
      %y = onnx.node "Relu"(%a) {output_names = ["y"], split.stage = 1} : (!onnx.unknown) -> !onnx.unknown
      onnx.return %y : !onnx.unknown
    }
  }
}

// -----

#load = #split.load<macs = 0, flops = 0, bytes = 0, weight_bytes = 0, peak_activation_bytes = 0, buffer_bytes = 0, compute_ns = 0>
module attributes {
    split.topology = #split.topology<devices = [<name = "p">, <name = "q">] default = (8000000, 1000)>,
    split.placement = #split.placement<devices = [0, 1], loads = [#load, #load], objective = "throughput", strategy = "exact", plan_class = "contiguous", seed = 0, bottleneck_ns = 0, lower_bound_ns = 0, lower_bound_name = "", lower_bound_class = "contiguous", latency_ns = 0>, split.crossings = [#split.crossing<tensor = "a", from = 0, to = 1, time_ns = 1>, #split.crossing<tensor = "a", from = 0, to = 1, time_ns = 2>]} {
  onnx.model "m" attributes {opset_imports = []} {
    // expected-error @below {{the placement lists 'a' twice from stage 0 to stage 1}}
    onnx.graph attributes {input_infos = [#onnx.value_info<name = "x">], output_infos = [#onnx.value_info<name = "y">], value_infos = []} {
    ^bb0(%x: !onnx.unknown):
      %a = onnx.node "Relu"(%x) {output_names = ["a"], split.stage = 0} : (!onnx.unknown) -> !onnx.unknown
      %y = onnx.node "Relu"(%a) {output_names = ["y"], split.stage = 1} : (!onnx.unknown) -> !onnx.unknown
      onnx.return %y : !onnx.unknown
    }
  }
}

// -----

// Without a list the evaluation says what it can: nothing of replicas that
// stand twice on a device.
#load = #split.load<macs = 0, flops = 0, bytes = 0, weight_bytes = 0, peak_activation_bytes = 0, buffer_bytes = 0, compute_ns = 0>
// expected-error @below {{the placement is not valid: stage 0 has two replicas on device 'p'}}
module attributes {
    split.topology = #split.topology<devices = [<name = "p">, <name = "q">] default = (8000000, 1000)>,
    split.placement = #split.placement<devices = [0, 1], replicas = [[0], []], loads = [#load, #load], objective = "throughput", strategy = "exact", plan_class = "contiguous", seed = 0, bottleneck_ns = 0, lower_bound_ns = 0, lower_bound_name = "", lower_bound_class = "contiguous", latency_ns = 0>} {
  onnx.model "m" attributes {opset_imports = []} {
    onnx.graph attributes {input_infos = [#onnx.value_info<name = "x">], output_infos = [#onnx.value_info<name = "y">], value_infos = []} {
    ^bb0(%x: !onnx.unknown):
      %a = onnx.node "Relu"(%x) {output_names = ["a"], split.stage = 0} : (!onnx.unknown) -> !onnx.unknown
      %y = onnx.node "Relu"(%a) {output_names = ["y"], split.stage = 1} : (!onnx.unknown) -> !onnx.unknown
      onnx.return %y : !onnx.unknown
    }
  }
}
