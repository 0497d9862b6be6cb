// With unknown-op=error, what has no cost is refused, not guessed.
//
// RUN: onnx-split-opt %s --split-annotate-cost=unknown-op=error \
// RUN:   --split-input-file --verify-diagnostics
// RUN: not onnx-split-opt %s --split-annotate-cost=unknown-op=zero \
// RUN:   --split-input-file 2>&1 | FileCheck %s

// CHECK: error: --unknown-op takes 'bytes' or 'error', not 'zero'

onnx.model "m" attributes {ir_version = 8 : i64, opset_imports = [#onnx.opset<domain = "com.example", version = 1>]} {
  onnx.graph attributes {input_infos = [#onnx.value_info<name = "x">], output_infos = [], value_infos = []} {
  ^bb0(%x: !onnx.tensor<float, [2]>):
    // expected-error @below {{has no known cost, or an unknown extent that its cost depends on; give input shapes with --shape, or take its bytes with --unknown-op=bytes}}
    %y = onnx.node "Mine"(%x) {domain = "com.example", output_names = ["y"]} : (!onnx.tensor<float, [2]>) -> !onnx.tensor<float, [2]>
    onnx.return
  }
}

// -----

onnx.model "m" attributes {ir_version = 8 : i64, opset_imports = [#onnx.opset<domain = "", version = 17>]} {
  onnx.graph attributes {input_infos = [#onnx.value_info<name = "x">], output_infos = [], value_infos = []} {
  ^bb0(%x: !onnx.tensor<float, ["N"]>):
    // expected-error @below {{has no known cost, or an unknown extent that its cost depends on}}
    %y = onnx.node "Relu"(%x) {output_names = ["y"]} : (!onnx.tensor<float, ["N"]>) -> !onnx.tensor<float, ["N"]>
    onnx.return
  }
}
