//===- Synthetic.h - Large problems with a known optimum --------*- C++ -*-===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Problems of any size whose optimum is known, to measure how far the planner
/// scales.
///
//===----------------------------------------------------------------------===//

#ifndef ONNX_SPLIT_INSTANCES_SYNTHETIC_H
#define ONNX_SPLIT_INSTANCES_SYNTHETIC_H

#include "onnx-split/Instances/Instance.h"
#include "onnx-split/Placement/Placement.h"

namespace onnx_split::instances {

/// The graph of a generated problem.
enum class SyntheticShape {
  /// A chain with short skips; the planted plan keeps the given order.
  Chain,
  /// Layers of eight tasks, most of which read the one before them in their
  /// lane and some of which read others near them. The given order is another
  /// one, which runs ahead in single lanes, so that the planted plan is not
  /// contiguous in it.
  Layers
};

/// A graph on unequal devices and links. A plan is planted that loads every
/// device for exactly `optimumNs` and every link for less. The speeds hold for
/// all tasks, so total work over total speed proves that no plan is better.
struct Synthetic {
  Instance instance;
  placement::Placement planted;
  int64_t optimumNs = 0;
};

/// At least as many tasks as devices, at least one device.
Synthetic makeSynthetic(int32_t numTasks, int32_t numDevices, uint64_t seed,
                        SyntheticShape shape = SyntheticShape::Chain);

} // namespace onnx_split::instances

#endif // ONNX_SPLIT_INSTANCES_SYNTHETIC_H
