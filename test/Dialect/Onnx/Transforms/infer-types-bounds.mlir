// RUN: onnx-split-opt %s --onnx-infer-types='extents=known' | FileCheck %s

// Upper bounds of extents that depend on data, and axes that no tensor has: no
// bound, and no crash.

// CHECK: onnx.node "Unique"{{.*}}axis{{.*}}-2{{.*}}#onnx.extents<time = [3, 5], memory = [3, 5], at_most = true>
// CHECK: onnx.node "Unique"{{.*}}#onnx.extents<time = [15], memory = [15], at_most = true>
// CHECK: onnx.node "Unique"
// CHECK-NOT: at_most
// CHECK: onnx.return
onnx.model "m" attributes {ir_version = 8 : i64, opset_imports = [#onnx.opset<domain = "", version = 17>]} {
  onnx.graph attributes {value_infos = [], output_infos = [],
      input_infos = [#onnx.value_info<name = "x", type = !onnx.tensor<float, [3, 5]>>, #onnx.value_info<name = "c", type = !onnx.tensor<bool, [3]>>, #onnx.value_info<name = "k", type = !onnx.tensor<int64, [1]>>]} {
  ^bb0(%x: !onnx.tensor<float, [3, 5]>, %c: !onnx.tensor<bool, [3]>, %k: !onnx.tensor<int64, [1]>):
    %a = onnx.node "Unique"(%x) {output_names = ["a"], node_attributes = [#onnx.attribute<name = "axis", kind = 2, value = -2 : i64>]} : (!onnx.tensor<float, [3, 5]>) -> !onnx.unknown
    %b = onnx.node "Unique"(%x) {output_names = ["b"]} : (!onnx.tensor<float, [3, 5]>) -> !onnx.unknown
    %d = onnx.node "Unique"(%x) {output_names = ["d"], node_attributes = [#onnx.attribute<name = "axis", kind = 2, value = 9223372036854775807 : i64>]} : (!onnx.tensor<float, [3, 5]>) -> !onnx.unknown
    %e = onnx.node "Compress"(%x, %c) {output_names = ["e"], node_attributes = [#onnx.attribute<name = "axis", kind = 2, value = 4294967295 : i64>]} : (!onnx.tensor<float, [3, 5]>, !onnx.tensor<bool, [3]>) -> !onnx.unknown
    %f:2 = onnx.node "TopK"(%x, %k) {output_names = ["f", "g"], node_attributes = [#onnx.attribute<name = "axis", kind = 2, value = -9223372036854775808 : i64>]} : (!onnx.tensor<float, [3, 5]>, !onnx.tensor<int64, [1]>) -> (!onnx.unknown, !onnx.unknown)
    onnx.return
  }
}
