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

#include "onnx-split/Pipeline/ListPasses.h"
#include "onnx-split/Pipeline/Pipeline.h"

#include "mlir/Tools/mlir-opt/MlirOptMain.h"

int main(int argc, char **argv) {
  mlir::DialectRegistry registry;
  onnx_split::registerDialects(registry);
  onnx_split::registerPasses();
  std::string header =
      mlir::registerCLIOptions("onnx-split passes\n", registry);
  onnx_split::ProgramHelp help;
  help.usage = "onnx-split-opt MODEL.mlir --PASS... [options]";
  help.file = "MODEL.mlir";
  help.purpose = "Runs passes of onnx-split on MLIR text, one after another; "
                 "without MODEL.mlir on standard input.";
  help.values = onnx_split::listPasses();
  static constexpr llvm::StringRef examples[] = {
      "onnx-split-opt model.mlir --onnx-infer-types=dim=N=1 -o typed.mlir",
      "onnx-split-opt typed.mlir --split-annotate-cost "
      "--split-place=devices=cluster.yaml",
      "onnx-split-opt --list-passes    (which shows the options of each)"};
  help.examples = examples;
  help.statuses = "0 done; 1 wrong usage or bad input, or a pass failed";
  help.readsStandardInput = true;
  help.refused = {".onnx", "is an ONNX model, of which onnx-split-translate "
                           "--onnx-to-mlir makes MLIR"};
  static constexpr llvm::StringRef later[] = {"o="};
  help.later = later;
  if (std::optional<int> status =
          onnx_split::answerCommandLine(argc, argv, help))
    return *status;
  auto [input, output] = mlir::parseCLIOptions(argc, argv, header);
  return mlir::asMainReturnCode(
      mlir::MlirOptMain(argc, argv, input, output, registry));
}
