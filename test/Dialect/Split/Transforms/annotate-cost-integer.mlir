// What runs in integers: the kernels between DequantizeLinear and
// QuantizeLinear read and write the integers, and what is merged into them moves
// no byte. The rules are in docs/CostModel.md.
//
// RUN: onnx-split-opt %s --split-annotate-cost | FileCheck %s


// Conv, its activation, and what stands around: x is quantised from 16 floats.
// 8-bit operands, 16 and 4 bytes, make 16 results of one product each, of which
// the bias is a sum. The bias stays as it is, 4 bytes.
// CHECK-LABEL: onnx.model
onnx.model "m" attributes {ir_version = 10 : i64, opset_imports = [#onnx.opset<domain = "", version = 21>]} {
  onnx.graph attributes {input_infos = [#onnx.value_info<name = "x">],
      output_infos = [#onnx.value_info<name = "y">], value_infos = []} {
  ^bb0(%x: !onnx.tensor<float, [1, 1, 4, 4]>):
    %s = onnx.initializer #onnx.tensor<name = "s", data_type = 1, dims = []> -> !onnx.tensor<float, []>
    %z = onnx.initializer #onnx.tensor<name = "z", data_type = 3, dims = []> -> !onnx.tensor<int8, []>
    %w = onnx.initializer #onnx.tensor<name = "w", data_type = 3, dims = [1, 1, 1, 1]> -> !onnx.tensor<int8, [1, 1, 1, 1]>
    %b = onnx.initializer #onnx.tensor<name = "b", data_type = 1, dims = [1]> -> !onnx.tensor<float, [1]>
    // CHECK: onnx.node "QuantizeLinear"{{.*}}output_names = ["q"]{{.*}} split.cost = #split.cost<flops = 64, bytes_read = 69, bytes_written = 16, weight_bytes = 5, compute = "int8">
    %q = onnx.node "QuantizeLinear"(%x, %s, %z) {output_names = ["q"]} : (!onnx.tensor<float, [1, 1, 4, 4]>, !onnx.tensor<float, []>, !onnx.tensor<int8, []>) -> !onnx.tensor<int8, [1, 1, 4, 4]>
    // CHECK: onnx.node "DequantizeLinear"{{.*}}output_names = ["d"]{{.*}} split.cost = #split.cost<flops = 32, weight_bytes = 5, compute = "int8">
    %d = onnx.node "DequantizeLinear"(%q, %s, %z) {output_names = ["d"]} : (!onnx.tensor<int8, [1, 1, 4, 4]>, !onnx.tensor<float, []>, !onnx.tensor<int8, []>) -> !onnx.tensor<float, [1, 1, 4, 4]>
    // CHECK: onnx.node "DequantizeLinear"{{.*}}output_names = ["dw"]{{.*}} split.cost = #split.cost<constant = true>
    %dw = onnx.node "DequantizeLinear"(%w, %s, %z) {output_names = ["dw"]} : (!onnx.tensor<int8, [1, 1, 1, 1]>, !onnx.tensor<float, []>, !onnx.tensor<int8, []>) -> !onnx.tensor<float, [1, 1, 1, 1]>
    // CHECK: onnx.node "Conv"{{.*}}output_names = ["c"]{{.*}} split.cost = #split.cost<macs = 16, flops = 48, bytes_read = 21, bytes_written = 16, weight_bytes = 10, compute = "int8">
    %c = onnx.node "Conv"(%d, %dw, %b) {output_names = ["c"]} : (!onnx.tensor<float, [1, 1, 4, 4]>, !onnx.tensor<float, [1, 1, 1, 1]>, !onnx.tensor<float, [1]>) -> !onnx.tensor<float, [1, 1, 4, 4]>
    // CHECK: onnx.node "Relu"{{.*}}output_names = ["r"]{{.*}} split.cost = #split.cost<flops = 16, compute = "int8">
    %r = onnx.node "Relu"(%c) {output_names = ["r"]} : (!onnx.tensor<float, [1, 1, 4, 4]>) -> !onnx.tensor<float, [1, 1, 4, 4]>
    // CHECK: onnx.node "QuantizeLinear"{{.*}}output_names = ["qr"]{{.*}} split.cost = #split.cost<flops = 64, weight_bytes = 5, compute = "int8">
    %qr = onnx.node "QuantizeLinear"(%r, %s, %z) {output_names = ["qr"]} : (!onnx.tensor<float, [1, 1, 4, 4]>, !onnx.tensor<float, []>, !onnx.tensor<int8, []>) -> !onnx.tensor<int8, [1, 1, 4, 4]>
    // CHECK: onnx.node "DequantizeLinear"{{.*}}output_names = ["y"]{{.*}} split.cost = #split.cost<flops = 32, bytes_read = 21, bytes_written = 64, weight_bytes = 5, compute = "float32">
    %y = onnx.node "DequantizeLinear"(%qr, %s, %z) {output_names = ["y"]} : (!onnx.tensor<int8, [1, 1, 4, 4]>, !onnx.tensor<float, []>, !onnx.tensor<int8, []>) -> !onnx.tensor<float, [1, 1, 4, 4]>
    onnx.return %y : !onnx.tensor<float, [1, 1, 4, 4]>
  }
}

// Without a QuantizeLinear behind it, a convolution has no integer form.
// CHECK-LABEL: onnx.model
onnx.model "m" attributes {ir_version = 10 : i64, opset_imports = [#onnx.opset<domain = "", version = 21>]} {
  onnx.graph attributes {input_infos = [#onnx.value_info<name = "q">],
      output_infos = [#onnx.value_info<name = "c">], value_infos = []} {
  ^bb0(%q: !onnx.tensor<int8, [1, 1, 4, 4]>):
    %s = onnx.initializer #onnx.tensor<name = "s", data_type = 1, dims = []> -> !onnx.tensor<float, []>
    %z = onnx.initializer #onnx.tensor<name = "z", data_type = 3, dims = []> -> !onnx.tensor<int8, []>
    %w = onnx.initializer #onnx.tensor<name = "w", data_type = 3, dims = [1, 1, 1, 1]> -> !onnx.tensor<int8, [1, 1, 1, 1]>
    // CHECK: onnx.node "DequantizeLinear"{{.*}}output_names = ["d"]{{.*}} split.cost = #split.cost<flops = 32, bytes_read = 21, bytes_written = 64, weight_bytes = 5, compute = "float32">
    %d = onnx.node "DequantizeLinear"(%q, %s, %z) {output_names = ["d"]} : (!onnx.tensor<int8, [1, 1, 4, 4]>, !onnx.tensor<float, []>, !onnx.tensor<int8, []>) -> !onnx.tensor<float, [1, 1, 4, 4]>
    // CHECK: onnx.node "DequantizeLinear"{{.*}}output_names = ["dw"]{{.*}} split.cost = #split.cost<constant = true>
    %dw = onnx.node "DequantizeLinear"(%w, %s, %z) {output_names = ["dw"]} : (!onnx.tensor<int8, [1, 1, 1, 1]>, !onnx.tensor<float, []>, !onnx.tensor<int8, []>) -> !onnx.tensor<float, [1, 1, 1, 1]>
    // CHECK: onnx.node "Conv"{{.*}}output_names = ["c"]{{.*}} split.cost = #split.cost<macs = 16, flops = 32, bytes_read = 68, bytes_written = 64, weight_bytes = 6, compute = "float32">
    %c = onnx.node "Conv"(%d, %dw) {output_names = ["c"]} : (!onnx.tensor<float, [1, 1, 4, 4]>, !onnx.tensor<float, [1, 1, 1, 1]>) -> !onnx.tensor<float, [1, 1, 4, 4]>
    onnx.return %c : !onnx.tensor<float, [1, 1, 4, 4]>
  }
}

// A matrix product has: the result is in floating point at once.
// CHECK-LABEL: onnx.model
onnx.model "m" attributes {ir_version = 10 : i64, opset_imports = [#onnx.opset<domain = "", version = 21>]} {
  onnx.graph attributes {input_infos = [#onnx.value_info<name = "q">],
      output_infos = [#onnx.value_info<name = "c">], value_infos = []} {
  ^bb0(%q: !onnx.tensor<int8, [2, 4]>):
    %s = onnx.initializer #onnx.tensor<name = "s", data_type = 1, dims = []> -> !onnx.tensor<float, []>
    %z = onnx.initializer #onnx.tensor<name = "z", data_type = 3, dims = []> -> !onnx.tensor<int8, []>
    %w = onnx.initializer #onnx.tensor<name = "w", data_type = 3, dims = [4, 3]> -> !onnx.tensor<int8, [4, 3]>
    // CHECK: onnx.node "DequantizeLinear"{{.*}}output_names = ["d"]{{.*}} split.cost = #split.cost<flops = 16, weight_bytes = 5, compute = "int8">
    %d = onnx.node "DequantizeLinear"(%q, %s, %z) {output_names = ["d"]} : (!onnx.tensor<int8, [2, 4]>, !onnx.tensor<float, []>, !onnx.tensor<int8, []>) -> !onnx.tensor<float, [2, 4]>
    // CHECK: onnx.node "DequantizeLinear"{{.*}}output_names = ["dw"]{{.*}} split.cost = #split.cost<constant = true>
    %dw = onnx.node "DequantizeLinear"(%w, %s, %z) {output_names = ["dw"]} : (!onnx.tensor<int8, [4, 3]>, !onnx.tensor<float, []>, !onnx.tensor<int8, []>) -> !onnx.tensor<float, [4, 3]>
    // CHECK: onnx.node "MatMul"{{.*}}output_names = ["c"]{{.*}} split.cost = #split.cost<macs = 24, flops = 48, bytes_read = 20, bytes_written = 24, weight_bytes = 17, compute = "int8">
    %c = onnx.node "MatMul"(%d, %dw) {output_names = ["c"]} : (!onnx.tensor<float, [2, 4]>, !onnx.tensor<float, [4, 3]>) -> !onnx.tensor<float, [2, 3]>
    onnx.return %c : !onnx.tensor<float, [2, 3]>
  }
}

// The bias of a product is merged, and so is an activation behind it. The widest
// operand decides: 16 bits here, 8 for the weights.
// CHECK-LABEL: onnx.model
onnx.model "m" attributes {ir_version = 10 : i64, opset_imports = [#onnx.opset<domain = "", version = 21>]} {
  onnx.graph attributes {input_infos = [#onnx.value_info<name = "q">],
      output_infos = [#onnx.value_info<name = "y">], value_infos = []} {
  ^bb0(%q: !onnx.tensor<int16, [2, 4]>):
    %s = onnx.initializer #onnx.tensor<name = "s", data_type = 1, dims = []> -> !onnx.tensor<float, []>
    %z = onnx.initializer #onnx.tensor<name = "z", data_type = 3, dims = []> -> !onnx.tensor<int8, []>
    %z16 = onnx.initializer #onnx.tensor<name = "z16", data_type = 5, dims = []> -> !onnx.tensor<int16, []>
    %w = onnx.initializer #onnx.tensor<name = "w", data_type = 3, dims = [4, 3]> -> !onnx.tensor<int8, [4, 3]>
    %b = onnx.initializer #onnx.tensor<name = "b", data_type = 1, dims = [3]> -> !onnx.tensor<float, [3]>
    // CHECK: onnx.node "DequantizeLinear"{{.*}}output_names = ["d"]{{.*}} split.cost = #split.cost<flops = 16, weight_bytes = 6, compute = "int16">
    %d = onnx.node "DequantizeLinear"(%q, %s, %z16) {output_names = ["d"]} : (!onnx.tensor<int16, [2, 4]>, !onnx.tensor<float, []>, !onnx.tensor<int16, []>) -> !onnx.tensor<float, [2, 4]>
    %dw = onnx.node "DequantizeLinear"(%w, %s, %z) {output_names = ["dw"]} : (!onnx.tensor<int8, [4, 3]>, !onnx.tensor<float, []>, !onnx.tensor<int8, []>) -> !onnx.tensor<float, [4, 3]>
    // CHECK: onnx.node "MatMul"{{.*}}output_names = ["c"]{{.*}} split.cost = #split.cost<macs = 24, flops = 48, bytes_read = 28, bytes_written = 12, weight_bytes = 17, compute = "int16">
    %c = onnx.node "MatMul"(%d, %dw) {output_names = ["c"]} : (!onnx.tensor<float, [2, 4]>, !onnx.tensor<float, [4, 3]>) -> !onnx.tensor<float, [2, 3]>
    // CHECK: onnx.node "Add"{{.*}}output_names = ["a"]{{.*}} split.cost = #split.cost<flops = 6, weight_bytes = 12, compute = "int16">
    %a = onnx.node "Add"(%c, %b) {output_names = ["a"]} : (!onnx.tensor<float, [2, 3]>, !onnx.tensor<float, [3]>) -> !onnx.tensor<float, [2, 3]>
    // CHECK: onnx.node "Clip"{{.*}}output_names = ["k"]{{.*}} split.cost = #split.cost<compute = "int16">
    %k = onnx.node "Clip"(%a) {output_names = ["k"]} : (!onnx.tensor<float, [2, 3]>) -> !onnx.tensor<float, [2, 3]>
    // CHECK: onnx.node "QuantizeLinear"{{.*}}output_names = ["y"]{{.*}} split.cost = #split.cost<flops = 24, weight_bytes = 6, compute = "int16">
    %y = onnx.node "QuantizeLinear"(%k, %s, %z16) {output_names = ["y"]} : (!onnx.tensor<float, [2, 3]>, !onnx.tensor<float, []>, !onnx.tensor<int16, []>) -> !onnx.tensor<int16, [2, 3]>
    onnx.return %y : !onnx.tensor<int16, [2, 3]>
  }
}

// Weights of 4 bits with data of 8: 14 bytes in, 8 of the data and half a byte
// for each of 12 weights.
// CHECK-LABEL: onnx.model
onnx.model "m" attributes {ir_version = 10 : i64, opset_imports = [#onnx.opset<domain = "", version = 21>]} {
  onnx.graph attributes {input_infos = [#onnx.value_info<name = "q">],
      output_infos = [#onnx.value_info<name = "y">], value_infos = []} {
  ^bb0(%q: !onnx.tensor<uint8, [2, 4]>):
    %s = onnx.initializer #onnx.tensor<name = "s", data_type = 1, dims = []> -> !onnx.tensor<float, []>
    %z = onnx.initializer #onnx.tensor<name = "z", data_type = 2, dims = []> -> !onnx.tensor<uint8, []>
    %z4 = onnx.initializer #onnx.tensor<name = "z4", data_type = 22, dims = []> -> !onnx.tensor<int4, []>
    %w = onnx.initializer #onnx.tensor<name = "w", data_type = 22, dims = [4, 3]> -> !onnx.tensor<int4, [4, 3]>
    // CHECK: onnx.node "DequantizeLinear"{{.*}}output_names = ["d"]{{.*}} split.cost = #split.cost<flops = 16, weight_bytes = 5, compute = "int8">
    %d = onnx.node "DequantizeLinear"(%q, %s, %z) {output_names = ["d"]} : (!onnx.tensor<uint8, [2, 4]>, !onnx.tensor<float, []>, !onnx.tensor<uint8, []>) -> !onnx.tensor<float, [2, 4]>
    %dw = onnx.node "DequantizeLinear"(%w, %s, %z4) {output_names = ["dw"]} : (!onnx.tensor<int4, [4, 3]>, !onnx.tensor<float, []>, !onnx.tensor<int4, []>) -> !onnx.tensor<float, [4, 3]>
    // CHECK: onnx.node "MatMul"{{.*}}output_names = ["c"]{{.*}} split.cost = #split.cost<macs = 24, flops = 48, bytes_read = 14, bytes_written = 6, weight_bytes = 11, compute = "int8">
    %c = onnx.node "MatMul"(%d, %dw) {output_names = ["c"]} : (!onnx.tensor<float, [2, 4]>, !onnx.tensor<float, [4, 3]>) -> !onnx.tensor<float, [2, 3]>
    // CHECK: onnx.node "QuantizeLinear"{{.*}}output_names = ["y"]{{.*}} split.cost = #split.cost<flops = 24, weight_bytes = 5, compute = "int8">
    %y = onnx.node "QuantizeLinear"(%c, %s, %z) {output_names = ["y"]} : (!onnx.tensor<float, [2, 3]>, !onnx.tensor<float, []>, !onnx.tensor<uint8, []>) -> !onnx.tensor<uint8, [2, 3]>
    onnx.return %y : !onnx.tensor<uint8, [2, 3]>
  }
}

// Weights alone in integers: runtimes unpack them, and compute in floating
// point.
// CHECK-LABEL: onnx.model
onnx.model "m" attributes {ir_version = 10 : i64, opset_imports = [#onnx.opset<domain = "", version = 21>]} {
  onnx.graph attributes {input_infos = [#onnx.value_info<name = "x">],
      output_infos = [#onnx.value_info<name = "y">], value_infos = []} {
  ^bb0(%x: !onnx.tensor<float, [2, 4]>):
    %s = onnx.initializer #onnx.tensor<name = "s", data_type = 1, dims = []> -> !onnx.tensor<float, []>
    %z = onnx.initializer #onnx.tensor<name = "z", data_type = 3, dims = []> -> !onnx.tensor<int8, []>
    %w = onnx.initializer #onnx.tensor<name = "w", data_type = 3, dims = [4, 3]> -> !onnx.tensor<int8, [4, 3]>
    %dw = onnx.node "DequantizeLinear"(%w, %s, %z) {output_names = ["dw"]} : (!onnx.tensor<int8, [4, 3]>, !onnx.tensor<float, []>, !onnx.tensor<int8, []>) -> !onnx.tensor<float, [4, 3]>
    // CHECK: onnx.node "MatMul"{{.*}}output_names = ["c"]{{.*}} split.cost = #split.cost<macs = 24, flops = 48, bytes_read = 80, bytes_written = 24, weight_bytes = 17, compute = "float32">
    %c = onnx.node "MatMul"(%x, %dw) {output_names = ["c"]} : (!onnx.tensor<float, [2, 4]>, !onnx.tensor<float, [4, 3]>) -> !onnx.tensor<float, [2, 3]>
    // CHECK: onnx.node "QuantizeLinear"{{.*}}output_names = ["y"]{{.*}} split.cost = #split.cost<flops = 24, bytes_read = 29, bytes_written = 6, weight_bytes = 5, compute = "float32">
    %y = onnx.node "QuantizeLinear"(%c, %s, %z) {output_names = ["y"]} : (!onnx.tensor<float, [2, 3]>, !onnx.tensor<float, []>, !onnx.tensor<int8, []>) -> !onnx.tensor<int8, [2, 3]>
    onnx.return %y : !onnx.tensor<int8, [2, 3]>
  }
}

// Two readers: the sum is an integer kernel too, and its operands stay integers,
// but Erf has no integer form, and d really is made for it. The first sum reads
// the integers all the same.
// CHECK-LABEL: onnx.model
onnx.model "m" attributes {ir_version = 10 : i64, opset_imports = [#onnx.opset<domain = "", version = 21>]} {
  onnx.graph attributes {input_infos = [#onnx.value_info<name = "q">],
      output_infos = [#onnx.value_info<name = "y">], value_infos = []} {
  ^bb0(%q: !onnx.tensor<int8, [8]>):
    %s = onnx.initializer #onnx.tensor<name = "s", data_type = 1, dims = []> -> !onnx.tensor<float, []>
    %z = onnx.initializer #onnx.tensor<name = "z", data_type = 3, dims = []> -> !onnx.tensor<int8, []>
    // CHECK: onnx.node "DequantizeLinear"{{.*}}output_names = ["d"]{{.*}} split.cost = #split.cost<flops = 16, bytes_read = 13, bytes_written = 32, weight_bytes = 5, compute = "float32">
    %d = onnx.node "DequantizeLinear"(%q, %s, %z) {output_names = ["d"]} : (!onnx.tensor<int8, [8]>, !onnx.tensor<float, []>, !onnx.tensor<int8, []>) -> !onnx.tensor<float, [8]>
    // CHECK: onnx.node "Add"{{.*}}output_names = ["a"]{{.*}} split.cost = #split.cost<flops = 8, bytes_read = 16, bytes_written = 8, compute = "int8">
    %a = onnx.node "Add"(%d, %d) {output_names = ["a"]} : (!onnx.tensor<float, [8]>, !onnx.tensor<float, [8]>) -> !onnx.tensor<float, [8]>
    // CHECK: onnx.node "QuantizeLinear"{{.*}}output_names = ["qa"]{{.*}} split.cost = #split.cost<flops = 32, weight_bytes = 5, compute = "int8">
    %qa = onnx.node "QuantizeLinear"(%a, %s, %z) {output_names = ["qa"]} : (!onnx.tensor<float, [8]>, !onnx.tensor<float, []>, !onnx.tensor<int8, []>) -> !onnx.tensor<int8, [8]>
    // CHECK: onnx.node "Erf"{{.*}}output_names = ["e"]{{.*}} split.cost = #split.cost<flops = 8, bytes_read = 32, bytes_written = 32, compute = "float32">
    %e = onnx.node "Erf"(%d) {output_names = ["e"]} : (!onnx.tensor<float, [8]>) -> !onnx.tensor<float, [8]>
    // CHECK: onnx.node "QuantizeLinear"{{.*}}output_names = ["y"]{{.*}} split.cost = #split.cost<flops = 32, bytes_read = 37, bytes_written = 8, weight_bytes = 5, compute = "float32">
    %y = onnx.node "QuantizeLinear"(%e, %s, %z) {output_names = ["y"]} : (!onnx.tensor<float, [8]>, !onnx.tensor<float, []>, !onnx.tensor<int8, []>) -> !onnx.tensor<int8, [8]>
    onnx.return %y : !onnx.tensor<int8, [8]>
  }
}

// A result that somebody else reads too is floating point for everybody.
// CHECK-LABEL: onnx.model
onnx.model "m" attributes {ir_version = 10 : i64, opset_imports = [#onnx.opset<domain = "", version = 21>]} {
  onnx.graph attributes {input_infos = [#onnx.value_info<name = "q">],
      output_infos = [#onnx.value_info<name = "y">], value_infos = []} {
  ^bb0(%q: !onnx.tensor<int8, [8]>):
    %s = onnx.initializer #onnx.tensor<name = "s", data_type = 1, dims = []> -> !onnx.tensor<float, []>
    %z = onnx.initializer #onnx.tensor<name = "z", data_type = 3, dims = []> -> !onnx.tensor<int8, []>
    // CHECK: onnx.node "DequantizeLinear"{{.*}}output_names = ["d"]{{.*}} split.cost = #split.cost<flops = 16, bytes_read = 13, bytes_written = 32, weight_bytes = 5, compute = "float32">
    %d = onnx.node "DequantizeLinear"(%q, %s, %z) {output_names = ["d"]} : (!onnx.tensor<int8, [8]>, !onnx.tensor<float, []>, !onnx.tensor<int8, []>) -> !onnx.tensor<float, [8]>
    // CHECK: onnx.node "Add"{{.*}}output_names = ["a"]{{.*}} split.cost = #split.cost<flops = 8, bytes_read = 64, bytes_written = 32, compute = "float32">
    %a = onnx.node "Add"(%d, %d) {output_names = ["a"]} : (!onnx.tensor<float, [8]>, !onnx.tensor<float, [8]>) -> !onnx.tensor<float, [8]>
    // CHECK: onnx.node "QuantizeLinear"{{.*}}output_names = ["qa"]{{.*}} split.cost = #split.cost<flops = 32, bytes_read = 37, bytes_written = 8, weight_bytes = 5, compute = "float32">
    %qa = onnx.node "QuantizeLinear"(%a, %s, %z) {output_names = ["qa"]} : (!onnx.tensor<float, [8]>, !onnx.tensor<float, []>, !onnx.tensor<int8, []>) -> !onnx.tensor<int8, [8]>
    // CHECK: onnx.node "Erf"{{.*}}output_names = ["y"]{{.*}} split.cost = #split.cost<flops = 8, bytes_read = 32, bytes_written = 32, compute = "float32">
    %y = onnx.node "Erf"(%a) {output_names = ["y"]} : (!onnx.tensor<float, [8]>) -> !onnx.tensor<float, [8]>
    onnx.return %y : !onnx.tensor<float, [8]>
  }
}

// Data that only move stay integers.
// CHECK-LABEL: onnx.model
onnx.model "m" attributes {ir_version = 10 : i64, opset_imports = [#onnx.opset<domain = "", version = 21>]} {
  onnx.graph attributes {input_infos = [#onnx.value_info<name = "q">],
      output_infos = [#onnx.value_info<name = "y">], value_infos = []} {
  ^bb0(%q: !onnx.tensor<int8, [2, 4]>):
    %s = onnx.initializer #onnx.tensor<name = "s", data_type = 1, dims = []> -> !onnx.tensor<float, []>
    %z = onnx.initializer #onnx.tensor<name = "z", data_type = 3, dims = []> -> !onnx.tensor<int8, []>
    // CHECK: onnx.node "DequantizeLinear"{{.*}}output_names = ["d"]{{.*}} split.cost = #split.cost<flops = 16, weight_bytes = 5, compute = "int8">
    %d = onnx.node "DequantizeLinear"(%q, %s, %z) {output_names = ["d"]} : (!onnx.tensor<int8, [2, 4]>, !onnx.tensor<float, []>, !onnx.tensor<int8, []>) -> !onnx.tensor<float, [2, 4]>
    // CHECK: onnx.node "Transpose"{{.*}}output_names = ["t"]{{.*}} split.cost = #split.cost<bytes_read = 8, bytes_written = 8>
    %t = onnx.node "Transpose"(%d) {output_names = ["t"]} : (!onnx.tensor<float, [2, 4]>) -> !onnx.tensor<float, [4, 2]>
    // CHECK: onnx.node "QuantizeLinear"{{.*}}output_names = ["y"]{{.*}} split.cost = #split.cost<flops = 32, weight_bytes = 5, compute = "int8">
    %y = onnx.node "QuantizeLinear"(%t, %s, %z) {output_names = ["y"]} : (!onnx.tensor<float, [4, 2]>, !onnx.tensor<float, []>, !onnx.tensor<int8, []>) -> !onnx.tensor<int8, [4, 2]>
    onnx.return %y : !onnx.tensor<int8, [4, 2]>
  }
}
