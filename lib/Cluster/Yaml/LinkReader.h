//===- LinkReader.h - The links of a cluster file ---------------*- C++ -*-===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Reads 'links' and 'media' and decides what holds for each pair of devices.
///
//===----------------------------------------------------------------------===//

#ifndef ONNX_SPLIT_LIB_CLUSTER_YAML_LINKREADER_H
#define ONNX_SPLIT_LIB_CLUSTER_YAML_LINKREADER_H

#include "../Profile/ProfileReader.h"

namespace onnx_split::cluster {

/// Fills the links and media of a cluster whose devices are known. `links` and
/// `media` may be null; `folder` is that of the cluster file. What was measured
/// holds whatever else is said of the pair.
void readLinks(const YamlNode *links, const YamlNode *media,
               llvm::StringRef folder, const DeviceNames &names,
               llvm::ArrayRef<MeasuredLink> measured, Cluster &cluster,
               Diagnostics &diagnostics);

/// Looks at the keys alone, for a file whose devices are not known, so that
/// wrong ones are reported with what is wrong there.
void checkLinkKeys(const YamlNode *links, const YamlNode *media,
                   Diagnostics &diagnostics);

} // namespace onnx_split::cluster

#endif // ONNX_SPLIT_LIB_CLUSTER_YAML_LINKREADER_H
