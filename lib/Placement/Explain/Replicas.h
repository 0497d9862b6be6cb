//===- Replicas.h - Which of several devices a figure is of -----*- C++ -*-===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// An evaluation has one figure for a stage or a message, that of the slowest
/// devices. Here is which these are.
///
//===----------------------------------------------------------------------===//

#ifndef ONNX_SPLIT_LIB_PLACEMENT_EXPLAIN_REPLICAS_H
#define ONNX_SPLIT_LIB_PLACEMENT_EXPLAIN_REPLICAS_H

#include "onnx-split/Placement/Placement.h"

namespace onnx_split::placement {

/// The devices of a stage in the order of their turns; of None, the device at
/// that end of the model.
std::vector<int32_t> devicesAt(const Placement &plan, int32_t stage,
                               int32_t boundary);

/// The plan with the stage on one of its devices alone, so that its figures are
/// those of the device.
Placement withOneReplica(Placement plan, int32_t stage, int32_t device);

/// The device that computes longest for an item of the stage, the first of
/// several.
int32_t slowestDevice(const Problem &problem, const Placement &plan,
                      int32_t stage);

/// Sender and receiver between which the message takes longest, the first of
/// several pairs.
std::pair<int32_t, int32_t> slowestPair(const Problem &problem,
                                        const Placement &plan,
                                        const Message &message);

} // namespace onnx_split::placement

#endif // ONNX_SPLIT_LIB_PLACEMENT_EXPLAIN_REPLICAS_H
