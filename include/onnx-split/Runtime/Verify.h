//===- Verify.h - Do the parts compute what the model computes --*- C++ -*-===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Runs a model as a whole and in parts in ONNX Runtime, and compares. ONNX
/// Runtime runs in child processes, so that its crash is a message. This header
/// is there in every build; without ONNX Runtime, its functions say so.
///
//===----------------------------------------------------------------------===//

#ifndef ONNX_SPLIT_RUNTIME_VERIFY_H
#define ONNX_SPLIT_RUNTIME_VERIFY_H

#include "onnx-split/Dialect/Onnx/IR/Onnx.h"
#include "onnx-split/Plan/Plan.h"
#include "onnx-split/Runtime/InputOptions.h"

#include <memory>
#include <optional>

namespace onnx_split::runtime {

/// Why this build cannot run models, or nothing.
std::string whyNoRuntime();

/// What to compare with what, and how closely.
struct VerifyRequest {
  /// The source model, and where its parts and plan.json are to be.
  std::string model, folder;
  bool allowLinkedWeights = false;
  /// Of the largest difference, relative to the largest absolute value, for
  /// every output; without one, by the types that the model computes in.
  std::optional<double> tolerance;
  InputOptions inputs;
};

/// What was found of each output of the model.
struct Verification {
  struct Output {
    std::string name;
    /// See runtime::Difference.
    std::string mismatch;
    double absolute = 0, relative = 0, largest = 0;
    /// See runtime::Tolerance.
    double allowedRelative = 0, allowedAbsolute = 0;
    bool same = false, identical = false;
    /// In how many steps it was compared: two where the plan keeps states.
    int64_t steps = 1;
    /// "NaN everywhere"; empty where comparing says something.
    std::string vacuity;

    /// "largest difference 3.1e-06 (0.0002 % of the largest value 1.52)", or
    /// what keeps the values from being compared.
    std::string describeDifference() const;
    /// "0.01 %", "1 step", "none".
    std::string describeAllowed() const;
  };
  std::vector<Output> outputs;
  /// "whole numbers that are all 0", where the model does not run on random
  /// ones; empty where it does.
  std::string fedWith;
  /// The plan keeps states.
  bool hasStates = false;

  bool allSame() const;
};

/// One verification, from before planning to behind it.
class Verifier {
public:
  explicit Verifier(VerifyRequest what);
  ~Verifier();
  Verifier(const Verifier &) = delete;
  Verifier &operator=(const Verifier &) = delete;

  /// Takes the model as it was read, for what ONNX Runtime does not read
  /// itself: other formats than .onnx, and linked weights. Fails, with an
  /// error, where the weights cannot be read.
  llvm::LogicalResult keepWhole(graph::ModelOp model);

  /// Runs the whole model. `typed` is the model with its types, from which is
  /// seen what its inputs take and how exactly its outputs can be compared;
  /// `inputShapes` are extents of inputs as --shape takes them. Fails, with an
  /// error, where the model does not run: then the parts cannot be verified.
  llvm::LogicalResult runWhole(graph::ModelOp typed,
                               llvm::ArrayRef<std::string> inputShapes);

  /// Runs the whole model again, then one part after the other, so that never
  /// more than one of them is in memory; all without graph optimisations, so
  /// that what differs is due to the split. Emits an error for each output that
  /// differs by more than is allowed, with the first stage and wire that
  /// differ, and a warning for outputs of which a comparison says little. Where
  /// none differs, also one for each part that ONNX Runtime does not load with
  /// its default optimisation.
  /// Fails, with an error, where a part cannot be run.
  mlir::FailureOr<Verification> runParts(const Plan &plan,
                                         mlir::MLIRContext *context);

private:
  struct State;
  std::unique_ptr<State> state;
};

/// A few lines for people.
void printVerification(const Verification &verification, llvm::raw_ostream &os);

} // namespace onnx_split::runtime

#endif // ONNX_SPLIT_RUNTIME_VERIFY_H
