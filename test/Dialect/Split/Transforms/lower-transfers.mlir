// RUN: onnx-split-opt %s --split-lower-transfers \
// RUN:   | FileCheck %s --check-prefixes=CHECK,NODES,OPS
// RUN: onnx-split-opt %s --split-lower-transfers=boundary=opaque \
// RUN:   | FileCheck %s --check-prefixes=CHECK,NODES,OPAQUE
// RUN: onnx-split-opt %s --split-lower-transfers=boundary=io \
// RUN:   | FileCheck %s --check-prefixes=CHECK,IO

!t = !onnx.tensor<float, [1, "N", ?]>
#load = #split.load<macs = 0, flops = 0, bytes = 0, weight_bytes = 0, peak_activation_bytes = 0, buffer_bytes = 0, compute_ns = 0>
#a1 = #split.wire<name = "wire0_a", tensor = "a", from = 0, to = 1, send_device = "p", recv_device = "q", tag = 0, seq = 0, bytes = 16, time_ns = 9, type = !t>
#b1 = #split.wire<name = "wire1_b", tensor = "b", from = 0, to = 1, send_device = "p", recv_device = "q", tag = 1, seq = 1, bytes = 16, time_ns = 9, type = !t>
#a2 = #split.wire<name = "wire2_a", tensor = "a", from = 0, to = 2, send_device = "p", recv_device = "r", tag = 2, seq = 0, bytes = 16, time_ns = 9, type = !t>
#b2 = #split.wire<name = "wire3_b", tensor = "b", from = 0, to = 2, send_device = "p", recv_device = "r", tag = 3, seq = 1, bytes = 16, time_ns = 9, type = !t>

// In io mode both ends of a wire have the tensor's name, elsewhere their own.
// CHECK:       module attributes {split.wires = [
// NODES-SAME:    name = "wire0_a", tensor = "a"
// IO-SAME:       name = "a", tensor = "a"
module attributes {split.wires = [#a1, #b1, #a2, #b2]} {

// The sender. `a` is also an output of the model; `b` is not; both go to two
// stages. Boundary nodes are in one domain, which has to be imported; with
// bodies, and only then, the IR version must be one that has functions, and
// there is a function for what the part does: it only sends.
//
// CHECK:       onnx.model "stage0-p.onnx"
// OPS-SAME:      ir_version = 8 : i64
// OPAQUE-SAME:   ir_version = 7 : i64
// IO-SAME:       ir_version = 7 : i64
// NODES-SAME:    opset_imports = [#onnx.opset<domain = "", version = 15>, #onnx.opset<domain = "dev.onnxsplit", version = 1>]
// IO-SAME:       opset_imports = [#onnx.opset<domain = "", version = 15>]
// What the model said of itself stays; four properties of the part are added.
// "r" is field 14, metadata_props, of a ModelProto.
// CHECK-SAME:    rest = "\12\02me
// CHECK-SAME:    onnx_split.version\12{{[^"]*}}onnx_split.stage\12\010{{[^"]*}}onnx_split.device\12\01p{{[^"]*}}onnx_split.source_digest\12\04abcd"
//
// NODES:         output_infos = [#onnx.value_info<name = "a", rest = "\1A\02ho">, #onnx.value_info<name = "wire0_a", {{[^#]*}}>, #onnx.value_info<name = "wire1_b", {{[^#]*}}>, #onnx.value_info<name = "wire2_a", {{[^#]*}}>, #onnx.value_info<name = "wire3_b", {{[^#]*}}>]
// NODES:         %[[A:.*]] = onnx.node "Relu"
// NODES-NEXT:    %[[B:.*]] = onnx.node "Abs"
// NODES-NEXT:    %[[A1:.*]] = onnx.node "Send"(%[[A]])
// NODES-SAME:      domain = "dev.onnxsplit"
// NODES-SAME:      #onnx.attribute<name = "tensor_name", kind = 3, value = "a">,
// NODES-SAME:      #onnx.attribute<name = "send_device", kind = 3, value = "p">,
// NODES-SAME:      #onnx.attribute<name = "recv_device", kind = 3, value = "q">,
// NODES-SAME:      #onnx.attribute<name = "src_rank", kind = 2, value = 0 : i64>,
// NODES-SAME:      #onnx.attribute<name = "dst_rank", kind = 2, value = 1 : i64>,
// NODES-SAME:      #onnx.attribute<name = "tag", kind = 2, value = 0 : i64>,
// NODES-SAME:      #onnx.attribute<name = "seq", kind = 2, value = 0 : i64>,
// NODES-SAME:      #onnx.attribute<name = "element_type", kind = 2, value = 1 : i64>,
// NODES-SAME:      #onnx.attribute<name = "shape", kind = 7, value = array<i64: 1, -1, -1>>]
// NODES-SAME:      node_name = "Send_0_a", output_names = ["wire0_a"]
// NODES-NEXT:    %[[B1:.*]] = onnx.node "Send"(%[[B]]){{.*}} output_names = ["wire1_b"]
// NODES-NEXT:    %[[A2:.*]] = onnx.node "Send"(%[[A]]){{.*}} output_names = ["wire2_a"]
// NODES-NEXT:    %[[B2:.*]] = onnx.node "Send"(%[[B]]){{.*}} output_names = ["wire3_b"]
// NODES-NEXT:    onnx.return %[[A]], %[[A1]], %[[B1]], %[[A2]], %[[B2]]
// A tensor is one output in io mode, however often it is sent, and stays what
// the model declares where it is an output of the model.
// IO:            output_infos = [#onnx.value_info<name = "a", rest = "\1A\02ho">, #onnx.value_info<name = "b", type = !onnx.tensor<float, [1, "N", ?]>>]
// IO:            %[[A:.*]] = onnx.node "Relu"
// IO-NEXT:       %[[B:.*]] = onnx.node "Abs"
// IO-NEXT:       onnx.return %[[A]], %[[B]]
//
// "2" is field 6, attribute, of a FunctionProto: all nine are declared.
// OPS:         onnx.function attributes {domain = "dev.onnxsplit", function_name = "Send", input_names = ["data"], opset_imports = [#onnx.opset<domain = "", version = 15>], output_names = ["wire"], rest = "2\0Btensor_name2\0Bsend_device2\0Brecv_device2\08src_rank2\08dst_rank2\03tag2\03seq2\0Celement_type2\05shape", value_infos = []}
// OPS-NEXT:    ^bb0(%[[DATA:.*]]: !onnx.unknown):
// OPS-NEXT:      %[[WIRE:.*]] = onnx.node "Identity"(%[[DATA]]) {output_names = ["wire"]}
// OPS-NEXT:      onnx.return %[[WIRE]]
// OPAQUE-NOT:  onnx.function
// IO-NOT:      onnx.function
onnx.model "stage0-p.onnx" attributes {digest = "abcd", ir_version = 7 : i64, opset_imports = [#onnx.opset<domain = "", version = 15>], rest = "\12\02me",
    split.part = #split.part<stage = 0, device = "p", rank = 0, load = #load>} {
  onnx.graph attributes {input_infos = [#onnx.value_info<name = "x">], value_infos = [], output_infos = [
      #onnx.value_info<name = "a", rest = "\1A\02ho">, #onnx.value_info<name = "wire0_a", type = !t>, #onnx.value_info<name = "wire1_b", type = !t>,
      #onnx.value_info<name = "wire2_a", type = !t>, #onnx.value_info<name = "wire3_b", type = !t>]} {
  ^bb0(%x: !t):
    %a = onnx.node "Relu"(%x) {output_names = ["a"]} : (!t) -> !t
    %b = onnx.node "Abs"(%x) {output_names = ["b"]} : (!t) -> !t
    %a1 = split.send %a <name = "wire0_a", tensor = "a", from = 0, to = 1, send_device = "p", recv_device = "q", tag = 0, seq = 0, bytes = 16, time_ns = 9, type = !t> : !t
    %b1 = split.send %b <name = "wire1_b", tensor = "b", from = 0, to = 1, send_device = "p", recv_device = "q", tag = 1, seq = 1, bytes = 16, time_ns = 9, type = !t> : !t
    %a2 = split.send %a <name = "wire2_a", tensor = "a", from = 0, to = 2, send_device = "p", recv_device = "r", tag = 2, seq = 0, bytes = 16, time_ns = 9, type = !t> : !t
    %b2 = split.send %b <name = "wire3_b", tensor = "b", from = 0, to = 2, send_device = "p", recv_device = "r", tag = 3, seq = 1, bytes = 16, time_ns = 9, type = !t> : !t
    onnx.return %a, %a1, %b1, %a2, %b2 : !t, !t, !t, !t, !t
  }
}

// The receiver, of an IR version that need not be raised. It has no import of
// the standard operators that the body of Recv could use, so that one of the
// function's own is chosen. Functions of its own come first.
// CHECK:       onnx.model "stage1-q.onnx"
// CHECK-SAME:    ir_version = 10 : i64
// NODES:         input_infos = [#onnx.value_info<name = "wire0_a", {{[^#]*}}>, #onnx.value_info<name = "wire1_b"
// NODES-NEXT:    ^bb0(%[[W0:.*]]: !onnx.tensor<{{.*}}>, %[[W1:.*]]: !onnx.tensor<{{.*}}>):
// NODES-NEXT:    %[[R0:.*]] = onnx.node "Recv"(%[[W0]]) {domain = "dev.onnxsplit"{{.*}} node_name = "Recv_0_a", output_names = ["a"]
// NODES-NEXT:    %[[R1:.*]] = onnx.node "Recv"(%[[W1]]){{.*}} node_name = "Recv_1_b", output_names = ["b"]
// NODES-NEXT:    onnx.node "Op"(%[[R0]], %[[R1]])
// IO:            input_infos = [#onnx.value_info<name = "a", type = !onnx.tensor<float, [1, "N", ?]>>, #onnx.value_info<name = "b"
// IO-NEXT:       ^bb0(%[[W0:.*]]: !onnx.tensor<{{.*}}>, %[[W1:.*]]: !onnx.tensor<{{.*}}>):
// IO-NEXT:       onnx.node "Op"(%[[W0]], %[[W1]])
// CHECK:       onnx.function {{.*}}function_name = "Op"
// OPS:         onnx.function {{.*}}function_name = "Recv", input_names = ["wire"], opset_imports = [#onnx.opset<domain = "", version = 17>], output_names = ["data"]
// OPS:           onnx.node "Identity"
// OPAQUE-NOT:  onnx.function
// IO-NOT:      onnx.function
onnx.model "stage1-q.onnx" attributes {digest = "abcd", ir_version = 10 : i64, opset_imports = [#onnx.opset<domain = "com.example", version = 1>],
    split.part = #split.part<stage = 1, device = "q", rank = 1, load = #load>} {
  onnx.graph attributes {input_infos = [#onnx.value_info<name = "wire0_a", type = !t>, #onnx.value_info<name = "wire1_b", type = !t>], value_infos = [], output_infos = []} {
  ^bb0(%w0: !t, %w1: !t):
    %a = split.recv %w0 <name = "wire0_a", tensor = "a", from = 0, to = 1, send_device = "p", recv_device = "q", tag = 0, seq = 0, bytes = 16, time_ns = 9, type = !t> : !t
    %b = split.recv %w1 <name = "wire1_b", tensor = "b", from = 0, to = 1, send_device = "p", recv_device = "q", tag = 1, seq = 1, bytes = 16, time_ns = 9, type = !t> : !t
    onnx.node "Op"(%a, %b) {domain = "com.example", output_names = []} : (!t, !t) -> ()
    onnx.return
  }
  onnx.function attributes {domain = "com.example", function_name = "Op", input_names = ["a", "b"], output_names = [], opset_imports = [], value_infos = []} {
  ^bb0(%a: !onnx.unknown, %b: !onnx.unknown):
    onnx.return
  }
}

// A part without wires needs no boundary: only the metadata is new.
// CHECK:       onnx.model "stage2-r.onnx" attributes {ir_version = 3 : i64, opset_imports = [], rest = "{{.*}}onnx_split.device\12\01r{{.*}}onnx_split.source_digest\12\00"
// CHECK-NOT:   onnx.function
onnx.model "stage2-r.onnx" attributes {ir_version = 3 : i64, opset_imports = [], split.part = #split.part<stage = 2, device = "r", rank = 2, load = #load>} {
  onnx.graph attributes {input_infos = [], output_infos = [], value_infos = []} {
    onnx.return
  }
}

// Before IR version 4 initializers had to be inputs, later an input with an
// initializer is one that a caller may override: where the version is raised,
// the input goes and its users read the initializer.
// CHECK:       onnx.model "stage3-r.onnx"
// OPS-SAME:      ir_version = 8 : i64
// OPAQUE-SAME:   ir_version = 3 : i64
// IO-SAME:       ir_version = 3 : i64
// OPS:           input_infos = [#onnx.value_info<name = "wire2_a"{{[^#]*}}>], output_infos
// OPS:           %[[W:.*]] = onnx.initializer #onnx.tensor<name = "w"
// OPS:           onnx.node "Op"(%{{.*}}, %[[W]])
// OPAQUE:        input_infos = [#onnx.value_info<name = "w">, #onnx.value_info<name = "wire2_a"
// OPAQUE-NEXT:   ^bb0(%[[W:[^:]*]]:
// OPAQUE:        onnx.node "Op"(%{{.*}}, %[[W]])
// IO:            input_infos = [#onnx.value_info<name = "w">, #onnx.value_info<name = "a"
// IO-NEXT:       ^bb0(%[[W:[^:]*]]: {{.*}}, %[[A:[^:]*]]: {{.*}}):
// IO:            onnx.node "Op"(%[[A]], %[[W]])
onnx.model "stage3-r.onnx" attributes {ir_version = 3 : i64, opset_imports = [#onnx.opset<domain = "", version = 9>], split.part = #split.part<stage = 2, device = "r", rank = 2, load = #load>} {
  onnx.graph attributes {input_infos = [#onnx.value_info<name = "w">, #onnx.value_info<name = "wire2_a", type = !t>], output_infos = [], value_infos = []} {
  ^bb0(%w: !t, %w2: !t):
    %a = split.recv %w2 <name = "wire2_a", tensor = "a", from = 0, to = 2, send_device = "p", recv_device = "r", tag = 2, seq = 0, bytes = 16, time_ns = 9, type = !t> : !t
    %default = onnx.initializer #onnx.tensor<name = "w", data_type = 1, dims = [1]> -> !t
    onnx.node "Op"(%a, %w) {output_names = []} : (!t, !t) -> ()
    onnx.return
  }
}

// The part of a part: the import and the function are there already, and of the
// properties that the first split added only the new values stay. "r" is field
// 14, metadata_props, of a ModelProto.
// CHECK:       onnx.model "stage4-r.onnx"
// NODES-SAME:    opset_imports = [#onnx.opset<domain = "dev.onnxsplit", version = 1>]
// CHECK-SAME:    onnx_split.stage\12\012{{[^"]*}}onnx_split.version
// CHECK-NOT:     onnx_split.stage
// CHECK:       onnx.function {{.*}}function_name = "Recv"
// CHECK-NOT:   onnx.function
onnx.model "stage4-r.onnx" attributes {ir_version = 8 : i64, opset_imports = [#onnx.opset<domain = "dev.onnxsplit", version = 1>],
    rest = "r\15\0A\10onnx_split.stage\12\017", split.part = #split.part<stage = 2, device = "r", rank = 2, load = #load>} {
  onnx.graph attributes {input_infos = [#onnx.value_info<name = "wire2_a", type = !t>], output_infos = [], value_infos = []} {
  ^bb0(%w2: !t):
    %a = split.recv %w2 <name = "wire2_a", tensor = "a", from = 0, to = 2, send_device = "p", recv_device = "r", tag = 2, seq = 0, bytes = 16, time_ns = 9, type = !t> : !t
    %b = onnx.node "Recv"(%a) {domain = "dev.onnxsplit", output_names = ["b"]} : (!t) -> !t
    onnx.return
  }
  onnx.function attributes {domain = "dev.onnxsplit", function_name = "Recv", input_names = ["wire"], output_names = ["data"], opset_imports = [], value_infos = [],
      rest = "2\0Btensor_name2\0Bsend_device2\0Brecv_device2\08src_rank2\08dst_rank2\03tag2\03seq2\0Celement_type2\05shape"} {
  ^bb0(%wire: !onnx.unknown):
    %data = onnx.node "Identity"(%wire) {output_names = ["data"]} : (!onnx.unknown) -> !onnx.unknown
    onnx.return %data : !onnx.unknown
  }
}
}
