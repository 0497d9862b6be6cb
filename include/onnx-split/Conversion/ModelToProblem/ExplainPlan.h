//===- ExplainPlan.h - Remarks on why a plan is as it is --------*- C++ -*-===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Remarks for --explain and --what-if.
///
//===----------------------------------------------------------------------===//

#ifndef ONNX_SPLIT_CONVERSION_MODELTOPROBLEM_EXPLAINPLAN_H
#define ONNX_SPLIT_CONVERSION_MODELTOPROBLEM_EXPLAINPLAN_H

#include "onnx-split/Conversion/ModelToProblem/BuildProblem.h"

#include "onnx-split/Placement/Placement.h"

namespace onnx_split::split {

/// A remark that a summary may take instead of a message.
mlir::InFlightDiagnostic explain(graph::ModelOp model);

/// A remark on what found the plan, what was asked for, and what the bound
/// rests on.
void explainMethod(graph::ModelOp model, const placement::Result &result,
                   placement::Objective objective);

/// The figure that the objective makes small.
int64_t objectiveOf(const placement::Evaluation &evaluation,
                    placement::Objective objective);

/// Remarks on what limits the plan, by the objective: the bottleneck, or the
/// path of an item with its terms.
void explainLimit(graph::ModelOp model, const ModelProblem &problem,
                  const placement::Placement &placement,
                  placement::Objective objective);

/// A change of the cluster, and what the best plan after it is worth.
struct Advice {
  /// Empty: none, but planned anew.
  std::string change;
  /// By the user, with --what-if.
  bool isAsked = false;
  /// In the objective's figure, nanoseconds or devices; nothing where no plan
  /// was found, and `whyNone` says how sure that is.
  std::optional<int64_t> value;
  /// The same of the best plan that is found in the same way without it.
  int64_t now = 0;
  /// No plan of the class that was searched is better; and the same of `now`.
  bool isProven = false, isNowProven = false;
  /// The figures count the integers of each DequantizeLinear that several
  /// stages read, which a plan with these stages may not be able to send.
  bool countsIntegers = false;
  std::string whyNone;

  /// By more than half a per cent.
  bool isBetter() const;
};

/// What would help: see placement::whatHelps(). `options` are those of
/// planning. Takes as long as planning may take.
std::vector<Advice> askWhatHelps(const ModelProblem &problem,
                                 const placement::Placement &placement,
                                 const placement::Result &result,
                                 placement::SolveOptions options);

/// A remark on each change that was asked for or makes a plan better, and one
/// on how many others there are.
void explainAdvice(graph::ModelOp model, llvm::ArrayRef<Advice> advice,
                   placement::Objective objective);

/// A change of the cluster, and the problem after it.
struct WhatIfProblem {
  std::string change;
  placement::Problem problem;
};

/// Makes each change alone. Fails, with an error, where one is not one of
/// these: `medium NAME=RATE`, `link A,B=RATE`, `device NAME compute xFACTOR`,
/// `device NAME memory=SIZE`, `device NAME weight_cache=SIZE`, `+N NAME`,
/// `without NAME`, or where the demands of the user name what is gone.
mlir::FailureOr<std::vector<WhatIfProblem>>
buildWhatIfs(graph::ModelOp model, llvm::ArrayRef<std::string> changes,
             const MeasuredCluster &cluster, const Constraints &constraints,
             const GraphCosts &costs);

/// The best plan after each change, beside the best plan that is found in the
/// same way without any. Each takes as long as planning may take.
std::vector<Advice> askWhatIfs(const ModelProblem &problem,
                               llvm::ArrayRef<WhatIfProblem> changes,
                               const placement::Result &result,
                               placement::SolveOptions options);

} // namespace onnx_split::split

#endif // ONNX_SPLIT_CONVERSION_MODELTOPROBLEM_EXPLAINPLAN_H
