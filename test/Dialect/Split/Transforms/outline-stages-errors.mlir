// RUN: onnx-split-opt %s --split-outline-stages --split-input-file \
// RUN:   --verify-diagnostics

// expected-error @below {{needs one model with stages; run split-form-stages first}}
module {
}

// -----

// expected-error @below {{needs one model with stages; run split-form-stages first}}
module {
  onnx.model "m" attributes {opset_imports = []} {
    onnx.graph attributes {input_infos = [], output_infos = [], value_infos = []} {
      onnx.return
    }
  }
}

// -----

// Two parts would have one name.
module {
  onnx.model "m" attributes {opset_imports = []} {
    onnx.graph attributes {input_infos = [], output_infos = [], value_infos = []} {
      split.stage <stage = 0, device = "p", rank = 0, load = <macs = 0, flops = 0, bytes = 0, weight_bytes = 0, peak_activation_bytes = 0, buffer_bytes = 0, compute_ns = 0>>() : () -> () {
        onnx.graph attributes {input_infos = [], output_infos = [], value_infos = []} {
          onnx.return
        }
      }
      // expected-error @below {{'split.stage' op is stage 0, but must be stage 1: stages are numbered in order}}
      split.stage <stage = 0, device = "p", rank = 0, load = <macs = 0, flops = 0, bytes = 0, weight_bytes = 0, peak_activation_bytes = 0, buffer_bytes = 0, compute_ns = 0>>() : () -> () {
        onnx.graph attributes {input_infos = [], output_infos = [], value_infos = []} {
          onnx.return
        }
      }
      onnx.return
    }
  }
}

// -----

module {
  onnx.model "m" attributes {opset_imports = []} {
    onnx.graph attributes {input_infos = [], output_infos = [], value_infos = []} {
      %a = split.stage <stage = 0, device = "p", rank = 0, load = <macs = 0, flops = 0, bytes = 0, weight_bytes = 0, peak_activation_bytes = 0, buffer_bytes = 0, compute_ns = 0>>() : () -> !onnx.unknown {
        onnx.graph attributes {input_infos = [], output_infos = [#onnx.value_info<name = "a">], value_infos = []} {
          %in = onnx.node "Op"() {output_names = ["a"]} : () -> !onnx.unknown
          onnx.return %in : !onnx.unknown
        }
      }
      // expected-error @below {{'split.stage' op reads a result of another stage; run split-insert-transfers first}}
      split.stage <stage = 1, device = "q", rank = 1, load = <macs = 0, flops = 0, bytes = 0, weight_bytes = 0, peak_activation_bytes = 0, buffer_bytes = 0, compute_ns = 0>>(%a) : (!onnx.unknown) -> () {
        onnx.graph attributes {input_infos = [#onnx.value_info<name = "a">], output_infos = [], value_infos = []} {
        ^bb0(%in: !onnx.unknown):
          onnx.return
        }
      }
      onnx.return
    }
  }
}

// -----

// A wire of other stages.
module {
  onnx.model "m" attributes {opset_imports = []} {
    onnx.graph attributes {input_infos = [], output_infos = [], value_infos = []} {
      %a = split.stage <stage = 0, device = "p", rank = 0, load = <macs = 0, flops = 0, bytes = 0, weight_bytes = 0, peak_activation_bytes = 0, buffer_bytes = 0, compute_ns = 0>>() : () -> !onnx.unknown {
        onnx.graph attributes {input_infos = [], output_infos = [#onnx.value_info<name = "a">], value_infos = []} {
          %in = onnx.node "Op"() {output_names = ["a"]} : () -> !onnx.unknown
          onnx.return %in : !onnx.unknown
        }
      }
      // expected-error @below {{'split.transfer' op must be from stage 0 to stage 5, as its wire says}}
      %t = split.transfer %a <name = "w", tensor = "a", from = 0, to = 5, send_device = "p", recv_device = "q", tag = 0, seq = 0, bytes = 0, time_ns = 0, type = !onnx.unknown> : !onnx.unknown
      split.stage <stage = 1, device = "q", rank = 1, load = <macs = 0, flops = 0, bytes = 0, weight_bytes = 0, peak_activation_bytes = 0, buffer_bytes = 0, compute_ns = 0>>(%t) : (!onnx.unknown) -> () {
        onnx.graph attributes {input_infos = [#onnx.value_info<name = "a">], output_infos = [], value_infos = []} {
        ^bb0(%in: !onnx.unknown):
          onnx.return
        }
      }
      onnx.return
    }
  }
}
