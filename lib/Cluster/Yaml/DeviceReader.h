//===- DeviceReader.h - The devices of a cluster file -----------*- C++ -*-===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Reads 'device_types' and 'devices'.
///
//===----------------------------------------------------------------------===//

#ifndef ONNX_SPLIT_LIB_CLUSTER_YAML_DEVICEREADER_H
#define ONNX_SPLIT_LIB_CLUSTER_YAML_DEVICEREADER_H

#include "../Profile/ProfileReader.h"

namespace onnx_split::cluster {

/// Fills cluster.devices, and `profiles` with what is to be read when all
/// devices are known. False if so much is wrong with the list that names of
/// devices elsewhere could not be judged; other errors are only reported.
/// Both sections may be null; a list that is missing was reported.
bool readDevices(const YamlNode *types, const YamlNode *devices,
                 Cluster &cluster, DeviceNames &names,
                 std::vector<ProfileKey> &profiles, Diagnostics &diagnostics);

} // namespace onnx_split::cluster

#endif // ONNX_SPLIT_LIB_CLUSTER_YAML_DEVICEREADER_H
