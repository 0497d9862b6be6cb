//===- DeviceNames.h - The names in a cluster file ------------ -*- C++ -*-===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// What names may look like, and which devices a name stands for. All sections
/// of a cluster file and the files that it names refer to devices by them.
///
//===----------------------------------------------------------------------===//

#ifndef ONNX_SPLIT_LIB_CLUSTER_DEVICENAMES_H
#define ONNX_SPLIT_LIB_CLUSTER_DEVICENAMES_H

#include "onnx-split/Support/Text/Diagnostics.h"

#include "llvm/ADT/StringMap.h"

#include <optional>
#include <vector>

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

/// The devices of one cluster by name.
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

/// Reports a name that cannot be part of a file name. `subject` is "a device".
bool checkName(llvm::StringRef name, llvm::SMRange where,
               const llvm::Twine &subject, Diagnostics &diagnostics);

} // namespace onnx_split::cluster

#endif // ONNX_SPLIT_LIB_CLUSTER_DEVICENAMES_H
