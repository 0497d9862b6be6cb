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
