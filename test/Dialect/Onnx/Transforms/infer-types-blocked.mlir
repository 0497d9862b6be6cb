// How many channels a ReorderInput makes of 20: whole blocks of 8 or of 16, by
// what else is in the model. Files of processors with blocks of 16 are written
// down by hand here; test/Python/test_schemas_quantised.py saves its own.
//
// RUN: onnx-split-opt %s --onnx-infer-types --split-input-file | FileCheck %s

// The weights of the convolution that reads a pool of it.
onnx.model "reader" attributes {ir_version = 8 : i64, opset_imports = [#onnx.opset<domain = "com.microsoft.nchwc", version = 1>]} {
  onnx.graph attributes {input_infos = [#onnx.value_info<name = "x", type = !onnx.tensor<float, [1, 20, 4, 4]>>], output_infos = [], value_infos = []} {
  ^bb0(%x: !onnx.tensor<float, [1, 20, 4, 4]>):
    %w = onnx.initializer #onnx.tensor<name = "w", data_type = 1, dims = [16, 32, 1, 1]> -> !onnx.tensor<float, [16, 32, 1, 1]>
    // CHECK: "ReorderInput"{{.*}} -> !onnx.tensor<float, [1, 32, 4, 4]>
    %a = onnx.node "ReorderInput"(%x) {domain = "com.microsoft.nchwc", output_names = ["a"]} : (!onnx.tensor<float, [1, 20, 4, 4]>) -> !onnx.unknown
    %p = onnx.node "MaxPool"(%a) {domain = "com.microsoft.nchwc", node_attributes = [#onnx.attribute<name = "kernel_shape", kind = 7, value = array<i64: 2, 2>>], output_names = ["p"]} : (!onnx.unknown) -> !onnx.unknown
    %c = onnx.node "Conv"(%p, %w) {domain = "com.microsoft.nchwc", output_names = ["c"]} : (!onnx.unknown, !onnx.tensor<float, [16, 32, 1, 1]>) -> !onnx.unknown
    onnx.return
  }
}

// -----

// 20 channels that another convolution pads to 32, so that blocks have 16.
onnx.model "padding" attributes {ir_version = 8 : i64, opset_imports = [#onnx.opset<domain = "com.microsoft.nchwc", version = 1>]} {
  onnx.graph attributes {input_infos = [#onnx.value_info<name = "x", type = !onnx.tensor<float, [1, 4, 4, 20]>>, #onnx.value_info<name = "y", type = !onnx.tensor<float, [1, 3, 4, 4]>>], output_infos = [], value_infos = []} {
  ^bb0(%x: !onnx.tensor<float, [1, 4, 4, 20]>, %y: !onnx.tensor<float, [1, 3, 4, 4]>):
    %w = onnx.initializer #onnx.tensor<name = "w", data_type = 1, dims = [32, 3, 1, 1]> -> !onnx.tensor<float, [32, 3, 1, 1]>
    // CHECK: "ReorderInput"{{.*}} -> !onnx.tensor<float, [1, 32, 4, 4]>
    %a = onnx.node "ReorderInput"(%x) {domain = "com.microsoft.nchwc", node_attributes = [#onnx.attribute<name = "channels_last", kind = 2, value = 1 : i64>], output_names = ["a"]} : (!onnx.tensor<float, [1, 4, 4, 20]>) -> !onnx.unknown
    %c = onnx.node "Conv"(%y, %w) {domain = "com.microsoft.nchwc", output_names = ["c"]} : (!onnx.tensor<float, [1, 3, 4, 4]>, !onnx.tensor<float, [32, 3, 1, 1]>) -> !onnx.unknown
    %o = onnx.node "ReorderOutput"(%c) {domain = "com.microsoft.nchwc", node_attributes = [#onnx.attribute<name = "channels", kind = 2, value = 20 : i64>], output_names = ["o"]} : (!onnx.unknown) -> !onnx.unknown
    onnx.return
  }
}

// -----

// 28 channels that it pads to 32 say nothing.
onnx.model "nothing" attributes {ir_version = 8 : i64, opset_imports = [#onnx.opset<domain = "com.microsoft.nchwc", version = 1>]} {
  onnx.graph attributes {input_infos = [#onnx.value_info<name = "x", type = !onnx.tensor<float, [1, 20, 4, 4]>>, #onnx.value_info<name = "y", type = !onnx.tensor<float, [1, 3, 4, 4]>>], output_infos = [], value_infos = []} {
  ^bb0(%x: !onnx.tensor<float, [1, 20, 4, 4]>, %y: !onnx.tensor<float, [1, 3, 4, 4]>):
    %w = onnx.initializer #onnx.tensor<name = "w", data_type = 1, dims = [32, 3, 1, 1]> -> !onnx.tensor<float, [32, 3, 1, 1]>
    // CHECK: "ReorderInput"{{.*}} -> !onnx.tensor<float, [1, ?, 4, 4]>
    %a = onnx.node "ReorderInput"(%x) {domain = "com.microsoft.nchwc", output_names = ["a"]} : (!onnx.tensor<float, [1, 20, 4, 4]>) -> !onnx.unknown
    %c = onnx.node "Conv"(%y, %w) {domain = "com.microsoft.nchwc", output_names = ["c"]} : (!onnx.tensor<float, [1, 3, 4, 4]>, !onnx.tensor<float, [32, 3, 1, 1]>) -> !onnx.unknown
    %o = onnx.node "ReorderOutput"(%c) {domain = "com.microsoft.nchwc", node_attributes = [#onnx.attribute<name = "channels", kind = 2, value = 28 : i64>], output_names = ["o"]} : (!onnx.unknown) -> !onnx.unknown
    onnx.return
  }
}
