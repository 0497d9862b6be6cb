//===- ProfileReader.h - The profiles of a cluster file ---------*- C++ -*-===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Reads the files that the key 'profile' names, at the top of a cluster file
/// and in its devices, and relates what they say to the devices.
///
//===----------------------------------------------------------------------===//

#ifndef ONNX_SPLIT_LIB_CLUSTER_PROFILE_PROFILEREADER_H
#define ONNX_SPLIT_LIB_CLUSTER_PROFILE_PROFILEREADER_H

#include "../DeviceNames.h"
#include "onnx-split/Cluster/Cluster.h"
#include "onnx-split/Support/Text/YamlTree.h"

#include "llvm/ADT/ArrayRef.h"

namespace onnx_split::cluster {

/// The key 'profile' of one device, or of all in a group.
struct ProfileKey {
  const YamlNode *path = nullptr;
  DeviceRange devices;
};

/// A measured link, by the indices of its devices.
struct MeasuredLink {
  int32_t from = 0;
  int32_t to = 0;
  int64_t bitsPerSecond = 0;
  int64_t messageNs = 0;
};

/// Fills the profiles of the cluster's devices, whose names are known, and
/// returns what was measured of links, each ordered pair once. `keys` are those
/// of devices; `files` is the value of the top's key and may be null.
std::vector<MeasuredLink>
readProfiles(llvm::ArrayRef<ProfileKey> keys, const YamlNode *files,
             llvm::StringRef folder, const DeviceNames &names, Cluster &cluster,
             Diagnostics &diagnostics);

} // namespace onnx_split::cluster

#endif // ONNX_SPLIT_LIB_CLUSTER_PROFILE_PROFILEREADER_H
