//===- ProfileFile.h - Files of measurements --------------------*- C++ -*-===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Reads files of measurements: this project's own profiles, those of ONNX
/// Runtime, and the output of iperf3. Nothing here knows the cluster.
///
//===----------------------------------------------------------------------===//

#ifndef ONNX_SPLIT_LIB_CLUSTER_PROFILE_PROFILEFILE_H
#define ONNX_SPLIT_LIB_CLUSTER_PROFILE_PROFILEFILE_H

#include "onnx-split/Support/Text/JsonTree.h"

#include "onnx-split/Cluster/Profile.h"

#include <memory>

namespace onnx_split::cluster {

/// What is said of a device by name, and where the name is.
struct ProfiledDevice {
  std::string name;
  llvm::SMRange where;
  std::shared_ptr<const DeviceProfile> profile;
};

struct ProfiledLink {
  std::string from, to;
  llvm::SMRange fromWhere, toWhere;
  /// 0: nothing gets through.
  int64_t bitsPerSecond = 0;
  /// What a message takes besides its bytes.
  int64_t messageNs = 0;
};

struct ProfileFile {
  std::vector<ProfiledDevice> devices;
  std::vector<ProfiledLink> links;
  /// Set in a profile of ONNX Runtime, which names no device.
  std::shared_ptr<const DeviceProfile> unnamed;
};

/// A profile of either kind: a list is one of ONNX Runtime. `path` is what
/// messages will call it. Reports, and returns none, what is wrong.
std::optional<ProfileFile> readProfile(llvm::StringRef text,
                                       llvm::StringRef path,
                                       Diagnostics &diagnostics);

/// Bits per second that the output of `iperf3 -J` states, above 0; reports what
/// has none. The message about a whole file is at its beginning.
std::optional<int64_t> readIperf(llvm::StringRef text,
                                 Diagnostics &diagnostics);

/// Parts of the above, one for each kind of profile.
std::optional<ProfileFile> readOwnProfile(llvm::StringRef text,
                                          llvm::StringRef path,
                                          Diagnostics &diagnostics);
std::optional<ProfileFile> readRuntimeProfile(llvm::StringRef text,
                                              llvm::StringRef path,
                                              Diagnostics &diagnostics);

} // namespace onnx_split::cluster

#endif // ONNX_SPLIT_LIB_CLUSTER_PROFILE_PROFILEFILE_H
