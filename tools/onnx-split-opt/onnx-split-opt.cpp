//===- onnx-split-opt.cpp - Runs passes one by one ------------------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// The program `onnx-split-opt`: runs passes of this project on MLIR text, one
/// by one or all as `split-pipeline`, as mlir-opt does with those of MLIR. For
/// tests, and for whoever wants to see the IR between two passes.
///
//===----------------------------------------------------------------------===//

#include "onnx-split/Pipeline/Pipeline.h"

#include "mlir/Tools/mlir-opt/MlirOptMain.h"

int main(int argc, char **argv) {
  mlir::DialectRegistry registry;
  onnx_split::registerDialects(registry);
  onnx_split::registerPasses();
  return mlir::asMainReturnCode(
      mlir::MlirOptMain(argc, argv, "onnx-split passes\n", registry));
}
