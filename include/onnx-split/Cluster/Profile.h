//===- Profile.h - Measurements of devices ----------------------*- C++ -*-===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// What was measured of a device: the time of each node of a model, and what
/// messages cost it; and how a profile is written. The formats are described in
/// docs/Cluster.md, this project's own in docs/profile.schema.json.
///
//===----------------------------------------------------------------------===//

#ifndef ONNX_SPLIT_CLUSTER_PROFILE_H
#define ONNX_SPLIT_CLUSTER_PROFILE_H

#include "llvm/Support/raw_ostream.h"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace onnx_split {

/// How long one node of a model takes.
struct MeasuredNode {
  /// Position in the source graph, or -1 where `name` alone says which node.
  int64_t index = -1;
  /// Perhaps empty where there is an index.
  std::string name;
  /// Nanoseconds for one item, at most an hour.
  int64_t ns = 0;
};

/// What one file says of one device.
struct DeviceProfile {
  /// The path of the file, for messages.
  std::string file;
  /// SHA-256 of the model that was measured, in hexadecimal digits. Empty in a
  /// profile of ONNX Runtime, which does not say; its nodes have no index, and
  /// together they are all the time that one item took.
  std::string digest;
  /// The shapes of the model's inputs that times of nodes hold for; empty where
  /// the file does not say.
  std::map<std::string, std::vector<int64_t>> inputs;
  std::vector<MeasuredNode> nodes;
  /// Nanoseconds for one item through the whole model.
  std::optional<int64_t> itemNs;
  /// Memory of the process with the whole model.
  std::optional<int64_t> residentBytes;
  /// Memory of a process with MPI and ONNX Runtime, before any model.
  std::optional<int64_t> runtimeMemoryBytes;
  /// What a message takes of the device's time for computing, whether it sends
  /// or receives it: nanoseconds each, and picoseconds for each of its bytes.
  std::optional<int64_t> messageNs;
  std::optional<int64_t> bytePs;
};

/// A profile of this project's own to be written.
struct NewProfile {
  struct Device {
    std::string name;
    /// Without `file` and `digest`. Every node has an index. A device that was
    /// measured with several shapes of the inputs is there for each of them.
    DeviceProfile figures;
  };
  struct Link {
    /// Names of devices.
    std::string from, to;
    /// Above 0.
    int64_t bitsPerSecond = 0;
    /// What each message takes besides its bytes at that rate.
    int64_t messageNs = 0;
  };
  /// What the model ran in: "onnxruntime 1.32.0".
  std::string runtime;
  /// The model that was measured; empty: none, only links.
  std::string modelFile;
  /// SHA-256 of it, in hexadecimal digits.
  std::string modelDigest;
  std::vector<Device> devices;
  std::vector<Link> links;
};

/// Writes a profile that a cluster file can name.
void writeProfile(const NewProfile &profile, llvm::raw_ostream &os);

} // namespace onnx_split

#endif // ONNX_SPLIT_CLUSTER_PROFILE_H
