//===- round-trip.cpp - Models to text and back, many at once -------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// What onnx-split-translate --onnx-to-mlir --mlir-to-onnx does, for every file
/// that a line of standard input names: FILE becomes FILE.again. Starting a
/// process for each of 1,900 small models takes longer than all of them.
///
//===----------------------------------------------------------------------===//

#include "onnx-split/Target/Onnx/Export.h"
#include "onnx-split/Target/Onnx/Import.h"

#include "mlir/Parser/Parser.h"
#include "llvm/Support/MemoryBuffer.h"

#include <iostream>

using namespace mlir;
using namespace onnx_split;

/// Reports why not, and returns failure.
static LogicalResult roundTrip(const std::string &path) {
  MLIRContext context(MLIRContext::Threading::DISABLED);
  ImportOptions options;
  options.allowMissingData = true;
  OwningOpRef<ModuleOp> imported = importFile(path, &context, options);
  if (!imported)
    return failure();
  std::string text;
  llvm::raw_string_ostream(text) << *imported;
  OwningOpRef<ModuleOp> parsed = parseSourceString<ModuleOp>(text, &context);
  if (!parsed)
    return failure();
  graph::ModelOp model = *parsed->getOps<graph::ModelOp>().begin();
  FailureOr<ExportedModel> exported =
      exportModel(model, WeightsMode::Keep, /*dataFileName=*/"");
  if (failed(exported))
    return failure();
  return writePieces(model, exported->model, path + ".again");
}

int main() {
  for (std::string path; std::getline(std::cin, path);)
    if (failed(roundTrip(path))) {
      std::cerr << "failed: " << path << "\n";
      return 1;
    }
  return 0;
}
