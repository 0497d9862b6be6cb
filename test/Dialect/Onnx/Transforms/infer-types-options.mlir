// Wrong values of `shape` and `dim`. Each message says what was found and what
// the model has.

// RUN: not onnx-split-opt %s --onnx-infer-types='shape=x' 2>&1 \
// RUN:   | FileCheck %s --check-prefix=NO-VALUE
// NO-VALUE: error: --shape takes NAME=1x3x224x224, but it is 'x'

// RUN: not onnx-split-opt %s --onnx-infer-types='dim==3' 2>&1 \
// RUN:   | FileCheck %s --check-prefix=NO-NAME
// NO-NAME: error: --dim takes NAME=1, but it is '=3'

// RUN: not onnx-split-opt %s --onnx-infer-types='shape=x=1xN' 2>&1 \
// RUN:   | FileCheck %s --check-prefix=NO-NUMBER
// NO-NUMBER: error: --shape takes NAME=1x3x224x224, but 'N' in 'x=1xN' is not an extent of at least 0

// RUN: not onnx-split-opt %s --onnx-infer-types='shape=x=1x-8' 2>&1 \
// RUN:   | FileCheck %s --check-prefix=NEGATIVE
// NEGATIVE: error: --shape takes NAME=1x3x224x224, but '-8' in 'x=1x-8' is not an extent of at least 0

// RUN: not onnx-split-opt %s --onnx-infer-types='dim=N=-1' 2>&1 \
// RUN:   | FileCheck %s --check-prefix=NEGATIVE-DIM
// NEGATIVE-DIM: error: --dim takes NAME=1, but '-1' in 'N=-1' is not an extent of at least 0

// RUN: not onnx-split-opt %s --onnx-infer-types='dim=N=9223372036854775808' 2>&1 \
// RUN:   | FileCheck %s --check-prefix=TOO-LARGE
// TOO-LARGE: error: --dim takes NAME=1, but '9223372036854775808' in

// RUN: not onnx-split-opt %s --onnx-infer-types='shape=x=1x8 shape=x=2x8' 2>&1 \
// RUN:   | FileCheck %s --check-prefix=TWICE
// TWICE: error: --shape names the input 'x' twice

// RUN: not onnx-split-opt %s --onnx-infer-types='dim=N=1 shape=x=2x8' 2>&1 \
// RUN:   | FileCheck %s --check-prefix=CONFLICT
// CONFLICT: error: --dim N=1 makes the dimension 'N' 1, but --shape x=2x8 (axis 0) makes it 2

// The two inputs share the symbol N.
// RUN: not onnx-split-opt %s --onnx-infer-types='shape=x=1x8 shape=s=2' 2>&1 \
// RUN:   | FileCheck %s --check-prefix=CONFLICT-SHAPES
// CONFLICT-SHAPES: error: --shape s=2 (axis 0) makes the dimension 'N' 2, but --shape x=1x8 (axis 0) makes it 1

// RUN: not onnx-split-opt %s --onnx-infer-types='shape=z=1' 2>&1 \
// RUN:   | FileCheck %s --check-prefix=NO-INPUT
// NO-INPUT: error: --shape names 'z', which is no input of the model; it has 'x', 's', 'q'

// RUN: not onnx-split-opt %s --onnx-infer-types='dim=Z=1' 2>&1 \
// RUN:   | FileCheck %s --check-prefix=NO-DIM
// NO-DIM: error: --dim names 'Z', which is no dimension of the model; it has 'M', 'N'

// RUN: not onnx-split-opt %s --onnx-infer-types='shape=x=1x8x8' 2>&1 \
// RUN:   | FileCheck %s --check-prefix=RANK
// RANK: error: --shape gives the input 'x' 3 extents, but it has rank 2

// RUN: not onnx-split-opt %s --onnx-infer-types='shape=x=1x9' 2>&1 \
// RUN:   | FileCheck %s --check-prefix=FIXED
// FIXED: error: --shape x=1x9 (axis 1) makes axis 1 of the input 'x' 9, but the model fixes it to 8

// RUN: not onnx-split-opt %s --onnx-infer-types='shape=q=1' 2>&1 \
// RUN:   | FileCheck %s --check-prefix=NO-TENSOR
// NO-TENSOR: error: --shape names the input 'q', which is not a tensor

onnx.model "m" attributes {ir_version = 8 : i64, opset_imports = [#onnx.opset<domain = "", version = 17>]} {
  onnx.graph attributes {
      input_infos = [#onnx.value_info<name = "x", type = !onnx.tensor<float, ["N", 8]>>,
                     #onnx.value_info<name = "s", type = !onnx.tensor<float, ["N"]>>,
                     #onnx.value_info<name = "q", type = !onnx.sequence<!onnx.tensor<float, ["M"]>>>],
      output_infos = [], value_infos = []} {
  ^bb0(%x: !onnx.tensor<float, ["N", 8]>, %s: !onnx.tensor<float, ["N"]>, %q: !onnx.sequence<!onnx.tensor<float, ["M"]>>):
    onnx.return
  }
}
