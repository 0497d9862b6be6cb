//===- Quantities.h - Quantities in a cluster file ------------ -*- C++ -*-===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Figures with a unit as values of keys.
///
//===----------------------------------------------------------------------===//

#ifndef ONNX_SPLIT_LIB_CLUSTER_YAML_QUANTITIES_H
#define ONNX_SPLIT_LIB_CLUSTER_YAML_QUANTITIES_H

#include "onnx-split/Support/Quantity/Units.h"
#include "onnx-split/Support/Text/YamlTree.h"

namespace onnx_split::cluster {

/// The value of a field, or none if it is absent or was reported.
std::optional<int64_t> readQuantity(const YamlEntry *entry, QuantityKind kind,
                                    Diagnostics &diagnostics);

} // namespace onnx_split::cluster

#endif // ONNX_SPLIT_LIB_CLUSTER_YAML_QUANTITIES_H
