// Every op and attribute of the dialect prints as it is parsed, as text and as
// bytecode.
//
// RUN: onnx-split-opt --verify-roundtrip %s | FileCheck %s
// RUN: onnx-split-opt %s --emit-bytecode | onnx-split-opt | FileCheck %s

// The module's attributes, each with every field and with the fewest.
// CHECK-LABEL: module @full attributes {
// CHECK-SAME: split.constraints = #split.constraints<pins = ["a*=b"], cuts = ["x"], no_cuts = ["y", "z"], max_stages = 3, min_stages = 2, boundary = "io", revisit = true, replicate = true, unknown_sizes = true>
// CHECK-SAME: split.crossings = [#split.crossing<tensor = "a", from = 0, to = 1, time_ns = 17>]
// CHECK-SAME: split.infeasible
// CHECK-SAME: split.placement = #split.placement<devices = [1, 0], loads = [<macs = 1, flops = 2, bytes = 3, weight_bytes = 4, peak_activation_bytes = 5, buffer_bytes = 6, compute_ns = 7>, <macs = 0, flops = 0, bytes = 0, weight_bytes = 0, peak_activation_bytes = 0, buffer_bytes = 0, compute_ns = 0>], objective = "throughput", strategy = "exact", plan_class = "contiguous", seed = 7, bottleneck_ns = 10, lower_bound_ns = 9, lower_bound_name = "LB1 work", lower_bound_class = "revisiting", latency_ns = 30>
// CHECK-SAME: split.topology = #split.topology<devices = [<name = "a", compute = {{\[\[}}"f32", 470], ["any", 2]], memory = 1024, memory_bandwidth = 4, op_overhead_ns = 20, unsupported = ["Loop", "ai.onnx.ml:*"]>, <name = "b">] default = (8000000, 1000) links = [<from = 1, to = 0, bits_per_second = 0, latency_ns = 5>] media = [<"wifi", devices = [0, 1], bits_per_second = 54>] ingress = 0 egress = 1 si_bytes = true>
// CHECK-SAME: split.wires = [#split.wire<name = "wire0_a", tensor = "a", from = 0, to = 1, send_device = "b", recv_device = "a", tag = 0, seq = 0, bytes = 16, time_ns = 17, type = !onnx.tensor<float, [1, 4]>>]
module @full attributes {
  split.constraints = #split.constraints<pins = ["a*=b"], cuts = ["x"],
    no_cuts = ["y", "z"], max_stages = 3, min_stages = 2, boundary = "io", revisit = true,
    replicate = true, unknown_sizes = true>,
  split.crossings = [#split.crossing<tensor = "a", from = 0, to = 1,
    time_ns = 17>],
  split.infeasible,
  split.topology = #split.topology<
    devices = [<name = "a", compute = [["f32", 470], ["any", 2]], memory = 1024,
                memory_bandwidth = 4, op_overhead_ns = 20,
                unsupported = ["Loop", "ai.onnx.ml:*"]>, <name = "b">]
    default = (8000000, 1000)
    links = [<from = 1, to = 0, bits_per_second = 0, latency_ns = 5>]
    media = [<"wifi", devices = [0, 1], bits_per_second = 54>]
    ingress = 0 egress = 1 si_bytes = true>,
  split.placement = #split.placement<devices = [1, 0],
    loads = [<macs = 1, flops = 2, bytes = 3, weight_bytes = 4,
              peak_activation_bytes = 5, buffer_bytes = 6, compute_ns = 7>,
             <macs = 0, flops = 0, bytes = 0, weight_bytes = 0,
              peak_activation_bytes = 0, buffer_bytes = 0, compute_ns = 0>],
    objective = "throughput", strategy = "exact", plan_class = "contiguous",
    seed = 7, bottleneck_ns = 10, lower_bound_ns = 9,
    lower_bound_name = "LB1 work", lower_bound_class = "revisiting",
    latency_ns = 30>,
  split.wires = [#split.wire<name = "wire0_a", tensor = "a", from = 0, to = 1,
    send_device = "b", recv_device = "a", tag = 0, seq = 0, bytes = 16,
    time_ns = 17, type = !onnx.tensor<float, [1, 4]>>]} {
}

// CHECK-LABEL: module @least attributes {
// CHECK-SAME: split.constraints = #split.constraints<>, split.crossings = []
// CHECK-SAME: split.topology = #split.topology<devices = [<name = "a">]>
// CHECK-SAME: split.wires = []
module @least attributes {
  split.constraints = #split.constraints<>, split.crossings = [],
  split.topology = #split.topology<devices = [<name = "a">]>, split.wires = []} {
}

// Fields of the topology can be left out singly.
// CHECK-LABEL: module @some attributes {
// CHECK-SAME: #split.topology<devices = [<name = "a">] links = [<from = 0, to = 0, bits_per_second = 1, latency_ns = 0>] egress = 0>
module @some attributes {
  split.topology = #split.topology<devices = [<name = "a">]
    links = [<from = 0, to = 0, bits_per_second = 1, latency_ns = 0>] egress = 0>} {
}

// Two stages with a transfer between them.
// CHECK-LABEL: onnx.model "stages.onnx"
onnx.model "stages.onnx" attributes {opset_imports = []} {
  onnx.graph attributes {input_infos = [#onnx.value_info<name = "x">], output_infos = [#onnx.value_info<name = "y">], value_infos = []} {
  // CHECK: ^bb0(%[[X:.*]]: !onnx.unknown):
  ^bb0(%x: !onnx.unknown):
    // CHECK: %[[S0:.*]] = split.stage <stage = 0, device = "b", rank = 0, load = <{{.*}}>>(%[[X]]) : (!onnx.unknown) -> !onnx.unknown
    %s0 = split.stage <stage = 0, device = "b", rank = 0, load = <macs = 0, flops = 0, bytes = 0, weight_bytes = 0, peak_activation_bytes = 0, buffer_bytes = 0, compute_ns = 0>>(%x) : (!onnx.unknown) -> !onnx.unknown {
      onnx.graph attributes {input_infos = [#onnx.value_info<name = "x">], output_infos = [#onnx.value_info<name = "a">], value_infos = []} {
      ^bb0(%in: !onnx.unknown):
        // CHECK: onnx.node "Relu"
        // CHECK-SAME: split.cost = #split.cost<macs = 1, flops = 2, bytes_read = 3, bytes_written = 4, weight_bytes = 5, constant = true, compute = "float32", unknown = true, reason = "extent 0 of 'x' is open">
        // CHECK-SAME: split.index = 0 : i64
        // CHECK-SAME: split.stage = 1 : i64
        %a = onnx.node "Relu"(%in) {output_names = ["a"], split.index = 0, split.stage = 1,
            split.cost = #split.cost<macs = 1, flops = 2, bytes_read = 3, bytes_written = 4, weight_bytes = 5, constant = true, compute = "float32", unknown = true, reason = "extent 0 of 'x' is open">}
            : (!onnx.unknown) -> !onnx.unknown
        onnx.return %a : !onnx.unknown
      }
    }
    // CHECK: %[[T:.*]] = split.transfer %[[S0]] <name = "w", tensor = "a", from = 0, to = 1, send_device = "b", recv_device = "a", tag = 0, seq = 0, bytes = 0, time_ns = 0, type = !onnx.unknown> : !onnx.unknown
    %t = split.transfer %s0 <name = "w", tensor = "a", from = 0, to = 1, send_device = "b", recv_device = "a", tag = 0, seq = 0, bytes = 0, time_ns = 0, type = !onnx.unknown> : !onnx.unknown
    // CHECK: split.stage <stage = 1, {{.*}}>(%[[T]])
    %s1 = split.stage <stage = 1, device = "a", rank = 1, load = <macs = 0, flops = 0, bytes = 0, weight_bytes = 0, peak_activation_bytes = 0, buffer_bytes = 0, compute_ns = 0>>(%t) : (!onnx.unknown) -> !onnx.unknown {
      onnx.graph attributes {input_infos = [#onnx.value_info<name = "a">], output_infos = [#onnx.value_info<name = "y">], value_infos = []} {
      ^bb0(%in: !onnx.unknown):
        // CHECK: onnx.node "Relu"
        // CHECK-SAME: split.cost = #split.cost<>
        %y = onnx.node "Relu"(%in) {output_names = ["y"], split.cost = #split.cost<>} : (!onnx.unknown) -> !onnx.unknown
        onnx.return %y : !onnx.unknown
      }
    }
    onnx.return %s1 : !onnx.unknown
  }
}

// The same stages as parts. A node can read what a split.recv takes, whose name
// is the tensor's; the result of a split.send has the wire's name.
// CHECK-LABEL: onnx.model "part.onnx"
// CHECK-SAME: split.part = #split.part<stage = 1, device = "a", rank = 1, load = <macs = 0
onnx.model "part.onnx" attributes {opset_imports = [],
    split.part = #split.part<stage = 1, device = "a", rank = 1, load = <macs = 0, flops = 0, bytes = 0, weight_bytes = 0, peak_activation_bytes = 0, buffer_bytes = 0, compute_ns = 0>>} {
  onnx.graph attributes {input_infos = [#onnx.value_info<name = "w0">], output_infos = [#onnx.value_info<name = "w1">], value_infos = []} {
  // CHECK: ^bb0(%[[W:.*]]: !onnx.unknown):
  ^bb0(%w: !onnx.unknown):
    // CHECK: %[[A:.*]] = split.recv %[[W]] <name = "w0", tensor = "a", {{.*}}> : !onnx.unknown
    %a = split.recv %w <name = "w0", tensor = "a", from = 0, to = 1, send_device = "b", recv_device = "a", tag = 0, seq = 0, bytes = 0, time_ns = 0, type = !onnx.unknown> : !onnx.unknown
    // CHECK: %[[B:.*]] = onnx.node "Relu"(%[[A]])
    %b = onnx.node "Relu"(%a) {output_names = ["b"]} : (!onnx.unknown) -> !onnx.unknown
    // CHECK: %[[S:.*]] = split.send %[[B]] <name = "w1", tensor = "b", {{.*}}> : !onnx.unknown
    %s = split.send %b <name = "w1", tensor = "b", from = 1, to = 2, send_device = "a", recv_device = "c", tag = 1, seq = 0, bytes = 0, time_ns = 0, type = !onnx.unknown> : !onnx.unknown
    // CHECK: onnx.return %[[S]]
    onnx.return %s : !onnx.unknown
  }
}
