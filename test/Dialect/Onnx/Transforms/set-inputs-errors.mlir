// Wrong values of `set`. Each message says what was found and what the model
// has.

// RUN: not onnx-split-opt %s --onnx-set-inputs='set=flag' 2>&1 \
// RUN:   | FileCheck %s --check-prefix=NO-VALUE
// NO-VALUE: error: --set takes INPUT=VALUE, but it is 'flag'; the model has the inputs 'flag', 'n', 'm', 'list', 'f', 'q', 'c', 'u'

// RUN: not onnx-split-opt %s --onnx-set-inputs='set=z=1' 2>&1 \
// RUN:   | FileCheck %s --check-prefix=NO-INPUT
// NO-INPUT: error: --set names 'z', which is no input of the model; the model has the inputs 'flag',

// RUN: not onnx-split-opt %s --onnx-set-inputs='set=flag=true set=flag=false' 2>&1 \
// RUN:   | FileCheck %s --check-prefix=TWICE
// TWICE: error: --set names the input 'flag' twice

// RUN: not onnx-split-opt %s --onnx-set-inputs='set=q=1' 2>&1 \
// RUN:   | FileCheck %s --check-prefix=NO-TENSOR
// NO-TENSOR: error: --set names the input 'q', which is not a tensor

// RUN: not onnx-split-opt %s --onnx-set-inputs='set=flag=yes' 2>&1 \
// RUN:   | FileCheck %s --check-prefix=NO-BOOL
// NO-BOOL: error: --set: the input 'flag' holds 'yes', which is no value of type bool

// RUN: not onnx-split-opt %s --onnx-set-inputs='set=n=128' 2>&1 \
// RUN:   | FileCheck %s --check-prefix=TOO-LARGE
// TOO-LARGE: error: --set: the input 'n' holds '128', which is no value of type int8

// RUN: not onnx-split-opt %s --onnx-set-inputs='set=n=1.5' 2>&1 \
// RUN:   | FileCheck %s --check-prefix=NO-INTEGER
// NO-INTEGER: error: --set: the input 'n' holds '1.5', which is no value of type int8

// RUN: not onnx-split-opt %s --onnx-set-inputs='set=f=1e39' 2>&1 \
// RUN:   | FileCheck %s --check-prefix=OVERFLOW
// OVERFLOW: error: --set: the input 'f' holds '1e39', which is no value of type float32

// RUN: not onnx-split-opt %s --onnx-set-inputs='set=f=1..5' 2>&1 \
// RUN:   | FileCheck %s --check-prefix=NO-REAL
// NO-REAL: error: --set: the input 'f' holds '1..5', which is no value of type float32

// RUN: not onnx-split-opt %s --onnx-set-inputs='set=list=[1,,2]' 2>&1 \
// RUN:   | FileCheck %s --check-prefix=EMPTY
// EMPTY: error: --set: the input 'list' holds '', which is no value of type int32

// RUN: not onnx-split-opt %s --onnx-set-inputs='set=list=[1,2]' 2>&1 \
// RUN:   | FileCheck %s --check-prefix=EXTENT
// EXTENT: error: --set: the input 'list' has the shape 2 where it is 3

// RUN: not onnx-split-opt %s --onnx-set-inputs='set=m=[1,2]' 2>&1 \
// RUN:   | FileCheck %s --check-prefix=RANK
// RANK: error: --set: the input 'm' has the shape 2 where it is 2x?

// RUN: not onnx-split-opt %s --onnx-set-inputs='set=m=1' 2>&1 \
// RUN:   | FileCheck %s --check-prefix=ONE
// ONE: error: --set: the input 'm' is one value where the shape is 2x?; give a list or @FILE

// RUN: not onnx-split-opt %s --onnx-set-inputs='set=c=1' 2>&1 \
// RUN:   | FileCheck %s --check-prefix=NO-NOTATION
// NO-NOTATION: error: --set: the input 'c' is of type complex64, whose values cannot be written; give it with @FILE

// RUN: not onnx-split-opt %s --onnx-set-inputs='set=u=1' 2>&1 \
// RUN:   | FileCheck %s --check-prefix=NO-TYPE
// NO-TYPE: error: --set: the input 'u' is of no declared type; give it with @FILE

// RUN: not onnx-split-opt %s --onnx-set-inputs='set=n=@%t.none' 2>&1 \
// RUN:   | FileCheck %s --check-prefix=NO-FILE
// NO-FILE: error: --set: the input 'n' cannot be read from '{{.*}}.none': No such file or directory

// RUN: not onnx-split-opt %s --onnx-set-inputs='set=n=@/dev/zero' 2>&1 \
// RUN:   | FileCheck %s --check-prefix=ENDLESS
// ENDLESS: error: --set: the input 'n' is in '/dev/zero', which has more than 16 MiB

// RUN: printf text > %t.npy
// RUN: not onnx-split-opt %s --onnx-set-inputs='set=n=@%t.npy' 2>&1 \
// RUN:   | FileCheck %s --check-prefix=NO-NUMPY
// NO-NUMPY: error: --set: the input 'n' is in '{{.*}}', which is not a .npy file that can be read: it does not start with \x93NUMPY

// RUN: %python %S/Inputs/write-npy.py %t.npy '|i1' '(3,)' 000000
// RUN: not onnx-split-opt %s --onnx-set-inputs='set=n=@%t.npy' 2>&1 \
// RUN:   | FileCheck %s --check-prefix=FILE-SHAPE
// FILE-SHAPE: error: --set: the input 'n' is in '{{.*}}', which has the shape 3 where it is scalar
// RUN: not onnx-split-opt %s --onnx-set-inputs='set=list=@%t.npy' 2>&1 \
// RUN:   | FileCheck %s --check-prefix=FILE-TYPE
// FILE-TYPE: error: --set: the input 'list' is in '{{.*}}', which has elements of type int8 where they are int32

// One byte too few.
// RUN: %python -c "import sys; d = open(sys.argv[1], 'rb').read(); open(sys.argv[1], 'wb').write(d[:-1])" %t.npy
// RUN: not onnx-split-opt %s --onnx-set-inputs='set=n=@%t.npy' 2>&1 \
// RUN:   | FileCheck %s --check-prefix=SHORT
// SHORT: error: --set: the input 'n' is in '{{.*}}', which does not hold the elements of its shape 3

// A TensorProto with the extent -1, one of 2^62 elements, and no message.
// RUN: printf '\010\377\377\377\377\377\377\377\377\377\001\020\003' > %t.pb
// RUN: not onnx-split-opt %s --onnx-set-inputs='set=n=@%t.pb' 2>&1 \
// RUN:   | FileCheck %s --check-prefix=NEGATIVE
// NEGATIVE: error: --set: the input 'n' is in '{{.*}}', which does not hold the elements of its shape ?
// RUN: printf '\010\200\200\200\200\200\200\200\200\100\020\003' > %t.pb
// RUN: not onnx-split-opt %s --onnx-set-inputs='set=n=@%t.pb' 2>&1 \
// RUN:   | FileCheck %s --check-prefix=HUGE
// HUGE: error: --set: the input 'n' is in '{{.*}}', which does not hold the elements of its shape 4611686018427387904
// RUN: printf '\377\377' > %t.pb
// RUN: not onnx-split-opt %s --onnx-set-inputs='set=n=@%t.pb' 2>&1 \
// RUN:   | FileCheck %s --check-prefix=NO-PROTO
// NO-PROTO: error: --set: the input 'n' is in '{{.*}}', which is no TensorProto of ONNX

onnx.model "m" attributes {ir_version = 8 : i64, opset_imports = [#onnx.opset<domain = "", version = 17>]} {
  onnx.graph attributes {
      input_infos = [#onnx.value_info<name = "flag", type = !onnx.tensor<bool, []>>,
                     #onnx.value_info<name = "n", type = !onnx.tensor<int8, []>>,
                     #onnx.value_info<name = "m", type = !onnx.tensor<int32, [2, "N"]>>,
                     #onnx.value_info<name = "list", type = !onnx.tensor<int32, [3]>>,
                     #onnx.value_info<name = "f", type = !onnx.tensor<float>>,
                     #onnx.value_info<name = "q", type = !onnx.sequence<!onnx.tensor<float>>>,
                     #onnx.value_info<name = "c", type = !onnx.tensor<complex64>>,
                     #onnx.value_info<name = "u">],
      output_infos = [], value_infos = []} {
  ^bb0(%flag: !onnx.tensor<bool, []>, %n: !onnx.tensor<int8, []>, %m: !onnx.tensor<int32, [2, "N"]>,
       %list: !onnx.tensor<int32, [3]>, %f: !onnx.tensor<float>,
       %q: !onnx.sequence<!onnx.tensor<float>>, %c: !onnx.tensor<complex64>, %u: !onnx.unknown):
    onnx.return
  }
}
