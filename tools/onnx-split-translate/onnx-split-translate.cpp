//===- onnx-split-translate.cpp - From one format to another --------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
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
