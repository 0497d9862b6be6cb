//===- Verify.h - Do the parts compute what the model computes --*- C++ -*-===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Runs a model as a whole and in parts in ONNX Runtime, and compares. This
/// header is there in every build; without ONNX Runtime, `verifyParts` says so.
///
//===----------------------------------------------------------------------===//

#ifndef ONNX_SPLIT_RUNTIME_VERIFY_H
#define ONNX_SPLIT_RUNTIME_VERIFY_H

#include "onnx-split/Plan/Plan.h"
#include "onnx-split/Runtime/InputOptions.h"

namespace onnx_split::runtime {

/// Why this build cannot run models, or nothing.
std::string whyNoRuntime();

/// What to compare with what, and how closely.
struct VerifyRequest {
  /// The source model, and where its parts and plan.json were written.
  std::string model, folder;
  bool allowLinkedWeights = false;
  /// Of the largest difference, relative to the largest absolute value.
  double tolerance = 1e-4;
  InputOptions inputs;
};

/// What was found of each output of the model.
struct Verification {
  struct Output {
    std::string name;
    /// See runtime::Difference.
    double absolute = 0, relative = 0;
    bool same = false;
  };
  std::vector<Output> outputs;
  double tolerance = 0;

  bool allSame() const;
};

/// Runs the whole model, then one part after the other, so that never more than
/// one of them is in memory; all without graph optimisations, so that what
/// differs is due to the split. Emits an error for each output that differs by
/// more than the tolerance, with the first stage and wire that differ, and a
/// warning for outputs that are constant. Fails, with an error, where a model
/// cannot be run.
mlir::FailureOr<Verification> verifyParts(const VerifyRequest &request,
                                          const Plan &plan,
                                          mlir::MLIRContext *context);

/// Two lines for people.
void printVerification(const Verification &verification, llvm::raw_ostream &os);

} // namespace onnx_split::runtime

#endif // ONNX_SPLIT_RUNTIME_VERIFY_H
