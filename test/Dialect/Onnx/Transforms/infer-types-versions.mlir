// A version of more than 32 bits is later than all that are known, and none of
// the small ones that it would wrap to: 4294967313 is 2^32 + 17, and 4294967296
// is 2^32. Axes are an input of ReduceMax since version 18. (The main graph's
// version of ONNX's own operators is checked before.)
//
// RUN: onnx-split-opt %s --onnx-infer-types | FileCheck %s

// CHECK-LABEL: onnx.graph
onnx.model "m" attributes {ir_version = 8 : i64, opset_imports = [#onnx.opset<domain = "", version = 18>, #onnx.opset<domain = "com.microsoft", version = 4294967296>, #onnx.opset<domain = "local", version = 1>]} {
  onnx.graph attributes {graph_name = "g", input_infos = [#onnx.value_info<name = "x">], output_infos = [#onnx.value_info<name = "z">], value_infos = []} {
  ^bb0(%x: !onnx.tensor<float, [2, 4]>):
    // CHECK: initializer
    // Axis 1: "\01\00\00\00\00\00\00\00" as raw_data, field 9.
    %axes = onnx.initializer #onnx.tensor<name = "axes", data_type = 7, dims = [1], rest = "J\08\01\00\00\00\00\00\00\00"> -> !onnx.tensor<int64, [1]>
    // CHECK: "Gelu"{{.*}} -> !onnx.tensor<float, [2, 4]>
    %g = onnx.node "Gelu"(%x) {domain = "com.microsoft", output_names = ["g"]} : (!onnx.tensor<float, [2, 4]>) -> !onnx.unknown
    // CHECK: "Reduce"{{.*}} -> !onnx.tensor<float, [2, 1]>
    %z = onnx.node "Reduce"(%g, %axes) {domain = "local", output_names = ["z"]} : (!onnx.unknown, !onnx.tensor<int64, [1]>) -> !onnx.unknown
    onnx.return %z : !onnx.unknown
  }
  onnx.function attributes {function_name = "Reduce", domain = "local", input_names = ["a", "b"], output_names = ["c"], opset_imports = [#onnx.opset<domain = "", version = 4294967313>], value_infos = []} {
  ^bb0(%a: !onnx.unknown, %b: !onnx.unknown):
    %c = onnx.node "ReduceMax"(%a, %b) {output_names = ["c"]} : (!onnx.unknown, !onnx.unknown) -> !onnx.unknown
    onnx.return %c : !onnx.unknown
  }
}
