// Operators that no operator set has are named once each; custom ones, and calls
// of the model's own functions, are not.
//
// RUN: onnx-split-opt %s --onnx-infer-types --split-input-file \
// RUN:   --verify-diagnostics

onnx.model "m" attributes {ir_version = 8 : i64, opset_imports = [#onnx.opset<domain = "", version = 17>, #onnx.opset<domain = "com.microsoft", version = 1>, #onnx.opset<domain = "com.microsoft.nchwc", version = 1>, #onnx.opset<domain = "ai.onnx.ml", version = 3>, #onnx.opset<domain = "com.example", version = 1>]} {
  onnx.graph attributes {input_infos = [#onnx.value_info<name = "x", type = !onnx.tensor<float, [2]>>, #onnx.value_info<name = "k", type = !onnx.tensor<bool, [1]>>], output_infos = [], value_infos = []} {
  ^bb0(%x: !onnx.tensor<float, [2]>, %k: !onnx.tensor<bool, [1]>):
    // expected-warning @below {{there is no operator 'Erfc' in the operator set 'ai.onnx'; the types of its results stay unknown (and 2 more nodes)}}
    %a = onnx.node "Erfc"(%x) {output_names = ["a"]} : (!onnx.tensor<float, [2]>) -> !onnx.unknown
    %b = onnx.node "Erfc"(%x) {domain = "ai.onnx", output_names = ["b"]} : (!onnx.tensor<float, [2]>) -> !onnx.unknown
    // expected-warning @below {{the operator 'Gelu' is not in version 17 of the operator set 'ai.onnx'; version 20 has it; the types of its results stay unknown}}
    %c = onnx.node "Gelu"(%x) {output_names = ["c"]} : (!onnx.tensor<float, [2]>) -> !onnx.unknown
    // expected-warning @below {{no type rule is known for the operator 'Gleu' of 'com.microsoft'; the types of its results stay unknown (and 1 more node)}}
    %d = onnx.node "Gleu"(%x) {domain = "com.microsoft", output_names = ["d"]} : (!onnx.tensor<float, [2]>) -> !onnx.unknown
    // expected-warning @below {{no type rule is known for the operator 'Gemm' of 'com.microsoft.nchwc'}}
    %e = onnx.node "Gemm"(%x) {domain = "com.microsoft.nchwc", output_names = ["e"]} : (!onnx.tensor<float, [2]>) -> !onnx.unknown
    // expected-warning @below {{there is no operator 'Scalar' in the operator set 'ai.onnx.ml'}}
    %f = onnx.node "Scalar"(%x) {domain = "ai.onnx.ml", output_names = ["f"]} : (!onnx.tensor<float, [2]>) -> !onnx.unknown
    %g = onnx.node "Custom"(%x) {domain = "com.example", output_names = ["g"]} : (!onnx.tensor<float, [2]>) -> !onnx.unknown
    %h = onnx.node "Mine"(%x) {domain = "com.microsoft", output_names = ["h"]} : (!onnx.tensor<float, [2]>) -> !onnx.unknown
    %i = onnx.node "Abs"(%x) {output_names = ["i"]} : (!onnx.tensor<float, [2]>) -> !onnx.unknown
    %o = onnx.node "If"(%k) {output_names = ["o"], node_attributes = [#onnx.attribute<name = "then_branch", kind = 5, value = 1 : i64>, #onnx.attribute<name = "else_branch", kind = 5, value = 1 : i64>]} : (!onnx.tensor<bool, [1]>) -> !onnx.unknown {
      onnx.graph attributes {input_infos = [], output_infos = [#onnx.value_info<name = "j", type = !onnx.unknown>], value_infos = []} {
        %j = onnx.node "Erfc"(%x) {output_names = ["j"]} : (!onnx.tensor<float, [2]>) -> !onnx.unknown
        onnx.return %j : !onnx.unknown
      }
    }, {
      onnx.graph attributes {input_infos = [], output_infos = [#onnx.value_info<name = "l", type = !onnx.unknown>], value_infos = []} {
        %l = onnx.node "Abs"(%x) {output_names = ["l"]} : (!onnx.tensor<float, [2]>) -> !onnx.unknown
        onnx.return %l : !onnx.unknown
      }
    }
    onnx.return
  }
  // The function has imports of its own.
  onnx.function attributes {function_name = "Mine", domain = "com.microsoft", input_names = ["x"], output_names = ["y"], opset_imports = [#onnx.opset<domain = "", version = 20>, #onnx.opset<domain = "com.microsoft", version = 1>], value_infos = []} {
  ^bb0(%x: !onnx.unknown):
    %y = onnx.node "Gelu"(%x) {output_names = ["y"]} : (!onnx.unknown) -> !onnx.unknown
    %z = onnx.node "Gleu"(%x) {domain = "com.microsoft", output_names = ["z"]} : (!onnx.unknown) -> !onnx.unknown
    onnx.return %y : !onnx.unknown
  }
  // Nobody calls this one.
  onnx.function attributes {function_name = "Idle", domain = "local", input_names = ["x"], output_names = ["y"], opset_imports = [#onnx.opset<domain = "", version = 17>], value_infos = []} {
  ^bb0(%x: !onnx.unknown):
    %y = onnx.node "Nothing"(%x) {output_names = ["y"]} : (!onnx.unknown) -> !onnx.unknown
    onnx.return %y : !onnx.unknown
  }
}

// -----

// Before IR version 3 nothing is imported.
onnx.model "m" attributes {ir_version = 2 : i64, opset_imports = []} {
  onnx.graph attributes {input_infos = [#onnx.value_info<name = "x", type = !onnx.tensor<float, [2]>>], output_infos = [], value_infos = []} {
  ^bb0(%x: !onnx.tensor<float, [2]>):
    %a = onnx.node "Abs"(%x) {output_names = ["a"]} : (!onnx.tensor<float, [2]>) -> !onnx.unknown
    // expected-warning @below {{there is no operator 'Abz' in the operator set 'ai.onnx'}}
    %b = onnx.node "Abz"(%x) {output_names = ["b"]} : (!onnx.tensor<float, [2]>) -> !onnx.unknown
    onnx.return
  }
}
