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
};

/// The names of the columns, in one line.
void printRunHeader(llvm::raw_ostream &os);

/// Solves the instance and prints a row. `class` is the one that the plan and
/// the bound were searched in, narrowed to what the bound holds for; times are
/// in the instance's unit. Without a plan, the objective is empty and the
/// reasons go to standard error; returns whether there is one.
bool runInstance(const Instance &instance, const RunOptions &options,
                 llvm::raw_ostream &os);

} // namespace onnx_split::instances

#endif // ONNX_SPLIT_INSTANCES_RUN_H
