//===- Passes.td - Passes of the onnx dialect -------------*- tablegen -*-===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef ONNX_SPLIT_DIALECT_ONNX_TRANSFORMS_PASSES_TD
#define ONNX_SPLIT_DIALECT_ONNX_TRANSFORMS_PASSES_TD

include "mlir/Pass/PassBase.td"

def InferTypesPass : Pass<"onnx-infer-types", "::mlir::ModuleOp"> {
  let summary = "Fix input shapes and give every value the type ONNX infers";
  let description = [{
    Reads: the models of the module and their declared types. Writes: the types
    of values. Declarations (`input_infos`, `output_infos`, `value_infos`) only
    change where `shape` or `dim` fixes a symbolic extent; what is inferred is
    never written into them.

    Pre-condition: every operator set and the IR version are known to the ONNX
    that this program is built with; otherwise the pass fails, because inference
    would silently use older rules.

    `shape=x=1x3x48x320` fixes all extents of the input `x`, and with them every
    symbol that `x` declares; `dim=N=1` fixes a symbol, `dim=x[2]=1` an axis and
    `dim=*=1` all that is open in inputs. A symbol that is an expression, as
    `past + seq` is, has a value where its terms have one. An extent that the
    model states cannot be changed.

    ```mlir
    // before, with dim=N=1
    ^bb0(%x: !onnx.tensor<float, ["N", 8]>):
      %y = onnx.node "Relu"(%x) ... : (...) -> !onnx.unknown
    // after
    ^bb0(%x: !onnx.tensor<float, [1, 8]>):
      %y = onnx.node "Relu"(%x) ... : (...) -> !onnx.tensor<float, [1, 8]>
    ```
  }];
  let options = [
    ListOption<"shapes", "shape", "std::string",
               "Fix the shape of a graph input: NAME=1x3x224x224">,
    ListOption<"dims", "dim", "std::string",
               "Fix a dimension: NAME=1, INPUT[AXIS]=1, *=1">
  ];
}

#endif // ONNX_SPLIT_DIALECT_ONNX_TRANSFORMS_PASSES_TD
