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

#include "onnx-split/Support/CommandLine.h"
#include "onnx-split/Target/Cluster/Translate.h"
#include "onnx-split/Target/Onnx/Translate.h"

#include "mlir/IR/AsmState.h"
#include "mlir/IR/MLIRContext.h"
#include "mlir/Support/Timing.h"
#include "mlir/Tools/mlir-translate/MlirTranslateMain.h"
#include "mlir/Tools/mlir-translate/Translation.h"

using onnx_split::ProgramHelp;

/// Nothing where MLIR reads the command line.
static std::optional<int> answer(int argc, char **argv, ProgramHelp help) {
  help.values = {{"What is done",
                  {{"cluster-to-json", "Print a cluster file with every type, "
                                       "group and unit resolved"},
                   {"mlir-to-onnx", "Write a model, or a part, as ONNX"},
                   {"onnx-to-mlir", "Read an ONNX model; weights stay where "
                                    "they are"}}}};
  help.needsValue = true;
  static constexpr llvm::StringRef examples[] = {
      "onnx-split-translate --onnx-to-mlir model.onnx -o model.mlir",
      "onnx-split-translate --mlir-to-onnx model.mlir -o again.onnx",
      "onnx-split-translate --cluster-to-json cluster.yaml"};
  help.examples = examples;
  help.statuses = "0 done; 1 wrong usage or bad input";
  help.readsStandardInput = true;
  // What is registered where MLIR reads the command line.
  static constexpr llvm::StringRef later[] = {"o=",
                                              "allow-unregistered-dialect",
                                              "error-diagnostics-only",
                                              "no-implicit-module",
                                              "output-split-marker=",
                                              "split-input-file",
                                              "verify-diagnostics"};
  help.later = later;
  mlir::registerAsmPrinterCLOptions();
  mlir::registerMLIRContextCLOptions();
  mlir::registerTranslationCLOptions();
  mlir::registerDefaultTimingManagerCLOptions();
  return answerCommandLine(argc, argv, help);
}

int main(int argc, char **argv) {
  onnx_split::registerClusterTranslation();
  onnx_split::registerOnnxTranslations();
  ProgramHelp help;
  help.usage = "onnx-split-translate --FROM-to-TO FILE [-o FILE]";
  help.file = "FILE";
  help.purpose = "Turns ONNX models into MLIR and back, and cluster files into "
                 "JSON; without FILE from standard input.";
  if (std::optional<int> status = answer(argc, argv, help))
    return *status;
  return failed(mlir::mlirTranslateMain(argc, argv, help.purpose));
}
