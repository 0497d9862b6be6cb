//===- PlanMessages.h - What is said of plans, and of none ------*- C++ -*-===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Words for what the planner found: why there is no plan, what limits one, and
/// how far planning is.
///
//===----------------------------------------------------------------------===//

#ifndef ONNX_SPLIT_CONVERSION_MODELTOPROBLEM_PLANMESSAGES_H
#define ONNX_SPLIT_CONVERSION_MODELTOPROBLEM_PLANMESSAGES_H

#include "onnx-split/Conversion/ModelToProblem/BuildProblem.h"

#include "onnx-split/Placement/Placement.h"

namespace onnx_split::split {

/// What is shown while planning: the best value so far and the bound, in ns or,
/// with the objective of fewest devices, in devices. `upper` is Unlimited while
/// there is no plan.
std::string describeProgress(placement::Objective objective, int64_t upper,
                             int64_t lower);

/// An error with the reasons in numbers, which takes up to two seconds.
void reportNoPlan(graph::ModelOp model, const ModelProblem &problem,
                  const placement::Result &result,
                  const placement::SolveOptions &options);

/// An error: there are plans, but none, or none that was found, is within a
/// limit of `options`: that of the time between items for throughput, or of
/// latency. `best` is a plan for the objective without any limit.
void reportLimitMissed(graph::ModelOp model, placement::Objective objective,
                       const placement::SolveOptions &options, bool isProven,
                       const placement::Result &best);

/// A warning for each link whose latency is so long that the two buffers at its
/// ends do not keep it busy: a third message waits until the first one has been
/// confirmed, so that the rate is below the plan's.
void warnOfRoundTrips(graph::ModelOp model, const placement::Problem &problem,
                      const placement::Placement &placement,
                      const placement::Evaluation &evaluation);

} // namespace onnx_split::split

#endif // ONNX_SPLIT_CONVERSION_MODELTOPROBLEM_PLANMESSAGES_H
