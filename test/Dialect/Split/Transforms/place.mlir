// RUN: rm -rf %t && split-file %s %t
//
// A chain of three matrix products:
//
//     x [1,4] --first--> b [1,8] --second--> c [1,2] --third--> y [1,8]
//      16 B    w1 128 B    32 B    w2 64 B     8 B    w3 64 B     32 B
//
// The devices compute for nothing and have 260 bytes each, so that only the
// link counts: 1 us per byte and 1 us per message. By the rules of docs/CostModel.md:
//
//     stage         weights  activations      buffers     memory
//     all three       256    48 (x + b)          0          304: too much
//     first           128    48 (x + b)      2 x 32          240
//     second, third   128    40 (b + c)      2 x 32          232
//     first, second   192    48 (x + b)      2 x 8           256
//     third            64    40 (c + y)      2 x 8           120
//
// So there must be two stages, and c is the better cut: 1 + 8 us against
// 1 + 32 us.
//
// RUN: onnx-split-opt %t/model.mlir --split-place=devices=%t/two.yaml \
// RUN:   --split-verify-placement | FileCheck %s --check-prefixes=CHECK,BEST
// RUN: onnx-split-opt %t/model.mlir --split-place='devices=%t/two.yaml strategy=exact' \
// RUN:   --split-verify-placement | FileCheck %s --check-prefixes=CHECK,BEST
//
// The user's constraints leave the worse cut.
// RUN: onnx-split-opt %t/model.mlir --split-place='devices=%t/two.yaml cut=b' \
// RUN:   --split-verify-placement | FileCheck %s --check-prefixes=CHECK,OTHER
// RUN: onnx-split-opt %t/model.mlir --split-place='devices=%t/two.yaml no-cut=c' \
// RUN:   --split-verify-placement | FileCheck %s --check-prefixes=CHECK,OTHER
// RUN: onnx-split-opt %t/model.mlir --split-place='devices=%t/two.yaml pin=first=p pin=s*d=q' \
// RUN:   --split-verify-placement | FileCheck %s --check-prefixes=CHECK,OTHER
//
// A pin decides which device comes first.
// RUN: onnx-split-opt %t/model.mlir --split-place='devices=%t/two.yaml pin=third=p' \
// RUN:   --split-verify-placement | FileCheck %s --check-prefixes=CHECK,TURNED
//
// Every strategy obeys the constraints, and says who it is.
// RUN: onnx-split-opt %t/model.mlir --split-place='devices=%t/two.yaml strategy=greedy cut=b' \
// RUN:   --split-verify-placement | FileCheck %s --check-prefix=GREEDY
// RUN: onnx-split-opt %t/model.mlir --split-place='devices=%t/two.yaml strategy=k-path cut=b' \
// RUN:   --split-verify-placement | FileCheck %s --check-prefix=KPATH
// RUN: onnx-split-opt %t/model.mlir --split-place='devices=%t/two.yaml strategy=random cut=b seed=5' \
// RUN:   --split-verify-placement | FileCheck %s --check-prefix=RANDOM
// GREEDY: strategy = "greedy"{{.*}} seed = 0, bottleneck_ns = 32000
// KPATH:  strategy = "k-path"{{.*}} seed = 0, bottleneck_ns = 32000
// RANDOM: strategy = "random"{{.*}} seed = 5, bottleneck_ns = 32000
//
// Enough memory: nothing crosses.
// RUN: onnx-split-opt %t/model.mlir --split-place=devices=%t/roomy.yaml \
// RUN:   --split-verify-placement | FileCheck %s --check-prefix=ONE
// ONE: split.placement = #split.placement<devices = [{{[01]}}], loads = [<{{.*}}weight_bytes = 256, peak_activation_bytes = 48, buffer_bytes = 0, compute_ns = 0>]
// ONE-SAME: bottleneck_ns = 0, lower_bound_ns = 0
//
// Enough memory, but 10 us for each operator: two on one device and one on the
// other is the best balance, 20 us, and 20 + 9 + 10 us is the way through.
// RUN: onnx-split-opt %t/model.mlir --split-place=devices=%t/slow.yaml \
// RUN:   --split-verify-placement | FileCheck %s --check-prefix=SLOW
// SLOW: compute_ns = 20000>, <{{.*}} compute_ns = 10000>]
// SLOW-SAME: bottleneck_ns = 20000, lower_bound_ns = 20000
// SLOW-SAME: latency_ns = 39000,
//
// A device without the operator gets none of it.
// RUN: onnx-split-opt %t/model.mlir --split-place=devices=%t/unsupported.yaml \
// RUN:   --split-verify-placement | FileCheck %s --check-prefix=LACKING
// LACKING: devices = [1], loads
//
// The inputs are on p, the outputs must end on q, with the same 260 bytes: the
// message to the first stage or from the last counts as well, unless the first
// is on p and the last on q.
// RUN: onnx-split-opt %t/model.mlir --split-place=devices=%t/ports.yaml \
// RUN:   --split-verify-placement | FileCheck %s --check-prefix=PORTS
// PORTS: devices = [1, 0], loads
// PORTS-SAME: bottleneck_ns = 8000
// PORTS: ingress = 1 egress = 0>

// CHECK: module attributes {
// BEST-SAME:   split.placement = #split.placement<devices = [{{0, 1|1, 0}}], loads = [
// BEST-SAME:   weight_bytes = 192, peak_activation_bytes = 48, buffer_bytes = 16, compute_ns = 0>, <
// BEST-SAME:   weight_bytes = 64, peak_activation_bytes = 40, buffer_bytes = 16, compute_ns = 0>]
// BEST-SAME:   objective = "throughput", strategy = "{{auto|exact}}", plan_class = "fixed-order", seed = 0,
// BEST-SAME:   bottleneck_ns = 8000, lower_bound_ns = 8000
// BEST-SAME:   latency_ns = 9000, method = "fixed-order search">
// OTHER-SAME:  weight_bytes = 128, peak_activation_bytes = 48, buffer_bytes = 64, compute_ns = 0>, <
// OTHER-SAME:  weight_bytes = 128, peak_activation_bytes = 40, buffer_bytes = 64, compute_ns = 0>]
// OTHER-SAME:  bottleneck_ns = 32000
// OTHER-SAME:  latency_ns = 33000, method = "{{.*}}">
// TURNED-SAME: devices = [1, 0]
// CHECK-SAME:  split.topology = #split.topology<devices = [<name = "p", memory = 260>, <name = "q", memory = 260>] default = (8000000, 1000)>

// Constants have a position in the source, but no stage: they follow their
// readers.
// CHECK:        onnx.node "Constant"()
// CHECK-SAME:   split.index = 0 : i64
// CHECK-NOT:    split.stage
// CHECK:        onnx.node "MatMul"
// CHECK-SAME:   split.index = 1 : i64, split.stage = 0 : i64
// CHECK:        onnx.node "MatMul"
// BEST-SAME:    split.index = 2 : i64, split.stage = 0 : i64
// OTHER-SAME:   split.index = 2 : i64, split.stage = 1 : i64
// TURNED-SAME:  split.index = 2 : i64, split.stage = 0 : i64
// CHECK:        onnx.node "MatMul"
// CHECK-SAME:   split.index = 3 : i64, split.stage = 1 : i64

//--- model.mlir
onnx.model "m" attributes {ir_version = 8 : i64, opset_imports = [#onnx.opset<domain = "", version = 17>]} {
  onnx.graph attributes {graph_name = "g", input_infos = [#onnx.value_info<name = "x">], output_infos = [#onnx.value_info<name = "y">], value_infos = []} {
  ^bb0(%x: !onnx.tensor<float, [1, 4]>):
    %w2 = onnx.initializer #onnx.tensor<name = "w2", data_type = 1, dims = [8, 2]> -> !onnx.tensor<float, [8, 2]>
    %w3 = onnx.initializer #onnx.tensor<name = "w3", data_type = 1, dims = [2, 8]> -> !onnx.tensor<float, [2, 8]>
    %w1 = onnx.node "Constant"() {output_names = ["w1"], node_attributes = [#onnx.attribute<name = "value", kind = 4, value = #onnx.tensor<data_type = 1, dims = [4, 8]>>]}
        : () -> !onnx.tensor<float, [4, 8]>
    %b = onnx.node "MatMul"(%x, %w1) {node_name = "first", output_names = ["b"]} : (!onnx.tensor<float, [1, 4]>, !onnx.tensor<float, [4, 8]>) -> !onnx.tensor<float, [1, 8]>
    %c = onnx.node "MatMul"(%b, %w2) {node_name = "second", output_names = ["c"]} : (!onnx.tensor<float, [1, 8]>, !onnx.tensor<float, [8, 2]>) -> !onnx.tensor<float, [1, 2]>
    %y = onnx.node "MatMul"(%c, %w3) {node_name = "third", output_names = ["y"]} : (!onnx.tensor<float, [1, 2]>, !onnx.tensor<float, [2, 8]>) -> !onnx.tensor<float, [1, 8]>
    onnx.return %y : !onnx.tensor<float, [1, 8]>
  }
}

//--- two.yaml
version: 1
devices: [{name: p, memory: 260 B}, {name: q, memory: 260 B}]
links: {default: {bandwidth: 8 Mbit/s, latency: 1 us}}

//--- roomy.yaml
version: 1
devices: [{name: p}, {name: q}]
links: {default: {bandwidth: 8 Mbit/s, latency: 1 us}}

//--- slow.yaml
version: 1
devices: [{name: p, op_overhead: 10 us}, {name: q, op_overhead: 10 us}]
links: {default: {bandwidth: 8 Mbit/s, latency: 1 us}}

//--- unsupported.yaml
version: 1
devices: [{name: p, unsupported: [MatMul]}, {name: q}]
links: {default: {bandwidth: 8 Mbit/s, latency: 1 us}}

//--- ports.yaml
version: 1
devices: [{name: q, memory: 260 B}, {name: p, memory: 260 B}]
links: {default: {bandwidth: 8 Mbit/s, latency: 1 us}}
ingress: p
egress: q
