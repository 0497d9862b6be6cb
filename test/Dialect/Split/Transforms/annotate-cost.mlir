// Figures by docs/CostModel.md: `flops` is two per multiply-accumulate and one
// per other result; bytes are those of the float32 operands and results.
//
// RUN: onnx-split-opt %s --split-annotate-cost | FileCheck %s

onnx.model "m" attributes {ir_version = 8 : i64, opset_imports = [
    #onnx.opset<domain = "", version = 17>, #onnx.opset<domain = "com.example", version = 1>]} {
  onnx.graph attributes {
      input_infos = [#onnx.value_info<name = "x">, #onnx.value_info<name = "image">, #onnx.value_info<name = "n">],
      output_infos = [], value_infos = []} {
  ^bb0(%x: !onnx.tensor<float, [2, 8]>, %image: !onnx.tensor<float, [1, 3, 8, 8]>, %n: !onnx.tensor<float, ["N", 4]>):
    %w = onnx.initializer #onnx.tensor<name = "w", data_type = 1, dims = [8, 4]> -> !onnx.tensor<float, [8, 4]>
    %b = onnx.initializer #onnx.tensor<name = "b", data_type = 1, dims = [4]> -> !onnx.tensor<float, [4]>
    %k = onnx.initializer #onnx.tensor<name = "k", data_type = 1, dims = [4, 3, 3, 3]> -> !onnx.tensor<float, [4, 3, 3, 3]>

    // macs: 2 x 4 results of 8 products = 64. flops: 128 + 8 for the bias.
    // Read: x 64, w 128, b 16 bytes, of which w and b are weights. Written:
    // 2 x 4 x 4 = 32.
    // CHECK: onnx.node "Gemm"{{.*}} split.cost = #split.cost<macs = 64, flops = 136, bytes_read = 208, bytes_written = 32, weight_bytes = 144, compute = "float32">
    %gemm = onnx.node "Gemm"(%x, %w, %b) {output_names = ["gemm"]}
        : (!onnx.tensor<float, [2, 8]>, !onnx.tensor<float, [8, 4]>, !onnx.tensor<float, [4]>) -> !onnx.tensor<float, [2, 4]>

    // macs: 4 x 8 x 8 results of 3 x 3 x 3 products = 6912. Read: 3 x 8 x 8 x 4
    // = 768 and 4 x 27 x 4 = 432 bytes. Written: 4 x 8 x 8 x 4 = 1024.
    // CHECK: onnx.node "Conv"{{.*}} split.cost = #split.cost<macs = 6912, flops = 13824, bytes_read = 1200, bytes_written = 1024, weight_bytes = 432, compute = "float32">
    %conv = onnx.node "Conv"(%image, %k) {output_names = ["conv"], node_attributes = [#onnx.attribute<name = "pads", kind = 7, value = array<i64: 1, 1, 1, 1>>]}
        : (!onnx.tensor<float, [1, 3, 8, 8]>, !onnx.tensor<float, [4, 3, 3, 3]>) -> !onnx.tensor<float, [1, 4, 8, 8]>

    // One operation for each of 2 x 4 results.
    // CHECK: onnx.node "Relu"{{.*}} split.cost = #split.cost<flops = 8, bytes_read = 32, bytes_written = 32, compute = "float32">
    %relu = onnx.node "Relu"(%gemm) {output_names = ["relu"]} : (!onnx.tensor<float, [2, 4]>) -> !onnx.tensor<float, [2, 4]>

    // A new name for the same bytes moves none.
    // CHECK: onnx.node "Flatten"{{.*}} split.cost = #split.cost<>
    %flat = onnx.node "Flatten"(%relu) {output_names = ["flat"]} : (!onnx.tensor<float, [2, 4]>) -> !onnx.tensor<float, [2, 4]>

    // What depends on constants only is computed when a model is loaded; its
    // result, 4 x 8 x 4 = 128 bytes, is a weight of those who read it.
    // CHECK: onnx.node "Transpose"{{.*}} split.cost = #split.cost<constant = true>
    %wt = onnx.node "Transpose"(%w) {output_names = ["wt"]} : (!onnx.tensor<float, [8, 4]>) -> !onnx.tensor<float, [4, 8]>
    // (2 x 4) x (4 x 8): 16 results of 4 products. Read: 32 + 128.
    // CHECK: onnx.node "MatMul"{{.*}} split.cost = #split.cost<macs = 64, flops = 128, bytes_read = 160, bytes_written = 64, weight_bytes = 128, compute = "float32">
    %product = onnx.node "MatMul"(%flat, %wt) {output_names = ["product"]}
        : (!onnx.tensor<float, [2, 4]>, !onnx.tensor<float, [4, 8]>) -> !onnx.tensor<float, [2, 8]>

    // No formula: the bytes count, and the figures are marked as incomplete.
    // CHECK: onnx.node "Mine"{{.*}} split.cost = #split.cost<bytes_read = 64, bytes_written = 64, unknown = true, reason = "no cost formula for com.example:Mine">
    %mine = onnx.node "Mine"(%product) {domain = "com.example", output_names = ["mine"]} : (!onnx.tensor<float, [2, 8]>) -> !onnx.tensor<float, [2, 8]>

    // A formula, but no extents to put into it.
    // CHECK: onnx.node "Abs"{{.*}} unknown = true, reason = "extent 0 of 'n' is open">
    %abs = onnx.node "Abs"(%n) {output_names = ["abs"]} : (!onnx.tensor<float, ["N", 4]>) -> !onnx.tensor<float, ["N", 4]>

    // Nodes in bodies have no cost of their own: the node that they belong to
    // has that of its costlier branch, here two times 256 operations. Read: conv
    // and the constant of the branch, then its product: 1024 + 4 + 1024.
    // Written: 2 x 1024. The 4 bytes are a weight of the node.
    // CHECK: onnx.node "If"{{.*}} split.cost = #split.cost<flops = 512, bytes_read = 2052, bytes_written = 2048, weight_bytes = 4, compute = "float32">
    %if = onnx.node "If"(%n) {output_names = ["if"], node_attributes = [
        #onnx.attribute<name = "then_branch", kind = 5, value = 1 : i64>,
        #onnx.attribute<name = "else_branch", kind = 5, value = 1 : i64>]} : (!onnx.tensor<float, ["N", 4]>) -> !onnx.tensor<float, [1, 4, 8, 8]> {
      onnx.graph attributes {input_infos = [], output_infos = [#onnx.value_info<name = "t">], value_infos = []} {
        // CHECK: onnx.node "Neg"
        // CHECK-NOT: split.cost
        // CHECK: onnx.return
        %t = onnx.node "Neg"(%conv) {output_names = ["t"]} : (!onnx.tensor<float, [1, 4, 8, 8]>) -> !onnx.tensor<float, [1, 4, 8, 8]>
        onnx.return %t : !onnx.tensor<float, [1, 4, 8, 8]>
      }
    }, {
      onnx.graph attributes {input_infos = [], output_infos = [#onnx.value_info<name = "e">], value_infos = []} {
        %inner = onnx.initializer #onnx.tensor<name = "inner", data_type = 1, dims = [1]> -> !onnx.tensor<float, [1]>
        %m = onnx.node "Mul"(%conv, %inner) {output_names = ["m"]} : (!onnx.tensor<float, [1, 4, 8, 8]>, !onnx.tensor<float, [1]>) -> !onnx.tensor<float, [1, 4, 8, 8]>
        %e = onnx.node "Abs"(%m) {output_names = ["e"]} : (!onnx.tensor<float, [1, 4, 8, 8]>) -> !onnx.tensor<float, [1, 4, 8, 8]>
        onnx.return %e : !onnx.tensor<float, [1, 4, 8, 8]>
      }
    }
    onnx.return
  }
}
