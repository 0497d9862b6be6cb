//===- DeviceTimes.h - What was measured on one model -----------*- C++ -*-===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// A cluster file says what devices are like; this says how long they take for
/// the model that is planned for, as far as it was measured.
///
//===----------------------------------------------------------------------===//

#ifndef ONNX_SPLIT_CONVERSION_MODELTOPROBLEM_DEVICETIMES_H
#define ONNX_SPLIT_CONVERSION_MODELTOPROBLEM_DEVICETIMES_H

#include "onnx-split/Cluster/Cluster.h"

namespace onnx_split {

/// What was measured of one device.
struct DeviceTimes {
  /// Nanoseconds of each node, by its position in the source graph; -1 where it
  /// was not measured. Empty where no profile is of the model and of the
  /// extents that are planned for.
  std::vector<int64_t> nodesNs;
  /// The same at each further operating point; as many lists as there are
  /// points, or none.
  std::vector<std::vector<int64_t>> pointsNs;
  /// What a message takes of the device's time for computing, at either end:
  /// nanoseconds each, and picoseconds for each byte. From the last profile
  /// that says, whatever its model.
  int64_t messageNs = 0;
  int64_t bytePs = 0;
};

/// A cluster, and how long its devices take for one model.
struct MeasuredCluster : Cluster {
  MeasuredCluster() = default;
  explicit MeasuredCluster(Cluster cluster)
      : Cluster(std::move(cluster)), times(devices.size()) {}

  /// By device.
  std::vector<DeviceTimes> times;
};

} // namespace onnx_split

#endif // ONNX_SPLIT_CONVERSION_MODELTOPROBLEM_DEVICETIMES_H
