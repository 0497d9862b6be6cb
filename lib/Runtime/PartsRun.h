//===- PartsRun.h - Parts one after another, and compared -------*- C++ -*-===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// What verification does in its child process. Nothing here touches the IR.
///
//===----------------------------------------------------------------------===//

#ifndef ONNX_SPLIT_LIB_RUNTIME_PARTSRUN_H
#define ONNX_SPLIT_LIB_RUNTIME_PARTSRUN_H

#include "Rounding.h"
#include "WholeRun.h"

#include "onnx-split/Runtime/Verify.h"
#include "onnx-split/Support/ChildProcess.h"

namespace onnx_split::runtime {

/// What both comparisons are made of.
struct PartsRun {
  /// The whole model as the source has it, or with wires as outputs.
  const WholeModel &whole;
  /// Where the parts are, what they are fed with, and what is allowed of all.
  const VerifyRequest &request;
  const Plan &plan;
  const Roundings &roundings;
  /// Which model is running: 0 for the whole one, one more than the stage for a
  /// part. The parent reads it after a crash.
  SharedNumber &at;
};

/// Runs whole and parts and compares the outputs; the result is for
/// `readOutputs`. The error is that of the model that `at` names.
llvm::Expected<std::string> compareOutputs(const PartsRun &run);

/// None where the bytes are not what compareOutputs makes: the child may have
/// run over its own memory.
std::optional<std::vector<Verification::Output>>
readOutputs(llvm::StringRef bytes);

/// Runs whole and parts and compares the wires, in the order of the stages: a
/// sentence on the first that differs, or on none.
llvm::Expected<std::string> findFirstDifference(const PartsRun &run);

/// A part that ONNX Runtime refuses with its default optimisation.
struct Refusal {
  /// Place in the plan.
  size_t stage;
  std::string why;
};

/// Loads every part as it is run by default, which is with optimisation, and
/// runs none; the result is for `readRefusals`.
llvm::Expected<std::string> loadOptimised(const PartsRun &run);

/// None where the bytes are not what loadOptimised makes.
std::optional<std::vector<Refusal>> readRefusals(llvm::StringRef bytes);

} // namespace onnx_split::runtime

#endif // ONNX_SPLIT_LIB_RUNTIME_PARTSRUN_H
