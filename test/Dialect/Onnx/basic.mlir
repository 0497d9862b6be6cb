// Every op, type and attribute of the dialect prints as it is parsed, as text
// and as bytecode.
//
// RUN: onnx-split-opt --verify-roundtrip %s | FileCheck %s
// RUN: onnx-split-opt %s --emit-bytecode | onnx-split-opt | FileCheck %s
//
// What the IR does not model of a message is here a field of number 200.

// A model with every field, and one with none but what it cannot be without.
// CHECK-LABEL: onnx.model "full.onnx" attributes {
// CHECK-SAME:    digest = "00ff"
// CHECK-SAME:    files = [#onnx.file<path = "full.onnx", size = 8192, modified = 12>, #onnx.file<path = "dir/gone.bin", size = -1, modified = -1>]
// CHECK-SAME:    ir_version = 14 : i64
// CHECK-SAME:    opset_imports = [#onnx.opset<domain = "", version = 17>, #onnx.opset<domain = "com.example", version = 2, rest = "\C2\0C\01x">, #onnx.opset<>]
// CHECK-SAME:    rest = "\C2\0C\02\00\FF"
onnx.model "full.onnx" attributes {
    ir_version = 14 : i64, digest = "00ff", rest = "\C2\0C\02\00\FF",
    files = [#onnx.file<path = "full.onnx", size = 8192, modified = 12>,
             #onnx.file<path = "dir/gone.bin", size = -1, modified = -1>],
    opset_imports = [#onnx.opset<domain = "", version = 17>,
                     #onnx.opset<domain = "com.example", version = 2, rest = "\C2\0C\01x">,
                     #onnx.opset<>]} {
  // Each type once, as the type of an input.
  // CHECK:      onnx.graph attributes {graph_name = "g"
  // CHECK-SAME:   #onnx.value_info<name = "a", type = !onnx.tensor<float, [1, "N", ?]>, rest = "\C2\0C\03doc">
  // CHECK-SAME:   rest = "\C2\0C\04tail"
  // CHECK-SAME:   value_infos = [#onnx.value_info<>]
  onnx.graph attributes {
      graph_name = "g", rest = "\C2\0C\04tail",
      input_infos = [
        #onnx.value_info<name = "a", type = !onnx.tensor<float, [1, "N", ?]>, rest = "\C2\0C\03doc">,
        #onnx.value_info<name = "b">, #onnx.value_info<name = "c">,
        #onnx.value_info<name = "d">, #onnx.value_info<name = "e">,
        #onnx.value_info<name = "f">, #onnx.value_info<name = "g">,
        #onnx.value_info<name = "h">, #onnx.value_info<name = "i">,
        #onnx.value_info<name = "j">, #onnx.value_info<name = "k">],
      output_infos = [#onnx.value_info<name = "w">],
      value_infos = [#onnx.value_info<>]} {
  // CHECK-NEXT: ^bb0(%[[A:[^:]+]]: !onnx.tensor<float, [1, "N", ?]>,
  // CHECK-SAME:   !onnx.tensor<int64>,
  // CHECK-SAME:   !onnx.tensor<bfloat16, []>,
  // CHECK-SAME:   !onnx.tensor<dtype<1000>, [0, -5]>,
  // CHECK-SAME:   !onnx.tensor<string, ["odd \22name\22", 9223372036854775807]>,
  // CHECK-SAME:   !onnx.sparse_tensor<double, [3, "N"]>,
  // CHECK-SAME:   !onnx.sequence<!onnx.tensor<float>>,
  // CHECK-SAME:   !onnx.optional<!onnx.sequence<!onnx.unknown>>,
  // CHECK-SAME:   !onnx.map<7, !onnx.tensor<float>>,
  // CHECK-SAME:   !onnx.opaque<"com.example", "handle">,
  // CHECK-SAME:   !onnx.unknown):
  ^bb0(%a: !onnx.tensor<float, [1, "N", ?]>, %b: !onnx.tensor<int64>,
       %c: !onnx.tensor<bfloat16, []>,
       %d: !onnx.tensor<dtype<1000>, [0, -5]>,
       %e: !onnx.tensor<string, ["odd \"name\"", 9223372036854775807]>,
       %f: !onnx.sparse_tensor<double, [3, "N"]>,
       %g: !onnx.sequence<!onnx.tensor<float>>,
       %h: !onnx.optional<!onnx.sequence<!onnx.unknown>>,
       %i: !onnx.map<7, !onnx.tensor<float>>,
       %j: !onnx.opaque<"com.example", "handle">, %k: !onnx.unknown):
    // Tensors: values in the rest, in the model's file, in one of their own.
    // CHECK-NEXT: onnx.initializer #onnx.tensor<name = "small", data_type = 7, dims = [2], rest = "\C2\0C\03raw"> -> !onnx.tensor<int64, [2]>
    %small = onnx.initializer #onnx.tensor<name = "small", data_type = 7, dims = [2], rest = "\C2\0C\03raw"> -> !onnx.tensor<int64, [2]>
    // CHECK-NEXT: %[[W:.*]] = onnx.initializer #onnx.tensor<name = "w", data_type = 1, dims = [64, 4], storage = 9, payload = <file = 0, offset = 100, length = 1024>>
    %w = onnx.initializer #onnx.tensor<name = "w", data_type = 1, dims = [64, 4], storage = 9, payload = <file = 0, offset = 100, length = 1024>> -> !onnx.tensor<float, [64, 4]>
    // CHECK-NEXT: onnx.initializer #onnx.tensor<name = "v", data_type = 1, storage = 13, payload = <file = 1, offset = 0, length = 4>>
    %v = onnx.initializer #onnx.tensor<name = "v", data_type = 1, storage = 13, payload = <file = 1, offset = 0, length = 4>> -> !onnx.tensor<float, []>
    // CHECK-NEXT: onnx.initializer #onnx.sparse<values = <name = "s", data_type = 1, dims = [1]>, indices = <data_type = 7, dims = [1, 2]>, dims = [9, 9], rest = "\C2\0C\01z">
    %s = onnx.initializer #onnx.sparse<values = <name = "s", data_type = 1, dims = [1]>, indices = <data_type = 7, dims = [1, 2]>, dims = [9, 9], rest = "\C2\0C\01z"> -> !onnx.sparse_tensor<float, [9, 9]>
    // CHECK-NEXT: %[[NONE:.*]] = onnx.none
    %none = onnx.none

    // A node with every field, an omitted input and an omitted output; and each
    // kind of attribute in the order of AttributeProto.AttributeType.
    // CHECK-NEXT: onnx.node "Op"(%[[A]], %[[NONE]])
    // CHECK-SAME: domain = "com.example"
    // CHECK-SAME: #onnx.attribute<name = "undefined", kind = 0, rest = "\C2\0C\03all">
    // CHECK-SAME: #onnx.attribute<name = "float", kind = 1, value = 5.000000e-01 : f32>
    // CHECK-SAME: #onnx.attribute<name = "int", kind = 2, value = -1 : i64, rest = "\C2\0C\03doc">
    // CHECK-SAME: #onnx.attribute<name = "string", kind = 3, value = "s\00">
    // CHECK-SAME: #onnx.attribute<name = "tensor", kind = 4, value = #onnx.tensor<data_type = 1>>
    // CHECK-SAME: #onnx.attribute<name = "floats", kind = 6, value = array<f32: 1.000000e+00, 2.000000e+00>>
    // CHECK-SAME: #onnx.attribute<name = "ints", kind = 7, value = array<i64>>
    // CHECK-SAME: #onnx.attribute<name = "strings", kind = 8, value = ["a", ""]>
    // CHECK-SAME: #onnx.attribute<name = "tensors", kind = 9, value = [#onnx.tensor<data_type = 1>]>
    // CHECK-SAME: #onnx.attribute<name = "sparse", kind = 11, value = #onnx.sparse<values = <data_type = 1>>>
    // CHECK-SAME: #onnx.attribute<name = "sparses", kind = 12, value = []>
    // CHECK-SAME: #onnx.attribute<name = "type", kind = 13, rest = "\C2\0C\01t">
    // CHECK-SAME: #onnx.attribute<kind = 2>
    // CHECK-SAME: node_name = "n"
    // CHECK-SAME: output_names = ["y", ""]
    // CHECK-SAME: overload = "o"
    // CHECK-SAME: rest = "\C2\0C\01\01"
    // CHECK-SAME: (!onnx.tensor<float, [1, "N", ?]>, !onnx.omitted) -> (!onnx.unknown, !onnx.omitted)
    %y:2 = onnx.node "Op"(%a, %none) {
        domain = "com.example", overload = "o", node_name = "n", rest = "\C2\0C\01\01",
        output_names = ["y", ""],
        node_attributes = [
          #onnx.attribute<name = "undefined", kind = 0, rest = "\C2\0C\03all">,
          #onnx.attribute<name = "float", kind = 1, value = 0.5 : f32>,
          #onnx.attribute<name = "int", kind = 2, value = -1 : i64, rest = "\C2\0C\03doc">,
          #onnx.attribute<name = "string", kind = 3, value = "s\00">,
          #onnx.attribute<name = "tensor", kind = 4, value = #onnx.tensor<data_type = 1>>,
          #onnx.attribute<name = "floats", kind = 6, value = array<f32: 1.0, 2.0>>,
          #onnx.attribute<name = "ints", kind = 7, value = array<i64>>,
          #onnx.attribute<name = "strings", kind = 8, value = ["a", ""]>,
          #onnx.attribute<name = "tensors", kind = 9, value = [#onnx.tensor<data_type = 1>]>,
          #onnx.attribute<name = "sparse", kind = 11, value = #onnx.sparse<values = <data_type = 1>>>,
          #onnx.attribute<name = "sparses", kind = 12, value = []>,
          #onnx.attribute<name = "type", kind = 13, rest = "\C2\0C\01t">,
          #onnx.attribute<kind = 2>]}
      : (!onnx.tensor<float, [1, "N", ?]>, !onnx.omitted) -> (!onnx.unknown, !onnx.omitted)

    // Bodies: one region for each graph in the attributes, here 1 + 2. They
    // capture values, also those of a body around them, and may be empty.
    // CHECK: onnx.node "Control"()
    // CHECK-SAME: #onnx.attribute<name = "one", kind = 5, value = 1 : i64>
    // CHECK-SAME: #onnx.attribute<name = "two", kind = 10, value = 2 : i64>
    onnx.node "Control"() {output_names = [], node_attributes = [
        #onnx.attribute<name = "one", kind = 5, value = 1 : i64>,
        #onnx.attribute<name = "two", kind = 10, value = 2 : i64>]} : () -> () {
      onnx.graph attributes {input_infos = [], value_infos = [], output_infos = [#onnx.value_info<name = "p">]} {
        // CHECK: %[[P:.*]] = onnx.node "Relu"(%[[W]])
        %p = onnx.node "Relu"(%w) {output_names = ["p"]} : (!onnx.tensor<float, [64, 4]>) -> !onnx.unknown
        // CHECK: onnx.node "Nested"()
        onnx.node "Nested"() {output_names = [], node_attributes = [#onnx.attribute<kind = 5, value = 1 : i64>]} : () -> () {
          onnx.graph attributes {input_infos = [], value_infos = [], output_infos = [#onnx.value_info<name = "p">]} {
            // CHECK: onnx.return %[[P]] : !onnx.unknown
            onnx.return %p : !onnx.unknown
          }
        }
        onnx.return %p : !onnx.unknown
      }
    }, {
      onnx.graph attributes {input_infos = [], value_infos = [], output_infos = []} {
        onnx.return
      }
    }, {
      onnx.graph attributes {input_infos = [], value_infos = [], output_infos = []} {
        onnx.return
      }
    }
    // CHECK: onnx.return %[[W]] : !onnx.tensor<float, [64, 4]>
    onnx.return %w : !onnx.tensor<float, [64, 4]>
  }
  // CHECK: onnx.function attributes {domain = "com.example", function_name = "Op"
  // CHECK-SAME: input_names = ["x"], opset_imports = [#onnx.opset<version = 17>], output_names = ["x"], overload = "o", rest = "\C2\0C\01r"
  onnx.function attributes {function_name = "Op", domain = "com.example", overload = "o",
      input_names = ["x"], output_names = ["x"], rest = "\C2\0C\01r",
      opset_imports = [#onnx.opset<version = 17>], value_infos = []} {
  ^bb0(%x: !onnx.unknown):
    onnx.return %x : !onnx.unknown
  }
  // CHECK: onnx.function attributes {input_names = [], opset_imports = [], output_names = [], value_infos = []}
  onnx.function attributes {input_names = [], output_names = [], opset_imports = [], value_infos = []} {
    onnx.return
  }
}

// An initializer that has the name of an input is its default, and a body may
// use a name of the graph around it again.
// CHECK-LABEL: onnx.model "names.onnx" attributes {opset_imports = []}
onnx.model "names.onnx" attributes {opset_imports = []} {
  onnx.graph attributes {input_infos = [#onnx.value_info<name = "w">], output_infos = [], value_infos = []} {
  ^bb0(%in: !onnx.unknown):
    // CHECK: onnx.initializer #onnx.tensor<name = "w", data_type = 1>
    %default = onnx.initializer #onnx.tensor<name = "w", data_type = 1> -> !onnx.tensor<float, []>
    onnx.node "If"(%in) {output_names = [], node_attributes = [#onnx.attribute<kind = 5, value = 1 : i64>]} : (!onnx.unknown) -> () {
      onnx.graph attributes {input_infos = [#onnx.value_info<name = "w">], output_infos = [], value_infos = []} {
      ^bb0(%inner: !onnx.unknown):
        onnx.return
      }
    }
    onnx.return
  }
}
