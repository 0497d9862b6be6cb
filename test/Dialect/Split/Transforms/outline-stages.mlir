// RUN: onnx-split-opt %s --pass-pipeline='builtin.module(builtin.module( \
// RUN:     split-form-stages, split-insert-transfers, split-outline-stages))' \
// RUN:   | FileCheck %s

!t = !onnx.tensor<float, [4]>
#topology = #split.topology<devices = [<name = "p">, <name = "q">] default = (8000000, 1000)>
#load = #split.load<macs = 0, flops = 0, bytes = 0, weight_bytes = 0, peak_activation_bytes = 0, buffer_bytes = 0, compute_ns = 7>
#two = #split.placement<devices = [0, 1], loads = [#load, #load], objective = "throughput", strategy = "exact", plan_class = "contiguous", seed = 0, bottleneck_ns = 0, lower_bound_ns = 0, lower_bound_name = "exact", lower_bound_class = "contiguous", latency_ns = 0>

// A part is called by its stage and device, keeps what the model says of itself
// and its files, and names its wires instead of the tensors that cross. What
// the model returns comes first, then the wires, in the order of their tags.
// CHECK-LABEL: module @parts
// CHECK-NOT:   onnx.model "m.onnx"
// CHECK-NOT:   split.stage
// CHECK:       onnx.model "stage0-p.onnx" attributes {digest = "abcd", files = [#onnx.file<path = "m.onnx", size = 2048, modified = 3>], ir_version = 8 : i64, opset_imports = [#onnx.opset<domain = "", version = 17>], rest = "\12\02me", split.part = #split.part<stage = 0, device = "p", rank = 0, load = <{{.*}} compute_ns = 7>>} {
// CHECK-NEXT:    onnx.graph attributes {graph_name = "g", input_infos = [#onnx.value_info<name = "x">], output_infos = [#onnx.value_info<name = "a">, #onnx.value_info<name = "wire0_a", type = !onnx.tensor<float, [4]>>, #onnx.value_info<name = "wire1_b", type = !onnx.tensor<float, [4]>>], rest = "R\04note", value_infos = []}
// CHECK-NEXT:    ^bb0(%[[X:.*]]: !onnx.tensor<float, [4]>):
// CHECK-NEXT:      %[[W:.*]] = onnx.initializer {{.*}} payload = <file = 0, offset = 9, length = 1024>
// CHECK-NEXT:      %[[B:.*]] = onnx.node "Add"(%[[X]], %[[W]]) {output_names = ["b"], split.index = 0 : i64
// CHECK-NEXT:      %[[A:.*]] = onnx.node "Abs"(%[[B]])
// CHECK-NEXT:      %[[SA:.*]] = split.send %[[A]] <name = "wire0_a", tensor = "a", from = 0, to = 1
// CHECK-NEXT:      %[[SB:.*]] = split.send %[[B]] <name = "wire1_b", tensor = "b", from = 0, to = 1
// CHECK-NEXT:      onnx.return %[[A]], %[[SA]], %[[SB]]
// CHECK:       onnx.model "stage1-q.onnx" attributes {digest = "abcd"
// CHECK-NEXT:    onnx.graph {{.*}}input_infos = [#onnx.value_info<name = "z">, #onnx.value_info<name = "wire0_a", type = !onnx.tensor<float, [4]>>, #onnx.value_info<name = "wire1_b", type = !onnx.tensor<float, [4]>>], output_infos = [#onnx.value_info<name = "y">], rest = "R\04note"
// CHECK-NEXT:    ^bb0(%[[Z:.*]]: !onnx.tensor<float, [4]>, %[[WA:.*]]: !onnx.tensor<float, [4]>, %[[WB:.*]]: !onnx.tensor<float, [4]>):
// CHECK-DAG:       %[[RA:.*]] = split.recv %[[WA]] <name = "wire0_a", tensor = "a"
// CHECK-DAG:       %[[RB:.*]] = split.recv %[[WB]] <name = "wire1_b", tensor = "b"
// CHECK:           onnx.node "Sum"(%[[RA]], %[[RB]], %[[Z]]) {output_names = ["y"], split.index = 2 : i64
module @parts attributes {split.topology = #topology, split.placement = #two} {
  onnx.model "m.onnx" attributes {digest = "abcd", ir_version = 8 : i64, rest = "\12\02me",
      files = [#onnx.file<path = "m.onnx", size = 2048, modified = 3>], opset_imports = [#onnx.opset<domain = "", version = 17>]} {
    onnx.graph attributes {graph_name = "g", rest = "R\04note", value_infos = [], input_infos = [#onnx.value_info<name = "x">, #onnx.value_info<name = "z">],
        output_infos = [#onnx.value_info<name = "a">, #onnx.value_info<name = "y">]} {
    ^bb0(%x: !t, %z: !t):
      %w = onnx.initializer #onnx.tensor<name = "w", data_type = 1, dims = [256], storage = 9, payload = <file = 0, offset = 9, length = 1024>> -> !t
      %b = onnx.node "Add"(%x, %w) {output_names = ["b"], split.index = 0, split.stage = 0} : (!t, !t) -> !t
      %a = onnx.node "Abs"(%b) {output_names = ["a"], split.index = 1, split.stage = 0} : (!t) -> !t
      %y = onnx.node "Sum"(%a, %b, %z) {output_names = ["y"], split.index = 2, split.stage = 1} : (!t, !t, !t) -> !t
      onnx.return %a, %y : !t, !t
    }
  }
}

// A part has the local functions that it calls: directly, through other
// functions (also when those call each other in a circle) and in bodies. The
// overload and the domain tell functions of one name apart.
// CHECK-LABEL: module @functions
// CHECK:       onnx.model "stage0-p.onnx"
// CHECK:         onnx.function attributes {domain = "local", function_name = "Outer"
// CHECK:         onnx.function attributes {domain = "local", function_name = "Inner"
// CHECK-NOT:     onnx.function
// CHECK:       onnx.model "stage1-q.onnx"
// CHECK:         onnx.function attributes {domain = "local", function_name = "Body"{{.*}} overload = "two"
// CHECK-NOT:     onnx.function
// CHECK:       {{^}}}
module @functions attributes {split.topology = #topology, split.placement = #two} {
  onnx.model "m.onnx" attributes {ir_version = 10 : i64, opset_imports = []} {
    onnx.graph attributes {value_infos = [], input_infos = [#onnx.value_info<name = "x">], output_infos = []} {
    ^bb0(%x: !t):
      %a = onnx.node "Outer"(%x) {domain = "local", output_names = ["a"], split.stage = 0} : (!t) -> !t
      onnx.node "If"(%a) {output_names = [], split.stage = 1, node_attributes = [#onnx.attribute<kind = 5, value = 1 : i64>]} : (!t) -> () {
        onnx.graph attributes {value_infos = [], input_infos = [], output_infos = []} {
          onnx.node "Body"() {domain = "local", overload = "two", output_names = []} : () -> ()
          onnx.return
        }
      }
      onnx.return
    }
    onnx.function attributes {function_name = "Outer", domain = "local", input_names = ["x"], output_names = ["x"], opset_imports = [], value_infos = []} {
    ^bb0(%x: !onnx.unknown):
      onnx.node "Inner"() {domain = "local", output_names = []} : () -> ()
      onnx.return %x : !onnx.unknown
    }
    onnx.function attributes {function_name = "Unused", domain = "local", input_names = [], output_names = [], opset_imports = [], value_infos = []} {
      onnx.return
    }
    onnx.function attributes {function_name = "Body", domain = "local", overload = "two", input_names = [], output_names = [], opset_imports = [], value_infos = []} {
      onnx.return
    }
    onnx.function attributes {function_name = "Body", domain = "local", input_names = [], output_names = [], opset_imports = [], value_infos = []} {
      onnx.return
    }
    onnx.function attributes {function_name = "Body", domain = "other", overload = "two", input_names = [], output_names = [], opset_imports = [], value_infos = []} {
      onnx.return
    }
    onnx.function attributes {function_name = "Inner", domain = "local", input_names = [], output_names = [], opset_imports = [], value_infos = []} {
      onnx.node "Outer"() {domain = "local", output_names = []} : () -> ()
      onnx.return
    }
  }
}
