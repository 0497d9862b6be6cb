//===- Run.h - One instance, one row ----------------------------*- C++ -*-===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Plans instances one by one and prints what came of it as CSV.
///
//===----------------------------------------------------------------------===//

#ifndef ONNX_SPLIT_INSTANCES_RUN_H
#define ONNX_SPLIT_INSTANCES_RUN_H

#include "onnx-split/Instances/Instance.h"
#include "onnx-split/Placement/Placement.h"

#include "llvm/Support/raw_ostream.h"

namespace onnx_split::instances {

/// How an instance is planned and timed.
struct RunOptions {
  placement::SolveOptions solve;
  /// The time that is printed is the median of so many runs, at least 1.
  unsigned repeat = 1;
  /// The class of `solve` was asked for, and counts as well for instances that
  /// say themselves which plans are allowed.
  bool hasClass = false;
};

/// A plan, and what its row says of it.
struct FoundPlan {
  placement::Placement placement;
  /// Decimals in `unit`.
  std::string value, lowerBound;
  const char *unit = "", *searchClass = "", *boundClass = "";
};

/// The names of the columns, in one line.
void printRunHeader(llvm::raw_ostream &os);

/// Solves the instance and prints a row. `class` is the one that the plan and
/// the bound were searched in, narrowed to what the bound holds for; times are
/// in the instance's unit. Without a plan, the objective is empty and the
/// reasons go to standard error; returns whether there is one. It goes to
/// `found` if that is not null.
bool runInstance(const Instance &instance, const RunOptions &options,
                 llvm::raw_ostream &os,
                 std::optional<FoundPlan> *found = nullptr);

/// The names of the columns of evaluateInstance(), in one line.
void printEvaluationHeader(llvm::raw_ostream &os);

/// Evaluates a placement that somebody else made and prints a row with what it
/// costs, in the instance's unit. `name` is what the row calls it. What it
/// violates goes to standard error, one line each; returns whether that is
/// nothing.
bool evaluateInstance(const Instance &instance,
                      const placement::Placement &placement,
                      llvm::StringRef name, llvm::raw_ostream &os);

} // namespace onnx_split::instances

#endif // ONNX_SPLIT_INSTANCES_RUN_H
