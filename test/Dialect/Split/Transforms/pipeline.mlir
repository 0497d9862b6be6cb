// The whole pipeline, from an imported model to its parts: the chain of
// place.mlir without types, which inference finds.
//
// RUN: rm -rf %t && split-file %s %t
// RUN: onnx-split-opt %t/model.mlir --split-pipeline=devices=%t/two.yaml \
// RUN:   | FileCheck %s --check-prefixes=CHECK,OPS
// RUN: onnx-split-opt %t/model.mlir \
// RUN:   --split-pipeline='devices=%t/two.yaml boundary=io dim=N=1 cut=b' \
// RUN:   | FileCheck %s --check-prefixes=CHECK,IO
//
// Every option gets to its pass, though together they allow no plan.
// RUN: not onnx-split-opt %t/model.mlir --dump-pass-pipeline -o /dev/null \
// RUN:   --split-pipeline='devices=%t/two.yaml boundary=io dim=N=1 objective=latency strategy=local-search gap=0.25 seed=7 time-limit=3 max-stages=3 stages=2 revisit=true unknown-op=error cut=b no-cut=a pin=first=p also=M=2 shape=x=1x4 assume=L=3 replicate=true explain=true target-rate=0 suggest=true what-if=+1_q why=b state=none sequences=2 max-latency-ns=9 pareto=false' 2>&1 \
// RUN:   | FileCheck %s --check-prefix=TEXT
// TEXT:      onnx-infer-types{also={M=2} assume={L=3} dim={N=1} extents=known shape={x=1x4}}
// TEXT:      split-annotate-cost{unknown-op=error}
// TEXT:      split-place{boundary=io cut={b} devices={{.*}}two.yaml explain=true gap=2.500000e-01 max-latency-ns=9 max-stages=3 no-cut={a} objective=latency pareto=false pin={first=p} plan= problem= replicate=true report=false revisit=true seed=7 sequences=2 stages=2 state={none} strategy=local-search suggest=true target-rate=0.000000e+00 time-limit=3.000000e+00 what-if={+1_q} why={b}}
// TEXT:      split-lower-transfers{boundary=io}
//
// With 20 rows x and b alone are 20 x (16 + 32) bytes: too much for 260.
// RUN: not onnx-split-opt %t/model.mlir \
// RUN:   --split-pipeline='devices=%t/two.yaml shape=x=20x4' -o /dev/null 2>&1 \
// RUN:   | FileCheck %s --check-prefix=LARGE
// LARGE: error: no plan exists for this model on this cluster
//
// A pass that fails ends the pipeline.
// RUN: not onnx-split-opt %t/model.mlir \
// RUN:   --split-pipeline='devices=%t/two.yaml unknown-op=what' -o /dev/null 2>&1 \
// RUN:   | FileCheck %s --check-prefix=UNKNOWN
// UNKNOWN: error: --unknown-op takes 'bytes' or 'error', not 'what'
// UNKNOWN-NOT: error:

// CHECK:      module attributes {split.certainty = {assumed = [{{.*}} split.placement = {{.*}} split.topology = {{.*}} split.wires = [#split.wire<
// OPS-SAME:     name = "wire0_c", tensor = "c"
// IO-SAME:      name = "b", tensor = "b"
// CHECK-NEXT: onnx.model "stage0-{{[pq]}}.onnx"
// CHECK:        onnx.node "MatMul"
// OPS:          onnx.node "MatMul"
// OPS:          onnx.node "Send"
// OPS:          onnx.function
// CHECK:      onnx.model "stage1-{{[pq]}}.onnx"
// OPS:          onnx.node "Recv"
// IO:           onnx.node "MatMul"
// CHECK:        onnx.node "MatMul"
// OPS:          onnx.function
// CHECK-NOT:  onnx.model

//--- model.mlir
onnx.model "m" attributes {ir_version = 8 : i64, opset_imports = [#onnx.opset<domain = "", version = 17>]} {
  onnx.graph attributes {graph_name = "g", input_infos = [#onnx.value_info<name = "x", type = !onnx.tensor<float, ["N", 4]>>], output_infos = [#onnx.value_info<name = "y">], value_infos = []} {
  ^bb0(%x: !onnx.tensor<float, ["N", 4]>):
    %w1 = onnx.initializer #onnx.tensor<name = "w1", data_type = 1, dims = [4, 8]> -> !onnx.tensor<float, [4, 8]>
    %w2 = onnx.initializer #onnx.tensor<name = "w2", data_type = 1, dims = [8, 2]> -> !onnx.tensor<float, [8, 2]>
    %b = onnx.node "MatMul"(%x, %w1) {node_name = "first", output_names = ["b"]} : (!onnx.tensor<float, ["N", 4]>, !onnx.tensor<float, [4, 8]>) -> !onnx.unknown
    %w3 = onnx.node "Constant"() {output_names = ["w3"], node_attributes = [#onnx.attribute<name = "value", kind = 4, value = #onnx.tensor<data_type = 1, dims = [2, 8]>>]} : () -> !onnx.unknown
    %c = onnx.node "MatMul"(%b, %w2) {node_name = "second", output_names = ["c"]} : (!onnx.unknown, !onnx.tensor<float, [8, 2]>) -> !onnx.unknown
    %y = onnx.node "MatMul"(%c, %w3) {node_name = "third", output_names = ["y"]} : (!onnx.unknown, !onnx.unknown) -> !onnx.unknown
    onnx.return %y : !onnx.unknown
  }
}

//--- two.yaml
version: 1
devices: [{name: p, memory: 260 B}, {name: q, memory: 260 B}]
links: {default: {bandwidth: 8 Mbit/s, latency: 1 us}}
