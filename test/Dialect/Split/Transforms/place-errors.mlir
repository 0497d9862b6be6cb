// RUN: rm -rf %t && split-file %s %t
//
// The model is the chain of place.mlir:
//
//     x 16 B --first 128 B--> b 32 B --second 64 B--> c 8 B --third 64 B--> y 32 B

// ----- The cluster file.

// RUN: not onnx-split-opt %t/model.mlir --split-place='seed=1' \
// RUN:   -o /dev/null 2>&1 | FileCheck %s --check-prefix=NO-CLUSTER
// NO-CLUSTER: error: no cluster file is given; pass --devices CLUSTER.yaml

// RUN: not onnx-split-opt %t/model.mlir --split-place='devices=%t/nowhere.yaml' \
// RUN:   -o /dev/null 2>&1 | FileCheck %s --check-prefix=NO-FILE
// NO-FILE: {{.*}}nowhere.yaml:{{.*}} error: cannot read the cluster file: No such file or directory

// The place in the file, and the names that are allowed there.
// RUN: not onnx-split-opt %t/model.mlir --split-place='devices=%t/bad.yaml' \
// RUN:   -o /dev/null 2>&1 | FileCheck %s --check-prefix=BAD-FILE
// BAD-FILE: {{.*}}bad.yaml:2:22: error: {{.*}}memroy
// BAD-FILE-SAME: memory

// ----- The options.

// RUN: not onnx-split-opt %t/model.mlir --split-place='devices=%t/two.yaml strategy=best' \
// RUN:   -o /dev/null 2>&1 | FileCheck %s --check-prefix=STRATEGY
// STRATEGY: onnx-split-opt: error: --strategy takes auto, exact, {{.*}} or {{[-a-z]+}}, not 'best'

// RUN: not onnx-split-opt %t/model.mlir --split-place='devices=%t/two.yaml objective=speed' \
// RUN:   -o /dev/null 2>&1 | FileCheck %s --check-prefix=OBJECTIVE
// OBJECTIVE: onnx-split-opt: error: --objective takes throughput, latency or devices, not 'speed'

// RUN: not onnx-split-opt %t/model.mlir --split-place='devices=%t/two.yaml boundary=both' \
// RUN:   -o /dev/null 2>&1 | FileCheck %s --check-prefix=BOUNDARY
// BOUNDARY: onnx-split-opt: error: --boundary takes ops, io or opaque, not 'both'

// RUN: not onnx-split-opt %t/model.mlir --split-place='devices=%t/two.yaml pin=first' \
// RUN:   -o /dev/null 2>&1 | FileCheck %s --check-prefix=PIN-FORM
// PIN-FORM: error: --pin takes PATTERN=DEVICE, but it is 'first'

// RUN: not onnx-split-opt %t/model.mlir --split-place='devices=%t/two.yaml pin=first=z' \
// RUN:   -o /dev/null 2>&1 | FileCheck %s --check-prefix=PIN-DEVICE
// PIN-DEVICE: error: --pin names the device 'z', which the cluster does not have

// RUN: not onnx-split-opt %t/model.mlir --split-place='devices=%t/two.yaml pin=fir[=p' \
// RUN:   -o /dev/null 2>&1 | FileCheck %s --check-prefix=PIN-PATTERN
// PIN-PATTERN: error: --pin has the malformed pattern 'fir['

// Constants are no tasks, so that they cannot be pinned.
// RUN: not onnx-split-opt %t/model.mlir --split-place='devices=%t/two.yaml pin=w*=p' \
// RUN:   -o /dev/null 2>&1 | FileCheck %s --check-prefix=PIN-NOTHING
// PIN-NOTHING: error: --pin has the pattern 'w*', which matches constants alone: each stage that reads them has them

// RUN: not onnx-split-opt %t/model.mlir --split-place='devices=%t/two.yaml cut=x' \
// RUN:   -o /dev/null 2>&1 | FileCheck %s --check-prefix=CUT-NOTHING
// CUT-NOTHING: error: --cut names 'x', which is no tensor that a node of the main graph computes

// RUN: not onnx-split-opt %t/model.mlir --split-place='devices=%t/two.yaml no-cut=w1' \
// RUN:   -o /dev/null 2>&1 | FileCheck %s --check-prefix=NO-CUT-NOTHING
// NO-CUT-NOTHING: error: --no-cut names 'w1', which is no tensor that a node of the main graph computes

// RUN: not onnx-split-opt %t/model.mlir --split-place='devices=%t/two.yaml cut=y' \
// RUN:   -o /dev/null 2>&1 | FileCheck %s --check-prefix=CUT-END
// CUT-END: error: --cut names 'y', which no node reads

// RUN: not onnx-split-opt %t/model.mlir --split-place='devices=%t/two.yaml cut=b no-cut=b' \
// RUN:   -o /dev/null 2>&1 | FileCheck %s --check-prefix=CUT-BOTH
// CUT-BOTH: model.mlir:7:{{[0-9]+}}: error: --cut names 'b', which cannot be cut because --no-cut names it

// ----- No plan, with the reason in numbers.

// One node is too big for each device: 128 + 16 + 32 = 176 bytes in 100.
// RUN: not onnx-split-opt %t/model.mlir --split-place='devices=%t/tiny.yaml' \
// RUN:   -o /dev/null 2>&1 | FileCheck %s --check-prefix=BIG-NODE
// BIG-NODE: error: no plan exists for this model on this cluster
// BIG-NODE: note: node 'first' needs at least 176 bytes of memory, but the largest device that may run it, 'p', has 100 bytes: 76 bytes too little: weights 128 bytes, activations 48 bytes

// All weights are 256 bytes; the two devices have 180 + 60.
// RUN: not onnx-split-opt %t/model.mlir --split-place='devices=%t/small.yaml' \
// RUN:   -o /dev/null 2>&1 | FileCheck %s --check-prefix=WEIGHTS
// WEIGHTS: error: no plan exists
// WEIGHTS: note: the weights need 256 bytes in total but the devices together have 240 bytes: 16 bytes too little

// One stage of 304 bytes does not fit in 260.
// RUN: not onnx-split-opt %t/model.mlir --split-place='devices=%t/two.yaml max-stages=1' \
// RUN:   -o /dev/null 2>&1 | FileCheck %s --check-prefix=ONE-STAGE
// ONE-STAGE: error: no plan exists
// ONE-STAGE: note: all on device 'p': stage 0 needs 304 bytes but device 'p' has 260 bytes, 44 bytes too little: weights 256 bytes, activations 48 bytes, buffers 0 bytes

// RUN: not onnx-split-opt %t/model.mlir --split-place='devices=%t/two.yaml max-stages=1 cut=b' \
// RUN:   -o /dev/null 2>&1 | FileCheck %s --check-prefix=CUT-ONE-STAGE
// CUT-ONE-STAGE: error: no plan exists
// CUT-ONE-STAGE: note: tensor 'b' must be cut but at most one stage is allowed

// The pins need a link that is not there.
// RUN: not onnx-split-opt %t/model.mlir --split-place='devices=%t/oneway.yaml pin=first=q pin=second=p' \
// RUN:   -o /dev/null 2>&1 | FileCheck %s --check-prefix=NO-LINK
// NO-LINK: error: no plan exists
// NO-LINK: note: tensor 'b' goes from device 'q' to 'p', which are not linked

// RUN: not onnx-split-opt %t/model.mlir --split-place='devices=%t/unsupported.yaml' \
// RUN:   -o /dev/null 2>&1 | FileCheck %s --check-prefix=LACKING
// LACKING: error: no plan exists
// LACKING: note: node 'first' can run on none of the 1 devices: MatMul is unsupported on 'p'

// A path may not come back to a device.
// RUN: not onnx-split-opt %t/model.mlir --split-place='devices=%t/two.yaml pin=first=p pin=second=q pin=third=p' \
// RUN:   -o /dev/null 2>&1 | FileCheck %s --check-prefix=RETURN
// RETURN: error: no plan exists
// RETURN: note: a path leaves device 'p' for another one and returns to it at the pinned node 'third'

// A tensor of unknown size is cut where --cut says so alone.
// RUN: not onnx-split-opt %t/unranked.mlir --split-place=devices=%t/two.yaml \
// RUN:   -o /dev/null 2>&1 | FileCheck %s --check-prefix=UNRANKED
// UNRANKED: error: no plan exists
// UNRANKED: unranked.mlir:6:{{[0-9]+}}: note: the model is not cut at 'b' because its size is not known; --observe may find it, and --cut cuts it all the same

// ----- The module.

// RUN: not onnx-split-opt %t/empty.mlir --split-place=devices=%t/two.yaml \
// RUN:   -o /dev/null 2>&1 | FileCheck %s --check-prefix=NO-MODEL
// NO-MODEL: error: must hold one onnx.model to be split, not 0

// RUN: not onnx-split-opt %t/training.mlir --split-place=devices=%t/two.yaml \
// RUN:   -o /dev/null 2>&1 | FileCheck %s --check-prefix=TRAINING
// TRAINING: error: the model has training_info, which cannot be split; remove it

// ----- A saved plan.

// RUN: not onnx-split-opt %t/model.mlir --split-place='devices=%t/two.yaml plan=%t/nowhere.json' \
// RUN:   -o /dev/null 2>&1 | FileCheck %s --check-prefix=PLAN-MISSING
// PLAN-MISSING: error: {{.*}}nowhere.json: cannot read the plan: No such file or directory

// RUN: not onnx-split-opt %t/model.mlir --split-place='devices=%t/two.yaml plan=%t/two.yaml' \
// RUN:   -o /dev/null 2>&1 | FileCheck %s --check-prefix=PLAN-TEXT
// PLAN-TEXT: error: {{.*}}two.yaml: not a plan.json

// RUN: not onnx-split-opt %t/model.mlir --split-place='devices=%t/two.yaml plan=%t/fields.json' \
// RUN:   -o /dev/null 2>&1 | FileCheck %s --check-prefix=PLAN-FIELDS
// PLAN-FIELDS: error: {{.*}}fields.json: missing value at plan.stages[0].device

// RUN: echo '{"version": 1, "stages": [{"device": "a", "tasks": [0, 1]}]}' > %t/tasks.json
// RUN: not onnx-split-opt %t/model.mlir --split-place='devices=%t/two.yaml plan=%t/tasks.json' \
// RUN:   -o /dev/null 2>&1 | FileCheck %s --check-prefix=PLAN-TASKS
// PLAN-TASKS: error: {{.*}}tasks.json: this is a placement of a problem's tasks, which does not say which nodes they are; onnx-split-bench problem.json --placement FILE --write-placements=DIR writes one that does

// RUN: not onnx-split-opt %t/model.mlir --split-place='devices=%t/two.yaml plan=%t/version.json' \
// RUN:   -o /dev/null 2>&1 | FileCheck %s --check-prefix=PLAN-VERSION
// PLAN-VERSION: error: {{.*}}version.json: must be 1 or 2 at plan.version

// RUN: not onnx-split-opt %t/model.mlir --split-place='devices=%t/two.yaml plan=%t/stale.json' \
// RUN:   -o /dev/null 2>&1 | FileCheck %s --check-prefix=PLAN-STALE
// PLAN-STALE: error: the plan '{{.*}}stale.json' is stale: it was made for a model with the digest 1234, but this model has abcd

// RUN: not onnx-split-opt %t/model.mlir --split-place='devices=%t/two.yaml plan=%t/device.json' \
// RUN:   -o /dev/null 2>&1 | FileCheck %s --check-prefix=PLAN-DEVICE
// PLAN-DEVICE: error: the plan's stage 0 runs on 'z', which the cluster does not have

// RUN: not onnx-split-opt %t/model.mlir --split-place='devices=%t/two.yaml plan=%t/node.json' \
// RUN:   -o /dev/null 2>&1 | FileCheck %s --check-prefix=PLAN-NODE
// PLAN-NODE: error: the plan's stage 0 has node 4, but the model's last is 3

// RUN: not onnx-split-opt %t/model.mlir --split-place='devices=%t/two.yaml plan=%t/negative.json' \
// RUN:   -o /dev/null 2>&1 | FileCheck %s --check-prefix=PLAN-NEGATIVE
// PLAN-NEGATIVE: error: the plan's stage 0 has node -1, but the model's last is 3

// RUN: not onnx-split-opt %t/model.mlir --split-place='devices=%t/two.yaml plan=%t/twice.json' \
// RUN:   -o /dev/null 2>&1 | FileCheck %s --check-prefix=PLAN-TWICE
// PLAN-TWICE: model.mlir:8:{{[0-9]+}}: error: is in the plan's stages 0 and 1

// RUN: not onnx-split-opt %t/model.mlir --split-place='devices=%t/two.yaml plan=%t/lacks.json' \
// RUN:   -o /dev/null 2>&1 | FileCheck %s --check-prefix=PLAN-LACKS
// PLAN-LACKS: model.mlir:9:{{[0-9]+}}: error: is in no stage of the plan

// Every violated rule is reported, not only the first: c falls from stage 1 to
// stage 0, b rises.
// RUN: not onnx-split-opt %t/model.mlir --split-place='devices=%t/two.yaml plan=%t/cycle.json' \
// RUN:   -o /dev/null 2>&1 | FileCheck %s --check-prefix=PLAN-CYCLE
// PLAN-CYCLE: error: the placement is not valid: tensor 'c' goes back from stage 1 to stage 0

// Two stages on one device; and first with second has 256 bytes of 200.
// RUN: not onnx-split-opt %t/model.mlir --split-place='devices=%t/uneven.yaml plan=%t/infeasible.json' \
// RUN:   -o /dev/null 2>&1 | FileCheck %s --check-prefix=PLAN-INFEASIBLE
// PLAN-INFEASIBLE: error: the placement is not valid: device 'p' holds both stage 0 and stage 1
// PLAN-INFEASIBLE: error: the placement is not valid: stage 0 and stage 1 need 336 bytes but device 'p' has 200 bytes, 136 bytes too little: weights 256 bytes, activations 48 bytes, buffers 32 bytes

// A plan that is good is taken as it is, though a better one exists.
// RUN: onnx-split-opt %t/model.mlir --split-place='devices=%t/two.yaml plan=%t/good.json' \
// RUN:   --split-verify-placement | FileCheck %s --check-prefix=PLAN-GOOD
// PLAN-GOOD: devices = [1, 0]
// PLAN-GOOD-SAME: strategy = "plan"
// PLAN-GOOD-SAME: bottleneck_ns = 32000

//--- model.mlir
onnx.model "m" attributes {digest = "abcd", ir_version = 8 : i64, opset_imports = [#onnx.opset<domain = "", version = 17>]} {
  onnx.graph attributes {graph_name = "g", input_infos = [#onnx.value_info<name = "x">], output_infos = [#onnx.value_info<name = "y">], value_infos = []} {
  ^bb0(%x: !onnx.tensor<float, [1, 4]>):
    %w2 = onnx.initializer #onnx.tensor<name = "w2", data_type = 1, dims = [8, 2]> -> !onnx.tensor<float, [8, 2]>
    %w3 = onnx.initializer #onnx.tensor<name = "w3", data_type = 1, dims = [2, 8]> -> !onnx.tensor<float, [2, 8]>
    %w1 = onnx.node "Constant"() {node_name = "w", output_names = ["w1"], node_attributes = [#onnx.attribute<name = "value", kind = 4, value = #onnx.tensor<data_type = 1, dims = [4, 8]>>]} : () -> !onnx.tensor<float, [4, 8]>
    %b = onnx.node "MatMul"(%x, %w1) {node_name = "first", output_names = ["b"]} : (!onnx.tensor<float, [1, 4]>, !onnx.tensor<float, [4, 8]>) -> !onnx.tensor<float, [1, 8]>
    %c = onnx.node "MatMul"(%b, %w2) {node_name = "second", output_names = ["c"]} : (!onnx.tensor<float, [1, 8]>, !onnx.tensor<float, [8, 2]>) -> !onnx.tensor<float, [1, 2]>
    %y = onnx.node "MatMul"(%c, %w3) {node_name = "third", output_names = ["y"]} : (!onnx.tensor<float, [1, 2]>, !onnx.tensor<float, [2, 8]>) -> !onnx.tensor<float, [1, 8]>
    onnx.return %y : !onnx.tensor<float, [1, 8]>
  }
}

//--- unranked.mlir
onnx.model "m" attributes {ir_version = 8 : i64, opset_imports = [#onnx.opset<domain = "", version = 17>]} {
  onnx.graph attributes {graph_name = "g", input_infos = [#onnx.value_info<name = "x">], output_infos = [#onnx.value_info<name = "y">], value_infos = []} {
  ^bb0(%x: !onnx.tensor<float>):
    %w1 = onnx.initializer #onnx.tensor<name = "w1", data_type = 1, dims = [50]> -> !onnx.tensor<float, [50]>
    %w2 = onnx.initializer #onnx.tensor<name = "w2", data_type = 1, dims = [51]> -> !onnx.tensor<float, [51]>
    %b = onnx.node "Add"(%x, %w1) {node_name = "first", output_names = ["b"]} : (!onnx.tensor<float>, !onnx.tensor<float, [50]>) -> !onnx.tensor<float>
    %y = onnx.node "Add"(%b, %w2) {node_name = "second", output_names = ["y"]} : (!onnx.tensor<float>, !onnx.tensor<float, [51]>) -> !onnx.tensor<float>
    onnx.return %y : !onnx.tensor<float>
  }
}

//--- empty.mlir
module {
}

//--- training.mlir
// "\A2\01\00" is field 20, training_info, of a ModelProto: one empty message.
onnx.model "m" attributes {ir_version = 8 : i64, opset_imports = [], rest = "\A2\01\00"} {
  onnx.graph attributes {input_infos = [], output_infos = [], value_infos = []} {
    onnx.return
  }
}

//--- bad.yaml
version: 1
devices: [{name: p,  memroy: 260 B}]

//--- two.yaml
version: 1
devices: [{name: p, memory: 260 B}, {name: q, memory: 260 B}]
links: {default: {bandwidth: 8 Mbit/s, latency: 1 us}}

//--- tiny.yaml
version: 1
devices: [{name: p, memory: 100 B}, {name: q, memory: 100 B}]
links: {default: {bandwidth: 8 Mbit/s, latency: 1 us}}

//--- small.yaml
version: 1
devices: [{name: p, memory: 180 B}, {name: q, memory: 60 B}]
links: {default: {bandwidth: 8 Mbit/s, latency: 1 us}}

//--- uneven.yaml
version: 1
devices: [{name: p, memory: 200 B}, {name: q, memory: 260 B}]
links: {default: {bandwidth: 8 Mbit/s, latency: 1 us}}

//--- oneway.yaml
version: 1
devices: [{name: p}, {name: q}]
links: {between: [{from: p, to: q, bandwidth: 8 Mbit/s}]}

//--- unsupported.yaml
version: 1
devices: [{name: p, unsupported: [MatMul]}]

//--- fields.json
{"version": 1, "source": {"digest": "abcd"}, "stages": [{"nodes": []}]}
//--- version.json
{"version": 3, "source": {"digest": "abcd"}, "stages": []}
//--- stale.json
{"version": 1, "source": {"digest": "1234"}, "stages": []}
//--- device.json
{"version": 1, "source": {"digest": "abcd"}, "stages": [{"device": "z", "nodes": []}]}
//--- node.json
{"version": 1, "source": {"digest": "abcd"}, "stages": [{"device": "p", "nodes": [{"index": 4}]}]}
//--- negative.json
{"version": 1, "source": {"digest": "abcd"}, "stages": [{"device": "p", "nodes": [{"index": -1}]}]}
//--- twice.json
{"version": 1, "source": {"digest": "abcd"}, "stages": [{"device": "p", "nodes": [{"index": 1}, {"index": 2}]}, {"device": "q", "nodes": [{"index": 2}, {"index": 3}]}]}
//--- lacks.json
{"version": 1, "source": {"digest": "abcd"}, "stages": [{"device": "p", "nodes": [{"index": 1}, {"index": 2}]}]}
//--- cycle.json
{"version": 1, "source": {"digest": "abcd"}, "stages": [{"device": "p", "nodes": [{"index": 1}, {"index": 3}]}, {"device": "q", "nodes": [{"index": 2}]}]}
//--- infeasible.json
{"version": 1, "source": {"digest": "abcd"}, "stages": [{"device": "p", "nodes": [{"index": 1}, {"index": 2}]}, {"device": "p", "nodes": [{"index": 3}]}]}
//--- good.json
{"version": 1, "source": {"digest": "abcd"}, "stages": [{"device": "q", "nodes": [{"index": 0}, {"index": 1}]}, {"device": "p", "nodes": [{"index": 2}, {"index": 3}]}]}
