//===- LinkMatrix.h - Link rates from a CSV file ----------------*- C++ -*-===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Reads the table that 'links.matrix' names.
///
//===----------------------------------------------------------------------===//

#ifndef ONNX_SPLIT_LIB_CLUSTER_PROFILE_LINKMATRIX_H
#define ONNX_SPLIT_LIB_CLUSTER_PROFILE_LINKMATRIX_H

#include "../DeviceNames.h"
#include "onnx-split/Support/Text/YamlTree.h"

#include "llvm/ADT/STLFunctionalExtras.h"

namespace onnx_split::cluster {

/// Calls `setRate(from, to, bitsPerSecond)` for every pair of two devices that
/// the table has, in its order. `path` is the value of the key, and relative
/// to `folder`. Errors inside the table are located in the table.
void readLinkMatrix(
    const YamlNode &path, llvm::StringRef folder, const DeviceNames &names,
    Diagnostics &diagnostics,
    llvm::function_ref<void(int32_t, int32_t, int64_t)> setRate);

} // namespace onnx_split::cluster

#endif // ONNX_SPLIT_LIB_CLUSTER_PROFILE_LINKMATRIX_H
