// RUN: onnx-split-opt %s --split-insert-transfers --split-input-file \
// RUN:   --verify-diagnostics

// expected-error @below {{needs one model with a placement; run split-place first}}
module {
}

// -----

// expected-error @below {{needs one model with a placement; run split-place first}}
module attributes {split.topology = #split.topology<devices = [<name = "p">]>} {
  onnx.model "m" attributes {opset_imports = []} {
    onnx.graph attributes {input_infos = [], output_infos = [], value_infos = []} {
      onnx.return
    }
  }
}

// -----

// Numbers of stages must be those of the placement.
#load = #split.load<macs = 0, flops = 0, bytes = 0, weight_bytes = 0, peak_activation_bytes = 0, buffer_bytes = 0, compute_ns = 0>
module attributes {
    split.topology = #split.topology<devices = [<name = "p">, <name = "q">]>,
    split.placement = #split.placement<devices = [0, 1], loads = [#load, #load], objective = "throughput", strategy = "exact", plan_class = "contiguous", seed = 0, bottleneck_ns = 0, lower_bound_ns = 0, lower_bound_name = "", lower_bound_class = "contiguous", latency_ns = 0>} {
  onnx.model "m" attributes {opset_imports = []} {
    onnx.graph attributes {input_infos = [], output_infos = [], value_infos = []} {
      // expected-error @below {{'split.stage' op is stage 7, but must be stage 0: stages are numbered in order}}
      split.stage <stage = 7, device = "p", rank = 0, load = <macs = 0, flops = 0, bytes = 0, weight_bytes = 0, peak_activation_bytes = 0, buffer_bytes = 0, compute_ns = 0>>() : () -> () {
        onnx.graph attributes {input_infos = [], output_infos = [], value_infos = []} {
          onnx.return
        }
      }
      onnx.return
    }
  }
}

// -----

#load = #split.load<macs = 0, flops = 0, bytes = 0, weight_bytes = 0, peak_activation_bytes = 0, buffer_bytes = 0, compute_ns = 0>
module attributes {
    split.topology = #split.topology<devices = [<name = "p">, <name = "q">]>,
    split.placement = #split.placement<devices = [0, 1], loads = [#load, #load], objective = "throughput", strategy = "exact", plan_class = "contiguous", seed = 0, bottleneck_ns = 0, lower_bound_ns = 0, lower_bound_name = "", lower_bound_class = "contiguous", latency_ns = 0>} {
  onnx.model "m" attributes {opset_imports = []} {
    onnx.graph attributes {input_infos = [], output_infos = [], value_infos = []} {
      split.stage <stage = 0, device = "p", rank = 0, load = <macs = 0, flops = 0, bytes = 0, weight_bytes = 0, peak_activation_bytes = 0, buffer_bytes = 0, compute_ns = 0>>() : () -> () {
        onnx.graph attributes {input_infos = [], output_infos = [], value_infos = []} {
          onnx.return
        }
      }
      split.stage <stage = 1, device = "p", rank = 0, load = <macs = 0, flops = 0, bytes = 0, weight_bytes = 0, peak_activation_bytes = 0, buffer_bytes = 0, compute_ns = 0>>() : () -> () {
        onnx.graph attributes {input_infos = [], output_infos = [], value_infos = []} {
          onnx.return
        }
      }
      // expected-error @below {{'split.stage' op is stage 2, but the placement has 2 stages}}
      split.stage <stage = 2, device = "p", rank = 0, load = <macs = 0, flops = 0, bytes = 0, weight_bytes = 0, peak_activation_bytes = 0, buffer_bytes = 0, compute_ns = 0>>() : () -> () {
        onnx.graph attributes {input_infos = [], output_infos = [], value_infos = []} {
          onnx.return
        }
      }
      onnx.return
    }
  }
}

// -----

#load = #split.load<macs = 0, flops = 0, bytes = 0, weight_bytes = 0, peak_activation_bytes = 0, buffer_bytes = 0, compute_ns = 0>
module attributes {
    split.topology = #split.topology<devices = [<name = "p">, <name = "q">]>,
    split.placement = #split.placement<devices = [0, 1], loads = [#load, #load], objective = "throughput", strategy = "exact", plan_class = "contiguous", seed = 0, bottleneck_ns = 0, lower_bound_ns = 0, lower_bound_name = "", lower_bound_class = "contiguous", latency_ns = 0>} {
  onnx.model "m" attributes {opset_imports = []} {
    // expected-error @below {{'onnx.graph' op has 1 stages, but the placement has 2}}
    onnx.graph attributes {input_infos = [], output_infos = [], value_infos = []} {
      split.stage <stage = 0, device = "p", rank = 0, load = <macs = 0, flops = 0, bytes = 0, weight_bytes = 0, peak_activation_bytes = 0, buffer_bytes = 0, compute_ns = 0>>() : () -> () {
        onnx.graph attributes {input_infos = [], output_infos = [], value_infos = []} {
          onnx.return
        }
      }
      onnx.return
    }
  }
}
