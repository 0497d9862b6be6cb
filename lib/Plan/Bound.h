//===- Bound.h - What is proven of a plan, and of which plans ---*- C++ -*-===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef ONNX_SPLIT_LIB_PLAN_BOUND_H
#define ONNX_SPLIT_LIB_PLAN_BOUND_H

#include "onnx-split/Plan/Plan.h"

namespace onnx_split {

/// Nodes that stages have beside the one that owns them.
int64_t countCopied(const Plan &plan);

/// Under which assumptions something is proven, to follow it; empty where there
/// are none.
std::string conditions(const Plan &plan);

/// What a class leaves out, for people who do not know its name.
llvm::StringRef describeClass(llvm::StringRef name);

/// What the plan could still lose at most.
void printBound(const Plan &plan, llvm::raw_ostream &os);

} // namespace onnx_split

#endif // ONNX_SPLIT_LIB_PLAN_BOUND_H
