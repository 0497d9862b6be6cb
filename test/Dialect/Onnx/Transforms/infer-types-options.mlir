// Wrong values of `shape` and `dim`. Each message says what was found and what
// the model has.
//
// DEFINE: %{name} =
// DEFINE: %{options} =
// DEFINE: %{run} = not onnx-split-opt %s --onnx-infer-types='%{options}' 2>&1 \
// DEFINE:   | FileCheck %s --check-prefix=%{name}

// REDEFINE: %{name} = NO-VALUE
// REDEFINE: %{options} = shape=x
// RUN: %{run}
// NO-VALUE: error: --shape takes NAME=1x3x224x224, but it is 'x'

// REDEFINE: %{name} = NO-NAME
// REDEFINE: %{options} = dim==3
// RUN: %{run}
// NO-NAME: error: --dim takes NAME=1, but it is '=3'

// REDEFINE: %{name} = NO-NUMBER
// REDEFINE: %{options} = shape=x=1xN
// RUN: %{run}
// NO-NUMBER: error: --shape takes NAME=1x3x224x224, but 'N' in 'x=1xN' is not an extent of at least 0

// REDEFINE: %{name} = NEGATIVE
// REDEFINE: %{options} = shape=x=1x-8
// RUN: %{run}
// NEGATIVE: error: --shape takes NAME=1x3x224x224, but '-8' in 'x=1x-8' is not an extent of at least 0

// REDEFINE: %{name} = NEGATIVE-DIM
// REDEFINE: %{options} = dim=N=-1
// RUN: %{run}
// NEGATIVE-DIM: error: --dim takes NAME=1, but '-1' in 'N=-1' is not an extent of at least 0

// REDEFINE: %{name} = TOO-LARGE
// REDEFINE: %{options} = dim=N=9223372036854775808
// RUN: %{run}
// TOO-LARGE: error: --dim takes NAME=1, but '9223372036854775808' in

// REDEFINE: %{name} = TWICE
// REDEFINE: %{options} = shape=x=1x8 shape=x=2x8
// RUN: %{run}
// TWICE: error: --shape names the input 'x' twice

// REDEFINE: %{name} = CONFLICT
// REDEFINE: %{options} = dim=N=1 shape=x=2x8
// RUN: %{run}
// CONFLICT: error: the dimension 'N' is fixed to 1 and to 2

// The two inputs share the symbol N.
// REDEFINE: %{name} = CONFLICT-SHAPES
// REDEFINE: %{options} = shape=x=1x8 shape=s=2
// RUN: %{run}
// CONFLICT-SHAPES: error: the dimension 'N' is fixed to {{[12]}} and to {{[12]}}

// REDEFINE: %{name} = NO-INPUT
// REDEFINE: %{options} = shape=z=1
// RUN: %{run}
// NO-INPUT: error: --shape names 'z', which is no input of the model; it has 'x', 's', 'q'

// REDEFINE: %{name} = NO-DIM
// REDEFINE: %{options} = dim=Z=1
// RUN: %{run}
// NO-DIM: error: --dim names 'Z', which is no dimension of the model; it has 'M', 'N'

// REDEFINE: %{name} = RANK
// REDEFINE: %{options} = shape=x=1x8x8
// RUN: %{run}
// RANK: error: --shape gives the input 'x' 3 extents, but it has rank 2

// REDEFINE: %{name} = FIXED
// REDEFINE: %{options} = shape=x=1x9
// RUN: %{run}
// FIXED: error: --shape gives axis 1 of the input 'x' the extent 9, but the model fixes it to 8

// REDEFINE: %{name} = NO-TENSOR
// REDEFINE: %{options} = shape=q=1
// RUN: %{run}
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
