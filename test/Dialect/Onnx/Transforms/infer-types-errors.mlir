// Models whose operators have rules that this program does not know.
//
// RUN: onnx-split-opt %s --onnx-infer-types --split-input-file \
// RUN:   --verify-diagnostics

// ONNX 1.23.2 writes IR version 14.
// expected-error @below {{the model has IR version 15, but this program knows versions up to 14}}
onnx.model "m" attributes {ir_version = 15 : i64, opset_imports = []} {
  onnx.graph attributes {input_infos = [], output_infos = [], value_infos = []} {
    onnx.return
  }
}

// -----

// expected-error @below {{the model imports version 1000 of the operator set 'ai.onnx', but this program knows versions 1 to 28}}
onnx.model "m" attributes {ir_version = 8 : i64, opset_imports = [#onnx.opset<domain = "", version = 1000>]} {
  onnx.graph attributes {input_infos = [], output_infos = [], value_infos = []} {
    onnx.return
  }
}

// -----

// The other name of the standard domain, and a version below the first.
// expected-error @below {{the model imports version 0 of the operator set 'ai.onnx', but this program knows versions 1 to 28}}
onnx.model "m" attributes {ir_version = 8 : i64, opset_imports = [#onnx.opset<domain = "ai.onnx">]} {
  onnx.graph attributes {input_infos = [], output_infos = [], value_infos = []} {
    onnx.return
  }
}

// -----

// expected-error @below {{the model imports version 99 of the operator set 'ai.onnx.ml', but this program knows versions}}
onnx.model "m" attributes {ir_version = 8 : i64, opset_imports = [#onnx.opset<domain = "ai.onnx.ml", version = 99>]} {
  onnx.graph attributes {input_infos = [], output_infos = [], value_infos = []} {
    onnx.return
  }
}

// -----

onnx.model "m" attributes {ir_version = 8 : i64, opset_imports = [#onnx.opset<domain = "com.example", version = 99>]} {
  onnx.graph attributes {input_infos = [], output_infos = [], value_infos = []} {
    onnx.node "Mine"() {domain = "com.example", output_names = []} : () -> ()
    // expected-error @below {{is of the operator set 'ai.onnx', which the model does not import}}
    onnx.node "Loop"() {output_names = []} : () -> ()
    onnx.return
  }
}

// -----

// In a body as well. A local function stands for an import of its domain.
onnx.model "m" attributes {ir_version = 8 : i64, opset_imports = [#onnx.opset<domain = "", version = 17>]} {
  onnx.graph attributes {input_infos = [], output_infos = [], value_infos = []} {
    onnx.node "Local"() {domain = "local", output_names = []} : () -> ()
    onnx.node "If"() {output_names = [], node_attributes = [#onnx.attribute<kind = 5, value = 1 : i64>]} : () -> () {
      onnx.graph attributes {input_infos = [], output_infos = [], value_infos = []} {
        // expected-error @below {{is of the operator set 'com.example', which the model does not import}}
        onnx.node "Mine"() {domain = "com.example", output_names = []} : () -> ()
        onnx.return
      }
    }
    onnx.return
  }
  onnx.function attributes {function_name = "Local", domain = "local", input_names = [], output_names = [], opset_imports = [], value_infos = []} {
    onnx.return
  }
}

// -----

// A default must be what its input is declared.
onnx.model "m" attributes {ir_version = 8 : i64, opset_imports = [#onnx.opset<domain = "", version = 17>]} {
  onnx.graph attributes {input_infos = [#onnx.value_info<name = "x", type = !onnx.tensor<float, [2]>>], output_infos = [], value_infos = []} {
  // expected-error @below {{'x' is declared float32[2], but is float32[3] by its default, which ONNX Runtime refuses}}
  ^bb0(%x: !onnx.tensor<float, [2]>):
    %w = onnx.initializer #onnx.tensor<name = "x", data_type = 1, dims = [3]> -> !onnx.tensor<float, [3]>
    onnx.return
  }
}

// -----

// The same for its elements.
onnx.model "m" attributes {ir_version = 8 : i64, opset_imports = [#onnx.opset<domain = "", version = 17>]} {
  onnx.graph attributes {input_infos = [#onnx.value_info<name = "x", type = !onnx.tensor<float, [2]>>], output_infos = [], value_infos = []} {
  // expected-error @below {{'x' is declared float32[2], but is int64[3] by its default, which ONNX Runtime refuses}}
  ^bb0(%x: !onnx.tensor<float, [2]>):
    %w = onnx.initializer #onnx.tensor<name = "x", data_type = 7, dims = [3]> -> !onnx.tensor<int64, [3]>
    onnx.return
  }
}
