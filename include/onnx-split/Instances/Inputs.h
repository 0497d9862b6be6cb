//===- Inputs.h - From files to instances -----------------------*- C++ -*-===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// From the files of a command line, of whatever formats, to the problems that
/// they describe.
///
//===----------------------------------------------------------------------===//

#ifndef ONNX_SPLIT_INSTANCES_INPUTS_H
#define ONNX_SPLIT_INSTANCES_INPUTS_H

#include "onnx-split/Instances/Instance.h"

#include <functional>

namespace onnx_split::instances {

/// What makes the objective: the largest time of a device or link, or the
/// largest sum of a device's computing and communicating.
enum class Objective { Default, Max, Sum };

/// The files of a command line and what is needed to read them.
struct InputOptions {
  std::vector<std::string> files;
  /// cluster.yaml, or Helix's .ini. A Helix cluster takes its machine types
  /// from the file of them that is given as well, else from
  /// machine_profiles.ini beside it. Among `files`, Helix's count as given
  /// here.
  std::vector<std::string> devices;
  /// Default: sum for dnn-partitioning, max for all others.
  Objective objective = Objective::Default;
  PipeEdgeOptions pipeEdge;
  /// Reads an ONNX model, with its own messages; so that this library needs no
  /// MLIR.
  std::function<std::optional<Instance>(llvm::StringRef path,
                                        const Cluster &cluster)>
      readOnnx;
};

/// What was read of them. Good ones count although others are not; but where a
/// file cannot be loaded or a cluster is wrong, nothing is read.
struct Inputs {
  /// In the order of the files; PipeEdge's at its first file. Models that
  /// need devices occur once for each cluster.
  std::vector<Instance> instances;
  /// Something could not be read and was reported.
  bool failed = false;
};

/// Reads the files, each by the format that its content shows. What is wrong is
/// reported through `sourceMgr`, or on standard error where it has no place.
Inputs readInputs(const InputOptions &options, llvm::SourceMgr &sourceMgr);

} // namespace onnx_split::instances

#endif // ONNX_SPLIT_INSTANCES_INPUTS_H
