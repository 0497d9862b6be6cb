//===- Revisit.h - Would a device with several stages help? -----*- C++ -*-===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef ONNX_SPLIT_LIB_PLACEMENT_EXPLAIN_REVISIT_H
#define ONNX_SPLIT_LIB_PLACEMENT_EXPLAIN_REVISIT_H

#include "FirstPlan.h"

namespace onnx_split::placement {

/// For a problem without a plan within the limits: a sentence if there is one
/// where a device may hold several stages. Empty if that is allowed already, or
/// if no such plan was found within that many seconds.
std::string adviseRevisit(const Problem &problem, const Limits &limits,
                          double seconds, const std::atomic<bool> *stop);

} // namespace onnx_split::placement

#endif // ONNX_SPLIT_LIB_PLACEMENT_EXPLAIN_REVISIT_H
