//===- DeviceReader.h - The devices of a cluster file -----------*- C++ -*-===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Reads 'device_types' and 'devices', and resolves the names that the other
/// sections use for devices.
///
//===----------------------------------------------------------------------===//

#ifndef ONNX_SPLIT_LIB_CLUSTER_DEVICEREADER_H
#define ONNX_SPLIT_LIB_CLUSTER_DEVICEREADER_H

#include "onnx-split/Support/Text/YamlTree.h"

#include "onnx-split/Cluster/Cluster.h"
#include "onnx-split/Support/Quantity/Units.h"

#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringMap.h"

namespace onnx_split::cluster {

/// Devices that a name stands for: one, or all of a 'count' group. They are
/// consecutive in Cluster::devices.
struct DeviceRange {
  int32_t first = 0;
  int32_t count = 0;
  bool isGroup = false;
  /// Where the name was given.
  llvm::SMRange where;

  int32_t end() const { return first + count; }
};

class DeviceNames {
public:
  /// Reports a name that is taken already, with a note at its owner.
  void add(llvm::StringRef name, DeviceRange range, Diagnostics &diagnostics);

  /// What the name stands for; reports an unknown one.
  std::optional<DeviceRange> resolve(llvm::StringRef name, llvm::SMRange where,
                                     Diagnostics &diagnostics) const;

private:
  llvm::StringMap<DeviceRange> ranges;
  /// The keys of `ranges` in the order of the file.
  std::vector<llvm::StringRef> order;
};

/// The key 'profile' of one device, or of all in a group.
struct ProfileKey {
  const YamlNode *path = nullptr;
  DeviceRange devices;
};

/// Fills cluster.devices, and `profiles` with what is to be read when all
/// devices are known. False if so much is wrong with the list that names of
/// devices elsewhere could not be judged; other errors are only reported.
/// `types` may be null.
bool readDevices(const YamlNode *types, const YamlNode &devices,
                 Cluster &cluster, DeviceNames &names,
                 std::vector<ProfileKey> &profiles, Diagnostics &diagnostics);

/// Reports a name that cannot be part of a file name. `subject` is "a device".
bool checkName(llvm::StringRef name, llvm::SMRange where,
               const llvm::Twine &subject, Diagnostics &diagnostics);

/// The value of a field, or none if it is absent or was reported.
std::optional<int64_t> readQuantity(const YamlEntry *entry, QuantityKind kind,
                                    Diagnostics &diagnostics);

} // namespace onnx_split::cluster

#endif // ONNX_SPLIT_LIB_CLUSTER_DEVICEREADER_H
