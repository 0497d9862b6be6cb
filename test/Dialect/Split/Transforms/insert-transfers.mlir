// RUN: onnx-split-opt %s --pass-pipeline='builtin.module(builtin.module( \
// RUN:     split-form-stages, split-insert-transfers))' | FileCheck %s

!t = !onnx.tensor<float, [4]>
#topology = #split.topology<devices = [<name = "p">, <name = "q">, <name = "r">] default = (8000000, 0, 1000) links = [<from = 2, to = 1, bits_per_second = 16000000, latency_ns = 5>]>
#load = #split.load<macs = 0, flops = 0, bytes = 0, weight_bytes = 0, peak_activation_bytes = 0, buffer_bytes = 0, compute_ns = 0>
#two = #split.placement<devices = [0, 1], loads = [#load, #load], objective = "throughput", strategy = "exact", plan_class = "contiguous", seed = 0, bottleneck_ns = 0, lower_bound_ns = 0, lower_bound_name = "exact", lower_bound_class = "contiguous", latency_ns = 0>
#three = #split.placement<devices = [2, 0, 1], loads = [#load, #load, #load], objective = "throughput", strategy = "exact", plan_class = "contiguous", seed = 0, bottleneck_ns = 0, lower_bound_ns = 0, lower_bound_name = "exact", lower_bound_class = "contiguous", latency_ns = 0>

// One wire per tensor and receiving stage, although stage 2 reads `a` twice.
// Tags count all wires, by sender, receiver and order of results; seq counts
// those of a pair. A wire from r to p takes 1 us + 16 bytes at 1 us, one from r
// to q 5 ns + 16 bytes at 500 ns.
// CHECK-LABEL: module @wires
// CHECK:         %[[S0:.*]]:2 = split.stage <stage = 0
// CHECK:         %[[A1:.*]] = split.transfer %[[S0]]#0 <name = "wire0_a", tensor = "a", from = 0, to = 1, send_device = "r", recv_device = "p", tag = 0, seq = 0, bytes = 16, time_ns = 16500, type = !onnx.tensor<float, [4]>>
// CHECK-NEXT:    %[[B1:.*]] = split.transfer %[[S0]]#1 <name = "wire1_b", tensor = "b", from = 0, to = 1, send_device = "r", recv_device = "p", tag = 1, seq = 1, bytes = 16, time_ns = 16500, type = !onnx.tensor<float, [4]>>
// CHECK-NEXT:    %[[S1:.*]] = split.stage <stage = 1, {{.*}}>>(%[[A1]], %[[B1]])
// CHECK:         %[[A2:.*]] = split.transfer %[[S0]]#0 <name = "wire2_a", tensor = "a", from = 0, to = 2, send_device = "r", recv_device = "q", tag = 2, seq = 0, bytes = 16, time_ns = 8000, type = !onnx.tensor<float, [4]>>
// CHECK-NEXT:    %[[C2:.*]] = split.transfer %[[S1]] <name = "wire3_c", tensor = "c", from = 1, to = 2, send_device = "p", recv_device = "q", tag = 3, seq = 0, bytes = 16, time_ns = 17000, type = !onnx.tensor<float, [4]>>
// CHECK-NEXT:    %[[S2:.*]] = split.stage <stage = 2, {{.*}}>>(%{{.*}}, %[[C2]], %[[A2]])
// An output of the model that is also sent on is not a transfer's.
// CHECK:         onnx.return %[[S0]]#0, %[[S2]]
module @wires attributes {split.topology = #topology, split.placement = #three} {
  onnx.model "m" attributes {ir_version = 8 : i64, opset_imports = []} {
    onnx.graph attributes {value_infos = [], input_infos = [#onnx.value_info<name = "x">], output_infos = [#onnx.value_info<name = "a">, #onnx.value_info<name = "e">]} {
    ^bb0(%x: !t):
      %a = onnx.node "Relu"(%x) {output_names = ["a"], split.stage = 0} : (!t) -> !t
      %b = onnx.node "Abs"(%x) {output_names = ["b"], split.stage = 0} : (!t) -> !t
      %c = onnx.node "Add"(%a, %b) {output_names = ["c"], split.stage = 1} : (!t, !t) -> !t
      %d = onnx.node "Add"(%c, %a) {output_names = ["d"], split.stage = 2} : (!t, !t) -> !t
      %e = onnx.node "Sum"(%d, %a, %x) {output_names = ["e"], split.stage = 2} : (!t, !t, !t) -> !t
      onnx.return %a, %e : !t, !t
    }
  }
}

// The name of a wire is short, of letters, digits and underscores, and new in
// the model: in a body, too, "wire0_a" is taken here. Of a long name the last
// 48 characters stay. An unknown extent counts as one; a string has no size.
// CHECK-LABEL: module @names
// CHECK:         split.transfer {{.*}} <name = "wire0_a_", tensor = "a", {{[^>]*}} bytes = 16,
// CHECK-NEXT:    split.transfer {{.*}} <name = "wire1__block_0_Add_out_0", tensor = "/block.0/Add_out:0", {{[^>]*}} bytes = 8,
// CHECK-NEXT:    split.transfer {{.*}} <name = "wire2_abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuv", tensor = "longabcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuv"
module @names attributes {split.topology = #topology, split.placement = #two} {
  onnx.model "m" attributes {ir_version = 8 : i64, opset_imports = []} {
    onnx.graph attributes {value_infos = [], input_infos = [#onnx.value_info<name = "x">], output_infos = [#onnx.value_info<name = "y">]} {
    ^bb0(%x: !t):
      %a = onnx.node "Relu"(%x) {output_names = ["a"], split.stage = 0} : (!t) -> !t
      %b = onnx.node "Op"(%x) {output_names = ["/block.0/Add_out:0"], split.stage = 0} : (!t) -> !onnx.tensor<int64, ["N", ?]>
      %c = onnx.node "Op"(%x) {output_names = ["longabcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuv"], split.stage = 0} : (!t) -> !t
      onnx.node "If"(%x) {output_names = [], split.stage = 0, node_attributes = [#onnx.attribute<kind = 5, value = 1 : i64>]} : (!t) -> () {
        onnx.graph attributes {value_infos = [], input_infos = [#onnx.value_info<name = "wire0_a">], output_infos = []} {
        ^bb0(%inner: !t):
          onnx.return
        }
      }
      %y = onnx.node "Op"(%a, %b, %c) {output_names = ["y"], split.stage = 1} : (!t, !onnx.tensor<int64, ["N", ?]>, !t) -> !t
      onnx.return %y : !t
    }
  }
}

// Stages that share nothing, or only an input of the model, have no wire.
// CHECK-LABEL: module @none
// CHECK-NOT:     split.transfer
module @none attributes {split.topology = #topology, split.placement = #two} {
  onnx.model "m" attributes {ir_version = 8 : i64, opset_imports = []} {
    onnx.graph attributes {value_infos = [], input_infos = [#onnx.value_info<name = "x">], output_infos = [#onnx.value_info<name = "a">, #onnx.value_info<name = "b">]} {
    ^bb0(%x: !t):
      %a = onnx.node "Relu"(%x) {output_names = ["a"], split.stage = 0} : (!t) -> !t
      %b = onnx.node "Relu"(%x) {output_names = ["b"], split.stage = 1} : (!t) -> !t
      onnx.return %a, %b : !t, !t
    }
  }
}

// Where the module says what its evaluation found, that is what the wires say,
// and the list has done its work.
// CHECK-LABEL: module @stated
// CHECK-NOT:     split.crossings
// CHECK:         split.transfer {{.*}} <name = "wire0_a", tensor = "a", from = 0, to = 1, {{.*}} time_ns = 42, type
module @stated attributes {split.topology = #topology, split.placement = #two, split.crossings = [#split.crossing<tensor = "a", from = 0, to = 1, time_ns = 42>]} {
  onnx.model "m" attributes {ir_version = 8 : i64, opset_imports = []} {
    onnx.graph attributes {value_infos = [], input_infos = [#onnx.value_info<name = "x">], output_infos = [#onnx.value_info<name = "b">]} {
    ^bb0(%x: !t):
      %a = onnx.node "Relu"(%x) {output_names = ["a"], split.stage = 0} : (!t) -> !t
      %b = onnx.node "Relu"(%a) {output_names = ["b"], split.stage = 1} : (!t) -> !t
      onnx.return %b : !t
    }
  }
}
