// RUN: onnx-split-opt %s --onnx-infer-types --split-input-file | FileCheck %s

// Operators that ONNX Runtime adds. Nobody counts the versions of their domain:
// whatever a model imports, the only version is meant. Outputs that the node
// leaves out stay so, and an extent that is a value's stays open.
// CHECK-LABEL: onnx.model "runtime.onnx"
onnx.model "runtime.onnx" attributes {ir_version = 8 : i64, opset_imports = [
    #onnx.opset<domain = "", version = 16>, #onnx.opset<domain = "com.microsoft", version = 2>]} {
  onnx.graph attributes {graph_name = "g", input_infos = [#onnx.value_info<name = "x", type = !onnx.tensor<float, ["N", 3, 8]>>,
        #onnx.value_info<name = "row", type = !onnx.tensor<float, [8]>>,
        #onnx.value_info<name = "total", type = !onnx.tensor<int32, []>>,
        #onnx.value_info<name = "cache", type = !onnx.tensor<float16, ["N", 2, "P", 4]>>,
        #onnx.value_info<name = "lengths", type = !onnx.tensor<int32, ["N"]>>], output_infos = [], value_infos = []} {
  ^bb0(%x: !onnx.tensor<float, ["N", 3, 8]>, %row: !onnx.tensor<float, [8]>, %total: !onnx.tensor<int32, []>,
       %cache: !onnx.tensor<float16, ["N", 2, "P", 4]>, %lengths: !onnx.tensor<int32, ["N"]>):
    // CHECK: onnx.node "SkipSimplifiedLayerNormalization"{{.*}} -> (!onnx.tensor<float, ["N", 3, 8]>, !onnx.omitted, !onnx.omitted, !onnx.tensor<float, ["N", 3, 8]>)
    %s:4 = onnx.node "SkipSimplifiedLayerNormalization"(%x, %x, %row) {domain = "com.microsoft", output_names = ["s", "", "", "t"]}
        : (!onnx.tensor<float, ["N", 3, 8]>, !onnx.tensor<float, ["N", 3, 8]>, !onnx.tensor<float, [8]>)
        -> (!onnx.unknown, !onnx.omitted, !onnx.omitted, !onnx.unknown)
    // Not of ONNX, and of ONNX only since version 17.
    // CHECK: onnx.node "SimplifiedLayerNormalization"{{.*}} -> !onnx.tensor<float, ["N", 3, 8]>
    %n = onnx.node "SimplifiedLayerNormalization"(%s#3, %row) {output_names = ["n"]} : (!onnx.unknown, !onnx.tensor<float, [8]>) -> !onnx.unknown
    // CHECK: onnx.node "LayerNormalization"{{.*}} -> (!onnx.tensor<float, ["N", 3, 8]>, !onnx.tensor<float, ["N", 3, 1]>)
    %l:2 = onnx.node "LayerNormalization"(%n, %row) {output_names = ["l", "m"]} : (!onnx.unknown, !onnx.tensor<float, [8]>) -> (!onnx.unknown, !onnx.unknown)
    // CHECK: onnx.node "GroupQueryAttention"{{.*}} -> (!onnx.tensor<float, ["N", 3, 8]>, !onnx.tensor<float16, ["N", 2, ?, 4]>, !onnx.tensor<float16, ["N", 2, ?, 4]>)
    %g:3 = onnx.node "GroupQueryAttention"(%l#0, %l#0, %l#0, %cache, %cache, %lengths, %total) {
        domain = "com.microsoft", output_names = ["g", "k", "v"], node_attributes = [
          #onnx.attribute<name = "num_heads", kind = 2, value = 2 : i64>,
          #onnx.attribute<name = "kv_num_heads", kind = 2, value = 2 : i64>]}
        : (!onnx.unknown, !onnx.unknown, !onnx.unknown, !onnx.tensor<float16, ["N", 2, "P", 4]>, !onnx.tensor<float16, ["N", 2, "P", 4]>,
           !onnx.tensor<int32, ["N"]>, !onnx.tensor<int32, []>) -> (!onnx.unknown, !onnx.unknown, !onnx.unknown)
    onnx.return
  }
}

// -----

// Inputs of unknown type, of other ranks and of no size that makes sense leave
// open what rests on them.
// CHECK-LABEL: onnx.model "odd.onnx"
onnx.model "odd.onnx" attributes {ir_version = 8 : i64, opset_imports = [#onnx.opset<domain = "com.microsoft", version = 1>]} {
  onnx.graph attributes {graph_name = "g", input_infos = [#onnx.value_info<name = "u">,
        #onnx.value_info<name = "x", type = !onnx.tensor<float, [2, 3, 9]>>,
        #onnx.value_info<name = "r", type = !onnx.tensor<float>>], output_infos = [], value_infos = []} {
  ^bb0(%u: !onnx.unknown, %x: !onnx.tensor<float, [2, 3, 9]>, %r: !onnx.tensor<float>):
    // CHECK: onnx.node "Gelu"{{.*}} -> !onnx.unknown
    %a = onnx.node "Gelu"(%u) {domain = "com.microsoft", output_names = ["a"]} : (!onnx.unknown) -> !onnx.unknown
    // CHECK: onnx.node "Gelu"{{.*}} -> !onnx.tensor<float>
    %b = onnx.node "Gelu"(%r) {domain = "com.microsoft", output_names = ["b"]} : (!onnx.tensor<float>) -> !onnx.unknown
    // CHECK: onnx.node "Attention"{{.*}} -> (!onnx.tensor<float, [2, 3, ?]>, !onnx.tensor<float, [2, 2, ?, 3, ?]>)
    %c:2 = onnx.node "Attention"(%x, %u) {domain = "com.microsoft", output_names = ["c", "d"], node_attributes = [
        #onnx.attribute<name = "num_heads", kind = 2, value = -9223372036854775808 : i64>]}
        : (!onnx.tensor<float, [2, 3, 9]>, !onnx.unknown) -> (!onnx.unknown, !onnx.unknown)
    // CHECK: onnx.node "MatMulNBits"{{.*}} -> !onnx.tensor<float, [2, 3, ?]>
    %e = onnx.node "MatMulNBits"(%x, %u, %u) {domain = "com.microsoft", output_names = ["e"], node_attributes = [
        #onnx.attribute<name = "K", kind = 2, value = 0 : i64>, #onnx.attribute<name = "N", kind = 2, value = -1 : i64>,
        #onnx.attribute<name = "block_size", kind = 2, value = 0 : i64>]}
        : (!onnx.tensor<float, [2, 3, 9]>, !onnx.unknown, !onnx.unknown) -> !onnx.unknown
    onnx.return
  }
}
