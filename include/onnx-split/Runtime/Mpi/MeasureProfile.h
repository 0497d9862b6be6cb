//===- MeasureProfile.h - Measures devices and links ------------*- C++ -*-===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// What a cluster file can include so that predictions are made from
/// measurements: how long each node of a model takes on each device, and what
/// each link carries. One process of MPI on each device, in the order of the
/// cluster file.
///
//===----------------------------------------------------------------------===//

#ifndef ONNX_SPLIT_RUNTIME_MPI_MEASUREPROFILE_H
#define ONNX_SPLIT_RUNTIME_MPI_MEASUREPROFILE_H

#include "onnx-split/Cluster/Cluster.h"
#include "onnx-split/Runtime/InputOptions.h"
#include "onnx-split/Runtime/Session.h"

namespace onnx_split::runtime {

/// What to measure, and for how long.
struct ProfileOptions {
  /// The model to measure; empty: links only.
  std::string model;
  /// Where rank 0 writes the profile (docs/profile.schema.json).
  std::string output;
  bool measureLinks = true;
  InputOptions inputs;
  /// Further operating points at which nodes are measured: `dims` of each,
  /// which count before those of `inputs`.
  std::vector<std::vector<std::string>> alsos;
  /// Of running the model on each device at each operating point. A link takes
  /// a quarter of it, what messages take of computing one and a half of it for
  /// each device.
  double seconds = 4;
  unsigned threads = 1;
  Optimise optimise = Optimise::All;
  /// Rank 0 says in a line what it measures next, also where its standard error
  /// is no terminal, as under mpirun.
  bool progress = false;
};

/// Collective, between MPI_Init and MPI_Finalize; returns the exit status. All
/// devices run the model at the same time, as they will in a pipeline; links
/// are measured one after the other.
///
/// The time of a node is its share of the whole model's time on the device. The
/// shares are those of the kernels that ONNX Runtime's profiler sees, pooled
/// over devices with the same processor; a kernel that no node of the model
/// names (a fused one, a change of layout) counts to the next node that one
/// names, in the order in which they run.
int measureProfile(const Cluster &cluster, const ProfileOptions &options);

} // namespace onnx_split::runtime

#endif // ONNX_SPLIT_RUNTIME_MPI_MEASUREPROFILE_H
