// A placement that states the right figures passes, whoever wrote it down.
// place.mlir shows that what split-place writes passes as well.
//
// RUN: onnx-split-opt %s --split-verify-placement | FileCheck %s
//
// Two operators of 10 us each, 16 bytes between them: 1 us for the message and 1 us
// per byte make a wire of 17 us. Slowest: the link. Latency: 10 + 17 + 10 us.
// Stage 0 is on q, which has what it needs: x + a = 32 bytes and two buffers
// of 16.

// CHECK: split.placement = #split.placement<devices = [1, 0]
// CHECK: onnx.node "Relu"{{.*}} split.stage = 0
// CHECK: onnx.node "Relu"{{.*}} split.stage = 1
#load = #split.load<macs = 0, flops = 0, bytes = 0, weight_bytes = 0, peak_activation_bytes = 0, buffer_bytes = 0, compute_ns = 0>
module attributes {
    split.topology = #split.topology<devices = [<name = "p", op_overhead_ns = 10000>, <name = "q", memory = 64, op_overhead_ns = 10000>] default = (8000000, 0, 1000)>,
    split.placement = #split.placement<devices = [1, 0], loads = [#load, #load], objective = "throughput", strategy = "plan", plan_class = "contiguous", seed = 0,
      bottleneck_ns = 17000, lower_bound_ns = 0, lower_bound_name = "", lower_bound_class = "contiguous", latency_ns = 37000>} {
  onnx.model "m" attributes {opset_imports = []} {
    onnx.graph attributes {input_infos = [#onnx.value_info<name = "x">], output_infos = [#onnx.value_info<name = "y">], value_infos = []} {
    ^bb0(%x: !onnx.tensor<float, [4]>):
      %a = onnx.node "Relu"(%x) {output_names = ["a"], split.stage = 0} : (!onnx.tensor<float, [4]>) -> !onnx.tensor<float, [4]>
      %y = onnx.node "Relu"(%a) {output_names = ["y"], split.stage = 1} : (!onnx.tensor<float, [4]>) -> !onnx.tensor<float, [4]>
      onnx.return %y : !onnx.tensor<float, [4]>
    }
  }
}
