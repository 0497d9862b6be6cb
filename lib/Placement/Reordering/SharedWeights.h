//===- SharedWeights.h - Tasks that a weight holds together -----*- C++ -*-===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Repetition in time: a network unrolled over time steps reads each weight at
/// each step, so stages that follow the steps hold all weights, and stages that
/// follow the weights hold each once.
///
//===----------------------------------------------------------------------===//

#ifndef ONNX_SPLIT_LIB_PLACEMENT_REORDERING_SHAREDWEIGHTS_H
#define ONNX_SPLIT_LIB_PLACEMENT_REORDERING_SHAREDWEIGHTS_H

#include "onnx-split/Placement/Ideals.h"
#include "onnx-split/Placement/Problem.h"

namespace onnx_split::placement {

/// Atoms in which the readers of a weight are together wherever that leaves a
/// problem worth splitting.
struct WeightAtoms {
  Atoms atoms;
  /// The weights whose readers were tied.
  std::vector<int32_t> tied;
  /// Pairs of tasks that are together for it, and more that nothing is lost by.
  Edges together;
};

/// Ties the readers of large weights, those that save most first. A weight is
/// left alone if its atom, with all that lies between its readers, would be
/// more than half of the work or of the tasks, would fit or run on no device,
/// or is to be cut inside. Linear
/// in the problem for each weight that is left alone, and there is a limit for
/// these.
WeightAtoms tieSharedWeights(const Problem &problem);

} // namespace onnx_split::placement

#endif // ONNX_SPLIT_LIB_PLACEMENT_REORDERING_SHAREDWEIGHTS_H
