//===- Headline.h - What a plan is worth ------------------------*- C++ -*-===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// The first lines of the summary, for people who buy boards. Private to the
/// library.
///
//===----------------------------------------------------------------------===//

#ifndef ONNX_SPLIT_LIB_PLAN_HEADLINE_H
#define ONNX_SPLIT_LIB_PLAN_HEADLINE_H

#include "onnx-split/Plan/Plan.h"

namespace onnx_split {

/// The figure of the objective, what single devices do, what limits the plan
/// and which devices have nothing to do, in lines of at most 80 columns unless
/// a name is longer.
void printHeadline(const Plan &plan, llvm::raw_ostream &os);

/// The devices that the stages of the plan are on.
int64_t countDevices(const Plan &plan);

/// Whether some device holds several stages. The latency, being the longest
/// path, lets those run side by side that do not wait for each other.
bool holdsSeveralStages(const Plan &plan);

/// Where messages let items follow each other least often; null where nothing
/// that is counted is faster.
const Plan::MessageLimit *findMessageLimit(const Plan &plan);

/// What is busy for the whole bottleneck: "device box", "link a to b", "medium
/// wifi"; a link whose medium is busy as long is left out.
std::vector<std::string> listLimits(const Plan &plan);

} // namespace onnx_split

#endif // ONNX_SPLIT_LIB_PLAN_HEADLINE_H
