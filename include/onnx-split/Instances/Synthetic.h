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
  Layers,
  /// Blocks of up to eight branches between a fork and a join. The given order
  /// has the branches of a block in another order than the planted plan.
  ForkJoin
};

/// Which devices of a generated problem are linked. A link goes one way.
enum class SyntheticTopology {
  Full,
  /// From each device of the planted plan to the next.
  Path,
  /// The same and from each device to three others.
  PathAndRandom,
  /// Both ways between the nodes of a binary tree, of a ring, of a star or of a
  /// grid that is nearly a square. In a tree and a star the planted plan has
  /// the devices of a longest path, in the others all.
  Tree,
  Ring,
  Star,
  Grid
};

/// The devices of a generated problem and their links.
struct SyntheticCluster {
  SyntheticTopology topology = SyntheticTopology::Full;
  /// Memory of each device beyond what its stage of the planted plan needs, in
  /// hundredths of that; None: no limit, and no weights.
  int32_t sparePercent = placement::None;
  /// Speed classes; the slowest devices take 16 times as long as the fastest.
  int32_t numSpeeds = 16;
};

/// A graph on unequal devices and links. A plan is planted that is feasible,
/// loads every device that it uses for `optimumNs`, and every link for less.
/// The speeds hold for all tasks, and no devices are faster than those of the
/// plan, which are as many as there may be stages; so total work over their
/// total speed proves that no plan is better. With other than 16 speeds a load
/// is less by up to one unit of work, which leaves the optimum open by less
/// than a thousandth.
struct Synthetic {
  Instance instance;
  placement::Placement planted;
  int64_t optimumNs = 0;
};

/// At least as many tasks as devices, at least one device and one speed.
Synthetic makeSynthetic(int32_t numTasks, int32_t numDevices, uint64_t seed,
                        SyntheticShape shape = SyntheticShape::Chain,
                        const SyntheticCluster &cluster = {});

} // namespace onnx_split::instances

#endif // ONNX_SPLIT_INSTANCES_SYNTHETIC_H
