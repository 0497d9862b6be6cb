//===- Results.h - The plan and what is written of it --------*- C++ -*-===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// From the module behind the pipeline to files and the summary.
///
//===----------------------------------------------------------------------===//

#ifndef ONNX_SPLIT_TOOLS_ONNX_SPLIT_RESULTS_H
#define ONNX_SPLIT_TOOLS_ONNX_SPLIT_RESULTS_H

#include "Emission.h"
#include "Options.h"

#include "onnx-split/Plan/Plan.h"

namespace onnx_split {

/// Exit statuses that scripts rely on.
enum Status {
  Done = 0,
  BadInput = 1,
  NoPlan = 2,
  NotVerified = 3,
  CannotWrite = 4
};

/// Gathers the plan, with what only the command line knows of it.
Plan completePlan(mlir::ModuleOp module, PlanInterface interface,
                  std::vector<std::string> explanation, const Options &options);

/// Writes parts and report, or the report alone with --dry-run. Where something
/// cannot be written, nothing is left.
mlir::LogicalResult writeResults(mlir::ModuleOp module, const Plan &plan,
                                 const Emission &emission,
                                 llvm::StringRef folder,
                                 const Options &options);

/// Prints the plan, where its parts are, and how they did if they were
/// verified.
Status printResults(
    const Plan &plan, const Emission &emission,
    const std::optional<mlir::FailureOr<runtime::Verification>> &verification,
    llvm::StringRef folder, const Options &options);

} // namespace onnx_split

#endif // ONNX_SPLIT_TOOLS_ONNX_SPLIT_RESULTS_H
