//===- OnnxInterfaces.td - Interfaces of the onnx dialect -*- tablegen -*-===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef ONNX_SPLIT_DIALECT_ONNX_IR_ONNXINTERFACES_TD
#define ONNX_SPLIT_DIALECT_ONNX_IR_ONNXINTERFACES_TD

include "mlir/IR/OpBase.td"

/// How an op's results are called in ONNX, where values are identified by name.
def Onnx_ValueNameInterface : OpInterface<"ValueNameOpInterface"> {
  let cppNamespace = "::onnx_split::graph";
  let description = [{An op whose results are named ONNX values.}];
  let methods = [InterfaceMethod<
    "The ONNX name of a result; empty for an omitted output.",
    "::llvm::StringRef", "getResultName", (ins "unsigned":$index)>];
}

#endif // ONNX_SPLIT_DIALECT_ONNX_IR_ONNXINTERFACES_TD
