// Each rule of the dialect's parsers and verifiers is broken once.
//
// RUN: onnx-split-opt %s --allow-unregistered-dialect --split-input-file \
// RUN:   --verify-diagnostics

//===----------------------------------------------------------------------===//
// Types and attributes
//===----------------------------------------------------------------------===//

// An element type is one of ONNX's names, in lower case, or dtype<N>.
// expected-error @below {{unknown element type 'f32'}}
"test.use"() {type = !onnx.tensor<f32, [1]>} : () -> ()

// -----

// An extent is a number, a symbol or `?`.
// expected-error @below {{expected integer value}}
"test.use"() {type = !onnx.tensor<float, [1, x]>} : () -> ()

// -----

// expected-error @below {{unknown element type 'f64'}}
"test.use"() {type = !onnx.sparse_tensor<f64>} : () -> ()

// -----

// expected-error @below {{file, offset and length of a payload must not be negative}}
"test.use"() {value = #onnx.payload<file = -1, offset = 0, length = 0>} : () -> ()

// -----

// expected-error @below {{file, offset and length of a payload must not be negative}}
"test.use"() {value = #onnx.payload<file = 0, offset = -1, length = 0>} : () -> ()

// -----

// expected-error @below {{file, offset and length of a payload must not be negative}}
"test.use"() {value = #onnx.payload<file = 0, offset = 0, length = -1>} : () -> ()

// -----

// 8 is TensorProto.name, which holds no values.
// expected-error @below {{storage 8 does not go with a payload}}
"test.use"() {value = #onnx.tensor<data_type = 1, storage = 8, payload = <file = 0, offset = 0, length = 1>>} : () -> ()

// -----

// expected-error @below {{storage 0 does not go with a payload}}
"test.use"() {value = #onnx.tensor<data_type = 1, payload = <file = 0, offset = 0, length = 1>>} : () -> ()

// -----

// expected-error @below {{storage 9 does not go with no payload}}
"test.use"() {value = #onnx.tensor<data_type = 1, storage = 9>} : () -> ()

// -----

// "\0A\05" begins a field of five bytes that are not there.
// expected-error @below {{'rest' is no TensorProto}}
"test.use"() {value = #onnx.tensor<data_type = 1, rest = "\0A\05">} : () -> ()

// -----

// expected-error @below {{'rest' is no SparseTensorProto}}
"test.use"() {value = #onnx.sparse<values = #onnx.tensor<data_type = 1>, rest = "\0A\05">} : () -> ()

// -----

// expected-error @below {{'rest' is no AttributeProto}}
"test.use"() {value = #onnx.attribute<name = "a", kind = 0, rest = "\0A\05">} : () -> ()

// -----

// expected-error @below {{'rest' is no ValueInfoProto}}
"test.use"() {value = #onnx.value_info<name = "x", rest = "\0A\05">} : () -> ()

// -----

// expected-error @below {{'rest' is no OperatorSetIdProto}}
"test.use"() {value = #onnx.opset<domain = "", version = 1, rest = "\0A\05">} : () -> ()

// -----

//===----------------------------------------------------------------------===//
// onnx.model
//===----------------------------------------------------------------------===//

// expected-error @below {{'onnx.model' op has no onnx.graph}}
onnx.model "m" attributes {opset_imports = []} {
}

// -----

onnx.model "m" attributes {opset_imports = []} {
  onnx.graph attributes {input_infos = [], output_infos = [], value_infos = []} {
    onnx.return
  }
  // expected-error @below {{'onnx.graph' op is the second graph of its model}}
  onnx.graph attributes {input_infos = [], output_infos = [], value_infos = []} {
    onnx.return
  }
}

// -----

onnx.model "m" attributes {opset_imports = []} {
  // expected-error @below {{'onnx.none' op must not stand directly in an onnx.model}}
  %0 = onnx.none
}

// -----

onnx.model "m" attributes {opset_imports = [], files = [#onnx.file<path = "m", size = 8, modified = 0>]} {
  onnx.graph attributes {input_infos = [], output_infos = [], value_infos = []} {
    // expected-error @below {{'onnx.initializer' op refers to file 1, but the model lists 1}}
    %w = onnx.initializer #onnx.tensor<name = "w", data_type = 1, storage = 9, payload = <file = 1, offset = 0, length = 4>> -> !onnx.unknown
    onnx.return
  }
}

// -----

// One byte too far.
onnx.model "m" attributes {opset_imports = [], files = [#onnx.file<path = "m", size = 8, modified = 0>]} {
  onnx.graph attributes {input_infos = [], output_infos = [], value_infos = []} {
    // expected-error @below {{'onnx.node' op has a payload of 4 bytes at offset 5, but file "m" has 8 bytes}}
    %w = onnx.node "Constant"() {output_names = ["w"], node_attributes = [#onnx.attribute<name = "value", kind = 4,
        value = #onnx.tensor<data_type = 1, storage = 9, payload = <file = 0, offset = 5, length = 4>>>]} : () -> !onnx.unknown
    onnx.return
  }
}

// -----

// The sum of offset and length passes the range of 64 bits. Tensors in lists
// and in bodies are looked at as well.
onnx.model "m" attributes {opset_imports = [], files = [#onnx.file<path = "m", size = 8, modified = 0>]} {
  onnx.graph attributes {input_infos = [], output_infos = [], value_infos = []} {
    onnx.node "If"() {output_names = [], node_attributes = [#onnx.attribute<kind = 5, value = 1 : i64>]} : () -> () {
      onnx.graph attributes {input_infos = [], output_infos = [], value_infos = []} {
        // expected-error @below {{'onnx.node' op has a payload of 4 bytes at offset 9223372036854775807}}
        onnx.node "Op"() {output_names = [], node_attributes = [#onnx.attribute<kind = 9,
            value = [#onnx.tensor<data_type = 1, storage = 9, payload = <file = 0, offset = 9223372036854775807, length = 4>>]>]} : () -> ()
        onnx.return
      }
    }
    onnx.return
  }
}

// -----

// The indices of a sparse tensor can be large as well.
onnx.model "m" attributes {opset_imports = []} {
  onnx.graph attributes {input_infos = [], output_infos = [], value_infos = []} {
    // expected-error @below {{'onnx.initializer' op refers to file 0, but the model lists 0}}
    %w = onnx.initializer #onnx.sparse<values = <name = "w", data_type = 1>,
        indices = <data_type = 7, storage = 9, payload = <file = 0, offset = 0, length = 4>>> -> !onnx.unknown
    onnx.return
  }
}

// -----

// No value of another model: each is written to a file of its own.
%x = onnx.none
onnx.model "m" attributes {opset_imports = []} {
  onnx.graph attributes {input_infos = [], output_infos = [], value_infos = []} {
    // expected-error @below {{'onnx.node' op using value defined outside the region}}
    onnx.node "Op"(%x) {output_names = []} : (!onnx.omitted) -> ()
    // expected-note @-4 {{required by region isolation constraints}}
    onnx.return
  }
}

// -----

//===----------------------------------------------------------------------===//
// onnx.graph and onnx.function
//===----------------------------------------------------------------------===//

onnx.model "m" attributes {opset_imports = []} {
  // expected-error @below {{'onnx.graph' op names 1 input but its block has 0 arguments}}
  onnx.graph attributes {input_infos = [#onnx.value_info<name = "x">], output_infos = [], value_infos = []} {
    onnx.return
  }
}

// -----

onnx.model "m" attributes {opset_imports = []} {
  // expected-error @below {{'onnx.graph' op names 2 outputs but returns 1 value}}
  onnx.graph attributes {input_infos = [], output_infos = [#onnx.value_info<name = "x">, #onnx.value_info<name = "y">], value_infos = []} {
    %x = onnx.initializer #onnx.tensor<name = "x", data_type = 1> -> !onnx.unknown
    onnx.return %x : !onnx.unknown
  }
}

// -----

onnx.model "m" attributes {opset_imports = []} {
  // expected-error @below {{'onnx.graph' op must end with onnx.return}}
  onnx.graph attributes {input_infos = [], output_infos = [], value_infos = []} {
    "test.end"() : () -> ()
  }
}

// -----

onnx.model "m" attributes {opset_imports = []} {
  // expected-error @below {{'onnx.graph' op has two inputs named 'x'}}
  onnx.graph attributes {input_infos = [#onnx.value_info<name = "x">, #onnx.value_info<name = "x">], output_infos = [], value_infos = []} {
  ^bb0(%a: !onnx.unknown, %b: !onnx.unknown):
    onnx.return
  }
}

// -----

onnx.model "m" attributes {opset_imports = []} {
  onnx.graph attributes {input_infos = [#onnx.value_info<name = "x">], output_infos = [], value_infos = []} {
  ^bb0(%a: !onnx.unknown):
    // expected-error @below {{'onnx.node' op defines 'x', which is defined before}}
    %x = onnx.node "Relu"(%a) {output_names = ["x"]} : (!onnx.unknown) -> !onnx.unknown
    onnx.return
  }
}

// -----

// Only one initializer can be an input's default.
onnx.model "m" attributes {opset_imports = []} {
  onnx.graph attributes {input_infos = [#onnx.value_info<name = "x">], output_infos = [], value_infos = []} {
  ^bb0(%a: !onnx.unknown):
    %first = onnx.initializer #onnx.tensor<name = "x", data_type = 1> -> !onnx.unknown
    // expected-error @below {{'onnx.initializer' op defines 'x', which is defined before}}
    %second = onnx.initializer #onnx.tensor<name = "x", data_type = 1> -> !onnx.unknown
    onnx.return
  }
}

// -----

onnx.model "m" attributes {opset_imports = []} {
  onnx.graph attributes {input_infos = [], output_infos = [], value_infos = []} {
    onnx.return
  }
  // expected-error @below {{'onnx.function' op names 0 inputs but its block has 1 argument}}
  onnx.function attributes {input_names = [], output_names = [], opset_imports = [], value_infos = []} {
  ^bb0(%a: !onnx.unknown):
    onnx.return
  }
}

// -----

onnx.model "m" attributes {opset_imports = []} {
  onnx.graph attributes {input_infos = [], output_infos = [], value_infos = []} {
    onnx.return
  }
  // expected-error @below {{'onnx.function' op names 0 outputs but returns 1 value}}
  onnx.function attributes {input_names = ["x"], output_names = [], opset_imports = [], value_infos = []} {
  ^bb0(%a: !onnx.unknown):
    onnx.return %a : !onnx.unknown
  }
}

// -----

onnx.model "m" attributes {opset_imports = []} {
  onnx.graph attributes {input_infos = [], output_infos = [], value_infos = []} {
    onnx.return
  }
  onnx.function attributes {input_names = ["x"], output_names = [], opset_imports = [], value_infos = []} {
  ^bb0(%a: !onnx.unknown):
    // expected-error @below {{'onnx.node' op defines 'x', which is defined before}}
    %x = onnx.node "Relu"(%a) {output_names = ["x"]} : (!onnx.unknown) -> !onnx.unknown
    onnx.return
  }
}

// -----

//===----------------------------------------------------------------------===//
// onnx.node
//===----------------------------------------------------------------------===//

// expected-error @below {{'onnx.node' op names 1 output but has 0 results}}
onnx.node "Op"() {output_names = ["x"]} : () -> ()

// -----

// expected-error @below {{'onnx.node' op must give an omitted output no name and the type !onnx.omitted}}
%x = onnx.node "Op"() {output_names = ["x"]} : () -> !onnx.omitted

// -----

// expected-error @below {{'onnx.node' op must give an omitted output no name and the type !onnx.omitted}}
%x = onnx.node "Op"() {output_names = [""]} : () -> !onnx.unknown

// -----

// Only what has a name in the file can be read: here a value of another dialect.
%x = "test.value"() : () -> !onnx.unknown
// expected-error @below {{'onnx.node' op has input 0, which has no name}}
onnx.node "Op"(%x) {output_names = []} : (!onnx.unknown) -> ()

// -----

// expected-error @below {{'onnx.node' op has 1 graphs in its attributes but 0 regions}}
onnx.node "If"() {output_names = [], node_attributes = [#onnx.attribute<kind = 5, value = 1 : i64>]} : () -> ()

// -----

// expected-error @below {{'onnx.node' op has 0 graphs in its attributes but 1 regions}}
onnx.node "If"() {output_names = [], node_attributes = [#onnx.attribute<kind = 10, value = 0 : i64>]} : () -> () {
  onnx.graph attributes {input_infos = [], output_infos = [], value_infos = []} {
    onnx.return
  }
}

// -----

// expected-error @below {{'onnx.node' op must have one onnx.graph in each region}}
onnx.node "If"() {output_names = [], node_attributes = [#onnx.attribute<kind = 5, value = 1 : i64>]} : () -> () {
  %x = onnx.none
}

// -----

//===----------------------------------------------------------------------===//
// onnx.initializer and onnx.return
//===----------------------------------------------------------------------===//

// expected-error @below {{'onnx.initializer' op must hold an #onnx.tensor or an #onnx.sparse}}
%x = onnx.initializer 1 : i64 -> !onnx.unknown

// -----

// expected-error @below {{'onnx.initializer' op must have a name}}
%x = onnx.initializer #onnx.tensor<data_type = 1> -> !onnx.unknown

// -----

// A sparse tensor is named by its values.
// expected-error @below {{'onnx.initializer' op must have a name}}
%x = onnx.initializer #onnx.sparse<values = <name = "", data_type = 1>> -> !onnx.unknown

// -----

// expected-error @below {{'onnx.return' op expects parent op to be one of 'onnx.graph, onnx.function'}}
onnx.return

// -----

//===----------------------------------------------------------------------===//
// What the IR does not model is a message of the same kind
//===----------------------------------------------------------------------===//

// expected-error @below {{'onnx.model' op has a 'rest' that is no ModelProto}}
onnx.model "m" attributes {opset_imports = [], rest = "\0A\05"} {
  onnx.graph attributes {input_infos = [], output_infos = [], value_infos = []} {
    onnx.return
  }
}

// -----

onnx.model "m" attributes {opset_imports = []} {
  // expected-error @below {{'onnx.graph' op has a 'rest' that is no GraphProto}}
  onnx.graph attributes {input_infos = [], output_infos = [], value_infos = [], rest = "\0A\05"} {
    onnx.return
  }
}

// -----

onnx.model "m" attributes {opset_imports = []} {
  onnx.graph attributes {input_infos = [], output_infos = [], value_infos = []} {
    onnx.return
  }
  // expected-error @below {{'onnx.function' op has a 'rest' that is no FunctionProto}}
  onnx.function attributes {input_names = [], output_names = [], opset_imports = [], value_infos = [], rest = "\0A\05"} {
    onnx.return
  }
}

// -----

onnx.model "m" attributes {opset_imports = []} {
  onnx.graph attributes {input_infos = [], output_infos = [], value_infos = []} {
    // expected-error @below {{'onnx.node' op has a 'rest' that is no NodeProto}}
    onnx.node "Op"() {output_names = [], node_attributes = [], rest = "\0A\05"} : () -> ()
    onnx.return
  }
}
