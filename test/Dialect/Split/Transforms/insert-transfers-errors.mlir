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
