// RUN: onnx-split-opt %s --split-form-stages --split-input-file \
// RUN:   --verify-diagnostics

// expected-error @below {{needs one model with a placement; run split-place first}}
module {
  onnx.model "m" attributes {opset_imports = []} {
    onnx.graph attributes {input_infos = [], output_infos = [], value_infos = []} {
      onnx.return
    }
  }
}

// -----

#load = #split.load<macs = 0, flops = 0, bytes = 0, weight_bytes = 0, peak_activation_bytes = 0, buffer_bytes = 0, compute_ns = 0>
// expected-error @below {{needs one model with a placement; run split-place first}}
module attributes {
    split.topology = #split.topology<devices = [<name = "p">]>,
    split.placement = #split.placement<devices = [0], loads = [#load], objective = "throughput", strategy = "exact", plan_class = "contiguous", seed = 0, bottleneck_ns = 0, lower_bound_ns = 0, lower_bound_name = "exact", lower_bound_class = "contiguous", latency_ns = 0>} {
}

// -----

#load = #split.load<macs = 0, flops = 0, bytes = 0, weight_bytes = 0, peak_activation_bytes = 0, buffer_bytes = 0, compute_ns = 0>
module attributes {
    split.topology = #split.topology<devices = [<name = "p">]>,
    split.placement = #split.placement<devices = [0], loads = [#load], objective = "throughput", strategy = "exact", plan_class = "contiguous", seed = 0, bottleneck_ns = 0, lower_bound_ns = 0, lower_bound_name = "exact", lower_bound_class = "contiguous", latency_ns = 0>} {
  onnx.model "m" attributes {opset_imports = []} {
    onnx.graph attributes {input_infos = [#onnx.value_info<name = "x">], output_infos = [], value_infos = []} {
    ^bb0(%x: !onnx.unknown):
      // expected-error @below {{must have a stage below 1}}
      onnx.node "Op"(%x) {output_names = []} : (!onnx.unknown) -> ()
      onnx.return
    }
  }
}

// -----

// One placement says one stage, one node another.
#load = #split.load<macs = 0, flops = 0, bytes = 0, weight_bytes = 0, peak_activation_bytes = 0, buffer_bytes = 0, compute_ns = 0>
module attributes {
    split.topology = #split.topology<devices = [<name = "p">]>,
    split.placement = #split.placement<devices = [0], loads = [#load], objective = "throughput", strategy = "exact", plan_class = "contiguous", seed = 0, bottleneck_ns = 0, lower_bound_ns = 0, lower_bound_name = "exact", lower_bound_class = "contiguous", latency_ns = 0>} {
  onnx.model "m" attributes {opset_imports = []} {
    onnx.graph attributes {input_infos = [#onnx.value_info<name = "x">], output_infos = [], value_infos = []} {
    ^bb0(%x: !onnx.unknown):
      // expected-error @below {{must have a stage below 1}}
      onnx.node "Op"(%x) {output_names = [], split.stage = 1} : (!onnx.unknown) -> ()
      onnx.return
    }
  }
}

// -----

// A copy is in a later stage than its node, and in one that there is.
#load = #split.load<macs = 0, flops = 0, bytes = 0, weight_bytes = 0, peak_activation_bytes = 0, buffer_bytes = 0, compute_ns = 0>
module attributes {
    split.topology = #split.topology<devices = [<name = "p">, <name = "q">]>,
    split.placement = #split.placement<devices = [0, 1], loads = [#load, #load], objective = "throughput", strategy = "exact", plan_class = "contiguous", seed = 0, bottleneck_ns = 0, lower_bound_ns = 0, lower_bound_name = "exact", lower_bound_class = "contiguous", latency_ns = 0>} {
  onnx.model "m" attributes {opset_imports = []} {
    onnx.graph attributes {input_infos = [#onnx.value_info<name = "x">], output_infos = [], value_infos = []} {
    ^bb0(%x: !onnx.unknown):
      onnx.node "Op"(%x) {output_names = [], split.stage = 0} : (!onnx.unknown) -> ()
      // expected-error @below {{must have copies in later stages below 2}}
      onnx.node "Op"(%x) {output_names = [], split.stage = 1, split.copies = array<i32: 0>} : (!onnx.unknown) -> ()
      onnx.return
    }
  }
}

// -----

#load = #split.load<macs = 0, flops = 0, bytes = 0, weight_bytes = 0, peak_activation_bytes = 0, buffer_bytes = 0, compute_ns = 0>
module attributes {
    split.topology = #split.topology<devices = [<name = "p">]>,
    split.placement = #split.placement<devices = [0], loads = [#load], objective = "throughput", strategy = "exact", plan_class = "contiguous", seed = 0, bottleneck_ns = 0, lower_bound_ns = 0, lower_bound_name = "exact", lower_bound_class = "contiguous", latency_ns = 0>} {
  onnx.model "m" attributes {opset_imports = []} {
    onnx.graph attributes {input_infos = [#onnx.value_info<name = "x">], output_infos = [], value_infos = []} {
    ^bb0(%x: !onnx.unknown):
      // expected-error @below {{must have copies in later stages below 1}}
      onnx.node "Op"(%x) {output_names = [], split.stage = 0, split.copies = array<i32: 1>} : (!onnx.unknown) -> ()
      onnx.return
    }
  }
}

// -----

// A placement that nobody verified.
#load = #split.load<macs = 0, flops = 0, bytes = 0, weight_bytes = 0, peak_activation_bytes = 0, buffer_bytes = 0, compute_ns = 0>
module attributes {
    split.topology = #split.topology<devices = [<name = "p">, <name = "q">]>,
    split.placement = #split.placement<devices = [0, 1], loads = [#load, #load], objective = "throughput", strategy = "exact", plan_class = "contiguous", seed = 0, bottleneck_ns = 0, lower_bound_ns = 0, lower_bound_name = "", lower_bound_class = "contiguous", latency_ns = 0>} {
  onnx.model "m" attributes {opset_imports = []} {
    onnx.graph attributes {input_infos = [#onnx.value_info<name = "x">], output_infos = [], value_infos = []} {
    ^bb0(%x: !onnx.unknown):
      %a = onnx.node "Op"(%x) {output_names = ["a"], split.stage = 1} : (!onnx.unknown) -> !onnx.unknown
      // expected-error @below {{is in stage 0 but reads 'a' of stage 1; stage numbers must not fall along a tensor}}
      onnx.node "Op"(%a) {output_names = [], split.stage = 0} : (!onnx.unknown) -> ()
      onnx.return
    }
  }
}

// -----

// Stages that somebody formed before.
#load = #split.load<macs = 0, flops = 0, bytes = 0, weight_bytes = 0, peak_activation_bytes = 0, buffer_bytes = 0, compute_ns = 0>
module attributes {
    split.topology = #split.topology<devices = [<name = "p">, <name = "q">]>,
    split.placement = #split.placement<devices = [0, 1], loads = [#load, #load], objective = "throughput", strategy = "exact", plan_class = "contiguous", seed = 0, bottleneck_ns = 0, lower_bound_ns = 0, lower_bound_name = "", lower_bound_class = "contiguous", latency_ns = 0>} {
  onnx.model "m" attributes {opset_imports = []} {
    onnx.graph attributes {input_infos = [], output_infos = [], value_infos = []} {
      // expected-error @below {{'split.stage' op must not stand in a graph whose stages are still to be formed}}
      split.stage <stage = 0, device = "p", rank = 0, load = <macs = 0, flops = 0, bytes = 0, weight_bytes = 0, peak_activation_bytes = 0, buffer_bytes = 0, compute_ns = 0>>() : () -> () {
        onnx.graph attributes {input_infos = [], output_infos = [], value_infos = []} {
          onnx.return
        }
      }
      onnx.return
    }
  }
}
