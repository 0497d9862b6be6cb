// Operators of ai.onnx.ml that take or make what is no tensor, and such that are
// malformed. test/Python/test_schemas_learning.py has the others.
//
// RUN: onnx-split-opt %s --onnx-infer-types | FileCheck %s

onnx.model "m" attributes {ir_version = 8 : i64, opset_imports = [#onnx.opset<domain = "ai.onnx.ml", version = 3>]} {
  onnx.graph attributes {input_infos = [#onnx.value_info<name = "x", type = !onnx.tensor<float, ["N", 2]>>, #onnx.value_info<name = "m", type = !onnx.map<8, !onnx.tensor<double, []>>>, #onnx.value_info<name = "u", type = !onnx.unknown>], output_infos = [], value_infos = []} {
  ^bb0(%x: !onnx.tensor<float, ["N", 2]>, %m: !onnx.map<8, !onnx.tensor<double, []>>, %u: !onnx.unknown):
    // What ONNX Runtime 1.32 names the types: seq(map(int64,tensor(float))) ...
    // CHECK: output_names = ["z1"]{{.*}} -> !onnx.sequence<!onnx.map<7, !onnx.tensor<float, []>>>
    %0 = onnx.node "ZipMap"(%x) {domain = "ai.onnx.ml", node_attributes = [#onnx.attribute<name = "classlabels_int64s", kind = 7, value = array<i64: 4, 5>>], output_names = ["z1"]} : (!onnx.tensor<float, ["N", 2]>) -> !onnx.unknown
    // CHECK: output_names = ["z2"]{{.*}} -> !onnx.sequence<!onnx.map<8, !onnx.tensor<float, []>>>
    %1 = onnx.node "ZipMap"(%x) {domain = "ai.onnx.ml", node_attributes = [#onnx.attribute<name = "classlabels_strings", kind = 8, value = ["a", "b"]>], output_names = ["z2"]} : (!onnx.tensor<float, ["N", 2]>) -> !onnx.unknown
    // A key without a type.
    // CHECK: output_names = ["z3"]{{.*}} -> !onnx.unknown
    %2 = onnx.node "ZipMap"(%x) {domain = "ai.onnx.ml", output_names = ["z3"]} : (!onnx.tensor<float, ["N", 2]>) -> !onnx.unknown
    // One row, as wide as the vocabulary.
    // CHECK: output_names = ["d1"]{{.*}} -> !onnx.tensor<double, [1, 3]>
    %3 = onnx.node "DictVectorizer"(%m) {domain = "ai.onnx.ml", node_attributes = [#onnx.attribute<name = "string_vocabulary", kind = 8, value = ["a", "b", "c"]>], output_names = ["d1"]} : (!onnx.map<8, !onnx.tensor<double, []>>) -> !onnx.unknown
    // CHECK: output_names = ["d2"]{{.*}} -> !onnx.unknown
    %4 = onnx.node "DictVectorizer"(%u) {domain = "ai.onnx.ml", output_names = ["d2"]} : (!onnx.unknown) -> !onnx.unknown
    // A tensor where a map belongs, and the reverse.
    // CHECK: output_names = ["d3"]{{.*}} -> !onnx.unknown
    %5 = onnx.node "DictVectorizer"(%x) {domain = "ai.onnx.ml", output_names = ["d3"]} : (!onnx.tensor<float, ["N", 2]>) -> !onnx.unknown
    // CHECK: output_names = ["s1"]{{.*}} -> !onnx.tensor<float>
    %6 = onnx.node "Scaler"(%m) {domain = "ai.onnx.ml", output_names = ["s1"]} : (!onnx.map<8, !onnx.tensor<double, []>>) -> !onnx.unknown
    // The batch keeps its name.
    // CHECK: output_names = ["r"]{{.*}} -> !onnx.tensor<float, ["N", 1]>
    %7 = onnx.node "LinearRegressor"(%x) {domain = "ai.onnx.ml", output_names = ["r"]} : (!onnx.tensor<float, ["N", 2]>) -> !onnx.unknown
    // Of an input without a type, what does not depend on it.
    // CHECK: output_names = ["l", "p"]{{.*}} -> (!onnx.tensor<int64, [?]>, !onnx.tensor<float, [?, 2]>)
    %8:2 = onnx.node "SVMClassifier"(%u) {domain = "ai.onnx.ml", node_attributes = [#onnx.attribute<name = "classlabels_ints", kind = 7, value = array<i64: 0, 1>>], output_names = ["l", "p"]} : (!onnx.unknown) -> (!onnx.unknown, !onnx.unknown)
    onnx.return
  }
}
