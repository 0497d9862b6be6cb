// Values that make an expression no extent, and values that contradict each
// other through one. A message is at what declares the dimension, or at the
// model where two options are the parties, and names where each value is from.

// RUN: not onnx-split-opt %s --onnx-infer-types='dim=s=3' 2>&1 \
// RUN:   | FileCheck %s --check-prefix=NEGATIVE
// NEGATIVE: error: --dim s=3 makes the dimension 's - 5' of the input 'x' -2
// NEGATIVE-NEXT: ^bb0(%x

// RUN: not onnx-split-opt %s --onnx-infer-types='shape=x=8xsx3' 2>&1 \
// RUN:   | FileCheck %s --check-prefix=NO-NUMBER
// NO-NUMBER: error: --shape takes NAME=1x3x224x224, but 's' in 'x=8xsx3' is not an extent of at least 0

// RUN: not onnx-split-opt %s --onnx-infer-types='shape=x=9x5' 2>&1 \
// RUN:   | FileCheck %s --check-prefix=CONFLICT
// CONFLICT: error: --shape x=9x5 (axis 1) makes the dimension 's - 5' 5, but --shape x=9x5 (axis 0) makes it 4
// CONFLICT-NEXT: onnx.model

// RUN: not onnx-split-opt %s --onnx-infer-types='dim={s - 5=4} dim=s=10' 2>&1 \
// RUN:   | FileCheck %s --check-prefix=CONFLICT-DIM
// CONFLICT-DIM: error: --dim 's - 5=4' makes the dimension 's - 5' 4, but --dim s=10 makes it 5

// RUN: not onnx-split-opt %s --onnx-infer-types='dim=s=7' 2>&1 \
// RUN:   | FileCheck %s --check-prefix=FRACTION
// FRACTION: error: --dim s=7 makes the dimension 's/2' of the declared 'y' a fraction
// FRACTION-NEXT: onnx.graph
// FRACTION-NOT: error:

// RUN: not onnx-split-opt %s --onnx-infer-types='dim=s=8' 2>&1 \
// RUN:   | FileCheck %s --check-prefix=NEGATIVE-VALUE
// NEGATIVE-VALUE: error: --dim s=8 makes the dimension '6 - s' of the declared 'v' -2

// RUN: not onnx-split-opt %s --onnx-infer-types='dim=s=4000000000000' 2>&1 \
// RUN:   | FileCheck %s --check-prefix=TOO-LARGE
// TOO-LARGE: error: --dim s=4000000000000 makes the dimension 's*s' of the declared 'w' too large for 64 bits

// RUN: not onnx-split-opt %s --onnx-infer-types='dim=x[2]=1' 2>&1 \
// RUN:   | FileCheck %s --check-prefix=AXIS
// AXIS: error: --dim names 'x[2]', but the input 'x' has rank 2

onnx.model "m" attributes {ir_version = 8 : i64, opset_imports = [#onnx.opset<domain = "", version = 17>]} {
  onnx.graph attributes {
      input_infos = [#onnx.value_info<name = "x", type = !onnx.tensor<float, ["s", "s - 5"]>>],
      output_infos = [#onnx.value_info<name = "y", type = !onnx.tensor<float, ["s/2"]>>],
      value_infos = [#onnx.value_info<name = "w", type = !onnx.tensor<float, ["s*s"]>>,
                     #onnx.value_info<name = "v", type = !onnx.tensor<float, ["6 - s"]>>]} {
  ^bb0(%x: !onnx.tensor<float, ["s", "s - 5"]>):
    %y = onnx.node "Abs"(%x) {output_names = ["y"]} : (!onnx.tensor<float, ["s", "s - 5"]>) -> !onnx.unknown
    onnx.return %y : !onnx.unknown
  }
}
