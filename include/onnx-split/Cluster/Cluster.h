//===- Cluster.h - Devices, links and media ---------------------*- C++ -*-===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// What cluster.yaml says, with every unit resolved and every device type
/// expanded. The format is described in docs/Cluster.md.
///
//===----------------------------------------------------------------------===//

#ifndef ONNX_SPLIT_CLUSTER_CLUSTER_H
#define ONNX_SPLIT_CLUSTER_CLUSTER_H

#include "onnx-split/Cluster/Profile.h"
#include "onnx-split/Support/Network.h"
#include "onnx-split/Support/Quantity/Format.h"
#include "onnx-split/Support/Text/YamlTree.h"

#include "llvm/ADT/StringRef.h"
#include "llvm/Support/MemoryBufferRef.h"
#include "llvm/Support/SourceMgr.h"
#include "llvm/Support/raw_ostream.h"

#include <cstdint>
#include <limits>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace onnx_split {

/// The most devices one cluster may have. Links are kept per ordered pair of
/// devices, here and in everything that plans with them.
inline constexpr int32_t MaxClusterDevices = 1024;

/// The largest cluster file: what the reader of YAML takes.
inline constexpr size_t MaxClusterBytes = MaxYamlBytes;

/// What ONNX Runtime computes with on a device. Planning does not look at it.
struct ExecutionProvider {
  /// As ONNX Runtime calls it; empty: the file says nothing.
  std::string name;
  /// Values by key, as they are written.
  std::map<std::string, std::string> options;
};

/// One device, with the figures of its type where it has none of its own.
struct ClusterDevice {
  /// Letters, digits, '.', '_' and '-', not starting with '.', at most 64
  /// characters: parts are files named after their device.
  std::string name;
  /// (element type, operations per second), in the order of the file. The
  /// element type is one of f64 f32 f16 bf16 f8 f4 i64 i32 i16 i8 i4, or empty
  /// for a figure that holds for every type. Figures are above 0. No entry:
  /// unlimited.
  std::vector<std::pair<std::string, int64_t>> compute;
  /// Bytes.
  int64_t memory = Unlimited;
  /// Bytes per second, above 0.
  int64_t memoryBandwidth = Unlimited;
  /// Nanoseconds added to every node.
  int64_t opOverheadNs = 0;
  /// Element types of `compute` that it computes in, without the others; empty:
  /// all. Each once.
  std::vector<std::string> types;
  /// Bytes that the process of a stage takes before any model; none where the
  /// file says nothing.
  std::optional<int64_t> runtimeMemory;
  /// Bytes of weights that stay in fast memory, and bytes per second at which
  /// the others are read again for each item, above 0. Either both are limited
  /// or none.
  int64_t weightCache = Unlimited;
  int64_t weightStream = Unlimited;
  /// "Op" (standard domain, also where the file says "ai.onnx:Op"),
  /// "domain:Op" or "domain:*"; no entry twice.
  std::vector<std::string> unsupported;
  /// What was measured, on any models; at most one for each model. Devices of a
  /// group may share one.
  std::vector<std::shared_ptr<const DeviceProfile>> profiles;
  ExecutionProvider provider;

  /// The entry of `compute` that holds for an element type: its own, else the
  /// one for every type, else the one for f32, else the smallest; null where
  /// there is none.
  const std::pair<std::string, int64_t> *findFigure(llvm::StringRef type) const;
  /// Operations per second by that entry; Unlimited without one.
  int64_t operationsPerSecond(llvm::StringRef type) const;
  /// False where `types` leaves the element type out.
  bool computesIn(llvm::StringRef type) const;
};

/// Devices that one name stands for: those of a `count`, or of a device type.
struct ClusterGroup {
  std::string name;
  /// Ascending; may be empty for a type.
  std::vector<int32_t> devices;
};

/// All devices and what joins them. Memory is quadratic in the devices.
/// Pairs of a medium that no link names have its rate. A pair that is not
/// linked has no latency either, and the diagonal is of that kind.
struct Cluster : Networked<Cluster> {
  std::vector<ClusterDevice> devices;
  /// Groups in the order of the file, then types. Names of groups are no names
  /// of devices; those of types may be.
  std::vector<ClusterGroup> groups;
  /// What most amounts of memory in the file are written in, IEC where as many
  /// are in either. Rates do not count: those of memory are given in GB/s also
  /// by those who give its size in GiB.
  ByteUnits byteUnits = ByteUnits::Iec;
  /// The device of that name, or those of the first group of that name, or
  /// none. Linear.
  std::vector<int32_t> findDevices(llvm::StringRef name) const;
  /// Index of the device of that name, or -1. Linear.
  int32_t findDevice(llvm::StringRef name) const;
};

/// Reads the text of a cluster.yaml. Every error is reported through
/// `sourceMgr` at file, line and column, with what was found and what is
/// allowed; the result is then empty. `sourceMgr` receives the buffer; relative
/// paths (links.matrix, profile) are resolved against the folder of its
/// identifier.
std::optional<Cluster> parseCluster(llvm::MemoryBufferRef buffer,
                                    llvm::SourceMgr &sourceMgr);

/// Writes a cluster for scripts, as docs/Cluster.md describes it: every device,
/// and for every ordered pair the link it has. Pairs without a link are left
/// out.
void writeClusterAsJson(const Cluster &cluster, llvm::raw_ostream &os);

} // namespace onnx_split

#endif // ONNX_SPLIT_CLUSTER_CLUSTER_H
