// What is on the wire is an input of one part and an output of another.
//
// RUN: onnx-split-opt %s --split-lower-transfers --split-input-file \
// RUN:   --verify-diagnostics
// RUN: onnx-split-opt %s --split-lower-transfers=boundary=io \
// RUN:   --split-input-file --verify-diagnostics

onnx.model "m" attributes {opset_imports = []} {
  onnx.graph attributes {input_infos = [], output_infos = [], value_infos = []} {
    %x = onnx.node "Op"() {output_names = ["x"]} : () -> !onnx.unknown
    // expected-error @below {{'split.recv' op must take an input of its graph}}
    %a = split.recv %x <name = "w", tensor = "a", from = 0, to = 1, send_device = "p", recv_device = "q", tag = 0, seq = 0, bytes = 0, time_ns = 0, type = !onnx.unknown> : !onnx.unknown
    onnx.return
  }
}

// -----

// Its result is read by a node as well.
onnx.model "m" attributes {opset_imports = []} {
  onnx.graph attributes {input_infos = [], output_infos = [#onnx.value_info<name = "w">], value_infos = []} {
    %x = onnx.node "Op"() {output_names = ["x"]} : () -> !onnx.unknown
    // expected-error @below {{'split.send' op must make an output of its graph, and only that}}
    %s = split.send %x <name = "w", tensor = "x", from = 0, to = 1, send_device = "p", recv_device = "q", tag = 0, seq = 0, bytes = 0, time_ns = 0, type = !onnx.unknown> : !onnx.unknown
    onnx.node "Op"(%s) {output_names = []} : (!onnx.unknown) -> ()
    onnx.return %s : !onnx.unknown
  }
}

// -----

// Twice one output.
onnx.model "m" attributes {opset_imports = []} {
  onnx.graph attributes {input_infos = [], output_infos = [#onnx.value_info<name = "w">, #onnx.value_info<name = "w">], value_infos = []} {
    %x = onnx.node "Op"() {output_names = ["x"]} : () -> !onnx.unknown
    // expected-error @below {{'split.send' op must make an output of its graph, and only that}}
    %s = split.send %x <name = "w", tensor = "x", from = 0, to = 1, send_device = "p", recv_device = "q", tag = 0, seq = 0, bytes = 0, time_ns = 0, type = !onnx.unknown> : !onnx.unknown
    onnx.return %s, %s : !onnx.unknown, !onnx.unknown
  }
}

// -----

// None.
onnx.model "m" attributes {opset_imports = []} {
  onnx.graph attributes {input_infos = [], output_infos = [], value_infos = []} {
    %x = onnx.node "Op"() {output_names = ["x"]} : () -> !onnx.unknown
    // expected-error @below {{'split.send' op must make an output of its graph, and only that}}
    %s = split.send %x <name = "w", tensor = "x", from = 0, to = 1, send_device = "p", recv_device = "q", tag = 0, seq = 0, bytes = 0, time_ns = 0, type = !onnx.unknown> : !onnx.unknown
    onnx.return
  }
}
