// An If whose condition is known becomes its branch.

// RUN: onnx-split-opt %s --split-input-file --onnx-fold-branches | FileCheck %s

// A branch with an initializer, a capture, an omitted input and an If of its
// own; the other branch uses the same names. The constant is the third node.
// CHECK-LABEL: onnx.model "nested"
// CHECK:         onnx.graph
// CHECK-SAME:      value_infos = [#onnx.value_info<name = "a", type = !onnx.tensor<float, ["D"]>>, #onnx.value_info<name = "t_1", type = !onnx.tensor<float, ["E"]>>]
// CHECK-NEXT:    ^bb0(%[[X:.*]]: !onnx.tensor
// CHECK-DAG:       %[[NONE:.*]] = onnx.none
// CHECK-DAG:       %[[W:.*]] = onnx.initializer #onnx.tensor<name = "w_1",
// CHECK:           %[[A:.*]] = onnx.node "Neg"(%[[X]]) {onnx.index = 0 : i64, output_names = ["a"]}
// CHECK:           onnx.node "Constant"() {{.*}}onnx.index = 1 : i64
// CHECK:           onnx.node "Abs"(%[[X]]) {onnx.index = 2 : i64, output_names = ["t"]}
// CHECK:           %[[T:.*]] = onnx.node "Clip"(%[[A]], %[[NONE]], %[[W]]) {node_name = "clip", onnx.index = 3 : i64, onnx.path = ["else_branch", "0"], output_names = ["t_1"]}
// CHECK:           onnx.node "Constant"() {{.*}}onnx.path = ["else_branch", "1"]
// CHECK:           %[[Y:.*]] = onnx.node "Exp"(%[[T]]) {onnx.index = 3 : i64, onnx.path = ["else_branch", "2", "then_branch", "0"], output_names = ["y"]}
// CHECK-NOT:       "If"
// CHECK:           onnx.node "Relu"(%[[Y]]) {onnx.index = 4 : i64, output_names = ["w"]}
onnx.model "nested" attributes {ir_version = 8 : i64, opset_imports = [#onnx.opset<domain = "", version = 17>]} {
  onnx.graph attributes {
      input_infos = [#onnx.value_info<name = "x", type = !onnx.tensor<float, ["D"]>>],
      output_infos = [#onnx.value_info<name = "w", type = !onnx.tensor<float, ["D"]>>],
      value_infos = [#onnx.value_info<name = "a", type = !onnx.tensor<float, ["D"]>>]} {
  ^bb0(%x: !onnx.tensor<float, ["D"]>):
    %a = onnx.node "Neg"(%x) {output_names = ["a"]} : (!onnx.tensor<float, ["D"]>) -> !onnx.unknown
    %c = onnx.node "Constant"() {node_attributes = [#onnx.attribute<name = "value", kind = 4, value = #onnx.tensor<data_type = 9, rest = "J\01\00">>], output_names = ["c"]} : () -> !onnx.unknown
    %u = onnx.node "Abs"(%x) {output_names = ["t"]} : (!onnx.tensor<float, ["D"]>) -> !onnx.unknown
    %y = onnx.node "If"(%c) {node_attributes = [#onnx.attribute<name = "then_branch", kind = 5, value = 1 : i64>, #onnx.attribute<name = "else_branch", kind = 5, value = 1 : i64>], output_names = ["y"]} : (!onnx.unknown) -> !onnx.unknown {
      onnx.graph attributes {input_infos = [], output_infos = [#onnx.value_info<name = "y">], value_infos = []} {
        %t = onnx.node "Sin"(%a) {output_names = ["t"]} : (!onnx.unknown) -> !onnx.unknown
        %r = onnx.node "Sin"(%t) {output_names = ["y"]} : (!onnx.unknown) -> !onnx.unknown
        onnx.return %r : !onnx.unknown
      }
    }, {
      onnx.graph attributes {input_infos = [], output_infos = [#onnx.value_info<name = "y">],
          value_infos = [#onnx.value_info<name = "t", type = !onnx.tensor<float, ["E"]>>]} {
        %none = onnx.none
        %w = onnx.initializer #onnx.tensor<name = "w", data_type = 1, rest = "J\04\00\00\00?"> -> !onnx.tensor<float, []>
        %t = onnx.node "Clip"(%a, %none, %w) {node_name = "clip", output_names = ["t"]} : (!onnx.unknown, !onnx.omitted, !onnx.tensor<float, []>) -> !onnx.unknown
        %d = onnx.node "Constant"() {node_attributes = [#onnx.attribute<name = "value", kind = 4, value = #onnx.tensor<data_type = 9, dims = [1], rest = "*\01\01">>], output_names = ["d"]} : () -> !onnx.unknown
        %y = onnx.node "If"(%d) {node_attributes = [#onnx.attribute<name = "else_branch", kind = 5, value = 1 : i64>, #onnx.attribute<name = "then_branch", kind = 5, value = 1 : i64>], output_names = ["y"]} : (!onnx.unknown) -> !onnx.unknown {
          onnx.graph attributes {input_infos = [], output_infos = [#onnx.value_info<name = "t">], value_infos = []} {
            onnx.return %t : !onnx.unknown
          }
        }, {
          onnx.graph attributes {input_infos = [], output_infos = [#onnx.value_info<name = "z">], value_infos = []} {
            %z = onnx.node "Exp"(%t) {output_names = ["z"]} : (!onnx.unknown) -> !onnx.unknown
            onnx.return %z : !onnx.unknown
          }
        }
        onnx.return %y : !onnx.unknown
      }
    }
    %w = onnx.node "Relu"(%y) {output_names = ["w"]} : (!onnx.unknown) -> !onnx.unknown
    onnx.return %w : !onnx.unknown
  }
}

// -----

// Outputs that are an outer value, an initializer, one value twice, and none.
// An own value is called like an output that another one is.
// CHECK-LABEL: onnx.model "outputs"
// CHECK:         ^bb0(%[[X:.*]]: !onnx.tensor
// CHECK-DAG:       %[[W:.*]] = onnx.initializer #onnx.tensor<name = "w",
// CHECK:           %[[Q:.*]] = onnx.node "Neg"(%[[X]]) {{.*}}output_names = ["q_1"]
// CHECK:           %[[Z:.*]] = onnx.node "Exp"(%[[Q]]) {{.*}}output_names = ["p"]
// CHECK:           %[[O:.*]] = onnx.node "Identity"(%[[X]]) {onnx.index = 0 : i64, onnx.path = ["then_branch", "output 1"], output_names = ["o"]}
// CHECK:           %[[I:.*]] = onnx.node "Identity"(%[[W]]) {onnx.index = 0 : i64, onnx.path = ["then_branch", "output 2"], output_names = ["i"]}
// CHECK:           %[[TWICE:.*]] = onnx.node "Identity"(%[[Z]]) {{.*}}output_names = ["q"]
// CHECK-NEXT:      onnx.return %[[Z]], %[[O]], %[[I]], %[[TWICE]] :
onnx.model "outputs" attributes {ir_version = 8 : i64, opset_imports = [#onnx.opset<domain = "", version = 17>]} {
  onnx.graph attributes {
      input_infos = [#onnx.value_info<name = "x", type = !onnx.tensor<float, []>>],
      output_infos = [#onnx.value_info<name = "p">, #onnx.value_info<name = "o">, #onnx.value_info<name = "i">, #onnx.value_info<name = "q">],
      value_infos = []} {
  ^bb0(%x: !onnx.tensor<float, []>):
    %c = onnx.initializer #onnx.tensor<name = "c", data_type = 9, rest = "J\01\01"> -> !onnx.tensor<bool, []>
    %y:5 = onnx.node "If"(%c) {node_attributes = [#onnx.attribute<name = "then_branch", kind = 5, value = 1 : i64>, #onnx.attribute<name = "else_branch", kind = 5, value = 1 : i64>], output_names = ["p", "o", "i", "q", ""]} : (!onnx.tensor<bool, []>) -> (!onnx.unknown, !onnx.unknown, !onnx.unknown, !onnx.unknown, !onnx.omitted) {
      onnx.graph attributes {input_infos = [], output_infos = [#onnx.value_info<name = "z">, #onnx.value_info<name = "x">, #onnx.value_info<name = "w">, #onnx.value_info<name = "z">, #onnx.value_info<name = "q">], value_infos = []} {
        %w = onnx.initializer #onnx.tensor<name = "w", data_type = 1, rest = "J\04\00\00\00?"> -> !onnx.tensor<float, []>
        %q = onnx.node "Neg"(%x) {output_names = ["q"]} : (!onnx.tensor<float, []>) -> !onnx.unknown
        %z = onnx.node "Exp"(%q) {output_names = ["z"]} : (!onnx.unknown) -> !onnx.unknown
        onnx.return %z, %x, %w, %z, %q : !onnx.unknown, !onnx.tensor<float, []>, !onnx.tensor<float, []>, !onnx.unknown, !onnx.unknown
      }
    }, {
      onnx.graph attributes {input_infos = [], output_infos = [], value_infos = []} {
        onnx.return
      }
    }
    onnx.return %y#0, %y#1, %y#2, %y#3 : !onnx.unknown, !onnx.unknown, !onnx.unknown, !onnx.unknown
  }
}

// -----

// What stays: conditions of the user, defaults of inputs, of several elements,
// and branches that do not give what the If does. Nothing is recorded then.
// CHECK-LABEL: onnx.model "kept"
// CHECK-COUNT-4: onnx.node "If"(
// CHECK-NOT:     onnx.index
onnx.model "kept" attributes {ir_version = 8 : i64, opset_imports = [#onnx.opset<domain = "", version = 17>]} {
  onnx.graph attributes {
      input_infos = [#onnx.value_info<name = "f", type = !onnx.tensor<bool, []>>, #onnx.value_info<name = "g", type = !onnx.tensor<bool, []>>],
      output_infos = [], value_infos = []} {
  ^bb0(%f: !onnx.tensor<bool, []>, %g: !onnx.tensor<bool, []>):
    %default = onnx.initializer #onnx.tensor<name = "g", data_type = 9, rest = "J\01\01"> -> !onnx.tensor<bool, []>
    %two = onnx.initializer #onnx.tensor<name = "two", data_type = 9, dims = [2], rest = "J\02\01\01"> -> !onnx.tensor<bool, [2]>
    %one = onnx.initializer #onnx.tensor<name = "one", data_type = 9, rest = "J\01\01"> -> !onnx.tensor<bool, []>
    onnx.node "If"(%f) {node_attributes = [#onnx.attribute<name = "then_branch", kind = 5, value = 1 : i64>], output_names = []} : (!onnx.tensor<bool, []>) -> () {
      onnx.graph attributes {input_infos = [], output_infos = [], value_infos = []} {
        onnx.return
      }
    }
    onnx.node "If"(%g) {node_attributes = [#onnx.attribute<name = "then_branch", kind = 5, value = 1 : i64>], output_names = []} : (!onnx.tensor<bool, []>) -> () {
      onnx.graph attributes {input_infos = [], output_infos = [], value_infos = []} {
        onnx.return
      }
    }
    onnx.node "If"(%two) {node_attributes = [#onnx.attribute<name = "then_branch", kind = 5, value = 1 : i64>], output_names = []} : (!onnx.tensor<bool, [2]>) -> () {
      onnx.graph attributes {input_infos = [], output_infos = [], value_infos = []} {
        onnx.return
      }
    }
    onnx.node "If"(%one) {node_attributes = [#onnx.attribute<name = "then_branch", kind = 5, value = 1 : i64>], output_names = ["y"]} : (!onnx.tensor<bool, []>) -> !onnx.unknown {
      onnx.graph attributes {input_infos = [], output_infos = [], value_infos = []} {
        onnx.return
      }
    }
    onnx.return
  }
}

// -----

// Names that are in use: those of a Loop's body beside it, and those of the
// branch before. A body that moves keeps its captures.
// CHECK-LABEL: onnx.model "names"
// CHECK:         %[[A:.*]] = onnx.node "Neg"(%{{.*}}) {{.*}}output_names = ["y"]
// CHECK:         %[[B:.*]] = onnx.node "Neg"(%[[A]]) {{.*}}output_names = ["a_2"]
// CHECK:         onnx.node "Loop"
// CHECK:           onnx.node "Add"(%{{.*}}, %[[B]]) {output_names = ["b"]}
// CHECK:         onnx.node "Loop"
// CHECK:           onnx.node "Neg"(%{{.*}}) {output_names = ["a"]}
onnx.model "names" attributes {ir_version = 8 : i64, opset_imports = [#onnx.opset<domain = "", version = 17>]} {
  onnx.graph attributes {
      input_infos = [#onnx.value_info<name = "x", type = !onnx.tensor<float, []>>],
      output_infos = [], value_infos = []} {
  ^bb0(%x: !onnx.tensor<float, []>):
    %c = onnx.initializer #onnx.tensor<name = "c", data_type = 9, rest = "J\01\01"> -> !onnx.tensor<bool, []>
    %y = onnx.node "If"(%c) {node_attributes = [#onnx.attribute<name = "then_branch", kind = 5, value = 1 : i64>], output_names = ["y"]} : (!onnx.tensor<bool, []>) -> !onnx.unknown {
      onnx.graph attributes {input_infos = [], output_infos = [#onnx.value_info<name = "a">], value_infos = []} {
        %a = onnx.node "Neg"(%x) {output_names = ["a"]} : (!onnx.tensor<float, []>) -> !onnx.unknown
        onnx.return %a : !onnx.unknown
      }
    }
    %z = onnx.node "If"(%c) {node_attributes = [#onnx.attribute<name = "then_branch", kind = 5, value = 1 : i64>], output_names = ["z"]} : (!onnx.tensor<bool, []>) -> !onnx.unknown {
      onnx.graph attributes {input_infos = [], output_infos = [#onnx.value_info<name = "l">], value_infos = []} {
        %a = onnx.node "Neg"(%y) {output_names = ["a"]} : (!onnx.unknown) -> !onnx.unknown
        %l = onnx.node "Loop"(%x) {node_attributes = [#onnx.attribute<name = "body", kind = 5, value = 1 : i64>], output_names = ["l"]} : (!onnx.tensor<float, []>) -> !onnx.unknown {
          onnx.graph attributes {input_infos = [#onnx.value_info<name = "i">], output_infos = [#onnx.value_info<name = "b">], value_infos = []} {
          ^bb0(%i: !onnx.unknown):
            %b = onnx.node "Add"(%i, %a) {output_names = ["b"]} : (!onnx.unknown, !onnx.unknown) -> !onnx.unknown
            onnx.return %b : !onnx.unknown
          }
        }
        onnx.return %l : !onnx.unknown
      }
    }
    %o = onnx.node "Loop"(%x) {node_attributes = [#onnx.attribute<name = "body", kind = 5, value = 1 : i64>], output_names = ["o"]} : (!onnx.tensor<float, []>) -> !onnx.unknown {
      onnx.graph attributes {input_infos = [#onnx.value_info<name = "i">], output_infos = [#onnx.value_info<name = "a">], value_infos = []} {
      ^bb0(%i: !onnx.unknown):
        %a = onnx.node "Neg"(%i) {output_names = ["a"]} : (!onnx.unknown) -> !onnx.unknown
        onnx.return %a : !onnx.unknown
      }
    }
    onnx.return
  }
}
