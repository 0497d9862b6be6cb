//===- onnx-split-translate.cpp - From one format to another --------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// The program `onnx-split-translate`: an ONNX model to MLIR text and back, a
/// cluster file to JSON, without planning. For tests, and for scripts that want
/// to know how a file was understood.
///
//===----------------------------------------------------------------------===//

#include "onnx-split/Target/Cluster/Translate.h"
#include "onnx-split/Target/Onnx/Translate.h"

#include "mlir/Tools/mlir-translate/MlirTranslateMain.h"

int main(int argc, char **argv) {
  onnx_split::registerClusterTranslation();
  onnx_split::registerOnnxTranslations();
  return failed(mlir::mlirTranslateMain(
      argc, argv, "ONNX models to MLIR and back, cluster files to JSON"));
}
