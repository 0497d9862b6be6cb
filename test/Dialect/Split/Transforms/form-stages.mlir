// RUN: onnx-split-opt %s \
// RUN:   --pass-pipeline='builtin.module(builtin.module(split-form-stages))' \
// RUN:   | FileCheck %s

!t = !onnx.tensor<float, [4]>
#topology = #split.topology<devices = [<name = "p">, <name = "q">, <name = "r">] default = (8000000, 1000)>
#load0 = #split.load<macs = 0, flops = 0, bytes = 0, weight_bytes = 0, peak_activation_bytes = 0, buffer_bytes = 0, compute_ns = 10>
#load1 = #split.load<macs = 0, flops = 0, bytes = 0, weight_bytes = 0, peak_activation_bytes = 0, buffer_bytes = 0, compute_ns = 11>
#load2 = #split.load<macs = 0, flops = 0, bytes = 0, weight_bytes = 0, peak_activation_bytes = 0, buffer_bytes = 0, compute_ns = 12>
#two = #split.placement<devices = [0, 1], loads = [#load0, #load1], objective = "throughput", strategy = "exact", plan_class = "contiguous", seed = 0, bottleneck_ns = 0, lower_bound_ns = 0, lower_bound_name = "exact", lower_bound_class = "contiguous", latency_ns = 0>
// Stage 0 is on r, 1 on p, 2 on q.
#three = #split.placement<devices = [2, 0, 1], loads = [#load0, #load1, #load2], objective = "throughput", strategy = "exact", plan_class = "contiguous", seed = 0, bottleneck_ns = 0, lower_bound_ns = 0, lower_bound_name = "exact", lower_bound_class = "contiguous", latency_ns = 0>

// A cut of two tensors, a tensor that two later stages use, one of them beyond
// a stage that lies between, a graph input that only the last stage uses, and a
// graph output that is made early and also read later. Operands are the
// model's inputs in its order, then results in the order in which they are read.
// CHECK-LABEL: module @crossings
// CHECK:       onnx.graph attributes {graph_name = "g"
// CHECK-NEXT:  ^bb0(%[[X:.*]]: !onnx.tensor<float, [4]>, %[[Z:.*]]: !onnx.tensor<float, [4]>):
// CHECK-NEXT:    %[[S0:.*]]:2 = split.stage <stage = 0, device = "r", rank = 0, load = <{{.*}} compute_ns = 10>>(%[[X]])
// CHECK-NEXT:      onnx.graph attributes {graph_name = "g", input_infos = [#onnx.value_info<name = "x", rest = "\1A\02hi">], output_infos = [#onnx.value_info<name = "a", rest = "\1A\02ho">, #onnx.value_info<name = "b", type = !onnx.tensor<float, [4]>>], value_infos = []}
// CHECK-NEXT:      ^bb0(%[[IN:.*]]: !onnx.tensor<float, [4]>):
// CHECK-NEXT:        %[[A:.*]] = onnx.node "Relu"(%[[IN]])
// CHECK-NEXT:        %[[B:.*]] = onnx.node "Abs"(%[[IN]])
// CHECK-NEXT:        onnx.return %[[A]], %[[B]]
// CHECK:         %[[S1:.*]] = split.stage <stage = 1, device = "p", rank = 1, load = <{{.*}} compute_ns = 11>>(%[[S0]]#0, %[[S0]]#1)
// CHECK-NEXT:      onnx.graph attributes {graph_name = "g", input_infos = [#onnx.value_info<name = "a", type = !onnx.tensor<float, [4]>>, #onnx.value_info<name = "b", type = !onnx.tensor<float, [4]>>], output_infos = [#onnx.value_info<name = "c", type = !onnx.tensor<float, [4]>>], value_infos = []}
// CHECK:           onnx.node "Add"
// CHECK:         %[[S2:.*]] = split.stage <stage = 2, device = "q", rank = 2, load = <{{.*}} compute_ns = 12>>(%[[Z]], %[[S1]], %[[S0]]#0)
// CHECK-NEXT:      onnx.graph attributes {graph_name = "g", input_infos = [#onnx.value_info<name = "z">, #onnx.value_info<name = "c", {{.*}}>, #onnx.value_info<name = "a", {{.*}}>], output_infos = [#onnx.value_info<name = "e">], value_infos = []}
// CHECK-NEXT:      ^bb0(%[[ZI:.*]]: !onnx.tensor<float, [4]>, %[[CI:.*]]: !onnx.tensor<float, [4]>, %[[AI:.*]]: !onnx.tensor<float, [4]>):
// CHECK-NEXT:        %[[D:.*]] = onnx.node "Add"(%[[CI]], %[[AI]])
// CHECK-NEXT:        onnx.node "Add"(%[[D]], %[[ZI]])
// CHECK:         onnx.return %[[S0]]#0, %[[S2]]
module @crossings attributes {split.topology = #topology, split.placement = #three} {
  onnx.model "m" attributes {ir_version = 8 : i64, opset_imports = []} {
    onnx.graph attributes {graph_name = "g", value_infos = [],
        input_infos = [#onnx.value_info<name = "x", rest = "\1A\02hi">, #onnx.value_info<name = "z">],
        output_infos = [#onnx.value_info<name = "a", rest = "\1A\02ho">, #onnx.value_info<name = "e">]} {
    ^bb0(%x: !t, %z: !t):
      %a = onnx.node "Relu"(%x) {output_names = ["a"], split.stage = 0} : (!t) -> !t
      %b = onnx.node "Abs"(%x) {output_names = ["b"], split.stage = 0} : (!t) -> !t
      %c = onnx.node "Add"(%a, %b) {output_names = ["c"], split.stage = 1} : (!t, !t) -> !t
      %d = onnx.node "Add"(%c, %a) {output_names = ["d"], split.stage = 2} : (!t, !t) -> !t
      %e = onnx.node "Add"(%d, %z) {output_names = ["e"], split.stage = 2} : (!t, !t) -> !t
      onnx.return %a, %e : !t, !t
    }
  }
}

// Constants go to every stage that uses them, and so do the nodes that compute
// on nothing else, with what those read; what nobody uses stays behind. Nodes
// keep their order. Outputs that no node makes (an input, an initializer, a
// constant node) and an output that is listed twice go through a stage as well.
// CHECK-LABEL: module @constants
// CHECK:         %[[S0:.*]]:4 = split.stage <stage = 0
// CHECK-NEXT:      onnx.graph {{.*}} output_infos = [#onnx.value_info<name = "x">, #onnx.value_info<name = "w">, #onnx.value_info<name = "k">, #onnx.value_info<name = "a", type = !onnx.tensor<float, [4]>>]
// CHECK-NOT:         name = "unused"
// CHECK:             %[[W:.*]] = onnx.initializer #onnx.tensor<name = "w"
// CHECK-NEXT:        %[[K:.*]] = onnx.node "Constant"() {output_names = ["k"], split.constant}
// CHECK-NEXT:        %[[N:.*]] = onnx.node "Neg"(%[[W]]) {output_names = ["n"], split.constant}
// CHECK-NEXT:        %[[A:.*]] = onnx.node "Add"(%{{.*}}, %[[N]]) {output_names = ["a"]
// CHECK-NEXT:        onnx.return %{{.*}}, %[[W]], %[[K]], %[[A]]
// CHECK:         %[[S1:.*]]:2 = split.stage <stage = 1
// CHECK-NEXT:      onnx.graph {{.*}}input_infos = [#onnx.value_info<name = "a", {{.*}}>], output_infos = [#onnx.value_info<name = "y">, #onnx.value_info<name = "y">]
// CHECK-NOT:         onnx.node "Constant"
// CHECK:             %[[W1:.*]] = onnx.initializer #onnx.tensor<name = "w"
// CHECK-NEXT:        %[[N1:.*]] = onnx.node "Neg"(%[[W1]]) {output_names = ["n"], split.constant}
// CHECK-NEXT:        %[[B:.*]] = onnx.node "Add"(%{{.*}}, %[[N1]]) {output_names = ["b"]
// CHECK-NEXT:        %[[Y:.*]] = onnx.node "Add"(%[[B]], %[[W1]])
// CHECK-NEXT:        onnx.return %[[Y]], %[[Y]]
// CHECK:         onnx.return %[[S0]]#0, %[[S0]]#1, %[[S1]]#0, %[[S1]]#1, %[[S0]]#2
module @constants attributes {split.topology = #topology, split.placement = #two} {
  onnx.model "m" attributes {ir_version = 8 : i64, opset_imports = []} {
    onnx.graph attributes {value_infos = [], input_infos = [#onnx.value_info<name = "x">],
        output_infos = [#onnx.value_info<name = "x">, #onnx.value_info<name = "w">, #onnx.value_info<name = "y">, #onnx.value_info<name = "y">, #onnx.value_info<name = "k">]} {
    ^bb0(%x: !t):
      %unused = onnx.initializer #onnx.tensor<name = "unused", data_type = 1, dims = [4]> -> !t
      %w = onnx.initializer #onnx.tensor<name = "w", data_type = 1, dims = [4]> -> !t
      %k = onnx.node "Constant"() {output_names = ["k"]} : () -> !t
      %n = onnx.node "Neg"(%w) {output_names = ["n"]} : (!t) -> !t
      %a = onnx.node "Add"(%x, %n) {output_names = ["a"], split.stage = 0} : (!t, !t) -> !t
      %b = onnx.node "Add"(%a, %n) {output_names = ["b"], split.stage = 1} : (!t, !t) -> !t
      %y = onnx.node "Add"(%b, %w) {output_names = ["y"], split.stage = 1} : (!t, !t) -> !t
      onnx.return %x, %w, %y, %y, %k : !t, !t, !t, !t, !t
    }
  }
}

// An omitted input stays omitted, in each stage and in a constant's node. An
// omitted output is nothing that could cross.
// CHECK-LABEL: module @omitted
// CHECK:         split.stage <stage = 0
// CHECK:           %[[NONE:.*]] = onnx.none
// CHECK:           onnx.node "Dropout"(%{{.*}}, %[[NONE]]) {output_names = ["a", ""]
// CHECK:         split.stage <stage = 1, {{.*}} : (!onnx.tensor<float, [4]>) -> !onnx.tensor<float, [4]>
// CHECK:           %[[NONE1:.*]] = onnx.none
// CHECK:           %[[K:.*]] = onnx.node "Clip"(%{{.*}}, %[[NONE1]]) {output_names = ["k"], split.constant}
// CHECK:           onnx.node "Clip"(%{{.*}}, %[[NONE1]], %[[K]]) {output_names = ["y"]
module @omitted attributes {split.topology = #topology, split.placement = #two} {
  onnx.model "m" attributes {ir_version = 8 : i64, opset_imports = []} {
    onnx.graph attributes {value_infos = [], input_infos = [#onnx.value_info<name = "x">], output_infos = [#onnx.value_info<name = "y">]} {
    ^bb0(%x: !t):
      %w = onnx.initializer #onnx.tensor<name = "w", data_type = 1> -> !onnx.tensor<float, []>
      %none = onnx.none
      %k = onnx.node "Clip"(%w, %none) {output_names = ["k"]} : (!onnx.tensor<float, []>, !onnx.omitted) -> !onnx.tensor<float, []>
      %a:2 = onnx.node "Dropout"(%x, %none) {output_names = ["a", ""], split.stage = 0} : (!t, !onnx.omitted) -> (!t, !onnx.omitted)
      %y = onnx.node "Clip"(%a#0, %none, %k) {output_names = ["y"], split.stage = 1} : (!t, !onnx.omitted, !onnx.tensor<float, []>) -> !t
      onnx.return %y : !t
    }
  }
}

// What a body captures from outside are inputs of its node, at any depth: here
// a result of the first stage, an input of the model and an initializer.
// CHECK-LABEL: module @captures
// CHECK:         %[[S0:.*]] = split.stage <stage = 0
// CHECK:         split.stage <stage = 1, {{.*}}>>(%{{.*}}, %{{.*}}, %[[S0]])
// CHECK-NEXT:      onnx.graph {{.*}}input_infos = [#onnx.value_info<name = "c">, #onnx.value_info<name = "z">, #onnx.value_info<name = "a", {{.*}}>]
// CHECK-NEXT:      ^bb0(%[[C:.*]]: !onnx.unknown, %[[Z:.*]]: !onnx.tensor<float, [4]>, %[[A:.*]]: !onnx.tensor<float, [4]>):
// CHECK-NEXT:        %[[W:.*]] = onnx.initializer #onnx.tensor<name = "w"
// CHECK-NEXT:        onnx.node "If"(%[[C]])
// CHECK:               onnx.node "Add"(%[[A]], %[[W]])
// CHECK:               onnx.return %[[Z]]
module @captures attributes {split.topology = #topology, split.placement = #two} {
  onnx.model "m" attributes {ir_version = 8 : i64, opset_imports = []} {
    onnx.graph attributes {value_infos = [], input_infos = [#onnx.value_info<name = "c">, #onnx.value_info<name = "x">, #onnx.value_info<name = "z">], output_infos = [#onnx.value_info<name = "y">]} {
    ^bb0(%c: !onnx.unknown, %x: !t, %z: !t):
      %w = onnx.initializer #onnx.tensor<name = "w", data_type = 1, dims = [4]> -> !t
      %a = onnx.node "Relu"(%x) {output_names = ["a"], split.stage = 0} : (!t) -> !t
      %y = onnx.node "If"(%c) {output_names = ["y"], split.stage = 1, node_attributes = [
          #onnx.attribute<name = "then_branch", kind = 5, value = 1 : i64>,
          #onnx.attribute<name = "else_branch", kind = 5, value = 1 : i64>]} : (!onnx.unknown) -> !t {
        onnx.graph attributes {value_infos = [], input_infos = [], output_infos = [#onnx.value_info<name = "t">]} {
          onnx.node "Nested"() {output_names = [], node_attributes = [#onnx.attribute<kind = 5, value = 1 : i64>]} : () -> () {
            onnx.graph attributes {value_infos = [], input_infos = [], output_infos = []} {
              %t = onnx.node "Add"(%a, %w) {output_names = ["t"]} : (!t, !t) -> !t
              onnx.return
            }
          }
          %t = onnx.node "Op"() {output_names = ["t"]} : () -> !t
          onnx.return %t : !t
        }
      }, {
        onnx.graph attributes {value_infos = [], input_infos = [], output_infos = [#onnx.value_info<name = "z">]} {
          onnx.return %z : !t
        }
      }
      onnx.return %y : !t
    }
  }
}

// Before IR version 4 every initializer is an input as well, and a constant:
// the pair goes to each stage that uses it.
// CHECK-LABEL: module @ir3
// CHECK:         onnx.graph {{.*}}input_infos = [#onnx.value_info<name = "x">, #onnx.value_info<name = "w">]
// CHECK-NEXT:    ^bb0(%[[X:.*]]: !onnx.tensor<float, [4]>, %[[W:.*]]: !onnx.tensor<float, [4]>):
// CHECK-NEXT:      %[[S0:.*]] = split.stage <stage = 0, {{.*}}>>(%[[X]], %[[W]])
// CHECK-NEXT:        onnx.graph {{.*}}input_infos = [#onnx.value_info<name = "x">, #onnx.value_info<name = "w">]
// CHECK-NEXT:        ^bb0(%[[XI:.*]]: !onnx.tensor<float, [4]>, %[[WI:.*]]: !onnx.tensor<float, [4]>):
// CHECK-NEXT:          onnx.initializer #onnx.tensor<name = "w"
// CHECK-NEXT:          onnx.node "Add"(%[[XI]], %[[WI]])
// CHECK:           split.stage <stage = 1, {{.*}}>>(%[[W]], %[[S0]])
// CHECK-NEXT:        onnx.graph {{.*}}input_infos = [#onnx.value_info<name = "w">, #onnx.value_info<name = "a", {{.*}}>]
// CHECK-NEXT:        ^bb0(%[[WI1:.*]]: !onnx.tensor<float, [4]>, %[[AI:.*]]: !onnx.tensor<float, [4]>):
// CHECK-NEXT:          onnx.initializer #onnx.tensor<name = "w"
// CHECK-NEXT:          onnx.node "Add"(%[[AI]], %[[WI1]])
module @ir3 attributes {split.topology = #topology, split.placement = #two} {
  onnx.model "m" attributes {ir_version = 3 : i64, opset_imports = []} {
    onnx.graph attributes {value_infos = [], input_infos = [#onnx.value_info<name = "x">, #onnx.value_info<name = "w">], output_infos = [#onnx.value_info<name = "y">]} {
    ^bb0(%x: !t, %w: !t):
      %default = onnx.initializer #onnx.tensor<name = "w", data_type = 1, dims = [4]> -> !t
      %a = onnx.node "Add"(%x, %w) {output_names = ["a"], split.stage = 0} : (!t, !t) -> !t
      %y = onnx.node "Add"(%a, %w) {output_names = ["y"], split.stage = 1} : (!t, !t) -> !t
      onnx.return %y : !t
    }
  }
}

// Since IR version 4 it is an input that a caller may give: no constant, but
// its default still goes with it.
// CHECK-LABEL: module @defaults
// CHECK:         split.stage <stage = 1
// CHECK-NEXT:      onnx.graph {{.*}}input_infos = [#onnx.value_info<name = "w">, #onnx.value_info<name = "a", {{.*}}>]
// CHECK:             onnx.initializer #onnx.tensor<name = "w"
// CHECK-NEXT:        onnx.node "Add"
module @defaults attributes {split.topology = #topology, split.placement = #two} {
  onnx.model "m" attributes {ir_version = 8 : i64, opset_imports = []} {
    onnx.graph attributes {value_infos = [], input_infos = [#onnx.value_info<name = "x">, #onnx.value_info<name = "w">], output_infos = [#onnx.value_info<name = "y">]} {
    ^bb0(%x: !t, %w: !t):
      %default = onnx.initializer #onnx.tensor<name = "w", data_type = 1, dims = [4]> -> !t
      %a = onnx.node "Relu"(%x) {output_names = ["a"], split.stage = 0} : (!t) -> !t
      %y = onnx.node "Add"(%a, %w) {output_names = ["y"], split.stage = 1} : (!t, !t) -> !t
      onnx.return %y : !t
    }
  }
}

// Declarations of values go with the stage that makes them, as they were, and
// not where the value has become an input or output of the part (c here). What
// is only inferred (b) is not declared.
// CHECK-LABEL: module @declared
// CHECK:         onnx.graph {{.*}} value_infos = []}
// CHECK:         split.stage <stage = 0
// CHECK-NEXT:      onnx.graph {{.*}} value_infos = [#onnx.value_info<name = "a", type = !onnx.tensor<float, ["N"]>, rest = "\1A\02hi">]
// CHECK:         split.stage <stage = 1
// CHECK-NEXT:      onnx.graph {{.*}} value_infos = [#onnx.value_info<name = "d", type = !onnx.unknown>]
module @declared attributes {split.topology = #topology, split.placement = #two} {
  onnx.model "m" attributes {ir_version = 8 : i64, opset_imports = []} {
    onnx.graph attributes {input_infos = [#onnx.value_info<name = "x">], output_infos = [#onnx.value_info<name = "y">],
        value_infos = [#onnx.value_info<name = "a", type = !onnx.tensor<float, ["N"]>, rest = "\1A\02hi">,
                       #onnx.value_info<name = "c", type = !t>, #onnx.value_info<name = "d", type = !onnx.unknown>,
                       #onnx.value_info<name = "nobody", type = !t>]} {
    ^bb0(%x: !t):
      %a = onnx.node "Relu"(%x) {output_names = ["a"], split.stage = 0} : (!t) -> !t
      %b = onnx.node "Relu"(%a) {output_names = ["b"], split.stage = 0} : (!t) -> !t
      %c = onnx.node "Relu"(%b) {output_names = ["c"], split.stage = 0} : (!t) -> !t
      %d = onnx.node "Relu"(%c) {output_names = ["d"], split.stage = 1} : (!t) -> !t
      %y = onnx.node "Relu"(%d) {output_names = ["y"], split.stage = 1} : (!t) -> !t
      onnx.return %y : !t
    }
  }
}

// A quantization annotation goes with the tensor that it is about, and takes
// the scale that it names along, though no node reads it. "r" is field 14,
// quantization_annotation, of a GraphProto; "R" is field 10, doc_string, which
// every part keeps.
// CHECK-LABEL: module @annotations
// CHECK:         split.stage <stage = 0
// CHECK-NEXT:      onnx.graph {{.*}} rest = "R\04noter\16\0A\01a\12\11\0A\0CSCALE_TENSOR\12\01s"
// CHECK:             onnx.initializer #onnx.tensor<name = "s"
// CHECK:         split.stage <stage = 1
// CHECK-NEXT:      onnx.graph {{.*}} rest = "R\04noter\16\0A\01y\12\11\0A\0CSCALE_TENSOR\12\01u"
// CHECK-NOT:         name = "s"
// CHECK:             onnx.initializer #onnx.tensor<name = "u"
// CHECK:         onnx.return
module @annotations attributes {split.topology = #topology, split.placement = #two} {
  onnx.model "m" attributes {ir_version = 8 : i64, opset_imports = []} {
    onnx.graph attributes {value_infos = [], input_infos = [#onnx.value_info<name = "x">], output_infos = [#onnx.value_info<name = "y">],
        rest = "R\04noter\16\0A\01a\12\11\0A\0CSCALE_TENSOR\12\01sr\16\0A\01y\12\11\0A\0CSCALE_TENSOR\12\01u"} {
    ^bb0(%x: !t):
      %s = onnx.initializer #onnx.tensor<name = "s", data_type = 1> -> !onnx.tensor<float, []>
      %u = onnx.initializer #onnx.tensor<name = "u", data_type = 1> -> !onnx.tensor<float, []>
      %a = onnx.node "Relu"(%x) {output_names = ["a"], split.stage = 0} : (!t) -> !t
      %y = onnx.node "Relu"(%a) {output_names = ["y"], split.stage = 1} : (!t) -> !t
      onnx.return %y : !t
    }
  }
}

// Stage 1 has x and computes its shape again, with the constant that this
// takes, so that only r travels.
// CHECK-LABEL: module @copies
// CHECK:         %[[S0:.*]]:2 = split.stage <stage = 0
// CHECK:             %[[N0:.*]] = onnx.node "Shape"(%{{.*}}) {output_names = ["n"], split.stage = 0 : i64}
// CHECK:             onnx.node "Div"(%[[N0]], %{{.*}}) {output_names = ["h"], split.stage = 0 : i64}
// CHECK:         split.stage <stage = 1, {{.*}}(%{{.*}}, %[[S0]]#1)
// CHECK:           ^bb0(%[[X1:.*]]: !onnx.tensor<float, ["N"]>, %[[R1:.*]]: !onnx.tensor<float, ["N"]>):
// CHECK-NEXT:        %[[TWO:.*]] = onnx.initializer #onnx.tensor<name = "two"
// CHECK-NEXT:        %[[N1:.*]] = onnx.node "Shape"(%[[X1]]) {output_names = ["n"], split.copied, split.stage = 1 : i64}
// CHECK-NEXT:        %[[H1:.*]] = onnx.node "Div"(%[[N1]], %[[TWO]]) {output_names = ["h"], split.copied, split.stage = 1 : i64}
// CHECK-NEXT:        %[[Y:.*]] = onnx.node "Expand"(%[[X1]], %[[H1]]) {output_names = ["y"], split.stage = 1 : i64}
// CHECK-NEXT:        onnx.node "Op"(%[[R1]], %[[Y]])
module @copies attributes {split.topology = #topology, split.placement = #two} {
  onnx.model "m" attributes {ir_version = 8 : i64, opset_imports = []} {
    onnx.graph attributes {value_infos = [], input_infos = [#onnx.value_info<name = "x">],
        output_infos = [#onnx.value_info<name = "h">, #onnx.value_info<name = "z">]} {
    ^bb0(%x: !onnx.tensor<float, ["N"]>):
      %two = onnx.initializer #onnx.tensor<name = "two", data_type = 7, dims = [1]> -> !onnx.tensor<int64, [1]>
      %n = onnx.node "Shape"(%x) {output_names = ["n"], split.stage = 0, split.copies = array<i32: 1>}
          : (!onnx.tensor<float, ["N"]>) -> !onnx.tensor<int64, [1]>
      %h = onnx.node "Div"(%n, %two) {output_names = ["h"], split.stage = 0, split.copies = array<i32: 1>}
          : (!onnx.tensor<int64, [1]>, !onnx.tensor<int64, [1]>) -> !onnx.tensor<int64, [1]>
      %r = onnx.node "Relu"(%x) {output_names = ["r"], split.stage = 0}
          : (!onnx.tensor<float, ["N"]>) -> !onnx.tensor<float, ["N"]>
      %y = onnx.node "Expand"(%x, %h) {output_names = ["y"], split.stage = 1}
          : (!onnx.tensor<float, ["N"]>, !onnx.tensor<int64, [1]>) -> !onnx.tensor<float, ["N"]>
      %z = onnx.node "Op"(%r, %y) {output_names = ["z"], split.stage = 1}
          : (!onnx.tensor<float, ["N"]>, !onnx.tensor<float, ["N"]>) -> !onnx.tensor<float, ["N"]>
      onnx.return %h, %z : !onnx.tensor<int64, [1]>, !onnx.tensor<float, ["N"]>
    }
  }
}

// Beside an If whose condition is known, no stage has a node that would be
// folded on a tensor which the stage computes: who reads the value has an
// initializer. One on an input of the model stays, and so does one that reads
// nothing but known values.
// CHECK-LABEL: module @known_condition
// CHECK:         split.stage <stage = 0
// CHECK-NOT:     onnx.node "Size"
// CHECK:             %[[NX:.*]] = onnx.initializer #onnx.tensor<name = "n", {{.*}}> {onnx.copied_value}
// CHECK:             onnx.node "Shape"(%{{.*}}) {{.*}}output_names = ["m"]
// CHECK:             onnx.node "Equal"(%[[NX]], %[[NX]])
// CHECK:         split.stage <stage = 1
// CHECK-NOT:     onnx.node "Size"
// CHECK:             %[[C:.*]] = onnx.initializer #onnx.tensor<name = "c", {{.*}}> {onnx.copied_value}
// CHECK:             onnx.node "If"(%[[C]])
// CHECK-NOT:     onnx.node "Size"
// CHECK:         onnx.return
module @known_condition attributes {split.topology = #topology, split.placement = #two} {
  onnx.model "m" attributes {ir_version = 8 : i64, opset_imports = []} {
    onnx.graph attributes {value_infos = [], input_infos = [#onnx.value_info<name = "x">],
        output_infos = [#onnx.value_info<name = "y">, #onnx.value_info<name = "z">]} {
    ^bb0(%x: !t):
      %a = onnx.node "Relu"(%x) {output_names = ["a"], split.stage = 0} : (!t) -> !t
      %m = onnx.node "Shape"(%x) {output_names = ["m"], onnx.known_values = [#onnx.tensor<name = "m", data_type = 7, dims = [1], rest = "J\08\04\00\00\00\00\00\00\00">]}
          : (!t) -> !onnx.tensor<int64, [1]>
      %y = onnx.node "Reshape"(%a, %m) {output_names = ["y"], split.stage = 0} : (!t, !onnx.tensor<int64, [1]>) -> !t
      %t = onnx.node "Abs"(%a) {output_names = ["t"], split.stage = 1} : (!t) -> !t
      %n = onnx.node "Size"(%t) {output_names = ["n"], onnx.known_values = [#onnx.tensor<name = "n", data_type = 7, rest = "J\08\04\00\00\00\00\00\00\00">]}
          : (!t) -> !onnx.tensor<int64, []>
      %c = onnx.node "Equal"(%n, %n) {output_names = ["c"], onnx.known_values = [#onnx.tensor<name = "c", data_type = 9, rest = "J\01\01">]}
          : (!onnx.tensor<int64, []>, !onnx.tensor<int64, []>) -> !onnx.tensor<bool, []>
      %z = onnx.node "If"(%c) {output_names = ["z"], split.stage = 1,
            node_attributes = [#onnx.attribute<name = "then_branch", kind = 5, value = 1>]} : (!onnx.tensor<bool, []>) -> !t {
        onnx.graph attributes {input_infos = [], output_infos = [#onnx.value_info<name = "u">], value_infos = []} {
          %u = onnx.node "Exp"(%t) {output_names = ["u"]} : (!t) -> !t
          onnx.return %u : !t
        }
      }
      onnx.return %y, %z : !t, !t
    }
  }
}
