//===- NodeTimes.h - How long each node of a model takes --------*- C++ -*-===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef ONNX_SPLIT_LIB_RUNTIME_MPI_MEASURE_NODETIMES_H
#define ONNX_SPLIT_LIB_RUNTIME_MPI_MEASURE_NODETIMES_H

#include "onnx-split/Runtime/Mpi/MeasureProfile.h"

#include <optional>

namespace onnx_split::runtime {

/// The nodes of a model's main graph, and a file of it in which each of them
/// has a name of its own.
struct NamedModel {
  struct Node {
    std::string name;
    /// What it is called in the file.
    std::string uniqueName;
    /// The tensors that it makes.
    std::vector<std::string> outputs;
  };
  std::string file, digest;
  std::vector<Node> nodes;
};

/// Reads the model, and writes a copy into `folder` where nodes have no name or
/// share one.
llvm::Expected<NamedModel> nameNodes(llvm::StringRef model,
                                     llvm::StringRef folder);

/// What one device measured at one operating point.
struct NodeTimes {
  /// As DeviceProfile has them.
  std::map<std::string, std::vector<int64_t>> inputs;
  /// Mean nanoseconds of one run of the model.
  int64_t itemNs = 0;
  /// Nanoseconds of each node under the profiler, summed over `runs`.
  std::vector<int64_t> sums;
  int64_t runs = 0;
  int64_t residentBytes = 0;
  /// The part of a core that the thread which runs the model had meanwhile, and
  /// what the device's limits allow each of the session's threads; nothing
  /// where that is not known.
  std::optional<double> coreShare, allowedShare;
};

/// `inputs` are those of the operating point, whatever the options say. Calls
/// `begin` when all that it needs is there.
llvm::Expected<NodeTimes> measureNodes(const NamedModel &model,
                                       const ProfileOptions &options,
                                       const InputOptions &inputs,
                                       llvm::StringRef folder,
                                       llvm::function_ref<void()> begin);

/// Sums of kernel times by node from the text of ONNX Runtime's profile. Time
/// of kernels that no node names goes to the next one named.
llvm::Expected<std::vector<int64_t>> attributeKernels(llvm::StringRef profile,
                                                      const NamedModel &model);

} // namespace onnx_split::runtime

#endif // ONNX_SPLIT_LIB_RUNTIME_MPI_MEASURE_NODETIMES_H
