// RUN: onnx-split-opt %s --onnx-infer-types --split-input-file \
// RUN:   | FileCheck %s --check-prefixes=CHECK,PLAIN
// RUN: onnx-split-opt %s --onnx-infer-types='dim=N=2' --split-input-file \
// RUN:   | FileCheck %s --check-prefixes=CHECK,DIM
// RUN: onnx-split-opt %s --onnx-infer-types='shape=x=2x8' --split-input-file \
// RUN:   | FileCheck %s --check-prefixes=CHECK,DIM

// Types flow from the inputs through the nodes. Without options a symbol stays
// a symbol; fixing it, by its name or by the shape of an input that declares
// it, changes every declaration that names it, and nothing else of them.
// CHECK-LABEL: onnx.model "flow.onnx"
// PLAIN-SAME:    opset_imports
// PLAIN:       input_infos = [#onnx.value_info<name = "x", type = !onnx.tensor<float, ["N", 8]>, rest = "\1A\04note">]
// PLAIN-SAME:  output_infos = [#onnx.value_info<name = "y", type = !onnx.tensor<float, ["N", 4]>>]
// PLAIN-SAME:  value_infos = [#onnx.value_info<name = "r", type = !onnx.tensor<float, ["N", ?]>>]
// DIM:         input_infos = [#onnx.value_info<name = "x", type = !onnx.tensor<float, [2, 8]>, rest = "\1A\04note">]
// DIM-SAME:    output_infos = [#onnx.value_info<name = "y", type = !onnx.tensor<float, [2, 4]>>]
// DIM-SAME:    value_infos = [#onnx.value_info<name = "r", type = !onnx.tensor<float, [2, ?]>>]
onnx.model "flow.onnx" attributes {ir_version = 8 : i64, opset_imports = [#onnx.opset<domain = "", version = 17>]} {
  onnx.graph attributes {
      graph_name = "g",
      input_infos = [#onnx.value_info<name = "x", type = !onnx.tensor<float, ["N", 8]>, rest = "\1A\04note">],
      output_infos = [#onnx.value_info<name = "y", type = !onnx.tensor<float, ["N", 4]>>],
      value_infos = [#onnx.value_info<name = "r", type = !onnx.tensor<float, ["N", ?]>>]} {
  // PLAIN: ^bb0(%{{.*}}: !onnx.tensor<float, ["N", 8]>):
  // DIM:   ^bb0(%{{.*}}: !onnx.tensor<float, [2, 8]>):
  ^bb0(%x: !onnx.tensor<float, ["N", 8]>):
    %w = onnx.initializer #onnx.tensor<name = "w", data_type = 1, dims = [8, 4]> -> !onnx.tensor<float, [8, 4]>
    %none = onnx.none
    // A declared type that is not complete is completed.
    // PLAIN: onnx.node "Relu"{{.*}} -> !onnx.tensor<float, ["N", 8]>
    // DIM:   onnx.node "Relu"{{.*}} -> !onnx.tensor<float, [2, 8]>
    %r = onnx.node "Relu"(%x) {output_names = ["r"]} : (!onnx.tensor<float, ["N", 8]>) -> !onnx.tensor<float, ["N", ?]>
    // (N, 8) x (8, 4) is (N, 4).
    // PLAIN: onnx.node "MatMul"{{.*}} -> !onnx.tensor<float, ["N", 4]>
    // DIM:   onnx.node "MatMul"{{.*}} -> !onnx.tensor<float, [2, 4]>
    %m = onnx.node "MatMul"(%r, %w) {output_names = ["m"]} : (!onnx.tensor<float, ["N", ?]>, !onnx.tensor<float, [8, 4]>) -> !onnx.unknown
    // Omitted operands and results stay omitted.
    // PLAIN: onnx.node "Clip"{{.*}} : (!onnx.tensor<float, ["N", 4]>, !onnx.omitted) -> !onnx.tensor<float, ["N", 4]>
    // DIM:   onnx.node "Clip"{{.*}} : (!onnx.tensor<float, [2, 4]>, !onnx.omitted) -> !onnx.tensor<float, [2, 4]>
    %c = onnx.node "Clip"(%m, %none) {output_names = ["c"]} : (!onnx.unknown, !onnx.omitted) -> !onnx.unknown
    // CHECK: onnx.node "Dropout"{{.*}} -> (!onnx.tensor<float, [{{"N"|2}}, 4]>, !onnx.omitted)
    %y:2 = onnx.node "Dropout"(%c) {output_names = ["y", ""]} : (!onnx.unknown) -> (!onnx.unknown, !onnx.omitted)
    onnx.return %y#0 : !onnx.unknown
  }
}

// -----

// What inference alone finds: the value of a small constant gives the shape of
// a Reshape (2 x 8 = 16 elements into 4 x 4); a body sees the types of what it
// captures; an operator of an unknown domain has unknown results; a symbol that
// inference invents is unknown, because the model has no such name. Nothing of
// it goes into a declaration.
// CHECK-LABEL: onnx.model "more.onnx"
// CHECK:         onnx.graph
// CHECK-SAME:    output_infos = [#onnx.value_info<name = "y">]
// CHECK-SAME:    value_infos = []
onnx.model "more.onnx" attributes {ir_version = 8 : i64, opset_imports = [
    #onnx.opset<domain = "", version = 17>, #onnx.opset<domain = "com.example", version = 1>]} {
  onnx.graph attributes {
      graph_name = "g",
      input_infos = [#onnx.value_info<name = "x", type = !onnx.tensor<float, [2, 8]>>,
                     #onnx.value_info<name = "c", type = !onnx.tensor<bool, []>>,
                     #onnx.value_info<name = "n", type = !onnx.tensor<float, ["N"]>>],
      output_infos = [#onnx.value_info<name = "y">], value_infos = []} {
  ^bb0(%x: !onnx.tensor<float, [2, 8]>, %c: !onnx.tensor<bool, []>, %n: !onnx.tensor<float, ["N"]>):
    // "\38\04" is int64_data: 4, of the TensorProto.
    %shape = onnx.initializer #onnx.tensor<name = "shape", data_type = 7, dims = [2], rest = "\38\04\38\04"> -> !onnx.tensor<int64, [2]>
    // CHECK: onnx.node "Reshape"{{.*}} -> !onnx.tensor<float, [4, 4]>
    %r = onnx.node "Reshape"(%x, %shape) {output_names = ["r"]} : (!onnx.tensor<float, [2, 8]>, !onnx.tensor<int64, [2]>) -> !onnx.unknown
    // CHECK: onnx.node "Mine"{{.*}} -> !onnx.unknown
    %u = onnx.node "Mine"(%r) {domain = "com.example", output_names = ["u"]} : (!onnx.unknown) -> !onnx.unknown
    // CHECK: onnx.node "NonZero"{{.*}} -> !onnx.tensor<int64, [2, ?]>
    %z = onnx.node "NonZero"(%x) {output_names = ["z"]} : (!onnx.tensor<float, [2, 8]>) -> !onnx.unknown
    // CHECK: onnx.node "If"{{.*}} -> !onnx.tensor<float, [4, 4]>
    %y = onnx.node "If"(%c) {output_names = ["y"], node_attributes = [
        #onnx.attribute<name = "then_branch", kind = 5, value = 1 : i64>,
        #onnx.attribute<name = "else_branch", kind = 5, value = 1 : i64>]} : (!onnx.tensor<bool, []>) -> !onnx.unknown {
      onnx.graph attributes {graph_name = "t", input_infos = [], output_infos = [#onnx.value_info<name = "t">], value_infos = []} {
        // CHECK: onnx.node "Abs"({{.*}}) {{.*}} : (!onnx.tensor<float, [4, 4]>) -> !onnx.tensor<float, [4, 4]>
        %t = onnx.node "Abs"(%r) {output_names = ["t"]} : (!onnx.unknown) -> !onnx.unknown
        onnx.return %t : !onnx.unknown
      }
    }, {
      onnx.graph attributes {graph_name = "e", input_infos = [], output_infos = [#onnx.value_info<name = "e">], value_infos = []} {
        // CHECK: onnx.node "Neg"({{.*}}) {{.*}} : (!onnx.tensor<float, [4, 4]>) -> !onnx.tensor<float, [4, 4]>
        %e = onnx.node "Neg"(%r) {output_names = ["e"]} : (!onnx.unknown) -> !onnx.unknown
        onnx.return %e : !onnx.unknown
      }
    }
    onnx.return %y : !onnx.unknown
  }
}
