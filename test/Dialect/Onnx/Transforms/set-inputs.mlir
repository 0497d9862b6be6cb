// Inputs become constants of every kind, and lose their place and default.

// RUN: onnx-split-opt %s --onnx-set-inputs='set=flag=true set=n=-3 set=one=0.5 set=list=[1,-2,300] set=text=[ab,c=d] set==odd=7=1' \
// RUN:   | FileCheck %s

// RUN: onnx-split-opt %s --onnx-set-inputs='set=half=65504 set=list=[] set=one=1e-3' \
// RUN:   | FileCheck %s --check-prefix=OTHER

// Files of NumPy: a header, then the elements.
// RUN: %python %S/Inputs/write-npy.py %t.npy '|u1' '(2, 3)' 000102030405
// RUN: %python %S/Inputs/write-npy.py %t.one.npy '<f4' '(1, 1)' 00000040
// RUN: onnx-split-opt %s --onnx-set-inputs='set=any=@%t.npy set=one=@%t.one.npy' -o %t.mlir 2>&1 | count 0
// RUN: FileCheck %s --check-prefix=FILE --input-file=%t.mlir

// A TensorProto.
// A TensorProto of the strings "x" and "yz".
// RUN: %python -c "import sys; open(sys.argv[1], 'wb').write(bytes.fromhex('080210083201783202797a42056f74686572'))" %t.pb
// RUN: onnx-split-opt %s --onnx-set-inputs='set=text=@%t.pb' \
// RUN:   | FileCheck %s --check-prefix=PROTO

// The values are in `rest` as a TensorProto of their own: raw_data is field 9
// (tag 4A), a string field 6 (tag 32).
// CHECK:      input_infos = [#onnx.value_info<name = "half", type = !onnx.tensor<float16, []>>, #onnx.value_info<name = "any">], output_infos
// CHECK-DAG:  %[[FLAG:.*]] = onnx.initializer #onnx.tensor<name = "flag", data_type = 9, rest = "J\01\01"> -> !onnx.tensor<bool, []>
// CHECK-DAG:  onnx.initializer #onnx.tensor<name = "n", data_type = 7, rest = "J\08\FD\FF\FF\FF\FF\FF\FF\FF"> -> !onnx.tensor<int64, []>
// CHECK-DAG:  onnx.initializer #onnx.tensor<name = "one", data_type = 1, dims = [1, 1], rest = "J\04\00\00\00?"> -> !onnx.tensor<float, [1, 1]>
// CHECK-DAG:  onnx.initializer #onnx.tensor<name = "list", data_type = 5, dims = [3], rest = "J\06\01\00\FE\FF,\01"> -> !onnx.tensor<int16, [3]>
// CHECK-DAG:  onnx.initializer #onnx.tensor<name = "text", data_type = 8, dims = [2], rest = "2\02ab2\03c=d"> -> !onnx.tensor<string, [2]>
// CHECK-DAG:  onnx.initializer #onnx.tensor<name = "=odd=7", data_type = 2, rest = "J\01\01">
// The default of `n` is gone.
// CHECK-NOT:  onnx.initializer
// CHECK:      onnx.node "Not"(%[[FLAG]])
// CHECK:      onnx.return %[[FLAG]] : !onnx.tensor<bool, []>

// OTHER-DAG:  onnx.initializer #onnx.tensor<name = "half", data_type = 10, rest = "J\02\FF{">
// OTHER-DAG:  onnx.initializer #onnx.tensor<name = "list", data_type = 5, dims = [0], rest = "J\00"> -> !onnx.tensor<int16, [0]>
// OTHER-DAG:  name = "n", data_type = 7, rest = "8\05">

// FILE-DAG:   onnx.initializer #onnx.tensor<name = "any", data_type = 2, dims = [2, 3], rest = "J\06\00\01\02\03\04\05"> -> !onnx.tensor<uint8, [2, 3]>
// FILE-DAG:   onnx.initializer #onnx.tensor<name = "one", data_type = 1, dims = [1, 1], rest = "J\04\00\00\00@">

// PROTO:      onnx.initializer #onnx.tensor<name = "text", data_type = 8, dims = [2], rest = "2\01x2\02yz">
onnx.model "m" attributes {ir_version = 8 : i64, opset_imports = [#onnx.opset<domain = "", version = 17>]} {
  onnx.graph attributes {
      input_infos = [#onnx.value_info<name = "flag", type = !onnx.tensor<bool, []>>,
                     #onnx.value_info<name = "n", type = !onnx.tensor<int64>>,
                     #onnx.value_info<name = "half", type = !onnx.tensor<float16, []>>,
                     #onnx.value_info<name = "one", type = !onnx.tensor<float, ["A", 1]>>,
                     #onnx.value_info<name = "list", type = !onnx.tensor<int16, ["N"]>>,
                     #onnx.value_info<name = "text", type = !onnx.tensor<string, [2]>>,
                     #onnx.value_info<name = "=odd=7", type = !onnx.tensor<uint8, []>>,
                     #onnx.value_info<name = "any">],
      output_infos = [#onnx.value_info<name = "flag", type = !onnx.tensor<bool, []>>], value_infos = []} {
  ^bb0(%flag: !onnx.tensor<bool, []>, %n: !onnx.tensor<int64>, %half: !onnx.tensor<float16, []>,
       %one: !onnx.tensor<float, ["A", 1]>, %list: !onnx.tensor<int16, ["N"]>, %text: !onnx.tensor<string, [2]>,
       %odd: !onnx.tensor<uint8, []>, %any: !onnx.unknown):
    %default = onnx.initializer #onnx.tensor<name = "n", data_type = 7, rest = "8\05"> -> !onnx.tensor<int64, []>
    %y = onnx.node "Not"(%flag) {output_names = ["y"]} : (!onnx.tensor<bool, []>) -> !onnx.tensor<bool, []>
    onnx.return %flag : !onnx.tensor<bool, []>
  }
}
