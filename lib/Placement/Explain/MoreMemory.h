//===- MoreMemory.h - How much memory would be enough -----------*- C++ -*-===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef ONNX_SPLIT_LIB_PLACEMENT_EXPLAIN_MOREMEMORY_H
#define ONNX_SPLIT_LIB_PLACEMENT_EXPLAIN_MOREMEMORY_H

#include "FirstPlan.h"

namespace onnx_split::placement {

/// For a problem without a plan within the limits: which device needs how much
/// more memory, as a sentence with an amount that is enough and one that is
/// proven not to be, or that memory is not the matter; then the same without
/// the limits. Empty if nothing was found out within about that many seconds.
std::vector<std::string> adviseMemory(const Problem &problem,
                                      const Limits &limits, double seconds,
                                      const std::atomic<bool> *stop);

} // namespace onnx_split::placement

#endif // ONNX_SPLIT_LIB_PLACEMENT_EXPLAIN_MOREMEMORY_H
