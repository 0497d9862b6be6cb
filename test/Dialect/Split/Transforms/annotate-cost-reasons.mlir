// Why a cost is unknown, by the names in the model.
//
// RUN: onnx-split-opt %s --split-annotate-cost | FileCheck %s

onnx.model "m" attributes {ir_version = 8 : i64, opset_imports = [
    #onnx.opset<domain = "", version = 17>, #onnx.opset<domain = "com.example", version = 1>]} {
  onnx.graph attributes {
      input_infos = [#onnx.value_info<name = "x">, #onnx.value_info<name = "n">, #onnx.value_info<name = "rankless">,
                     #onnx.value_info<name = "untyped">, #onnx.value_info<name = "list">, #onnx.value_info<name = "trips">,
                     #onnx.value_info<name = "text">, #onnx.value_info<name = "huge">],
      output_infos = [], value_infos = []} {
  ^bb0(%x: !onnx.tensor<float, [2, 3]>, %n: !onnx.tensor<float, [3, "N"]>, %rankless: !onnx.tensor<float>,
       %untyped: !onnx.unknown, %list: !onnx.sequence<!onnx.tensor<float, [2]>>, %trips: !onnx.tensor<int64, []>,
       %text: !onnx.tensor<string, [2]>, %huge: !onnx.tensor<float, [1000000000000, 1000000000000]>):

    // CHECK: onnx.node "Mine"{{.*}} reason = "no cost formula for com.example:Mine">
    %mine = onnx.node "Mine"(%x) {domain = "com.example", output_names = ["mine"]} : (!onnx.tensor<float, [2, 3]>) -> !onnx.tensor<float, [2, 3]>

    // The second operand is open on its second axis.
    // CHECK: onnx.node "MatMul"{{.*}} reason = "extent 1 of 'n' is open">
    %product = onnx.node "MatMul"(%x, %n) {output_names = ["product"]}
        : (!onnx.tensor<float, [2, 3]>, !onnx.tensor<float, [3, "N"]>) -> !onnx.tensor<float, [2, "N"]>

    // A result of which nobody knows how long it is.
    // CHECK: onnx.node "NonZero"{{.*}} reason = "extent 1 of 'where' is open">
    %where = onnx.node "NonZero"(%x) {output_names = ["where"]} : (!onnx.tensor<float, [2, 3]>) -> !onnx.tensor<int64, [2, "?"]>

    // CHECK: onnx.node "Neg"{{.*}} reason = "the rank of 'rankless' is unknown">
    %neg = onnx.node "Neg"(%rankless) {output_names = ["neg"]} : (!onnx.tensor<float>) -> !onnx.tensor<float>

    // CHECK: onnx.node "Exp"{{.*}} reason = "the type of 'untyped' is unknown">
    %exp = onnx.node "Exp"(%untyped) {output_names = ["exp"]} : (!onnx.unknown) -> !onnx.unknown

    // CHECK: onnx.node "Abs"{{.*}} reason = "'list' is not a dense tensor">
    %abs = onnx.node "Abs"(%list) {output_names = ["abs"]} : (!onnx.sequence<!onnx.tensor<float, [2]>>) -> !onnx.unknown

    // CHECK: onnx.node "SequenceAt"{{.*}} reason = "the cost of SequenceAt depends on data">
    %at = onnx.node "SequenceAt"(%list, %trips) {output_names = ["at"]}
        : (!onnx.sequence<!onnx.tensor<float, [2]>>, !onnx.tensor<int64, []>) -> !onnx.tensor<float, [2]>

    // CHECK: onnx.node "Equal"{{.*}} reason = "the size of 'text' depends on data">
    %equal = onnx.node "Equal"(%text, %text) {output_names = ["equal"]}
        : (!onnx.tensor<string, [2]>, !onnx.tensor<string, [2]>) -> !onnx.tensor<bool, [2]>

    // CHECK: onnx.node "MatMul"{{.*}} reason = "operands and attributes of MatMul contradict each other">
    %odd = onnx.node "MatMul"(%x, %x) {output_names = ["odd"]}
        : (!onnx.tensor<float, [2, 3]>, !onnx.tensor<float, [2, 3]>) -> !onnx.tensor<float, [2, 3]>

    // CHECK: onnx.node "MatMul"{{.*}} reason = "the cost of MatMul is out of range">
    %much = onnx.node "MatMul"(%huge, %huge) {output_names = ["much"]}
        : (!onnx.tensor<float, [1000000000000, 1000000000000]>, !onnx.tensor<float, [1000000000000, 1000000000000]>)
        -> !onnx.tensor<float, [1000000000000, 1000000000000]>

    // A loop that nobody knows the trips of.
    // CHECK: onnx.node "Loop"{{.*}} reason = "the value of 'trips' is unknown, so that one trip counts">
    %none = onnx.none
    %loop = onnx.node "Loop"(%trips, %none) {output_names = ["loop"], node_attributes = [
        #onnx.attribute<name = "body", kind = 5, value = 1 : i64>]} : (!onnx.tensor<int64, []>, !onnx.omitted) -> !onnx.tensor<float, [?, 2, 3]> {
      onnx.graph attributes {input_infos = [], output_infos = [#onnx.value_info<name = "t">], value_infos = []} {
        %t = onnx.node "Neg"(%x) {output_names = ["t"]} : (!onnx.tensor<float, [2, 3]>) -> !onnx.tensor<float, [2, 3]>
        onnx.return %t : !onnx.tensor<float, [2, 3]>
      }
    }

    // A body: the reason is that of its first unknown node.
    // CHECK: onnx.node "If"{{.*}} reason = "extent 1 of 'n' is open">
    %if = onnx.node "If"(%equal) {output_names = ["if"], node_attributes = [
        #onnx.attribute<name = "then_branch", kind = 5, value = 1 : i64>]} : (!onnx.tensor<bool, [2]>) -> !onnx.unknown {
      onnx.graph attributes {input_infos = [], output_infos = [#onnx.value_info<name = "i">], value_infos = []} {
        %known = onnx.node "Neg"(%x) {output_names = ["known"]} : (!onnx.tensor<float, [2, 3]>) -> !onnx.tensor<float, [2, 3]>
        %i = onnx.node "Neg"(%n) {output_names = ["i"]} : (!onnx.tensor<float, [3, "N"]>) -> !onnx.tensor<float, [3, "N"]>
        %j = onnx.node "Other"(%n) {domain = "com.example", output_names = ["j"]} : (!onnx.tensor<float, [3, "N"]>) -> !onnx.unknown
        onnx.return %i : !onnx.tensor<float, [3, "N"]>
      }
    }

    // What is known has no reason.
    // CHECK: onnx.node "Relu"
    // CHECK-NOT: reason
    // CHECK: onnx.return
    %relu = onnx.node "Relu"(%x) {output_names = ["relu"]} : (!onnx.tensor<float, [2, 3]>) -> !onnx.tensor<float, [2, 3]>
    onnx.return
  }
}

// A call of a function: the reason is that of its first unknown node, by the
// names inside.
// CHECK-LABEL: onnx.model "call"
onnx.model "call" attributes {ir_version = 8 : i64, opset_imports = [#onnx.opset<domain = "local", version = 1>]} {
  onnx.graph attributes {input_infos = [#onnx.value_info<name = "x">], output_infos = [], value_infos = []} {
  ^bb0(%x: !onnx.tensor<float, [2, 3]>):
    // CHECK: onnx.node "Partly"{{.*}} reason = "no cost formula for com.example:Mine">
    %a = onnx.node "Partly"(%x) {domain = "local", output_names = ["a"]} : (!onnx.tensor<float, [2, 3]>) -> !onnx.tensor<float, [2, 3]>
    onnx.return
  }
  onnx.function attributes {function_name = "Partly", domain = "local", input_names = ["p"], output_names = ["r"],
      opset_imports = [#onnx.opset<domain = "", version = 17>, #onnx.opset<domain = "com.example", version = 1>], value_infos = []} {
  ^bb0(%p: !onnx.unknown):
    %q = onnx.node "Neg"(%p) {output_names = ["q"]} : (!onnx.unknown) -> !onnx.unknown
    %r = onnx.node "Mine"(%q) {domain = "com.example", output_names = ["r"]} : (!onnx.unknown) -> !onnx.unknown
    onnx.return %r : !onnx.unknown
  }
}

// CHECK-LABEL: onnx.model "endless"
onnx.model "endless" attributes {ir_version = 8 : i64, opset_imports = [#onnx.opset<domain = "local", version = 1>]} {
  onnx.graph attributes {input_infos = [#onnx.value_info<name = "x">], output_infos = [], value_infos = []} {
  ^bb0(%x: !onnx.tensor<float, [2, 3]>):
    // CHECK: onnx.node "Endless"{{.*}} reason = "calls of local:Endless expand to too many nodes">
    %b = onnx.node "Endless"(%x) {domain = "local", output_names = ["b"]} : (!onnx.tensor<float, [2, 3]>) -> !onnx.tensor<float, [2, 3]>
    onnx.return
  }
  onnx.function attributes {function_name = "Endless", domain = "local", input_names = ["p"], output_names = ["r"],
      opset_imports = [#onnx.opset<domain = "local", version = 1>], value_infos = []} {
  ^bb0(%p: !onnx.unknown):
    %r = onnx.node "Endless"(%p) {domain = "local", output_names = ["r"]} : (!onnx.unknown) -> !onnx.unknown
    onnx.return %r : !onnx.unknown
  }
}
